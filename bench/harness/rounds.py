"""Interleaved timing: A B C A B C ..., so that a disturbed machine disturbs every row alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bench.harness.workers import WorkerError


@dataclass(frozen=True)
class Schedule:
    """How much is measured: rounds, and in each a slice of so many seconds for each row.

    The rounds are spread over sessions, each with fresh processes, because the place of a process's
    code and data in memory changes its times by a few percent. With `runs`, each row gets that many
    timed runs in all instead of time slices.
    """

    rounds: int = 40
    slice_s: float = 0.05
    runs: int | None = None
    settle_s: float = 0.2
    sessions: int = 5

    def round_count(self) -> int:
        """Rounds in all."""
        return self.rounds if self.runs is None else min(self.rounds, self.runs)

    def session_count(self) -> int:
        """Sessions in all: none without a round."""
        return min(self.sessions, self.round_count())

    def rounds_of(self, session: int) -> range:
        """The rounds of that session, counted through all sessions."""
        rounds, sessions = self.round_count(), self.session_count()
        return range(rounds * session // sessions, rounds * (session + 1) // sessions)

    def runs_in_round(self, index: int, run_s: float) -> int:
        """Timed runs in round `index` for a row whose run takes about run_s seconds."""
        if self.runs is None:
            return max(1, math.ceil(self.slice_s / run_s))
        # The first rounds take one more each when the division leaves a remainder.
        base, extra = divmod(self.runs, self.round_count())
        return base + (1 if index < extra else 0)


# A run that takes this long need not be preceded by one that is not counted.
LONG_S = 0.3


@dataclass
class Timings:
    """The seconds of every timed run of one row, round by round; `error` ended it early."""

    rounds: list[list[float]] = field(default_factory=list)
    error: str | None = None

    def runs(self) -> list[float]:
        return [seconds for one in self.rounds for seconds in one]


class Runner(Protocol):
    """What is timed: run(count) returns the seconds of each of count runs, divided by `pieces`."""

    pieces: int

    def run(self, count: int) -> list[float]: ...


class Watcher(Protocol):
    """Shows the progress: the row, what is being done, and the share of all that is done."""

    def update(self, row: str, stage: str, done: float) -> None: ...


def settle(runner: Runner, settle_s: float) -> float:
    """Run for settle_s seconds, for compilers and caches; return the seconds a run takes then."""

    def run(count: int) -> list[float]:
        return [runner.pieces * one for one in runner.run(count)]

    seconds = run(1)
    count = 1
    while sum(seconds) < settle_s or (len(seconds) < 2 and seconds[0] < LONG_S):
        seconds += run(count)
        # Ever more at a time, because asking takes longer than the shortest runs.
        count = max(1, min(2 * count, int((settle_s - sum(seconds)) / seconds[-1])))
    return statistics.median(seconds[len(seconds) // 2 :])


def measure(
    runners: Mapping[str, Runner], schedule: Schedule, session: int, watcher: Watcher
) -> dict[str, Timings]:
    """Time every row in every round of a session. A row that fails stops, and the others go on."""
    timings = {name: Timings() for name in runners}
    rounds = schedule.rounds_of(session)
    run_s: dict[str, float] = {}
    # In the first turn, all rows warm up.
    for place, index in enumerate([None, *rounds]):
        done = (session + place / (len(rounds) + 1)) / schedule.session_count()
        stage = "warming up" if index is None else f"round {index + 1}/{schedule.round_count()}"
        for name, runner in runners.items():
            if timings[name].error is not None:
                continue
            watcher.update(name, stage, done)
            try:
                if index is None:
                    run_s[name] = settle(runner, schedule.settle_s)
                    continue
                # Not recorded, because the row before has left its data in the caches. It still
                # corrects an estimate that is too long, with which slices would be too short.
                if run_s[name] < LONG_S:
                    run_s[name] = min(run_s[name], runner.pieces * runner.run(1)[0])
                timings[name].rounds.append(runner.run(schedule.runs_in_round(index, run_s[name])))
            except WorkerError as error:
                timings[name].error = str(error)
    return timings
