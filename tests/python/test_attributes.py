# SPDX-License-Identifier: BSD-3-Clause
"""Attributes, as NumPy names them, and weak references."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

from piconumpy import array, zeros


@pytest.mark.parametrize("n", [0, 1, 4, 8, 9, 61, 1000])
def test_attributes_are_those_of_an_ndarray(n):
    a, like = zeros(n), np.zeros(n)
    for name in ("size", "shape", "ndim", "nbytes", "itemsize", "dtype"):
        value, expected = getattr(a, name), getattr(like, name)
        assert value == expected
        assert type(value) is type(expected)
    assert a.T is a
    assert np.shape(a) == (n,)
    assert np.size(a) == n
    assert np.ndim(a) == 1


@pytest.mark.parametrize(
    "name", ["size", "shape", "ndim", "nbytes", "itemsize", "typecode", "dtype", "T"]
)
def test_attributes_are_fixed(name):
    a = array([1.0])
    with pytest.raises(AttributeError):
        setattr(a, name, 3)
    with pytest.raises(AttributeError):
        delattr(a, name)


def test_only_dtype_imports_numpy():
    code = """
import sys, piconumpy
a = piconumpy.array([1, 2])
a.size, a.shape, a.ndim, a.nbytes, a.itemsize, a.typecode, a.T
a.sum(), a.mean(), a @ a, a.clip(0, 1)
piconumpy.linspace(0, 1), piconumpy.arange(3), round(a), a ** 2, f"{a:.1f}"
assert "numpy" not in sys.modules
assert a.dtype.name == "float64"
assert "numpy" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_numpy_its_absence_is_named():
    code = """
import sys
sys.modules["numpy"] = None  # so that an import of it fails
from piconumpy import array
a = array([1, 2])
assert not hasattr(a, "dtype")
try:
    a.dtype
except AttributeError as error:
    assert str(error) == "array.dtype is a dtype of NumPy, which is not installed", error
try:
    a.sum(axis=0)
except TypeError as error:
    assert "array.sum() takes arguments only if NumPy is installed" in str(error), error
else:
    raise AssertionError
assert a.sum() == 3
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_reductions_take_the_arguments_of_numpy():
    a = array([1.0, 2.0, 4.0])
    assert a.sum(axis=0) == 7.0
    assert a.sum(0, keepdims=True).tolist() == [7.0]
    assert a.max(initial=9.0) == 9.0
    assert a.sum(where=np.array([True, False, True])) == 5.0
    out = np.zeros(())
    assert a.sum(out=out) is out
    assert out == 7.0
    with pytest.raises(TypeError, match="colour"):
        a.sum(colour=1)


@pytest.mark.parametrize("n", [0, 4, 8, 9, 61, 5000])
def test_weak_references_end_with_the_array(n):
    a = zeros(n)
    ended = []
    reference = weakref.ref(a, ended.append)
    memory = weakref.WeakValueDictionary(a=a)
    assert reference() is a
    assert weakref.getweakrefcount(a) >= 1
    del a
    gc.collect()
    gc.collect()
    assert reference() is None
    assert ended == [reference]
    assert "a" not in memory
    # The next arrays, which may be at the same place, have none.
    assert [weakref.getweakrefcount(zeros(n)) for _ in range(3)] == [0, 0, 0]


def test_a_weak_reference_s_callback_can_make_arrays():
    made = []
    a = array([1.0, 2.0])
    reference = weakref.ref(a, lambda _: made.append(array([3.0, 4.0]) + 1))
    del a
    gc.collect()
    gc.collect()
    assert reference() is None
    assert made == [array([4.0, 5.0])]


def test_many_arrays_with_and_without_weak_references():
    arrays = [array([float(i)] * (i % 12)) for i in range(3000)]
    references = [weakref.ref(a) for a in arrays[::3]]
    assert all(reference() is a for reference, a in zip(references, arrays[::3]))
    del arrays
    gc.collect()
    gc.collect()
    assert [reference for reference in references if reference() is not None] == []
    again = [array([i, i]) for i in range(1000)]
    assert [a[1] for a in again] == list(range(1000))
    assert sum(weakref.getweakrefcount(a) for a in again) == 0
