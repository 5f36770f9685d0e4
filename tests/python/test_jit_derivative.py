# SPDX-License-Identifier: BSD-3-Clause
"""Derivatives of programs: the rules, structure, and trouble; and those of traced functions."""

from __future__ import annotations

import cmath
import collections
import math
import operator
import os
import random
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from callbacks import CALLBACKS
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from random_functions import written
from test_jit_callbacks import arguments

from piconumpy import TraceError, _backend, array, jit
from piconumpy._trace import structure
from piconumpy._trace.derivative import jacobian
from piconumpy._trace.jitted import Signature
from piconumpy._trace.paths import INSTRUCTION
from piconumpy._trace.tape import QUIET, Op

# `make fuzz` asks for more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "500")) // 10
INF, NAN = math.inf, math.nan
ZERO_DIVISION, DOMAIN, FAIL = 1, 2, 4  # kinds of trouble


def program(*instructions: tuple[Any, ...]) -> bytes:
    """A list of (operation, operands...); a constant is a float."""
    packed = []
    for instruction in instructions:
        if isinstance(instruction, float):
            packed.append(INSTRUCTION.pack(Op.CONSTANT, 0, -1, -1, -1, instruction))
        else:
            op, *operands = instruction
            packed.append(INSTRUCTION.pack(op, 0, *(operands + [-1] * 3)[:3], 0.0))
    return b"".join(packed)


INPUT = (Op.INPUT,)


def unary(op: int) -> bytes:
    return program(INPUT, (op, 0), (Op.OUTPUT, 1))


def binary(op: int) -> bytes:
    return program(INPUT, INPUT, (op, 0, 1), (Op.OUTPUT, 2))


def with_constant(op: int, number: float, is_second: bool = True) -> bytes:
    """The operation of an input and a constant."""
    operands = (0, 1) if is_second else (1, 0)
    return program(INPUT, number, (op, *operands), (Op.OUTPUT, 2))


def run(instructions: bytes, *inputs: float) -> list[float]:
    results, trouble = _backend.Program(instructions, 0).run_point(list(inputs))
    assert trouble is None, trouble
    return results  # type: ignore[no-any-return]


def trouble_of(instructions: bytes, *inputs: float) -> int:
    """The kind of trouble; 0 if there is none."""
    _, trouble = _backend.Program(instructions, 0).run_point(list(inputs))
    return 0 if trouble is None else trouble[0]


def quiet(instructions: bytes) -> bytes:
    """The same program without trouble."""
    return b"".join(
        INSTRUCTION.pack(op, QUIET, *rest) for op, _, *rest in INSTRUCTION.iter_unpack(instructions)
    )


def gradient(instructions: bytes, *inputs: float) -> list[float]:
    """The derivatives of output 0."""
    return run(jacobian(instructions, range(len(inputs)), [0]), *inputs)


def same(a: float, b: float) -> bool:
    """Equal bits, but for the sign of a zero and all of a nan."""
    return a == b or (a != a and b != b)


def uniform(source: random.Random, bounds: tuple[float, float]) -> float:
    return source.uniform(*bounds)


# ---- the rules -----------------------------------------------------------------------------------

# The derivative of an analytic function f at x is Im f(x + ih) / h + O(h * h), without cancellation
# (W. Squire and G. Trapp, SIAM Review 40, 1998). For h = 1e-100, only rounding is left.
STEP = 1e-100

UNARY: dict[int, tuple[Callable[[complex], complex], tuple[float, float]]] = {
    Op.SQRT: (cmath.sqrt, (1e-3, 1e3)),
    Op.NEG: (lambda z: -z, (-9, 9)),
    Op.ABS: (lambda z: z if z.real > 0 else -z, (-9, 9)),
    Op.FLOOR: (lambda z: complex(math.floor(z.real)), (-9, 9)),
    Op.CEIL: (lambda z: complex(math.ceil(z.real)), (-9, 9)),
    Op.TRUNC: (lambda z: complex(math.trunc(z.real)), (-9, 9)),
    Op.SIN: (cmath.sin, (-9, 9)),
    Op.COS: (cmath.cos, (-9, 9)),
    Op.TAN: (cmath.tan, (-1.5, 1.5)),
    Op.ASIN: (cmath.asin, (-0.999, 0.999)),
    Op.ACOS: (cmath.acos, (-0.999, 0.999)),
    Op.ATAN: (cmath.atan, (-9, 9)),
    Op.SINH: (cmath.sinh, (-9, 9)),
    Op.COSH: (cmath.cosh, (-9, 9)),
    Op.TANH: (cmath.tanh, (-3, 3)),
    Op.EXP: (cmath.exp, (-9, 9)),
    Op.EXP2: (lambda z: cmath.exp(z * math.log(2)), (-9, 9)),
    Op.EXPM1: (lambda z: cmath.exp(z) - 1, (-3, 9)),
    Op.LOG: (cmath.log, (1e-3, 1e3)),
    Op.LOG2: (lambda z: cmath.log(z) / math.log(2), (1e-3, 1e3)),
    Op.LOG10: (cmath.log10, (1e-3, 1e3)),
    Op.LOG1P: (lambda z: cmath.log(1 + z), (-0.9, 9)),
    Op.CBRT: (lambda z: cmath.exp(cmath.log(z) / 3), (1e-3, 1e3)),
}

