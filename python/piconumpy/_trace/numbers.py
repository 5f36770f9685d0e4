# SPDX-License-Identifier: BSD-3-Clause
"""The objects that stand for numbers and truth values while a function is traced.

A Number knows the type that the function would meet: float, int (of ``floor`` and ``round``), or
NumPy's float64. Its operations are those of that type, written as operations of a program. Where an
operation would raise, the program reports trouble, and the function runs in Python instead. So the
operations here only have to be right where nothing raises.
"""

from __future__ import annotations

import operator
import sys
from typing import Any, Callable

from .._methods import METHODS
from .tape import IS_PYPY, QUIET, Op, StandIn, Tape, place, refuse

__all__ = [
    "Number",
    "Truth",
    "arithmetic",
    "convert",
    "exact_int",
    "function",
    "is_number",
    "kind_of",
    "numpy_float",
    "select",
]

# Below, float64 holds every int, so that arithmetic on them is exact. The next int above is rounded
# to this one.
_EXACT_INT = 2**53


def numpy_float() -> Any:
    """NumPy's type of numbers; None as long as NumPy was not imported."""
    numpy = sys.modules.get("numpy")
    return None if numpy is None else getattr(numpy, "float64", None)


_REAL_KINDS = ("f", "i", "u", "b")


def _numpy_kind(value: Any) -> str:
    """The ``kind`` of a NumPy scalar's dtype; empty for anything else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.generic):
        return ""
    return str(value.dtype.kind)


def is_number(value: Any) -> bool:
    """Whether a value is a real number that a program can hold."""
    kind = type(value)
    return kind in (Number, Truth, float, int, bool) or _numpy_kind(value) in _REAL_KINDS


def kind_of(value: Any) -> Any:
    """The type that arithmetic gives a number: float, int, or NumPy's float64."""
    kind = type(value)
    if kind is Number:
        return value.kind
    if kind is float:
        return float
    if kind in (int, bool, Truth):
        return int
    if _numpy_kind(value) == "f" and type(value) is not numpy_float():
        refuse(f"a {kind.__name__} with a traced number, as NumPy may round to it: use float(x)")
    return numpy_float()


def _joined(a: Any, b: Any) -> Any:
    """The type of the result of an operation between numbers of two types."""
    if numpy_float() in (a, b):
        return numpy_float()
    return float if a is float or b is float else int


def convert(tape: Tape, value: Any, must_be_equal: bool = False) -> int:
    """The index of the value of any number, as a float. An int may have to have an equal one."""
    kind = type(value)
    if kind is Number:
        if value.tape is not tape:
            refuse("a number of another trace was kept and is used now")
        index: int = value.index
        return index
    if kind is Truth:
        value = bool(value)
    if isinstance(value, int):
        number = float(value)
        if must_be_equal and number != value:
            refuse(f"the int {value} has no equal float: write it as a float")
        return tape.constant(number)
    if kind is float or _numpy_kind(value) in _REAL_KINDS:
        return tape.constant(float(value))
    return refuse(f"an operation of {value.__class__.__name__} with a traced number")


def _tape_of(*values: Any) -> Tape:
    tape: Tape = next(value.tape for value in values if type(value) is Number)
    return tape


# ---- Python's and NumPy's definitions of the operations -----------------------------------------


def _divmod(tape: Tape, a: int, b: int, flags: int) -> tuple[int, int]:
    """Quotient and remainder as float_divmod of CPython's floatobject.c computes them.

    If the divisor is zero, the path has no answer, also if the other operand is a nan. Quiet, the
    results are those of arrays then: a / b and nan.
    """
    record = tape.record
    zero, one = tape.constant(0.0), tape.constant(1.0)
    rest = record(Op.FMOD, a, b, flags=flags)
    quotient = record(Op.DIV, record(Op.SUB, a, rest), b, flags=QUIET)
    rest_is_zero = record(Op.EQUAL, rest, zero)
    b_is_negative = record(Op.LESS, b, zero)
    signs_differ = record(Op.NOT, _same_truth(tape, b_is_negative, record(Op.LESS, rest, zero)))
    is_moved = record(Op.AND, signs_differ, record(Op.NOT, rest_is_zero))
    signed_zero = record(Op.SELECT, b_is_negative, tape.constant(-0.0), zero)
    moved = record(Op.SELECT, is_moved, record(Op.ADD, rest, b), rest)
    remainder = record(Op.SELECT, rest_is_zero, signed_zero, moved)
    quotient = record(Op.SELECT, is_moved, record(Op.SUB, quotient, one), quotient)
    floor = record(Op.FLOOR, quotient)
    is_low = record(Op.LESS, tape.constant(0.5), record(Op.SUB, quotient, floor))
    floor = record(Op.SELECT, is_low, record(Op.ADD, floor, one), floor)
    # A zero with the sign of a / b, which is finite here. The division reports b = 0 for a nan too.
    divided = record(Op.DIV, a, b, flags=flags)
    signed = record(Op.MUL, divided, zero)
    floored = record(Op.SELECT, record(Op.EQUAL, quotient, zero), signed, floor)
    if flags:
        floored = record(Op.SELECT, record(Op.EQUAL, b, zero), divided, floored)
    return floored, remainder


