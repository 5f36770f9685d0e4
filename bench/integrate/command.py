"""The command of the benchmark of integrators."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.harness import command_line, report
from bench.harness.command_line import Command, Outcome, log
from bench.harness.results import Results
from bench.harness.rounds import Schedule
from bench.integrate import goals, jobs, precision, tables
from bench.integrate.jobs import Job
from bench.peers.tools import BuildEnv
from bench.programs.goals import Goal

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
    add = parser.add_argument
    add("--jobs", metavar="A,B", help=f"only these of {', '.join(jobs.NAMES)}")
    text = "error against time for five problems and many tolerances, instead of the jobs"
    add("--precision", action="store_true", help=text)
    options = COMMAND.parse(parser, arguments)
    options.jobs = jobs.NAMES if options.jobs is None else options.jobs.split(",")
    for name in options.jobs:
        if name not in jobs.NAMES:
            parser.error(f"unknown job {name!r}; the jobs are: {', '.join(jobs.NAMES)}")
    return options


def measure_jobs(
    options: argparse.Namespace, env: BuildEnv, made: Sequence[Job]
) -> dict[str, Results]:
    """The results of each job that chosen rows take part in."""
    measured = {}
    for place, job in enumerate(made, start=1):
        peers = [peer for peer in options.peers if peer.name in job.rows]
        if peers:
            log(f"job {place} of {len(made)}: {job.name}")
            chosen = argparse.Namespace(**{**vars(options), "peers": peers})
            (measured[job.name],) = COMMAND.measure(chosen, env, [job])
    return measured


def header(measured: Mapping[str, Results]) -> list[str]:
    results = list(measured.values())
    machine = dict(results[0].machine)
    machine["others_busy"] = max(one.machine["others_busy"] or 0.0 for one in results)
    machine["isa"] = next((one.machine["isa"] for one in results if one.machine["isa"]), None)
    infos = [row.info for one in results for row in one.rows]
    versions = dict.fromkeys(str(info["version"]) for info in infos if info.get("version"))
    entries = [
        ("ISA of PicoNumpy", str(machine["isa"] or "unknown: PicoNumpy is not in this run")),
        ("Versions", "; ".join(versions) or "none named"),
        ("Check", f"states differ from the reference by less than {jobs.BOUND:g}"),
    ]
    problem = "a sled on the board, t = 0..20, rtol = atol = 1e-8"
    return report.header_lines(machine, problem, entries)


def save(
    options: argparse.Namespace,
    made: Sequence[Job],
    measured: Mapping[str, Results],
    evaluated: Sequence[Goal],
) -> list[Path]:
    """The document, and the charts beside it."""
    first = next(iter(measured.values()))
    stem = options.output / f"{COMMAND.name}-{first.machine['implementation']}"
    written = command_line.save(stem, tables.document(made, measured, evaluated), None)
    try:
        for name, picture in [] if options.no_plot else tables.draw(made, measured):
            written.append(stem.with_name(f"{stem.name}-{name}.png"))
            report.write_atomically(written[-1], picture)
    except ImportError as error:
        log(f"no charts: {error}")
    return written


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
    measured = measure_jobs(options, env, made)
    if not measured:
        return Outcome([], list, ["none of the rows takes part in these jobs"])
    evaluated = goals.evaluate(measured)
    lines = [*header(measured), "", *tables.lines(made, measured, evaluated)]
    return Outcome(
        lines, lambda: save(options, made, measured, evaluated), failures(options, measured)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    work = precision.measure if options.precision else measure
    return COMMAND.execute(options, lambda: work(options))
