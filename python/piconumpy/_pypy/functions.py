# SPDX-License-Identifier: BSD-3-Clause
"""The functions of the module: new arrays by length, and the kernels on anybody's memory."""

from __future__ import annotations

import operator
from typing import Any, Callable

from .array import array, array_of
from .conversion import acquire, element_value, named_value, native_format, scalar_value, type_name
from .kernels import KERNELS, Memory, address, ffi, memory_of, new_memory, pointer
from .unrolled import OPERATORS, SHORT, Operator

__all__ = [
    "add",
    "divide",
    "empty",
    "full",
    "multiply",
    "ones",
    "release_memory",
    "subtract",
    "zeros",
]

# ---- arguments --------------------------------------------------------------------------------

_MISSING: Any = object()


def _bind(
    function: str,
    names: tuple[str, ...],
    required: int,
    arguments: tuple[Any, ...],
    keywords: dict[str, Any],
) -> list[Any]:
    """Sorts arguments under the names of the parameters; None for what was not given."""
    if len(arguments) > len(names):
        raise TypeError(
            f"{function}() takes at most {len(names)} arguments ({len(arguments)} given)"
        )
    bound = [*arguments, *[_MISSING] * (len(names) - len(arguments))]
    for keyword, value in keywords.items():
        if keyword not in names:
            raise TypeError(f"{function}() has no argument {keyword!r}")
        i = names.index(keyword)
        if bound[i] is not _MISSING:
            raise TypeError(f"{function}() got two values for argument {keyword!r}")
        bound[i] = value
    for name, value in zip(names[:required], bound):
        if value is _MISSING:
            raise TypeError(f"{function}() needs the argument '{name}'")
    return [None if value is _MISSING else value for value in bound]


# ---- new arrays by length ---------------------------------------------------------------------


def _length(n: Any) -> int:
    if not hasattr(type(n), "__index__"):
        raise TypeError(f"n must be an integer, not {type_name(n)}")
    length = operator.index(n)
    if length < 0:
        raise ValueError("n must not be negative")
    return length


def _filled(n: Any, value: float) -> array:
    length = _length(n)
    if length <= SHORT:
        return array_of((value,) * length)
    memory = new_memory(length, cleared=True)
    if value != 0 or str(value) == "-0.0":
        for i in range(length):
            memory[i] = value
    return array_of(memory)


def zeros(n: Any, /) -> array:
    """An array of n zeros.

    Raises TypeError if n is no integer, ValueError if it is negative, MemoryError if it is too
    large.

    Examples
    --------
    >>> from piconumpy import zeros
    >>> zeros(3)
    array([0.0, 0.0, 0.0])
    """
    return _filled(n, 0.0)


def ones(n: Any, /) -> array:
    """An array of n ones.

    Raises TypeError if n is no integer, ValueError if it is negative, MemoryError if it is too
    large.

    Examples
    --------
    >>> from piconumpy import ones
    >>> ones(2)
    array([1.0, 1.0])
    """
    return _filled(n, 1.0)


def empty(n: Any, /) -> array:
    """An array of n numbers that are not initialised, to be written before they are read.

    Raises TypeError if n is no integer, ValueError if it is negative, MemoryError if it is too
    large.

    Examples
    --------
    >>> from piconumpy import empty
    >>> a = empty(3)
    >>> a[:] = 1.5
    >>> a
    array([1.5, 1.5, 1.5])
    """
    length = _length(n)
    return array_of((0.0,) * length if length <= SHORT else new_memory(length))


