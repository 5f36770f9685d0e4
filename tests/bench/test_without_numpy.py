"""The command `python -m bench.without_numpy`, its function and its check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rows import Reader

from bench.harness.runner import CheckError
from bench.peers import tools
from bench.peers.table import PythonPeer
from bench.peers.tools import Unavailable
from bench.without_numpy.command import Rober, main
from bench.without_numpy.problem import accumulate, rober
from bench.without_numpy.worker import Row

SMALL = ["--runs", "1", "--quick", "--no-plot"]


def test_the_derivative_is_the_one_of_the_reactions() -> None:
    assert rober(0.0, (1.0, 0.0, 0.0)) == (-0.04, 0.04, 0.0)
    dy = rober(0.0, (0.5, 1e-5, 0.5))
    assert dy == pytest.approx((-0.02 + 0.05, 0.02 - 3e-3 - 0.05, 3e-3))
    assert sum(dy) == pytest.approx(0.0, abs=1e-15)


def test_every_state_counts_every_time() -> None:
    states = [(1.0, 0.0, 0.0), (0.5, 1e-5, 0.5)]
    expected = [3 * sum(column) for column in zip(*(rober(0.0, y) for y in states))]
    assert accumulate(3, states) == pytest.approx(expected)


class Answering:
    """A worker that computes with the function given to it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def prepare(self, problem: str) -> None:
        self.row = Row(self.function, problem.split())

    def numbers(self, word: str, count: int) -> list[float]:
        (sums,) = self.row.states()
        assert word == "states"
        assert len(sums) == count
        return sums


def test_a_worker_that_takes_a_call_out_of_its_loop_is_found() -> None:
    def hoisted(repeats: int, states: Any) -> Any:
        return [repeats * len(states) * d for d in rober(0.0, states[0])]

    benchmark = Rober(calls=200)
    peer = PythonPeer("python", "Python")
    right: Any = Answering(accumulate)
    benchmark.prepare(peer, right)
    wrong: Any = Answering(hoisted)
    with pytest.raises(CheckError, match="python: the sum of dy1 is"):
        benchmark.prepare(peer, wrong)


def test_python_and_the_scalar_program_agree(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        tools.find_cxx()
    except Unavailable as reason:
        pytest.skip(str(reason))
    arguments = [*SMALL, "--calls", "1000", "--output", str(tmp_path)]
    assert main([*arguments, "--rows", "python,cpp"]) == 0
    document = read_results("without_numpy")
    assert [row["id"] for row in document["rows"]] == ["python", "cpp"]
    assert document["problem"]["calls"] == 1000
    assert document["norm"] == "C++"
    assert "A call" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["1", "1 1.0 2.0"])
def test_states_have_three_numbers(words: str) -> None:
    with pytest.raises(ValueError, match="three numbers each"):
        Row(accumulate, words.split())
