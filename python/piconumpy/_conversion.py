# SPDX-License-Identifier: BSD-3-Clause
"""From Python objects to float: every type of number, and the messages about anything else.

The extension module reads float, int and float64 buffers by itself and asks here about the rest.
PyPy's array asks here too.
"""

from __future__ import annotations

import numbers
import operator
import sys
from typing import Any, NoReturn

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: of a class that was made at run time
_FOREIGN_ORDER = ">!" if sys.byteorder == "little" else "<"
_REAL_FORMATS = "?bBhHiIlLqQnNefdg"
_OF_BYTES = "memoryview(...).cast('d') reads float64 numbers, list(...) makes each byte a number"
_OF_KEYS = "did you mean list(....values())?"
_OF_MEMBERS = "it has no order: did you mean sorted(...)?"
_HINTS = {
    bytes: _OF_BYTES,
    bytearray: _OF_BYTES,
    dict: _OF_KEYS,
    set: _OF_MEMBERS,
    frozenset: _OF_MEMBERS,
}
REFUSED = (*_HINTS,)
"""Iterables that array() refuses, as their items are hardly the numbers that the caller means."""


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


# ---- buffers ----------------------------------------------------------------------------------


def acquire(thing: Any) -> tuple[bool, memoryview | None]:
    """Whether a thing is a buffer, and its view unless it refuses access.

    Every other error of the exporter is raised.
    """
    try:
        return True, memoryview(thing)
    except TypeError:
        return False, None
    except BufferError:
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


# ---- numbers ----------------------------------------------------------------------------------


def _is_convertible(thing: object) -> bool:
    kind = type(thing)
    return not isinstance(thing, (str, bytes)) and (
        hasattr(kind, "__float__") or hasattr(kind, "__index__")
    )


def element_value(thing: Any) -> float | None:
    """The float that an array holds for a thing, or None if the thing is not a real number.

    Real numbers are what has __float__ or __index__, except complex numbers, text, and whatever
    has dimensions.
    """
    if isinstance(thing, float):
        return float.__pos__(thing)
    if isinstance(thing, int):
        return float(int.__pos__(thing))
    if not _is_convertible(thing):
        return None
    is_buffer, view = acquire(thing)
    if is_buffer:
        # All of NumPy's objects have __float__. Their buffer tells which of them are real numbers.
        if view is None or view.ndim != 0:
            return None
        letter = view.format.lstrip("@=<>!")
        if letter == "O":
            return element_value(thing[()])
        if letter not in (*_REAL_FORMATS,):
            return None
    elif isinstance(thing, numbers.Complex) and not isinstance(thing, numbers.Real):
        return None
    return float(thing)


def _is_of_numpy(thing: object, name: str) -> bool:
    """Whether a thing is of NumPy's type of that name, without importing NumPy."""
    kind = getattr(sys.modules.get("numpy"), name, None)
    return isinstance(kind, type) and isinstance(thing, kind)


def unwrapped(thing: Any) -> Any:
    """The element of an ndarray without dimensions, which NumPy takes for a scalar; else the thing.

    Operators don't unwrap: with an ndarray, they are NumPy's.
    """
    return thing[()] if _is_of_numpy(thing, "ndarray") and thing.ndim == 0 else thing


def scalar_value(thing: Any) -> float | None:
    """The value of an operator's scalar (numbers.Real, real NumPy scalars), or None."""
    if isinstance(thing, (float, int)) or (
        # NumPy's bool is a scalar that is not registered as numbers.Real.
        _is_convertible(thing)
        and (isinstance(thing, numbers.Real) or _is_of_numpy(thing, "generic"))
    ):
        return element_value(thing)
    return None


def equal_value(thing: Any) -> float | None:
    """The float that equals a thing exactly, or None if there is none."""
    thing = unwrapped(thing)
    try:
        value = scalar_value(thing)
    except OverflowError:  # an int beyond all floats
        return None
    return value if value is not None and thing == value else None


def named_value(thing: Any, name: str, hint: str = "") -> float:
    """element_value, or an error whose message calls the thing by the given name."""
    try:
        value = element_value(thing)
    except OverflowError:
        if isinstance(thing, int):
            raise OverflowError(f"{name} is an int too large for a float") from None
        raise
    if value is None:
        raise TypeError(f"{name} is not a real number but {type_name(thing)}{hint}")
    return value


def indexed_value(thing: Any, index: int) -> float:
    """element_value of the element at an index, or an error whose message names the index."""
    is_nested = is_iterable(thing) and not isinstance(thing, (str, bytes))
    return named_value(thing, f"element {index}", "; an array is 1-D only" if is_nested else "")


def length_value(n: Any, name: str = "n") -> int:
    """The length of a new array."""
    if not hasattr(type(n), "__index__"):
        raise TypeError(f"{name} must be an integer, not {type_name(n)}")
    length = operator.index(n)
    if length < 0:
        raise ValueError(f"{name} must not be negative")
    if length > sys.maxsize:
        raise MemoryError(f"no memory for an array of {length} numbers")
    return length


# ---- refusals ---------------------------------------------------------------------------------


def refuse_conversion(name: str) -> NoReturn:
    """Raises why float(), or a function of this name, takes no array."""
    raise TypeError(f"{name}() needs one number, not an array: did you mean {name}(a[0])?")


def refuse_arguments(positional: int, has_keywords: bool) -> NoReturn:
    """Raises what is wrong with the arguments of array()."""
    if has_keywords:
        raise TypeError("array() takes no keyword arguments")
    hint = ": did you mean array([...])?" if positional > 1 else ""
    raise TypeError(f"array() takes exactly one argument ({positional} given){hint}")


def lengths_differ(name: str, left: int, right: int) -> ValueError:
    """The error for operands of two lengths."""
    hint = ": an array of length 1 is no scalar, use its number" if 1 in (left, right) else ""
    return ValueError(f"{name}: the lengths differ: {left} and {right}{hint}")


def refuse_lengths(name: str, left: int, right: int) -> NoReturn:
    raise lengths_differ(name, left, right)


def refuse_assignment(values: int, slice_length: int) -> NoReturn:
    """Raises that a slice can't take so many numbers."""
    numbers = "1 number" if values == 1 else f"{values} numbers"
    hint = ": to repeat one number, assign it without brackets" if values == 1 else ""
    raise ValueError(f"can't assign {numbers} to a slice of length {slice_length}{hint}")


def refuse_order(left: object, right: object, sign: str) -> Any:
    """Raises what to do instead of left < right, one of which is an array.

    NotImplemented if the other is of a type that may have an answer, such as an ndarray.
    """
    from . import array

    for side in (left, right):
        if not isinstance(side, (array, list, tuple)) and scalar_value(side) is None:
            return NotImplemented
    raise TypeError(
        f"arrays have no order: for elementwise results, use np.asarray(a) {sign} b; "
        f"to compare as lists do, use a.tolist() {sign} b.tolist()"
    )


def refuse_values(thing: Any) -> NoReturn:
    """Raises why array() makes no array of a thing."""
    is_buffer, view = acquire(thing)
    if view is not None and view.ndim != 1:
        raise TypeError(f"an array is 1-D only: the {type_name(thing)} has {view.ndim} dimensions")
    for kind, hint in _HINTS.items():
        if isinstance(thing, kind):
            raise TypeError(f"can't make an array of {type_name(thing)}: {hint}")
    if is_buffer:
        raise TypeError(f"can't make an array of {type_name(thing)}")
    raise TypeError(
        f"array() needs an iterable of real numbers or a float64 buffer, not {type_name(thing)}"
    )
