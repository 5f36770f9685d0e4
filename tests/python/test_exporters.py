# SPDX-License-Identifier: BSD-3-Clause
"""Memory of every owner is written through and read right, or refused; its errors are passed on."""

from __future__ import annotations

import array as std
import ctypes
import gc
import io
import mmap
import numbers
import operator
import sys
import threading

import numpy as np
import pytest
from support import collect_garbage

import piconumpy
from piconumpy import add, array

try:
    from __pypy__.bufferable import bufferable as exporter_base
except ImportError:
    exporter_base = object

python_exporters = pytest.mark.skipif(
    exporter_base is object and sys.version_info < (3, 12),
    reason="only C code exports memory in this Python",
)


class Exporter(exporter_base):
    """Exports what a function returns."""

    def __init__(self, function):
        self.function = function

    def __buffer__(self, flags):
        return self.function()


@numbers.Real.register
class Scalar:
    """A real number by its registration: subclasses have __float__."""


def memory_map():
    memory = mmap.mmap(-1, 48)
    return memory, memoryview(memory).cast("d")


def io_buffer():
    memory = io.BytesIO(bytes(48))
    return memory, memory.getbuffer().cast("d")


def with_memory_of(memory, view=memoryview):
    return lambda: (made := memory(), view(made))


# Each makes an owner and a view of its six numbers.
OWNERS = {
    "bytearray": with_memory_of(lambda: bytearray(48), lambda m: memoryview(m).cast("d")),
    "array.array": with_memory_of(lambda: std.array("d", [0.0] * 6)),
    "ndarray": with_memory_of(lambda: np.zeros(6)),
    "middle of an ndarray": with_memory_of(lambda: np.zeros(9)[2:8]),
    "ndarray, cast": with_memory_of(
        lambda: np.zeros(6), lambda m: memoryview(m).cast("B").cast("d")
    ),
    "ctypes, cast": with_memory_of(
        lambda: (ctypes.c_double * 6)(), lambda m: memoryview(m).cast("B").cast("d")
    ),
    "mmap": memory_map,
    "BytesIO": io_buffer,
    "array": with_memory_of(lambda: array([0.0] * 6)),
    "array, cast": with_memory_of(
        lambda: array([0.0] * 6), lambda m: memoryview(m).cast("B").cast("d")
    ),
    "long array": with_memory_of(lambda: array([0.0] * 60), lambda m: memoryview(m)[7:13]),
    "ndarray of an array": with_memory_of(
        lambda: array([0.0] * 6), lambda m: memoryview(np.asarray(m))
    ),
}

VIEWS = {
    "all": lambda v: (v, slice(None)),
    "first": lambda v: (v[0:3], slice(0, 3)),
    "middle": lambda v: (v[2:5], slice(2, 5)),
    "slice of a slice": lambda v: (v[1:][1:][:3], slice(2, 5)),
    "cast of a slice": lambda v: (v.cast("B")[16:40].cast("d"), slice(2, 5)),
    "view of a view": lambda v: (memoryview(v[3:6]), slice(3, 6)),
    "of a view of bytes": lambda v: (memoryview(v.cast("B"))[8:].cast("d")[1:], slice(2, 6)),
    "one": lambda v: (v[4:5], slice(4, 5)),
    "none": lambda v: (v[4:4], slice(4, 4)),
}

IS_PYPY = sys.implementation.name == "pypy"


def may_be_refused(owner, view="all"):
    """PyPy has no address of a BytesIO, and loses the place of most slices of slices."""
    is_sliced_twice = view == "slice of a slice" or (
        owner == "long array" and view in ("first", "middle", "view of a view", "one")
    )
    return IS_PYPY and (owner == "BytesIO" or (is_sliced_twice and owner != "array.array"))


every_owner = pytest.mark.parametrize("owner", OWNERS)
every_view = pytest.mark.parametrize("view", VIEWS)


@every_owner
@every_view
def test_results_are_written_through_every_view(owner, view):
    _kept, whole = OWNERS[owner]()
    out, part = VIEWS[view](whole)
    n = len(out)
    if may_be_refused(owner, view):
        with pytest.raises(BufferError, match="out: PyPy "):
            add(array([1.0] * n), 1, out=out)
        assert list(whole) == [0.0] * 6
        return
    for i in range(2):
        a = array([float(10 * i + j) for j in range(n)])
        assert add(a, 0.5, out=out) is out
        expected = [0.0] * 6
        expected[part] = [10 * i + j + 0.5 for j in range(n)]
        assert list(whole) == expected
    add(out, out, out=out)
    assert list(out) == [2 * (10 + j + 0.5) for j in range(n)]