def _with_signature(shown: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    """Gives a function that binds its arguments itself the name, text and signature of another."""

    def decorate(function: Any) -> Callable[..., Any]:
        function.__name__ = function.__qualname__ = shown.__name__
        function.__doc__ = shown.__doc__
        function.__module__ = "piconumpy"
        function.__wrapped__ = shown
        decorated: Callable[..., Any] = function
        return decorated

    return decorate


def _full(n: Any, value: Any) -> None:
    """An array that holds a value n times.

    Raises TypeError if n is no integer or value no real number, ValueError if n is negative,
    MemoryError if it is too large.

    Examples
    --------
    >>> from piconumpy import full
    >>> full(3, 0.5)
    array([0.5, 0.5, 0.5])
    """


_full.__name__ = "full"


@_with_signature(_full)
def full(*arguments: Any, **keywords: Any) -> array:
    n, value = _bind("full", ("n", "value"), 2, arguments, keywords)
    return _filled(n, named_value(value, "value"))


# ---- memory -----------------------------------------------------------------------------------


def release_memory() -> int:
    """Give the memory that is kept for new large arrays back to the system; its size in bytes.

    The arrays of CPython keep some. On PyPy memory comes back only when the garbage collector finds
    it, nothing is kept, and the answer is always 0.

    Examples
    --------
    >>> from piconumpy import release_memory
    >>> release_memory()
    0
    """
    return 0


# ---- kernels on anybody's memory --------------------------------------------------------------

_C_TYPES = {"d": "double", "f": "float"}
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
    "l": f"int{8 * ffi.sizeof('long')}",
    "L": f"uint{8 * ffi.sizeof('long')}",
    "q": "int64",
    "Q": "uint64",
    "e": "float16",
    "g": "longdouble",
}


class _Operand:
    """One argument of a kernel function: a scalar, or memory that holds n numbers of one type."""

    def __init__(self, name: str, thing: Any) -> None:
        self.name = name
        self.scalar: float | None = None
        self.format = "d"
        self.is_readonly = False
        self.data: Any = None
        self.n = 0
        if thing.__class__ is array:
            numbers = thing._numbers
            self.data = numbers if numbers.__class__ is Memory else memory_of(numbers)
            self.n = len(numbers)
            return
        is_buffer, view = (False, None) if isinstance(thing, float) else acquire(thing)
        if not is_buffer:
            self._load_number(thing, scalar_value)
        elif view is None:
            raise TypeError(f"{name}: {type_name(thing)} gives no access to a buffer of numbers")
        elif view.ndim == 0:
            self._load_number(thing, element_value)
        else:
            self._load_view(view)

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
        if self.format not in _C_TYPES:
            found = _DTYPES.get(self.format)
            what = f"dtype {found}" if found else f"format '{view.format}'"
            raise TypeError(f"{name}: {what}: float64 or float32 in native byte order is needed")
        if view.ndim != 1:
            raise ValueError(f"{name}: has {view.ndim} dimensions, one is needed")
        if not view.c_contiguous:
            raise ValueError(f"{name}: not contiguous")
        self.n = len(view)
        self.is_readonly = view.readonly
        self.data = pointer(view, _C_TYPES[self.format])
        if self.n > 0 and address(self.data) % view.itemsize:
            raise ValueError(f"{name}: not aligned to its {view.itemsize}-byte elements")

    @property
    def dtype(self) -> str:
        return _DTYPES[self.format]

    def check_like(self, reference: _Operand) -> None:
        if self.format != reference.format:
            raise TypeError(
                f"{self.name} has dtype {self.dtype}, {reference.name} has dtype {reference.dtype}"
            )
        if self.n != reference.n:
            raise ValueError(
                f"{self.name} has length {self.n}, {reference.name} has length {reference.n}"
            )

    def check_output(self, reference: _Operand, inputs: tuple[_Operand, ...]) -> None:
        if self.scalar is not None:
            raise ValueError(f"{self.name}: has 0 dimensions, one is needed")
        if self.is_readonly:
            raise ValueError(f"{self.name}: read-only")
        self.check_like(reference)
        for operand in inputs:
            if operand.scalar is None and self._overlaps(operand):
                raise ValueError(f"out: overlaps {operand.name} without being the same memory")

    def _overlaps(self, other: _Operand) -> bool:
        if self.n == 0:
            return False
        size = self.n * (8 if self.format == "d" else 4)
        return 0 < abs(address(self.data) - address(other.data)) < size


def _on_memory(operation: Operator, a: _Operand, b: _Operand, data: Any) -> None:
    """Computes into memory of the length and type of the operands."""
    kernels = KERNELS["f64" if (b if a.scalar is not None else a).format == "d" else "f32"]
    if a.scalar is not None:
        name = {"sub": "rsub", "div": "rdiv"}.get(operation.kernel, operation.kernel)
        getattr(kernels, f"{name}_scalar")(b.data, a.scalar, data, b.n)
    elif b.scalar is not None:
        getattr(kernels, f"{operation.kernel}_scalar")(a.data, b.scalar, data, a.n)
    else:
        getattr(kernels, operation.kernel)(a.data, b.data, data, a.n)


