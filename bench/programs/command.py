"""The command of the benchmark of programs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.harness import command_line, report
from bench.harness.command_line import Command, Outcome, log
from bench.harness.results import Results
from bench.harness.rounds import Schedule
from bench.micro.command import failures
from bench.peers.tools import BuildEnv
from bench.programs import goals, jobs, tables
from bench.programs.goals import Goal, Jobs
from bench.programs.jobs import Job

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
    text = f"only these of {', '.join(jobs.NAMES)}"
    parser.add_argument("--jobs", metavar="A,B", help=text)
    options = COMMAND.parse(parser, arguments)
    options.jobs = jobs.NAMES if options.jobs is None else options.jobs.split(",")
    for name in options.jobs:
        if name not in jobs.NAMES:
            parser.error(f"unknown job {name!r}; the jobs are: {', '.join(jobs.NAMES)}")
    return options


def measure_jobs(options: argparse.Namespace, env: BuildEnv, made: Sequence[Job]) -> Jobs:
    """The results of each job that chosen rows take part in."""
    measured = {}
    for place, job in enumerate(made, start=1):
        peers = [peer for peer in options.peers if jobs.takes_part(peer, job.kind)]
        if peers:
            log(f"job {place} of {len(made)}: {job.name}")
            chosen = argparse.Namespace(**{**vars(options), "peers": peers})
            (measured[job.name],) = COMMAND.measure(chosen, env, [job])
    return measured


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


def save(options: argparse.Namespace, measured: Jobs, evaluated: Sequence[Goal]) -> list[Path]:
    """The document, and the charts beside it."""
    first = next(iter(measured.values()))
    stem = options.output / f"{COMMAND.name}-{first.machine['implementation']}"
    written = command_line.save(stem, document(measured, evaluated), None)
    try:
        for name, picture in [] if options.no_plot else tables.draw(measured):
            written.append(stem.with_name(f"{stem.name}-{name}.png"))
            report.write_atomically(written[-1], picture)
    except ImportError as error:
        log(f"no charts: {error}")
    return written


def header(measured: Sequence[Results]) -> list[str]:
    machine = dict(measured[0].machine)
    machine["others_busy"] = max(one.machine["others_busy"] or 0.0 for one in measured)
    machine["isa"] = next((one.machine["isa"] for one in measured if one.machine["isa"]), None)
    rows = {row.peer.name: row for results in measured for row in results.rows if row.info}
    versions = dict.fromkeys(str(row.info["version"]) for row in rows.values())
    entries = [
        ("ISA of programs", str(machine["isa"] or "unknown: no program is in this run")),
        ("Versions", "; ".join(versions) or "none named"),
        ("Check", "exact rows have the reference's bits, the others differ by rounding"),
    ]
    return report.header_lines(machine, "formulas that are known at run time", entries)


def measure(options: argparse.Namespace) -> Outcome:
    env = BuildEnv(options.python, log=log)
    measured = measure_jobs(options, env, jobs.make(env, options.jobs))
    if not measured:
        return Outcome([], list, ["none of the rows takes part in these jobs"])
    evaluated = goals.evaluate(measured)
    results = list(measured.values())
    lines = [*header(results), "", *tables.lines(measured, evaluated)]
    return Outcome(lines, lambda: save(options, measured, evaluated), failures(results))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    return COMMAND.execute(options, lambda: measure(options))