BINARY: dict[int, tuple[Callable[[complex, complex], complex], Any, Any]] = {
    Op.ADD: (lambda a, b: a + b, (-9, 9), (-9, 9)),
    Op.SUB: (lambda a, b: a - b, (-9, 9), (-9, 9)),
    Op.MUL: (lambda a, b: a * b, (-9, 9), (-9, 9)),
    Op.DIV: (lambda a, b: a / b, (-9, 9), (0.1, 9)),
    Op.MINIMUM: (lambda a, b: a if a.real < b.real else b, (-9, 9), (-9, 9)),
    Op.MAXIMUM: (lambda a, b: a if a.real > b.real else b, (-9, 9), (-9, 9)),
    Op.POW: (lambda a, b: cmath.exp(b * cmath.log(a)), (0.1, 9), (-5, 5)),
    Op.ATAN2: (lambda a, b: cmath.atan(a / b), (-9, 9), (0.1, 9)),
    Op.HYPOT: (lambda a, b: cmath.sqrt(a * a + b * b), (-9, 9), (0.1, 9)),
    Op.FMOD: (lambda a, b: a - math.trunc(a.real / b.real) * b, (-9, 9), (0.1, 9)),
}


def test_all_operations_on_numbers_have_a_reference() -> None:
    names = vars(Op).items()
    with_numbers = {op for name, op in names if name.isupper() and 10 <= op < 60}
    assert with_numbers == {*UNARY, *BINARY}


@pytest.mark.parametrize("op", UNARY)
def test_the_derivative_of_an_operation_with_one_operand(op: int) -> None:
    f, bounds = UNARY[op]
    source = random.Random(op)
    for _ in range(200):
        x = uniform(source, bounds)
        expected = f(complex(x, STEP)).imag / STEP
        # The condition of these rules is at most that of 1 - tanh(3) ** 2, which is 100.
        assert math.isclose(gradient(unary(op), x)[0], expected, rel_tol=1e-13), x


@pytest.mark.parametrize("op", BINARY)
def test_the_derivatives_of_an_operation_with_two_operands(op: int) -> None:
    f, first, second = BINARY[op]
    source = random.Random(op)
    for _ in range(200):
        x, y = uniform(source, first), uniform(source, second)
        expected = [
            f(complex(x, STEP), complex(y)).imag / STEP,
            f(complex(x), complex(y, STEP)).imag / STEP,
        ]
        both = gradient(binary(op), x, y)
        assert both == pytest.approx(expected, rel=1e-13, abs=0.0), (x, y)
        # With one of two operands constant, other operations compute the derivative.
        alone = [gradient(with_constant(op, y), x)[0], gradient(with_constant(op, x, False), y)[0]]
        assert alone == pytest.approx(expected, rel=1e-13, abs=0.0), (x, y)


@pytest.mark.parametrize("op", BINARY)
def test_the_derivative_of_an_operation_whose_operands_are_equal(op: int) -> None:
    both = program(INPUT, (op, 0, 0), (Op.OUTPUT, 1))
    source = random.Random(op)
    for _ in range(50):
        x = uniform(source, (0.1, 5))
        found = gradient(both, x)[0]
        assert math.isclose(found, sum(gradient(binary(op), x, x)), rel_tol=1e-13, abs_tol=1e-13)


def test_tails_of_tanh_and_expm1_have_a_small_absolute_error() -> None:
    for x in (5.0, -8.0, 18.0, 19.5, -30.0, 400.0):
        assert abs(gradient(unary(Op.TANH), x)[0] - (1 / math.cosh(x)) ** 2) <= 2.3e-16
    for x in (-5.0, -20.0, -36.5, -50.0, -800.0):
        assert abs(gradient(unary(Op.EXPM1), x)[0] - math.exp(x)) <= 2.3e-16


def test_arcs_near_one_keep_their_digits() -> None:
    for x in (1 - 1e-9, -1 + 1e-13, math.nextafter(1.0, 0.0)):
        rest = (1 - Fraction(x)) * (1 + Fraction(x))
        expected = 1 / math.sqrt(rest)
        assert gradient(unary(Op.ASIN), x) == pytest.approx([expected], rel=1e-15)
        assert gradient(unary(Op.ACOS), x) == pytest.approx([-expected], rel=1e-15)


@pytest.mark.parametrize(
    "exponent",
    [*range(-7, 8), 0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 1 / 3, -1 / 3, 1e-20, 17.25, 60.0],
)
def test_a_constant_exponent_takes_the_rule_of_powers(exponent: float) -> None:
    n = float(exponent)
    power = with_constant(Op.POW, n)
    source = random.Random(repr(n))
    negative = [-0.3, -2.0, -7.5] if n == int(n) else []
    for x in [uniform(source, (1e-3, 20)) for _ in range(50)] + negative:
        assert math.isclose(gradient(power, x)[0], n * math.pow(x, n - 1), rel_tol=1e-14), x
    assert b"log" not in _backend.Program(jacobian(power, [0], [0]), 0).dump().encode()


def test_powers_at_zero() -> None:
    for n, expected in {
        0.0: 0.0,
        0.5: INF,
        1 / 3: INF,
        1.0: 1.0,
        1.5: 0.0,
        2.0: 0.0,
        2.5: 0.0,
        3.0: 0.0,
        4.0: 0.0,
        5.0: 0.0,
        7.5: 0.0,
    }.items():
        power = with_constant(Op.POW, n)
        assert [gradient(power, x)[0] for x in (0.0, -0.0)] == [expected, expected], n
        # The same with an exponent that is only known when it runs.
        assert gradient(binary(Op.POW), 0.0, n)[0] == expected, n
        assert run(jacobian(binary(Op.POW), [0], [0]), 0.0, n) == [expected], n
    for n in (0.5, 1.0, 3.0):
        assert gradient(with_constant(Op.POW, 0.0, False), n) == [0.0]
        assert gradient(binary(Op.POW), 0.0, n)[1] == 0.0
    assert gradient(with_constant(Op.POW, 1.0, False), 3.0) == [0.0]
    for n, x, expected in [(-1.0, 0.0, -INF), (-2.0, 0.0, -INF), (-2.0, -0.0, INF)]:
        power = quiet(with_constant(Op.POW, n))
        assert gradient(power, x) == [expected], (n, x)


