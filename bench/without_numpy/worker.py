"""A Python row of this benchmark: the functions as they are, or as a compiler made them.

The problem is `REPEATS y1 y2 y3 y1 y2 y3 ...`; `states` answers with the three sums.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Any, Callable

from bench.harness import serve
from bench.without_numpy import problem


class Row:
    """Applies the right-hand side to the problem's states, REPEATS times over."""

    def __init__(self, accumulate: Callable[..., Any], words: list[str]) -> None:
        numbers = [float(word) for word in words[1:]]
        if not numbers or len(numbers) % 3:
            raise ValueError(f"states of three numbers each are needed, got {len(numbers)} numbers")
        self.accumulate = accumulate
        self.repeats = int(words[0])
        self.states_ = [
            (numbers[i], numbers[i + 1], numbers[i + 2]) for i in range(0, len(numbers), 3)
        ]

    def solve(self) -> Any:
        return self.accumulate(self.repeats, self.states_)

    def states(self) -> list[list[float]]:
        return [list(self.solve())]


def make_row(options: argparse.Namespace, words: list[str]) -> Row:
    """With `--callback` the plain functions; a compiled module has the same under their names.

    With `--traced`, piconumpy.jit decorates the right-hand side, and nothing else.
    """
    module: Any = importlib.import_module(options.compiled) if options.compiled else problem
    if options.traced:
        module.rober = importlib.import_module("piconumpy").jit(module.rober)
    return Row(module.accumulate, words)


if __name__ == "__main__":
    serve.main(make_row)