def _on_any_memory(operation: Operator, a_thing: Any, b_thing: Any, out: Any) -> Any:
    a, b = _Operand("a", a_thing), _Operand("b", b_thing)
    if a.scalar is not None and b.scalar is not None:
        raise TypeError("a and b are both scalars, one must be an array")
    reference = b if a.scalar is not None else a
    if a.scalar is None and b.scalar is None:
        b.check_like(a)
    if out is None:
        if reference.format == "f":
            raise TypeError(
                f"{reference.name} has dtype float32: out= is needed, as a new array holds float64"
            )
        memory = new_memory(reference.n)
        _on_memory(operation, a, b, memory)
        return array_of(memory if reference.n > SHORT else tuple(memory))
    if not acquire(out)[0]:
        raise TypeError(
            f"out: a writable float64 or float32 buffer is needed, not {type_name(out)}"
        )
    target = _Operand("out", out)
    target.check_output(reference, (a, b))
    _on_memory(operation, a, b, target.data)
    if out.__class__ is array and out._numbers.__class__ is not Memory:
        out._numbers = target.data if target.n > SHORT else tuple(target.data)
    return out


def _function(shown: Callable[..., Any]) -> Callable[..., Any]:
    """The function of the operator whose name and documentation another one has."""
    operation = next(one for one in OPERATORS if one.name == shown.__name__)
    method = getattr(array, f"__{operation.method}__")
    names = ("a", "b", "out")

    @_with_signature(shown)
    def function(*arguments: Any, **keywords: Any) -> Any:
        a, b, out = _bind(operation.name, names, 2, arguments, keywords)
        is_plain = out is None and a.__class__ is array and b.__class__ is array
        if is_plain and len(a._numbers) == len(b._numbers):
            return method(a, b)
        return _on_any_memory(operation, a, b, out)

    return function


@_function
def add(a: Any, b: Any, out: Any = None) -> None:
    """a + b, elementwise, on anybody's memory.

    Parameters
    ----------
    a, b : array, buffer or real number
        One-dimensional contiguous buffers of float64 or float32 (a NumPy array, ``array.array``,
        a memoryview), both of one type and length; one of the two may be a real number, which is
        rounded to the type of the other.
    out : writable buffer, optional
        Of the same type and length. May be exactly a or b; any other overlap with them is refused.

    Returns
    -------
    out, or a new array if there was none. Arrays hold float64, so float32 needs out.

    Raises
    ------
    TypeError
        On wrong types, element types that differ, two scalars.
    ValueError
        On lengths that differ, more than one dimension, memory that is not contiguous or not
        aligned, an out that is read-only or overlaps a or b partially. The message names the
        argument, and nothing was written.

    Notes
    -----
    Every number is the correctly rounded IEEE 754 result, with the same bits on every CPU.

    Examples
    --------
    >>> from array import array as std_array
    >>> from piconumpy import add, array
    >>> add(array([1, 2]), array([10, 20]))
    array([11.0, 22.0])
    >>> memory = std_array("f", [1, 2, 3])
    >>> add(memory, 0.5, out=memory)
    array('f', [1.5, 2.5, 3.5])
    """


@_function
def subtract(a: Any, b: Any, out: Any = None) -> None:
    """a - b, elementwise, on anybody's memory: see add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, subtract
    >>> subtract(10, array([1, 2]))
    array([9.0, 8.0])
    """


@_function
def multiply(a: Any, b: Any, out: Any = None) -> None:
    """a * b, elementwise, on anybody's memory: see add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, multiply
    >>> a = array([1, 2])
    >>> multiply(a, a, out=a)
    array([1.0, 4.0])
    """


@_function
def divide(a: Any, b: Any, out: Any = None) -> None:
    """a / b, elementwise, on anybody's memory: see add for the arguments and errors.

    Division by zero gives inf or nan.

    Examples
    --------
    >>> from piconumpy import array, divide
    >>> divide(array([1, 2]), array([4, 0]))
    array([0.25, float('inf')])
    """
