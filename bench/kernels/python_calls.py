"""Calls from Python: this file's process times them, and prints a JSON object a line.

piconumpy.add(a, b, out) and its sisters on the package's arrays and on NumPy's, beside NumPy's own;
and a + b, whose result is dropped at once.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Callable

OPERATIONS = ("add", "subtract", "multiply", "divide")
CALL_LENGTHS = (4, 64, 1000, 100_000)
FRESH_LENGTHS = (4, 1000, 100_000, 10_000_000)
# Rounds, and how long a slice of one is, in seconds.
USUAL = (15, 0.01)
QUICK = (5, 0.003)

Loop = Callable[[int], float]


def empty_loop(count: int) -> float:
    """The seconds that the loops below take without what is in them."""
    clock = time.perf_counter
    start = clock()
    for _ in itertools.repeat(None, count):
        pass
    return clock() - start


def call_loop(function: Any, a: Any, b: Any, out: Any) -> Loop:
    def run(count: int) -> float:
        start = time.perf_counter()
        for _ in itertools.repeat(None, count):
            function(a, b, out)
        return time.perf_counter() - start

    return run


def keyword_loop(function: Any, a: Any, b: Any, out: Any) -> Loop:
    """As NumPy's users write it."""

    def run(count: int) -> float:
        start = time.perf_counter()
        for _ in itertools.repeat(None, count):
            function(a, b, out=out)
        return time.perf_counter() - start

    return run


def sum_loop(a: Any, b: Any) -> Loop:
    def run(count: int) -> float:
        start = time.perf_counter()
        for _ in itertools.repeat(None, count):
            a + b
        return time.perf_counter() - start

    return run


def count_for(loop: Loop, slice_s: float) -> int:
    """How many turns fill a slice."""
    count = 1
    while (seconds := loop(count)) < slice_s / 2:
        count = max(2 * count, min(int(count * slice_s / max(seconds, 1e-9)), 10 * count))
    return max(1, int(count * slice_s / seconds))


def interleave(loops: dict[str, Loop], rounds: int, slice_s: float) -> dict[str, list[float]]:
    """Nanoseconds of one turn, a figure a round; in each, all take turns and go first in turn."""
    counts = {name: count_for(loop, slice_s) for name, loop in loops.items()}
    names = list(loops)
    ns: dict[str, list[float]] = {name: [] for name in names}
    for index in range(rounds):
        start = index % len(names)
        for name in names[start:] + names[:start]:
            count = counts[name]
            empty = min(empty_loop(count) for _ in range(3)) if count > 1 else 0.0
            ns[name].append(max((loops[name](count) - empty) / count * 1e9, 1e-3))
    return ns


class Libraries:
    """piconumpy and NumPy, and operands for both in the same memory."""

    def __init__(self) -> None:
        self.ours: Any = importlib.import_module("piconumpy")
        self.numpy: Any = importlib.import_module("numpy")

    def operands(self, n: int) -> list[Any]:
        numbers = self.numpy.arange(n) % 1021
        return [self.ours.array(1.0 + numbers / 7), self.ours.array(3.0 + numbers / 11)]

    def same(self, one: Any, other: Any) -> None:
        if not self.numpy.array_equal(self.numpy.asarray(one), self.numpy.asarray(other)):
            raise ValueError("piconumpy and NumPy compute different results")

    def calls(self, operation: str, n: int) -> dict[str, Loop]:
        a, b = self.operands(n)
        # Of its own for each, so that nobody finds the other's result in the caches.
        own, theirs = self.ours.zeros(n), self.ours.zeros(n)
        views = [self.numpy.asarray(one) for one in (a, b, own, theirs)]
        ours, numpys = getattr(self.ours, operation), getattr(self.numpy, operation)
        ours(a, b, own)
        numpys(*views[:2], out=views[3])
        self.same(own, theirs)
        return {
            "piconumpy": call_loop(ours, a, b, own),
            "piconumpy_on_numpy": call_loop(ours, *views[:3]),
            "numpy": keyword_loop(numpys, views[0], views[1], views[3]),
        }

    def fresh(self, n: int) -> dict[str, Loop]:
        a, b = self.operands(n)
        views = [self.numpy.asarray(one) for one in (a, b)]
        self.same(a + b, views[0] + views[1])
        return {
            "piconumpy": sum_loop(a, b),
            "out": call_loop(self.ours.add, a, b, self.ours.zeros(n)),
            "numpy": sum_loop(*views),
        }


def put(line: dict[str, Any], answers: Any) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()


def measure(rounds: int, slice_s: float, longest: int, answers: Any) -> None:
    """Time every case and print its line."""
    libraries = Libraries()
    plan = [("calls", name, n) for n in CALL_LENGTHS for name in OPERATIONS]
    plan += [("fresh", "add", n) for n in FRESH_LENGTHS]
    plan = [(suite, name, n) for suite, name, n in plan if n <= longest]
    context = {
        "cases": len(plan),
        "piconumpy": libraries.ours.__version__,
        "numpy": libraries.numpy.__version__,
    }
    put({"context": context}, answers)
    for suite, name, n in plan:
        loops = libraries.calls(name, n) if suite == "calls" else libraries.fresh(n)
        line = {
            "suite": suite,
            "operation": name,
            "type": "f64",
            "form": "array",
            "isa": libraries.ours.isa,
            "n": n,
            "bytes": 24 * n,
            "ns": interleave(loops, rounds, slice_s),
        }
        put(line, answers)
    put({"done": True}, answers)


def command(quick: bool) -> list[str]:
    """What runs this file as a process, from the repository's root."""
    return [sys.executable, "-m", __name__, *(["--quick"] if quick else [])]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--longest", type=int, default=max(FRESH_LENGTHS), help="the longest array")
    options = parser.parse_args(arguments)
    measure(*(QUICK if options.quick else USUAL), options.longest, sys.stdout)


if __name__ == "__main__":
    main()