def _same_truth(tape: Tape, a: int, b: int) -> int:
    both = tape.record(Op.AND, a, b)
    neither = tape.record(Op.NOT, tape.record(Op.OR, a, b))
    return tape.record(Op.OR, both, neither)


def exact_int(tape: Tape, index: int) -> Number:
    """An int from an integral float. Where floats don't hold all ints, the path has no answer."""
    size = tape.record(Op.ABS, index)
    tape.require(tape.record(Op.LESS, size, tape.constant(float(_EXACT_INT))))
    # No negative zero, as ints have none.
    return Number(tape, tape.record(Op.ADD, index, tape.constant(0.0)), int)


def _power(tape: Tape, a: int, b: int, flags: int) -> int:
    """a ** b. PyPy squares floats by a product, without an exception; arrays don't."""
    if flags or not IS_PYPY:
        return tape.record(Op.POW, a, b, flags=flags)
    two = tape.constant(2.0)
    square = tape.record(Op.MUL, a, a)
    if b == two:
        return square
    power = tape.record(Op.POW, a, b)
    return tape.record(Op.SELECT, tape.record(Op.EQUAL, b, two), square, power)


_PLAIN = {"+": Op.ADD, "-": Op.SUB, "*": Op.MUL, "/": Op.DIV}


def arithmetic(sign: str, a: Any, b: Any, flags: int = 0) -> Any:
    """The result of a binary operator, of which at least one operand is a Number."""
    tape = _tape_of(a, b)
    kind = _joined(kind_of(a), kind_of(b))
    # Between ints, there is no rounding.
    i, j = convert(tape, a, kind is int), convert(tape, b, kind is int)
    if sign in ("//", "%"):
        quotient, remainder = _divmod(tape, i, j, flags)
        index = quotient if sign == "//" else remainder
    else:
        if sign == "**" and kind is int:
            refuse("a power of two ints that depend on data: make one of them a float")
        if sign == "**":
            index = _power(tape, i, j, flags)
        else:
            index = tape.record(_PLAIN[sign], i, j, flags=flags)
    if kind is int:
        return Number(tape, index, float) if sign == "/" else exact_int(tape, index)
    return Number(tape, index, kind)


def function(op: int, arguments: tuple[Any, ...], kind: Any, flags: int = 0) -> Number:
    """The result of a function of floats, of which at least one argument is a Number."""
    tape = _tape_of(*arguments)
    indices = [convert(tape, argument) for argument in arguments]
    first, second = (*indices, -1)[:2]
    return Number(tape, tape.record(op, first, second, flags=flags), kind)


def compare(op: int, a: Any, b: Any) -> Truth:
    """The truth value of a comparison of two numbers."""
    tape = _tape_of(a, b)
    is_numpy = numpy_float() in (kind_of(a), kind_of(b))
    # Python compares an int and a float exactly.
    return Truth(tape, tape.record(op, convert(tape, a, True), convert(tape, b, True)), is_numpy)


def select(condition: Truth, a: Any, b: Any, kind: Any) -> Number:
    """One of two numbers, both of which are computed."""
    tape = condition.tape
    return Number(
        tape, tape.record(Op.SELECT, condition.index, convert(tape, a), convert(tape, b)), kind
    )


# ---- the objects --------------------------------------------------------------------------------


def _unsupported(what: str) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        refuse(f"{what} depends on data and can't be traced")

    return method


