"""The problem itself: its derivatives, its integrator, and what the loader makes of its source."""

from __future__ import annotations

import ast
import inspect
import math
from types import SimpleNamespace
from typing import Any

import pytest

from bench.board import loader
from bench.ode import arithmetic
from bench.ode.sleds import Problem
from bench.ode.worker import CallbackRow, ReferenceRow, array_row, jit_row, traced_row
from bench.peers.purepy import array

STATE = [1.3, 0.4, 3.1, -0.7]


def height(x: float, y: float) -> float:
    """The board's height over its mean (m), whose derivatives the callback writes out."""
    return -0.25 * x - 0.5 * math.cos(2 * math.pi * x / 10) * math.cos(2 * math.pi * y / 4)


def acceleration_from_height(state: list[float]) -> tuple[float, float]:
    """The sled's acceleration, with the derivatives of the height taken numerically."""
    x, y, u, v = state
    d = 1e-4
    here = height(x, y)
    h_x = (height(x + d, y) - height(x - d, y)) / (2 * d)
    h_y = (height(x, y + d) - height(x, y - d)) / (2 * d)
    h_xx = (height(x + d, y) - 2 * here + height(x - d, y)) / d**2
    h_yy = (height(x, y + d) - 2 * here + height(x, y - d)) / d**2
    corners = height(x + d, y + d) + height(x - d, y - d)
    h_xy = (corners - height(x + d, y - d) - height(x - d, y + d)) / (4 * d**2)
    force = 9.81 + h_xx * u**2 + 2 * h_xy * u * v + h_yy * v**2
    force /= 1 + h_x**2 + h_y**2
    return -force * h_x - 0.5 * u, -force * h_y - 0.5 * v


def test_the_callback_agrees_with_the_board_s_height() -> None:
    derivative = loader.load(list).board(0.0, STATE)
    assert derivative[:2] == STATE[2:]
    assert derivative[2:] == pytest.approx(acceleration_from_height(STATE), rel=1e-5)


def test_the_reference_converges_with_the_fourth_order() -> None:
    board = loader.load(list).board
    ends = [arithmetic.trajectory(board, STATE, 0.4 / n, n)[1] for n in (8, 16, 32)]
    coarse = max(abs(a - b) for a, b in zip(ends[0], ends[1]))
    fine = max(abs(a - b) for a, b in zip(ends[1], ends[2]))
    assert 12 < coarse / fine < 20


def test_every_row_has_a_module_of_its_own() -> None:
    one, other = loader.load(array), loader.load(list)
    assert one is not other
    assert isinstance(one.board(0.0, STATE), array)
    assert type(other.board(0.0, STATE)) is list


def test_the_callback_takes_the_functions_that_it_is_given() -> None:
    called: list[float] = []

    def cos(x: float) -> float:
        called.append(x)
        return math.cos(x)

    functions = SimpleNamespace(sin=math.sin, cos=cos, pi=math.pi)
    assert loader.load(list, functions).board(0.0, STATE) == loader.load(list).board(0.0, STATE)
    assert len(called) == 6


def test_rows_that_compile_do_so_when_they_are_first_solved() -> None:
    pytest.importorskip("numpy")
    made: list[tuple[float, int]] = []

    def make_solver(dt: float, steps: int) -> Any:
        made.append((dt, steps))
        return lambda *columns: list(zip(*columns))

    row = jit_row(SimpleNamespace(make_solver=make_solver), PROBLEM)
    assert made == []
    assert row.states() == row.states() == PROBLEM.initial
    assert made == [(PROBLEM.dt, PROBLEM.steps)]


@pytest.mark.parametrize("what", ["board", "step", "rk4", "lanes", "rk4_fast", "lanes_fast"])
def test_rows_that_run_natively_reach_the_reference(what: str) -> None:
    if what.startswith("lanes"):
        pytest.importorskip("numpy")
    found = traced_row(what, PROBLEM).states()
    expected = ReferenceRow(PROBLEM).states()
    if what.endswith("_fast"):
        for a, b in zip(found, expected):
            assert a == pytest.approx(b, rel=1e-13)
    else:
        assert found == expected


def test_the_callback_alone_calls_no_array() -> None:
    module = loader.load_on_lists()
    assert "array" not in module.__dict__
    assert module.board(0.0, STATE) == loader.load(list).board(0.0, STATE)
    assert "array" not in module.board.__code__.co_names


def test_only_calls_of_array_with_a_list_are_replaced() -> None:
    source = "a = array([1])\nb = array(2)\nc = array([3], copy=True)\nd = f([4])\n"
    tree = loader._BareLists().visit(ast.parse(source))
    expected = ["a = [1]", "b = array(2)", "c = array([3], copy=True)", "d = f([4])"]
    assert ast.unparse(tree).splitlines() == expected


def test_the_source_stays_the_user_s() -> None:
    text = inspect.cleandoc(loader.SOURCE.read_text(encoding="utf-8"))
    assert text.count("math.sin") == 4
    assert text.count("math.cos") == 6


PROBLEM = Problem(steps=5, dt=0.01, initial=[[0.0, 0.25, 3.5, 0.0], [0.0, 0.75, 3.5, 0.0]])


def test_rows_on_arrays_reach_the_reference_s_states_bit_by_bit() -> None:
    assert array_row(array, PROBLEM).states() == ReferenceRow(PROBLEM).states()


def test_the_callback_row_calls_four_times_a_step() -> None:
    row = CallbackRow(PROBLEM)
    seen: list[list[float]] = []
    row.board = lambda t, X: seen.append(X)
    row.solve()
    assert len(seen) == 4 * PROBLEM.steps * len(PROBLEM.initial)
    assert seen[0] == PROBLEM.initial[0]
    assert seen[-1] != PROBLEM.initial[1]


def test_the_problem_line_survives_the_protocol() -> None:
    words = PROBLEM.line().split()
    assert Problem.parse(words) == PROBLEM
    with pytest.raises(ValueError, match="2 sleds need 8 numbers, got 7"):
        Problem.parse(words[:-1])
