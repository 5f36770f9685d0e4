# SPDX-License-Identifier: BSD-3-Clause
"""Threads share arrays, their memory, and iterators; long operations let other threads run."""

from __future__ import annotations

import _thread
import itertools
import os
import sys
import threading
from functools import partial

import numpy as np
import pytest
from support import at_once, run_script

import piconumpy
from piconumpy import add, array, full, ones, set_isa, zeros

# coverage.py takes minutes for the loops that store many numbers on PyPy.
IS_SLOW = sys.implementation.name == "pypy" and sys.gettrace() is not None
LENGTHS = [0, 4, 9, 100, 1000 if IS_SLOW else 40_000]
"""Every way of storing numbers. On CPython, operations on the last let other threads run."""


@pytest.mark.parametrize("n", LENGTHS)
def test_threads_compute_with_the_same_arrays(n):
    a, b = ones(n), full(n, 2.0)

    def compute():
        for _ in range(30):
            assert a + b == full(n, 3.0)
            assert b - 1 == a
            assert add(a, b, out=zeros(n)) == full(n, 3.0)
            assert a[:] == a.copy() == array(a) == abs(-a)
            assert a.tolist() == list(a) == [1.0] * n

    at_once(*[compute] * 4)
    assert a == ones(n)


@pytest.mark.parametrize("n", LENGTHS)
def test_threads_that_change_one_array_leave_numbers_that_were_written(n):
    a = zeros(n)

    def change(value):
        for _ in range(30):
            a[:] = value
            a[::2] = [value] * len(a[::2])
            if n:
                a[-1] = value
                assert a[0] in (0.0, 1.0, 2.0, 3.0)
            assert set(a) <= {0.0, 1.0, 2.0, 3.0}

    at_once(*(lambda value=float(k): change(value) for k in range(4)))


def extend(found, export, arrays):
    found.extend(map(export, arrays))


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("export", [memoryview, np.asarray])
def test_threads_that_export_one_array_get_the_same_memory(n, export):
    for _ in range(20):
        fresh = [full(n, 0.5) for _ in range(10)]
        exports = [[] for _ in range(3)]
        at_once(*(partial(extend, found, export, fresh) for found in exports))
        for a, *views in zip(fresh, *exports):
            for i, view in enumerate(views[: n and len(views)]):
                view[-1] = float(i)
                assert a[-1] == i
                assert all(other[-1] == i for other in views)


@pytest.mark.parametrize("n", LENGTHS)
def test_threads_that_share_an_iterator_get_every_number_and_no_other(n):
    a = array(range(n))
    iterator, found = iter(a), [[] for _ in range(4)]
    at_once(*(lambda numbers=numbers: numbers.extend(iterator) for numbers in found))
    assert set(itertools.chain(*found)) == set(a)
    assert next(iterator, None) is None


def test_threads_choose_the_isa_while_others_compute():
    a = array(range(1000))
    isas = piconumpy.available_isas()

    def choose():
        for isa in isas * 50:
            set_isa(isa)
            assert piconumpy.isa in isas

    def compute():
        for _ in range(200):
            assert add(a, a, out=zeros(1000)) == a * 2

    with set_isa(piconumpy.isa):
        at_once(choose, choose, compute, compute)


LONG_OPERATIONS = {
    "result": lambda a, b: a + b,
    "with a number": lambda a, b: 2 * a,
    "in place": lambda a, b: a.__iadd__(b),
    "function": lambda a, b: add(a, b),
    "function with output": lambda a, b: add(a, b, out=b),
    "function of a buffer": lambda a, b: add(memoryview(a), b, out=b),
}


@pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="this interpreter has no fixed switch interval"
)
@pytest.mark.parametrize("operation", LONG_OPERATIONS.values(), ids=LONG_OPERATIONS)
def test_other_threads_run_during_a_long_operation(operation):
    a, b = ones(400_000), zeros(400_000)
    go, started, has_run = _thread.allocate_lock(), threading.Event(), []
    go.acquire()

    def run():
        started.set()
        go.acquire()
        has_run.append(True)

    before = sys.getswitchinterval()
    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    # From here on, this thread runs on until it lets another one run by itself.
    sys.setswitchinterval(1000.0)
    try:
        go.release()
        for _ in range(1000):
            operation(a, b)
            if has_run:
                break
        assert has_run
    finally:
        sys.setswitchinterval(before)
        thread.join()