def _hide(cls: Any) -> Any:
    """Lets the methods that would look at a number's value refuse."""
    for name, what in {
        "__hash__": "a hash (a key of a dict, an item of a set)",
        "__index__": "an index or a number of rounds",
        "__float__": "a conversion to float by a function that is not known",
        "__complex__": "a complex number",
        "__reduce_ex__": "a copy or pickle of a number",
        "__copy__": "a copy of a number by the module copy",
        "__deepcopy__": "a copy of a number by the module copy",
    }.items():
        if name not in vars(cls):
            setattr(cls, name, _unsupported(what))
    cls.__hash__ = _unsupported("a hash (a key of a dict, an item of a set)")
    cls.__repr__ = cls.__str__ = cls.__format__ = _text
    return cls


def _text(self: Any, specification: str = "") -> str:
    """A text for the message of an exception: then the function runs in Python, with the number."""
    self.tape.texts.append(place())
    return "<traced number>"


def array_ufunc(self: Any, ufunc: Any, method: str, /, *inputs: Any, **options: Any) -> Any:
    """NumPy's operations of a traced number with its own scalars and arrays."""
    from . import numpy_functions

    return numpy_functions.array_ufunc(ufunc, method, inputs, options)


@_hide
class Truth:
    """The result of a comparison. Asking for its value is a decision."""

    __slots__ = ("index", "is_numpy", "tape")
    __array_ufunc__ = array_ufunc

    def __init__(self, tape: Tape, index: int, is_numpy: bool) -> None:
        self.tape = tape
        self.index = index
        self.is_numpy = is_numpy

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return sys.modules["numpy"].bool_ if self.is_numpy else bool

    def __bool__(self) -> bool:
        return self.tape.decide(self.index)

    def _logic(self, other: Any, op: int, plain: Callable[[bool, bool], Any]) -> Any:
        if type(other) is Truth:
            index = self.tape.record(op, self.index, other.index)
            return Truth(self.tape, index, self.is_numpy or other.is_numpy)
        if isinstance(other, bool) or _numpy_kind(other) == "b":
            return plain(bool(self), bool(other))
        return NotImplemented

    def __and__(self, other: Any) -> Any:
        return self._logic(other, Op.AND, lambda a, b: a and b)

    def __or__(self, other: Any) -> Any:
        return self._logic(other, Op.OR, lambda a, b: a or b)

    def __xor__(self, other: Any) -> Any:
        if type(other) is Truth:
            same = _same_truth(self.tape, self.index, other.index)
            index = self.tape.record(Op.NOT, same)
            return Truth(self.tape, index, self.is_numpy or other.is_numpy)
        return self._logic(other, 0, lambda a, b: a is not b)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> Any:
        if not self.is_numpy:
            refuse("~ of a bool: write `not`")
        return Truth(self.tape, self.tape.record(Op.NOT, self.index), True)

    def __getattr__(self, name: str) -> Any:
        refuse(f"the attribute {name!r} of a truth value")


def _forced(name: str) -> Callable[..., Any]:
    """An operator of bool as an int: the truth value is decided first."""

    if name.startswith("__r") and name != "__round__":
        plain = getattr(operator, f"__{name[3:-2]}__")
        return lambda self, other: plain(other, int(bool(self)))
    plain = getattr(operator, name, None) or getattr(int, name)
    return lambda self, *others: plain(int(bool(self)), *others)


def _plain(number: Any, other: Any, reflected: str | None) -> Any:
    """The other operand, which may be an object from outside that is a float or an int."""
    if not isinstance(other, StandIn):
        return other
    from .objects import plain_number

    return plain_number(other, number.kind, reflected)


