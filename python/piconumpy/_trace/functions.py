# SPDX-License-Identifier: BSD-3-Clause
"""What stands for the functions of builtins and math while a function is traced.

The table REPLACEMENTS maps a function, by its identity, to what the traced copy calls instead. A
function that is not in a table is refused when it is called.
"""

from __future__ import annotations

import builtins
import collections
import functools
import itertools
import math
import operator
import sys
from typing import Any, Callable

from . import numbers
from .numbers import Number, Truth, arithmetic, convert, function, is_number, select
from .tape import IS_PYPY, QUIET, Op, StandIn, refuse

__all__ = ["REPLACEMENTS", "SAFE", "Refused", "has_traced", "is_traced", "plain"]


def is_traced(value: Any) -> bool:
    """Whether a value is a number or a truth value that depends on the arguments."""
    return type(value) in (Number, Truth)


def has_traced(values: Any) -> bool:
    """Whether one of some values is."""
    return any(map(is_traced, values))


class Refused:
    """Stands for a function or class that can't be called while tracing."""

    def __init__(self, name: str, reason: str = "") -> None:
        self._name = name
        self._reason = reason or "only Python functions, math, NumPy, and piconumpy can"

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        refuse(f"{self._name} can't be traced: {self._reason}")

    def __getattr__(self, name: str) -> Any:
        refuse(f"{self._name}.{name} can't be traced: {self._reason}")

    def _refused(self, *arguments: Any) -> Any:
        refuse(f"{self._name} can't be traced: {self._reason}")

    __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = __eq__ = __ne__ = _refused
    __repr__ = __str__ = _refused
    __hash__ = None  # type: ignore[assignment]


# ---- math ---------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A truth value in place of itself as an int: functions of floats take both."""
    return int(bool(value)) if type(value) is Truth else value


def _unary(real: Callable[..., Any], op: int) -> Callable[..., Any]:
    @functools.wraps(real)
    def traced(x: Any, /) -> Any:
        x = plain(x)
        return function(op, (x,), float) if is_traced(x) else real(x)

    return traced


def _binary(real: Callable[..., Any], op: int) -> Callable[..., Any]:
    @functools.wraps(real)
    def traced(x: Any, y: Any, /) -> Any:
        x, y = plain(x), plain(y)
        return function(op, (x, y), float) if has_traced((x, y)) else real(x, y)

    return traced


_NAMES = "sin cos tan asin acos atan sinh cosh tanh exp exp2 expm1 log10 log1p cbrt sqrt"
_UNARY = {**{name: getattr(Op, name.upper()) for name in _NAMES.split()}, "fabs": Op.ABS}
_BINARY = {"atan2": Op.ATAN2, "fmod": Op.FMOD}


def _math_pow(x: Any, y: Any, /) -> Any:
    x, y = plain(x), plain(y)
    if not has_traced((x, y)):
        return math.pow(x, y)
    result = function(Op.POW, (x, y), float)
    if sys.version_info < (3, 11) and (is_traced(y) or y == -math.inf):
        # 0 to the power -inf is a domain error there. Python runs it.
        tape = result.tape
        tape.require(tape.record(Op.NOT_EQUAL, convert(tape, y), tape.constant(-math.inf)))
    return result


def _log(x: Any, /, *base: Any) -> Any:
    x = plain(x)
    if not has_traced((x, *base)):
        return math.log(x, *base)
    if len(base) > 1:
        raise TypeError(f"log expected at most 2 arguments, got {1 + len(base)}")
    b: Any = plain(base[0]) if base else 1
    if base and IS_PYPY:
        # PyPy has other functions for these bases.
        if is_traced(b):
            for known in (2.0, 10.0):
                b.tape.require(numbers.compare(Op.NOT_EQUAL, b, known).index)
        elif b == 10:
            return function(Op.LOG10, (x,), float)
        elif b == 2:
            return _log2(x)
    numerator = function(Op.LOG, (x,), float) if is_traced(x) else math.log(x)
    if not base:
        return numerator
    return numerator / (function(Op.LOG, (b,), float) if is_traced(b) else math.log(b))


