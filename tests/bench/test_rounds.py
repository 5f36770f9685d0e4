"""The schedule, the order of the runs, and the statistics."""

from __future__ import annotations

import psutil
import pytest
from rows import Silence

from bench.harness import machine
from bench.harness.rounds import Schedule, measure
from bench.harness.spread import Spread
from bench.harness.workers import WorkerError


class Recorder:
    """Takes `seconds` for every run, and writes down when it was asked for how many."""

    def __init__(
        self, name: str, log: list[tuple[str, int]], seconds: float, pieces: int = 1
    ) -> None:
        self.name, self.log, self.seconds, self.pieces = name, log, seconds, pieces

    def run(self, count: int) -> list[float]:
        self.log.append((self.name, count))
        return [self.seconds / self.pieces] * count


class Failing(Recorder):
    """Fails in the second round."""

    def run(self, count: int) -> list[float]:
        if len(self.log) > 6:
            raise WorkerError("died")
        return super().run(count)


def test_rows_take_turns_and_each_turn_begins_with_an_unrecorded_run() -> None:
    log: list[tuple[str, int]] = []
    schedule = Schedule(rounds=2, slice_s=0.05, settle_s=0.0, sessions=1)
    rows = {"a": Recorder("a", log, 0.01), "b": Recorder("b", log, 0.1)}
    timings = measure(rows, schedule, 0, Silence())
    settling = [("a", 1), ("a", 1), ("b", 1), ("b", 1)]
    one_round = [("a", 1), ("a", 5), ("b", 1), ("b", 1)]
    assert log == settling + one_round + one_round
    assert len(timings["a"].runs()) == 10
    assert timings["b"].rounds == [[0.1], [0.1]]


def test_the_pieces_of_a_run_do_not_make_slices_longer() -> None:
    schedule = Schedule(rounds=1, slice_s=0.05, settle_s=0.1, sessions=1)
    log: list[tuple[str, int]] = []
    timings = measure({"a": Recorder("a", log, 0.01, 1000)}, schedule, 0, Silence())
    settling, one_round = log[:-2], log[-2:]
    assert sum(count for _, count in settling) in (10, 11)  # the last digit decides
    assert one_round == [("a", 1), ("a", 5)]
    assert timings["a"].runs() == [0.00001] * 5


def test_a_row_that_fails_stops_alone() -> None:
    log: list[tuple[str, int]] = []
    rows = {"bad": Failing("bad", [("", 0)] * 3, 0.1), "good": Recorder("good", log, 0.1)}
    schedule = Schedule(rounds=3, slice_s=0.05, settle_s=0.0, sessions=1)
    timings = measure(rows, schedule, 0, Silence())
    assert timings["bad"].error == "died"
    assert timings["good"].error is None
    assert len(timings["good"].rounds) == 3


@pytest.mark.parametrize("runs", [1, 7, 40, 41, 100])
def test_a_given_number_of_runs_is_kept_exactly(runs: int) -> None:
    schedule = Schedule(runs=runs)
    rounds = [schedule.runs_in_round(i, 0.001) for i in range(schedule.round_count())]
    assert sum(rounds) == runs
    assert min(rounds) >= 1


@pytest.mark.parametrize(("rounds", "sessions"), [(40, 5), (7, 3), (2, 5), (1, 1)])
def test_sessions_share_the_rounds(rounds: int, sessions: int) -> None:
    schedule = Schedule(rounds=rounds, sessions=sessions)
    parts = [schedule.rounds_of(i) for i in range(schedule.session_count())]
    assert [index for part in parts for index in part] == list(range(rounds))
    assert all(parts)


def test_a_slow_row_runs_once_in_a_round() -> None:
    assert Schedule(slice_s=0.05).runs_in_round(0, 3.0) == 1


def test_the_default_gives_thirty_rounds_and_a_fast_row_two_hundred_runs() -> None:
    schedule = Schedule()
    assert schedule.round_count() >= 30
    assert schedule.round_count() * schedule.runs_in_round(0, 0.002) >= 200


def test_how_busy_the_other_cores_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_percent", lambda percpu: [30.0, 100.0, 50.0])
    assert machine.Disturbance(1).share() == 0.4
    assert machine.Disturbance(0).share() == 0.75
    assert machine.Disturbance(None).share() is None
    monkeypatch.setattr(psutil, "cpu_percent", lambda percpu: [30.0])
    assert machine.Disturbance(0).share() is None


def test_a_spread_has_quartiles_and_extremes() -> None:
    assert Spread.of([5.0, 1.0, 2.0, 3.0, 4.0]) == Spread(3.0, 2.0, 4.0, 1.0, 5.0, 5)
    assert Spread.of([1.0, 2.0, 3.0, 4.0]).quartiles() == [2.5, 1.75, 3.25]


def test_a_spread_of_one_sample_and_of_none() -> None:
    assert Spread.of([2.0]) == Spread(2.0, 2.0, 2.0, 2.0, 2.0, 1)
    with pytest.raises(ValueError, match="at least one sample"):
        Spread.of([])
