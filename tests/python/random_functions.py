# SPDX-License-Identifier: BSD-3-Clause
"""Writes random Python functions of numbers, lists, tuples, and arrays as source text."""

from __future__ import annotations

import random
from typing import Any

__all__ = ["GLOBALS", "Writer", "written"]

GLOBALS = """\
import math
from math import *
from piconumpy import array

RATE = 0.75
COUNT = 3
TABLE = [0.5, -1.25, 3.0, 2]
PARAMETERS = {"k": 1.5, "n": 4, "m": -0.25}
PAIR = (0.1, -2.0)


class Model:
    size = 2.5

    def __init__(self):
        self.gain = 0.625
        self.weights = [1.0, 0.5, 0.25]

    @property
    def doubled(self):
        return self.gain * 2

    def scaled(self, a, b=1.0):
        if a > self.size:
            return a * self.gain - b
        return a + self.weights[1] * b


MODEL = Model()
"""

_UNARY = [
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "exp",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "fabs",
    "degrees",
    "radians",
    "floor",
    "ceil",
    "trunc",
    "abs",
    "float",
    "int",
    "round",
]
_OUTSIDE = [
    "RATE",
    "COUNT",
    "TABLE[0]",
    "TABLE[3]",
    "TABLE[-2]",
    "PARAMETERS['k']",
    "PARAMETERS['n']",
    "PAIR[0]",
    "PAIR[1]",
    "MODEL.gain",
    "MODEL.size",
    "MODEL.doubled",
    "MODEL.weights[2]",
    "math.pi",
    "e",
]
_CONSTANTS = [
    "0.0",
    "-0.0",
    "1.0",
    "-1.0",
    "2.0",
    "0.5",
    "-3.0",
    "0.1",
    "1e-3",
    "7.25",
    "1e10",
    "1e300",
    "1e-300",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "True",
    "10",
    "1.5",
    "inf",
]
_EXPONENTS = ["2", "2.0", "3", "0.5", "-1", "1.5", "-0.5", "1", "0", "4", "-2.0", "1/3", "x", "y"]
_COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]