def _log2(x: Any, /) -> Any:
    x = plain(x)
    if not is_traced(x):
        return math.log2(x)
    if IS_PYPY and not x.tape.is_fast:
        refuse(
            "PyPy's math.log2 has an algorithm of its own, whose bits a program does not give: "
            "write log(x) / log(2.0), or use jit(fastmath=True)"
        )
    return function(Op.LOG2, (x,), float)


def _hypot(*coordinates: Any) -> Any:
    if not has_traced(coordinates):
        return math.hypot(*coordinates)
    if len(coordinates) != 2:
        refuse("math.hypot of other than two numbers: write sqrt(x * x + ...)")
    tape = next(x.tape for x in coordinates if is_traced(x))
    if not tape.is_fast:
        refuse(
            "Python's math.hypot has an algorithm of its own, whose bits a program does not give: "
            "write sqrt(x * x + y * y), or use jit(fastmath=True)"
        )
    return function(Op.HYPOT, tuple(map(plain, coordinates)), float)


def _copysign(x: Any, y: Any, /) -> Any:
    x, y = plain(x), plain(y)
    if not has_traced((x, y)):
        return math.copysign(x, y)
    if not is_traced(y):
        size = abs(x)
        sign = math.copysign(1.0, y)
        return _float(size) if sign > 0 else -_float(size)
    tape, zero = y.tape, y.tape.constant(0.0)
    tape.require(tape.record(Op.EQUAL, y.index, y.index))  # a nan has a sign too
    inverse = tape.record(Op.DIV, tape.constant(1.0), y.index, flags=QUIET)
    is_negative = tape.record(
        Op.OR, tape.record(Op.LESS, y.index, zero), tape.record(Op.LESS, inverse, zero)
    )
    size_index = tape.record(Op.ABS, convert(tape, x))
    index = tape.record(Op.SELECT, is_negative, tape.record(Op.NEG, size_index), size_index)
    return Number(tape, index, float)


def _integral(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(real)
    def traced(x: Any, /) -> Any:
        x = plain(x)
        return getattr(x, name)() if is_traced(x) else real(x)

    return traced


def _scaled(real: Callable[..., Any], sign: str, factor: float) -> Callable[..., Any]:
    @functools.wraps(real)
    def traced(x: Any, /) -> Any:
        x = plain(x)
        return arithmetic(sign, _float(x), factor) if is_traced(x) else real(x)

    return traced


def is_nan(x: Number) -> Truth:
    """x is a NaN."""
    return numbers.compare(Op.NOT_EQUAL, x, x)


def is_inf(x: Number) -> Truth:
    """x is infinite."""
    return numbers.compare(Op.EQUAL, abs(x), math.inf)


def is_finite(x: Number) -> Truth:
    """x is neither."""
    return numbers.compare(Op.LESS, abs(x), math.inf)


# The operation of math.degrees, which is PyPy's own there.
_DEGREES = ("*", 180.0 / math.pi) if not IS_PYPY else ("/", math.pi / 180.0)


def _test(real: Callable[..., Any], test: Callable[[Number], Truth]) -> Callable[..., Any]:
    @functools.wraps(real)
    def traced(x: Any, /) -> Any:
        x = plain(x)
        if not is_traced(x):
            return real(x)
        result = test(_float(x))
        return Truth(result.tape, result.index, False)

    return traced


def _isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    values = tuple(map(plain, (a, b, rel_tol, abs_tol)))
    if not has_traced(values):
        return math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)
    tape = next(value.tape for value in values if is_traced(value))
    x, y, relative, absolute = (Number(tape, convert(tape, value), float) for value in values)
    for tolerance in (relative, absolute):
        is_negative = numbers.compare(Op.LESS, tolerance, 0.0)
        tape.require(tape.record(Op.NOT, is_negative.index))
    distance = abs(y - x)
    is_near = (
        numbers.compare(Op.LESS_EQUAL, distance, abs(relative * y))
        | numbers.compare(Op.LESS_EQUAL, distance, abs(relative * x))
        | numbers.compare(Op.LESS_EQUAL, distance, absolute)
    )
    is_same = numbers.compare(Op.EQUAL, x, y)
    return is_same | (is_finite(x) & is_finite(y) & is_near)


