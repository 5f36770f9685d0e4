# SPDX-License-Identifier: BSD-3-Clause
"""What piconumpy offers on every interpreter: names, signatures, types and documentation.

This file is the one source of all four. Type checkers read it; the build turns it into the doc
strings of the extension module; PyPy copies the documentation at import; ``piconumpy.__all__``
lists its names. Nothing here computes: a body is empty, or refuses arguments that don't fit the
signature.
"""
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, ClassVar, final, overload

_OPERATIONS: dict[str, _Operation] = {}


class _Operation:
    """One elementwise operation: a function of the package, and the kernels behind it.

    Attributes
    ----------
    name : str
        The name of the function.
    kernel : str
        The kernels are ``pk_{kernel}_f64``, ``pk_{kernel}_scalar_f64`` and so on.
    arity : int
        The number of inputs.
    sign : str
        The sign of the binary operator; empty if there is none.
    """

    def __init__(self, function: Callable[..., Any], kernel: str, sign: str) -> None:
        self.name = function.__name__
        self.kernel = kernel
        self.arity = function.__code__.co_argcount - 1
        self.sign = sign


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol, SupportsFloat, SupportsIndex, TypeVar, Union

    from typing_extensions import Buffer, Self

    _Real = Union[SupportsFloat, SupportsIndex]
    _Values = Union[Iterable[_Real], Buffer]
    _Out = TypeVar("_Out", bound=Buffer)

    class _Unary(Protocol):
        @overload
        def __call__(self, a: Buffer, out: None = None) -> array: ...
        @overload
        def __call__(self, a: Buffer, out: _Out) -> _Out: ...

    class _Binary(Protocol):
        @overload
        def __call__(self, a: Buffer | _Real, b: Buffer | _Real, out: None = None) -> array: ...
        @overload
        def __call__(self, a: Buffer | _Real, b: Buffer | _Real, out: _Out) -> _Out: ...

    def _unary(kernel: str) -> Callable[[Callable[[Any, Any], None]], _Unary]: ...
    def _binary(
        kernel: str, sign: str = ""
    ) -> Callable[[Callable[[Any, Any, Any], None]], _Binary]: ...

else:

    def _operation(kernel, sign=""):
        """Lists the decorated function among the operations."""

        def register(function):
            _OPERATIONS[function.__name__] = _Operation(function, kernel, sign)
            return function

        return register

    _unary = _binary = _operation