class Writer:
    """Writes one function.

    Parameters
    ----------
    source : random.Random
        The source of all choices.
    """

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._lines: list[str] = []
        self._names = 0
        self._decisions = 0
        self._is_number = False  # whether the function that is written returns a number
        self._fixed: set[str] = set()  # the variables that it must not assign to
        # The variables in sight, by what they are: a number, 3 numbers in a list or tuple, an
        # array of 3, a function of two numbers.
        self._seen: dict[str, list[str]] = {"number": [], "list": [], "array": [], "function": []}

    # ---- choices --------------------------------------------------------------------------------

    def _pick(self, options: Any) -> Any:
        return options[self._source.randrange(len(options))]

    def _chance(self, percent: int) -> bool:
        return self._source.randrange(100) < percent

    def _new(self, kind: str) -> str:
        self._names += 1
        name = f"{kind[0]}{self._names}"
        return name

    # ---- expressions ----------------------------------------------------------------------------

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf()
        return str(self._pick(self._NUMBERS)(self, depth - 1))

    def _leaf(self) -> str:
        chosen = self._source.randrange(10)
        if chosen < 6 and self._seen["number"]:
            return str(self._pick(self._seen["number"]))
        if chosen == 6 and self._seen["list"]:
            return f"{self._pick(self._seen['list'])}[{self._pick([0, 1, 2, -1])}]"
        if chosen == 7 and self._seen["array"]:
            return f"{self._pick(self._seen['array'])}[{self._pick([0, 1, 2, -1])}]"
        if chosen == 8:
            return str(self._pick(_OUTSIDE))
        return f"({self._pick(_CONSTANTS)})"

    def _operator(self, depth: int) -> str:
        sign = self._pick(["+", "-", "*", "/", "+", "-", "*", "//", "%"])
        return f"({self.number(depth)} {sign} {self.number(depth)})"

    def _power(self, depth: int) -> str:
        if self._chance(15):
            return f"(({self.number(depth)}) ** ({self.number(depth)}))"
        return f"(({self.number(depth)}) ** ({self._pick(_EXPONENTS)}))"

    def _sign(self, depth: int) -> str:
        return f"({self._pick('-+')}{self.number(depth)})"

    def _function(self, depth: int) -> str:
        prefix = self._pick(["", "", "math."])
        name = self._pick(_UNARY)
        if name in ("abs", "float", "int", "round"):
            prefix = ""
        return f"{prefix}{name}({self.number(depth)})"

    def _function_of_two(self, depth: int) -> str:
        name = self._pick(["atan2", "fmod", "math.pow", "copysign", "log", "pow"])
        if name == "pow":
            name = "math.pow"
        return f"{name}({self.number(depth)}, {self.number(depth)})"

    def _divmod(self, depth: int) -> str:
        return f"divmod({self.number(depth)}, {self.number(depth)})[{self._pick([0, 1])}]"

    def _extreme(self, depth: int) -> str:
        numbers = ", ".join(self.number(depth) for _ in range(self._pick([2, 2, 3])))
        if self._chance(30):
            numbers = f"[{numbers}]"
        self._decisions += 1
        return f"{self._pick(['min', 'max'])}({numbers})"

    def _of_list(self, depth: int) -> str:
        name = self._pick(["sum", "min", "max", "sum", "math.prod"])
        return f"{name}({self.list(depth)})"

    def _of_generator(self, depth: int) -> str:
        name = self._new("w")
        values = self.list(depth)
        with self._inside({"number": name}):
            value = self.number(depth)
        return f"sum({value} for {name} in {values})"

    def _of_array(self, depth: int) -> str:
        method = self._pick(["sum", "min", "max", "mean"])
        if self._chance(20):
            return f"({self.array(depth)}).dot({self.array(depth)})"
        return f"({self.array(depth)}).{method}()"

    def _ternary(self, depth: int) -> str:
        condition = self.condition(depth)
        return f"({self.number(depth)} if {condition} else {self.number(depth)})"

    def _logic(self, depth: int) -> str:
        self._decisions += 1
        return f"({self.number(depth)} {self._pick(['and', 'or'])} {self.number(depth)})"

    def _of_truth(self, depth: int) -> str:
        sign = self._pick(["+", "-", "*"])
        return f"(({self.condition(depth)}) {sign} {self.number(depth)})"

    def _call(self, depth: int) -> str:
        if self._seen["function"] and self._chance(60):
            return (
                f"{self._pick(self._seen['function'])}({self.number(depth)}, {self.number(depth)})"
            )
        if self._chance(50):
            return f"MODEL.scaled({self.number(depth)})"
        return f"MODEL.scaled({self.number(depth)}, b={self.number(depth)})"

    def _item(self, depth: int) -> str:
        return f"({self.list(depth)})[{self._pick([0, 1, 2, -1, -3])}]"

    _NUMBERS = (
        *[_operator] * 8,
        *[_power] * 3,
        _sign,
        *[_function] * 5,
        _function_of_two,
        _divmod,
        _extreme,
        _of_list,
        _of_generator,
        _of_array,
        _ternary,
        _logic,
        _of_truth,
        _call,
        _item,
    )

    def condition(self, depth: int) -> str:
        self._decisions += 1
        chosen = self._source.randrange(12)
        one, two = self.number(depth), self.number(depth)
        if chosen < 6:
            return f"{one} {self._pick(_COMPARISONS)} {two}"
        if chosen == 6:
            self._decisions += 1
            signs = self._pick(_COMPARISONS), self._pick(_COMPARISONS)
            return f"{one} {signs[0]} {two} {signs[1]} {self.number(depth)}"
        if chosen == 7:
            return f"not {one}"
        if chosen == 8:
            return f"{one} > 0 {self._pick(['and', 'or'])} {two} < 1"
        if chosen == 9:
            return f"({one} < {two}) {self._pick('&|^')} ({two} >= {self.number(0)})"
        if chosen == 10:
            return f"{self._pick(['isnan', 'isinf', 'isfinite'])}({one})"
        return f"{self._pick(['all', 'any'])}([{one} > 0, {two}])"

    def list(self, depth: int) -> str:
        """Of 3 numbers."""
        chosen = self._source.randrange(8)
        if chosen < 3 and self._seen["list"]:
            return str(self._pick(self._seen["list"]))
        if depth > 0 and chosen == 3:
            name = self._new("w")
            values = self.list(depth - 1)
            with self._inside({"number": name}):
                value = self.number(depth - 1)
            return f"[{value} for {name} in {values}]"
        if depth > 0 and chosen == 4:
            return f"({self.array(depth - 1)}).tolist()"
        if depth > 0 and chosen == 5:
            one, two = self._new("w"), self._new("w")
            values = self.list(depth - 1), self.list(depth - 1)
            with self._inside({"number": one}), self._inside({"number": two}):
                value = self.number(depth - 1)
            return f"[{value} for {one}, {two} in zip({values[0]}, {values[1]})]"
        numbers = ", ".join(self.number(depth - 1) for _ in range(3))
        return f"[{numbers}]" if self._chance(60) else f"({numbers})"

    def array(self, depth: int) -> str:
        """Of 3 numbers."""
        chosen = self._source.randrange(9)
        if (depth <= 0 or chosen < 3) and self._seen["array"]:
            return str(self._pick(self._seen["array"]))
        if depth <= 0 or chosen < 5:
            return f"array({self.list(depth - 1)})"
        if chosen == 5:
            return f"({self._pick(['-', 'abs', '+'])}({self.array(depth - 1)}))"
        sign = self._pick(["+", "-", "*", "/", "//", "%", "**"])
        one, two = self.array(depth - 1), self.array(depth - 1)
        if chosen == 6:
            two = self.number(depth - 1)
        if chosen == 7:
            one = self.number(depth - 1)
        return f"({one} {sign} {two})"

    def _inside(self, names: dict[str, str]) -> _Scope:
        return _Scope(self._seen, names)

    # ---- statements -----------------------------------------------------------------------------

    def _line(self, indent: int, text: str) -> None:
        self._lines.append("    " * indent + text)

    def _assign(self, indent: int, is_new_allowed: bool) -> None:
        kind = self._pick(["number", "number", "number", "list", "array"])
        known = [name for name in self._seen[kind] if name not in self._fixed]
        value = getattr(self, kind)(self._pick([1, 2, 3]))
        if known and (not is_new_allowed or self._chance(40)):
            name = self._pick(known)
            if kind == "number" and self._chance(40):
                self._line(indent, f"{name} {self._pick('+-*/')}= {value}")
            elif kind == "array" and self._chance(30):
                self._line(indent, f"{name} = {name}.copy()")
                self._line(indent, f"{name}[{self._pick([0, 1, -1])}] = {self.number(1)}")
            elif kind == "array" and self._chance(30):
                self._line(indent, f"{name} = {name}.copy()")
                self._line(indent, f"{name} {self._pick('+-*/')}= {value}")
            else:
                self._line(indent, f"{name} = {value}")
        elif is_new_allowed:
            name = self._new(kind)
            self._line(indent, f"{name} = {value}")
            self._seen[kind].append(name)
        else:
            self._line(indent, "pass")

    def _unpack(self, indent: int, is_new_allowed: bool) -> None:
        if not is_new_allowed:
            return self._assign(indent, False)
        names = [self._new("number") for _ in range(3)]
        if self._chance(50):
            self._line(indent, f"{', '.join(names)} = {self.list(2)}")
        elif self._chance(50):
            self._line(indent, f"{names[0]}, *{names[1]} = {self.list(2)}")
            self._line(indent, f"{names[2]} = {names[1]}[-1]")
            names.pop(1)
        else:
            self._line(indent, f"{', '.join(names)} = {self.array(2)}")
        self._seen["number"] += names

    def _if(self, indent: int, is_new_allowed: bool) -> None:
        self._line(indent, f"if {self.condition(2)}:")
        self._block(indent + 1)
        if self._chance(30):
            self._line(indent, f"elif {self.condition(2)}:")
            self._block(indent + 1)
        if self._chance(50):
            self._line(indent, "else:")
            self._block(indent + 1)

    def _block(self, indent: int) -> None:
        with self._inside({}):
            for _ in range(self._pick([1, 1, 2])):
                self._assign(indent, False)
            if self._chance(15):
                self._return(indent)
            elif self._chance(5):
                self._line(indent, f"raise ValueError('the value of {self._names}')")

    def _for(self, indent: int, is_new_allowed: bool) -> None:
        name = self._new("w")
        what = self._source.randrange(4)
        if what == 0:
            self._line(indent, f"for {name} in {self.list(1)}:")
        elif what == 1:
            self._line(indent, f"for {name} in range({self._pick([1, 2, 3])}):")
        elif what == 2:
            self._line(indent, f"for {name} in {self.array(1)}:")
        else:
            self._line(indent, f"for {name}, {name}b in enumerate({self.list(1)}, 1):")
        before = self._decisions
        with self._inside({"number": name}):
            self._fixed.add(name)
            if what == 3:
                self._seen["number"].append(name + "b")
            for _ in range(self._pick([1, 2])):
                self._assign(indent + 1, False)
            if self._chance(20):
                condition = self.condition(1)
                self._line(indent + 1, f"if {condition}:")
                self._line(indent + 2, self._pick(["break", "continue"]))
        self._decisions += 2 * (self._decisions - before)

    def _define(self, indent: int, is_new_allowed: bool) -> None:
        if not is_new_allowed:
            return self._assign(indent, False)
        name = self._new("function")
        if self._chance(40):
            with self._inside({"number": "a"}), self._inside({"number": "b"}):
                self._line(indent, f"{name} = lambda a, b: {self.number(2)}")
        else:
            default = self._pick(["", "=0.5"])
            self._line(indent, f"def {name}(a, b{default}):")
            self._body(indent + 1, ["number", "number"], ["a", "b"], 2, is_number=True)
        self._seen["function"].append(name)

    def _append(self, indent: int, is_new_allowed: bool) -> None:
        if not is_new_allowed:
            return self._assign(indent, False)
        name = self._new("list")
        self._line(indent, f"{name} = []")
        self._line(indent, f"for {name}w in range(3):")
        with self._inside({"number": name + "w"}):
            self._line(indent + 1, f"{name}.append({self.number(2)})")
        if self._chance(50):
            self._line(indent, f"{name}[{self._pick([0, 1, -1])}] = {self.number(1)}")
        self._seen["list"].append(name)

    def _try(self, indent: int, is_new_allowed: bool) -> None:
        self._line(indent, "try:")
        with self._inside({}):
            self._assign(indent + 1, False)
        error = self._pick(["ZeroDivisionError", "ValueError", "ArithmeticError", "Exception"])
        self._line(indent, f"except {error}:")
        with self._inside({}):
            self._assign(indent + 1, False)

    def _return(self, indent: int) -> None:
        if self._is_number:
            self._line(indent, f"return {self.number(2)}")
            return
        options = [
            lambda: self.number(3),
            lambda: self.number(3),
            lambda: self.list(3),
            lambda: self.array(3),
            lambda: f"{self.number(2)}, {self.number(2)}",
            lambda: f"[{self.number(1)}, ({self.number(2)}, None), {self.list(1)}]",
            lambda: f"{{'a': {self.number(2)}, 'b': {self.array(1)}}}",
            lambda: f"{self.condition(2)}",
            lambda: self._pick(["None", "x", "X", "'text'", "4"]),
            lambda: f"array([{self.number(2)}, {self.number(2)}])",
        ]
        self._line(indent, f"return {self._pick(options)()}")

    _STATEMENTS = (
        *[_assign] * 6,
        _unpack,
        _if,
        _if,
        _for,
        _define,
        _append,
        _try,
    )

    def _body(
        self, indent: int, kinds: list[str], names: list[str], length: int, is_number: bool
    ) -> None:
        before = self._is_number, self._fixed
        self._is_number, self._fixed = is_number, set(self._fixed)
        for all_names in self._seen.values():
            self._fixed.update(all_names)  # those of an enclosing function are read only
        with self._inside({}):
            for kind, name in zip(kinds, names):
                self._seen[kind].append(name)
            for _ in range(self._source.randrange(length + 1)):
                if self._decisions > 8:
                    self._assign(indent, True)
                else:
                    self._pick(self._STATEMENTS)(self, indent, True)
            self._return(indent)
        self._is_number, self._fixed = before

    def write(self) -> tuple[str, tuple[str, ...]]:
        """The text of a module with a function f, and the kinds of the arguments of f."""
        for _ in range(self._source.randrange(3)):
            name = self._new("helper")
            self._line(0, f"def {name}(a, b={self._pick(_CONSTANTS)}):")
            self._body(1, ["number", "number"], ["a", "b"], 3, is_number=True)
            self._line(0, "")
            self._seen["function"].append(name)
        self._decisions = 0
        kind = self._pick(["list", "tuple", "array", "array"])
        self._line(0, "def f(x, y, X):")
        seen = "array" if kind == "array" else "list"
        self._body(1, ["number", "number", seen], ["x", "y", "X"], 6, is_number=False)
        text = "\n".join(self._lines) + "\n"
        # Helpers have no x and y.
        return GLOBALS + "x, y = 1.25, -0.5\n\n\n" + text, ("float", "float", kind)


class _Scope:
    """Names that are in sight for a while."""

    def __init__(self, seen: dict[str, list[str]], names: dict[str, str]) -> None:
        self._seen = seen
        self._names = names

    def __enter__(self) -> None:
        self._before = {kind: list(names) for kind, names in self._seen.items()}
        for kind, name in self._names.items():
            self._seen[kind].append(name)

    def __exit__(self, *exception: object) -> None:
        self._seen.update(self._before)


def written(source: random.Random) -> tuple[str, tuple[str, ...]]:
    """The text of a random module with a function f, and the kinds of the arguments of f."""
    return Writer(source).write()
