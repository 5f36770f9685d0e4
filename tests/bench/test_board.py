"""`python -m piconumpy bench` runs the problem of the main benchmark."""

from __future__ import annotations

import ast
import inspect

import pytest

from bench.board import loader
from bench.ode import sleds
from piconumpy import _bench, _board


def functions_of(source: str) -> dict[str, str]:
    """The code of each function, without comments and layout."""
    tree = ast.parse(source)
    return {node.name: ast.dump(node) for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", ["board", "runge_kutta_step"])
def test_the_command_has_the_functions_of_the_benchmark(name: str) -> None:
    of_the_command = functions_of(inspect.getsource(_board))
    of_the_benchmark = functions_of(loader.SOURCE.read_text(encoding="utf-8"))
    assert of_the_command[name] == of_the_benchmark[name]


def test_the_command_starts_the_sleds_as_the_benchmark_does() -> None:
    assert _bench._initial_states() == sleds.initial_states(_bench.SLEDS, _bench.SEED)
    assert _bench.DT_S == sleds.DT_S