@final
class array:
    """A one-dimensional array of float64 numbers, of fixed length and mutable.

    Parameters
    ----------
    values : iterable of real numbers, float64 buffer, or array
        A list, a tuple, or any other iterable of real numbers: int, float, Fraction, NumPy
        scalars, and everything else that has ``__float__`` or ``__index__`` and is not complex.
        Or a one-dimensional buffer of float64, contiguous or not: a NumPy array,
        ``array.array('d')``, a memoryview. The array copies the numbers.

    Raises
    ------
    TypeError
        If an element is not a real number (the message names its index and type), or if there is
        more than one dimension. Also for bytes, dicts, and sets, whose items are hardly meant.
    OverflowError
        If an int is too large for a float.

    Notes
    -----
    ``+ - * /`` work elementwise between arrays of one length (else ValueError) and with real
    scalars on either side. They make new arrays, as ``-a``, ``+a`` and ``abs(a)`` do.
    ``+= -= *= /=`` change the array in place, and take any buffer too. Every result is the
    correctly rounded IEEE 754 result; division by zero gives inf or nan. On CPython, other threads
    can run during operations on 32768 numbers or more.

    Indices may be negative. A slice is a new array with memory of its own, as with lists.
    ``a[i:j] = x`` takes as many numbers as the slice has, or one for all; after an error nothing
    is written.

    ``a == b`` between arrays is one bool: equal length and equal numbers (nan equals nothing).
    Arrays have no order and no hash. ``x in a`` compares numbers, and is false if x is not a real
    number. An array is true if it is not empty.

    An array exports its memory, which never moves, as a writable buffer: ``np.asarray(a)`` shares
    it. ``a + ndarray`` and ``ndarray + a`` are NumPy's operations and give an ndarray. On PyPy, the
    first export of an array of up to 8 numbers moves them into such memory, which makes later
    operations on this array slower.

    ``repr`` shows all numbers and evaluates to an equal array. ``str`` shows only the ends of an
    array of more than 1000 numbers.

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

    __array_priority__: ClassVar[float]
    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __new__(cls, values: _Values, /) -> Self: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[float]: ...
    def __contains__(self, value: object, /) -> bool: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> float: ...
    @overload
    def __getitem__(self, key: slice, /) -> array: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    @overload
    def __setitem__(self, key: SupportsIndex, value: _Real, /) -> None: ...
    @overload
    def __setitem__(self, key: slice, value: _Values | _Real, /) -> None: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...
    def __delitem__(self, key: Any, /) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __add__(self, other: array | _Real, /) -> array: ...
    def __radd__(self, other: _Real, /) -> array: ...
    def __sub__(self, other: array | _Real, /) -> array: ...
    def __rsub__(self, other: _Real, /) -> array: ...
    def __mul__(self, other: array | _Real, /) -> array: ...
    def __rmul__(self, other: _Real, /) -> array: ...
    def __truediv__(self, other: array | _Real, /) -> array: ...
    def __rtruediv__(self, other: _Real, /) -> array: ...
    def __iadd__(self, other: Buffer | _Real, /) -> Self: ...
    def __isub__(self, other: Buffer | _Real, /) -> Self: ...
    def __imul__(self, other: Buffer | _Real, /) -> Self: ...
    def __itruediv__(self, other: Buffer | _Real, /) -> Self: ...
    def __neg__(self) -> array: ...
    def __pos__(self) -> array: ...
    def __abs__(self) -> array: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

    def __copy__(self) -> array:
        """Used by copy.copy()."""

    def __deepcopy__(self, memo: object, /) -> array:
        """Used by copy.deepcopy()."""

    def __reduce_ex__(
        self, protocol: SupportsIndex, /
    ) -> tuple[Callable[..., array], tuple[Any, str]]:
        """Used by pickle."""

    def __sizeof__(self) -> int:
        """Size in memory, in bytes."""

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

    def tolist(self) -> list[float]:
        """The numbers as a list of float.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2.5]).tolist()
        [1.0, 2.5]
        """


# ---- new arrays -------------------------------------------------------------------------------


def zeros(n: SupportsIndex, /) -> array:
    """An array of n zeros.

    Raises TypeError if n is not an integer, ValueError if it is negative, MemoryError if it is too
    large.

    Examples
    --------
    >>> from piconumpy import zeros
    >>> zeros(3)
    array([0.0, 0.0, 0.0])
    """


def ones(n: SupportsIndex, /) -> array:
    """An array of n ones.

    Raises TypeError if n is not an integer, ValueError if it is negative, MemoryError if it is too
    large.

    Examples
    --------
    >>> from piconumpy import ones
    >>> ones(2)
    array([1.0, 1.0])
    """


def empty(n: SupportsIndex, /) -> array:
    """An array of n numbers of unspecified value: write them before you read them.

    Raises TypeError if n is not an integer, ValueError if it is negative, MemoryError if it is too
    large.

    Examples
    --------
    >>> from piconumpy import empty
    >>> a = empty(3)
    >>> a[:] = 1.5
    >>> a
    array([1.5, 1.5, 1.5])
    """


def full(n: SupportsIndex, value: _Real) -> array:
    """An array that holds a value n times.

    Raises TypeError if n is not an integer or value is not a real number, ValueError if n is
    negative, MemoryError if it is too large.

    Examples
    --------
    >>> from piconumpy import full
    >>> full(3, 0.5)
    array([0.5, 0.5, 0.5])
    """


def release_memory() -> int:
    """Give the memory that is kept for new arrays back to the system, and return its size in bytes.

    Fresh memory takes several times as long as writing a result into it. So CPython's arrays leave
    their memory to the next array of about their length. Two limits hold, and beyond them the
    oldest memory goes back at once: blocks of 32 KiB or more that are kept take at most as much as
    those in use, or 32 MiB if that is more; smaller blocks take at most 1 MiB. On PyPy, nothing is
    kept, and the function returns 0.

    Examples
    --------
    >>> from piconumpy import release_memory, zeros
    >>> a = zeros(100_000)
    >>> a = a + 1  # the memory of the zeros is kept
    >>> given_back = release_memory()
    >>> release_memory()
    0
    """


# ---- operations -------------------------------------------------------------------------------


@_binary("add", "+")
def add(a: Any, b: Any, out: Any = None) -> None:
    """a + b, elementwise, for arrays and other buffers.

    Parameters
    ----------
    a, b : array, buffer or real number
        One-dimensional contiguous buffers of float64 or float32 (a NumPy array, ``array.array``,
        a memoryview), both of one type and length. One of the two may be a real number, which is
        rounded to the type of the other.
    out : writable buffer, optional
        Where the result goes, of the same type and length. It may be exactly a or b; any other
        overlap with them is refused.

    Returns
    -------
    out, or a new array without one. Arrays hold float64, so float32 needs out.

    Raises
    ------
    TypeError
        For wrong types, element types that differ, and two scalars.
    ValueError
        For lengths that differ, more than one dimension, memory that is not contiguous or not
        aligned, and an out that is read-only or overlaps a or b partially.
    BufferError
        On PyPy, for memory that it can't locate: a slice of a sliced memoryview, and the buffer of
        a BytesIO. Also for memory that is resized during the call.

    Notes
    -----
    An error message names the argument, and nothing is written then. Every number is the correctly
    rounded IEEE 754 result, with the same bits on every CPU. On CPython, other threads can run
    during operations on 32768 numbers or more.

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


