# SPDX-License-Identifier: BSD-3-Clause
"""The text of an array: what ``repr`` and ``str`` show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._interface import array

_STR_LIMIT = 1000  # str() shows only the ends of longer arrays
_STR_EDGE = 3
_NOT_FINITE = re.compile("-?inf|nan")


def _numbers(floats: list[float]) -> str:
    return _NOT_FINITE.sub(r"float('\g<0>')", repr(floats)[1:-1])


def as_repr(values: array) -> str:
    return f"array([{_numbers(values.tolist())}])"


def as_str(values: array) -> str:
    n = len(values)
    if n <= _STR_LIMIT:
        return as_repr(values)
    first = _numbers(values[:_STR_EDGE].tolist())
    last = _numbers(values[n - _STR_EDGE :].tolist())
    return f"array([{first}, ..., {last}], length {n})"
