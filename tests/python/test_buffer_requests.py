# SPDX-License-Identifier: BSD-3-Clause
"""An exported buffer holds what the request asks for, and null in place of all else."""

from __future__ import annotations

import ctypes
import sys

import pytest

from piconumpy import array

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="requests by flags are CPython's C API"
)

FORMAT, SHAPED, STRIDES = 0x4, 0x8, 0x18
WRITABLE, C_CONTIGUOUS, F_CONTIGUOUS, ANY_CONTIGUOUS, INDIRECT = 0x1, 0x38, 0x58, 0x98, 0x118


class Buffer(ctypes.Structure):
    """Py_buffer of the C API."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)),
        ("internal", ctypes.c_void_p),
    )


@pytest.mark.parametrize("n", [0, 1, 8, 9, 61, 5000])
@pytest.mark.parametrize("format_flag", [0, FORMAT])
@pytest.mark.parametrize("writable", [0, WRITABLE])
@pytest.mark.parametrize(
    "layout", [0, SHAPED, STRIDES, C_CONTIGUOUS, F_CONTIGUOUS, ANY_CONTIGUOUS, INDIRECT]
)
def test_a_request_is_answered_in_full_and_with_nothing_else(n, format_flag, writable, layout):
    a = array(range(n))
    references = sys.getrefcount(a)
    view = Buffer()
    flags = ctypes.c_int(format_flag | writable | layout)
    get = ctypes.pythonapi.PyObject_GetBuffer
    assert get(ctypes.py_object(a), ctypes.byref(view), flags) == 0
    assert view.obj is a
    assert (view.len, view.itemsize, view.readonly, view.ndim) == (8 * n, 8, 0, 1)
    assert (ctypes.c_double * n).from_address(view.buf)[:] == a.tolist()
    assert view.format == (b"d" if format_flag else None)
    assert bool(view.shape) is bool(layout)
    assert not layout or view.shape[0] == n
    assert bool(view.strides) is (layout not in (0, SHAPED))
    assert layout in (0, SHAPED) or view.strides[0] == 8
    assert not view.suboffsets
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))
    assert sys.getrefcount(a) == references