def _prod(iterable: Any, /, *, start: Any = 1) -> Any:
    result = start
    for value in iterable:
        result = result * value
    return result


# ---- builtins -----------------------------------------------------------------------------------


def _abs(x: Any, /) -> Any:
    return abs(plain(x))


def _float(x: Any = 0.0, /) -> Any:
    x = plain(x)
    if is_traced(x):
        return Number(x.tape, x.index, float)
    if isinstance(x, StandIn):
        from .objects import converted, real_of, special

        if (
            isinstance(real_of(x), float)
            and special(real_of(x), "__float__") is not float.__float__
        ):
            x = converted(x, "__float__")
            if not isinstance(x, float):
                raise TypeError("__float__ returned no float")
    return float(x)


def _int(x: Any = 0, /, *base: Any) -> Any:
    x = plain(x)
    return x.__trunc__() if is_traced(x) else int(x, *base)


def _round(number: Any, ndigits: Any = None) -> Any:
    number = plain(number)
    if not is_traced(number):
        return round(number, ndigits)
    result = number.__round__(ndigits)
    if number.kind not in (int, float):
        refuse("round of a NumPy number: write round(float(x))")
    return result


def _pow(base: Any, exp: Any, mod: Any = None) -> Any:
    if mod is None:
        return plain(base) ** plain(exp)
    if has_traced((base, exp, mod)):
        refuse("pow with a modulus")
    return pow(base, exp, mod)


def _divmod(a: Any, b: Any, /) -> Any:
    return divmod(plain(a), plain(b))


def _one_type(values: Any) -> Any:
    """The type of all numbers, if it is one."""
    kinds = {numbers.kind_of(value) if is_number(value) else None for value in values}
    return kinds.pop() if len(kinds) == 1 else None


def _extreme(real: Callable[..., Any], is_better: Callable[[Any, Any], Truth]) -> Any:
    @functools.wraps(real)
    def traced(*arguments: Any, key: Any = None, **default: Any) -> Any:
        values = list(arguments[0]) if len(arguments) == 1 else list(arguments)
        if not has_traced(values) or key is not None:
            inputs = [values] if len(arguments) == 1 else values
            return real(*inputs, key=key, **default)
        if default and len(arguments) > 1:
            raise TypeError(
                f"Cannot specify a default for {real.__name__}() with multiple positional arguments"
            )
        kind = _one_type(values)
        best = values[0]
        for value in values[1:]:
            better = is_better(value, best)
            if kind is None or type(better) is not Truth:
                # The result's type depends on which one it is.
                best = value if better else best
            else:
                best = select(better, value, best, kind)
        return best

    return traced


# CPython sums floats with Neumaier's compensation from 3.12 on.
_SUMS_ARE_COMPENSATED = not IS_PYPY and sys.version_info >= (3, 12)


def _compensated(total: Any, values: list[Any]) -> Any:
    """The sum of floats with Neumaier's compensation."""
    high: Any = total
    low: Any = 0.0
    for x in values:
        t = high + x
        is_larger = abs(high) >= abs(x)
        if is_traced(t):
            error = select(is_larger, (high - t) + x, (x - t) + high, float)
        else:
            error = (high - t) + x if is_larger else (x - t) + high
        low, high = low + error, t
    # Where the compensation is not finite or zero, it is left out.
    corrected = high + low
    is_used = is_finite(low) & numbers.compare(Op.NOT_EQUAL, low, 0.0)
    return select(is_used, corrected, high, float)


