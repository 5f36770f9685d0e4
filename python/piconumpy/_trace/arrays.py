# SPDX-License-Identifier: BSD-3-Clause
"""What stands for an array of piconumpy while a function is traced, and for the functions on them.

Operations of arrays are those of IEEE 754: they never raise, so their instructions are quiet.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from .. import _backend, _interface, _numpy
from . import numbers
from .functions import REAL_CLASSES, REPLACEMENTS, is_traced, plain
from .numbers import Number, arithmetic, function, is_number
from .tape import QUIET, Op, refuse

__all__ = ["ARRAY", "UNSET", "TracedArray", "array_of", "prepare"]


def _piconumpy() -> Any:
    import piconumpy

    return piconumpy


ARRAY: Any = _backend.array
"""The type of piconumpy's arrays."""


class _Unset:
    """An element of ``empty``, before it is written."""


UNSET: Any = _Unset()


def _element(value: Any) -> Any:
    """A number as the float that an array holds."""
    if type(value) is Number:
        return Number(value.tape, value.index, float)
    if is_number(value):
        return float(value)
    # The array's own conversion, with its errors.
    return ARRAY([value])[0]


def _is_ndarray(value: Any) -> bool:
    """Whether a value stands for an ndarray."""
    is_other = is_number(value) or type(value) is TracedArray
    return not is_other and hasattr(type(value), "__array_ufunc__")


def _quiet(sign: str, a: Any, b: Any) -> Any:
    """The element of an operator's result."""
    if is_traced(a) or is_traced(b):
        return _element(arithmetic(sign, a, b, QUIET))
    return float(_OPERATORS[sign](ARRAY([a]), ARRAY([b]))[0])


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def _operators(sign: str) -> tuple[Callable[..., Any], ...]:
    def numbers_of(self: TracedArray, other: Any) -> list[Any]:
        """The other operand, one number for each element."""
        if is_number(other):
            return [other] * len(self)
        if isinstance(other, (list, tuple)):
            values = [_element(value) for value in other]
        elif type(other) is TracedArray:
            values = other.read()
        else:
            return refuse(f"an operation between an array and {type(other).__name__}")
        if len(values) != len(self):
            raise ValueError(f"lengths {len(self)} and {len(values)} differ")
        return values

    def forward(self: TracedArray, other: Any) -> Any:
        if _is_ndarray(other):
            return NotImplemented
        return array_of([_quiet(sign, a, b) for a, b in zip(self.read(), numbers_of(self, other))])

    def backward(self: TracedArray, other: Any) -> Any:
        return array_of([_quiet(sign, b, a) for a, b in zip(self.read(), numbers_of(self, other))])

    def in_place(self: TracedArray, other: Any) -> Any:
        # Unlike the other operators, this one is the array's own with an ndarray too.
        result = forward(self, _array(other) if _is_ndarray(other) else other)
        self.write(slice(None), result.items)
        return self

    return forward, backward, in_place


