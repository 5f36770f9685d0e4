"""A Python row of the microbenchmarks.

The problem is `JOB COUNT number ...`; `states` answers with the job's result.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Callable

from bench.micro import jobs
from bench.micro.jobs import CannotDo
from bench.ode import loader
from bench.ode.worker import load_array, main


class Row:
    """One job, ready to run."""

    def __init__(self, array: Any, module: Any, words: list[str]) -> None:
        self.array = array
        self.module = module
        self.count = int(words[1])
        self.solve: Callable[[], Any] = self.make(words[0], [float(word) for word in words[2:]])
        try:
            self.solve()
        except (AttributeError, NotImplementedError, TypeError) as error:
            raise CannotDo(str(error)) from None

    def make(self, job: str, numbers: list[float]) -> Callable[[], Any]:
        array, count = self.array, self.count
        kept: list[Any] = [None] * count
        if job == "zeros":
            if array is list:
                return lambda: jobs.make_zeros_lists(kept)
            zeros = self.zeros()
            return lambda: jobs.make_zeros(zeros, kept)
        if job == "instantiate":
            if array is list:
                return lambda: jobs.instantiate_lists(numbers, kept)
            return lambda: jobs.instantiate(array, numbers, kept)
        if job == "board":
            board = (loader.load_on_lists() if array is list else loader.load(array)).board
            states = [array(numbers[i : i + 4]) for i in range(0, len(numbers), 4)]
            return lambda: jobs.board(board, states)
        if job == "element_wise":
            if array is list:
                raise CannotDo("a list has no arithmetic")
            a, b, s = array(numbers[:4]), array(numbers[4:8]), numbers[8]
            return lambda: jobs.element_wise(a, b, s, count)
        if job == "cort":
            half = len(numbers) // 2
            one, other = array(numbers[:half]), array(numbers[half:])
            return lambda: jobs.cort(one, other)
        function = {
            "sum_loop": jobs.sum_loop,
            "sum_loop_index": jobs.sum_loop_index,
            "init_zeros": jobs.init_zeros,
        }[job]
        data = array(numbers)
        return lambda: function(data)

    def zeros(self) -> Any:
        """The function that makes zeros: it lies beside the array type."""
        try:
            return self.module.zeros
        except AttributeError:
            raise CannotDo(f"{self.module.__name__} has no zeros") from None

    def states(self) -> list[list[float]]:
        result = self.solve()
        try:
            return [[float(result[i]) for i in range(len(result))]]
        except TypeError:
            return [[float(result)]]


def make_row(options: argparse.Namespace, words: list[str]) -> Row:
    array = load_array(options.array)
    return Row(array, sys.modules[options.array.partition(":")[0]], words)


if __name__ == "__main__":
    main(make=make_row)
