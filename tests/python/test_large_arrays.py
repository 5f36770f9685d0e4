# SPDX-License-Identifier: BSD-3-Clause
"""Memory of large arrays is used again: never while it is exported, and within its bound."""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import address_space_bytes, keeping_memory, knowing_resident_memory, resident_bytes

import piconumpy
from piconumpy import add, array, empty, full, ones, release_memory, zeros

MIB = 1 << 20
KEPT_ANYWAY = 32 * MIB
SMALL_KEPT_ANYWAY = 1 * MIB
# On both sides of where numbers leave the object (59), where blocks are large (4096), and where
# they come in huge pages (262144).
LENGTHS = [58, 59, 100, 3000, 4095, 4096, 4097, 5000, 100_000, 262_143, 262_144, 262_145, 300_001]

every_length = pytest.mark.parametrize("n", LENGTHS)


def address(a):
    return np.asarray(a).__array_interface__["data"][0]


def flags_of_mapping(place):
    """The kernel's flags of the mapping that holds an address."""
    is_here = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, *words = line.split()
        if re.fullmatch("[0-9a-f]+-[0-9a-f]+", name):
            first, last = (int(number, 16) for number in name.split("-"))
            is_here = first <= place < last
        elif is_here and name == "VmFlags:":
            return words
    raise AssertionError("no mapping holds the address")


@pytest.fixture(autouse=True)
def nothing_kept():
    gc.collect()
    release_memory()
    yield
    gc.collect()
    release_memory()


# ---- results ----------------------------------------------------------------------------------


@every_length
def test_results_in_used_memory_are_right(n):
    x = np.linspace(-1.0, 1.0, n)
    y = np.linspace(3.0, 2.0, n)
    a, b = array(x), array(y)
    for _ in range(5):
        c = a + b * 2 - a / 3
        assert np.array_equal(np.asarray(c), x + y * 2 - x / 3)
        assert np.array_equal(np.asarray(-c), -(x + y * 2 - x / 3))
        assert np.array_equal(np.asarray(add(x, 1.5)), x + 1.5)
        assert np.array_equal(np.asarray(a[1:]), x[1:])
        assert np.array_equal(np.asarray(a[::-1]), x[::-1])
    total, expected = a, x
    for _ in range(10):
        total, expected = total + b, expected + y
    assert np.array_equal(np.asarray(total), expected)


@every_length
def test_new_arrays_hold_what_was_asked_for_and_nothing_older(n):
    for _ in range(3):
        for make, value in (
            (lambda: zeros(n), 0.0),
            (lambda: ones(n), 1.0),
            (lambda: full(n, 0.5), 0.5),
            (lambda: array([2.5] * n), 2.5),
            (lambda: array(np.full(n, 3.5)), 3.5),
            (lambda: full(n, 4.5).copy(), 4.5),
        ):
            assert np.all(np.asarray(make()) == value)
        dirty = empty(n)
        dirty[:] = 7.0
        del dirty


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from([100, *LENGTHS])), min_size=1, max_size=30
    )
)
def test_no_memory_serves_two_arrays(steps):
    alive = {}
    for number, (slot, n) in enumerate(steps):
        alive[slot] = full(n, float(number))
        for other in alive.values():
            values = np.asarray(other)
            assert np.all(values == values[0])
        assert len({float(other[0]) for other in alive.values()}) == len(alive)


@every_length
@pytest.mark.parametrize("export", [memoryview, np.asarray, pickle.PickleBuffer])
def test_exported_memory_is_not_used_again(n, export):
    seen = [export(full(n, float(i))) for i in range(3)]
    gc.collect()
    others = [full(n, -1.0) + 0.5 for _ in range(6)]
    release_memory()
    others += [zeros(n) for _ in range(6)]
    for i, thing in enumerate(seen):
        assert np.all(np.frombuffer(thing, np.float64) == i)
    del others


@every_length
@pytest.mark.parametrize("protocol", [2, 5])
def test_large_pickles(n, protocol):
    a = array(np.arange(float(n)))
    for _ in range(3):
        a = pickle.loads(pickle.dumps(a, protocol)) + 1
    assert np.array_equal(np.asarray(a), np.arange(float(n)) + 3)


def test_threads_do_not_share_memory():
    failures = []

    def work(seed):
        n = 40_000 + 100_000 * (seed % 2)
        a = full(n, float(seed))
        for i in range(30):
            total = a + float(i) + a
            if not np.all(np.asarray(total) == 2 * seed + i):
                failures.append((seed, i))
            if i % 10 == seed:
                release_memory()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


