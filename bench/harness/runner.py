"""The one runner: takes a benchmark and its peers through build, start, check and timing."""

from __future__ import annotations

import contextlib
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bench.harness.rounds import Schedule, Timings, Watcher, measure
from bench.harness.spread import Spread
from bench.harness.workers import Worker, WorkerError
from bench.peers.table import NORMS, PEERS, Peer
from bench.peers.tools import BuildError, Site, Unavailable


class CheckError(Exception):
    """A row computes something else than the reference."""


class Benchmark(Protocol):
    """A job for peers: what a worker is given, and how it shows that it does it right."""

    @property
    def name(self) -> str: ...

    def prepare(self, peer: Peer, worker: Worker) -> None:
        """Hand over the problem and check the results; raises CheckError when they differ."""


@dataclass
class Row:
    """A peer in one run of a benchmark: what came of it."""

    peer: Peer
    info: dict[str, Any] = field(default_factory=dict)
    missing: str | None = None  # what the machine lacks for it
    failure: str | None = None  # what went wrong
    sessions: list[Timings] = field(default_factory=list)
    spread: Spread | None = None

    @property
    def lost(self) -> bool:
        """It gets no figures."""
        return self.missing is not None or self.failure is not None

    @property
    def floor(self) -> bool:
        """It bounds what a row can reach on the interpreter that was measured."""
        implementation = self.info.get("interpreter", {}).get("implementation")
        return self.peer.floor and (
            None in (self.peer.floor_on, implementation) or implementation == self.peer.floor_on
        )

    def process_medians(self) -> list[float]:
        """The median seconds of a run in each process that the row had."""
        return [statistics.median(timing.runs()) for timing in self.sessions if timing.runs()]

    @property
    def note(self) -> str:
        """Why there are no figures; or what the row is, and its version."""
        if self.failure is not None:
            return f"failed: {self.failure}"
        if self.missing is not None:
            return f"not measured: {self.missing}"
        version = self.info.get("version")
        return f"{self.peer.note}; {version}" if version else self.peer.note


@dataclass(frozen=True)
class Norm:
    """The row that the others are divided by."""

    row: Row
    reason: str = ""  # why it is not the usual one

    @property
    def median_s(self) -> float:
        assert self.row.spread is not None
        return self.row.spread.median


def read_info(worker: Worker) -> dict[str, Any]:
    """The versions that the worker names."""
    answer = worker.ask("info")
    word, _, text = answer.partition(" ")
    try:
        info = json.loads(text) if word == "info" else None
    except ValueError:
        info = None
    if not isinstance(info, dict):
        raise WorkerError(f"answered {answer[:80]!r} where info and a JSON object were expected")
    return info


def start(row: Row, benchmark: Benchmark, site: Site, core: int | None) -> Worker | None:
    """Build, start and check one row; what stands in its way is noted in the row."""
    try:
        with contextlib.ExitStack() as stack:
            launch = row.peer.launch(site, benchmark.name)
            worker = stack.enter_context(
                Worker(launch.command, environment=launch.environment, folder=site.root, core=core)
            )
            row.info = read_info(worker)
            benchmark.prepare(row.peer, worker)
            stack.pop_all()
            return worker
    except Unavailable as reason:
        row.missing = str(reason)
    except WorkerError as error:
        if row.peer.optional and "ModuleNotFoundError" in str(error):
            row.missing = f"its worker {error}"
        else:
            row.failure = f"its worker {error}"
    except (BuildError, CheckError) as error:
        row.failure = str(error)
    return None


def run_session(
    rows: Sequence[Row],
    benchmark: Benchmark,
    site: Site,
    core: int | None,
    schedule: Schedule,
    session: int,
    watcher: Watcher,
) -> None:
    """One session: start and check the rows that have not failed yet, time them, end them."""
    workers: dict[str, Worker] = {}
    with contextlib.ExitStack() as stack:
        for row in rows:
            if not row.lost:
                watcher.update(row.peer.name, "starting", session / schedule.session_count())
                worker = start(row, benchmark, site, core)
                if worker is not None:
                    workers[row.peer.name] = stack.enter_context(worker)
        timings = measure(workers, schedule, session, watcher)
    for row in rows:
        timing = timings.get(row.peer.name)
        if timing is None:
            continue
        if timing.error is not None:
            row.failure = f"its worker {timing.error}"
        row.sessions.append(timing)


def run(
    peers: Sequence[Peer],
    benchmark: Benchmark,
    site: Site,
    core: int | None,
    schedule: Schedule,
    watcher: Watcher,
) -> list[Row]:
    """Measure the peers: a row for each, with figures or with the reason why there are none."""
    rows = [Row(peer) for peer in peers]
    for session in range(schedule.session_count()):
        run_session(rows, benchmark, site, core, schedule, session, watcher)
    for row in rows:
        if not row.lost:
            row.spread = Spread.of([run for timing in row.sessions for run in timing.runs()])
    return rows


def choose_norm(rows: Sequence[Row], names: Sequence[str] = NORMS) -> Norm | None:
    """The first of the named rows that ran (Julia, without it the C++ floor); without them the
    first row that ran. None if no row ran."""
    measured = {row.peer.name: row for row in rows if row.spread is not None}
    if not measured:
        return None
    for place, name in enumerate(names):
        if name in measured:
            return Norm(measured[name], "" if place == 0 else _why_not(rows, names[0]))
    return Norm(next(iter(measured.values())), _why_not(rows, names[0]))


def _why_not(rows: Sequence[Row], name: str) -> str:
    for row in rows:
        if row.peer.name == name:
            was = "was " if row.missing else ""
            return f"{row.peer.title} {was}{row.note}"
    title = next((peer.title for peer in PEERS if peer.name == name), name)
    return f"{title} is not among the rows of this run"
