# SPDX-License-Identifier: BSD-3-Clause
"""References are counted right and memory goes back, also on errors; no caller can crash us."""

from __future__ import annotations

import contextlib
import gc
import numbers
import pickle
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support import (
    counting_blocks,
    counting_references,
    growth,
    knowing_resident_memory,
    resident_bytes,
)

import piconumpy
from piconumpy import add, array, full, zeros


def raises(error, action, *arguments):
    try:
        action(*arguments)
    except error:
        return
    raise AssertionError("nothing was raised")


def assign(target, key, value):
    target[key] = value


PYPY = sys.implementation.name == "pypy"


def allocated_blocks() -> int:
    return getattr(sys, "getallocatedblocks", int)()


class Failing:
    def __float__(self):
        raise ZeroDivisionError


def success(n):
    a, b = array([1.5] * n), array(range(n))
    c = a + b * 2 - 1 / (b + 1)
    c += a
    c /= 3
    c[1:] = c[:-1]
    c[::2] = 0.5
    c -= np.asarray(a)
    assert len(list(c)) == n
    add(a, b, out=c)
    add(np.asarray(a), 2.5, np.asarray(c))
    repr(c), str(c), c.tolist(), c.copy(), -c, abs(c), c == a, 1.5 in c
    pickle.loads(pickle.dumps(c, 5))
    array(np.asarray(c)[::-1]), array(iter(a)), array(tuple(a)), zeros(n), full(n, 3)


def failure(n):
    a = array([1.5] * n)
    raises(TypeError, array, [1.5] * n + ["x"])
    raises(TypeError, array, (*([1.5] * n), [1.0]))
    raises(ZeroDivisionError, array, [1.5] * n + [Failing()])
    raises(OverflowError, array, [1.5] * n + [10**400])
    raises(TypeError, array, np.ones((2, 2)))
    raises(TypeError, array)
    raises(MemoryError, zeros, 2**62)
    raises(ValueError, lambda: a + array([1.0] * (n + 1)))
    raises(TypeError, lambda: a + "x")
    raises(OverflowError, lambda: a * 10**400)
    raises(IndexError, lambda: a[n])
    raises(TypeError, lambda: a["x"])
    raises(ValueError, assign, a, slice(None), [1.5] * (n + 1))
    raises(TypeError, assign, a, slice(None), [1.5, "x"])
    raises(ValueError, assign, a, slice(None), np.ones(n + 1))
    raises(ValueError, add, a, np.ones(n + 1))
    raises(TypeError, add, a, "x")
    raises(ValueError, add, a, np.ones(n), np.ones(n + 1))
    raises(ValueError, add, np.ones(n), 1.0, np.ones(2 * n)[::2])
    raises(TypeError, add, np.ones(n, "f4"), 1.0)
    raises(ValueError, piconumpy.set_isa, "nonsense")


@counting_blocks
@pytest.mark.parametrize("n", [2, 4, 9, 61])
@pytest.mark.parametrize("work", [success, failure])
def test_memory_does_not_grow(work, n):
    # The first rounds fill caches, the interpreter's among them; a leak shows in every round.
    assert min(growth(lambda: work(n), 300) for _ in range(8)) < 30


@counting_blocks
@pytest.mark.parametrize(
    "values", [[1.5] * 4, [1.5] * 4 + ["x"], ["x"], [1.5] * 30, [1.5] * 30 + [None]]
)
def test_ten_thousand_arrays_or_failures_leave_nothing(values):
    def attempt():
        try:
            return array(values)
        except TypeError:
            return None

    attempt()
    assert min(growth(attempt, 10_000) for _ in range(3)) < 50


def repeated(expression: str) -> Callable[..., None]:
    """A loop over an expression or statement, without a call in it."""
    source = f"""
def loop(times, n):
    a, b, out = array([1.5] * n), array(range(n)), array([0.0] * n)
    floats, view, number, key = a.tolist(), memoryview(b), Fraction(1, 2), slice(None, None, 2)
    for _ in range(times):
        {expression}
"""
    space: dict[str, Any] = {**vars(piconumpy), "pickle": pickle, "Fraction": Fraction}
    exec(source, space)
    loop: Callable[..., None] = space["loop"]
    return loop


MILLION = 1_000_000
# What is slow is repeated less. On PyPy it must show in the size of the process.
LESS = 100_000 if PYPY else 10_000
STEPS = {
    "a + b": MILLION,
    "a * 2.5": MILLION,
    "3 / b": MILLION,
    "-a": MILLION,
    "a += b": MILLION,
    "a *= 0.5": MILLION,
    "a[0]": MILLION,
    "a[-1] = 2.5": MILLION,
    "a[1:]": MILLION,
    "a[key]": MILLION,
    "a[:] = b": MILLION,
    "a == b": MILLION,
    "2.5 in a": MILLION,
    "len(a)": MILLION,
    "iter(a)": MILLION,
    "array(floats)": MILLION,
    "zeros(n)": MILLION,
    "add(a, b)": MILLION,
    "add(a, b, out)": MILLION,
    "sqrt(view, out=out)": MILLION,
    "memoryview(a)": MILLION,
    "array(view)": MILLION,
    "for x in a: pass": LESS,
    "a.tolist()": LESS,
    "array(iter(a))": LESS,
    "a + number": LESS,
    "a += view": LESS,
    "number in a": LESS,
    "full(n, value=number)": LESS,
    "repr(a)": LESS,
    "pickle.loads(pickle.dumps(a, 5))": LESS,
    "set_isa(available_isas()[0])": LESS,
}


