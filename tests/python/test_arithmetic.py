# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import (
    BINARY,
    LENGTHS,
    SPECIAL,
    WITHOUT_FUNCTION,
    bits,
    compiled_methods,
    mixed,
    numbers,
    on_every_isa,
)

from piconumpy import array, set_isa

OPERATORS = {
    "add": (operator.add, operator.iadd),
    "subtract": (operator.sub, operator.isub),
    "multiply": (operator.mul, operator.imul),
    "divide": (operator.truediv, operator.itruediv),
    "floor_divide": (operator.floordiv, operator.ifloordiv),
    "remainder": (operator.mod, operator.imod),
    "power": (operator.pow, operator.ipow),
}
RESULTS = {**BINARY, **WITHOUT_FUNCTION}
every_operation = pytest.mark.parametrize("name", OPERATORS)


def check_all_forms(name, x, y, s):
    """Every way to write one operation, against Python's own floats."""
    op, inplace = OPERATORS[name]
    reference = RESULTS[name]
    a, b = array(x), array(y)
    array_array = bits(map(reference, x, y))
    array_scalar = bits(reference(v, s) for v in x)
    assert bits(op(a, b)) == array_array
    assert bits(op(a, s)) == array_scalar
    assert bits(op(s, a)) == bits(reference(s, v) for v in x)
    assert bits(op(a, a)) == bits(map(reference, x, x))
    assert bits(a) == bits(x)
    assert bits(b) == bits(y)
    for literal in (list(y), tuple(y)):
        assert bits(op(a, literal)) == array_array
        assert bits(op(literal, b)) == bits(map(reference, y, y))
    for operand, expected in ((b, array_array), (s, array_scalar), (y, array_array)):
        changed = array(x)
        same = inplace(changed, operand)
        assert same is changed
        assert bits(changed) == expected
    assert bits(inplace(a, a)) == bits(map(reference, x, x))


@on_every_isa
@every_operation
@settings(max_examples=60)
@given(pairs=st.lists(st.tuples(numbers, numbers), max_size=70), s=numbers)
def test_arithmetic_equals_python_s_bit_for_bit(isa, name, pairs, s):
    with set_isa(isa):
        check_all_forms(name, [x for x, _ in pairs], [y for _, y in pairs], s)


@on_every_isa
@every_operation
def test_every_length_and_special_number(isa, name):
    with set_isa(isa):
        for n in LENGTHS:
            check_all_forms(name, mixed(n), mixed(n, 4), SPECIAL[n % len(SPECIAL)])


@pytest.mark.parametrize("n", [0, 1, 5, 8, 9, 61, 1000])
def test_signs_and_magnitudes(n):
    values = mixed(n)
    a = array(values)
    assert bits(-a) == bits(-x for x in values)
    assert bits(+a) == bits(values)
    assert bits(abs(a)) == bits(map(abs, values))
    assert +a is not a


@pytest.mark.parametrize(
    "scalar",
    [3, -3, 0, True, 2**31, 2**70, -(2**70), 0.1, Fraction(1, 4)]
    + [
        np.float64(0.1),
        np.float32(0.1),
        np.float16(0.1),
        np.longdouble(2),
        np.int64(-7),
        np.uint8(7),
        np.True_,
    ],
    ids=lambda s: f"{type(s).__name__}-{s}",
)
@every_operation
def test_real_scalars_of_any_type_on_either_side(name, scalar):
    op, inplace = OPERATORS[name]
    for n in (0, 1, 4, 30, 100):
        values = [i + 0.5 for i in range(n)]
        a = array(values)
        reference = RESULTS[name]
        for result, expected in (
            (op(a, scalar), [reference(x, float(scalar)) for x in values]),
            (op(scalar, a), [reference(float(scalar), x) for x in values]),
            (inplace(a, scalar), [reference(x, float(scalar)) for x in values]),
        ):
            assert type(result) is array
            assert bits(result) == bits(expected)


@pytest.mark.parametrize("other", ["x", None, 1j, Decimal(1), {}, {1.0}, range(2), object()])
@every_operation
def test_what_is_no_real_number_is_refused(name, other):
    a = array([1.0, 2.0])
    for operation in OPERATORS[name]:
        with pytest.raises(TypeError):
            operation(a, other)
    if name != "remainder" or other != "x":  # a str formats what it gets
        with pytest.raises(TypeError):
            OPERATORS[name][0](other, a)
    assert a == array([1.0, 2.0])


