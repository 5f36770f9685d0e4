# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import array as std
import operator
import subprocess
import sys

import numpy as np
import pytest
from support import bits, mixed

from piconumpy import array

INPLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv]
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv]


def test_piconumpy_does_not_import_numpy():
    code = "import sys, piconumpy; piconumpy.array([1, 2]) + 1; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("n", [0, 1, 4, 30, 300])
def test_memory_is_shared_both_ways(n):
    a = array(range(n))
    shared = np.asarray(a)
    assert shared.dtype == np.float64
    assert shared.shape == (n,)
    assert shared.flags.writeable
    if n:
        a[0] = 7
        assert shared[0] == 7
        shared[n - 1] = 9
        assert a[n - 1] == 9
    assert np.shares_memory(shared, np.asarray(a)) or n == 0


def test_memory_outlives_the_name():
    for n in (4, 30, 300):
        shared = np.asarray(array(range(n)))
        others = [array([9.0] * n) for _ in range(50)]
        assert shared.tolist() == [float(i) for i in range(n)]
        assert others[0][0] == 9.0


def test_buffer_properties():
    view = memoryview(array([1.0, 2.0]))
    assert (view.format, view.itemsize, view.ndim, view.shape, view.strides) == (
        "d",
        8,
        1,
        (2,),
        (8,),
    )
    assert not view.readonly
    assert view.c_contiguous
    view[1] = 5.0
    assert view.obj == array([1.0, 5.0])
    assert bytes(array([1.0])) == np.float64(1.0).tobytes()


@pytest.mark.parametrize("op", BINARY)
@pytest.mark.parametrize(
    "other", [np.array([1.0, 2.0]), np.array([1, 2]), np.array(2.5), np.ones((3, 2)), np.ones(1)]
)
def test_with_an_ndarray_the_result_is_numpy_s(op, other):
    a = array([3.0, 4.0])
    converted = np.asarray(a)
    for result, expected in (
        (op(a, other), op(converted, other)),
        (op(other, a), op(other, converted)),
    ):
        assert type(result) is type(expected)
        assert np.array_equal(result, expected)


def test_an_index_with_a_new_axis_gives_an_ndarray_on_the_same_memory():
    a = array([1.0, 2.0])
    column = a[:, np.newaxis]
    assert column.shape == (2, 1)
    column[1, 0] = 5.0
    assert a == array([1.0, 5.0])
    assert a[None, :].shape == (1, 2)
    for key in ((0,), (0, 0), (slice(None), 0), ()):
        with pytest.raises(TypeError, match="array indices must be integers or slices, not tuple"):
            a[key]


def test_numpy_s_functions_take_arrays():
    a = array([0.0, 1.0])
    assert np.array_equal(np.sin(a), np.sin([0.0, 1.0]))
    assert np.dot(a, a) == 1.0
    assert np.concatenate([a, np.ones(1)]).tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "scalar_type", [np.float64, np.float32, np.float16, np.longdouble, np.int64, np.uint8, np.bool_]
)
@pytest.mark.parametrize("op", BINARY)
def test_with_a_numpy_scalar_the_result_is_an_array(op, scalar_type):
    a = array([3.0, 4.0])
    scalar = scalar_type(1)
    assert type(op(a, scalar)) is array
    assert type(op(scalar, a)) is array
    assert op(scalar, a) == op(1.0, a)


@pytest.mark.parametrize("op", BINARY)
@pytest.mark.parametrize("scalar", [np.str_("x"), np.datetime64("2020-01-01"), np.void(b"x")])
def test_numpy_scalars_that_are_no_numbers_are_refused(op, scalar):
    with pytest.raises(TypeError):
        op(array([1.0]), scalar)
    with pytest.raises(TypeError):
        op(scalar, array([1.0]))


@pytest.mark.parametrize("n", [0, 1, 4, 30, 300])
@pytest.mark.parametrize("inplace", INPLACE)
def test_in_place_with_a_buffer_stays_the_same_array(inplace, n):
    values = [i + 1.0 for i in range(n)]
    spread = np.zeros(2 * n)
    spread[::2] = values
    for buffer in (
        np.array(values),
        spread[::2],
        std.array("d", values),
        np.array(values, "f4"),
        np.array(values, "i8"),
    ):
        a = array([12.0] * n)
        assert inplace(a, buffer) is a
        assert bits(a) == bits(inplace(12.0, x) for x in values)
    a = array(values)
    assert inplace(a, np.array(2.0)) is a
    assert bits(a) == bits(inplace(x, 2.0) for x in values)


@pytest.mark.parametrize("n", [2, 5, 30, 300])
@pytest.mark.parametrize("inplace", INPLACE)
def test_in_place_with_memory_that_overlaps(inplace, n):
    values = mixed(2 * n)
    for view_of in (
        lambda a: np.asarray(a),
        lambda a: np.asarray(a)[::-1],
        lambda a: memoryview(a)[::-1],
    ):
        a = array([abs(x) + 1 for x in values if x == x])
        expected = [inplace(x, y) for x, y in zip(a.tolist(), view_of(a).tolist())]
        inplace(a, view_of(a))
        assert bits(a) == bits(expected)


def test_in_place_errors_leave_the_array_alone():
    a = array([1.0, 2.0])
    with pytest.raises(ValueError, match="^add: the lengths differ: 2 and 3$"):
        a += np.ones(3)
    with pytest.raises(TypeError, match="1-D only: the numpy.ndarray has 2 dimensions"):
        a += np.ones((2, 2))
    with pytest.raises(TypeError, match="element 0 is not a real number but numpy.complex128"):
        a += np.array([1j, 2j])
    with pytest.raises(TypeError, match="the value is not a real number but numpy.ndarray"):
        a += np.array(1j)
    assert a == array([1.0, 2.0])


def test_an_ndarray_changed_in_place_by_an_array():
    shared = np.array([1.0, 2.0])
    same = shared
    shared += array([10.0, 20.0])
    assert shared is same
    assert shared.tolist() == [11.0, 22.0]
