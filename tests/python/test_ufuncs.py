# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's ufuncs, with arrays as inputs and as outputs."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from support import bits

from piconumpy import array, zeros

lengths = pytest.mark.parametrize("n", [0, 1, 4, 8, 9, 61, 1000])

OPERATORS = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.floor_divide: operator.floordiv,
    np.remainder: operator.mod,
    np.power: operator.pow,
}
every_operator = pytest.mark.parametrize("ufunc", OPERATORS, ids=lambda ufunc: ufunc.__name__)


@lengths
@every_operator
def test_a_result_goes_into_an_array(ufunc, n):
    values = np.arange(1.0, n + 1) % 50 + 1
    for x_of, y_of in ((array, array), (array, np.array), (np.array, array), (array, list)):
        x, y = x_of(values), y_of(2 * values)
        expected = ufunc(values, 2 * values)
        out = zeros(n)
        assert ufunc(x, y, out=out) is out
        assert ufunc(x, y, zeros(n)) == out
        assert bits(out) == bits(expected)
        target = np.zeros(n)
        assert ufunc(x, y, out=target) is target
        assert bits(target) == bits(expected)
        if x_of is array:
            assert ufunc(x, y, out=x) is x
            assert bits(x) == bits(expected)


def test_other_ufuncs_and_their_options():
    a = array([1.0, 4.0, 9.0])
    assert np.sqrt(a, out=a) is a
    assert a == array([1.0, 2.0, 3.0])
    assert np.add(a, 1, out=a, where=[True, False, True]) is a
    assert a == array([2.0, 2.0, 4.0])
    whole, part = zeros(3), zeros(3)
    assert np.modf(np.array([1.5, 2.25, -3.5]), out=(part, whole)) == (part, whole)
    assert (part, whole) == (array([0.5, 0.25, -0.5]), array([1.0, 2.0, -3.0]))
    results = np.divmod(a, 3, out=(None, part))
    assert type(results[0]) is np.ndarray
    assert results[1] is part
    assert part == array([2.0, 2.0, 1.0])


def test_methods_of_ufuncs():
    a = array([1.0, 2.0, 4.0])
    assert np.add.reduce(a) == 7.0
    assert np.add.accumulate(a).tolist() == [1.0, 3.0, 7.0]
    assert np.add.accumulate(a, out=a) is a
    assert a == array([1.0, 3.0, 7.0])
    assert np.multiply.outer(a, a).shape == (3, 3)
    np.add.at(a, [0, 0, 2], array([1.0, 1.0, 0.5]))
    assert a == array([3.0, 3.0, 7.5])
    assert np.add.reduceat(a, [0, 1]).tolist() == [3.0, 10.5]


def test_errors_are_numpy_s_and_write_nothing():
    a = array([1.0, 2.0])
    with pytest.raises(ValueError, match="broadcast"):
        np.add(a, [1.0, 2.0, 3.0], out=a)
    with pytest.raises(TypeError):
        np.add(a, "x", out=a)
    with pytest.raises(TypeError):
        np.equal(a, a, out=a, dtype="U3")
    with pytest.raises(TypeError):
        np.sin(a, nonsense=1)
    with pytest.raises(TypeError):
        np.sin(a, out=a, where=a)
    assert a == array([1.0, 2.0])


def test_without_an_output_of_ours_the_result_is_numpy_s():
    a = array([1.0, 2.0])
    for result in (
        np.add(a, a),
        np.add(a, 1.0),
        np.add(np.ones(2), a),
        np.sin(a),
        np.less(a, 2.0),
        np.greater(1.5, a),
        np.ones(2) + a,
        a + np.ones(2),
        np.array(2.0) * a,
        np.ones(2) // a,
        np.ones(2) ** a,
        np.float64(2) < np.ones(2),
    ):
        assert type(result) is np.ndarray
    assert type(np.sin(a)) is np.ndarray
    assert type(np.asarray(a).sum()) is type(np.sum(a)) is np.float64


@pytest.mark.parametrize("scalar", [np.float64(2), np.float32(2), np.int64(2), np.True_])
@every_operator
def test_operators_with_a_numpy_scalar_give_arrays(ufunc, scalar):
    a = array([3.0, 4.5])
    op = OPERATORS[ufunc]
    for result, expected in (
        (op(scalar, a), op(float(scalar), a)),
        (op(a, scalar), op(a, float(scalar))),
    ):
        assert type(result) is array
        assert result == expected


def test_divmod_and_comparisons_with_a_numpy_scalar():
    a = array([3.0, 4.5])
    assert divmod(np.float64(9), a) == divmod(9.0, a)
    for scalar in (np.float64(3), np.float32(3), np.int64(3)):
        assert (scalar == a) is False
        assert (a == scalar) is False
        assert (scalar != a) is True
        assert (a != scalar) is True
    total = np.float64(1)
    total += a
    assert total == array([4.0, 5.5])
    with pytest.raises(TypeError):
        np.complex128(1j) * a
    with pytest.raises(TypeError):
        np.float64(2) @ a


def test_other_types_with_ufuncs_of_their_own_take_part():
    class Unit:
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            return [type(thing).__name__ for thing in inputs], sorted(options)

    a = array([1.0])
    assert np.multiply(a, Unit()) == (["ndarray", "Unit"], [])
    assert np.multiply(Unit(), a) == (["Unit", "array"], [])
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    assert type(array([1.0, 2.0]) + masked) is np.ma.MaskedArray
    assert (masked + array([1.0, 2.0])).mask.tolist() == [False, True]
