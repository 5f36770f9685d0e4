"""The array expressions, as Python functions of numbers: the reference, and what Numba compiles.

bench/peers/cpp/program_jobs.hpp has the same expressions and the same arrays for C++.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

COEFFICIENTS = tuple(1.0 / (k + 1) for k in range(10, -1, -1))  # the highest power's first


def muladd(a: float, b: float, c: float) -> float:
    return a * b + c


def waves(a: float, b: float, c: float) -> float:
    return math.sin(a) * b + math.exp(-c * c)


def polynomial(a: float) -> float:
    value = a * COEFFICIENTS[0] + COEFFICIENTS[1]
    for coefficient in COEFFICIENTS[2:]:
        value = value * a + coefficient
    return value


def _nested() -> str:
    """The polynomial as text, in the order of operations of the function."""
    text = f"a * {COEFFICIENTS[0]!r} + {COEFFICIENTS[1]!r}"
    for coefficient in COEFFICIENTS[2:]:
        text = f"({text}) * a + {coefficient!r}"
    return text


@dataclass(frozen=True)
class Expression:
    """A function of the arrays a, b, c, or of a alone, and its text for numexpr."""

    title: str
    function: Callable[..., float]
    text: str
    inputs: int = 3


EXPRESSIONS = {
    "muladd": Expression("a * b + c", muladd, "a * b + c"),
    "waves": Expression("sin(a) * b + exp(-c * c)", waves, "sin(a) * b + exp(-c * c)"),
    "polynomial": Expression("a polynomial of degree 10", polynomial, _nested(), inputs=1),
}
# Number i of an array is i * factor % cycle / 32 - 1.5: exact in every language.
CYCLES = ((37, 101), (53, 89), (29, 97))


def numbers(indices: Sequence[int]) -> list[list[float]]:
    """These numbers of the three arrays."""
    return [[i * factor % cycle / 32 - 1.5 for i in indices] for factor, cycle in CYCLES]


def sampled(n: int) -> range:
    """The indices of the results that are checked."""
    return range(0, n, max(1, n // 100))


def expected(name: str, n: int) -> list[float]:
    """These results."""
    expression = EXPRESSIONS[name]
    arrays = numbers(sampled(n))[: expression.inputs]
    return [expression.function(*values) for values in zip(*arrays)]