FORKING = """
import os
from piconumpy import full, release_memory

a = full(1_000_000, 1.0)
b = a + 1
del b
child = os.fork()
c = a + 2
right = c[0] == c[-1] == 3.0
release_memory()
right = right and (a + 3)[-1] == 4.0
if child == 0:
    os._exit(0 if right else 1)
assert right
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_memory_of_its_own():
    subprocess.run([sys.executable, "-c", FORKING], check=True)


def test_arrays_that_outlive_everything_else():
    script = "import sys; from piconumpy import full; sys.last = full(10**6, 1.0); full(10**6, 2.0)"
    subprocess.run([sys.executable, "-c", script], check=True)


# ---- what is kept -----------------------------------------------------------------------------


def test_release_memory_tells_how_much_it_was():
    a = full(500_000, 1.0)
    a = a + 1
    released = release_memory()
    assert type(released) is int
    assert released >= 0
    assert release_memory() == 0
    assert a[-1] == 2.0
    with pytest.raises(TypeError):
        piconumpy.release_memory(1)


@keeping_memory
@every_length
def test_large_memory_is_kept_and_used_again(n):
    a = full(n, 1.0)
    b = a + 1
    del b
    kept = release_memory()
    if n <= 58:
        assert kept == 0
    else:
        assert 8 * n <= kept <= 8 * n * 1.125
    b = a + 1
    del b
    b = a + 2
    assert release_memory() == 0
    assert b[-1] == 3.0


@keeping_memory
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from([0, 500, 5000, 10**5, 10**6, 3 * 10**6])),
        min_size=1,
        max_size=25,
    )
)
def test_no_more_is_kept_than_the_bound(steps):
    release_memory()
    alive = {}
    for slot, n in steps:
        alive[slot] = empty(n)
    in_use = sum(8 * len(a) for a in alive.values())
    assert release_memory() <= max(1.125 * in_use, KEPT_ANYWAY) + SMALL_KEPT_ANYWAY


@keeping_memory
def test_kept_memory_serves_arrays_of_nearly_the_same_length():
    a = empty(100_000)
    del a
    a = empty(106_496)  # 13/8 of 65536, where 100000 is rounded to
    assert release_memory() == 0
    del a
    a = empty(106_497)
    assert release_memory() == 8 * 106_496
    assert len(a) == 106_497


@keeping_memory
def test_the_latest_memory_is_used_again_first_and_the_oldest_goes_back_first():
    a, b = empty(5000), empty(5000)
    first, last = address(a), address(b)
    del a, b
    assert address(empty(5000)) == last != first
    n = 2 * MIB  # 16 MiB
    a, b, c = full(n, 1.0), full(n + n // 4, 1.0), full(n, 1.0)
    del a, b, c  # of 52 MiB, 32 may be kept
    assert release_memory() == 8 * n


@keeping_memory
def test_of_more_blocks_than_are_kept_the_oldest_makes_room():
    oldest, others = empty(65_536), [empty(5120) for _ in range(64)]
    del oldest
    del others
    assert release_memory() == 64 * 8 * 5120


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists() or sys.implementation.name == "pypy",
    reason="this system has no huge pages, or this interpreter does not ask for them",
)
@pytest.mark.parametrize("n", [MIB // 4, MIB // 4 + 1, 10**6])
def test_arrays_of_two_mebibytes_begin_at_a_huge_page_and_ask_for_it(n):
    for a in [empty(n) for _ in range(3)]:
        assert address(a) % (2 * MIB) == 0
        assert "hg" in flags_of_mapping(address(a))


@keeping_memory
@every_length
def test_long_arrays_begin_at_a_cache_line(n):
    arrays = [empty(n) for _ in range(10)]
    assert n <= 60 or all(address(a) % 64 == 0 for a in arrays)


@keeping_memory
def test_small_blocks_replace_no_large_ones():
    a = empty(100_000)
    del a
    for _ in range(100):
        arrays = [empty(n) for n in range(61, 3061, 30)]
        del arrays
    assert release_memory() >= 8 * 100_000


@keeping_memory
def test_of_many_small_arrays_a_little_is_kept():
    arrays = [full(n, 1.0) for n in range(61, 3061)]
    del arrays
    assert 0 < release_memory() <= SMALL_KEPT_ANYWAY


@keeping_memory
def test_what_is_beyond_the_bound_goes_back_when_arrays_die():
    n = 5 * MIB // 8 * 8  # 40 MiB: more than is kept anyway
    a, b = empty(n), empty(n)
    del b
    assert release_memory() == 8 * n
    b, c = empty(n), empty(n)
    del b, c  # one of them goes back by itself
    assert release_memory() == 8 * n
    b = empty(n)
    del b, a  # now no large array lives
    assert release_memory() == 0
    a = empty(n // 2)
    del a
    assert release_memory() == 4 * n


@keeping_memory
@knowing_resident_memory
def test_memory_really_goes_back():
    n = 6 * MIB  # 48 MiB
    a, b = full(n, 1.0), full(n, 2.0)
    with_both = resident_bytes()
    del b
    assert release_memory() == 8 * n
    with_one = resident_bytes()
    assert with_both - with_one > 0.8 * 8 * n
    b = a + 1
    del a, b
    assert with_one - resident_bytes() > 0.8 * 8 * n  # without being asked
    assert release_memory() == 0


@keeping_memory
@knowing_resident_memory
@pytest.mark.parametrize("n", [100, 5000, MIB // 4 + 1, MIB])
def test_addresses_go_back_too(n):
    spacers = []

    def cycle():
        for i in range(50):
            spacers.append(mmap.mmap(-1, (1 + i % 7) * mmap.PAGESIZE))  # moves the next block
            a, b = empty(n), empty(n)
            del a, b
            release_memory()

    cycle()
    before = address_space_bytes()
    cycle()
    assert address_space_bytes() - before < 4 * MIB


@keeping_memory
@knowing_resident_memory
def test_a_loop_takes_no_more_memory_than_its_arrays_twice():
    n = MIB  # 8 MiB
    a, b = full(n, 1.0), full(n, 2.0)
    before = resident_bytes()
    for _ in range(50):
        c = a + b * 2 - a / 3
    assert resident_bytes() - before < 5 * 8 * n
    assert c[0] == 1.0 + 4.0 - 1.0 / 3


@pytest.mark.parametrize("n", [2**48, 2**58, 2**60, 2**62, sys.maxsize])
def test_sizes_that_no_memory_holds(n):
    a = full(300_000, 1.0)
    b = a + 1
    del b
    for make in (zeros, empty):
        with pytest.raises(MemoryError):
            make(n)
    assert (a + 1)[-1] == 2.0
