"""The jobs: the loops that every Python row runs, their input, and what they must compute.

A row brings its `array` and `zeros`. No job lets a compiler drop work: every result is carried on,
added up or kept.
"""

from __future__ import annotations

import builtins
import math
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from bench.board import loader

N = 10_000
INDEXINGS = 5_000
# Results that are kept at a time, where results are kept.
KEPT = 100


class CannotDo(Exception):
    """The array type lacks what the job takes."""


def sum_loop(arr: Any) -> Any:
    result = 0.0
    for value in arr:
        result += value
    return result


def sum_loop_index(arr: Any) -> Any:
    result = 0.0
    for index in range(5000):
        result += arr[index]
    return result


def init_zeros(arr: Any) -> Any:
    for index in range(len(arr)):
        arr[index] = 0.0
    return arr


def cort(s1: Any, s2: Any) -> Any:
    num = 0.0
    sum_square_x = 0.0
    sum_square_y = 0.0
    for t in range(len(s1) - 1):
        slope_1 = s1[t + 1] - s1[t]
        slope_2 = s2[t + 1] - s2[t]
        num += slope_1 * slope_2
        sum_square_x += slope_1 * slope_1
        sum_square_y += slope_2 * slope_2
    return num / math.sqrt(sum_square_x * sum_square_y)


def board(function: Callable[[float, Any], Any], states: Sequence[Any]) -> Any:
    result = 0.0
    for X in states:
        result += function(0.0, X)[3]
    return result


def element_wise(a: Any, b: Any, s: float, count: int) -> Any:
    for _ in range(count):
        a = a * s + b
    return a