@every_operation
@pytest.mark.parametrize(("m", "n"), [(1, 2), (2, 1), (0, 1), (8, 9), (100, 7)])
def test_lengths_that_differ_are_both_named(name, m, n):
    a, b = array(range(m)), array(range(n))
    for operation in OPERATORS[name]:
        for other in (b, b.tolist(), tuple(b)):
            with pytest.raises(ValueError, match=f"^{name}: the lengths differ: {m} and {n}(:|$)"):
                operation(a, other)
    assert a == array(range(m))


@every_operation
def test_one_number_is_repeated_only_without_brackets(name):
    a = array([1.0, 2.0, 3.0])
    for other in (array([5.0]), [5.0], (5.0,)):
        for operation in OPERATORS[name]:
            with pytest.raises(ValueError, match="an array of length 1 is no scalar"):
                operation(a, other)
        with pytest.raises(ValueError, match="an array of length 1 is no scalar"):
            OPERATORS[name][0](other, a)


@every_operation
@pytest.mark.parametrize("other", [["x", 1.0], [[1.0], [2.0]], (1.0, None), [1j, 2.0]])
def test_lists_of_what_is_no_number_are_refused(name, other):
    a = array([1.0, 2.0])
    for operation in OPERATORS[name]:
        with pytest.raises(TypeError, match="element . is not a real number but"):
            operation(a, other)
    with pytest.raises(TypeError, match="element . is not a real number but"):
        OPERATORS[name][0](other, a)
    assert a == array([1.0, 2.0])


@pytest.mark.parametrize("n", [0, 1, 4, 8, 9, 100])
@every_operation
def test_an_int_too_large_for_a_float_overflows(name, n):
    a = array([1.0] * n)
    for operation in (*OPERATORS[name], lambda x, y: OPERATORS[name][0](y, x)):
        for sign in (1, -1):
            with pytest.raises(OverflowError, match="int too large"):
                operation(a, sign * 10**400)
    assert a == array([1.0] * n)


@pytest.mark.parametrize("kind", [float, int])
@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0]])
def test_an_array_is_no_number(kind, values):
    message = rf"^{kind.__name__}\(\) needs one number, not an array: did you mean .*\(a\[0\]\)"
    with pytest.raises(TypeError, match=message):
        kind(array(values))


def test_division_by_zero_gives_infinity_or_nan():
    quotient = array([1, -1, 0]) / 0
    assert quotient[0] == math.inf
    assert quotient[1] == -math.inf
    assert math.isnan(quotient[2])
    assert (1 / array([0.0, -0.0])).tolist() == [math.inf, -math.inf]


@pytest.mark.parametrize("n", [1, 4, 30, 300])
def test_in_place_operations_show_wherever_the_array_is_known(n):
    a = array([1.0] * n)
    other_name, view = a, memoryview(a)
    a += 1
    a *= array([2.0] * n)
    assert a is other_name
    assert view.tolist() == [4.0] * n


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("n", [0, 1, 3, 30])
@pytest.mark.parametrize("name", OPERATORS)
def test_in_place_operations_on_a_list_give_an_array_and_leave_the_list(name, kind, n):
    numbers = kind(range(1, n + 1))
    before = kind(numbers)
    a = array([2.0] * n)
    plain, in_place = OPERATORS[name]
    result = in_place(numbers, a)
    assert type(result) is array
    assert result == plain(array(before), a)
    assert numbers == before
    assert a == array([2.0] * n)
    for other in (array([2.0] * (n + 1)), array([2.0] * (n + 2))):
        with pytest.raises(ValueError, match=rf"the lengths differ: {n} and {len(other)}"):
            in_place(numbers, other)
    assert numbers == before


def test_a_list_is_extended_by_the_numbers_of_an_array():
    numbers = [1.0]
    numbers.extend(array([2.0, 3.0]))
    numbers[:0] = array([0.5])
    assert numbers == [0.5, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "expression", ["a @ 2", "2 @ a", "pow(a, 2, 3)", "pow(2, a, 3)", "~a", "a & a", "a << 1"]
)
def test_other_operators_are_refused(expression):
    with pytest.raises(TypeError):
        eval(expression, {"a": array([1.0])})


def test_float_subclasses_keep_their_value():
    class Float(float):
        def __float__(self):
            raise AssertionError("not asked")

    assert array([1.0]) * Float(2) == array([2.0])


