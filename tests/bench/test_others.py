"""The smaller commands: cpy_vs_hpy, without_numpy and profile."""

from __future__ import annotations

import json
import pstats
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import cpy_vs_hpy, profile, without_numpy
from bench.cpy_vs_hpy.__main__ import main as main_cpy_vs_hpy
from bench.harness.runner import CheckError
from bench.ode import check
from bench.peers import table, tools
from bench.peers.table import Peer, PythonPeer
from bench.peers.tools import Unavailable
from bench.profile import __main__ as profiling
from bench.without_numpy.__main__ import Rober
from bench.without_numpy.__main__ import main as main_without_numpy
from bench.without_numpy.problem import accumulate, rober
from bench.without_numpy.worker import Row

SMALL = ["--runs", "1", "--quick", "--no-plot"]


def results(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"{name}-{sys.implementation.name}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replaces the table of peers."""

    def replace(*peers: Peer) -> None:
        monkeypatch.setattr(table, "PEERS", peers)

    return replace


def test_every_benchmark_says_what_it_is() -> None:
    for module in (cpy_vs_hpy, profile, without_numpy):
        assert module.__doc__


# cpy_vs_hpy


def test_rows_of_cpy_vs_hpy_must_be_equal_to_the_bit(
    tmp_path: Path, only: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    source = ("--array", "bench.peers.purepy:array")
    peer = PythonPeer("capi", "C", source=source, benchmarks=("cpy_vs_hpy",))
    only(peer)
    arguments = [*SMALL, "--sleds", "1", "--steps", "3", "--output", str(tmp_path)]
    assert main_cpy_vs_hpy(arguments) == 0
    document = results(tmp_path, "cpy_vs_hpy")
    assert document["benchmark"] == "cpy_vs_hpy"
    assert document["norm"] == "C"
    assert document["problem"]["state_bound"] is None
    assert "final states have equal bits\n" in capsys.readouterr().out


def test_its_rows_are_extensions() -> None:
    names = [peer.name for peer in table.peers_of("cpy_vs_hpy")]
    assert {"piconumpy", "capi", "hpy", "hpy_cpython"} <= set(names)
    assert all(peer.exact for peer in table.peers_of("cpy_vs_hpy"))


def test_without_bounds_only_equal_bits_pass() -> None:
    state = [[1.0, 2.0, 3.0, 4.0]]
    reference = check.Reference(state, state, [float("inf")])
    reference.check("states", state, exact=True)
    with pytest.raises(check.StateError, match="only rows with equal bits"):
        reference.check("states", state, exact=False)


# without_numpy


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
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        tools.find_cxx()
    except Unavailable as reason:
        pytest.skip(str(reason))
    arguments = [*SMALL, "--calls", "1000", "--output", str(tmp_path)]
    assert main_without_numpy([*arguments, "--rows", "python,cpp"]) == 0
    document = results(tmp_path, "without_numpy")
    assert [row["id"] for row in document["rows"]] == ["python", "cpp"]
    assert document["problem"]["calls"] == 1000
    assert document["norm"] == "C++"
    assert "A call" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["1", "1 1.0 2.0"])
def test_states_have_three_numbers(words: str) -> None:
    with pytest.raises(ValueError, match="three numbers each"):
        Row(accumulate, words.split())


# profile


def test_a_row_is_profiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(statistics: Path, dot: str) -> bytes:
        calls: Any = pstats.Stats(str(statistics))
        return f"{dot} {sorted(name for _, _, name in calls.stats)}".encode()

    monkeypatch.setattr(profiling, "find_dot", lambda: "dot")
    monkeypatch.setattr(profiling, "draw", draw)
    arguments = ["purepy", "--sleds", "1", "--steps", "2", "--output", str(tmp_path)]
    assert profiling.main(arguments) == 0
    (picture,) = tmp_path.iterdir()
    assert picture.name.startswith("profile-purepy")
    assert "runge_kutta_step" in picture.read_text(encoding="utf-8")
    assert "Ordered by: internal time" in capsys.readouterr().out


def test_without_graphviz_nothing_is_profiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert profiling.main(["purepy", "--output", str(tmp_path)]) == 1
    assert "install Graphviz (Debian's package: graphviz)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no method named; the methods are: piconumpy"),
        (["fortran"], "unknown method 'fortran'; the methods are: piconumpy"),
        (["julia"], "unknown method 'julia'"),
    ],
)
def test_methods_are_listed(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        profiling.main(arguments)
    error = capsys.readouterr().err
    assert message in error
    assert "capi, " in error
    assert "callback" not in error
