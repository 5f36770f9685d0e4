# SPDX-License-Identifier: BSD-3-Clause
"""__dlpack__ as the array API standard has it, read by NumPy and by hand."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import weakref

import numpy as np
import pytest
from support import counting_blocks, counting_references, growth, run_script

from piconumpy import _dlpack, array

IS_PYPY = sys.implementation.name == "pypy"
reading_capsules = pytest.mark.skipif(
    not hasattr(ctypes, "pythonapi"), reason="this interpreter has no C API for capsules in ctypes"
)
lengths = pytest.mark.parametrize("n", [0, 1, 8, 9, 58, 59, 5000])

CPU = (1, 0)
VERSIONS = [None, (0, 8), (1, 0), (1, 3), (2, 0), (2**70, -1), (True, 0)]


class Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    name, used = b"dltensor", b"used_dltensor"
    _fields_ = (("tensor", Tensor), ("owner", ctypes.c_void_p), ("deleter", Deleter))


class Versioned(ctypes.Structure):
    name, used = b"dltensor_versioned", b"used_dltensor_versioned"
    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("owner", ctypes.c_void_p),
        ("deleter", Deleter),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    )


IS_COPIED = 2


def read(capsule, kind):
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    return kind.from_address(get(capsule, kind.name))


def consume(capsule, kind):
    """What a consumer does: it takes the tensor over, and calls the deleter in the end."""
    managed = read(capsule, kind)
    rename = ctypes.pythonapi.PyCapsule_SetName
    rename.argtypes = (ctypes.py_object, ctypes.c_char_p)
    assert rename(capsule, kind.used) == 0
    return managed


@lengths
def test_numpy_takes_the_memory_without_a_copy(n):
    a = array(range(n))
    shared = np.from_dlpack(a)
    assert (shared.dtype, shared.shape) == (np.float64, (n,))
    assert shared.tolist() == a.tolist()
    assert np.shares_memory(shared, np.asarray(a)) or n == 0
    if n and shared.flags.writeable:
        shared[-1] = 7.5
        assert a[-1] == 7.5


@lengths
def test_a_copy_is_apart(n):
    a = array(range(n))
    apart = np.from_dlpack(a, copy=True)
    apart[:] = -1.0
    assert a.tolist() == list(range(n))
    assert np.shares_memory(np.from_dlpack(a, copy=False), np.asarray(a)) or n == 0


def test_memory_outlives_the_name():
    for n in (4, 30, 300):
        shared = np.from_dlpack(array(range(n)))
        others = [array([9.0] * n) for _ in range(200)]
        assert shared.tolist() == [float(i) for i in range(n)]
        assert others[0][0] == 9.0


def test_the_device_is_the_cpu():
    assert array([1.0]).__dlpack_device__() == CPU
    assert np.from_dlpack(array([1.0]), device="cpu").tolist() == [1.0]


@lengths
@pytest.mark.parametrize("version", VERSIONS)
@reading_capsules
def test_capsules_hold_what_dlpack_says(version, n):
    a = array(range(n))
    kind = Versioned if version is not None and version >= (1, 0) else Managed
    for options in ({}, {"copy": False}, {"copy": None, "stream": None, "dl_device": CPU}):
        capsule = a.__dlpack__(max_version=version, **options)
        managed = read(capsule, kind)
        tensor = managed.tensor
        assert tensor.data == np.asarray(a).ctypes.data
        assert (*tensor.device, tensor.ndim, tensor.byte_offset) == (1, 0, 1, 0)
        assert (tensor.code, tensor.bits, tensor.lanes) == (2, 64, 1)
        assert (tensor.shape[0], tensor.strides[0]) == (n, 1)
        if kind is Versioned:
            assert (managed.major, managed.minor, managed.flags) == (1, 0, 0)
    capsule = a.__dlpack__(max_version=version, copy=True)
    managed = read(capsule, kind)
    assert managed.tensor.data != np.asarray(a).ctypes.data
    assert (ctypes.c_double * n).from_address(managed.tensor.data)[:] == a.tolist()
    assert kind is Managed or managed.flags == IS_COPIED


@reading_capsules
@counting_references
@pytest.mark.parametrize("kind", [Managed, Versioned])
def test_the_array_lives_until_the_deleter_is_called_in_any_thread(kind):
    a = array([1.0, 2.0])
    seen = weakref.ref(a)
    references = sys.getrefcount(a)
    capsule = a.__dlpack__(max_version=(1, 0) if kind is Versioned else None)
    assert sys.getrefcount(a) == references + 1
    managed = consume(capsule, kind)
    del a, capsule
    gc.collect()
    assert seen() == array([1.0, 2.0])
    thread = threading.Thread(target=managed.deleter, args=(ctypes.addressof(managed),))
    thread.start()
    thread.join()
    assert seen() is None


@counting_blocks
@counting_references
@pytest.mark.parametrize("options", [{}, {"max_version": (1, 0)}, {"copy": True}])
def test_capsules_that_nobody_takes_leave_nothing(options):
    a = array(range(61))
    a.__dlpack__(**options)
    references = sys.getrefcount(a)

    def export():
        a.__dlpack__(**options)
        np.from_dlpack(a)

    assert min(growth(export, 1000) for _ in range(5)) < 200
    assert sys.getrefcount(a) == references


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"stream": 1}, ValueError, "stream must be None: the CPU has no streams"),
        ({"dl_device": (2, 0)}, BufferError, r"on the CPU, \(1, 0\), not on device \(2, 0\)"),
        ({"dl_device": (1, 1)}, BufferError, "on the CPU"),
        ({"dl_device": 1}, TypeError, "dl_device must be a tuple of two integers, not int"),
        ({"dl_device": ("cpu", 0)}, TypeError, "dl_device must be a tuple of two integers"),
        ({"max_version": 1}, TypeError, "max_version must be a tuple of two integers, not int"),
        ({"max_version": (1,)}, TypeError, "max_version must be a tuple of two integers"),
        ({"max_version": (1.0, 0)}, TypeError, "max_version must be a tuple of two integers"),
        ({"copy": 1}, TypeError, "copy must be True, False, or None, not int"),
        ({"nonsense": 1}, TypeError, "nonsense"),
        ({"nonsense": None}, TypeError, "nonsense"),
        ({"max_version": [1, 0]}, TypeError, "max_version must be a tuple of two integers"),
        ({"max_version": (1, 0), "stream": 0}, ValueError, "stream must be None"),
    ],
)
def test_what_cannot_be_served_is_refused(options, error, message):
    a = array([1.0])
    with pytest.raises(error, match=message):
        a.__dlpack__(**options)
    with pytest.raises(TypeError):
        a.__dlpack__(None)


def test_arrays_of_other_producers_come_by_way_of_numpy():
    class Producer:
        def __init__(self, values):
            self.values = np.array(values)

        def __dlpack__(self, **options):
            return self.values.__dlpack__(**options)

        def __dlpack_device__(self):
            return CPU

    assert array(np.from_dlpack(Producer([1.0, 2.0]))) == array([1.0, 2.0])
    assert array(np.from_dlpack(Producer([1, 2]))) == array([1.0, 2.0])


def test_capsules_need_numpy_on_pypy_only():
    run_script(
        """
        import sys
        sys.modules["numpy"] = None  # as if it were not installed
        from piconumpy import array
        is_pypy = sys.implementation.name == "pypy"
        try:
            array([1.0]).__dlpack__()
        except BufferError as error:
            assert is_pypy and "NumPy" in str(error)
        else:
            assert not is_pypy
        """
    )


def test_capsules_that_numpy_makes_are_like_those_of_the_extension_module(monkeypatch):
    class Producer:
        def __dlpack__(self, **options):
            return _dlpack.by_numpy(values, **options)

        def __dlpack_device__(self):
            return CPU

    values = array([1.0, 2.0])
    shared = np.from_dlpack(Producer())
    shared[0] = 5.0
    assert values[0] == 5.0
    with pytest.raises(BufferError, match="on the CPU"):
        _dlpack.by_numpy(values, dl_device=(2, 0))
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(BufferError, match="NumPy makes the capsule: install it"):
        _dlpack.by_numpy(values)
