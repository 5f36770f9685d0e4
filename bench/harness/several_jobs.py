"""What the commands of benchmarks with several jobs share: `--jobs`, and the way to their files."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Protocol, TypeVar

from bench.harness import command_line, report
from bench.harness.command_line import Command, log
from bench.harness.results import Results
from bench.harness.runner import Benchmark
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv


class Job(Benchmark, Protocol):
    @property
    def name(self) -> str:
        """What `--jobs` calls it."""


J = TypeVar("J", bound=Job)


def add_option(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    parser.add_argument("--jobs", metavar="A,B", help=f"only these of {', '.join(names)}")


def choose(
    parser: argparse.ArgumentParser, options: argparse.Namespace, names: Sequence[str]
) -> None:
    """Make `options.jobs` a list of names; all of them without the option."""
    wanted = list(names) if options.jobs is None else options.jobs.split(",")
    for name in wanted:
        if name not in names:
            parser.error(f"unknown job {name!r}; the jobs are: {', '.join(names)}")
    options.jobs = wanted


def measure(
    command: Command,
    options: argparse.Namespace,
    env: BuildEnv,
    jobs: Sequence[J],
    takes_part: Callable[[J, Peer], bool],
) -> dict[str, Results]:
    """The results of each job that chosen rows take part in."""
    measured = {}
    for place, job in enumerate(jobs, start=1):
        peers = [peer for peer in options.peers if takes_part(job, peer)]
        if peers:
            log(f"job {place} of {len(jobs)}: {job.name}")
            chosen = argparse.Namespace(**{**vars(options), "peers": peers})
            (measured[job.name],) = command.measure(chosen, env, [job])
    return measured


def machine_of(measured: Iterable[Results]) -> dict[str, Any]:
    """The machine, with the most that others were busy, and with the ISA if a row names one."""
    machines = [results.machine for results in measured]
    return {
        **machines[0],
        "others_busy": max(one["others_busy"] or 0.0 for one in machines),
        "isa": next((one["isa"] for one in machines if one["isa"]), None),
    }


def versions_of(measured: Iterable[Results]) -> str:
    infos = [row.info for results in measured for row in results.rows]
    versions = dict.fromkeys(str(info["version"]) for info in infos if info.get("version"))
    return "; ".join(versions) or "none named"


def save(
    command: Command,
    options: argparse.Namespace,
    measured: Mapping[str, Results],
    document: Mapping[str, Any],
    pictures: Callable[[], Iterable[tuple[str, bytes]]],
) -> list[Path]:
    """Write the document, and charts beside it: each with the end of its name."""
    implementation = next(iter(measured.values())).machine["implementation"]
    stem = options.output / f"{command.name}-{implementation}"
    written = command_line.save(stem, document, None)
    try:
        for name, picture in () if options.no_plot else pictures():
            written.append(stem.with_name(f"{stem.name}-{name}.png"))
            report.write_atomically(written[-1], picture)
    except ImportError as error:
        log(f"no charts: {error}")
    return written
