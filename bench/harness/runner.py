"""The one runner: takes a benchmark and its peers through build, start, check and timing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bench.harness.results import Row
from bench.harness.rounds import Schedule, Watcher, measure
from bench.harness.workers import Worker, WorkerError
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv, BuildError, Unavailable


class CheckError(Exception):
    """A row computes something else than the reference."""


class Benchmark(Protocol):
    """A job for peers: what a worker is given, and how it shows that it does it right."""

    @property
    def program(self) -> str:
        """The workers' program: `bench.PROGRAM.worker`, bench/peers/NAME/PROGRAM.*"""

    @property
    def problem(self) -> Mapping[str, Any]:
        """What the results say of the job; `name` tells jobs of one benchmark apart."""

    def prepare(self, peer: Peer, worker: Worker) -> float | None:
        """Hand over the problem and check the results; raises CheckError when they differ.

        Returns the seconds of the first call if the benchmark asks for them.
        """


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


@dataclass(frozen=True)
class Runner:
    """Measures peers on one core, as the schedule says."""

    env: BuildEnv
    core: int | None
    schedule: Schedule
    watcher: Watcher

    def run(self, peers: Sequence[Peer], benchmark: Benchmark) -> list[Row]:
        """A row for each peer, with figures or with the reason why there are none."""
        rows = [Row(peer, peer.is_floor(self.env.facts.implementation)) for peer in peers]
        for session in range(self.schedule.session_count()):
            rows = self._run_session(rows, benchmark, session)
        return rows

    def _run_session(self, rows: Sequence[Row], benchmark: Benchmark, session: int) -> list[Row]:
        """Start and check the rows that have not failed yet, time them, end their processes."""
        started: list[Row] = []
        workers: dict[str, Worker] = {}
        done = session / self.schedule.session_count()
        with contextlib.ExitStack() as stack:
            for row in rows:
                worker = None
                if not row.lost:
                    self.watcher.update(row.peer.name, "starting", done)
                    row, worker = self._start(row, benchmark)
                if worker is not None:
                    workers[row.peer.name] = stack.enter_context(worker)
                started.append(row)
            timings = measure(workers, self.schedule, session, self.watcher)
        return [
            replace(
                row,
                failure=None if timing.error is None else f"its worker {timing.error}",
                processes=(*row.processes, timing.rounds),
            )
            if (timing := timings.get(row.peer.name)) is not None
            else row
            for row in started
        ]

    def _start(self, row: Row, benchmark: Benchmark) -> tuple[Row, Worker | None]:
        """Build, start and check one row; without a worker, the row has the reason."""
        try:
            with contextlib.ExitStack() as stack:
                launch = row.peer.launch(self.env, benchmark.program)
                worker = stack.enter_context(
                    Worker(
                        launch.command,
                        environment=launch.environment,
                        folder=self.env.root,
                        core=self.core,
                    )
                )
                row = replace(row, info=read_info(worker))
                first = benchmark.prepare(row.peer, worker)
                if first is not None:
                    row = replace(row, first_calls=(*row.first_calls, first))
                stack.pop_all()
                return row, worker
        except Unavailable as reason:
            return replace(row, missing=str(reason)), None
        except WorkerError as error:
            if row.peer.optional and "ModuleNotFoundError" in str(error):
                return replace(row, missing=f"its worker {error}"), None
            return replace(row, failure=f"its worker {error}"), None
        except (BuildError, CheckError) as error:
            return replace(row, failure=str(error)), None
