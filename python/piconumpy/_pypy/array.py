# SPDX-License-Identifier: BSD-3-Clause
"""The array type for PyPy.

Up to 8 numbers are in a tuple, which the JIT can keep in registers altogether; more of them, or
after an item was assigned, in a list. What somebody else looks at through a buffer, what came from
one or was filled, and what was changed in place and is longer than 8, is in memory that
libpicokernels and NumPy read. All three have a length, items and iteration.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Callable, NoReturn

from __pypy__ import strategy
from __pypy__.bufferable import bufferable

from .conversion import (
    acquire,
    floats_of,
    is_iterable,
    named_value,
    native_format,
    scalar_value,
    type_name,
)
from .kernels import KERNELS, Memory, copied, memory_of, view_of
from .unrolled import OPERATORS, SHORT, Operator, define

__all__ = ["array", "array_of", "store_of"]

_new: Any = bufferable.__new__
_float64 = KERNELS["f64"]

# ---- storage ----------------------------------------------------------------------------------


def store_of(floats: Sequence[float]) -> Any:
    """Where a new array keeps these numbers, all of them float, and a list nobody else's."""
    if len(floats) <= SHORT:
        return tuple(floats)
    return floats if floats.__class__ is list else list(floats)


def array_of(numbers: Any) -> array:
    """The array around a store that nobody else has."""
    result: array = _new(array)
    result._numbers = numbers
    return result


def _copy(numbers: Any) -> Any:
    """A store of the same numbers."""
    if numbers.__class__ is Memory and len(numbers) > SHORT:
        return copied(numbers, len(numbers))
    return store_of(numbers[:] if numbers.__class__ is list else numbers)


def _replace(target: array, numbers: Any) -> None:
    """Gives an array the numbers of another store of the same length."""
    if target._numbers.__class__ is Memory:
        for i, number in enumerate(numbers):
            target._numbers[i] = number
    else:
        target._numbers = numbers


def _from_view(thing: Any, view: memoryview | None) -> Any:
    """The store for what a buffer holds; None if that takes a loop over the thing itself."""
    if view is None:
        return None
    if view.ndim != 1:
        raise TypeError(f"an array is 1-D only: the {type_name(thing)} has {view.ndim} dimensions")
    if native_format(view) != "d" or not view.c_contiguous:
        return None
    n = len(view)
    memory = copied(view.tobytes(), n)
    return memory if n > SHORT else tuple(memory)


def _from_object(values: Any) -> Any:
    """The store for whatever array() takes."""
    if values.__class__ is array:
        return _copy(values._numbers)
    is_buffer, view = acquire(values)
    if is_buffer:
        store = _from_view(values, view)
        if store is not None:
            return store
    if is_iterable(values):
        return store_of(floats_of(values))
    if is_buffer:
        raise TypeError(f"can't make an array of {type_name(values)}")
    raise TypeError(
        f"array() needs an iterable of real numbers or a float64 buffer, not {type_name(values)}"
    )


def _values_of(thing: Any, target: array) -> Any:
    """What stands on the right of an assignment: one float for all, or a store of its own."""
    if thing.__class__ is array:
        return _copy(thing._numbers) if thing is target else thing._numbers
    if isinstance(thing, (float, int)):
        return named_value(thing, "the value")
    is_buffer, view = acquire(thing)
    is_many = is_buffer and (view is None or view.ndim > 0)
    if is_many or (not is_buffer and is_iterable(thing)):
        return _from_object(thing)
    return named_value(thing, "the value")


# ---- operators --------------------------------------------------------------------------------


def _lengths_differ(name: str, left: int, right: int) -> ValueError:
    return ValueError(f"{name}: the lengths differ: {left} and {right}")


def _alike(self: array, other: array, name: str) -> Any:
    """The numbers of the other, if there are as many."""
    if len(self._numbers) != len(other._numbers):
        raise _lengths_differ(name, len(self._numbers), len(other._numbers))
    return other._numbers