def _sum(iterable: Any, /, start: Any = 0) -> Any:
    values = [plain(value) for value in iterable]
    if not has_traced([start, *values]):
        return sum(values, start)
    is_compensated = _SUMS_ARE_COMPENSATED
    result = start
    for i, value in enumerate(values):
        if is_compensated and _is_python_float(result):
            rest = values[i:]
            if not all(map(_is_python_float, rest)):
                refuse("sum of floats and other numbers: its bits depend on Python's version")
            return _compensated(result, rest)
        # Only a float to start with, or those behind small ints, begin a compensated sum.
        is_compensated = is_compensated and _is_small_int(result)
        result = result + value
    return result


def _is_small_int(value: Any) -> bool:
    if type(value) is Number:
        return value.kind is int
    return type(value) is int and abs(value) < 2**63


def _is_python_float(value: Any) -> bool:
    return type(value) is float or (type(value) is Number and value.kind is float)


def _type(*arguments: Any) -> Any:
    if len(arguments) != 1:
        refuse("making a class")
    value = arguments[0]
    if isinstance(value, StandIn):
        from .objects import class_of

        return class_of(value)
    # Of objects that stand for others, the class is that of the others. The traced copy knows
    # some classes by their replacements.
    return REPLACEMENTS.get(id(value.__class__), value.__class__)


def _of_object(real: Callable[..., Any]) -> Callable[..., Any]:
    """hasattr, getattr, or callable, which would see what stands for an object, and not it."""

    @functools.wraps(real)
    def traced(thing: Any, *arguments: Any) -> Any:
        name = arguments[0] if arguments else "__call__"
        is_hidden = isinstance(name, str) and name.startswith("_")
        if is_hidden and isinstance(thing, StandIn):
            refuse(f"{real.__name__} of an object of type {thing.__class__.__qualname__}")
        cls = thing.__class__
        if type(thing) is not cls and not isinstance(thing, StandIn) and not hasattr(cls, name):
            return real(cls, *arguments)  # the name is one of what stands for a number or an array
        return real(thing, *arguments)

    return traced


def _real_classes(classes: Any) -> Any:
    if isinstance(classes, tuple):
        return tuple(map(_real_classes, classes))
    from .classes import real_class
    from .objects import real_of

    return REAL_CLASSES.get(id(classes), real_class(real_of(classes)))


def _isinstance(value: Any, classes: Any, /) -> bool:
    if isinstance(value, StandIn):
        from .objects import class_of

        class_of(value)  # which guards it
    return _is_derived(value.__class__, classes)


def _issubclass(cls: Any, classes: Any, /) -> bool:
    return _is_derived(cls, classes)


def _is_derived(cls: Any, classes: Any) -> bool:
    """The answer of issubclass, which is guarded."""
    from .outside import current

    derived, bases = _real_classes(cls), _real_classes(classes)
    pending = [bases] if isinstance(derived, type) else []
    for base in pending:  # which grows
        if isinstance(base, tuple):
            pending += base
        else:
            current().add_subclass_test(derived, base)
    return issubclass(derived, bases)


def _super(*arguments: Any) -> Any:
    from .objects import super_of

    return super_of(sys._getframe(1), *arguments)


def _import(name: str, *arguments: Any, **options: Any) -> Any:
    from .outside import imported

    return imported(name, *arguments, **options)


REPLACEMENTS: dict[int, Any] = {}
"""By the id of a function: what the traced copy calls."""

REAL_CLASSES: dict[int, Any] = {}
"""By the id of the replacement of a class: the class."""

SAFE: set[int] = set()
"""The ids of functions and classes that the traced copy calls as they are."""


_SAFE_BUILTINS = (
    "all any bool dict enumerate filter format frozenset iter len list map next range repr "
    "reversed set slice sorted str tuple zip bytes chr ord"
)