@every_owner
@every_view
def test_numbers_are_read_through_every_view(owner, view):
    _kept, whole = OWNERS[owner]()
    for i in range(6):
        whole[i] = i + 1.0
    part, key = VIEWS[view](whole)
    expected = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0][key]
    n = len(expected)
    assert array(part).tolist() == expected
    a = array([0.5] * n)
    a += part
    assert a.tolist() == [x + 0.5 for x in expected]
    a[:] = part
    assert a.tolist() == expected
    if may_be_refused(owner, view):
        with pytest.raises(BufferError, match="b: PyPy "):
            add(a, part)
        return
    assert add(part, 1).tolist() == [x + 1 for x in expected]
    assert add(array([1.0] * n), part).tolist() == [x + 1 for x in expected]


@every_owner
def test_overlap_is_seen_through_every_view(owner):
    if may_be_refused(owner, "first"):
        return
    _kept, whole = OWNERS[owner]()
    for a, out in (
        (whole[0:3], whole[1:4]),
        (whole[2:5], whole[1:4]),
        (whole[0:3], whole.cast("B")[16:40].cast("d")),
    ):
        with pytest.raises(ValueError, match="out: overlaps a without being the same memory"):
            add(a, 1, out=out)
    assert list(whole) == [0.0] * 6
    add(whole[0:3], 1, out=whole[3:6])
    add(whole[3:6], 1, out=whole[3:6])
    assert list(whole) == [0.0] * 3 + [2.0] * 3


@every_owner
def test_views_with_steps_are_refused_as_out_and_copied_as_values(owner):
    _kept, whole = OWNERS[owner]()
    for i in range(6):
        whole[i] = float(i)
    for key in (slice(None, None, 2), slice(None, None, -1), slice(4, 1, -2)):
        part, n = whole[key], len(range(6)[key])
        with pytest.raises(ValueError, match="out: not contiguous"):
            add(array([9.0] * n), 1, out=part)
        assert array(part).tolist() == [float(i) for i in range(6)[key]]
    assert list(whole) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_view_that_is_reversed_twice_is_written_through_or_refused():
    memory = bytearray(48)
    view = memoryview(memory).cast("d")[::-1][::-1]
    try:
        add(array([1.0] * 6), 1, out=view)
    except BufferError as error:
        assert IS_PYPY and str(error).startswith("out: PyPy loses the place")
        assert memory == bytearray(48)
    else:
        assert memoryview(memory).cast("d").tolist() == [2.0] * 6


def test_views_of_ctypes_arrays_are_written_through():
    memory = (ctypes.c_double * 6)()
    add(array([1.0, 2.0, 3.0]), 1, out=memoryview(memory)[2:5])
    assert list(memory) == [0.0, 0.0, 2.0, 3.0, 4.0, 0.0]
    add(memory, 1, out=memory)
    assert list(memory) == [1.0, 1.0, 3.0, 4.0, 5.0, 1.0]
    assert array(memory).tolist() == list(memory)


@pytest.mark.parametrize("owner", ["bytearray", "ndarray", "array", "ctypes, cast"])
def test_memory_stays_while_it_is_used(owner):
    class Collecting(Scalar):
        def __float__(self):
            collect_garbage()
            self.garbage = [bytearray(b"\xff" * 48) for _ in range(100)]
            return 1.0

    def numbers():
        _kept, whole = OWNERS[owner]()
        for i in range(6):
            whole[i] = float(i)
        return whole

    for _ in range(2):  # each call collects garbage, which takes most of the time
        assert add(numbers()[1:4], Collecting()).tolist() == [2.0, 3.0, 4.0]
        assert add(Collecting(), numbers()[1:4]).tolist() == [2.0, 3.0, 4.0]
        assert add(numbers()[1:4], Collecting(), numbers()[0:3]).tolist() == [2.0, 3.0, 4.0]


@python_exporters
@every_owner
def test_classes_that_export_are_written_through(owner):
    if may_be_refused(owner, "first"):
        return
    _kept, whole = OWNERS[owner]()
    out = Exporter(lambda: whole[1:4])
    assert add(array([1.0, 2.0, 3.0]), 1, out=out) is out
    assert list(whole) == [0.0, 2.0, 3.0, 4.0, 0.0, 0.0]
    assert add(out, 1).tolist() == [3.0, 4.0, 5.0]
    assert array(out).tolist() == [2.0, 3.0, 4.0]


# ---- memory that changes during a call ---------------------------------------------------------


