# SPDX-License-Identifier: BSD-3-Clause
"""No kind of operation lets the process grow, however often it is done.

What is counted are the blocks of Python's allocator, the bytes of the C library's, and mappings of
memory, such as those of machine code. GROWTH_OPERATIONS=1000000 is what `make check-growth` does.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import math
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import resident_bytes

import piconumpy
from piconumpy import TraceError, array, iterate, jit, vectorize

np = pytest.importorskip("numpy")

from piconumpy.integrate import rk4, solve_ensemble, solve_ivp  # noqa: E402

IS_PYPY = sys.implementation.name == "pypy"
OPERATIONS = int(os.environ.get("GROWTH_OPERATIONS", "500"))

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/maps").exists(), reason="this system does not tell a process's memory"
)


class _Heap(ctypes.Structure):
    """The struct mallinfo2 of the C library."""

    _fields_ = [(f"field_{i}", ctypes.c_size_t) for i in range(10)]


def _heap_bytes() -> int:
    """The bytes in use that the C library has allocated."""
    try:
        function = ctypes.CDLL(None).mallinfo2
    except AttributeError:  # glibc before 2.33, or another C library
        return 0
    function.restype = _Heap
    heap = function()
    return int(heap.field_7 + heap.field_4)  # uordblks and hblkhd


class Use(NamedTuple):
    """What the process uses. On PyPy, only its size tells of the heap."""

    blocks: int
    heap: int
    mappings: int

    @classmethod
    def now(cls) -> Use:
        for _ in range(3 if IS_PYPY else 1):
            gc.collect()
        mappings = Path("/proc/self/maps").read_bytes().count(b"\n")
        if IS_PYPY:
            return cls(0, resident_bytes(), 0)
        return cls(sys.getallocatedblocks(), _heap_bytes(), mappings)


gravity = 9.81
change = itertools.count(1)
a, b, out = (array([1.5 + k] * 20) for k in range(3))
x, y = np.linspace(1.0, 2.0, 20), np.ones((2, 3))


@jit
def quick(t, X):
    return [X[1], -gravity * math.sin(X[0])]


@jit
def structured(x, p):
    return {"x": x + p["k"], "y": (x, [x])}


@jit
def raising(x):
    return math.sqrt(x) / x


@jit
def branching(x, y):
    return x if x > y else -y


@jit
def of_arrays(X, Y):
    return X * Y + 1.0


@jit
def guarded(x):
    return x * gravity


@jit
def refused(x):
    return float(str(x))


@jit
def decay(t, y, k):
    return -k * y


def plain_decay(t, y, k):
    return -k * y


@vectorize
def kernel(x, y):
    return x if x > 0 else y / x


def expect(error: type[BaseException], action: Callable[..., object], *arguments: Any) -> None:
    with suppress(error):
        action(*arguments)
        raise AssertionError("nothing was raised")


def retrace() -> None:
    global gravity
    gravity = float(next(change))
    assert guarded(2.0) == 2.0 * gravity


def trace_a_new_function() -> None:
    k = float(next(change))
    assert jit(lambda x: x * k if x > 0 else math.sin(x))(2.0) == 2.0 * k


def trace_a_new_signature() -> None:
    branching(next(change), 1.5)


def solve(method: str, fun: Any = decay, **options: Any) -> None:
    solve_ivp(fun, (0, 1), [1.0, 2.0], method, args=(0.5,), **options)


def solve_many() -> None:
    solve_ensemble(decay, (0, 1), np.ones((10, 2)), np.full(10, 0.5))


def event(t: float, y: Any, k: float) -> Any:
    return y[0] - 0.8


def failing(t: float, y: Any) -> Any:
    raise ZeroDivisionError


def capsule() -> None:
    np.from_dlpack(a)


# The operation, and how many times fewer of them are done than of the quickest ones.
KINDS: dict[str, tuple[int, Callable[[], object]]] = {
    "a call": (1, lambda: quick(0.0, [0.5, 0.25])),
    "a call with a tuple": (1, lambda: quick(0.0, (0.5, 0.25))),
    "a call with an array": (1, lambda: quick(0.0, array([0.5, 0.25]))),
    "a call with an ndarray": (1, lambda: of_arrays(x, x)),
    "a call with arrays": (1, lambda: of_arrays(a, b)),
    "a call with a keyword": (20, lambda: quick(t=0.0, X=[0.5, 0.25])),
    "a call with structures": (4, lambda: structured(1.5, {"k": 2.0})),
    "a call with lanes": (20, lambda: of_arrays(y, y)),
    "a call that raises": (4, lambda: expect(ZeroDivisionError, raising, 0.0)),
    "a call that raises another error": (4, lambda: expect(ValueError, raising, -1.0)),
    "a call of other types": (100, lambda: expect(TypeError, quick, 0.0, "text")),
    "a call with too many arguments": (4, lambda: expect(TypeError, raising, 0.0, 1.0)),
    "a refusal": (500, lambda: expect(TraceError, refused, 1.0)),
    "a changed global": (500, retrace),
    "a new function": (500, trace_a_new_function),
    "a new signature": (500, trace_a_new_signature),
    "a cleared function": (500, lambda: (guarded.clear(), guarded(1.0))),
    "iterate": (4, lambda: iterate(guarded, 0.5, 3)),
    "iterate with stored states": (4, lambda: iterate(guarded, 0.5, 6, every=2)),
    "iterate lanes": (20, lambda: iterate(lambda_of_lanes, y, 3)),
    "rk4": (4, lambda: rk4(quick, [0.5, 0.25], 0.01, 3)),
    "a kernel": (10, lambda: kernel(x, 2.0)),
    "a kernel with an output": (10, lambda: kernel(a, 2.0, out=out)),
    "a kernel that raises": (10, lambda: expect(ZeroDivisionError, kernel, array([0.0]), 2.0)),
    "RK45": (50, lambda: solve("RK45")),
    "DOP853 with dense output": (100, lambda: solve("DOP853", dense_output=True)),
    "Rodas5P": (100, lambda: solve("Rodas5P")),
    "events": (200, lambda: solve("RK45", events=event)),
    "RK23 in Python": (200, lambda: solve("RK23", plain_decay)),
    "an integration that raises": (
        50,
        lambda: expect(ZeroDivisionError, solve_ivp, failing, (0, 1), [1.0]),
    ),
    "wrong arguments of solve_ivp": (50, lambda: expect(ValueError, solve, "none")),
    "an ensemble": (100, solve_many),
    "operators of arrays": (2, lambda: (a + b * 2.0 - a[1:][0], -a, a == b)),
    "errors of arrays": (4, lambda: expect(ValueError, lambda: a + a[1:])),
    "a function with an output": (1, lambda: piconumpy.add(a, b, out)),
    "a reduction": (1, a.sum),
    "a function of text": (4, lambda: expect(TypeError, piconumpy.sin, "text")),
    "DLPack": (10, capsule),
    "an ndarray of an array": (4, lambda: np.asarray(a)),
}


def moved(X: Any) -> Any:
    return X * 0.5


lambda_of_lanes = jit(moved)


def expect_no_growth(action: Callable[[], object], count: int) -> None:
    def repeat(times: int) -> None:
        for _ in itertools.repeat(None, times):
            action()

    repeat(min(count, 200))
    for _ in range(6):  # an interpreter fills its own caches now and then
        before = Use.now()
        repeat(count)
        after = Use.now()
        # A leak of one block shows as `count` of them, and as 16 bytes each.
        allowed = (max(count // 10, 15), (4 << 20) if IS_PYPY else max(2 * count, 4096), 2)
        if all(new - old <= most for new, old, most in zip(after, before, allowed)):
            return
    raise AssertionError(f"{count} operations: {before} became {after}")


@pytest.mark.parametrize("kind", KINDS)
def test_operations_leave_nothing_behind(kind: str) -> None:
    fewer, action = KINDS[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "more than 64 signatures"
        expect_no_growth(action, max(OPERATIONS // fewer, 20))


@pytest.mark.skipif(IS_PYPY, reason="PyPy does not count blocks")
@pytest.mark.parametrize("leak", [object, lambda: piconumpy.zeros(100)], ids=["block", "memory"])
def test_a_leak_shows(leak: Callable[[], object]) -> None:
    held: list[object] = []
    with pytest.raises(AssertionError, match="became"):
        expect_no_growth(lambda: held.append(leak()), 1000)
