"""The command of the benchmark of programs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.harness import report, several_jobs
from bench.harness.command_line import Command, Outcome, log
from bench.harness.results import Results
from bench.harness.rounds import Schedule
from bench.micro.command import failures
from bench.peers.tools import BuildEnv
from bench.programs import goals, jobs, tables
from bench.programs.goals import Goal, Jobs

COMMAND = Command(
    name="programs",
    title="Programs",
    description="Time formulas that are known at run time only: programs of libpicokernels in "
    "machine code and interpreted, compilers, and libraries for array expressions.",
    usual=Schedule(rounds=20, slice_s=0.03, settle_s=0.15, sessions=4),
    quick=Schedule(rounds=2, slice_s=0.01, settle_s=0.05, sessions=1),
    norms=("julia", *goals.FAST_LANES, "program_point_exact_jit"),
    jit_settle=1.0,
)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = COMMAND.parser()
    several_jobs.add_option(parser, jobs.NAMES)
    options = COMMAND.parse(parser, arguments)
    several_jobs.choose(parser, options, jobs.NAMES)
    return options


def document(measured: Jobs, evaluated: Sequence[Goal]) -> dict[str, Any]:
    """All jobs as JSON, each with how busy the machine was, and the goals."""
    entries = [results.document() for results in measured.values()]
    machine = entries[0]["machine"]
    for entry in entries:
        del entry["benchmark"]
        entry["others_busy"] = entry.pop("machine")["others_busy"]
    return {
        "benchmark": COMMAND.name,
        "machine": machine,
        "jobs": entries,
        "goals": [goal.entry() for goal in evaluated],
    }


def header(measured: Sequence[Results]) -> list[str]:
    machine = several_jobs.machine_of(measured)
    entries = [
        ("ISA of programs", str(machine["isa"] or "unknown: no program is in this run")),
        ("Versions", several_jobs.versions_of(measured)),
        ("Check", "exact rows have the reference's bits, the others differ by rounding"),
    ]
    return report.header_lines(machine, "formulas that are known at run time", entries)


def measure(options: argparse.Namespace) -> Outcome:
    env = BuildEnv(options.python, log=log)
    made = jobs.make(env, options.jobs)
    measured = several_jobs.measure(
        COMMAND, options, env, made, lambda job, peer: jobs.takes_part(peer, job.kind)
    )
    if not measured:
        return Outcome([], list, ["none of the rows takes part in these jobs"])
    evaluated = goals.evaluate(measured)
    results = list(measured.values())
    lines = [*header(results), "", *tables.lines(measured, evaluated)]

    def save() -> list[Path]:
        written = document(measured, evaluated)
        return several_jobs.save(COMMAND, options, measured, written, lambda: tables.draw(measured))

    return Outcome(lines, save, failures(results))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    return COMMAND.execute(options, lambda: measure(options))
