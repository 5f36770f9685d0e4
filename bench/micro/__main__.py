"""Run the microbenchmarks: `python -m bench.micro` from the repository's root."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness import command_line, machine, report
from bench.harness.command_line import log
from bench.harness.progress import watching
from bench.harness.rounds import Schedule, Watcher
from bench.harness.runner import CheckError, Row, choose_norm, run
from bench.harness.workers import Worker, WorkerError
from bench.micro import jobs, tables
from bench.micro.jobs import JOBS, Job
from bench.ode import loader
from bench.peers.table import Peer
from bench.peers.tools import Site, Unavailable, interpreter_facts

NAME = "micro"
USUAL = Schedule(rounds=15, slice_s=0.02, settle_s=0.15, sessions=3)
QUICK = Schedule(rounds=2, slice_s=0.01, settle_s=0.05, sessions=1)
NORMS = ("piconumpy", "list")
# How a worker says that its array type lacks what the job takes.
CANNOT_DO = "reported: CannotDo: "


class Micro:
    """One job as the runner sees it."""

    name = NAME

    def __init__(self, job: Job) -> None:
        self.job = job
        numbers = " ".join(repr(number) for number in jobs.numbers_of(job.name))
        self.line = f"{job.name} {job.count} {numbers}".rstrip()
        self.expected = jobs.expected(job, loader.load_on_lists().board)

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


@dataclass(frozen=True)
class Part:
    """Tells a watcher of one job of several."""

    watcher: Watcher
    place: int
    job: Job

    def update(self, row: str, stage: str, done: float) -> None:
        done = (self.place + done) / len(JOBS)
        self.watcher.update(row, f"{self.job.name}, {stage}", done)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{NAME}",
        description="Time single uses of arrays, long and short, for PicoNumpy and its peers.",
    )
    known = [job.name for job in JOBS]
    parser.add_argument("--jobs", metavar="A,B", help=f"only these of {', '.join(known)}")
    command_line.add_options(parser, USUAL, QUICK)
    options = command_line.parse_options(parser, arguments, NAME)
    wanted = known if options.jobs is None else options.jobs.split(",")
    for name in wanted:
        if name not in known:
            parser.error(f"unknown job {name!r}; the jobs are: {', '.join(known)}")
    options.jobs = [job for job in JOBS if job.name in wanted]
    return options


def measure(options: argparse.Namespace, site: Site, where: dict[str, Any]) -> dict[str, list[Row]]:
    """The rows of each job."""
    titles = {peer.name: peer.title for peer in options.peers}
    schedule = command_line.schedule_of(options, USUAL, QUICK)
    disturbance = machine.Disturbance(options.core)
    measured = {}
    with machine.leaving_core(options.core), watching(titles) as watcher:
        for place, job in enumerate(options.jobs):
            part = Part(watcher, place, job)
            measured[job.name] = run(options.peers, Micro(job), site, options.core, schedule, part)
    where["others_busy"] = disturbance.share()
    rows = [row for job_rows in measured.values() for row in job_rows]
    where["isa"] = next((row.info["isa"] for row in rows if "isa" in row.info), None)
    return measured


def document(
    options: argparse.Namespace, where: dict[str, Any], measured: dict[str, list[Row]]
) -> dict[str, Any]:
    """All jobs as JSON: of each what a job of the main benchmark has."""
    entries = []
    for job in options.jobs:
        rows = measured[job.name]
        problem = {
            "description": job.title,
            "name": job.name,
            "operations": job.count,
            "unit": job.unit,
        }
        whole = report.document(NAME, problem, where, rows, choose_norm(rows, NORMS))
        del whole["machine"], whole["benchmark"], whole["derived"]
        entries.append(whole)
    return {"benchmark": NAME, "machine": where, "jobs": entries}


def complaints(measured: dict[str, list[Row]]) -> list[str]:
    """Rows that failed, each reason once, after the jobs that it holds for."""
    reasons: dict[str, list[str]] = {}
    for name, rows in measured.items():
        for complaint in command_line.failures(rows, False):
            reasons.setdefault(complaint, []).append(name)
    return [f"{', '.join(names)}: {complaint}" for complaint, names in reasons.items()]


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.list:
        command_line.list_rows(NAME)
        return 0
    site = Site(python=options.python, log=log)
    try:
        where = machine.describe(options.core, interpreter_facts(options.python))
        measured = measure(options, site, where)
    except WorkerError as error:
        log(f"error: the interpreter's worker {error}")
        return 1
    except KeyboardInterrupt:
        log("interrupted; nothing was written")
        return 130
    results = document(options, where, measured)
    first = next(iter(measured.values()))
    lines = report.header_lines(
        where, "one use of an array each, in a loop", report.versions(first, where)
    )
    lines += [f"{'Check':17}: every row computes the same numbers", "", *tables.lines(results)]
    print("\n".join(lines))
    return command_line.finish(
        lambda: command_line.save(
            results,
            options.output,
            NAME,
            None if options.no_plot else lambda: tables.draw(results),
        ),
        complaints(measured),
    )


if __name__ == "__main__":
    sys.exit(main())
