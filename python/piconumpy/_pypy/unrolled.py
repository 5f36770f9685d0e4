# SPDX-License-Identifier: BSD-3-Clause
"""The arithmetic of up to 8 numbers without a loop, for every length from one template.

The JIT keeps such an array, its tuple and its floats out of memory as long as they stay in one
trace, and what fits into a trace counts: by default it is abandoned at 6000 recorded steps, of
which a bytecode takes five and a call fifty. So an operator handles arrays of four, the state of a
point in the plane, in its own body, without as much as asking for the length, and the other lengths
by one more call, through a tuple of functions that the JIT folds into that call. Both come from
here. A Runge-Kutta step with its 16 operations takes 5900 of those steps, its callback not counted:
some more in the code of the operators would double its time.
"""

from __future__ import annotations

import math
from textwrap import indent
from types import ModuleType
from typing import Any, Callable

__all__ = ["FAVOURED", "OPERATORS", "SHORT", "Operator", "define"]

SHORT = 8  # up to so many numbers are in a tuple
FAVOURED = 4


class Operator:
    """One of the four operators: its names and the Python expression of one element."""

    def __init__(self, name: str, method: str, kernel: str, sign: str) -> None:
        self.name = name
        self.method = method
        self.kernel = kernel
        self.sign = sign
        self.is_division = sign == "/"


OPERATORS = (
    Operator("add", "add", "add", "+"),
    Operator("subtract", "sub", "sub", "-"),
    Operator("multiply", "mul", "mul", "*"),
    Operator("divide", "truediv", "div", "/"),
)


def divided(a: float, b: float) -> float:
    """IEEE 754 division, which Python's own refuses at zero."""
    if b:
        return a / b
    if a and a == a:
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return math.nan


# ---- templates --------------------------------------------------------------------------------


def _tuple(item: str, n: int) -> str:
    """Of n items, in which `#` is the index: a display, or the target of an assignment."""
    return "(" + "".join(item.replace("#", str(i)) + ", " for i in range(n)) + ")"


def _elements(operator: Operator, left: str, right: str, n: int) -> str:
    """The tuple of results; division looks for zeros first."""
    plain = _tuple(f"{left} {operator.sign} {right}", n)
    if not operator.is_division:
        return plain
    divisors = {right.replace("#", str(i)): None for i in range(n)}  # in order, each once
    return f"{plain} if {' and '.join(divisors) or True} else " + _tuple(
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


def _body(operator: Operator, form: str, n: int) -> str:
    """What computes `numbers`, n of them, with `other`: an array, or a scalar on either side."""
    return (_WITH_ARRAY if form == "array" else _WITH_SCALAR).format(
        a=_tuple("a#", n),
        b=_tuple("b#", n),
        name=operator.name,
        elements=_elements(operator, *_SIDES[form], n),
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


def _branch(operator: Operator, form: str) -> str:
    is_array = form == "array"
    branch = _BRANCH.format(
        a=_tuple("a#", FAVOURED),
        read_b=_tuple("b#", FAVOURED) + " = other._numbers" if is_array else "",
        elements=_elements(operator, *_SIDES[form], FAVOURED),
        short=SHORT,
        form=form,
        other="alike(self, other)" if is_array else "float(other)",
    )
    return f"if {_CONDITIONS[form]}:\n" + _indented(branch, 1)


def _method(operator: Operator, method: str, forms: tuple[str, ...], general: str) -> str:
    branches = "\n".join(_branch(operator, form) for form in forms)
    return _METHOD.format(method=method, branches=_indented(branches, 1), general=general)


def _loop(operator: Operator, form: str) -> str:
    """For what is not short; an array of another length was sorted out before."""
    left, right = {"array": ("a", "b"), "scalar": ("a", "other"), "reflected": ("other", "a")}[form]
    element = f"{left} {operator.sign} {right}"
    if operator.is_division:
        element += f" if {right} else divided({left}, {right})"
    read = "b = other[i]" if form == "array" else "pass"
    return _LOOP.format(form=form, read=read, element=element)


def define(operator: Operator, names: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """The special methods of an operator, by name.

    names: what their code refers to: array, new, array_of, lengths_differ, alike, general and
    general_reflected.
    """
    # The globals of a module, as the JIT takes those for constant while nobody changes them.
    space = ModuleType(__name__).__dict__
    space.update(names, divided=divided)
    forms = ("array", "scalar", "reflected")
    source = [
        _BY_LENGTH.format(form=form, n=n, body=_indented(_body(operator, form, n), 1))
        for form in forms
        for n in range(SHORT + 1)
    ]
    # A tuple, as the JIT knows that it never changes.
    source += [f"short_{form} = " + _tuple(f"{form}_#", SHORT + 1) for form in forms]
    # What is common comes first: sums of arrays, multiples of arrays.
    order = ("array", "scalar") if operator.sign in "+-" else ("scalar", "array")
    methods = (f"__{operator.method}__", f"__r{operator.method}__")
    source += [_loop(operator, form) for form in forms]
    source.append(_method(operator, methods[0], order, "general"))
    source.append(_method(operator, methods[1], ("reflected",), "general_reflected"))
    exec(compile("\n".join(source), f"<{operator.name}, unrolled>", "exec"), space)
    return {name: space[name] for name in methods}
