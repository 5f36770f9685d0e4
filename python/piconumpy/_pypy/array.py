# SPDX-License-Identifier: BSD-3-Clause
"""The array type for PyPy.

An array keeps its numbers in one of three stores, which all have a length, items and iteration:

- a tuple, for up to 8 numbers, which the JIT can keep in registers altogether;
- a list, for more of them, or after an item was assigned;
- memory that libpicokernels and NumPy read: after a buffer was exported, for numbers that came
  from a buffer or were filled in, and for more than 8 numbers that were changed in place.
"""

from __future__ import annotations

import operator
import sys
from array import array as std_array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, NoReturn

from __pypy__ import strategy
from __pypy__.bufferable import bufferable

from .. import _dlpack, _interface, _methods, _numpy
from .._conversion import (
    REFUSED,
    acquire,
    equal_value,
    indexed_value,
    is_iterable,
    lengths_differ,
    named_value,
    native_format,
    refuse_arguments,
    refuse_assignment,
    refuse_conversion,
    refuse_order,
    refuse_values,
    scalar_value,
    type_name,
)
from .._text import as_format, as_repr
from . import reductions
from .kernels import KERNELS, Memory, copied, memory_of, view_of
from .unrolled import ELEMENTS, OPERATORS, SHORT, Operator, define

__all__ = ["OPERATOR_FUNCTIONS", "array", "array_of", "store_of"]

_new: Any = bufferable.__new__
_kernels = KERNELS["d"]

# ---- storage ----------------------------------------------------------------------------------


def store_of(floats: Sequence[float]) -> Any:
    """The store of a new array for these numbers, all of them float. It takes over a list."""
    if len(floats) <= SHORT:
        return tuple(floats)
    return floats if floats.__class__ is list else list(floats)


def array_of(numbers: Any) -> array:
    """A new array that takes over a store."""
    result: array = _new(array)
    result._numbers = numbers
    return result


def _copy(numbers: Any) -> Any:
    """A store of the same numbers."""
    if numbers.__class__ is Memory and len(numbers) > SHORT:
        return copied(numbers, len(numbers))
    return store_of(numbers[:] if numbers.__class__ is list else numbers)


_moving: dict[int, tuple[array, Any]] = {}


def _memory(self: array) -> Any:
    """The store as memory, to which the numbers move if they are elsewhere.

    Threads that move the numbers of an array at the same time agree on one memory, without a lock:
    one of them adds it to the dict, and it is in the array before it leaves the dict.
    """
    numbers = self._numbers
    if numbers.__class__ is Memory:
        return numbers
    memory = _moving.setdefault(id(self), (self, memory_of(numbers)))[1]
    numbers = self._numbers
    if numbers.__class__ is not Memory:
        self._numbers = numbers = memory
    _moving.pop(id(self), None)
    return numbers


def _replace(target: array, numbers: Any) -> None:
    """Gives an array the numbers of another store of the same length."""
    if target._numbers.__class__ is Memory:
        for i, number in enumerate(numbers):
            target._numbers[i] = number
    else:
        target._numbers = numbers


def _floats_of(values: Iterable[Any]) -> list[float]:
    """The elements as a new list of float; errors name the index of the element.

    Converting an element can run any code. It may change the values, but not this copy.
    """
    snapshot = list(values)
    if strategy(snapshot) == "FloatListStrategy":  # all of them are exact floats
        return snapshot
    result = []
    for index, thing in enumerate(snapshot):
        kind = type(thing)
        if kind is not float:
            thing = indexed_value(thing, index)
        result.append(thing)
    return result


def _from_view(thing: Any, view: memoryview) -> Any:
    """The store for what a buffer holds; None if that takes a loop over the thing itself."""
    if view.ndim != 1:
        refuse_values(thing)
    if native_format(view) != "d" or not view.c_contiguous or view.obj is None:
        return None  # without an owner it is a slice of a slice, whose bytes PyPy can misplace
    data = view.tobytes()
    n = len(data) // view.itemsize
    memory = copied(data, n)
    return memory if n > SHORT else tuple(memory)


def _from_object(values: Any) -> Any:
    """The store for whatever array() takes."""
    if values.__class__ is array:
        return _copy(values._numbers)
    view = acquire(values)[1]
    store = None if view is None else _from_view(values, view)
    if store is not None:
        return store
    if not is_iterable(values) or isinstance(values, REFUSED):
        refuse_values(values)
    return store_of(_floats_of(values))


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


def _alike(self: array, other: array, name: str) -> Any:
    """The numbers of the other, if there are as many."""
    if len(self._numbers) != len(other._numbers):
        raise lengths_differ(name, len(self._numbers), len(other._numbers))
    return other._numbers