class TracedArray:
    """An array whose elements are floats and Numbers."""

    __slots__ = ("is_fixed", "items")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: list[Any], is_fixed: bool = False) -> None:
        self.items = items
        self.is_fixed = is_fixed  # it is outside of the function, which must not change it

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return ARRAY

    def __array_ufunc__(self, ufunc: Any, method: str, /, *inputs: Any, **options: Any) -> Any:
        own = _numpy.own_operator(self, ufunc, method, inputs, options)
        if own is not None:
            return own(inputs[0][()])
        return numbers.array_ufunc(self, ufunc, method, *inputs, **options)

    def read(self) -> list[Any]:
        if UNSET in self.items:
            refuse("an element of empty() that was not written is used")
        return self.items

    def write(self, key: slice, values: list[Any]) -> None:
        if self.is_fixed:
            refuse(
                "an array that was made outside of the function is changed: return a new one, "
                "such as X.copy()"
            )
        self.items[key] = values

    def __repr__(self) -> str:
        return f"array([{', '.join(map(repr, self.read()))}])"

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.read())

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return TracedArray(self.items[key])
        if not hasattr(type(key), "__index__"):
            raise TypeError("array indices must be integers or slices")
        value = self.items[key]
        if value is UNSET:
            refuse("an element of empty() that was not written is used")
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, slice):
            i = operator.index(key)
            i += len(self) if i < 0 else 0
            if not 0 <= i < len(self):
                raise IndexError(f"index {key} of an array of length {len(self)}")
            self.write(slice(i, i + 1), [_element(value)])
            return
        n = len(range(*key.indices(len(self))))
        if is_number(value):
            values = [_element(value)] * n
        else:
            values = _array(value).items
            if len(values) != n:
                raise ValueError(f"{len(values)} numbers for {n} elements")
        self.write(key, values)

    def __eq__(self, other: Any) -> Any:
        if type(other) is not TracedArray:
            return False
        return len(self) == len(other) and all(a == b for a, b in zip(self, other))

    def __ne__(self, other: Any) -> Any:
        return not self == other

    def __bool__(self) -> bool:
        return len(self) > 0

    __add__, __radd__, __iadd__ = _operators("+")
    __sub__, __rsub__, __isub__ = _operators("-")
    __mul__, __rmul__, __imul__ = _operators("*")
    __truediv__, __rtruediv__, __itruediv__ = _operators("/")
    __floordiv__, __rfloordiv__, __ifloordiv__ = _operators("//")
    __mod__, __rmod__, __imod__ = _operators("%")
    __pow__, __rpow__, __ipow__ = _operators("**")

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __neg__(self) -> TracedArray:
        return array_of([-x for x in self])

    def __pos__(self) -> TracedArray:
        return self.copy()

    def __abs__(self) -> TracedArray:
        return array_of([abs(x) for x in self])

    def __matmul__(self, other: Any) -> Any:
        is_ours = isinstance(other, (list, tuple)) or type(other) is TracedArray
        return self.dot(other) if is_ours else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return _array(other).dot(self) if isinstance(other, (list, tuple)) else NotImplemented

    def dot(self, other: Any, /) -> Any:
        return (self * _array(other)).sum()

    def sum(self) -> Any:
        """32 partial sums, which are then added in pairs: the order that array.sum states."""
        values = self.read()
        if not values:
            return 0.0
        partial: list[Any] = values[:32]
        for i in range(32, len(values)):
            partial[i % 32] = partial[i % 32] + values[i]
        for width in (16, 8, 4, 2, 1):
            for k in range(min(width, max(0, len(partial) - width))):
                partial[k] = partial[k] + partial[k + width]
            partial = partial[:width]
        return partial[0]

    def mean(self) -> Any:
        if not len(self):
            return ARRAY([]).mean()
        return _quiet("/", self.sum(), float(len(self)))

    def min(self) -> Any:
        return self._extreme(Op.MINIMUM, min)

    def max(self) -> Any:
        return self._extreme(Op.MAXIMUM, max)

    def _extreme(self, op: int, real: Callable[..., Any]) -> Any:
        values = self.read()
        if not values:
            return getattr(ARRAY([]), real.__name__)()
        best = values[0]
        for value in values[1:]:
            best = _of_two(op, best, value)
        return best

    def fill(self, value: Any, /) -> None:
        self.write(slice(None), [_element(value)] * len(self))

    def copy(self) -> TracedArray:
        return TracedArray(list(self.items))

    def tolist(self) -> list[Any]:
        return list(self.read())

    @property
    def size(self) -> int:
        return len(self)

    @property
    def shape(self) -> tuple[int]:
        return (len(self),)

    ndim = 1
    itemsize = 8
    typecode = "d"

    @property
    def nbytes(self) -> int:
        return 8 * len(self)

    @property
    def T(self) -> TracedArray:
        return self

    def __round__(self, ndigits: Any = None) -> Any:
        refuse("round of an array isn't traced")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and not hasattr(ARRAY, name):
            raise AttributeError(name)
        refuse(f"array.{name} isn't traced: write it with operators, sum, min, max, or dot")


Sequence.register(TracedArray)  # as the array is, for `case [x, y]`