def test_a_scalar_whose_conversion_fails_tells_so():
    class Bad(Fraction):
        def __float__(self):
            raise ZeroDivisionError("from __float__")

    for form in (lambda a: a + Bad(1), lambda a: Bad(1) + a, lambda a: operator.iadd(a, Bad(1))):
        with pytest.raises(ZeroDivisionError):
            form(array([1.0]))


def test_slots_called_directly():
    a = array([1.0, 2.0])
    assert array.__add__(a, 1) == array([2.0, 3.0])
    assert array.__rsub__(a, 1) == array([0.0, -1.0])
    assert array.__mul__(a, "x") is NotImplemented


@compiled_methods
def test_slots_called_with_something_else():
    a = array([1.0, 2.0])
    with pytest.raises(TypeError):
        array.__add__(1, a)
    with pytest.raises(TypeError):
        array.__iadd__(1.0, a)
    with pytest.raises(TypeError):
        array.__getitem__([1.0], 0)


# ---- quotients, powers, rounding --------------------------------------------------------------


@pytest.mark.parametrize("op", [operator.floordiv, operator.mod, divmod])
def test_quotients_have_numpy_s_values_with_every_pair_of_special_numbers(op):
    x, y = zip(*((x, y) for x in SPECIAL for y in SPECIAL))
    with np.errstate(all="ignore"):
        expected = op(np.array(x), np.array(y))
    results = op(array(x), array(y))
    for result, truth in zip(np.atleast_2d(results), np.atleast_2d(expected)):
        assert bits(result) == bits(truth)


@given(st.lists(st.tuples(numbers, numbers), max_size=20), numbers)
def test_divmod_is_the_pair_of_quotient_and_remainder(pairs, s):
    x, y = array([x for x, _ in pairs]), array([y for _, y in pairs])
    for a, b in ((x, y), (x, s), (s, y), (x, y.tolist()), (x.tolist(), y)):
        quotient, remainder = divmod(a, b)
        assert bits(quotient) == bits(a // b)
        assert bits(remainder) == bits(a % b)


def test_divmod_is_refused_as_quotients_are():
    for a, b in ((array([1.0]), "x"), (None, array([1.0]))):
        with pytest.raises(TypeError):
            divmod(a, b)
    with pytest.raises(ValueError, match="floor_divide: the lengths differ: 2 and 3"):
        divmod(array([1.0, 2.0]), array([1.0, 2.0, 3.0]))


def test_powers_give_infinity_or_nan_where_python_raises():
    inf, nan = math.inf, math.nan
    base = [0.0, -0.0, 0.0, -0.0, -8.0, 10.0, -10.0, -10.0, 1.0, nan, -inf]
    exponent = [-1.0, -1.0, -2.0, -2.0, 1 / 3, 1e3, 1e3, 1001.0, nan, 0.0, -3.0]
    expected = [inf, -inf, inf, inf, nan, inf, inf, -inf, 1.0, 1.0, -0.0]
    assert bits(array(base) ** array(exponent)) == bits(expected)
    for x, y, result in zip(base, exponent, expected):
        assert bits(array([x]) ** y) == bits(x ** array([y])) == bits([result])
        changed = array([x] * 20)
        changed **= y
        assert bits(changed) == bits([result] * 20)


@given(st.lists(numbers, max_size=20), st.integers(-30, 30))
def test_numbers_are_rounded_as_python_rounds_floats(values, ndigits):
    def rounded(x, n):
        try:
            return round(x, n)
        except OverflowError:
            return math.copysign(math.inf, x)

    a = array(values)
    assert bits(round(a, ndigits)) == bits(rounded(x, ndigits) for x in values)
    assert bits(round(a)) == bits(round(x, 0) for x in values)
    assert bits(a) == bits(values)


def test_rounding_is_exact_where_numpy_s_is_not():
    assert round(array([2.675, 0.5, 1.5]), 2).tolist() == [2.67, 0.5, 1.5]
    assert round(array([1.7976931348623157e308]), -308)[0] == math.inf
    assert round(array([math.nan, -math.inf, -0.2])).tolist()[1:] == [-math.inf, 0.0]
    for ndigits in (1.5, "2", array([1.0])):
        with pytest.raises(TypeError, match="ndigits must be an integer, not "):
            round(array([1.0]), ndigits)
