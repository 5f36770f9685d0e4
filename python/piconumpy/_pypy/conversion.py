# SPDX-License-Identifier: BSD-3-Clause
"""From Python objects to numbers: scalars, elements, buffers."""

from __future__ import annotations

import numbers
import sys
from collections.abc import Iterable
from typing import Any

from __pypy__ import strategy

__all__ = [
    "acquire",
    "element_value",
    "floats_of",
    "is_iterable",
    "named_value",
    "native_format",
    "scalar_value",
    "type_name",
]

_HEAP_TYPE = 1 << 9  # of a class that was made at run time
_FOREIGN_ORDER = ">!" if sys.byteorder == "little" else "<"
_REAL_FORMATS = "?bBhHiIlLqQnNefdg"


def type_name(thing: object) -> str:
    """The name that messages use: with the module where compiled types have it."""
    kind = type(thing)
    is_plain = kind.__module__ == "builtins" or kind.__flags__ & _HEAP_TYPE
    if kind.__name__ == "array" and kind.__module__ == "piconumpy":
        is_plain = False
    return kind.__name__ if is_plain else f"{kind.__module__}.{kind.__name__}"


def is_iterable(thing: object) -> bool:
    kind = type(thing)
    return hasattr(kind, "__iter__") or hasattr(kind, "__getitem__")


def acquire(thing: Any) -> tuple[bool, memoryview | None]:
    """Whether it is a buffer, and the view of it if it gives one."""
    try:
        return True, memoryview(thing)
    except TypeError:
        return False, None
    except Exception:
        return True, None


def native_format(view: memoryview) -> str:
    """The type of one element as a single letter of the struct module; empty for all others."""
    letter = view.format
    if letter[:1] in ("@", "=", "<", ">", "!"):
        if letter[0] in _FOREIGN_ORDER:
            return ""
        letter = letter[1:]
    sizes = {"d": 8, "f": 4}
    if len(letter) != 1 or sizes.get(letter, view.itemsize) != view.itemsize:
        return ""
    return letter


def _is_convertible(thing: object) -> bool:
    kind = type(thing)
    return not isinstance(thing, (str, bytes)) and (
        hasattr(kind, "__float__") or hasattr(kind, "__index__")
    )


def element_value(thing: Any) -> float | None:
    """What may become an element: any real number, or None if it is none.

    That is what has __float__ or __index__, except complex numbers, text, and whatever has
    dimensions.
    """
    if isinstance(thing, float):
        return float.__pos__(thing)
    if isinstance(thing, int):
        return float(int.__pos__(thing))
    if not _is_convertible(thing):
        return None
    is_buffer, view = acquire(thing)
    if is_buffer:
        # NumPy's objects all have __float__: their buffer says what they are.
        if view is None or view.ndim != 0 or native_format(view) not in (*_REAL_FORMATS,):
            return None
    elif isinstance(thing, numbers.Complex) and not isinstance(thing, numbers.Real):
        return None
    return float(thing)


def _is_numpy_scalar(thing: object) -> bool:
    """NumPy's bool is a scalar that numbers.Real does not know."""
    generic = getattr(sys.modules.get("numpy"), "generic", None)
    return isinstance(generic, type) and isinstance(thing, generic)


def scalar_value(thing: Any) -> float | None:
    """What an operator takes as a scalar, or None: numbers.Real, and real NumPy scalars."""
    if isinstance(thing, (float, int)) or (
        _is_convertible(thing) and (isinstance(thing, numbers.Real) or _is_numpy_scalar(thing))
    ):
        return element_value(thing)
    return None


def named_value(thing: Any, name: str) -> float:
    """element_value, or TypeError (OverflowError) that calls the culprit by the given name."""
    try:
        value = element_value(thing)
    except OverflowError:
        if isinstance(thing, int):
            raise OverflowError(f"{name} is an int too large for a float") from None
        raise
    if value is None:
        raise TypeError(f"{name} is not a real number but {type_name(thing)}")
    return value


def _element(thing: Any, index: int) -> float:
    is_sequence = is_iterable(thing) and not isinstance(thing, (str, bytes))
    if is_sequence and element_value(thing) is None:
        raise TypeError(
            f"element {index} is not a real number but {type_name(thing)}; an array is 1-D only"
        )
    return named_value(thing, f"element {index}")


def floats_of(values: Iterable[Any]) -> list[float]:
    """The elements as a new list of float; errors name the index of the culprit.

    Converting an element may run any code, which may change the values, but not this copy.
    """
    snapshot = list(values)
    if strategy(snapshot) == "FloatListStrategy":  # all of them are exact floats
        return snapshot
    result = []
    for index, thing in enumerate(snapshot):
        kind = thing.__class__
        if kind is not float:
            thing = _element(thing, index)
        result.append(thing)
    return result
