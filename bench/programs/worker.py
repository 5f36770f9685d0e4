"""The Python rows: an expression by NumPy, numexpr, or Numba, on one core and into an array.

The problem is `EXPRESSION N CALLS`; `states` answers with the results that are checked.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Any, Callable

from bench.harness import serve
from bench.programs.expressions import COEFFICIENTS, EXPRESSIONS, Expression, numbers, sampled

Call = Callable[[], Any]


class CannotDo(Exception):
    """This row does not do such a job."""


def numpy_call(name: str, arrays: list[Any], out: Any) -> Call:
    """Nothing is allocated: faster than the plain expression."""
    import numpy as np

    a, b, c = arrays
    other = np.empty_like(out)

    def muladd() -> None:
        np.multiply(a, b, out=out)
        np.add(out, c, out=out)

    def waves() -> None:
        np.sin(a, out=out)
        np.multiply(out, b, out=out)
        np.negative(c, out=other)
        np.multiply(other, c, out=other)
        np.exp(other, out=other)
        np.add(out, other, out=out)

    def polynomial() -> None:
        np.multiply(a, COEFFICIENTS[0], out=out)
        np.add(out, COEFFICIENTS[1], out=out)
        for coefficient in COEFFICIENTS[2:]:
            np.multiply(out, a, out=out)
            np.add(out, coefficient, out=out)

    return {"muladd": muladd, "waves": waves, "polynomial": polynomial}[name]


def numexpr_call(expression: Expression, arrays: list[Any], out: Any) -> Call:
    """Parsed once; re_evaluate() skips what evaluate() does again."""
    numexpr: Any = importlib.import_module("numexpr")
    numexpr.set_num_threads(1)
    names = dict(zip("abc", arrays[: expression.inputs]))
    numexpr.evaluate(expression.text, local_dict=names, out=out)
    return lambda: numexpr.re_evaluate(local_dict=names)


def numba_call(expression: Expression, arrays: list[Any], out: Any) -> Call:
    """Compiled here for float64, with every freedom of fast math."""
    numba: Any = importlib.import_module("numba")
    signature = f"float64({', '.join(['float64'] * expression.inputs)})"
    compiled = numba.vectorize([signature], fastmath=True)(expression.function)
    inputs = arrays[: expression.inputs]
    return lambda: compiled(*inputs, out)


class Row:
    """One expression, ready to be computed."""

    def __init__(self, library: str, words: list[str]) -> None:
        import numpy as np

        if words[0] not in EXPRESSIONS:
            raise CannotDo("it computes arrays only")
        name, n, self.count = words[0], int(words[1]), int(words[2])
        self.out = np.empty(n)
        arrays = [np.array(array) for array in numbers(range(n))]
        if library == "numpy":
            self.call = numpy_call(name, arrays, self.out)
        else:
            make = {"numexpr": numexpr_call, "numba": numba_call}[library]
            self.call = make(EXPRESSIONS[name], arrays, self.out)

    def solve(self) -> None:
        for _ in range(self.count):
            self.call()

    def states(self) -> list[list[float]]:
        self.solve()
        return [[float(self.out[i]) for i in sampled(len(self.out))]]


def make_row(options: argparse.Namespace, words: list[str]) -> Row:
    return Row(options.compiled, words)


if __name__ == "__main__":
    serve.main(make_row)
