# SPDX-License-Identifier: BSD-3-Clause
"""linspace and arange give NumPy's bits."""

from __future__ import annotations

import math
import platform
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bits

import piconumpy
from piconumpy import arange, array, linspace

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
moderate = st.floats(-1e6, 1e6, width=64)
# On other CPUs, NumPy's compiler may fuse products and sums.
like_numpy = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="NumPy may fuse operations here"
)

COUNTS = [0, 1, 2, 3, 4, 5, 8, 9, 50, 63, 64, 65, 127, 128, 129, 1000, 4099]


@like_numpy
@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("num", COUNTS)
def test_linspace_of_every_length(num, endpoint):
    for start, stop in ((0, 1), (-1.5, 2), (3, 3), (1, -1e-3), (0.1, 1e300), (5e-324, 1e-323)):
        result = linspace(start, stop, num, endpoint)
        assert type(result) is array
        assert bits(result) == bits(np.linspace(start, stop, num, endpoint))
        values, step = linspace(start, stop, num, endpoint=endpoint, retstep=True)
        assert bits(values) == bits(result)
        expected = np.linspace(start, stop, num, endpoint=endpoint, retstep=True)[1]
        assert bits([step]) == bits([float(expected)])


@like_numpy
@given(finite, finite, st.integers(0, 200), st.booleans())
def test_linspace_of_any_ends(start, stop, num, endpoint):
    with np.errstate(all="ignore"):
        expected = np.linspace(start, stop, num, endpoint)
    assert bits(linspace(start, stop, num, endpoint)) == bits(expected)


def test_linspace_s_defaults_and_errors():
    assert len(linspace(0, 1)) == 50
    assert linspace(Fraction(1, 2), np.float32(1), np.int8(2)) == array([0.5, 1.0])
    with pytest.raises(ValueError, match="^num must not be negative$"):
        linspace(0, 1, -1)
    with pytest.raises(TypeError, match="^num must be an integer, not float$"):
        linspace(0, 1, 5.0)
    with pytest.raises(TypeError, match="^start is not a real number but str$"):
        linspace("0", 1)
    with pytest.raises(TypeError, match="^stop is not a real number but "):
        linspace(0, array([1.0]))
    with pytest.raises(MemoryError):
        linspace(0, 1, 2**62)


@like_numpy
@pytest.mark.parametrize(
    "arguments",
    [
        (0,),
        (1,),
        (5,),
        (-3,),
        (2.5,),
        (1000,),
        (0, 1, 0.1),
        (0.5, 70),
        (1, 1.3, 0.1),
        (10, 0, -0.75),
        (3, 3),
        (5, 1),
        (1, 5, -1),
        (0, 1e-320, 1e-323),
        (0, 1, math.inf),
        (0, -1, math.inf),
        (0, 5e-324, 1e300),
        (-1e300, 1e300, 1e297),
        (2**60, 2**60 + 4096, 256),
    ],
    ids=str,
)
def test_arange(arguments):
    expected = np.arange(*map(float, arguments))
    result = arange(*arguments)
    assert type(result) is array
    assert bits(result) == bits(expected)


@like_numpy
@given(moderate, st.floats(0, 300), st.floats(0.25, 1e3) | st.floats(-1e3, -0.25))
def test_arange_of_any_steps(start, steps, step):
    stop = start + steps * step
    assert bits(arange(start, stop, step)) == bits(np.arange(start, stop, step))


def test_arange_s_keywords_and_errors():
    assert arange(1, stop=3) == arange(start=1, stop=3, step=1) == array([1.0, 2.0])
    assert arange(3, step=2) == array([0.0, 2.0])
    assert arange(Fraction(5, 2)) == array([0.0, 1.0, 2.0])
    with pytest.raises(TypeError):
        arange()
    with pytest.raises(TypeError, match="^stop is not a real number but str$"):
        arange("3")
    with pytest.raises(ZeroDivisionError, match="^step must not be zero$"):
        arange(0, 1, 0)
    for arguments in ((0, math.inf), (math.nan,), (0, 1, math.nan), (0, 1e300, 1e-300)):
        with pytest.raises(ValueError, match="^no array has so many numbers: start"):
            arange(*arguments)
    with pytest.raises(MemoryError):
        arange(1e300)


def test_constants_are_those_of_math():
    for name in ("pi", "e", "inf", "nan"):
        assert name in piconumpy.__all__
        assert bits([getattr(piconumpy, name)]) == bits([getattr(math, name)])


def test_one_import_is_enough_for_a_callback():
    space: dict[str, object] = {}
    exec("from piconumpy import *\nresult = linspace(0, 2 * pi, 3) / pi", space)
    assert space["result"] == array([0.0, 1.0, 2.0])
