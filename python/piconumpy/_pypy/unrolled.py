# SPDX-License-Identifier: BSD-3-Clause
"""Operations on up to 8 numbers without a loop, for every length from one template.

The JIT keeps such an array, its tuple and its floats out of memory as long as they stay in one
trace. The length of a trace is limited: by default, the JIT abandons it at 6000 recorded steps, of
which a bytecode takes five and a call fifty. So an operator handles arrays of four, the state of a
point in the plane, in its own body, without even asking for the length. It handles the other
lengths by one more call, through a tuple of functions that the JIT folds into that call. The
templates below make both. A Runge-Kutta step with its 16 operations takes 5900 of those steps, its
callback not counted: a few more in the code of the operators would double its time.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from textwrap import indent
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, Union

from .._methods import METHODS

if TYPE_CHECKING:
    from .._interface import _Operation

    _Binary = Union[_Operation, "Operator"]

__all__ = ["ELEMENTS", "FAVOURED", "OPERATORS", "SHORT", "define", "listed"]

SHORT = 8  # up to so many numbers are in a tuple
FAVOURED = 4


@dataclass(frozen=True)
class Operator:
    """An operator that is no function of the package and has no kernel."""

    name: str
    sign: str
    kernel = ""


OPERATORS = (Operator("floor_divide", "//"), Operator("remainder", "%"), Operator("power", "**"))


# ---- elements ---------------------------------------------------------------------------------


def divided(a: float, b: float) -> float:
    """IEEE 754 division, which Python's own refuses at zero."""
    if b:
        return a / b
    if a and a == a:
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return math.nan


def _smaller(a: float, b: float) -> float:
    if a == b:
        return a if math.copysign(1.0, a) < 0 else b  # -0.0 is smaller than 0.0
    return a if a < b else b if b < a else math.nan


def _larger(a: float, b: float) -> float:
    if a == b:
        return b if math.copysign(1.0, a) < 0 else a
    return a if a > b else b if b > a else math.nan


def _floor_divided(a: float, b: float) -> float:
    return a // b if b else divided(a, b)


def _remainder(a: float, b: float) -> float:
    return a % b if b else math.nan


def _is_odd(a: float) -> bool:
    return a % 2.0 == 1.0


def _power(a: float, b: float) -> float:
    """The C library's pow. (PyPy's `**` squares by a product, which can differ.)"""
    a, b = float(a), float(b)  # an int may be too large, which is no overflow of the power
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and _is_odd(b) else math.inf
    except ValueError:
        if a:
            return math.nan  # of a negative number and a fraction
        return math.copysign(math.inf, a) if _is_odd(b) else math.inf


def _square_root(a: float) -> float:
    return math.sqrt(a) if a >= 0 else math.nan


ELEMENTS: dict[str, Callable[..., float]] = {
    "minimum": _smaller,
    "maximum": _larger,
    "sqrt": _square_root,
    "negative": operator.neg,
    "absolute": abs,
    "floor_divide": _floor_divided,
    "remainder": _remainder,
    "power": _power,
}
"""What computes one element in Python, with the bits of the kernel.

An operation without an entry is computed by Python's operator of its sign, or by its kernels only
if it has no sign.
"""


# ---- templates --------------------------------------------------------------------------------


def listed(item: str, n: int) -> str:
    """Of n items, in which `#` is the index: a display, or the target of an assignment."""
    return "(" + "".join(item.replace("#", str(i)) + ", " for i in range(n)) + ")"


def _element(operation: _Binary, left: str, right: str) -> str:
    if operation.name in ELEMENTS:
        return f"element({left}, {right})"
    return f"{left} {operation.sign} {right}"


def _elements(operation: _Binary, left: str, right: str, n: int) -> str:
    """The tuple of results. Division looks for zeros first."""
    plain = listed(_element(operation, left, right), n)
    if operation.sign != "/":
        return plain
    divisors = {right.replace("#", str(i)): None for i in range(n)}  # in order, each once
    return f"{plain} if {' and '.join(divisors) or True} else " + listed(
        f"divided({left}, {right})", n
    )


_WITH_ARRAY = """
{a} = numbers
try:
    {b} = other._numbers
except ValueError:
    raise lengths_differ("{name}", len(numbers), len(other)) from None
result = new(array)
result._numbers = {elements}
return result
"""

_WITH_SCALAR = """
{a} = numbers
result = new(array)
result._numbers = {elements}
return result
"""