@knowing_resident_memory
@pytest.mark.parametrize("step", STEPS)
def test_a_million_operations_take_no_memory(step):
    loop = repeated(step)

    def grows():
        gc.collect()
        blocks, size = allocated_blocks(), resident_bytes()
        loop(STEPS[step], 20)
        gc.collect()
        # The smallest object takes 16 bytes. PyPy's heap changes its size now and then.
        allowed = 4 << 20 if PYPY else min(16 * STEPS[step], 1 << 20)
        return allocated_blocks() - blocks > 20 or resident_bytes() - size > allowed

    loop(2000, 20)
    assert not all(grows() for _ in range(5))


@counting_references
def test_reference_counts_come_back():
    a, b, out = array([1.0] * 4), array([2.0] * 4), array([0.0] * 4)
    marker = float("12345.5")
    things = (a, b, out, marker, np.ones(4), array)
    before = [sys.getrefcount(thing) for thing in things]
    for _ in range(100):
        add(a, b, out)
        add(a, things[4], things[4])
        a += b
        a *= marker
        a[0] = marker
        a[:] = b
        array([marker] * 4)
        assert marker in array([marker])
        memoryview(a).release()
        _ = a + b, a * marker, marker - a, -a, a[1:], a == b
        raises(TypeError, add, a, "x", out)
        raises(ValueError, add, a, array([1.0]), out)
    assert [sys.getrefcount(thing) for thing in things] == before


def test_more_arrays_than_the_free_list_holds():
    arrays = [array([float(i)] * (i % 12)) for i in range(2000)]
    assert all(a.tolist() == [float(i)] * (i % 12) for i, a in enumerate(arrays))
    del arrays
    assert [array([i, i])[1] for i in range(2000)] == [float(i) for i in range(2000)]


def test_arrays_made_and_dropped_by_many_threads():
    def work():
        for i in range(3000):
            a = array([float(i)] * (i % 70))
            assert a + a == a * 2

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Meddler:
    """Changes everything it knows about whenever it is asked for a number."""

    def __init__(self, *victims):
        self.victims = victims

    def __float__(self):
        for victim in self.victims:
            victim.clear()
        gc.collect()
        return 1.0

    __index__ = None


@pytest.mark.parametrize("n", [1, 4, 100])
def test_lists_emptied_while_they_are_read(n):
    values: list = []
    values.extend([Meddler(values), *[float(i) for i in range(n)], [1.0]])
    with pytest.raises(TypeError, match=f"element {n + 1} is not a real number but list"):
        array(values)
    a = array([0.0] * (n + 2))
    values.extend([Meddler(values)] + [0.5] * (n + 1))
    a[:] = values
    assert a.tolist() == [1.0] + [0.5] * (n + 1)


def test_an_index_that_changes_the_array():
    class Index:
        def __index__(self):
            a[:] = 9.0
            return 1

    a = array([1.0, 2.0])
    assert a[Index()] == 9.0
    a[Index()] = 3.0
    assert a.tolist() == [9.0, 3.0]
    assert a[: Index()].tolist() == [9.0]


def test_iterators_that_lie_about_their_length():
    class Liar:
        def __init__(self, hint):
            self.hint = hint

        def __iter__(self):
            return iter([1.0, 2.0])

        def __len__(self):
            return self.hint

    for hint in (0, 1, 1000):
        assert array(Liar(hint)).tolist() == [1.0, 2.0]


def test_buffers_that_refuse():
    view = memoryview(b"12345678")
    view.release()
    with pytest.raises(ValueError, match="released memoryview"):
        array(view)
    with pytest.raises(ValueError, match="released memoryview"):
        add(view, array([1.0]))
    with pytest.raises(ValueError, match="released memoryview"):
        assign(array([1.0]), slice(None), view)


def test_a_number_that_releases_the_buffer_beside_it():
    class Number:
        def __float__(self):
            with contextlib.suppress(BufferError):  # the first time, as piconumpy holds it
                view.release()
            return 1.5

    numbers.Real.register(Number)
    owner = bytearray(16)
    view = memoryview(owner).cast("d")
    with pytest.raises(TypeError, match="out: a writable float64 or float32 buffer is needed"):
        add(view, Number(), 0.0)
    view.release()
    owner.clear()