def _of_two(op: int, a: Any, b: Any) -> Any:
    """The minimum or maximum of IEEE 754-2019."""
    if is_traced(a) or is_traced(b):
        return function(op, (a, b), float)
    return ARRAY([a, b]).min() if op == Op.MINIMUM else ARRAY([a, b]).max()


def array_of(items: list[Any]) -> TracedArray:
    """A new array of these numbers."""
    return TracedArray(items)


# ---- the functions of the package ---------------------------------------------------------------


def _array(values: Any, /) -> TracedArray:
    if type(values) is TracedArray:
        return values.copy()
    if isinstance(values, (str, bytes, dict, set, frozenset)):
        ARRAY(values)  # raises
    if getattr(type(values), "ndim", None) is not None and values.ndim != 1:  # an ndarray
        raise TypeError(f"an array is 1-D only: the ndarray has {values.ndim} dimensions")
    return array_of([_element(value) for value in values])


def _full(n: Any, value: Any) -> TracedArray:
    count = operator.index(n)
    if count < 0:
        raise ValueError("n must not be negative")
    return array_of([_element(value)] * count)


def _zeros(n: Any, /) -> TracedArray:
    return _full(n, 0.0)


def _ones(n: Any, /) -> TracedArray:
    return _full(n, 1.0)


def _empty(n: Any, /) -> TracedArray:
    return array_of([UNSET] * len(_zeros(n)))


def _constant_array(real: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any, **options: Any) -> TracedArray:
        return array_of(real(*arguments, **options).tolist())

    return made


def _elementwise(name: str, op: int, arity: int) -> Callable[..., Any]:
    """An operation of the package, which is quiet like those of arrays."""
    real = getattr(_piconumpy(), name)

    def element(*values: Any) -> Any:
        values = tuple(map(plain, values))
        tapes = [value.tape for value in values if is_traced(value)]
        if not tapes:
            return real(ARRAY([values[0]]), *values[1:])[0]
        if op >= Op.SIN and not tapes[0].is_fast:
            refuse(
                f"piconumpy.{name} differs from the C library's function in the last bits, which "
                f"a program has: use the module math on each element, or jit(fastmath=True)"
            )
        return function(op, values, float, QUIET)

    def of_numbers(values: list[Any]) -> Any:
        """As IEEE 754 and the C library have it, without an exception."""
        values = list(map(plain, values))
        if any(map(is_traced, values)):
            return function(op, tuple(values), float, QUIET)
        return real(*values)

    def computed(inputs: tuple[Any, ...], out: Any) -> Any:
        if out is None and all(is_number(value) for value in inputs):
            return of_numbers(list(inputs))
        arrays = [value for value in inputs if type(value) is TracedArray]
        if not arrays or any(len(a) != len(arrays[0]) for a in arrays):
            refuse(f"piconumpy.{name} of these arguments")
        columns = [
            value.read() if type(value) is TracedArray else [value] * len(arrays[0])
            for value in inputs
        ]
        items = [element(*values) for values in zip(*columns)]
        if out is None:
            return array_of(items)
        if type(out) is not TracedArray or len(out) != len(items):
            refuse(f"out of piconumpy.{name}")
        out.write(slice(None), items)
        return out

    def unary(a: Any, out: Any = None) -> Any:
        return computed((a,), out)

    def binary(a: Any, b: Any, out: Any = None) -> Any:
        return computed((a, b), out)

    return unary if arity == 1 else binary


def prepare() -> None:
    """Adds the functions of the package to the tables, once the package is complete."""
    piconumpy = _piconumpy()
    if id(ARRAY) in REPLACEMENTS:
        return
    pairs: list[tuple[str, Any]] = [
        ("array", _array),
        ("zeros", _zeros),
        ("ones", _ones),
        ("full", _full),
        ("empty", _empty),
        ("linspace", _constant_array(piconumpy.linspace)),
        ("arange", _constant_array(piconumpy.arange)),
    ]
    for name, operation in _interface._OPERATIONS.items():
        op = getattr(Op, operation.kernel.upper())
        pairs.append((name, _elementwise(name, op, operation.arity)))
    for name, replacement in pairs:
        REPLACEMENTS[id(getattr(piconumpy, name))] = replacement
    REAL_CLASSES[id(_array)] = piconumpy.array
