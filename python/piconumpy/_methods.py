# SPDX-License-Identifier: BSD-3-Clause
"""Methods of the array that are the same code on every interpreter."""

from __future__ import annotations

import math
import numbers
import operator
import sys
from typing import TYPE_CHECKING, Any

from ._conversion import equal_value, scalar_value, type_name, unwrapped

if TYPE_CHECKING:
    from ._interface import array

METHODS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
}
"""The special method of an operator's sign, without underscores."""


def _bound(values: array, name: str, bound: Any) -> Any:
    from . import array

    bound = unwrapped(bound)
    if bound is None or scalar_value(bound) is not None:
        return bound
    if isinstance(bound, numbers.Number):
        raise TypeError(f"clip: {name} is not a real number but {type_name(bound)}")
    bound = array(bound)
    if len(bound) != len(values):
        raise ValueError(
            f"clip: {name} has length {len(bound)}, the array has length {len(values)}"
        )
    return bound


def clip(self: array, min: Any = None, max: Any = None) -> array:
    from . import maximum, minimum

    # Converting a bound can run any code, which may change the array. So this comes first.
    lower, upper = _bound(self, "min", min), _bound(self, "max", max)
    result = self if lower is None else maximum(self, lower)
    result = result if upper is None else minimum(result, upper)
    return self.copy() if result is self else result


def index(self: array, value: Any, start: Any = 0, stop: Any = sys.maxsize, /) -> int:
    found = equal_value(value)
    for i in range(*slice(start, stop).indices(len(self))):
        if self[i] == found:
            return i
    raise ValueError(f"{value!r} is not in the array")


def _rounded(x: float, ndigits: int) -> float:
    try:
        return round(x, ndigits)
    except OverflowError:  # beyond all floats
        return math.copysign(math.inf, x)


def rounded(self: array, ndigits: Any = None) -> array:
    from . import array

    if ndigits is None:
        ndigits = 0
    elif not hasattr(type(ndigits), "__index__"):
        raise TypeError(f"ndigits must be an integer, not {type_name(ndigits)}")
    digits = operator.index(ndigits)
    return array([_rounded(x, digits) for x in self.tolist()])