_SIDES = {"array": ("a#", "b#"), "scalar": ("a#", "other"), "reflected": ("other", "a#")}


def _body(operation: _Binary, form: str, n: int) -> str:
    """What computes `numbers`, n of them, with `other`: an array, or a scalar on either side."""
    template = _WITH_ARRAY if form == "array" else _WITH_SCALAR
    if n == 0 and form != "array":
        template = "float(other)  # raises if an int is too large" + template
    return template.format(
        a=listed("a#", n),
        b=listed("b#", n),
        name=operation.name,
        elements=_elements(operation, *_SIDES[form], n),
    )


_BY_LENGTH = """
def {form}_{n}(numbers, other):
{body}
"""

_LOOP = """
def long_{form}(numbers, other):
    result = [0.0] * len(numbers)
    for i in range(len(result)):
        a = numbers[i]
        {read}
        result[i] = {element}
    return array_of(result)
"""

_BRANCH = """
try:
    {a} = self._numbers
    {read_b}
except ValueError:
    pass  # it is of another length, or the other is
else:
    result = new(array)
    result._numbers = {elements}
    return result
numbers = self._numbers
if len(numbers) <= {short}:
    return short_{form}[len(numbers)](numbers, other)
return long_{form}(numbers, {other})
"""

_METHOD = """
def {method}(self, other):
{branches}
    return {general}(self, other)
"""

_IS_SCALAR = "(kind := other.__class__) is float or kind is int"
_CONDITIONS = {
    "array": "other.__class__ is array",
    "scalar": _IS_SCALAR,
    "reflected": _IS_SCALAR,
}


def _indented(text: str, levels: int) -> str:
    return indent(text.strip("\n"), "    " * levels)


def _branch(operation: _Binary, form: str) -> str:
    is_array = form == "array"
    branch = _BRANCH.format(
        a=listed("a#", FAVOURED),
        read_b=listed("b#", FAVOURED) + " = other._numbers" if is_array else "",
        elements=_elements(operation, *_SIDES[form], FAVOURED),
        short=SHORT,
        form=form,
        other="alike(self, other)" if is_array else "float(other)",
    )
    return f"if {_CONDITIONS[form]}:\n" + _indented(branch, 1)


def _method(operation: _Binary, method: str, forms: tuple[str, ...], general: str) -> str:
    branches = "\n".join(_branch(operation, form) for form in forms)
    return _METHOD.format(method=method, branches=_indented(branches, 1), general=general)


def _loop(operation: _Binary, form: str) -> str:
    """For what is not short; an array of another length was sorted out before."""
    left, right = {"array": ("a", "b"), "scalar": ("a", "other"), "reflected": ("other", "a")}[form]
    element = _element(operation, left, right)
    if operation.sign == "/":
        element += f" if {right} else divided({left}, {right})"
    read = "b = other[i]" if form == "array" else "pass"
    return _LOOP.format(form=form, read=read, element=element)


def define(operation: _Binary, names: dict[str, Any]) -> list[Callable[..., Any]]:
    """The functions (array, other) of a binary operation, plain and reflected.

    Their code refers to these names: array, new, array_of, lengths_differ, alike, general and
    general_reflected.
    """
    # The globals of a module, because the JIT takes those for constant until they change.
    space = ModuleType(__name__).__dict__
    space.update(names, divided=divided, element=ELEMENTS.get(operation.name))
    forms = ("array", "scalar", "reflected")
    source = [
        _BY_LENGTH.format(form=form, n=n, body=_indented(_body(operation, form, n), 1))
        for form in forms
        for n in range(SHORT + 1)
    ]
    # A tuple, as the JIT knows that it never changes.
    source += [f"short_{form} = " + listed(f"{form}_#", SHORT + 1) for form in forms]
    # What is common comes first: sums of arrays, multiples of arrays.
    order = ("scalar", "array") if operation.sign in ("*", "/") else ("array", "scalar")
    method = METHODS.get(operation.sign, operation.name)
    plain, reflected = f"__{method}__", f"__r{method}__"
    source += [_loop(operation, form) for form in forms]
    source.append(_method(operation, plain, order, "general"))
    source.append(_method(operation, reflected, ("reflected",), "general_reflected"))
    exec(compile("\n".join(source), f"<{operation.name}, unrolled>", "exec"), space)
    return [space[plain], space[reflected]]