def test_powers_of_a_negative_number_have_derivatives_by_the_base() -> None:
    assert gradient(binary(Op.POW), -2.0, 3.0)[0] == 12.0
    assert math.isnan(gradient(binary(Op.POW), -2.0, 3.0)[1])


def test_powers_of_great_numbers_underflow_to_zero() -> None:
    assert gradient(binary(Op.POW), 1e200, -3.0) == [0.0, 0.0]
    assert gradient(binary(Op.POW), INF, -3.0) == [0.0, 0.0]
    assert gradient(with_constant(Op.POW, 2.0), 1e-200) == [2e-200]


def test_points_without_a_derivative() -> None:
    assert [gradient(unary(Op.ABS), x)[0] for x in (0.0, -0.0, -3.0)] == [0.0, 0.0, -1.0]
    assert math.isnan(gradient(unary(Op.ABS), NAN)[0])
    assert gradient(unary(Op.SQRT), 0.0) == [INF]
    assert gradient(unary(Op.CBRT), 0.0) == [INF]
    assert gradient(unary(Op.ASIN), 1.0) == [INF]
    assert gradient(unary(Op.ACOS), -1.0) == [-INF]
    assert gradient(binary(Op.MINIMUM), 2.0, 2.0) == [1.0, 0.0]
    assert gradient(binary(Op.MAXIMUM), 2.0, 2.0) == [1.0, 0.0]
    for op in (Op.FLOOR, Op.CEIL, Op.TRUNC):
        assert gradient(unary(op), 2.0) == [0.0]
    assert all(map(math.isnan, gradient(binary(Op.HYPOT), 0.0, 0.0)))
    for x, y in [(7.0, INF), (6.0, 2.0), (-5.5, -2.0)]:
        assert gradient(binary(Op.FMOD), x, y) == [1.0, -math.trunc(x / y)]


def test_the_angle_of_a_point_on_an_axis() -> None:
    for is_second in (False, True):
        with_zero = with_constant(Op.ATAN2, 0.0, is_second)
        assert "div" not in _backend.Program(jacobian(with_zero, [0], [0]), 0).dump()
        for x in (2.0, 0.0, -0.5):
            assert gradient(with_zero, x) == [0.0]
    for x in (2.0, -0.5):
        assert gradient(binary(Op.ATAN2), 0.0, x) == [1 / x, 0.0]
        assert gradient(binary(Op.ATAN2), x, 0.0) == [0.0, -1 / x]


def test_quotients_of_extreme_numbers() -> None:
    # A constant divisor becomes a factor only if its reciprocal is normal.
    assert gradient(with_constant(Op.DIV, 3e-310), 1e-320) == [1 / 3e-310]
    third = program(INPUT, 5e-324, (Op.MUL, 0, 1), (Op.DIV, 2, 1), (Op.OUTPUT, 3))
    assert gradient(third, 3.0) == [1.0]
    assert gradient(with_constant(Op.DIV, 3.0), 2.0) == [1 / 3]
    assert gradient(with_constant(Op.DIV, INF), 2.0) == [0.0]
    assert gradient(quiet(with_constant(Op.DIV, 0.0)), 2.0) == [INF]


# ---- structure -----------------------------------------------------------------------------------


def test_rows_and_columns_are_those_that_are_asked_for() -> None:
    # x * y, y + 3 z, 5
    list_ = program(
        INPUT,
        INPUT,
        (Op.MUL, 0, 1),
        (Op.OUTPUT, 2),
        INPUT,
        3.0,
        (Op.MUL, 5, 4),
        (Op.ADD, 1, 6),
        (Op.OUTPUT, 7),
        (Op.OUTPUT, 5),
    )
    x, y, z = 2.0, 7.0, -1.0
    rows = [[y, x, 0.0], [0.0, 1.0, 3.0], [0.0, 0.0, 0.0]]
    values = [14.0, 4.0, 3.0]
    for wrt in ([0, 1, 2], [2], [1, 0], [], [1, 1]):
        for outputs in ([0, 1, 2], [1], [2, 0], [], [0, 0]):
            expected = [rows[i][j] for i in outputs for j in wrt]
            assert run(jacobian(list_, wrt, outputs), x, y, z) == expected
            both = run(jacobian(list_, wrt, outputs, with_values=True), x, y, z)
            assert both == [values[i] for i in outputs] + expected


def test_an_input_or_output_that_does_not_exist_is_refused_by_number() -> None:
    for wrt, outputs, message in [
        ([0, 2], [0], "input 2: the program has 2 inputs"),
        ([-1], [0], "input -1: the program has 2 inputs"),
        ([0], [1], "output 1: the program has 1 outputs"),
        ([0], [-1], "output -1: the program has 1 outputs"),
    ]:
        with pytest.raises(ValueError, match=message):
            jacobian(binary(Op.ADD), wrt, outputs)


def test_an_operation_without_a_rule_is_refused_by_number() -> None:
    with pytest.raises(ValueError, match="instruction 1: operation 99 has no derivative"):
        jacobian(unary(99), [0], [0])