def _operator_methods(operation: Operator) -> dict[str, Callable[..., Any]]:
    """The special methods of one operator: plain, reflected, in place."""
    name, kernel = operation.name, getattr(_float64, operation.kernel)
    with_scalar = getattr(_float64, f"{operation.kernel}_scalar")

    def alike(self: array, other: array) -> Any:
        return _alike(self, other, name)

    # Scalars of other types than exact float and int. What is no scalar gets NotImplemented, so
    # that an ndarray (or whatever else) may answer.
    def general(self: array, other: Any) -> Any:
        scalar = scalar_value(other)
        return NotImplemented if scalar is None else plain(self, scalar)

    def general_reflected(self: array, other: Any) -> Any:
        scalar = scalar_value(other)
        return (
            NotImplemented if scalar is None else methods[f"__r{operation.method}__"](self, scalar)
        )

    def long_in_place(self: array, other: Any) -> bool:
        """Whether a kernel did it, which writes where it reads.

        What is changed once is likely to be changed again, and moves to where kernels can.
        """
        numbers = self._numbers
        n = len(numbers)
        is_scalar = other.__class__ is float or other.__class__ is int
        if not is_scalar:
            if other.__class__ is not array or len(other._numbers) != n:
                return False
            if other is not self and other._numbers.__class__ is not Memory:
                return False
        scalar = float(other) if is_scalar else 0.0
        if numbers.__class__ is not Memory:
            numbers = self._numbers = memory_of(numbers)
        if is_scalar:
            with_scalar(numbers, scalar, numbers, n)
        else:
            kernel(numbers, other._numbers, numbers, n)
        return True

    def in_place(self: array, other: Any) -> Any:
        if len(self._numbers) > SHORT and long_in_place(self, other):
            return self
        result = plain(self, other)
        if result is NotImplemented:
            if not acquire(other)[0]:
                return NotImplemented
            values = _values_of(other, self)
            result = plain(self, values if values.__class__ is float else array_of(values))
        _replace(self, result._numbers)
        return self

    names = {
        "array": array,
        "new": _new,
        "lengths_differ": _lengths_differ,
        "array_of": array_of,
        "alike": alike,
        "general": general,
        "general_reflected": general_reflected,
    }
    methods = define(operation, names)
    plain = methods[f"__{operation.method}__"]
    methods[f"__i{operation.method}__"] = in_place
    return methods


# ---- indices ----------------------------------------------------------------------------------


def _offset(numbers: Any, key: Any) -> int:
    """The offset that a key which is no slice stands for."""
    if not hasattr(type(key), "__index__"):
        raise TypeError(f"array indices must be integers or slices, not {type_name(key)}")
    index = operator.index(key)
    n = len(numbers)
    offset = index + n if index < 0 else index
    if 0 <= offset < n:
        return offset
    if abs(index) > sys.maxsize:
        raise IndexError(f"the index is too large for an array of length {n}")
    raise IndexError(f"index {index} is out of range for an array of length {n}")


def _get(self: array, key: Any) -> Any:
    """Every key but an int in range."""
    numbers = self._numbers
    if not isinstance(key, slice):
        offset = _offset(numbers, key)
        return self._numbers[offset]
    start, stop, step = key.indices(len(numbers))
    chosen = range(start, stop, step)
    if numbers.__class__ is Memory and step == 1 and len(chosen) > SHORT:
        return array_of(copied(numbers + start, len(chosen)))
    return array_of(store_of([numbers[i] for i in chosen]))


def _set(self: array, key: Any, value: Any) -> None:
    """Every key and value but an int in range and a float."""
    if isinstance(key, slice):
        _set_slice(self, key, value)
        return
    offset = _offset(self._numbers, key)
    number = named_value(value, "the value")
    _writable(self)[offset] = number


def _set_slice(self: array, key: slice, value: Any) -> None:
    chosen = range(*key.indices(len(self._numbers)))
    values = _values_of(value, self)
    if values.__class__ is float:
        numbers = _writable(self)
        for i in chosen:
            numbers[i] = values
        return
    if len(values) != len(chosen):
        raise ValueError(f"can't assign {len(values)} numbers to a slice of length {len(chosen)}")
    numbers = _writable(self)
    for i, number in zip(chosen, values):
        numbers[i] = number


def _writable(self: array) -> Any:
    """The store, when an item is to be written into it."""
    numbers = self._numbers
    if numbers.__class__ is tuple:
        numbers = self._numbers = list(numbers)
    return numbers


