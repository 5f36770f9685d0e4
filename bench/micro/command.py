"""The command of the microbenchmarks."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.harness import command_line, report, several_jobs
from bench.harness.command_line import Command, Outcome, log
from bench.harness.results import Results
from bench.harness.rounds import Schedule
from bench.harness.runner import CheckError
from bench.harness.workers import Worker, WorkerError
from bench.micro import jobs, tables
from bench.micro.jobs import JOBS, Job
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv, Unavailable

COMMAND = Command(
    name="micro",
    title="Microbenchmarks",
    description="Time single uses of arrays, long and short, for PicoNumpy and its peers.",
    usual=Schedule(rounds=15, slice_s=0.02, settle_s=0.15, sessions=3),
    quick=Schedule(rounds=2, slice_s=0.01, settle_s=0.05, sessions=1),
    norms=("piconumpy", "list"),
    jit_settle=1.0,
)
# How a worker says that its array type lacks what the job takes.
CANNOT_DO = "reported: CannotDo: "


class Micro:
    """One job as the runner sees it."""

    program = "micro"

    def __init__(self, job: Job) -> None:
        self.job = job
        self.problem: Mapping[str, Any] = {
            "description": job.title,
            "name": job.name,
            "operations": job.count,
            "unit": job.unit,
        }
        numbers = " ".join(repr(number) for number in jobs.numbers_of(job.name))
        self.line = f"{job.name} {job.count} {numbers}".rstrip()
        self.expected = jobs.expected(job)

    def prepare(self, peer: Peer, worker: Worker) -> None:
        try:
            worker.prepare(self.line)
        except WorkerError as error:
            if str(error).startswith(CANNOT_DO):
                raise Unavailable(str(error)[len(CANNOT_DO) :]) from None
            raise
        found = worker.numbers("states", self.job.results)
        for place, (a, b) in enumerate(zip(self.expected, found)):
            if not math.isclose(a, b, rel_tol=self.job.tolerance, abs_tol=0.0):
                raise CheckError(
                    f"{peer.name} differs from the reference in {self.job.name}: number {place} "
                    f"is {b!r} instead of {a!r}"
                )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = COMMAND.parser()
    known = [job.name for job in JOBS]
    several_jobs.add_option(parser, known)
    options = COMMAND.parse(parser, arguments)
    several_jobs.choose(parser, options, known)
    options.jobs = [job for job in JOBS if job.name in options.jobs]
    return options


def document(measured: Sequence[Results]) -> dict[str, Any]:
    """All jobs as JSON, and what they have in common once."""
    entries = [results.document() for results in measured]
    for entry in entries:
        del entry["benchmark"], entry["machine"]
    return {"benchmark": COMMAND.name, "machine": dict(measured[0].machine), "jobs": entries}


def failures(measured: Sequence[Results]) -> list[str]:
    """Rows that failed, each reason once, after the jobs that it holds for."""
    reasons: dict[str, list[str]] = {}
    for results in measured:
        for failure in command_line.failures(results.rows, False):
            reasons.setdefault(failure, []).append(results.problem["name"])
    return [f"{', '.join(names)}: {failure}" for failure, names in reasons.items()]


def measure(options: argparse.Namespace) -> Outcome:
    env = BuildEnv(options.python, log=log)
    measured = COMMAND.measure(options, env, [Micro(job) for job in options.jobs])
    first = measured[0]
    entries = report.versions(first.rows, first.machine)
    entries.append(("Check", "every row computes the same numbers"))
    problem = "one use of an array each, in a loop"
    lines = [*report.header_lines(first.machine, problem, entries), "", *tables.lines(measured)]
    return Outcome(
        lines,
        lambda: COMMAND.save(options, first, document(measured), lambda: tables.draw(measured)),
        failures(measured),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    return COMMAND.execute(options, lambda: measure(options))