def mixed(a: Any, ndarray: Any, count: int) -> Any:
    result = None
    for _ in range(count // 2):
        result = a + ndarray
        result = ndarray + a
    return result


def instantiate(array: Any, numbers: Sequence[float], kept: list[Any]) -> Any:
    a, b, c, d = numbers
    for index in range(len(kept)):
        kept[index] = array([a, b, c, d])
    return kept[-1]


def instantiate_lists(numbers: Sequence[float], kept: list[Any]) -> Any:
    a, b, c, d = numbers
    for index in range(len(kept)):
        kept[index] = [a, b, c, d]
    return kept[-1]


def make_zeros(zeros: Any, kept: list[Any]) -> Any:
    for index in range(len(kept)):
        kept[index] = zeros(4)
    return kept[-1]


def make_zeros_lists(kept: list[Any]) -> Any:
    for index in range(len(kept)):
        kept[index] = [0.0] * 4
    return kept[-1]


def first_result(module: str, name: str, numbers: Sequence[float]) -> list[float]:
    """The result of first_result.py in a new process, which imports from where this one does."""
    words = [module, name, *map(repr, numbers)]
    # Installed modules are compiled already. So the ones of the repository are compiled once too.
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-m", "bench.micro.first_result", *words],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        reason = (done.stderr.splitlines() or [f"exit status {done.returncode}"])[-1]
        raise RuntimeError(f"the new process failed: {reason}")
    return [float(word) for word in done.stdout.split()]


@dataclass(frozen=True)
class Job:
    """One microbenchmark.

    count: operations in a run. results: the numbers that `states` answers with. tolerance: how far
    they may be off, relatively; 0 asks for equal numbers.
    """

    name: str
    title: str
    count: int
    unit: str  # ns, us, or ms, of one operation
    results: int
    tolerance: float = 0.0


JOBS = (
    Job("sum_loop", f"for value in arr, n = {N}", 1, "us", 1),
    Job("sum_loop_index", f"{INDEXINGS} times arr[index], n = {N}", 1, "us", 1),
    Job("init_zeros", f"arr[index] = 0.0, n = {N}", 1, "us", N),
    Job("cort", f"cosine of the differences of two series, n = {N}", 1, "us", 1),
    Job("board", "the callback of the main benchmark, n = 4", KEPT, "ns", 1, 1e-12),
    Job("element_wise", "a * s + b, n = 4", 1000, "ns", 4),
    Job("mixed", "a + ndarray, and ndarray + a, n = 4", 1000, "ns", 4),
    Job("instantiate", "array([a, b, c, d]), n = 4", KEPT, "ns", 4),
    Job("zeros", "zeros(4)", KEPT, "ns", 4),
    Job(
        "first_result", "a new process: import, and array(...) * s + array(...), n = 4", 1, "ms", 4
    ),
)


CHAINS = ("element_wise", "first_result")
"""The jobs that compute a = a * s + b, `count` times."""


def numbers_of(job: str) -> list[float]:
    """The job's input, the same in every run."""
    draw = random.Random(1)
    if job == "board":
        return [
            component
            for _ in range(KEPT)
            for component in (10 * draw.random(), draw.random(), 3.5, draw.random())
        ]
    if job in CHAINS:
        # s last, and less than one: the numbers approach a limit and stay there.
        return [draw.random() for _ in range(8)] + [0.75]
    if job == "mixed":
        return [draw.random() for _ in range(8)]
    if job == "instantiate":
        return [draw.random() for _ in range(4)]
    if job == "zeros":
        return []
    return [draw.random() for _ in range(2 * N if job == "cort" else N)]


def with_ndarray(a: Any, numbers: list[float], count: int) -> Callable[[], Any]:
    try:
        import numpy as np
    except ImportError:
        raise CannotDo("NumPy is not installed") from None
    ndarray = np.array(numbers)
    return lambda: mixed(a, ndarray, count)


def prepare(
    job: str, count: int, numbers: list[float], array: Any, module: Any
) -> Callable[[], Any]:
    """The job on these numbers as a function without arguments; `array` comes from `module`."""
    kept: list[Any] = [None] * count
    if job == "zeros":
        if array is list:
            return lambda: make_zeros_lists(kept)
        # The function that makes zeros lies beside the array type.
        zeros = getattr(module, "zeros", None)
        if zeros is None:
            raise CannotDo(f"{module.__name__} has no zeros")
        return lambda: make_zeros(zeros, kept)
    if job == "first_result":
        return lambda: first_result(module.__name__, array.__name__, numbers)
    if job == "instantiate":
        if array is list:
            return lambda: instantiate_lists(numbers, kept)
        return lambda: instantiate(array, numbers, kept)
    if job == "board":
        function = (loader.load_on_lists() if array is list else loader.load(array)).board
        states = [array(numbers[i : i + 4]) for i in range(0, len(numbers), 4)]
        return lambda: board(function, states)
    if job == "element_wise":
        if array is list:
            raise CannotDo("a list has no arithmetic")
        a, b, s = array(numbers[:4]), array(numbers[4:8]), numbers[8]
        return lambda: element_wise(a, b, s, count)
    if job == "mixed":
        if array is list:
            raise CannotDo("a list has no arithmetic")
        return with_ndarray(array(numbers[:4]), numbers[4:], count)
    if job == "cort":
        half = len(numbers) // 2
        one, other = array(numbers[:half]), array(numbers[half:])
        return lambda: cort(one, other)
    loop = {"sum_loop": sum_loop, "sum_loop_index": sum_loop_index, "init_zeros": init_zeros}[job]
    data = array(numbers)
    return lambda: loop(data)


def components(result: Any) -> list[float]:
    """The numbers of a job's result: an array's, or the only one."""
    try:
        return [float(result[i]) for i in range(len(result))]
    except TypeError:
        return [float(result)]


def expected(job: Job) -> list[float]:
    """The job's result, computed on lists."""
    numbers = numbers_of(job.name)
    if job.name == "mixed":
        return [x + y for x, y in zip(numbers[:4], numbers[4:])]
    if job.name not in CHAINS:
        return components(prepare(job.name, job.count, numbers, list, builtins)())
    a, b, s = numbers[:4], numbers[4:8], numbers[8]
    for _ in range(job.count):
        a = [x * s + y for x, y in zip(a, b)]
    return a