def _binary(sign: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    name = METHODS[sign]

    def forward(self: Any, other: Any) -> Any:
        other = _plain(self, other, f"__r{name}__")
        return arithmetic(sign, self, other) if is_number(other) else _other(self, other)

    def backward(self: Any, other: Any) -> Any:
        other = _plain(self, other, None)
        return arithmetic(sign, other, self) if is_number(other) else _other(self, other)

    return forward, backward


def _other(number: Any, other: Any) -> Any:
    """The result of an operator with something that is no number."""
    if hasattr(type(other), "__array_ufunc__") or isinstance(other, StandIn):
        return NotImplemented
    return refuse(f"an operation between a traced number and {type(other).__name__}")


def _comparison(op: int, mirrored: str, is_exchanged: bool = False) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        other = _plain(self, other, mirrored)
        if is_number(other):
            return compare(op, other, self) if is_exchanged else compare(op, self, other)
        if op in (Op.EQUAL, Op.NOT_EQUAL):
            return NotImplemented
        return _other(self, other)

    return method


@_hide
class Number:
    """A number that depends on the arguments: the value of one instruction."""

    __slots__ = ("index", "kind", "tape")
    __array_ufunc__ = array_ufunc

    def __init__(self, tape: Tape, index: int, kind: Any) -> None:
        self.tape = tape
        self.index = index
        self.kind = kind

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self.kind

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __floordiv__, __rfloordiv__ = _binary("//")
    __mod__, __rmod__ = _binary("%")
    __power__, __rpower__ = _binary("**")

    def __pow__(self, other: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            refuse("pow with a modulus")
        return self.__power__(other)

    def __rpow__(self, other: Any, modulus: Any = None) -> Any:
        return self.__rpower__(other)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    __lt__ = _comparison(Op.LESS, "__gt__")
    __le__ = _comparison(Op.LESS_EQUAL, "__ge__")
    __gt__ = _comparison(Op.LESS, "__lt__", is_exchanged=True)
    __ge__ = _comparison(Op.LESS_EQUAL, "__le__", is_exchanged=True)
    __eq__ = _comparison(Op.EQUAL, "__eq__")
    __ne__ = _comparison(Op.NOT_EQUAL, "__ne__")

    def __bool__(self) -> bool:
        return bool(compare(Op.NOT_EQUAL, self, 0.0))

    def __neg__(self) -> Number:
        index = self.tape.record(Op.NEG, self.index)
        if self.kind is int:
            return exact_int(self.tape, index)
        return Number(self.tape, index, self.kind)

    def __pos__(self) -> Number:
        return self

    def __abs__(self) -> Number:
        return Number(self.tape, self.tape.record(Op.ABS, self.index), self.kind)

    def _to_int(self, op: int) -> Number:
        if self.kind is int:
            return self
        return exact_int(self.tape, self.tape.record(op, self.index))

    def __floor__(self) -> Number:
        return self._to_int(Op.FLOOR)

    def __ceil__(self) -> Number:
        return self._to_int(Op.CEIL)

    def __trunc__(self) -> Number:
        return self._to_int(Op.TRUNC)

    def __int__(self) -> Any:
        refuse("an int that depends on data, taken by a function that is not known")

    def __round__(self, ndigits: Any = None) -> Any:
        if ndigits is not None:
            refuse(
                "round with a number of digits: its bits are not those of "
                "round(x * 100.0) / 100.0, which is traced"
            )
        if self.kind is int:
            return self
        # Beyond 2 ** 52, floats are integral. Below, adding 2 ** 52 rounds to even.
        tape, large = self.tape, self.tape.constant(2.0**52)
        size = tape.record(Op.ABS, self.index)
        near = tape.record(Op.SUB, tape.record(Op.ADD, size, large), large)
        size = tape.record(Op.SELECT, tape.record(Op.LESS, size, large), near, size)
        is_negative = tape.record(Op.LESS, self.index, tape.constant(0.0))
        index = tape.record(Op.SELECT, is_negative, tape.record(Op.NEG, size), size)
        return exact_int(tape, index)

    @property
    def real(self) -> Number:
        return self

    @property
    def imag(self) -> Any:
        return self.kind(0)

    def conjugate(self) -> Number:
        return self

    def item(self) -> Any:
        if self.kind is not numpy_float():
            refuse("the method item() of a number that is not NumPy's")
        return Number(self.tape, self.index, float)

    def is_integer(self) -> Any:
        if self.kind is int:
            refuse("is_integer of an int, which only some versions of Python have")
        zero = self.tape.constant(0.0)
        distance = self.tape.record(Op.SUB, self.index, self.tape.record(Op.FLOOR, self.index))
        return Truth(self.tape, self.tape.record(Op.EQUAL, distance, zero), False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__array") or name in ("__cuda_array_interface__", "_pytestfixture"):
            raise AttributeError(name)
        refuse(f"the attribute {name!r} of a number: it isn't traced")


_OPERATORS_OF_INT = (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __floordiv__ "
    "__rfloordiv__ __mod__ __rmod__ __pow__ __rpow__ __neg__ __pos__ __abs__ __lt__ __le__ "
    "__gt__ __ge__ __eq__ __ne__ __int__ __float__ __index__ __round__"
)
for _name_of_operator in _OPERATORS_OF_INT.split():
    setattr(Truth, _name_of_operator, _forced(_name_of_operator))