@_binary("sub", "-")
def subtract(a: Any, b: Any, out: Any = None) -> None:
    """a - b, elementwise, for arrays and other buffers: see add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, subtract
    >>> subtract(10, array([1, 2]))
    array([9.0, 8.0])
    """


@_binary("mul", "*")
def multiply(a: Any, b: Any, out: Any = None) -> None:
    """a * b, elementwise, for arrays and other buffers: see add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, multiply
    >>> a = array([1, 2])
    >>> multiply(a, a, out=a)
    array([1.0, 4.0])
    """


@_binary("div", "/")
def divide(a: Any, b: Any, out: Any = None) -> None:
    """a / b, elementwise, for arrays and other buffers: see add for the arguments and errors.

    Division by zero gives inf or nan.

    Examples
    --------
    >>> from piconumpy import array, divide
    >>> divide(array([1, 2]), array([4, 0]))
    array([0.25, float('inf')])
    """


@_binary("minimum")
def minimum(a: Any, b: Any, out: Any = None) -> None:
    """The smaller of a and b, elementwise: see add for the arguments and errors.

    The result is nan where one of the two is nan, and -0.0 is smaller than 0.0.

    Examples
    --------
    >>> from piconumpy import array, minimum
    >>> minimum(array([1, 5]), 3)
    array([1.0, 3.0])
    """


@_binary("maximum")
def maximum(a: Any, b: Any, out: Any = None) -> None:
    """The larger of a and b, elementwise: see add for the arguments and errors.

    The result is nan where one of the two is nan, and 0.0 is larger than -0.0.

    Examples
    --------
    >>> from piconumpy import array, maximum
    >>> maximum(array([-1, 5]), 0)
    array([0.0, 5.0])
    """


@_unary("sqrt")
def sqrt(a: Any, out: Any = None) -> None:
    """The square root, elementwise: see add for the arguments and errors.

    The square root of a negative number is nan.

    Examples
    --------
    >>> from piconumpy import array, sqrt
    >>> sqrt(array([4, 2.25]))
    array([2.0, 1.5])
    """


@_unary("neg")
def negative(a: Any, out: Any = None) -> None:
    """-a, elementwise: see add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, negative
    >>> negative(array([1, -2]))
    array([-1.0, 2.0])
    """


@_unary("abs")
def absolute(a: Any, out: Any = None) -> None:
    """The absolute value, elementwise: see add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, absolute
    >>> absolute(array([1, -2]))
    array([1.0, 2.0])
    """


# Type checkers take every public name instead, as they don't evaluate this list.
if not TYPE_CHECKING:
    __all__ = ["array", "empty", "full", "ones", "release_memory", "zeros", *_OPERATIONS]
