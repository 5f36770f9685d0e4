# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import copy
import math
import reprlib
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bits, knowing_sizes, mixed, numbers

from piconumpy import array, zeros


@given(st.lists(numbers, max_size=70))
def test_repr_evaluates_back(values):
    assert bits(eval(repr(array(values)), {"array": array})) == bits(values)


def test_tools_that_show_values_show_arrays():
    # Up to Python 3.11, reprlib takes each type named array for array.array.
    assert "[1.0, 2.0]" in reprlib.repr(array([1, 2]))
    assert "[1.0, 2.0]" in reprlib.repr((array([1, 2]), 3))


def test_repr_of_special_numbers():
    assert repr(array([1, -0.0, 1e300])) == "array([1.0, -0.0, 1e+300])"
    assert repr(array([])) == "array([])"
    infinite = array([math.inf, -math.inf, math.nan])
    assert repr(infinite) == "array([float('inf'), float('-inf'), float('nan')])"


def test_of_more_than_1000_numbers_only_the_ends_are_shown():
    a = array(range(1001))
    for text in (repr(a), str(a), f"{a}"):
        assert text == "array([0.0, 1.0, 2.0, ..., 998.0, 999.0, 1000.0], length 1001)"
    assert f"{a:.2f}" == "array([0.00, 1.00, 2.00, ..., 998.00, 999.00, 1000.00], length 1001)"
    assert eval(repr(a[:1000]), {"array": array}) == a[:1000]
    a[0] = math.nan
    assert repr(a).startswith("array([float('nan'), 1.0, 2.0, ..., 998.0")


def test_a_format_that_floats_don_t_have_is_refused():
    with pytest.raises(ValueError):
        f"{array([1.0]):d}"
    with pytest.raises(TypeError):
        array([1.0]).__format__(3)


@pytest.mark.parametrize("n", [0, 4, 8, 9, 60, 61, 500])
@pytest.mark.parametrize(
    "duplicate",
    [
        array.copy,
        copy.copy,
        copy.deepcopy,
        lambda a: a[:],
        lambda a: +a,
        lambda a: array(a.tolist()),
    ],
)
def test_copies_are_independent(n, duplicate):
    values = mixed(n)
    a = array(values)
    b = duplicate(a)
    assert type(b) is array
    assert bits(b) == bits(values)
    b[:] = 7
    assert bits(a) == bits(values)


def test_tolist_gives_floats():
    assert array([1, 2]).tolist() == [1.0, 2.0]
    assert {type(x) for x in array(range(30)).tolist()} == {float}


@pytest.mark.parametrize("n", [0, 1, 8, 9, 61])
def test_tobytes_gives_the_memory(n):
    a = array(mixed(n))
    expected = struct.pack(f"{n}d", *mixed(n))
    assert a.tobytes() == expected
    with memoryview(a) as view:
        assert view.tobytes() == a.tobytes() == expected
    assert type(a.tobytes()) is bytes


@knowing_sizes
def test_sizeof_counts_the_numbers():
    for n in (0, 8, 9, 60, 61, 10_000):
        assert 8 * n < sys.getsizeof(zeros(n)) < 8 * n + 200
