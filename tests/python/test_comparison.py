# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import math
import operator
from fractions import Fraction

import numpy as np
import pytest

from piconumpy import array, zeros


@pytest.mark.parametrize("n", [0, 1, 4, 30, 300])
def test_arrays_are_equal_if_all_numbers_are(n):
    a, b = array(range(n)), array(range(n))
    assert (a == b) is True
    assert (a != b) is False
    if n:
        b[n - 1] = -1
        assert (a == b) is False
        assert (a != b) is True
    assert a != array(range(n + 1))


def test_equality_is_that_of_numbers():
    assert array([0.0]) == array([-0.0])
    a = array([math.nan])
    assert a != a
    assert not a == a  # noqa: SIM201


@pytest.mark.parametrize("other", [[1.0], (1.0,), 1.0, None, "x"])
def test_nothing_else_is_equal_to_an_array(other):
    assert array([1.0]) != other
    assert other != array([1.0])
    assert not array([1.0]) == other  # noqa: SIM201


def test_with_an_ndarray_numpy_answers_elementwise():
    a = array([1.0, 2.0])
    for result in (a == np.array([1.0, 3.0]), np.array([1.0, 3.0]) == a):
        assert isinstance(result, np.ndarray)
        assert result.tolist() == [True, False]


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_arrays_have_no_order(compare):
    for other in (array([1.0]), 1.0, [1.0]):
        with pytest.raises(TypeError):
            compare(array([1.0]), other)


def test_arrays_have_no_hash():
    with pytest.raises(TypeError, match="unhashable type"):
        hash(array([1.0]))


def test_truth_is_that_of_a_sequence():
    assert not array([])
    assert array([0.0])
    assert array([0.0, 0.0])


def test_membership_compares_numbers():
    a = array([1.0, 2.0**53, 0.25, math.inf])
    for member in (1, 1.0, True, Fraction(1, 4), np.float32(1), np.int8(1), 2**53, math.inf):
        assert member in a
    for other in (
        2,
        0.5,
        2**53 + 1,
        10**400,
        "1",
        None,
        1 + 0j,
        [1.0],
        array([1.0]),
        np.array([1.0]),
        b"1",
    ):
        assert other not in a
    assert math.nan not in array([math.nan])
    assert -0.0 in zeros(100)


def test_errors_during_membership_come_through():
    class Bad(Fraction):
        def __float__(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Bad(1) in array([1.0])  # noqa: B015