def _operator_functions(
    operation: _interface._Operation | Operator,
) -> list[Callable[..., Any]]:
    """The functions (array, other) of a binary operation: plain, reflected, in place."""
    name = operation.name
    kernel: Any = _kernels.get(operation.kernel)
    with_scalar: Any = _kernels.get(f"{operation.kernel}_scalar")

    def alike(self: array, other: array) -> Any:
        return _alike(self, other, name)

    # For lists, tuples, and scalars of other types than exact float and int. The answer to all else
    # is NotImplemented, so that an ndarray (or any other type) can do the operation.
    def general(self: array, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            return plain(self, array(other))
        scalar = scalar_value(other)
        return NotImplemented if scalar is None else plain(self, scalar)

    def general_reflected(self: array, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            return plain(array(other), self)
        scalar = scalar_value(other)
        return NotImplemented if scalar is None else reflected(self, scalar)

    def by_kernel(self: array, other: Any) -> bool:
        """Computes by a kernel, if it can read the other operand; returns whether it did.

        An array that is changed once is likely to be changed again: its numbers move to memory.
        """
        numbers = self._numbers
        n = len(numbers)
        is_scalar = type(other) is float or other.__class__ is int
        if not is_scalar:
            if other.__class__ is not array or len(other._numbers) != n:
                return False
            if other is not self and other._numbers.__class__ is not Memory:
                return False
        scalar = float(other) if is_scalar else 0.0
        numbers = _memory(self)
        if is_scalar:
            with_scalar(numbers, scalar, numbers, n)
        else:
            kernel(numbers, other._numbers, numbers, n)
        return True

    def without_kernel(self: array, other: Any) -> bool:
        return False

    long_in_place = by_kernel if kernel else without_kernel

    def in_place(self: array, other: Any) -> Any:
        if len(self._numbers) > SHORT and long_in_place(self, other):
            return self
        result = plain(self, other)
        if result is NotImplemented:
            if not acquire(other)[0]:
                return NotImplemented
            values = _values_of(other, self)
            result = plain(self, values if type(values) is float else array_of(values))
        _replace(self, result._numbers)
        return self

    names = {
        "array": array,
        "new": _new,
        "lengths_differ": lengths_differ,
        "array_of": array_of,
        "alike": alike,
        "general": general,
        "general_reflected": general_reflected,
    }
    plain, reflected = define(operation, names)
    return [plain, reflected, in_place]


def _reduction(
    name: str, reduce: Callable[[Any], Any], of_nothing: bool = True
) -> Callable[..., Any]:
    """A method that makes one value of all numbers; without of_nothing, there must be some.

    Arguments are NumPy's. With any of them, the method of its array computes.
    """

    def method(self: array, *arguments: Any, **options: Any) -> Any:
        if arguments or options:
            return _numpy.method(self, name, *arguments, **options)
        numbers = self._numbers
        if not (of_nothing or len(numbers)):
            raise ValueError(f"{name}: the array is empty")
        return reduce(numbers)

    method.__name__ = name
    method.__qualname__ = f"array.{name}"
    return method


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
        if isinstance(key, tuple):
            return _numpy.with_axes(self, key)
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
    if type(values) is float:
        numbers = _writable(self)
        for i in chosen:
            numbers[i] = values
        return
    if len(values) != len(chosen):
        refuse_assignment(len(values), len(chosen))
    numbers = _writable(self)
    for i, number in zip(chosen, values):
        numbers[i] = number


def _writable(self: array) -> Any:
    """The store, when an item is to be written into it."""
    numbers = self._numbers
    if numbers.__class__ is tuple:
        numbers = self._numbers = list(numbers)
    return numbers


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
        values = self._array  # another thread can set it to None meanwhile
        if values is not None:
            i = self._next
            numbers = values._numbers
            if i < len(numbers):
                self._next = i + 1
                number: float = numbers[i]
                return number
            self._array = None
        raise StopIteration

    def __length_hint__(self) -> int:
        values = self._array
        return 0 if values is None else len(values._numbers) - self._next


class _Immutable(type):
    """A type whose attributes are fixed, as those of compiled types are."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'piconumpy.array'")

    def __delattr__(cls, name: str) -> NoReturn:
        raise TypeError(f"cannot delete {name!r} attribute of immutable type 'piconumpy.array'")


class array(bufferable, metaclass=_Immutable):  # type: ignore[misc]
    __doc__ = _interface.array.__doc__
    __slots__ = ("__weakref__", "_numbers")
    __module__ = "piconumpy"
    # Above NumPy's scalars (-1000000.0), so that np.float64(2) * a is ours, and below its arrays
    # (0.0), so that ndarray + a is theirs.
    __array_priority__ = -1.0
    __hash__ = None  # type: ignore[assignment]

    _numbers: Any

    def __new__(cls, *arguments: Any, **keywords: Any) -> array:
        if keywords or len(arguments) != 1:
            refuse_arguments(len(arguments), bool(keywords))
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
        return view_of(_memory(self))

    def __float__(self) -> NoReturn:
        refuse_conversion("float")

    def __int__(self) -> NoReturn:
        refuse_conversion("int")

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[float]:
        return _Iterator(self)

    def __contains__(self, thing: object) -> bool:
        value = thing if type(thing) is float else equal_value(thing)
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
        if key.__class__ is int and type(value) is float:
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

    def __lt__(self, other: object) -> Any:
        return refuse_order(self, other, "<")

    def __le__(self, other: object) -> Any:
        return refuse_order(self, other, "<=")

    def __gt__(self, other: object) -> Any:
        return refuse_order(self, other, ">")

    def __ge__(self, other: object) -> Any:
        return refuse_order(self, other, ">=")

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other) if isinstance(other, (array, list, tuple)) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return self.dot(other) if isinstance(other, (list, tuple)) else NotImplemented

    def __imatmul__(self, other: Any) -> NoReturn:
        raise TypeError("a @= b: the product is one number; use x = a @ b")

    def __divmod__(self, other: Any) -> Any:
        quotient = self.__floordiv__(other)
        return quotient if quotient is NotImplemented else (quotient, self.__mod__(other))

    def __rdivmod__(self, other: Any) -> Any:
        quotient = self.__rfloordiv__(other)
        return quotient if quotient is NotImplemented else (quotient, self.__rmod__(other))

    def __neg__(self) -> array:
        return array_of(store_of([-number for number in self._numbers]))

    def __pos__(self) -> array:
        return array_of(_copy(self._numbers))

    def __abs__(self) -> array:
        return array_of(store_of([abs(number) for number in self._numbers]))

    def __repr__(self) -> str:
        return as_repr(self)

    def __format__(self, specification: str) -> str:
        return as_format(self, specification)

    sum = _reduction("sum", reductions.sum_of)
    prod = _reduction("prod", reductions.prod_of)
    mean = _reduction("mean", reductions.mean_of)
    min = _reduction("min", reductions.min_of, of_nothing=False)
    max = _reduction("max", reductions.max_of, of_nothing=False)
    argmin = _reduction("argmin", reductions.first_least, of_nothing=False)
    argmax = _reduction("argmax", reductions.first_greatest, of_nothing=False)
    any = _reduction("any", reductions.any_of)
    all = _reduction("all", reductions.all_of)

    def dot(self, other: Any) -> float:
        numbers = _values_of(other, self)
        if type(numbers) is float:
            raise TypeError(f"dot: an array is needed, not {type_name(other)}: use a * b")
        if len(self._numbers) != len(numbers):
            raise lengths_differ("dot", len(self._numbers), len(numbers))
        return reductions.dot_of(self._numbers, numbers)

    def fill(self, value: Any) -> None:
        number = named_value(value, "the value")
        _replace(self, store_of([number] * len(self._numbers)))

    def count(self, value: object) -> int:
        equal = equal_value(value)
        result = 0
        for number in self._numbers:
            if number == equal:
                result += 1
        return result

    def tobytes(self) -> bytes:
        return memoryview(std_array("d", self._numbers)).tobytes()

    __array_ufunc__ = _numpy.array_ufunc
    __dlpack__ = _dlpack.by_numpy
    __round__ = _methods.rounded
    clip = _methods.clip
    index = _methods.index

    def __dlpack_device__(self) -> tuple[int, int]:
        return _dlpack.CPU

    def copy(self) -> array:
        return array_of(_copy(self._numbers))

    def __copy__(self) -> array:
        return array_of(_copy(self._numbers))

    def __deepcopy__(self, memo: object) -> array:
        return array_of(_copy(self._numbers))

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., array], tuple[Any, str]]:
        from .._serialize import reduce  # imports pickle

        return reduce(self, protocol)  # type: ignore[return-value]

    def tolist(self) -> list[float]:
        return list(self._numbers)


_ATTRIBUTES: dict[str, Callable[[array], Any]] = {
    "size": len,
    "shape": lambda self: (len(self._numbers),),
    "ndim": lambda self: 1,
    "nbytes": lambda self: 8 * len(self._numbers),
    "itemsize": lambda self: 8,
    "typecode": lambda self: "d",
    "dtype": lambda self: _numpy.dtype(),
    "T": lambda self: self,
}

for _name, _documented in vars(_interface.array).items():
    if _name in _ATTRIBUTES:
        type.__setattr__(array, _name, property(_ATTRIBUTES[_name], doc=_documented.__doc__))
    elif callable(_documented) and _documented.__doc__ and _name in vars(array):
        vars(array)[_name].__doc__ = _documented.__doc__

OPERATOR_FUNCTIONS: dict[str, list[Any]] = {
    operation.name: _operator_functions(operation)
    for operation in _interface._OPERATIONS.values()
    if operation.arity == 2 and (operation.sign or operation.name in ELEMENTS)
}
"""The functions of the binary operations that Python can compute, by name."""
OPERATOR_FUNCTIONS.update((each.name, _operator_functions(each)) for each in OPERATORS)


def _with_modulus(power: Callable[..., Any]) -> Callable[..., Any]:
    """The method of `**`, which pow(a, b, modulus) calls too."""

    def method(self: array, other: Any, modulus: Any = None) -> Any:
        return power(self, other) if modulus is None else NotImplemented

    return method


_operators: list[Any] = [*_interface._OPERATIONS.values(), *OPERATORS]
for _operation in _operators:
    if _operation.sign:
        for _prefix, _method in zip(("", "r", "i"), OPERATOR_FUNCTIONS[_operation.name]):
            if _operation.sign == "**":
                _method = _with_modulus(_method)
            type.__setattr__(array, f"__{_prefix}{_methods.METHODS[_operation.sign]}__", _method)