def _fill_tables() -> None:
    for name, op in _UNARY.items():
        if hasattr(math, name):
            REPLACEMENTS[id(getattr(math, name))] = _unary(getattr(math, name), op)
    for name, op in _BINARY.items():
        REPLACEMENTS[id(getattr(math, name))] = _binary(getattr(math, name), op)
    pairs: list[tuple[Any, Any]] = [
        (math.pow, _math_pow),
        (math.log, _log),
        (math.log2, _log2),
        (math.hypot, _hypot),
        (math.copysign, _copysign),
        (math.floor, _integral(math.floor, "__floor__")),
        (math.ceil, _integral(math.ceil, "__ceil__")),
        (math.trunc, _integral(math.trunc, "__trunc__")),
        (math.degrees, _scaled(math.degrees, *_DEGREES)),
        (math.radians, _scaled(math.radians, "*", math.pi / 180.0)),
        (math.isnan, _test(math.isnan, is_nan)),
        (math.isinf, _test(math.isinf, is_inf)),
        (math.isfinite, _test(math.isfinite, is_finite)),
        (math.isclose, _isclose),
        (math.prod, _prod),
        (abs, _abs),
        (round, _round),
        (pow, _pow),
        (divmod, _divmod),
        (max, _extreme(max, operator.gt)),
        (min, _extreme(min, operator.lt)),
        (sum, _sum),
        (isinstance, _isinstance),
        (issubclass, _issubclass),
        (super, _super),
        (float, _float),
        (int, _int),
        (type, _type),
        (callable, _of_object(callable)),
        (getattr, _of_object(getattr)),
        (hasattr, _of_object(hasattr)),
        (builtins.__import__, _import),
    ]
    for real, replacement in pairs:
        REPLACEMENTS[id(real)] = replacement
        replacement.__name__ = replacement.__qualname__ = real.__name__
    REAL_CLASSES.update((id(new), real) for real, new in pairs if isinstance(real, type))
    for name in _SAFE_BUILTINS.split():
        SAFE.add(id(getattr(builtins, name)))
    for thing in vars(builtins).values():
        if isinstance(thing, type) and issubclass(thing, BaseException):
            SAFE.add(id(thing))
    others = (collections.deque, functools.reduce)
    for thing in (*vars(operator).values(), *vars(itertools).values(), *others):
        if callable(thing) and thing not in (operator.is_, operator.is_not):
            SAFE.add(id(thing))
    SAFE.difference_update(REPLACEMENTS)  # PyPy's module operator holds some builtins
    # The other functions of math, of numbers that don't depend on the arguments.
    for thing in vars(math).values():
        if callable(thing) and id(thing) not in REPLACEMENTS:
            REPLACEMENTS[id(thing)] = _of_constants(thing)


_ADVICE = {
    "asinh": "log(x + sqrt(x * x + 1)), which is traced",
    "acosh": "log(x + sqrt(x * x - 1)), which is traced",
    "atanh": "log1p(2 * x / (1 - x)) / 2, which is traced",
    "fsum": "sum(values), which is traced",
    "dist": "sqrt(x * x + y * y), which is traced",
    "fma": "x * y + z, which is traced",
    "sumprod": "sum(x * y for x, y in zip(p, q)), which is traced",
}
"""By the name of a function of math that is not traced: what is, and may do as well."""


def _is_iterable(value: Any) -> bool:
    return hasattr(type(value), "__iter__") and not isinstance(value, StandIn)


def _of_constants(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def traced(*arguments: Any, **options: Any) -> Any:
        inputs = [list(value) if _is_iterable(value) else value for value in arguments]
        for value in (*inputs, *options.values()):
            if has_traced(value if type(value) is list else [value]):
                advice = _ADVICE.get(real.__name__)
                refuse(
                    f"math.{real.__name__} of a number that depends on data"
                    + (f": its bits are not those of {advice}" if advice else "")
                )
        return real(*inputs, **options)

    return traced


_fill_tables()
