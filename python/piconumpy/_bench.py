# SPDX-License-Identifier: BSD-3-Clause
"""What `python -m piconumpy bench` runs: ten sleds, 200 Runge-Kutta steps each.

It is the main benchmark of the project's repository with the rows that this Python can run.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from types import ModuleType
from typing import Any, Callable

import piconumpy

from ._timing import interleaved, on_one_core, summary
from .integrate import rk4

__all__ = ["DifferentStates", "numpy_or_none", "run"]

SLEDS = 10
STEPS = 200
DT_S = 0.01
SPEED = 3.5  # of every sled at the start, along the slope (m/s)
SEED = 1

Row = Callable[[], list[Any]]


class DifferentStates(Exception):
    """A row computes other final states than the others."""


def numpy_or_none() -> Any:
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def _problem(array: Any) -> ModuleType:
    """A fresh copy of the problem, which computes with this array type."""
    spec = importlib.util.find_spec("piconumpy._board")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__dict__["array"] = array
    return module


def _initial_states() -> list[list[float]]:
    draw = random.Random(SEED)
    return [[0.0, draw.random(), SPEED, 0.0] for _ in range(SLEDS)]


def _rows() -> dict[str, Row]:
    initial = _initial_states()
    array, jit = piconumpy.array, piconumpy.jit

    def solved(module: ModuleType, step: Any, f: Any) -> Row:
        return lambda: module.solver(step, f, initial, DT_S, STEPS)

    lists, ours = _problem(list), _problem(array)
    stepped = _problem(array)
    board = jit(ours.board)
    starts = [array(state) for state in initial]
    rows: dict[str, Row] = {
        "Python lists": solved(lists, lists.runge_kutta_step_of_lists, lists.board),
        "piconumpy array": solved(ours, ours.runge_kutta_step, ours.board),
        "piconumpy jit: callback": solved(ours, ours.runge_kutta_step, board),
        "piconumpy jit: step": solved(stepped, jit(stepped.runge_kutta_step), stepped.board),
        "piconumpy rk4": lambda: [rk4(board, start, DT_S, STEPS) for start in starts],
    }
    numpy = numpy_or_none()
    if numpy is not None:
        theirs = _problem(numpy.array)
        rows["NumPy"] = solved(theirs, theirs.runge_kutta_step, theirs.board)
    return rows


def _refuse_different(rows: dict[str, Row]) -> None:
    """All rows make the same operations in the same order, so the states have the same bits."""
    expected: list[list[float]] = []
    for name, row in rows.items():
        states = [[float(number) for number in state] for state in row()]
        expected = expected or states
        if states != expected:
            raise DifferentStates(
                f"{name} and Python lists compute different states: {states} and {expected}"
            )


def run(seconds: float) -> dict[str, Any]:
    """Times of the rows, which are compared with plain lists: a document for JSON."""
    rows = _rows()
    _refuse_different(rows)
    with on_one_core():
        times = interleaved(rows, seconds)
    reference = summary(times["Python lists"])["median"]
    found = []
    for name in rows:
        spread = {f"{key}_s": value for key, value in summary(times[name]).items()}
        found.append({"row": name, **spread, "times_faster": reference / spread["median_s"]})
    numpy = numpy_or_none()
    return {
        "benchmark": f"{SLEDS} sleds, {STEPS} Runge-Kutta steps each",
        "piconumpy": piconumpy.__version__,
        "numpy": None if numpy is None else numpy.__version__,
        "python": f"{sys.implementation.name} {sys.version.split()[0]}",
        "isa": piconumpy.isa,
        "rounds": len(times["Python lists"]),
        "rows": found,
    }
