# SPDX-License-Identifier: BSD-3-Clause
"""An array is a sequence of floats."""

from __future__ import annotations

import collections.abc
import math
import operator
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bits, mixed, numbers

from piconumpy import array, zeros


def test_it_is_a_sequence_that_can_t_change_its_length():
    a = array([1.0])
    assert isinstance(a, collections.abc.Sequence)
    assert issubclass(array, collections.abc.Sequence)
    assert not isinstance(a, collections.abc.MutableSequence)
    assert not isinstance(a, collections.abc.Hashable)
    for name in ("__getitem__", "__len__", "__contains__", "__iter__", "index", "count"):
        assert hasattr(a, name)


@pytest.mark.parametrize("n", [0, 1, 4, 8, 9, 61, 1000])
def test_reversed_goes_backwards(n):
    assert bits(reversed(array(mixed(n)))) == bits(reversed(mixed(n)))


few = st.sampled_from([0.0, -0.0, 1.0, 2.5, math.inf, math.nan])


@given(st.lists(few, max_size=12), few, st.integers(-15, 15), st.integers(-15, 15))
def test_index_and_count_are_those_of_a_tuple(values, x, start, stop):
    values = tuple(float.fromhex(v.hex()) for v in values)  # no two are the same object
    a = array(values)
    assert a.count(x) == sum(v == x for v in values)
    for limits in ((), (start,), (start, stop)):
        try:
            expected = values.index(x, *limits) if x == x else None
        except ValueError:
            expected = None
        if expected is None:
            with pytest.raises(ValueError, match="is not in the array"):
                a.index(x, *limits)
        else:
            assert a.index(x, *limits) == expected


def test_index_and_count_compare_numbers_of_every_type():
    a = array([0.25, 2.0**53, 1.0, 1.0])
    assert a.index(Fraction(1, 4)) == a.index(np.float32(0.25)) == 0
    assert a.index(2**53) == 1
    assert a.index(True) == 2
    assert a.count(np.int8(1)) == 2
    for dtype in ("f8", ">f8", "f4", "i8", "?", "O"):
        one = np.array(1, dtype)
        assert a.index(one) == 2
        assert a.count(one) == 2
        assert one in a
    others = (2**53 + 1, 10**400, "1", None, 1j, [1.0], a)
    in_numpy = (np.array("1"), np.array(1j), np.array(10**400), np.array(1, "m8[s]"), np.ones(1))
    for other in (*others, *in_numpy):
        assert a.count(other) == 0
        assert other not in a
        with pytest.raises(ValueError, match="is not in the array"):
            a.index(other)
    with pytest.raises(TypeError):
        a.index()
    with pytest.raises(TypeError):
        a.index(1.0, "x")
    with pytest.raises(TypeError):
        a.count()


@pytest.mark.skipif(sys.version_info < (3, 10), reason="this Python has no match statement")
def test_patterns_match():
    space = {"array": array}
    code = """
def describe(a):
    match a:
        case []:
            return "nothing"
        case [0.0, y]:
            return y
        case [x, *rest]:
            return x, rest
"""
    exec(code, space)
    assert space["describe"](array([])) == "nothing"
    assert space["describe"](array([0, 2])) == 2.0
    assert space["describe"](array([1, 2, 3])) == (1.0, [2.0, 3.0])


@pytest.mark.parametrize("n", [1, 4, 9, 61])
@pytest.mark.parametrize("values", [array([7.0]), [7.0], (7.0,), np.array([7.0])])
def test_one_number_in_brackets_is_not_repeated(n, values):
    a = zeros(n + 1)
    with pytest.raises(
        ValueError, match=f"^can't assign 1 number to a slice of length {n + 1}: to"
    ):
        a[:] = values
    a[1:2] = values
    assert a[1] == 7.0
    with pytest.raises(ValueError, match="^can't assign 2 numbers to a slice of length 1$"):
        a[:1] = [1.0, 2.0]
    a[:] = 3
    assert a == zeros(n + 1) + 3


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_a_comparison_says_what_to_do(compare):
    sign = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}[compare.__name__]
    a = array([1.0, 2.0])
    for other in (a, array([]), 1.0, 2, [1.0], (1.0,), np.float64(2)):
        with pytest.raises(TypeError) as caught:
            compare(a, other)
        assert f"np.asarray(a) {sign} b" in str(caught.value)
        assert f"a.tolist() {sign} b.tolist()" in str(caught.value)
        with pytest.raises(TypeError, match="arrays have no order"):
            compare(other, a)
    for other in (None, "x", object()):
        with pytest.raises(TypeError):
            compare(a, other)
    assert (
        compare(a, np.array([1.0, 3.0])).tolist()
        == compare(np.asarray(a), np.array([1.0, 3.0])).tolist()
    )


@given(st.lists(numbers, max_size=20))
def test_a_format_is_that_of_each_number(values):
    inside = ", ".join(format(x, "+.3e") for x in values)
    assert f"{array(values):+.3e}" == f"array([{inside}])"
    assert f"{array(values)}" == str(array(values)) == repr(array(values))