class Resizing(Scalar):
    """Resizes memory when it is asked for its number."""

    def __init__(self, resize):
        self.resize = resize

    def __float__(self):
        self.resize()
        gc.collect()
        return 1.0


def emptying(memory):
    def resize():
        del memory[:]

    return Resizing(resize)


@pytest.mark.parametrize("n", [1, 3, 100])
def test_memory_that_is_resized_during_the_call_is_refused(n):
    out = array([0.5] * n)
    bytes_ = bytearray(8 * n)
    for memory, argument in (
        (numbers := std.array("d", [2.0] * n), numbers),
        (numbers := std.array("d", [2.0] * n), memoryview(numbers)),
        (numbers := std.array("d", [2.0] * n), memoryview(numbers)[n // 2 :]),
        (bytes_, memoryview(bytes_).cast("d")),
    ):
        with pytest.raises(BufferError):
            add(argument, emptying(memory))
        with pytest.raises((BufferError, ValueError)):
            add(argument, emptying(memory), out)
    assert out.tolist() == [0.5] * n


@pytest.mark.parametrize("n", [1, 3, 100])
def test_an_output_that_is_resized_before_it_is_asked_for_is_refused(n):
    out = std.array("d", [2.0] * n)
    with pytest.raises(ValueError, match=f"out has length 0, a has length {n}"):
        add(array([1.0] * n), emptying(out), out)
    assert len(out) == 0


def test_a_map_that_is_closed_during_the_call_is_refused():
    memory = mmap.mmap(-1, 48)
    with pytest.raises(BufferError):
        add(memoryview(memory).cast("d"), Resizing(memory.close))


@python_exporters
def test_an_exporter_that_changes_the_other_arguments():
    a, b = std.array("d", [1.0] * 3), np.ones(3)

    def export():
        del a[:]
        return memoryview(b)

    # CPython does not resize what is exported, so the exporter itself fails.
    with pytest.raises((BufferError, TypeError)):
        add(a, Exporter(export))
    for n in (3, 9, 100):
        out, c = array([0.0] * n), array([1.0] * n)

        def export_out(out=out, c=c, n=n):
            np.asarray(out)[:] = 5.0
            np.asarray(c)[:] = 6.0
            return memoryview(np.ones(n))

        assert add(c, Exporter(export_out), out) is out
        assert out.tolist() == [7.0] * n
        shared = np.asarray(out)
        out[0] = 1.5
        assert shared.tolist() == out.tolist()


@pytest.mark.parametrize("n", [3, 9, 100])
def test_threads_that_export_one_array_share_its_memory(n):
    threads = 4
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(300):
            a = array([0.0] * n)
            errors = []
            start = threading.Barrier(threads)

            def write(i, a=a, errors=errors, start=start):
                try:
                    start.wait()
                    view = memoryview(a)
                    view[i % n] += 1.0
                except Exception as error:
                    errors.append(error)

            running = [threading.Thread(target=write, args=(i,)) for i in range(min(threads, n))]
            running += [threading.Thread(target=start.wait) for _ in range(threads - n)]
            for thread in running:
                thread.start()
            for thread in running:
                thread.join()
            assert errors == []
            assert sum(a) == min(threads, n)
    finally:
        sys.setswitchinterval(interval)


# ---- errors of exporters -----------------------------------------------------------------------


def uses(thing):
    """Everything that asks a thing for its memory."""
    a, b = array([1.0, 2.0]), np.ones(2)
    yield lambda: array(thing)
    yield lambda: add(thing, 1)
    yield lambda: add(a, thing)
    yield lambda: add(b, thing)
    yield lambda: add(a, b, thing)
    yield lambda: piconumpy.sqrt(thing)
    yield lambda: operator.iadd(a, thing)
    yield lambda: a.__setitem__(slice(None), thing)


@python_exporters
@pytest.mark.parametrize(
    "error", [MemoryError, ValueError, RecursionError, RuntimeError, KeyError, KeyboardInterrupt]
)
def test_an_error_of_the_exporter_is_passed_on(error):
    def fail():
        raise error("of the exporter")

    for use in uses(Exporter(fail)):
        with pytest.raises(error, match="of the exporter"):
            use()


@python_exporters
@pytest.mark.parametrize("error", [BufferError, TypeError])
def test_an_exporter_that_refuses_gives_no_memory(error):
    def refuse():
        raise error("no")

    for use in uses(Exporter(refuse)):
        with pytest.raises(TypeError):
            use()


def test_closed_memory_is_named_by_its_own_error():
    memory = mmap.mmap(-1, 16)
    memory.close()
    for use in uses(memory):
        with pytest.raises(ValueError, match="closed"):
            use()
