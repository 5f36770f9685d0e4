# SPDX-License-Identifier: BSD-3-Clause
"""Derivatives of programs: the Jacobian of a list of instructions, as another list.

This is the forward mode of automatic differentiation (A. Griewank and A. Walther, *Evaluating
Derivatives*, 2nd ed., SIAM 2008, chapter 3). Each value v has tangents: the derivatives dv / dx for
the inputs x. An input has the tangent 1 for itself. The tangents of a result follow from those of
the operands by the chain rule, in the order of the list. A tangent that is zero for all inputs is
absent, so it costs nothing, and such an element of the Jacobian is exactly 0.

The rules, with r for the result:

=============  =====================================================================================
a + b, a - b   da + db, da - db
a * b          da * b + a * db
a / b          da / b - (r / b) * db
sqrt, cbrt     da / (2 r), da / (3 r r)
neg, abs       -da, sign(a) * da, where sign(0) is 0
floor, ceil,   0; also for Python's round, which is a selection
trunc
minimum,       the tangent of the operand that is the result; of a, if they are equal
maximum
select,        the tangent of the side that is taken; the sides stay as they are
branches
sin, cos, tan  cos(a) * da, -sin(a) * da, (1 + r r) * da
asin, acos     da / sqrt((1 - a) (1 + a)), and its negative
atan           da / (1 + a a)
sinh, cosh     cosh(a) * da, sinh(a) * da
tanh           (1 - r r) * da
exp, exp2      r * da, log(2) * r * da
expm1          (r + 1) * da
log, log1p     da / a, da / (1 + a)
log2, log10    da / (log(2) * a), da / (log(10) * a)
pow            b * a ** (b - 1) * da + r * log(a) * db. The first term is 0 for b = 0, the second
               one for r = 0. A term without a tangent is not computed: x ** 3 takes no logarithm.
atan2          (b * da - a * db) / (a a + b b)
hypot          (a / r) * da + (b / r) * db
fmod           da + ((r - a) / b) * db, where the factor is the integer -trunc(a / b)
=============  =====================================================================================

Truth values have no tangents. Where a function is not differentiable, the rules give what they
give: infinity for sqrt at 0, or nan where that meets a zero tangent, as for sqrt(x * x) at 0.
Rounding makes 1 - tanh(a) ** 2 and expm1(a) + 1 wrong by up to 2e-16, which is much of them in
their tails. The squares in atan2 overflow and underflow for coordinates beyond 1e154 and below
1e-154.

A derivative never fails by itself. What is computed for it is quiet, or fails only where an
operation of the function has failed before it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Callable

from .paths import INSTRUCTION
from .structure import Form, count_of
from .tape import ONLY_POINT, QUIET, Instruction, Op

if TYPE_CHECKING:
    from .jitted import Signature

__all__ = ["jacobian", "jacobian_program"]

Tangents = dict[int, int]
"""By the number of an input: the index of the derivative with respect to it."""

_COMPARE: dict[int, Callable[[float, float], bool]] = {
    Op.LESS: lambda a, b: a < b,
    Op.LESS_EQUAL: lambda a, b: a <= b,
    Op.EQUAL: lambda a, b: a == b,
    Op.NOT_EQUAL: lambda a, b: a != b,
}
_TRUTHS = (*_COMPARE, Op.AND, Op.OR, Op.NOT)
_FLAT = (Op.CONSTANT, Op.FLOOR, Op.CEIL, Op.TRUNC)


class _Formula:
    """A list that grows, and arithmetic that leaves out what a constant makes superfluous.

    Constants have the indices -2, -3, and so on until the list is complete, so that they can be
    used within and behind any branch.
    """

    def __init__(self) -> None:
        self.list: list[Instruction] = []
        self._constants: dict[bytes, int] = {}
        self._numbers: list[float] = []
        self.zero = self.constant(0.0)
        self.one = self.constant(1.0)

    def append(self, op: int, a: int = -1, b: int = -1, c: int = -1, flags: int = QUIET) -> int:
        self.list.append((op, flags, a, b, c, 0.0))
        return len(self.list) - 1

    def constant(self, value: float) -> int:
        key = INSTRUCTION.pack(Op.CONSTANT, 0, -1, -1, -1, value)
        if key not in self._constants:
            self._constants[key] = -2 - len(self._numbers)
            self._numbers.append(value)
        return self._constants[key]

    def number(self, index: int) -> float | None:
        """The number of a constant; None if it is none."""
        return self._numbers[-2 - index] if index < -1 else None

    def complete(self) -> bytes:
        """The list for pk_program_create. The constants come first."""
        count = len(self._numbers)

        def place(index: int) -> int:
            if index >= 0:
                return index + count
            return -1 if index == -1 else -2 - index

        parts = list(self._constants)
        for op, flags, a, b, c, value in self.list:
            if op != Op.FAIL:  # whose operand is a kind of trouble
                a, b, c = place(a), place(b), place(c)
            parts.append(INSTRUCTION.pack(op, flags, a, b, c, value))
        return b"".join(parts)

    # ---- arithmetic, exact but for rounding

    def _operands(self, index: int, op: int) -> tuple[int, int] | None:
        """The operands of a value, if it is the result of an operation."""
        if index < 0 or self.list[index][0] != op:
            return None
        return self.list[index][2:4]

    def add(self, x: int, y: int) -> int:
        p, q = self.number(x), self.number(y)
        if p is not None and q is not None:
            return self.constant(p + q)
        for one, other in ((x, y), (y, x)):
            negated = self._operands(other, Op.NEG)
            if negated:
                return self.sub(one, negated[0])
            difference = self._operands(other, Op.SUB)
            if difference and difference[1] == one:
                return difference[0]
        if self._are_opposite(x, y):
            return self.zero
        return self.append(Op.ADD, x, y)

    def _are_opposite(self, x: int, y: int) -> bool:
        """Whether one is what neg() makes of the other."""
        first, second = self._operands(x, Op.SUB), self._operands(y, Op.SUB)
        if first and second:
            return first == second[::-1]
        first, second = self._operands(x, Op.MUL), self._operands(y, Op.MUL)
        if not first or not second or first[1] != second[1]:
            return False
        p, q = self.number(first[0]), self.number(second[0])
        return p is not None and q is not None and p == -q

    def sub(self, x: int, y: int) -> int:
        p, q = self.number(x), self.number(y)
        if x == y:
            return self.zero
        if p is not None and q is not None:
            return self.constant(p - q)
        if p == 0 or q == 0:
            return self.neg(y) if p == 0 else x
        negated = self._operands(y, Op.NEG)
        if negated:
            return self.add(x, negated[0])
        # x - (x + z) and the like: the rounding errors that a compensated sum adds up. They have no
        # derivatives.
        less, more = self._operands(y, Op.SUB), self._operands(x, Op.SUB)
        if less and less[0] == x:
            return less[1]
        if less and self._operands(x, Op.NEG) == (less[1], -1):
            return self.neg(less[0])
        if more and more[0] == y:
            return self.neg(more[1])
        subtracted, reduced = self._operands(y, Op.ADD), self._operands(x, Op.ADD)
        if subtracted and x in subtracted:
            return self.neg(subtracted[1] if subtracted[0] == x else subtracted[0])
        if reduced and y in reduced:
            return reduced[1] if reduced[0] == y else reduced[0]
        return self.append(Op.SUB, x, y)

    def neg(self, x: int) -> int:
        p = self.number(x)
        if p is not None:
            return self.constant(-p)
        negated, difference = self._operands(x, Op.NEG), self._operands(x, Op.SUB)
        if negated:
            return negated[0]
        if difference:
            return self.sub(difference[1], difference[0])
        scaled = self._scaled(-1.0, x)
        return self.append(Op.NEG, x) if scaled is None else scaled

    def mul(self, x: int, y: int) -> int:
        p, q = self.number(x), self.number(y)
        if p is None and q is not None:
            return self.mul(y, x)
        if p is None:
            return self.append(Op.MUL, x, y)
        if p == 0:
            return self.zero
        if q is not None:
            return self.constant(p * q)
        if abs(p) == 1:
            return y if p == 1 else self.neg(y)
        negated = self._operands(y, Op.NEG)
        if negated:
            return self.mul(self.constant(-p), negated[0])
        scaled = self._scaled(p, y)
        return self.append(Op.MUL, x, y) if scaled is None else scaled

    def _scaled(self, factor: float, index: int) -> int | None:
        """A multiple of a product with a constant; None if it is no such product."""
        product = self._operands(index, Op.MUL)
        number = self.number(product[0]) if product else None
        if product is None or number is None or not _is_normal(factor * number):
            return None
        return self.mul(self.constant(factor * number), product[1])

    def div(self, x: int, y: int) -> int:
        p, q = self.number(x), self.number(y)
        if p == 0:
            return self.zero
        if q is not None and _is_normal(q) and _is_normal(1 / q):
            return self.mul(self.constant(1 / q), x)
        return self.append(Op.DIV, x, y)

    def squared(self, x: int) -> int:
        return self.mul(x, x)


def _is_normal(x: float) -> bool:
    return sys.float_info.min <= abs(x) <= sys.float_info.max


# ---- rules of functions with one operand ---------------------------------------------------------

_LOG2, _LOG10 = math.log(2.0), math.log(10.0)


def _sign(f: _Formula, a: int, r: int) -> int:
    """1, -1, or for zeros and nans a itself."""
    is_negative = f.append(Op.LESS, a, f.zero)
    rest = f.append(Op.SELECT, f.append(Op.LESS, f.zero, a), f.one, a)
    return f.append(Op.SELECT, is_negative, f.constant(-1.0), rest)


_FACTOR: dict[int, Callable[[_Formula, int, int], int]] = {
    Op.ABS: _sign,
    Op.TAN: lambda f, a, r: f.add(f.one, f.squared(r)),
    Op.SINH: lambda f, a, r: f.append(Op.COSH, a),
    Op.COSH: lambda f, a, r: f.append(Op.SINH, a),
    Op.TANH: lambda f, a, r: f.sub(f.one, f.squared(r)),
    Op.EXP: lambda f, a, r: r,
    Op.EXP2: lambda f, a, r: f.mul(f.constant(_LOG2), r),
    Op.EXPM1: lambda f, a, r: f.add(r, f.one),
}
"""By the operation: what the tangent of the operand a is multiplied by, if r is the result."""


def _root_of_rest(f: _Formula, a: int, r: int) -> int:
    """sqrt(1 - a * a), also where a * a is near 1."""
    return f.append(Op.SQRT, f.mul(f.sub(f.one, a), f.add(f.one, a)))


_DIVISOR: dict[int, Callable[[_Formula, int, int], int]] = {
    Op.SQRT: lambda f, a, r: f.add(r, r),
    Op.CBRT: lambda f, a, r: f.mul(f.constant(3.0), f.squared(r)),
    Op.ASIN: _root_of_rest,
    Op.ACOS: lambda f, a, r: f.neg(_root_of_rest(f, a, r)),
    Op.ATAN: lambda f, a, r: f.add(f.one, f.squared(a)),
    Op.LOG: lambda f, a, r: a,
    Op.LOG2: lambda f, a, r: f.mul(f.constant(_LOG2), a),
    Op.LOG10: lambda f, a, r: f.mul(f.constant(_LOG10), a),
    Op.LOG1P: lambda f, a, r: f.add(f.one, a),
}
"""By the operation: what the tangent of the operand a is divided by, if r is the result."""


# ---- the pass over the list ----------------------------------------------------------------------


class _Differentiator:
    """Copies a list, and writes behind each instruction what its tangents are.

    Parameters
    ----------
    instructions : list of Instruction
    inputs : set of int
        The numbers of the inputs that derivatives are wanted for.
    outputs : set of int
        The numbers of the outputs that derivatives are wanted of.
    """

    def __init__(
        self, instructions: list[Instruction], inputs: Iterable[int], outputs: Iterable[int]
    ) -> None:
        self.formula = _Formula()
        self.outputs: list[tuple[int, Tangents]] = []
        """Of each output of the list, the index in the formula, and its tangents."""
        self._list = instructions
        self._inputs = set(inputs)
        self._is_needed = _needed(instructions, set(outputs))
        self._places: dict[int, int] = {}
        self._tangents: dict[int, Tangents] = {}
        self.input_count = 0
        for i, instruction in enumerate(instructions):
            self._copy(i, instruction)

    def _copy(self, i: int, instruction: Instruction) -> None:
        op, flags, a, b, c, value = instruction
        f, places = self.formula, self._places
        if op == Op.CONSTANT:
            places[i] = f.constant(value)
            return
        if op == Op.OUTPUT:
            self.outputs.append((places[a], self._tangents.get(a, {})))
            return
        if op != Op.FAIL:
            a, b, c = (places[k] if k >= 0 else -1 for k in (a, b, c))
        places[i] = f.append(op, a, b, c, flags)
        if op == Op.INPUT:
            if self.input_count in self._inputs:
                self._tangents[i] = {self.input_count: f.one}
            self.input_count += 1
        elif i in self._is_needed:
            found = self._tangents_of(i, instruction)
            tangents = {k: tangent for k, tangent in found.items() if f.number(tangent) != 0}
            if tangents:
                self._tangents[i] = tangents

    def _tangents_of(self, i: int, instruction: Instruction) -> Tangents:
        """The tangents of a result. Zeros may be among them."""
        op, flags, *old = instruction[:5]
        first, second, third = (self._tangents.get(k, {}) for k in old)
        if op == Op.SELECT:
            return self._selected(old, second, third)
        if not first and not second:
            return {}
        if op == Op.RESULT:
            return self._one_of(first, second, lambda x, y: self.formula.append(op, x, y))
        r = self._places[i]
        a, b = (self._places[k] if k >= 0 else -1 for k in old[:2])
        binary = _BINARY.get(op)
        if binary is not None:
            return binary(self, a, b, r, first, second)
        f = self.formula
        if op == Op.NEG:
            return {k: f.neg(x) for k, x in first.items()}
        if op in (Op.SIN, Op.COS):
            # Where one fails, the other one has failed before. With equal flags, the library
            # computes them together.
            other = f.append(Op.COS if op == Op.SIN else Op.SIN, a, flags=flags)
            return self._times(first, other if op == Op.SIN else f.neg(other))
        if op in _FACTOR:
            return self._times(first, _FACTOR[op](f, a, r))
        if op in _DIVISOR:
            return self._over(first, _DIVISOR[op](f, a, r))
        raise ValueError(f"instruction {i}: operation {op} has no derivative")

    # ---- combinations of tangents

    def _times(self, tangents: Tangents, factor: int) -> Tangents:
        return {k: self.formula.mul(x, factor) for k, x in tangents.items()}

    def _over(self, tangents: Tangents, divisor: int) -> Tangents:
        f = self.formula
        if len(tangents) > 1:
            return self._times(tangents, f.div(f.one, divisor))
        return {k: f.div(x, divisor) for k, x in tangents.items()}

    def _plus(self, first: Tangents, second: Tangents) -> Tangents:
        f = self.formula
        result = dict(first)
        for k, y in second.items():
            result[k] = f.add(first[k], y) if k in first else y
        return result

    def _minus(self, first: Tangents, second: Tangents) -> Tangents:
        f = self.formula
        result = dict(first)
        for k, y in second.items():
            result[k] = f.sub(first.get(k, f.zero), y)
        return result

    def _one_of(
        self, first: Tangents, second: Tangents, choose: Callable[[int, int], int]
    ) -> Tangents:
        result = {}
        for k in {**first, **second}:
            x, y = first.get(k, self.formula.zero), second.get(k, self.formula.zero)
            result[k] = x if x == y else choose(x, y)
        return result

    def _select(self, condition: int, first: Tangents, second: Tangents) -> Tangents:
        append = self.formula.append
        return self._one_of(first, second, lambda x, y: append(Op.SELECT, condition, x, y))

    def _selected(self, old: Sequence[int], first: Tangents, second: Tangents) -> Tangents:
        """The tangents of PK_OP_SELECT, whose operands are `old`."""
        f = self.formula
        op, _, a, b, *_ = self._list[old[0]]
        if op in _COMPARE:
            p, q = f.number(self._places[a]), f.number(self._places[b])
            if p is not None and q is not None:
                return first if _COMPARE[op](p, q) else second
            if op == Op.EQUAL and q == 0 and self._is_signed_zero(a, old[1]):
                return second
        if self._rounds(*old[1:]):
            return {}
        return self._select(self._places[old[0]], first, second)

    def _is_signed_zero(self, rest: int, chosen: int) -> bool:
        """Whether a selection only gives the remainder 0 of Python's ``%`` its sign.

        See _divmod in numbers.py. There, x % 2 has the derivative 1, as it has right of there.
        """
        op, _, _, b, c, _ = self._list[chosen]
        if self._list[rest][0] != Op.FMOD or op != Op.SELECT:
            return False
        return all(self.formula.number(self._places[k]) == 0 for k in (b, c))

    def _rounds(self, near: int, size: int) -> bool:
        """Whether a selection is Python's ``round``. See Number.__round__ in numbers.py."""
        op, _, total, large, *_ = self._list[near]
        if op != Op.SUB or self._list[total][:1] + self._list[total][2:4] != (Op.ADD, size, large):
            return False
        return self.formula.number(self._places[large]) == 2.0**52

    # ---- operations with two operands: the operands, the result, and the operands' tangents

    def _add(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        return self._plus(da, db)

    def _sub(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        return self._minus(da, db)

    def _mul(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        if a == b:
            return self._times(da, self.formula.add(a, a))
        return self._plus(self._times(da, b), self._times(db, a))

    def _div(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        if len(da) == 1 and da.keys() == db.keys():
            return self._over(self._minus(da, self._times(db, r)), b)
        if not db:
            return self._over(da, b)
        return self._minus(self._over(da, b), self._times(db, self.formula.div(r, b)))

    def _minimum(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        return self._select(self.formula.append(Op.LESS_EQUAL, a, b), da, db)

    def _maximum(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        return self._select(self.formula.append(Op.LESS_EQUAL, b, a), da, db)

    def _pow(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        result = self._times(da, self._slope_of_power(a, b, r)) if da else {}
        return self._plus(result, self._times(db, self._slope_of_exponent(a, r))) if db else result

    def _slope_of_power(self, a: int, b: int, r: int) -> int:
        """b * a ** (b - 1)."""
        f = self.formula
        n = f.number(b)
        if n is None:
            power = f.append(Op.POW, a, f.sub(b, f.one))
            is_flat = f.append(Op.EQUAL, b, f.zero)  # also at a = 0
            return f.append(Op.SELECT, is_flat, f.zero, f.mul(b, power))
        if n == 0:
            return f.zero
        if n == 0.5:
            return f.div(f.constant(0.5), r)
        if n < 0:
            return f.mul(b, f.div(r, a))
        return f.mul(b, self._power(a, n - 1))

    def _power(self, a: int, n: float) -> int:
        """a ** n. Products and a root take less time than a power."""
        f = self.formula
        if n in (0.0, 1.0, 2.0, 3.0):
            result = f.one
            for _ in range(int(n)):
                result = f.mul(result, a)
            return result
        if n in (0.5, 1.5):
            root = f.append(Op.SQRT, a)
            return root if n == 0.5 else f.mul(a, root)
        return f.append(Op.POW, a, f.constant(n))

    def _slope_of_exponent(self, a: int, r: int) -> int:
        """r * log(a)."""
        f = self.formula
        base = f.number(a)
        if base is not None and 0 < base < math.inf:
            return f.mul(f.constant(math.log(base)), r)
        is_flat = f.append(Op.EQUAL, r, f.zero)  # also at a = 0, where log(a) is infinite
        return f.append(Op.SELECT, is_flat, f.zero, f.mul(r, f.append(Op.LOG, a)))

    def _atan2(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        f = self.formula
        square = f.add(f.squared(a), f.squared(b))
        return self._minus(
            self._times(da, f.div(b, square)) if da else {},
            self._times(db, f.div(a, square)) if db else {},
        )

    def _hypot(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        f = self.formula
        return self._plus(
            self._times(da, f.div(a, r)) if da else {}, self._times(db, f.div(b, r)) if db else {}
        )

    def _fmod(self, a: int, b: int, r: int, da: Tangents, db: Tangents) -> Tangents:
        f = self.formula
        return self._plus(da, self._times(db, f.div(f.sub(r, a), b)) if db else {})


_BINARY: dict[int, Callable[..., Tangents]] = {
    Op.ADD: _Differentiator._add,
    Op.SUB: _Differentiator._sub,
    Op.MUL: _Differentiator._mul,
    Op.DIV: _Differentiator._div,
    Op.MINIMUM: _Differentiator._minimum,
    Op.MAXIMUM: _Differentiator._maximum,
    Op.POW: _Differentiator._pow,
    Op.ATAN2: _Differentiator._atan2,
    Op.HYPOT: _Differentiator._hypot,
    Op.FMOD: _Differentiator._fmod,
}


def _needed(instructions: list[Instruction], outputs: set[int]) -> set[int]:
    """The indices of the values whose tangents those of the outputs depend on."""
    needed: set[int] = set()
    number = sum(instruction[0] == Op.OUTPUT for instruction in instructions)
    for i in reversed(range(len(instructions))):
        op, _, a, b, c, _ = instructions[i]
        if op == Op.OUTPUT:
            number -= 1
            if number in outputs:
                needed.add(a)
        elif i in needed and op not in _TRUTHS and op not in _FLAT:
            needed.update((b, c) if op == Op.SELECT else (a, b))
        elif op in _FLAT:
            needed.discard(i)
    return needed


def jacobian(
    instructions: bytes, wrt: Sequence[int], outputs: Sequence[int], with_values: bool = False
) -> bytes:
    """The list of a program for the Jacobian of another one.

    Parameters
    ----------
    instructions : bytes
        An array of pk_instruction, as of ``Trace.instructions``, that pk_program_create accepts.
    wrt : sequence of int
        Numbers of inputs.
    outputs : sequence of int
        Numbers of outputs.
    with_values : bool
        Whether the values of the outputs come first.

    Returns
    -------
    bytes
        A list with the same inputs. Its outputs are d outputs[i] / d inputs[wrt[j]], row by row.

    Raises
    ------
    ValueError
        If there is no such input or output.
    """
    done = _Differentiator(list(INSTRUCTION.iter_unpack(instructions)), wrt, outputs)
    f = done.formula
    for kind, wanted, count in (
        ("input", wrt, done.input_count),
        ("output", outputs, len(done.outputs)),
    ):
        for number in wanted:
            if not 0 <= number < count:
                raise ValueError(f"{kind} {number}: the program has {count} {kind}s")
    if with_values:
        for i in outputs:
            f.append(Op.OUTPUT, done.outputs[i][0], flags=0)
    for i in outputs:
        for j in wrt:
            f.append(Op.OUTPUT, done.outputs[i][1].get(j, f.zero), flags=0)
    return f.complete()


# ---- of traced functions -------------------------------------------------------------------------


def jacobian_program(signature: Signature, argument: int, with_values: bool = False) -> Any:
    """The program of d result / d argument; None if there is none.

    The result has to be a number, or a flat list, tuple, or array of numbers, in the same form on
    all paths. It may be an argument itself. The program has the inputs of the signature's. Its
    outputs are, for each number of the result, the derivatives with respect to the numbers of the
    argument.

    Parameters
    ----------
    signature : Signature
    argument : int
        The position of the argument.
    with_values : bool
        Whether the numbers of the result come first.

    Returns
    -------
    Program or None
        None also if the program would be larger than programs may be.
    """
    forms = signature.forms
    if not 0 <= argument < len(forms):
        raise IndexError(f"argument {argument}: the signature has {len(forms)} arguments")
    if signature.program is None or len(signature.results) != 1:
        return None
    found = _with_flat_result(signature.instructions, signature.results[0], forms)
    if found is None:
        return None
    instructions, outputs = found
    made = jacobian(instructions, _inputs_of(forms, argument), outputs, with_values)
    try:
        return signature.program_for(ONLY_POINT, made)
    except ValueError:  # too large
        return None


def _inputs_of(forms: tuple[Form, ...], argument: int) -> range:
    """The numbers of the inputs that an argument has."""
    start = sum(map(count_of, forms[:argument]))
    return range(start, start + count_of(forms[argument]))


_NUMBERS = (("float",), ("float64",), ("int",))


def _with_flat_result(
    instructions: bytes, form: Form, forms: tuple[Form, ...]
) -> tuple[bytes, list[int]] | None:
    """A list whose outputs include all numbers of a result, and their numbers among the outputs.

    Constants other than floats, and arguments, are not among the outputs of a signature's program.
    """
    program = list(INSTRUCTION.iter_unpack(instructions))
    inputs = [i for i, instruction in enumerate(program) if instruction[0] == Op.INPUT]
    count = sum(instruction[0] == Op.OUTPUT for instruction in program)
    kind = form[0]
    if kind == "argument" and _is_flat(forms[form[1]]):
        places = [inputs[k] for k in _inputs_of(forms, form[1])]
        outputs = list(range(count, count + len(places)))
        return instructions + b"".join(_output(place) for place in places), outputs
    if form in _NUMBERS or kind == "array" or (kind == "ndarray" and len(form[1]) == 1):
        return instructions, list(range(count))
    if kind not in ("list", "tuple", "namedtuple"):
        return None
    outputs = []
    remaining = iter(range(count))
    added = b""
    for part in form[2 if kind == "namedtuple" else 1 :]:
        if part in _NUMBERS:
            outputs.append(next(remaining))
        elif part[0] == "constant" and type(part[1].value) in (int, bool):
            outputs.append(count + len(added) // (2 * INSTRUCTION.size))
            place = len(program) + len(added) // INSTRUCTION.size
            added += INSTRUCTION.pack(Op.CONSTANT, 0, -1, -1, -1, float(part[1].value))
            added += _output(place)
        else:
            return None
    return instructions + added, outputs


def _output(place: int) -> bytes:
    return INSTRUCTION.pack(Op.OUTPUT, 0, place, -1, -1, 0.0)


def _is_flat(form: Form) -> bool:
    """Whether an argument is a number, or a flat container of numbers."""
    if form[0] in ("list", "tuple", "namedtuple"):
        return all(part in _NUMBERS for part in form[2 if form[0] == "namedtuple" else 1 :])
    return form in _NUMBERS or form[0] in ("array", "ndarray", "lanes")
