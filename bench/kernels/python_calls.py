"""Calls from Python: this file's process times them, and prints a JSON object a line.

The functions that piconumpy and NumPy have in common, such as `add(a, b, out)`, on the arrays of
piconumpy and of NumPy; a + b, whose result is dropped at once; and the methods that reduce an
array, such as `a.sum()`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import sys
import timeit
from collections.abc import Sequence
from typing import Any

CALL_LENGTHS = (4, 64, 1000, 100_000)
FRESH_LENGTHS = (4, 1000, 100_000, 10_000_000)
# Rounds, and how long a slice of one is, in seconds.
USUAL = (15, 0.01)
QUICK = (5, 0.003)

# These have the same bits everywhere.
EXACT = (
    *("add", "subtract", "multiply", "divide", "minimum", "maximum"),
    *("sqrt", "negative", "absolute", "fmod"),
)
# How far the results of others may be apart: ours have errors up to 2.4 ulp (picokernels.h), and
# those of NumPy up to 4.
FUNCTIONS_ULP = 6.4
# Functions that are defined in [-1, 1].
NARROW = ("asin", "acos")

EMPTY = timeit.Timer("pass", "gc.enable()", globals={"gc": gc})


def timer(statement: str, **operands: Any) -> timeit.Timer:
    """Times the statement with these names. The garbage collector runs, as users have it."""
    # As local variables of the loop.
    setup = f"gc.enable(); {', '.join(operands)}, = operands.values()"
    return timeit.Timer(statement, setup, globals={"gc": gc, "operands": operands})


def count_for(loop: timeit.Timer, slice_s: float) -> int:
    """How many calls fill a slice."""
    count = 1
    while (seconds := loop.timeit(count)) < slice_s / 2:
        count = max(2 * count, min(int(count * slice_s / max(seconds, 1e-9)), 10 * count))
    return max(1, int(count * slice_s / seconds))


def interleave(
    loops: dict[str, timeit.Timer], rounds: int, slice_s: float
) -> dict[str, list[float]]:
    """Nanoseconds of a call, one figure a round. The loops alternate, and so does the first."""
    counts = {name: count_for(loop, slice_s) for name, loop in loops.items()}
    names = list(loops)
    ns: dict[str, list[float]] = {name: [] for name in names}
    for index in range(rounds):
        start = index % len(names)
        for name in names[start:] + names[:start]:
            count = counts[name]
            empty = min(EMPTY.repeat(3, count)) if count > 1 else 0.0
            ns[name].append(max((loops[name].timeit(count) - empty) / count * 1e9, 1e-3))
    return ns


class Libraries:
    """piconumpy and NumPy, and operands for both in the same memory."""

    def __init__(self) -> None:
        self.ours: Any = importlib.import_module("piconumpy")
        self.numpy: Any = importlib.import_module("numpy")

    def operations(self) -> list[str]:
        """The functions that both libraries have."""
        ufunc = self.numpy.ufunc
        names = self.ours.__all__
        return [name for name in names if isinstance(getattr(self.numpy, name, None), ufunc)]

    def reductions(self) -> list[str]:
        """The methods that both arrays have."""
        names = ("sum", "prod", "min", "max", "dot")
        return [name for name in names if hasattr(self.ours.array, name)]

    def operands(self, n: int, count: int = 2, within_one: bool = False) -> list[Any]:
        numbers = self.numpy.arange(n) % 1021
        if within_one:
            return [self.ours.array(numbers / 1021) for _ in range(count)]
        return [self.ours.array(1.0 + 2 * k + numbers / (7 + 4 * k)) for k in range(count)]

    def same(self, operation: str, one: Any, other: Any) -> None:
        own, theirs = self.numpy.asarray(one), self.numpy.asarray(other)
        ulp = 0 if operation in EXACT else FUNCTIONS_ULP
        if not (abs(own - theirs) <= ulp * self.numpy.spacing(abs(theirs))).all():
            raise ValueError(f"piconumpy and NumPy compute different results of {operation}")

    def calls(self, operation: str, n: int) -> dict[str, timeit.Timer]:
        ours, numpys = getattr(self.ours, operation), getattr(self.numpy, operation)
        count = numpys.nargs - 1  # without the output
        inputs = self.operands(n, count, operation in NARROW)
        # An output for each library, so that neither finds the other's in the caches.
        own, theirs = self.ours.zeros(n), self.ours.zeros(n)
        *views, own_view, their_view = map(self.numpy.asarray, (*inputs, own, theirs))
        ours(*inputs, own)
        numpys(*views, out=their_view)
        self.same(operation, own, theirs)
        names = ("a", "b")[:count]
        call = f"function({', '.join(names)}, out)"
        # As NumPy's users write it.
        with_keyword = call.replace("out", "out=out")
        views_by_name = dict(zip(names, views))
        return {
            "piconumpy": timer(call, function=ours, out=own, **dict(zip(names, inputs))),
            "piconumpy_on_numpy": timer(call, function=ours, out=own_view, **views_by_name),
            "numpy": timer(with_keyword, function=numpys, out=their_view, **views_by_name),
        }

    def fresh(self, operation: str, n: int) -> dict[str, timeit.Timer]:
        a, b = self.operands(n)
        views = dict(zip("ab", map(self.numpy.asarray, (a, b))))
        self.same(operation, a + b, views["a"] + views["b"])
        function, out = getattr(self.ours, operation), self.ours.zeros(n)
        return {
            "piconumpy": timer("a + b", a=a, b=b),
            "out": timer("function(a, b, out)", function=function, a=a, b=b, out=out),
            "numpy": timer("a + b", **views),
        }

    def methods(self, name: str, n: int) -> dict[str, timeit.Timer]:
        operands = self.operands(n, 2 if name == "dot" else 1)
        views = [self.numpy.asarray(operand) for operand in operands]
        ours, numpys = (getattr(first, name)(*rest) for first, *rest in (operands, views))
        if not self.numpy.isclose(ours, numpys, rtol=1e-12):
            raise ValueError(f"piconumpy and NumPy compute different results of {name}")
        call = f"a.{name}({', '.join('b' for _ in operands[1:])})"
        arrays = {"piconumpy": operands, "numpy": views}
        return {library: timer(call, **dict(zip("ab", own))) for library, own in arrays.items()}

    def arrays(self, suite: str, name: str) -> int:
        """How many arrays a call reads and writes."""
        if suite == "methods":
            return 2 if name == "dot" else 1
        count: int = getattr(self.numpy, name).nargs
        return count


def put(line: dict[str, Any], answers: Any) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()


def measure(rounds: int, slice_s: float, longest: int, answers: Any) -> None:
    """Time every case and print its line."""
    libraries = Libraries()
    plan = [("calls", name, n) for n in CALL_LENGTHS for name in libraries.operations()]
    plan += [("fresh", "add", n) for n in FRESH_LENGTHS]
    plan += [("methods", name, n) for n in CALL_LENGTHS for name in libraries.reductions()]
    plan = [(suite, name, n) for suite, name, n in plan if n <= longest]
    context = {
        "cases": len(plan),
        "piconumpy": libraries.ours.__version__,
        "numpy": libraries.numpy.__version__,
    }
    put({"context": context}, answers)
    for suite, name, n in plan:
        loops = getattr(libraries, suite)(name, n)
        line = {
            "suite": suite,
            "operation": name,
            "type": "f64",
            "form": "array",
            "isa": libraries.ours.isa,
            "n": n,
            "bytes": 8 * n * libraries.arrays(suite, name),
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
