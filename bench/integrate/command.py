"""The command of the benchmark of integrators."""

from __future__ import annotations

import argparse
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.harness import command_line, report, several_jobs
from bench.harness.command_line import Command, Outcome, log
from bench.harness.results import Results
from bench.harness.rounds import Schedule
from bench.integrate import goals, jobs, precision, scaling, tables
from bench.peers.tools import BuildEnv

COMMAND = Command(
    name="integrate",
    title="Integrators",
    description="Time piconumpy.integrate.solve_ivp against SciPy and other packages for ordinary "
    "differential equations: a sled on the board, t = 0..20, rtol = atol = 1e-8.",
    usual=Schedule(rounds=20, slice_s=0.03, settle_s=0.15, sessions=2),
    quick=Schedule(rounds=2, slice_s=0.01, settle_s=0.05, sessions=1),
    norms=("scipy", "piconumpy_ndarray", "piconumpy_jit"),
    jit_settle=3.0,
)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = COMMAND.parser()
    several_jobs.add_option(parser, jobs.NAMES)
    text = "error against time for five problems and many tolerances, instead of the jobs"
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--precision", action="store_true", help=text)
    text = "an ensemble on all cores instead, by threads, processes, and workers of Dask"
    instead.add_argument("--scaling", action="store_true", help=text)
    options = COMMAND.parse(parser, arguments)
    several_jobs.choose(parser, options, jobs.NAMES)
    return options


def header(measured: Mapping[str, Results]) -> list[str]:
    machine = several_jobs.machine_of(measured.values())
    entries = [
        ("ISA of PicoNumpy", str(machine["isa"] or "unknown: PicoNumpy is not in this run")),
        ("Versions", several_jobs.versions_of(measured.values())),
        ("Check", f"states differ from the reference by less than {jobs.BOUND:g}"),
    ]
    problem = "a sled on the board, t = 0..20, rtol = atol = 1e-8"
    return report.header_lines(machine, problem, entries)


def failures(options: argparse.Namespace, measured: Mapping[str, Results]) -> list[str]:
    named = options.rows is not None
    return [
        f"{name}: {failure}"
        for name, results in measured.items()
        for failure in command_line.failures(results.rows, named)
    ]


def measure(options: argparse.Namespace) -> Outcome:
    env = BuildEnv(options.python, log=log)
    made = jobs.make(options.jobs)
    measured = several_jobs.measure(
        COMMAND, options, env, made, lambda job, peer: peer.name in job.rows
    )
    if not measured:
        return Outcome([], list, ["none of the rows takes part in these jobs"])
    for job in made:
        if job.norms and job.name in measured:
            measured[job.name] = dataclasses.replace(measured[job.name], norms=job.norms)
    evaluated = goals.evaluate(measured)
    lines = [*header(measured), "", *tables.lines(made, measured, evaluated)]

    def save() -> list[Path]:
        document = tables.document(made, measured, evaluated)
        pictures = functools.partial(tables.draw, made, measured)
        return several_jobs.save(COMMAND, options, measured, document, pictures)

    return Outcome(lines, save, failures(options, measured))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    work = (
        precision.measure if options.precision else scaling.measure if options.scaling else measure
    )
    return COMMAND.execute(options, lambda: work(options))
