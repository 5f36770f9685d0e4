# SPDX-License-Identifier: BSD-3-Clause
"""The arguments of the functions on buffers, such as add(a, b, out): what is accepted, and why not.

PyPy's functions check every call here. The extension module checks by itself, and asks here only
for the message about arguments that it refuses.
"""

from __future__ import annotations

import struct
from typing import Any, Callable, NoReturn

from ._conversion import acquire, element_value, native_format, scalar_value, type_name

_DTYPES = {
    "d": "float64",
    "f": "float32",
    "?": "bool",
    "b": "int8",
    "B": "uint8",
    "h": "int16",
    "H": "uint16",
    "i": "int32",
    "I": "uint32",
    "l": f"int{8 * struct.calcsize('l')}",
    "L": f"uint{8 * struct.calcsize('l')}",
    "q": "int64",
    "Q": "uint64",
    "e": "float16",
    "g": "longdouble",
}


class Operand:
    """One argument: a scalar, or memory that holds n numbers of one type.

    Loading it can run code of the caller, which can resize the memory of arguments that were loaded
    before. So locate() follows when all are loaded.
    """

    scalar: float | None = None
    format = "d"  # else "f"
    is_readonly = False
    view: memoryview | None = None
    address = 0
    n = 0

    def __init__(self, name: str, thing: Any) -> None:
        self.name = name
        is_buffer, view = (False, None) if isinstance(thing, float) else acquire(thing)
        if not is_buffer:
            self._load_number(thing, scalar_value)
        elif view is None:
            raise TypeError(f"{name}: {type_name(thing)} gives no access to a buffer of numbers")
        elif view.ndim == 0:
            self._load_number(thing, element_value)
        else:
            self._load_view(view)

    def locate(self) -> None:
        """Finds where the memory is."""
        if self.view is not None:
            self.address = self._address_of(self.view)
            if self.n > 0 and self.address % self.view.itemsize:
                size = self.view.itemsize
                raise ValueError(f"{self.name}: not aligned to its {size}-byte elements")

    def _address_of(self, view: memoryview) -> int:
        from ._core import address

        return address(view)

    def _load_number(self, thing: Any, convert: Callable[[Any], float | None]) -> None:
        try:
            self.scalar = convert(thing)
        except OverflowError:
            if isinstance(thing, int):
                raise OverflowError(f"{self.name}: an int too large for a float") from None
            raise
        if self.scalar is None:
            raise TypeError(
                f"{self.name}: a float64 or float32 buffer or a real number is needed, "
                f"not {type_name(thing)}"
            )

    def _load_view(self, view: memoryview) -> None:
        name, self.format = self.name, native_format(view)
        if self.format not in ("d", "f"):
            found = _DTYPES.get(self.format)
            what = f"dtype {found}" if found else f"format '{view.format}'"
            raise TypeError(f"{name}: {what}: float64 or float32 in native byte order is needed")
        if view.ndim != 1:
            raise ValueError(f"{name}: has {view.ndim} dimensions, one is needed")
        self.n = len(view)
        if self.n > 1 and not view.c_contiguous:
            raise ValueError(f"{name}: not contiguous")
        self.is_readonly = view.readonly
        self.view = view

    def _check_like(self, reference: Operand) -> None:
        if self.format != reference.format:
            raise TypeError(
                f"{self.name} has dtype {_DTYPES[self.format]}, "
                f"{reference.name} has dtype {_DTYPES[reference.format]}"
            )
        if self.n != reference.n:
            raise ValueError(
                f"{self.name} has length {self.n}, {reference.name} has length {reference.n}"
            )

    def _check_overlap(self, other: Operand | None) -> None:
        if other is None or other.scalar is not None:
            return
        size = self.n * (8 if self.format == "d" else 4)
        if 0 < abs(self.address - other.address) < size:
            raise ValueError(f"{self.name}: overlaps {other.name} without being the same memory")


def check_inputs(a: Operand, b: Operand | None) -> Operand:
    """The input that tells length and type of the result, if both inputs fit each other.

    Scalars alone have a result, but no output.
    """
    if b is None:
        if a.scalar is not None:
            raise TypeError("a is a scalar, with out it must be an array")
    elif a.scalar is not None:
        if b.scalar is not None:
            raise TypeError("a and b are both scalars, with out one must be an array")
        return b
    elif b.scalar is None:
        b._check_like(a)
    return a


def check_new(reference: Operand) -> None:
    """Raises why the result can't be a new array."""
    if reference.format == "f":
        raise TypeError(
            f"{reference.name} has dtype float32: out= is needed, as a new array holds float64"
        )


def check_output_type(out: Any) -> None:
    """Raises if out is not a buffer."""
    if not acquire(out)[0]:
        raise TypeError(
            f"out: a writable float64 or float32 buffer is needed, not {type_name(out)}"
        )


def check_output(out: Operand, reference: Operand) -> None:
    """Raises why the result can't go into out, wherever its memory is."""
    if out.scalar is not None:
        raise ValueError("out: has 0 dimensions, one is needed")
    if out.is_readonly:
        raise ValueError("out: read-only")
    out._check_like(reference)


def locate(a: Operand, b: Operand | None, out: Operand | None) -> None:
    """Finds the memory of all operands, or raises if that of out overlaps an input partially."""
    a.locate()
    if b is not None:
        b.locate()
    if out is not None:
        out.locate()
        out._check_overlap(a)
        out._check_overlap(b)


def refuse(out: Any, a: Any, *b: Any) -> NoReturn:
    """Raises why the extension module refuses these arguments."""
    inputs = Operand("a", a), Operand("b", *b) if b else None
    reference = check_inputs(*inputs)
    target = None
    if out is None:
        check_new(reference)
    else:
        check_output_type(out)
        target = Operand("out", out)
        check_output(target, reference)
    locate(*inputs, target)
    raise BufferError("the memory of an argument changed during the call")