def _contained_value(thing: Any) -> float | None:
    """The float that equals the thing exactly, or None if there is none."""
    if thing.__class__ is float:
        number: float = thing
        return number
    try:
        value = scalar_value(thing)
    except OverflowError:  # an int beyond all floats
        return None
    return value if value is not None and thing == value else None


# ---- text -------------------------------------------------------------------------------------

_STR_LIMIT = 1000  # beyond this length, str() shows the ends only
_STR_EDGE = 3


def _number_text(value: float) -> str:
    return repr(value) if math.isfinite(value) else f"float('{value}')"


def _joined(numbers: Any) -> str:
    return ", ".join([_number_text(number) for number in numbers])


# ---- the type ---------------------------------------------------------------------------------


class _Iterator:
    """Over the numbers as they are when they are asked for; at its end it stays there."""

    __slots__ = ("_array", "_next")

    def __init__(self, values: array) -> None:
        self._array: array | None = values
        self._next = 0

    def __iter__(self) -> _Iterator:
        return self

    def __next__(self) -> float:
        if self._array is not None:
            i = self._next
            numbers = self._array._numbers
            if i < len(numbers):
                self._next = i + 1
                number: float = numbers[i]
                return number
            self._array = None
        raise StopIteration

    def __length_hint__(self) -> int:
        return 0 if self._array is None else len(self._array._numbers) - self._next