def lorenz_96(n: int) -> Callable[[list[float]], list[float]]:
    return lambda x: [(x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + 8.0 for i in range(n)]


def test_structural_zeros_are_exact_and_cost_nothing() -> None:
    n = 20
    signature = signature_of(lorenz_96(n), [1.0] * n)
    numbers = [i * i + 0.5 for i in range(n)]
    numbers[3], numbers[7] = NAN, INF  # which times zero is no zero
    found = signature.jacobian(0).run_point(numbers)[0]
    for i in range(n):
        for j in range(n):
            is_zero = struct.pack("d", found[i * n + j]) == bytes(8)
            assert is_zero == (j not in ((i + 1) % n, (i - 2) % n, (i - 1) % n, i)), (i, j)
    # Of a row, d / dx[i - 2] and d / dx[i - 1] take an operation each beside the value's three.
    list_ = jacobian(signature.instructions, range(n), range(n))
    operations = [op for op, *_ in INSTRUCTION.iter_unpack(list_) if op in (*UNARY, *BINARY)]
    assert len(operations) <= 7 * n


def test_what_does_not_lead_to_an_output_has_no_tangents() -> None:
    list_ = program(
        INPUT,
        (Op.SIN, 0),
        (Op.TANH, 0),
        (Op.EXP, 2),
        (Op.FLOOR, 3),
        (Op.LESS, 3, 0),
        (Op.SELECT, 5, 1, 4),
        (Op.OUTPUT, 3),
        (Op.OUTPUT, 6),
    )
    added = len(jacobian(list_, [0], [1])) - len(list_)
    # cos(x), a selection, and constants 0 and 1; one output instead of two.
    assert added == (2 + 2 - 1) * INSTRUCTION.size
    # Nor has what comes from other inputs: x * y + exp(y).
    list_ = program(INPUT, INPUT, (Op.MUL, 0, 1), (Op.EXP, 1), (Op.ADD, 2, 3), (Op.OUTPUT, 4))
    assert len(jacobian(list_, [0], [0])) == len(list_) + 2 * INSTRUCTION.size  # 0 and 1


def test_functions_of_one_argument_are_computed_once() -> None:
    list_ = program(INPUT, (Op.SIN, 0), (Op.COS, 0), (Op.MUL, 1, 2), (Op.EXP, 3), (Op.OUTPUT, 4))
    for options in (0, 2):
        text = _backend.Program(jacobian(list_, [0], [0], True), options).dump()
        assert text.count("sincos") == 1, text
        assert text.count("exp") == 1, text
        assert text.replace("sincos", "").count("sin") == 0, text
        assert text.replace("sincos", "").count("cos") == 0, text


def kahan(high: float, total: float, x: float) -> float:
    return (high - total) + x


def kahan_of_small(high: float, total: float, x: float) -> float:
    return (x - total) + high


def knuth(high: float, total: float, x: float) -> float:
    z = total - high
    return (high - (total - z)) + (x - z)


@pytest.mark.parametrize("error", [kahan, kahan_of_small, knuth])
def test_rounding_errors_that_are_added_up_have_no_tangents(error: Any) -> None:
    def terms(x: float, y: float) -> list[float]:
        return [x * x, math.sin(x) * y, math.exp(y), x, x**3, x * x - y * x]

    def compensated(x: float, y: float) -> float:
        high, *others = terms(x, y)
        low = 0.0
        for term in others:
            total = high + term
            low += error(high, total, term)
            high = total
        return high + low

    def plain(x: float, y: float) -> float:
        high, *others = terms(x, y)
        for term in others:
            high = high + term
        return high

    for argument in (0, 1):
        texts = [signature_of(f, 1.0, 1.0).jacobian(argument).dump() for f in (compensated, plain)]
        assert texts[0] == texts[1]


def test_a_sum_as_of_cpython_3_12_costs_no_more() -> None:
    # Neumaier's, of x * x and x: see _compensated in functions.py.
    list_ = program(
        INPUT,
        (Op.MUL, 0, 0),
        (Op.ADD, 0, 1),
        (Op.ABS, 0),
        (Op.ABS, 1),
        (Op.LESS_EQUAL, 4, 3),
        (Op.SUB, 0, 2),
        (Op.ADD, 6, 1),
        (Op.SUB, 1, 2),
        (Op.ADD, 8, 0),
        (Op.SELECT, 5, 7, 9),
        (Op.ADD, 2, 10),
        (Op.ABS, 10),
        INF,
        (Op.LESS, 12, 13),
        (Op.SELECT, 14, 11, 2),
        (Op.OUTPUT, 15),
    )
    assert gradient(list_, 3.0) == [7.0]
    text = _backend.Program(jacobian(list_, [0], [0]), 0).dump()
    assert "select" not in text and "abs" not in text, text


def test_divisions_and_powers_are_few() -> None:
    def text(instructions: bytes, *wrt: int) -> str:
        dumped: str = _backend.Program(jacobian(instructions, wrt, [0]), 2).dump()
        return dumped

    three = program(*[INPUT] * 3, (Op.MUL, 0, 1), (Op.MUL, 3, 2), (Op.DIV, 4, 0), (Op.OUTPUT, 5))
    assert text(three, 0, 1, 2).count("div") == 3  # the value, its quotient, and the reciprocal
    assert text(program(INPUT, (Op.MUL, 0, 0), (Op.DIV, 0, 1), (Op.OUTPUT, 2)), 0).count("div") == 2
    for n in (0.5, 1.5, 2.5, 2.0, 3.0, 4.0, -1.0, -2.5):
        assert text(with_constant(Op.POW, n), 0).count("pow") <= 1
    by_exponent = text(with_constant(Op.POW, 2.5, False), 0)
    assert "log" not in by_exponent and "select" not in by_exponent
    # Without a tangent, nothing is computed.
    assert text(binary(Op.POW), 1).count("pow") == 1
    assert "log" not in text(binary(Op.POW), 0)
    for op in BINARY:
        alone = (jacobian(binary(op), [j], [0]) for j in (0, 1))
        assert max(map(len, alone)) <= len(jacobian(binary(op), [0, 1], [0]))


def test_a_derivative_that_underflows_is_a_plain_zero() -> None:
    tiny = program(INPUT, 1e-200, -1e-200, (Op.MUL, 0, 1), (Op.MUL, 3, 2), (Op.OUTPUT, 4))
    assert struct.pack("d", *gradient(tiny, 1.0)) == bytes(8)


# ---- branches ------------------------------------------------------------------------------------


def test_a_branch_has_the_derivative_of_the_side_that_is_taken() -> None:
    def f(x: float, y: float) -> tuple[float, float]:
        if x > y:
            if x > 10.0:
                return math.sin(x), y
            return x * y, x
        return y**2, 4.0

    signature = signature_of(f, 1.0, 2.0)
    for x, y, by_x, by_y in [
        (12.0, 3.0, [math.cos(12.0), 0.0], [0.0, 1.0]),
        (5.0, 3.0, [3.0, 1.0], [5.0, 0.0]),
        (5.0, 5.0, [0.0, 0.0], [10.0, 0.0]),
        (1.0, 5.0, [0.0, 0.0], [10.0, 0.0]),
    ]:
        assert signature.jacobian(0).run_point([x, y])[0] == by_x
        assert signature.jacobian(1).run_point([x, y])[0] == by_y


def test_values_and_truths_behind_a_branch() -> None:
    # x < 1 ? (r = 3 x, t = x < 0) : (r = x x, t = true); then t ? r x : x
    list_ = program(
        INPUT,
        1.0,
        3.0,
        0.0,
        (Op.LESS, 0, 1),
        (Op.IF, 4),
        (Op.MUL, 2, 0),
        (Op.LESS, 0, 3),
        (Op.ELSE,),
        (Op.MUL, 0, 0),
        (Op.LESS, 3, 0),
        (Op.END,),
        (Op.RESULT, 6, 9),
        (Op.RESULT, 7, 10),
        (Op.RESULT, 0, 0),
        (Op.RESULT, 2, 0),
        (Op.MUL, 12, 0),
        (Op.SELECT, 13, 16, 14),
        (Op.OUTPUT, 17),
        (Op.OUTPUT, 15),
    )
    for x, expected in [(-2.0, [-12.0, 0.0]), (0.5, [1.0, 0.0]), (2.0, [12.0, 1.0])]:
        assert run(jacobian(list_, [0], [0, 1]), x) == expected


def test_functions_whose_paths_meet_have_derivatives() -> None:
    def bent(x: float, y: float) -> tuple[float, float]:
        if x > y:
            return x * y, math.sin(y)
        if x > 0:
            return x / 3.0, y
        return y, x**3

    def f(y: list[float]) -> list[float]:
        result = list(y)
        for _ in range(3):  # 3 ** 9 paths
            for i in range(3):
                result[i], result[i - 1] = bent(result[i], result[i - 1])
        return result

    source = random.Random(4)
    signature = signature_of(f, [1.0, 2.0, 3.0])
    count = 0
    for _ in range(50):
        count += compared(f, [[source.uniform(-2, 2) for _ in range(3)]], signature)
    assert count >= 9 * 25


def test_lanes_and_points_have_the_same_derivatives() -> None:
    def f(x: float, y: float) -> list[float]:
        if x > 1.0:
            return [x * math.exp(y) if y < 2.0 else x / y, math.sin(x)]
        return [x**y, abs(x - 0.5)]

    made = signature_of(f, 1.0, 1.0).jacobian(0, True)
    source = random.Random(1)
    points = [[source.uniform(0, 2), source.uniform(-4, 4)] for _ in range(100)]
    rows = [array([point[i] for point in points]) for i in range(2)]
    outputs = [array([0.0] * 100) for _ in range(4)]
    assert made.run(rows, outputs, 100) is None
    for i, point in enumerate(points):
        assert made.run_point(point)[0] == [output[i] for output in outputs]


def test_rounding_has_the_derivative_zero() -> None:
    signature = signature_of(lambda x: [round(x), math.floor(x), x // 0.25, x - round(x)], 1.0)
    for x in (0.0, 0.3, 2.5, -7.9, 2.0**52 + 1):
        assert signature.jacobian(0).run_point([x])[0] == [0.0, 0.0, 0.0, 1.0]


def test_remainders_are_continued_from_the_right() -> None:
    signature = signature_of(lambda x: [x % 2.0, x % -2.0, x // 2.0], 1.0)
    for x in (-7.5, -2.0, -0.5, 0.0, 0.5, 2.0, 4.0, 4.5):
        assert signature.jacobian(0).run_point([x])[0] == [1.0, 1.0, 0.0], x
    for array_ in (array([0.5, 7.0]), array([-4.5, 4.0])):
        for function, slope in [(lambda a: a % 2.0, 1.0), (lambda a: a // 2.0, 0.0)]:
            found = signature_of(function, array_).jacobian(0).run_point(array_.tolist())[0]
            assert found == [slope, 0.0, 0.0, slope]
    signature = signature_of(lambda x, y: x % y, 1.0, 2.0)
    for x, y in [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (0.0, 3.0)]:
        assert signature.jacobian(0).run_point([x, y])[0] == [1.0]
        assert signature.jacobian(1).run_point([x, y])[0] == [-(x // y)]


# ---- trouble -------------------------------------------------------------------------------------


def test_a_derivative_has_the_trouble_of_the_function_and_none_of_its_own() -> None:
    # sqrt(x) at 0 has an infinite derivative, and log(x) has no value there.
    for op, x in [(Op.SQRT, 0.0), (Op.CBRT, 0.0), (Op.ASIN, 1.0), (Op.COSH, 710.4), (Op.ABS, INF)]:
        assert trouble_of(unary(op), x) == 0
        assert trouble_of(jacobian(unary(op), [0], [0]), x) == 0
    for op, x in [(Op.SQRT, -1.0), (Op.LOG, 0.0), (Op.SIN, INF), (Op.EXP, 1e3), (Op.ACOS, 2.0)]:
        assert trouble_of(jacobian(unary(op), [0], [0]), x) == trouble_of(unary(op), x) != 0
    for x, y in [(0.0, 0.0), (0.0, 0.5), (-8.0, 3.0), (-8.0, 0.5), (0.0, -1.0), (1e200, 3.0)]:
        expected = trouble_of(binary(Op.POW), x, y)
        assert trouble_of(jacobian(binary(Op.POW), [0, 1], [0]), x, y) == expected
    assert trouble_of(jacobian(binary(Op.DIV), [0, 1], [0]), 1.0, 0.0) == ZERO_DIVISION
    assert trouble_of(jacobian(binary(Op.FMOD), [0, 1], [0]), 1.0, 0.0) == DOMAIN


def test_a_quiet_operation_stays_quiet() -> None:
    for op, x in [(Op.SIN, INF), (Op.COS, INF), (Op.LOG, 0.0), (Op.SQRT, -1.0)]:
        assert trouble_of(jacobian(quiet(unary(op)), [0], [0]), x) == 0


@pytest.mark.parametrize("op", [*UNARY, *BINARY])
def test_all_that_is_added_is_quiet_or_has_failed_before(op: int) -> None:
    original = unary(op) if op in UNARY else binary(op)
    wrt = [0] if op in UNARY else [0, 1]
    loud = collections.Counter(
        found
        for found, flags, *_ in INSTRUCTION.iter_unpack(jacobian(original, wrt, [0]))
        if flags == 0 and 10 <= found < 60
    )
    if op in (Op.SIN, Op.COS):
        assert loud == {Op.SIN: 1, Op.COS: 1}  # both fail for infinities alone
    else:
        assert loud == {op: 1}


def test_a_path_without_an_answer_stays_so() -> None:
    def f(x: float) -> float:
        if x < 0:
            raise ValueError
        return x * x

    made = signature_of(f, 1.0).jacobian(0)
    assert made.run_point([3.0]) == ([6.0], None)
    assert made.run_point([-3.0])[1][0] == FAIL


# ---- traced functions ----------------------------------------------------------------------------


def signature_of(function: Any, *arguments: Any, **options: Any) -> Signature:
    engine = jit(function, **options)._engine
    return engine.signature(tuple(map(structure.form_of, arguments)))  # type: ignore[no-any-return]


def test_results_of_all_flat_forms_have_a_jacobian() -> None:
    Pair = collections.namedtuple("Pair", "a b")
    y = [2.0, 3.0]
    for function in (
        lambda y: [y[0] * y[1], y[1]],
        lambda y: (y[0] * y[1], y[1]),
        lambda y: array([y[0] * y[1], y[1]]),
        lambda y: Pair(y[0] * y[1], y[1]),
    ):
        for argument in (list(y), tuple(y), array(y)):
            made = signature_of(function, argument).jacobian(0)
            assert made.run_point(y)[0] == [3.0, 2.0, 0.0, 1.0]
    assert signature_of(lambda x: x * x, 3.0).jacobian(0).run_point([3.0])[0] == [6.0]


def test_results_with_ints_and_arguments_have_a_jacobian() -> None:
    made = signature_of(lambda t, y: [0, y[1] * t, -1, True], 1.0, [1.0, 2.0])
    assert made.jacobian(1).run_point([5.0, 1.0, 2.0])[0] == [0, 0, 0, 5, 0, 0, 0, 0]
    assert made.jacobian(0, True).run_point([5.0, 1.0, 2.0])[0] == [0, 10, -1, 1, 0, 2, 0, 0]
    for y in ([1.0, 2.0], (1.0, 2.0), array([1.0, 2.0])):
        made = signature_of(lambda t, y: y, 1.0, y)
        assert made.jacobian(1, True).run_point([5.0, 1.0, 2.0])[0] == [1, 2, 1, 0, 0, 1]
        assert made.jacobian(0).run_point([5.0, 1.0, 2.0])[0] == [0, 0]


def test_ndarrays_have_a_jacobian() -> None:
    np = pytest.importorskip("numpy")
    made = signature_of(lambda t, y: np.array([t * y[0], np.sin(y[1])]), 1.0, np.array([1.0, 2.0]))
    assert made.jacobian(1).run_point([3.0, 1.0, 2.0])[0] == [3.0, 0.0, 0.0, math.cos(2.0)]
    made = signature_of(lambda y: -y * y, np.array([1.0, 2.0]))
    assert made.jacobian(0).run_point([3.0, 1.0])[0] == [-6.0, 0.0, 0.0, -2.0]
    lanes = signature_of(lambda y: -y * y, np.array([[1.0, 2.0], [3.0, 4.0]])).jacobian(0)
    outputs = [np.zeros(2) for _ in range(4)]
    assert lanes.run([np.array([1.0, 2.0]), np.array([3.0, 4.0])], outputs, 2) is None
    assert np.array(outputs).tolist() == [[-2.0, -4.0], [0.0, 0.0], [0.0, 0.0], [-6.0, -8.0]]
    assert signature_of(lambda y: np.outer(y, y), np.array([1.0, 2.0])).jacobian(0) is None


def test_other_results_have_none() -> None:
    def raises(x: float) -> float:
        raise ValueError

    for function in (
        lambda x: {"a": x},
        lambda x: [[x], x],
        lambda x: [x, "text"],
        lambda x: None,
        lambda x: x if x > 0 else [x],  # two forms
        raises,
    ):
        assert signature_of(function, 1.0).jacobian(0) is None
    assert signature_of(lambda y: y, [[1.0], 2.0]).jacobian(0) is None
    assert signature_of(lambda y: y[0], [[1.0], 2.0]).jacobian(0) is None
    too_many = 33  # squared, more than 1024 outputs
    assert signature_of(lorenz_96(too_many), [1.0] * too_many).jacobian(0) is None


def test_an_argument_that_does_not_exist_is_an_error() -> None:
    signature = signature_of(lambda x: x * x, 3.0)
    for argument in (1, -1):
        with pytest.raises(IndexError, match=f"argument {argument}: the signature has 1 arguments"):
            signature.jacobian(argument)


def test_a_jacobian_is_made_once_and_is_as_fast_as_its_function() -> None:
    exact = signature_of(lambda x: math.sin(x) * x, 3.0)
    fast = signature_of(lambda x: math.sin(x) * x, 3.0, fastmath=True)
    assert exact.jacobian(0) is exact.jacobian(0)
    assert exact.jacobian(0) is not exact.jacobian(0, True)
    assert "fused_add" in fast.jacobian(0).dump()
    assert "fused_add" not in exact.jacobian(0).dump()
    expected = math.cos(3.0) * 3.0 + math.sin(3.0)
    for signature in (exact, fast):
        found = signature.jacobian(0).run_point([3.0])[0]
        assert found == pytest.approx([expected], rel=1e-14)


# ---- against differences -------------------------------------------------------------------------


def replaced(value: Any, numbers: Iterator[float]) -> Any:
    """An argument with other numbers."""
    if isinstance(value, float):
        return next(numbers)
    if isinstance(value, array):
        return array([next(numbers) for _ in range(len(value))])
    if isinstance(value, dict):
        return {key: replaced(item, numbers) for key, item in value.items()}
    return type(value)(replaced(item, numbers) for item in value)


def flat(value: Any) -> list[float]:
    items = [value] if isinstance(value, (float, int)) else list(value)
    return [float(item) for item in items]


FUNCTIONS: dict[int, Callable[..., Any]] = {
    **{
        op: getattr(math, name.lower())
        for name, op in vars(Op).items()
        if hasattr(math, name.lower())
    },
    Op.ADD: operator.add,
    Op.SUB: operator.sub,
    Op.MUL: operator.mul,
    Op.DIV: operator.truediv,
    Op.MINIMUM: min,
    Op.MAXIMUM: max,
    Op.NEG: operator.neg,
    Op.ABS: abs,
    Op.LESS: operator.lt,
    Op.LESS_EQUAL: operator.le,
    Op.EQUAL: operator.eq,
    Op.NOT_EQUAL: operator.ne,
    Op.AND: operator.and_,
    Op.OR: operator.or_,
    Op.NOT: operator.not_,
    Op.SELECT: lambda a, b, c: b if a else c,
}
# What makes steps and kinks, and on which piece it is.
PIECES: dict[int, Callable[..., Any]] = {
    **{op: lambda result, *_: result for op in (Op.FLOOR, Op.CEIL, Op.TRUNC)},
    **{op: lambda result, *_: result for op in (Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.NOT_EQUAL)},
    **{op: lambda result, a, b: a < b for op in (Op.MINIMUM, Op.MAXIMUM)},
    Op.ABS: lambda result, a: a < 0,
    Op.FMOD: lambda result, a, b: round((a - result) / b),
    Op.SUB: lambda result, a, b: result if b == 2.0**52 else None,  # of round
}


def pieces(instructions: list[Any], numbers: list[float]) -> list[Any]:
    """On which pieces of its steps and kinks a point is: equal between points without one."""
    found = []
    values: dict[int, Any] = {}
    remaining = iter(numbers)
    conditions: list[bool] = []  # of the branches around, the innermost last
    skipped = 0  # depth within a side that is not taken
    closed = True
    for i, (op, _, *operands, value) in enumerate(instructions):
        if skipped and op not in (Op.IF, Op.ELSE, Op.END):
            continue
        if op == Op.IF:
            conditions.append(bool(skipped) or values[operands[0]])
            skipped += bool(skipped) or not conditions[-1]
        elif op == Op.ELSE:
            if skipped <= 1:
                skipped = int(conditions[-1])
        elif op == Op.END:
            closed = conditions.pop()
            skipped = max(0, skipped - 1)
        elif op == Op.RESULT:
            values[i] = values[operands[0 if closed else 1]]
        elif op in (Op.INPUT, Op.CONSTANT):
            values[i] = next(remaining) if op == Op.INPUT else value
        elif op == Op.FAIL:
            raise ArithmeticError
        elif op != Op.OUTPUT:
            known = [values[k] for k in operands if k >= 0]
            values[i] = FUNCTIONS[op](*known)
            if op in PIECES:
                found.append(PIECES[op](values[i], *known))
    return found


def differences(
    function: Any, values: list[Any], argument: int, signature: Signature
) -> list[list[float]] | None:
    """The Jacobian, by columns; None if there is a step, kink, or peak too near.

    Richardson's extrapolation of central differences: with steps h and 2 h, their error is O(h^4)
    by truncation, and about 1e-16 / h times the size of the result by rounding.
    """
    instructions = list(INSTRUCTION.iter_unpack(signature.instructions))

    def piece(arguments: list[Any]) -> list[Any]:
        numbers: list[float] = []
        for value in arguments:
            structure.flatten(value, numbers)
        return pieces(instructions, numbers)

    here, middle = piece(values), flat(function(*values))
    numbers: list[float] = []
    structure.flatten(values[argument], numbers)
    columns = []
    for j, x in enumerate(numbers):
        slopes = []
        for h in (1e-4, 2e-4):
            h *= max(1.0, abs(x))
            sides = []
            for moved in (x + h, x - h):
                others = list(values)
                others[argument] = replaced(
                    values[argument], iter([*numbers[:j], moved, *numbers[j + 1 :]])
                )
                if piece(others) != here:
                    return None
                sides.append(flat(function(*others)))
            slopes.append([(right - left) / (2 * h) for right, left in zip(*sides)])
            bends = [(right - 2 * centre + left) / h for right, left, centre in zip(*sides, middle)]
            if not all(
                abs(bend) <= 0.1 * max(1.0, abs(slope)) for bend, slope in zip(bends, slopes[-1])
            ):
                return None
        if not all(abs(one - two) <= 1e-4 * max(1.0, abs(one)) for one, two in zip(*slopes)):
            return None  # too strongly curved
        columns.append([(4 * one - two) / 3 for one, two in zip(*slopes)])
    return columns


def compared(function: Any, values: list[Any], signature: Signature) -> int:
    """Compares the Jacobians with differences. Returns how many elements were compared."""
    count = 0
    numbers: list[float] = []
    for value in values:
        structure.flatten(value, numbers)
    for argument in range(len(values)):
        made = signature.jacobian(argument, True)
        if made is None or made.run_point(numbers)[0] is None:
            continue
        result = flat(function(*values))
        found = made.run_point(numbers)[0]
        assert all(map(same, found, result)), (found, result)
        elements = found[len(result) :]
        assert all(map(same, elements, signature.jacobian(argument).run_point(numbers)[0]))
        expected = differences(function, values, argument, signature)
        if expected is None or not all(map(math.isfinite, elements)):
            continue
        m = len(expected)
        for i, size in enumerate(map(abs, result)):
            for j in range(m):
                one, other = elements[i * m + j], expected[j][i]
                # Rounding of differences gives 1e-12 of the result's size. Truncation gives what
                # the fifth derivative makes of 1e-16.
                assert abs(one - other) <= 1e-7 * max(1.0, abs(one)) + 1e-11 * size, (values, i, j)
                count += 1
    return count


# Their results are a dict, and tuples with True or False.
WITHOUT = {"michaelis menten", "Izhikevich neuron with reset"}


@pytest.mark.parametrize("name", CALLBACKS)
def test_the_jacobian_of_a_callback_agrees_with_differences(name: str) -> None:
    function = CALLBACKS[name][0]
    source = random.Random(name)
    signature = signature_of(function, *arguments(name, source, 0.0))
    count = 0
    # From Python 3.12 on, sum() compares the sizes of numbers. Each comparison is a step, and few
    # points are far enough from one.
    for k in range(200):
        count += compared(function, arguments(name, source, 0.0), signature)
        if k >= 19 and (count >= 20 or name in WITHOUT):
            break
    if name in WITHOUT:
        assert signature.jacobian(0) is None
    else:
        assert count >= 20


def random_function(source: random.Random) -> tuple[Any, list[Any]]:
    """A random function, and kinds of arguments."""
    text, kinds = written(source)
    names: dict[str, Any] = {"__name__": "random_function"}
    exec(compile(text, "<random function>", "exec"), names)
    make = {"float": lambda values: values[0], "list": list, "tuple": tuple, "array": array}
    return names["f"], [make[kind] for kind in kinds]


def compared_at_random(source: random.Random) -> int:
    function, kinds = random_function(source)
    engine = jit(function)._engine
    count = 0
    for _ in range(4):
        # Differences don't see what changes within 1e-100.
        values = [make([round(source.uniform(-3, 3), 3) for _ in range(3)]) for make in kinds]
        try:
            signature = engine.signature(tuple(map(structure.form_of, values)))
        except TraceError:
            return 0
        try:
            count += compared(function, values, signature)
        except (ArithmeticError, ValueError, TypeError):
            continue  # the function's own, or a complex result
    return count


@settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.randoms(use_true_random=False))
def test_the_jacobian_of_a_random_function_agrees_with_differences(source: random.Random) -> None:
    event("compared" if compared_at_random(source) else "not compared")


def test_many_random_functions_are_compared() -> None:
    counts = [compared_at_random(random.Random(seed)) for seed in range(200)]
    assert sum(count > 0 for count in counts) >= 50
    assert sum(counts) >= 1000
