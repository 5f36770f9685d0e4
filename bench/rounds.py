"""Interleaved timing: A B C A B C ..., so that a disturbed machine disturbs every row alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.workers import WorkerError


@dataclass(frozen=True)
class Schedule:
    """How much is measured: rounds, and in each a slice of so many seconds for each row.

    With `runs`, each row gets that many timed runs in all, spread over the rounds, instead of time
    slices.
    """

    rounds: int = 40
    slice_s: float = 0.05
    runs: int | None = None
    settle_s: float = 0.2

    def round_count(self) -> int:
        return self.rounds if self.runs is None else min(self.rounds, self.runs)

    def runs_in_round(self, index: int, run_s: float) -> int:
        """Timed runs in round `index` for a row whose run takes about run_s seconds."""
        if self.runs is None:
            return max(1, math.ceil(self.slice_s / run_s))
        # The first rounds take one more each when the division leaves a remainder.
        base, extra = divmod(self.runs, self.round_count())
        return base + (1 if index < extra else 0)


@dataclass
class Timings:
    """The seconds of every timed run of one row, round by round; `error` ended it early."""

    rounds: list[list[float]] = field(default_factory=list)
    error: str | None = None

    def runs(self) -> list[float]:
        return [seconds for one in self.rounds for seconds in one]


class Runner(Protocol):
    """What is timed: run(count) returns the seconds of each of count runs."""

    def run(self, count: int) -> list[float]: ...


class Watcher(Protocol):
    """Who is told how far the measurement is."""

    def turn(self, row: str, done: int, total: int, round_index: int, rounds: int) -> None: ...


class Silence:
    """A watcher that says nothing."""

    def turn(self, row: str, done: int, total: int, round_index: int, rounds: int) -> None:
        pass


def settle(runner: Runner, settle_s: float) -> float:
    """Run for settle_s seconds, for compilers and caches; return the seconds a run takes then."""
    seconds = runner.run(1)
    while sum(seconds) < settle_s or len(seconds) < 2:
        seconds += runner.run(1)
    return statistics.median(seconds[len(seconds) // 2 :])


def measure(
    runners: Mapping[str, Runner], schedule: Schedule, watcher: Watcher | None = None
) -> dict[str, Timings]:
    """Time every row in every round. A row that fails stops there, and the others go on."""
    watcher = watcher or Silence()
    timings = {name: Timings() for name in runners}
    rounds = schedule.round_count()
    total = len(runners) * (rounds + 1)
    run_s: dict[str, float] = {}
    for turn, name in enumerate(_turns(list(runners), rounds)):
        index = turn // len(runners) - 1
        watcher.turn(name, turn, total, index + 1, rounds)
        timing = timings[name]
        if timing.error is not None:
            continue
        try:
            if index < 0:
                run_s[name] = settle(runners[name], schedule.settle_s)
                continue
            # Not recorded: the row before has left its data in the caches.
            # Its duration still serves: a disturbed estimate of a run would leave slices too short.
            run_s[name] = min(run_s[name], *runners[name].run(1))
            timing.rounds.append(runners[name].run(schedule.runs_in_round(index, run_s[name])))
        except WorkerError as error:
            timing.error = str(error)
    return timings


def _turns(names: Sequence[str], rounds: int) -> list[str]:
    """Every row once for settling, then once in each round."""
    return list(names) * (rounds + 1)