class _Immutable(type):
    """A type whose attributes are fixed, as those of compiled types are."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'piconumpy.array'")

    def __delattr__(cls, name: str) -> NoReturn:
        raise TypeError(f"cannot delete {name!r} attribute of immutable type 'piconumpy.array'")


def _wrong_arguments(positional: int, keywords: dict[str, Any]) -> TypeError:
    if keywords:
        return TypeError("array() takes no keyword arguments")
    hint = ": did you mean array([...])?" if positional > 1 else ""
    return TypeError(f"array() takes exactly one argument ({positional} given){hint}")


class array(bufferable, metaclass=_Immutable):  # type: ignore[misc]
    """A one-dimensional array of float64 numbers, of fixed length and mutable.

    Parameters
    ----------
    values : iterable of real numbers, float64 buffer, or array
        A list, a tuple, any other iterable of real numbers (int, float, Fraction, NumPy scalars,
        whatever has ``__float__`` or ``__index__`` and is not complex), or a one-dimensional
        buffer of float64, strided ones too (a NumPy array, ``array.array('d')``, a memoryview).
        The numbers are always copied.

    Raises
    ------
    TypeError
        If an element is not a real number (the message tells its index and type), or if there is
        more than one dimension.
    OverflowError
        If an int is too large for a float.

    Notes
    -----
    ``+ - * /`` work elementwise between arrays of one length (else ValueError) and with real
    scalars on either side; they make new arrays, also ``-a``, ``+a`` and ``abs(a)``. ``+= -= *=
    /=`` change the array in place, and take any buffer too. Every result is the correctly rounded
    IEEE 754 one; division by zero gives inf or nan.

    Indices may be negative. A slice is a new array that shares nothing with the old one, as with
    lists. ``a[i:j] = x`` takes as many numbers as the slice has, or one for all; on any error
    nothing is written.

    ``a == b`` between arrays is one bool: equal length and equal numbers (nan equals nothing).
    Arrays are not ordered and not hashable. ``x in a`` compares as numbers; what is no real number
    is not in it. An array is true if it is not empty.

    An array exports its memory, which never moves, as a writable buffer: ``np.asarray(a)`` shares
    it. ``a + ndarray`` and ``ndarray + a`` are NumPy's and give an ndarray. On PyPy the first
    export of an array of up to 8 numbers moves them into such memory, after which its own
    operations take longer.

    ``repr`` evaluates back to an equal array (given ``array`` alone); ``str`` shows the ends only
    beyond 1000 numbers.

    Examples
    --------
    >>> from piconumpy import array
    >>> x = array([1, 2, 4])
    >>> 2 * x + x / 4
    array([2.25, 4.5, 9.0])
    >>> x[-1]
    4.0
    >>> x[::2] = 0
    >>> x
    array([0.0, 2.0, 0.0])
    >>> x += 1
    >>> x.tolist()
    [1.0, 3.0, 1.0]
    >>> 1 / array([0, -2])
    array([float('inf'), -0.5])
    >>> array([1, "2"])
    Traceback (most recent call last):
        ...
    TypeError: element 1 is not a real number but str
    >>> array([1, 2]) + array([1, 2, 3])
    Traceback (most recent call last):
        ...
    ValueError: add: the lengths differ: 2 and 3
    """

    __slots__ = ("_numbers",)
    __module__ = "piconumpy"
    # Above NumPy's scalars (-1000000.0), so that np.float64(2) * a is ours, and below its arrays
    # (0.0), so that ndarray + a is theirs.
    __array_priority__ = -1.0
    __hash__ = None  # type: ignore[assignment]

    _numbers: Any

    def __new__(cls, *arguments: Any, **keywords: Any) -> array:
        if keywords or len(arguments) != 1:
            raise _wrong_arguments(len(arguments), keywords)
        values = arguments[0]
        result: array = _new(cls)
        if (
            values.__class__ is list
            and len(values) <= SHORT
            and strategy(values) == "FloatListStrategy"
        ):
            result._numbers = tuple(values)  # all of them are exact floats
        else:
            result._numbers = _from_object(values)
        return result

    def __init_subclass__(cls, **keywords: Any) -> NoReturn:
        raise TypeError("type 'piconumpy.array' is not an acceptable base type")

    def __buffer__(self, flags: int) -> memoryview[float]:
        if self._numbers.__class__ is not Memory:
            self._numbers = memory_of(self._numbers)
        return view_of(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[float]:
        return _Iterator(self)

    def __contains__(self, thing: object) -> bool:
        value = _contained_value(thing)
        if value is None:
            return False
        for number in self._numbers:  # noqa: SIM110 (what `any` does in a generator, without one)
            if number == value:
                return True
        return False

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is int:
            try:
                return self._numbers[key]
            except IndexError:
                pass  # memory takes no negative index
        return _get(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if key.__class__ is int and value.__class__ is float:
            numbers = self._numbers
            if numbers.__class__ is not tuple:
                try:
                    numbers[key] = value
                    return
                except IndexError:
                    pass
        _set(self, key, value)

    def __delitem__(self, key: Any) -> NoReturn:
        raise TypeError("items of an array can't be deleted: its length is fixed")

    def __eq__(self, other: object) -> Any:
        if other.__class__ is not array:
            return NotImplemented
        left, right = self._numbers, other._numbers
        if len(left) != len(right):
            return False
        for i in range(len(left)):  # noqa: SIM110 (as above)
            if left[i] != right[i]:
                return False
        return True

    def __ne__(self, other: object) -> Any:
        is_equal = self.__eq__(other)
        return is_equal if is_equal is NotImplemented else not is_equal

    def __neg__(self) -> array:
        return array_of(store_of([-number for number in self._numbers]))

    def __pos__(self) -> array:
        return array_of(_copy(self._numbers))

    def __abs__(self) -> array:
        return array_of(store_of([abs(number) for number in self._numbers]))

    def __repr__(self) -> str:
        return f"array([{_joined(self._numbers)}])"

    def __str__(self) -> str:
        n = len(self._numbers)
        if n <= _STR_LIMIT:
            return repr(self)
        numbers = self._numbers
        first = _joined(numbers[0:_STR_EDGE])
        last = _joined(numbers[n - _STR_EDGE : n])
        return f"array([{first}, ..., {last}], length {n})"

    def __copy__(self) -> array:
        """For copy.copy()."""
        return array_of(_copy(self._numbers))

    def __deepcopy__(self, memo: object) -> array:
        """For copy.deepcopy()."""
        return array_of(_copy(self._numbers))

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., array], tuple[Any, str]]:
        """For pickle."""
        from .._serialize import reduce

        return reduce(self, protocol)  # type: ignore[return-value]

    def copy(self) -> array:
        """A new array with the same numbers.

        Examples
        --------
        >>> from piconumpy import array
        >>> a = array([1, 2])
        >>> b = a.copy()
        >>> b[0] = 5
        >>> a
        array([1.0, 2.0])
        """
        return array_of(_copy(self._numbers))

    def tolist(self) -> list[float]:
        """The numbers as a list of float.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2.5]).tolist()
        [1.0, 2.5]
        """
        return list(self._numbers)


for _operation in OPERATORS:
    for _name, _method in _operator_methods(_operation).items():
        type.__setattr__(array, _name, _method)
