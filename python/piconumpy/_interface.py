# SPDX-License-Identifier: BSD-3-Clause
"""What piconumpy offers on every interpreter: names, signatures, types and documentation.

This file is the one source of all four. Type checkers read it; the build turns it into the doc
strings of the extension module; PyPy copies the documentation at import; ``piconumpy.__all__``
lists its names. Nothing here computes: a body is empty, or refuses arguments that don't fit the
signature.
"""
# mypy: disable-error-code="empty-body"

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, TypeVar, final, overload

_OPERATIONS: dict[str, _Operation] = {}
_Result = TypeVar("_Result", covariant=True)


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
    from typing import Protocol, SupportsFloat, SupportsIndex, Union

    from numpy.typing import NDArray
    from typing_extensions import Concatenate, ParamSpec, Self

    class _Exporter(Protocol):
        """An object with a buffer. NumPy's scalars have one too, but no length."""

        def __buffer__(self, flags: int, /) -> memoryview: ...
        def __len__(self) -> int: ...

    class _Ndarray(Protocol):
        """An ndarray, which NumPy declares to have a buffer from Python 3.12 on only."""

        @property
        def __array_interface__(self) -> dict[str, Any]: ...
        def __len__(self) -> int: ...

    _Memory = Union[_Exporter, _Ndarray]
    _Real = Union[SupportsFloat, SupportsIndex]
    _Values = Union[Iterable[_Real], _Memory]
    _Numbers = Union[list[_Real], list[float], list[int], tuple[_Real, ...]]
    _LeftOperand = Union[_Real, _Numbers]
    _Operand = Union["array", _Real, _Numbers]
    _Out = TypeVar("_Out", bound=_Memory)
    _P = ParamSpec("_P")
    _MethodP = ParamSpec("_MethodP")

    class _Unary(Protocol):
        @overload
        def __call__(self, a: _Memory, out: None = None) -> array: ...
        @overload
        def __call__(self, a: _Memory, out: _Out) -> _Out: ...
        @overload
        def __call__(self, a: _Real, out: None = None) -> float: ...

    class _Binary(Protocol):
        @overload
        def __call__(self, a: _Memory, b: _Memory | _Real, out: None = None) -> array: ...
        @overload
        def __call__(self, a: _Real, b: _Memory, out: None = None) -> array: ...
        @overload
        def __call__(self, a: _Real, b: _Real, out: None = None) -> float: ...
        @overload
        def __call__(self, a: _Memory | _Real, b: _Memory | _Real, out: _Out) -> _Out: ...

    class _Operator(Protocol):
        """An operator. With an ndarray, it is NumPy's."""

        @overload
        def __call__(self, other: _Ndarray, /) -> NDArray[Any]: ...
        @overload
        def __call__(self, other: _Operand, /) -> array: ...

    class _Power(Protocol):
        @overload
        def __call__(self, other: _Ndarray, modulus: None = None, /) -> NDArray[Any]: ...
        @overload
        def __call__(self, other: _Operand, modulus: None = None, /) -> array: ...

    def _operator(method: Callable[[array, Any], None]) -> _Operator: ...
    def _power(method: Callable[[array, Any, Any], None]) -> _Power: ...
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

    def _operator(method):
        return method

    _P = TypeVar("_P")  # Python 3.9 has no ParamSpec

    _unary = _binary = _operation
    _power = _operator


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
    ``+ - * / // % **`` and ``divmod`` work elementwise between arrays of one length (else
    ValueError), with real scalars on either side, and with lists and tuples of numbers. They make
    new arrays, as ``-a``, ``+a`` and ``abs(a)`` do. ``+= -= *= /= //= %= **=`` change the array in
    place, and take any buffer too. The results of ``+ - * /`` are the correctly rounded ones of
    IEEE 754, those of ``// % **`` are the ones of Python's float. Where Python raises, as in a
    division by zero, they are inf or nan. On CPython, other threads can run during operations on
    32768 numbers or more.

    ``a @ b`` and ``a.sum()`` add in one order on every CPU and interpreter: 32 partial sums, the
    k-th of a[k], a[k + 32], ..., and then, for w = 16, 8, 4, 2, 1, the partial sums k and k + w for
    each k < w. Those that have no numbers are left out.

    Indices may be negative. A slice is a new array with memory of its own, as with lists.
    ``a[i:j] = x`` takes as many numbers as the slice has, or one for all; after an error nothing
    is written. ``a[:, None]`` is NumPy's operation and gives an ndarray on the same memory.

    ``a == b`` between arrays is one bool: equal length and equal numbers (nan equals nothing).
    Arrays have no order and no hash. ``x in a``, ``a.index(x)`` and ``a.count(x)`` compare numbers,
    and a thing that is not a real number equals none. An array is true if it is not empty. It is a
    ``collections.abc.Sequence``, so ``case [x, y]`` matches an array of two numbers.

    An array exports its memory, which never moves, as a writable buffer: ``np.asarray(a)`` shares
    it. ``a + ndarray`` and ``ndarray + a`` are NumPy's operations and give an ndarray. On PyPy, the
    first export of an array of up to 8 numbers moves them into such memory, which makes later
    operations on this array slower. NumPy's functions take arrays and give what they give for an
    ndarray; ``np.add(a, b, out=a)`` and the like write into an array.

    ``repr`` and ``str`` evaluate to an equal array, except that of more than 1000 numbers they show
    only the ends. A format is that of each number: ``f"{a:.2f}"``.

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
    @_operator
    def __add__(self, other: Any, /) -> None: ...
    @_operator
    def __radd__(self, other: Any, /) -> None: ...
    @_operator
    def __sub__(self, other: Any, /) -> None: ...
    @_operator
    def __rsub__(self, other: Any, /) -> None: ...
    @_operator
    def __mul__(self, other: Any, /) -> None: ...
    @_operator
    def __rmul__(self, other: Any, /) -> None: ...
    @_operator
    def __truediv__(self, other: Any, /) -> None: ...
    @_operator
    def __rtruediv__(self, other: Any, /) -> None: ...
    @_operator
    def __floordiv__(self, other: Any, /) -> None: ...
    @_operator
    def __rfloordiv__(self, other: Any, /) -> None: ...
    @_operator
    def __mod__(self, other: Any, /) -> None: ...
    @_operator
    def __rmod__(self, other: Any, /) -> None: ...
    def __divmod__(self, other: _Operand, /) -> tuple[array, array]: ...
    def __rdivmod__(self, other: _LeftOperand, /) -> tuple[array, array]: ...
    @_power
    def __pow__(self, other: Any, modulus: None = None, /) -> None: ...
    @_power
    def __rpow__(self, other: Any, modulus: None = None, /) -> None: ...
    def __matmul__(self, other: array | _Numbers, /) -> float: ...
    def __rmatmul__(self, other: _Numbers, /) -> float: ...
    # With an ndarray, a + b is an ndarray, but a += b is an array.
    def __iadd__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __isub__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __imul__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __itruediv__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __ifloordiv__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __imod__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __ipow__(self, other: _Memory | _LeftOperand, /) -> Self: ...  # type: ignore[misc]
    def __neg__(self) -> array: ...
    def __pos__(self) -> array: ...
    def __abs__(self) -> array: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

    @property
    def size(self) -> int:
        """The number of elements, as ``len(a)``.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).size
        3
        """

    @property
    def shape(self) -> tuple[int]:
        """The length, in a tuple.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).shape
        (3,)
        """

    @property
    def ndim(self) -> int:
        """The number of dimensions, which is 1.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).ndim
        1
        """

    @property
    def nbytes(self) -> int:
        """The size of the numbers in bytes.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).nbytes
        24
        """

    @property
    def itemsize(self) -> int:
        """The size of one number in bytes, which is 8.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).itemsize
        8
        """

    @property
    def typecode(self) -> str:
        """The code of float64 in the module ``array`` of Python, which is ``"d"``.

        Up to Python 3.11, ``reprlib`` asks every type named ``array`` for it. Debuggers and
        pytest show values with ``reprlib``.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).typecode
        'd'
        """

    @property
    def dtype(self) -> Any:
        """NumPy's dtype of float64 numbers.

        This imports NumPy. Without NumPy, there is no such attribute: AttributeError.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).dtype
        dtype('float64')
        """

    @property
    def T(self) -> array:
        """The array itself, as the transposition of one dimension changes nothing.

        Examples
        --------
        >>> from piconumpy import array
        >>> a = array([1, 2, 4])
        >>> a.T is a
        True
        """

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

    def __format__(self, specification: str, /) -> str:
        """Used by format() and f-strings: the text of the array, with a format for each number."""

    def __round__(self, ndigits: SupportsIndex | None = None) -> array:
        """Used by round(): every number to ndigits decimals (0), as Python rounds a float."""

    def __array_ufunc__(self, ufunc: Any, method: str, /, *inputs: Any, **options: Any) -> Any:
        """Used by NumPy, when an array is an argument or the output of a ufunc."""

    def __dlpack__(
        self,
        *,
        stream: None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Used by from_dlpack() of other libraries: a capsule with the memory, which is writable.

        A max_version from (1, 0) on gives a versioned capsule. On PyPy, NumPy makes the capsule.
        """

    def __dlpack_device__(self) -> tuple[int, int]:
        """Used by from_dlpack() of other libraries: (1, 0), the CPU."""

    def sum(self, *arguments: Any, **options: Any) -> float:
        """The sum: 0.0 for an empty array.

        The order of the additions is that of the class's notes. This method, and all others that
        reduce an array, pass arguments on to NumPy's method of the same name, which then computes:
        ``np.sum(a)`` and ``a.sum(dtype="f4")`` give what NumPy gives.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).sum()
        7.0
        """

    def prod(self, *arguments: Any, **options: Any) -> float:
        """The product, in the order of sum: 1.0 for an empty array.

        Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).prod()
        8.0
        """

    def mean(self, *arguments: Any, **options: Any) -> float:
        """The sum divided by the length: nan for an empty array.

        Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 6]).mean()
        3.0
        """

    def min(self, *arguments: Any, **options: Any) -> float:
        """The smallest number, or nan if there is one. -0.0 is smaller than 0.0.

        Raises ValueError if the array is empty. Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([2, 1, 4]).min()
        1.0
        """

    def max(self, *arguments: Any, **options: Any) -> float:
        """The largest number, or nan if there is one. 0.0 is larger than -0.0.

        Raises ValueError if the array is empty. Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([2, 4, 1]).max()
        4.0
        """

    def argmin(self, *arguments: Any, **options: Any) -> int:
        """The index of the smallest number, or of the first nan; the first of several.

        Raises ValueError if the array is empty. Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([2, 1, 4, 1]).argmin()
        1
        """

    def argmax(self, *arguments: Any, **options: Any) -> int:
        """The index of the largest number, or of the first nan; the first of several.

        Raises ValueError if the array is empty. Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([2, 4, 1, 4]).argmax()
        1
        """

    def any(self, *arguments: Any, **options: Any) -> bool:
        """Whether a number is not zero. nan is not zero.

        Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([0, 2]).any()
        True
        """

    def all(self, *arguments: Any, **options: Any) -> bool:
        """Whether no number is zero. nan is not zero.

        Arguments are those of NumPy's method, as for sum.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([0, 2]).all()
        False
        """

    def dot(self, other: _Values, /) -> float:
        """The sum of the products, as ``a @ other``, in the order of sum.

        The other is an array of the same length, or what makes one: a buffer or an iterable of real
        numbers. Every product is rounded before it is added. Raises ValueError if the lengths
        differ.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).dot(array([10, 1, 0.5]))
        14.0
        """

    def clip(self, min: _Values | _Real | None = None, max: _Values | _Real | None = None) -> array:
        """A new array with no number below min or above max.

        A bound is a real number, an array (or what makes one) with a bound for each number, or
        None. Where a bound is nan, so is the result. Raises ValueError if lengths differ.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([-3, 0.5, 7]).clip(0, 1)
        array([0.0, 0.5, 1.0])
        """

    def fill(self, value: _Real, /) -> None:
        """Set all numbers to a value.

        Examples
        --------
        >>> from piconumpy import array
        >>> a = array([1, 2])
        >>> a.fill(0.5)
        >>> a
        array([0.5, 0.5])
        """

    def index(
        self, value: object, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize, /
    ) -> int:
        """The index of the first number that equals a value.

        The search is in ``a[start:stop]``. Raises ValueError if there is no such number.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 4]).index(4)
        2
        """

    def count(self, value: object, /) -> int:
        """How many numbers equal a value.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([1, 2, 1]).count(1)
        2
        """

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

    def tobytes(self) -> bytes:
        """The memory of the numbers, in the byte order of the machine.

        Examples
        --------
        >>> from piconumpy import array
        >>> array([0, 0.5]).tobytes().hex() == bytes(8).hex() + array([0.5]).tobytes().hex()
        True
        """


# ---- new arrays -------------------------------------------------------------------------------


class jitted(Generic[_P, _Result]):
    """A function that runs as a program: what ``jit`` makes.

    Calling it gives what the function ``__wrapped__`` gives. Name, documentation, and signature are
    those of the function.
    """

    __wrapped__: Callable[_P, _Result]
    _engine: Any
    _calls: tuple[Any, ...]

    def __init__(self, function: Callable[_P, _Result], engine: Any) -> None: ...
    def __call__(self, *arguments: _P.args, **options: _P.kwargs) -> _Result: ...
    @overload
    def __get__(self, owner: None, kind: type, /) -> Self: ...
    @overload
    def __get__(
        self: jitted[Concatenate[Any, _MethodP], _Result], owner: object, kind: Any = None, /
    ) -> Callable[_MethodP, _Result]: ...
    def __get__(self, owner: object, kind: Any = None, /) -> Any: ...
    @property
    def program(self) -> str:
        """The programs that run, as text: one for each signature, the last one that was used first.

        Its format may change.
        """
        raise AttributeError

    @property
    def signatures(self) -> list[str]:
        """The signatures that were traced, the last one that was used first."""
        raise AttributeError

    def clear(self) -> None:
        """Forget all signatures, so that the next call traces anew."""


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
        rounded to the type of the other. Both may be real numbers if there is no out.
    out : writable buffer, optional
        Where the result goes, of the same type and length. It may be exactly a or b; any other
        overlap with them is refused.

    Returns
    -------
    out, or a new array without one. Arrays hold float64, so float32 needs out. The result for
    numbers alone is a float.

    Raises
    ------
    TypeError
        For wrong types, element types that differ, and numbers alone with an out.
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
    >>> add(1, 0.5)
    1.5
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


@_unary("sin")
def sin(a: Any, out: Any = None) -> None:
    """The sine of angles in radians, of any size, elementwise.

    The error is at most 0.9 units in the last place (ulp). Every function from sin to hypot states
    such a bound, which holds for all arguments. Special values are those of C's functions: where
    Python's math raises ValueError or OverflowError, the result is nan or an infinity. A value
    depends on the arguments alone, not on the length or the place in memory.

    For a number in place of an array, the result is the value of the C library's function, as that
    of Python's math. In the last bits, it may differ from the value in an array.

    See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, sin
    >>> sin(array([0, 0.5]))
    array([0.0, 0.479425538604203])
    >>> sin(0.5), sin(float("inf"))
    (0.479425538604203, nan)
    """


@_unary("cos")
def cos(a: Any, out: Any = None) -> None:
    """The cosine of angles in radians, of any size, elementwise.

    The error is at most 0.9 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, cos
    >>> cos(array([0, 0.5]))
    array([1.0, 0.8775825618903728])
    """


@_unary("tan")
def tan(a: Any, out: Any = None) -> None:
    """The tangent of angles in radians, of any size, elementwise.

    The error is at most 2.4 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, tan
    >>> tan(array([0, 0.5]))
    array([0.0, 0.5463024898437905])
    """


@_unary("asin")
def asin(a: Any, out: Any = None) -> None:
    """The arc sine in [-pi/2, pi/2], elementwise; nan outside of [-1, 1].

    The error is at most 2.2 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, asin
    >>> asin(array([0, 1, 2]))
    array([0.0, 1.5707963267948966, float('nan')])
    """


@_unary("acos")
def acos(a: Any, out: Any = None) -> None:
    """The arc cosine in [0, pi], elementwise; nan outside of [-1, 1].

    The error is at most 1.2 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, acos
    >>> acos(array([1, 0, 2]))
    array([0.0, 1.5707963267948966, float('nan')])
    """


@_unary("atan")
def atan(a: Any, out: Any = None) -> None:
    """The arc tangent in [-pi/2, pi/2], elementwise.

    The error is at most 2.1 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, atan
    >>> atan(array([0, 1]))
    array([0.0, 0.7853981633974483])
    """


@_unary("sinh")
def sinh(a: Any, out: Any = None) -> None:
    """The hyperbolic sine, elementwise.

    The error is at most 1.5 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, sinh
    >>> sinh(array([0, 1]))
    array([0.0, 1.1752011936438014])
    """


@_unary("cosh")
def cosh(a: Any, out: Any = None) -> None:
    """The hyperbolic cosine, elementwise.

    The error is at most 1.6 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, cosh
    >>> cosh(array([0, 1]))
    array([1.0, 1.5430806348152437])
    """


@_unary("tanh")
def tanh(a: Any, out: Any = None) -> None:
    """The hyperbolic tangent, elementwise.

    The error is at most 2.2 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, tanh
    >>> tanh(array([0, 1]))
    array([0.0, 0.761594155955765])
    """


@_unary("exp")
def exp(a: Any, out: Any = None) -> None:
    """e to the power a, elementwise.

    The error is at most 1.0 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, exp
    >>> exp(array([0, 1, -1000]))
    array([1.0, 2.718281828459045, 0.0])
    """


@_unary("exp2")
def exp2(a: Any, out: Any = None) -> None:
    """2 to the power a, elementwise; exact for integers.

    The error is at most 1.0 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, exp2
    >>> exp2(array([0, 10, -1]))
    array([1.0, 1024.0, 0.5])
    """


@_unary("expm1")
def expm1(a: Any, out: Any = None) -> None:
    """exp(a) - 1 without cancellation near 0, elementwise.

    The error is at most 1.3 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, expm1
    >>> expm1(array([0, 1e-10]))
    array([0.0, 1.00000000005e-10])
    """


@_unary("log")
def log(a: Any, out: Any = None) -> None:
    """The natural logarithm, elementwise.

    The logarithm of 0 is -inf, that of a negative number nan. The error is at most 0.9 ulp: see
    sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, log
    >>> log(array([1, 2, 0, -1]))
    array([0.0, 0.6931471805599453, float('-inf'), float('nan')])
    """


@_unary("log2")
def log2(a: Any, out: Any = None) -> None:
    """The logarithm to base 2, elementwise; exact for powers of 2.

    The error is at most 0.9 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, log2
    >>> log2(array([1, 1024, 0.5]))
    array([0.0, 10.0, -1.0])
    """


@_unary("log10")
def log10(a: Any, out: Any = None) -> None:
    """The logarithm to base 10, elementwise.

    The error is at most 0.8 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, log10
    >>> log10(array([1, 1000]))
    array([0.0, 3.0])
    """


@_unary("log1p")
def log1p(a: Any, out: Any = None) -> None:
    """log(1 + a) without cancellation near 0, elementwise.

    The error is at most 1.0 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, log1p
    >>> log1p(array([0, 1e-10]))
    array([0.0, 9.999999999500001e-11])
    """


@_unary("cbrt")
def cbrt(a: Any, out: Any = None) -> None:
    """The cube root, elementwise.

    The error is at most 0.6 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, cbrt
    >>> cbrt(array([8, -27]))
    array([2.0, -3.0])
    """


@_binary("pow")
def pow(a: Any, b: Any, out: Any = None) -> None:
    """a to the power b, elementwise.

    A negative number to a power that is not an integer gives nan. x to the power 0 and 1 to any
    power give 1. The error is at most 1.8 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, pow
    >>> pow(array([2, 9, -8]), array([10, 0.5, 1 / 3]))
    array([1024.0, 3.0, float('nan')])
    """


@_binary("atan2")
def atan2(a: Any, b: Any, out: Any = None) -> None:
    """The angle of the point (x, y) = (b, a) in [-pi, pi], elementwise.

    The error is at most 2.1 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, atan2
    >>> atan2(array([1, 0, -1]), array([1, -1, 0]))
    array([0.7853981633974483, 3.141592653589793, -1.5707963267948966])
    """


@_binary("hypot")
def hypot(a: Any, b: Any, out: Any = None) -> None:
    """sqrt(a * a + b * b) without overflow on the way, elementwise.

    The error is at most 1.3 ulp: see sin. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, hypot
    >>> hypot(array([3, 0]), array([4, 1e300]))
    array([5.0, 1e+300])
    """


@_binary("fmod")
def fmod(a: Any, b: Any, out: Any = None) -> None:
    """The remainder of a / b with the sign of a, elementwise.

    It is exact, as math.fmod is. Division by zero gives nan. See add for the arguments and errors.

    Examples
    --------
    >>> from piconumpy import array, fmod
    >>> fmod(array([7, -7, 1]), array([3, 3, 0]))
    array([1.0, -1.0, float('nan')])
    """


# Type checkers take every public name instead, as they don't evaluate this list.
if not TYPE_CHECKING:
    __all__ = ["array", "empty", "full", "ones", "release_memory", "zeros", *_OPERATIONS]
