# SPDX-License-Identifier: BSD-3-Clause
"""The self-check of `python -m piconumpy`: what is installed computes what it promises here.

Each check returns what it covered, or raises Wrong with what is wrong.
"""

from __future__ import annotations

import math
import random
import struct
from typing import Any, Callable

import piconumpy

__all__ = ["CHECKS", "Wrong"]

SEED = 1
LENGTHS = [*range(10), 31, 32, 33, 100, 1000]

EXACT: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "minimum": lambda a, b: min(a, b),
    "maximum": lambda a, b: max(a, b),
    "sqrt": math.sqrt,
    "negative": lambda a: -a,
    "absolute": abs,
    "fmod": math.fmod,
}
CLOSE: dict[str, Callable[..., float]] = {
    name: getattr(math, name)
    for name in (
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
        *("exp", "expm1", "log", "log2", "log10", "log1p", "pow", "atan2", "hypot"),
    )
}
BINARY = {"add", "subtract", "multiply", "divide", "minimum", "maximum", "fmod"}
BINARY |= {"pow", "atan2", "hypot"}
# The largest error of the kernels is 2.4 units in the last place, and math's own is below 1.
CLOSE_ENOUGH = 4 * 2.0**-52


class Wrong(Exception):
    """A result is not the promised one."""


def _bits(number: float) -> bytes:
    return struct.pack("d", number)


def check_kernels() -> str:
    """Every function on every ISA against Python's floats and math."""
    draw = random.Random(SEED)
    isas = piconumpy.available_isas()
    for isa in isas:
        with piconumpy.set_isa(isa):
            if piconumpy.isa != isa:
                raise Wrong(f"set_isa({isa!r}) chose {piconumpy.isa}")
            for name, function in {**EXACT, **CLOSE}.items():
                for n in LENGTHS:
                    _check_kernel(isa, name, function, n, draw)
    return f"{len(EXACT) + len(CLOSE)} functions on {', '.join(isas)}"


def _check_kernel(
    isa: str, name: str, function: Callable[..., float], n: int, draw: random.Random
) -> None:
    # All functions are defined between 0 and 1.
    columns = [[draw.uniform(0.001, 0.999) for _ in range(n)] for _ in range(1 + (name in BINARY))]
    out = piconumpy.full(n, math.nan)
    getattr(piconumpy, name)(*map(piconumpy.array, columns), out)
    for i, arguments in enumerate(zip(*columns)):
        expected = function(*arguments)
        if name in EXACT:
            is_right = _bits(out[i]) == _bits(expected)
        else:
            is_right = math.isclose(out[i], expected, rel_tol=CLOSE_ENOUGH)
        if not is_right:
            given = ", ".join(map(repr, arguments))
            raise Wrong(
                f"{name} on {isa}, element {i} of {n}: {name}({given}) is {out[i]!r}, "
                f"and should be {expected!r}"
            )


def _formula(x: float, y: float) -> float:
    if x > y:
        return math.sin(x) * y + math.exp(-x * x) / (1.0 + y * y)
    return math.sqrt(x * x + y * y) ** 3 - math.atan2(y, x + 2.0) + math.sqrt(abs(x))


def _quotient(x: float, y: float) -> float:
    return x / y


def check_programs() -> str:
    """A formula in an elementwise kernel, in lanes, against the formula."""
    draw = random.Random(SEED)
    kernel = piconumpy.vectorize(_formula)
    for n in LENGTHS:
        columns = [[draw.uniform(-3.0, 3.0) for _ in range(n)] for _ in range(2)]
        if n == 0:
            continue
        found = kernel(*map(piconumpy.array, columns))
        for i, arguments in enumerate(zip(*columns)):
            if _bits(found[i]) != _bits(_formula(*arguments)):
                raise Wrong(
                    f"vectorize, element {i} of {n}: the formula of {arguments} is {found[i]!r}, "
                    f"and should be {_formula(*arguments)!r}"
                )
    return f"a formula in lanes, {len(LENGTHS) - 1} lengths"


def check_jit() -> str:
    """Traced functions against Python: the same bits, the same exceptions."""
    draw = random.Random(SEED)
    traced = piconumpy.jit(_formula)
    calls = 500
    for _ in range(calls):
        x, y = draw.uniform(-3.0, 3.0), draw.uniform(-3.0, 3.0)
        found, expected = traced(x, y), _formula(x, y)
        if _bits(found) != _bits(expected):
            raise Wrong(f"jit: the formula of {x!r}, {y!r} is {found!r}, not {expected!r}")
    quotient = piconumpy.jit(_quotient)
    if quotient(1.0, 4.0) != 0.25:
        raise Wrong(f"jit: 1.0 / 4.0 is {quotient(1.0, 4.0)!r}")
    try:
        found = quotient(1.0, 0.0)
    except ZeroDivisionError:
        return f"{calls} calls with Python's bits, and its exception"
    raise Wrong(f"jit: 1.0 / 0.0 is {found!r}, and should raise ZeroDivisionError")


CHECKS: dict[str, Callable[[], Any]] = {
    "kernels": check_kernels,
    "programs": check_programs,
    "jit": check_jit,
}
