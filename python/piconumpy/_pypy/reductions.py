# SPDX-License-Identifier: BSD-3-Clause
"""What makes one number of a store of numbers, or of two stores of one length.

The kernels do it in memory. Tuples and lists are computed here, in the order of the kernels: the
numbers are added to 32 partial sums in turn, and those are then added in pairs.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Callable, TypeVar

from .kernels import KERNELS, Memory
from .unrolled import ELEMENTS, SHORT, listed

__all__ = [
    "all_of",
    "any_of",
    "dot_of",
    "first_greatest",
    "first_least",
    "max_of",
    "mean_of",
    "min_of",
    "prod_of",
    "sum_of",
]

_kernels = KERNELS["d"]
_PARTIALS = 32
_T = TypeVar("_T")


def _combined(partials: list[_T], combine: Callable[[_T, _T], _T]) -> _T:
    """One result of up to 32 partial ones, of numbers or of their texts."""
    width = _PARTIALS // 2
    while width:
        for k in range(min(width, len(partials) - width)):
            partials[k] = combine(partials[k], partials[k + width])
        width //= 2
    return partials[0]


def _paired(sign: str, items: list[str], empty: str) -> str:
    return _combined(items, lambda a, b: f"({a} {sign} {b})") if items else empty


def _chained(function: str, items: list[str]) -> str:
    return functools.reduce(lambda a, b: f"{function}({a}, {b})", items) if items else "None"


_SHORT = """
def {name}_{n}(a, b):
    {a} = a
    {b} = b
    return {result}
"""

_LONG = """
def long_{name}(numbers):
    partials = numbers[:32]
    for i in range(32, len(numbers)):
        partials[i & 31] {sign}= numbers[i]
    return combined(partials, combine_{name})
"""


def _unrolled() -> Any:
    """Functions of up to 8 numbers without a loop: tuples, in which the length is the index."""
    space = ModuleType(__name__)
    names = {"minimum": ELEMENTS["minimum"], "maximum": ELEMENTS["maximum"]}
    combines = {"combine_sum": operator.add, "combine_prod": operator.mul}
    vars(space).update(names, combined=_combined, **combines)
    source = [_LONG.format(name="sum", sign="+"), _LONG.format(name="prod", sign="*")]
    for n in range(SHORT + 1):
        a = [f"a{i}" for i in range(n)]
        results = {
            "sum": _paired("+", a[:], "0.0"),
            "prod": _paired("*", a[:], "1.0"),
            "dot": _paired("+", [f"a{i} * b{i}" for i in range(n)], "0.0"),
            "min": _chained("minimum", a),
            "max": _chained("maximum", a),
        }
        source += [
            _SHORT.format(
                name=name,
                n=n,
                a=listed("a#", n),
                b=listed("b#", n) if name == "dot" else "_",
                result=result,
            )
            for name, result in results.items()
        ]
    source += [f"{name} = {listed(f'{name}_#', SHORT + 1)}" for name in results]
    exec(compile("\n".join(source), "<reductions, unrolled>", "exec"), vars(space))
    return space


_short = _unrolled()


def _reduction(
    name: str, long: Callable[[Sequence[float]], float]
) -> Callable[[Sequence[float]], float]:
    """What makes one number of a store, by the kernel of that name where the store is memory."""
    kernel, short = _kernels[name], getattr(_short, name)

    def reduction(numbers: Any) -> float:
        n = len(numbers)
        if numbers.__class__ is Memory:
            result: float = kernel(numbers, n)
        elif n <= SHORT:
            result = short[n](numbers, None)
        else:
            result = long(numbers)
        return result

    return reduction


sum_of = _reduction("sum", _short.long_sum)
prod_of = _reduction("prod", _short.long_prod)
min_of = _reduction("min", functools.partial(functools.reduce, ELEMENTS["minimum"]))
max_of = _reduction("max", functools.partial(functools.reduce, ELEMENTS["maximum"]))


def dot_of(a: Any, b: Any) -> float:
    n = len(a)
    if a.__class__ is Memory and b.__class__ is Memory:
        result: float = _kernels["dot"](a, b, n)
    elif n <= SHORT:
        result = _short.dot[n](a, b)
    else:
        result = _short.long_sum([a[i] * b[i] for i in range(n)])
    return result


def mean_of(numbers: Sequence[float]) -> float:
    return sum_of(numbers) / len(numbers) if len(numbers) else math.nan


def _first(is_before: Callable[[float, float], bool]) -> Callable[[Sequence[float]], int]:
    """What finds the index of the first nan, else of the first number that no other is before."""

    def first(numbers: Sequence[float]) -> int:
        best = 0
        for i in range(len(numbers)):
            if math.isnan(numbers[i]):
                return i
            if is_before(numbers[i], numbers[best]):
                best = i
        return best

    return first


first_least = _first(operator.lt)
first_greatest = _first(operator.gt)


def any_of(numbers: Sequence[float]) -> bool:
    for number in numbers:  # noqa: SIM110 (what `any` does in a generator, without one)
        if number:
            return True
    return False


def all_of(numbers: Sequence[float]) -> bool:
    for number in numbers:  # noqa: SIM110 (as above)
        if not number:
            return False
    return True