# ---- the end of a process, and forks ----------------------------------------------------------

# Threads that compute until the process ends.
COMPUTING = """
import atexit, gc, os, sys, threading
from piconumpy import add, array, full, isa, zeros

def compute(n):
    a, b, out = full(n, 1.0), full(n, 2.0), zeros(n)
    while True:
        c = a + b * 2 - a
        add(a, b, out=out)
        view = memoryview(c)
        assert c[0] == view[n - 1] == 4.0 and out[0] == 3.0

threads = [
    threading.Thread(target=compute, args=(n,), daemon=True) for n in (4, 9, 100, 40_000, 300_000)
]
for thread in threads:
    thread.start()
"""


@pytest.mark.parametrize("repetition", range(3))
def test_a_process_ends_while_daemon_threads_compute(repetition):
    run_script(COMPUTING + f"import time; time.sleep({0.1 * repetition})")


def test_arrays_live_until_the_interpreter_is_gone():
    run_script(
        """
        import atexit, builtins, sys, threading
        import piconumpy
        from piconumpy import add, array, full

        class Last:
            def __init__(self, n):
                self.array, self.me = full(n, 1.5), self
            def __del__(self, add=add, full=full):
                n = len(self.array)
                assert (self.array + self.array)[0] == 3.0
                assert add(self.array, 1, out=full(n, 0.0))[n - 1] == 2.5
                assert len(memoryview(self.array)[1:]) == n - 1

        LENGTHS = (4, 9, 100, 40_000, 300_000)
        cycles = [Last(n) for n in LENGTHS]
        sys.last = builtins.last = [Last(n) for n in LENGTHS]
        views = [memoryview(full(n, 2.0)) for n in LENGTHS]
        iterators = [iter(full(n, 2.0)) for n in LENGTHS]
        piconumpy.kept = [full(n, 3.0) for n in LENGTHS]
        local = threading.local()
        local.arrays = [Last(n) for n in LENGTHS]
        atexit.register(lambda: [add(last.array, last.array) for last in cycles])
        atexit.register(piconumpy.release_memory)
        """
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_computes_that_was_forked_while_threads_compute():
    run_script(
        """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
        """.replace("        ", "")
        + COMPUTING
        + """
for _ in range(8):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for n in (4, 9, 100, 40_000, 300_000):
                a = full(n, 1.0)
                assert ((a + 1) * 2 - a)[n - 1] == 3.0
                assert add(a, a, out=zeros(n))[0] == 2.0
                memoryview(a)[0] = 5.0
                assert a[0] == 5.0
            gc.collect()
            status = 0
        finally:
            os._exit(status)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 0
"""
    )


INTEGRATING = """
import os, threading, time, warnings
import numpy  # Python itself can't fork while another thread imports
from piconumpy import jit
from piconumpy.integrate import solve_ensemble, solve_ivp

def fall(t, y):
    return [y[1], -y[0]]

@jit
def fall_of(t, y, g):
    return [y[1], -g * y[0]]

def height(t, y):
    return y[0]

def run_in_python():
    assert solve_ivp(fall, (0, 2), [1.0, 0.0], events=height).t_events[0].size == 1

def run_long():
    assert solve_ivp(fall_of, (0, 50), [1.0, 0.0], args=(1.0,), rtol=1e-9).success

def run_ensemble():
    found = solve_ensemble(fall_of, (0, 2), [[1.0, 0.0]] * 40, params=[[2.0]] * 40)
    assert all(found.status == 0)

def run_traced():
    assert jit(lambda x: [x * y for y in range(9)])(2.0)[8] == 16.0

RUNS = (run_in_python, run_long, run_ensemble, run_traced)

def forever(run):
    while True:
        run()

for run in RUNS:
    threading.Thread(target=forever, args=(run,), daemon=True).start()
"""


@pytest.mark.parametrize("repetition", range(5))
def test_a_process_ends_while_daemon_threads_integrate(repetition):
    run_script(INTEGRATING + f"time.sleep({0.1 * repetition})")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_integrates_that_was_forked_while_threads_begin_to():
    run_script(
        INTEGRATING
        + """
warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
for _ in range(8):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for run in RUNS:
                run()
            status = 0
        finally:
            os._exit(status)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 0
"""
    )
