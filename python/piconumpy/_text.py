# SPDX-License-Identifier: BSD-3-Clause
"""The text of an array: what ``repr``, ``str`` and ``format`` show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._interface import array

_LIMIT = 1000  # of longer arrays, only the ends are shown
_EDGE = 3
_NOT_FINITE = re.compile("-?inf|nan")


def _text(values: array, numbers: Callable[[Iterable[float]], str]) -> str:
    n = len(values)
    if n <= _LIMIT:
        return f"array([{numbers(values.tolist())}])"
    first, last = numbers(values[:_EDGE].tolist()), numbers(values[n - _EDGE :].tolist())
    return f"array([{first}, ..., {last}], length {n})"


def as_repr(values: array) -> str:
    return _text(values, lambda floats: _NOT_FINITE.sub(r"float('\g<0>')", repr(floats)[1:-1]))


def as_format(values: array, specification: str) -> str:
    if not specification:
        return str(values)
    return _text(values, lambda floats: ", ".join(format(x, specification) for x in floats))
