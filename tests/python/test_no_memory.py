# SPDX-License-Identifier: BSD-3-Clause
"""Where memory is short there is a MemoryError, and nothing is lost: at every single allocation."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest
from support import keeping_memory, knowing_resident_memory, run_program, run_script

failing_allocations = pytest.mark.skipif(
    sys.implementation.name != "cpython" or importlib.util.find_spec("_testcapi") is None,
    reason="this interpreter has no _testcapi, which makes allocations fail",
)


@failing_allocations
@pytest.mark.parametrize("n", [4, 20, 100])
def test_an_allocation_that_fails_is_a_memory_error_and_no_more(n):
    lines = run_program("failing_allocations.py", str(n)).splitlines()
    failures = {name: int(count) for name, count in (line.rsplit(maxsplit=1) for line in lines)}
    # The allocations did fail. These results need memory in any case.
    for name in ("list", "add", "negative", "slice", "tolist", "repr", "unpickle", "function"):
        assert failures[name] > 0


@failing_allocations
@pytest.mark.filterwarnings("ignore")
def test_every_entry_point_gives_its_result_after_an_allocation_that_failed():
    pytest.importorskip("numpy")
    samples = os.environ.get("NO_MEMORY_SAMPLES", "40")
    lines = run_program("failing_jit_allocations.py", samples).splitlines()
    failures = {name: int(count) for name, count in (line.rsplit(maxsplit=1) for line in lines)}
    assert len(failures) > 45
    for name in ("jit", "trace", "call", "guards", "iterate", "rk4", "solve_ivp", "solve_ensemble"):
        assert failures[name] > 0, name


@failing_allocations
@keeping_memory
@pytest.mark.parametrize("n", [100, 5000, 300_000])
def test_the_memory_of_an_array_that_could_not_be_made_is_kept(n):
    run_script(
        f"""
        import _testcapi
        from piconumpy import release_memory, zeros

        a = zeros({n})
        objects = [zeros(1) for _ in range(300)]  # all that are kept for reuse
        for _ in range(3):
            release_memory()
            _testcapi.set_nomemory(0, 0)
            try:
                a + a
            except MemoryError:
                pass
            else:
                raise AssertionError
            finally:
                _testcapi.remove_mem_hooks()
            assert release_memory() >= 8 * {n}
        """
    )


# The address space is limited to what is in use and some MiB more.
LIMITED = """
import resource
from pathlib import Path
from piconumpy import array, empty, full, release_memory, zeros

MIB = 1 << 20

def limit(more):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more * MIB,) * 2)

def numbers(mib):
    return mib * MIB // 8

"""


@keeping_memory
@knowing_resident_memory
def test_kept_memory_is_released_before_an_array_is_refused():
    run_script(
        LIMITED
        + """
a = empty(numbers(20))
del a
limit(8)
a = full(numbers(24), 1.5)
assert a[0] == a[-1] == 1.5
del a
assert release_memory() == 24 * MIB
"""
    )


@knowing_resident_memory
def test_arrays_too_large_for_memory_are_refused_and_name_their_length():
    run_script(
        LIMITED
        + """
a = full(numbers(8), 1.5)
limit(150)
for make in (zeros, empty, lambda n: full(n, 1.0)):
    for _ in range(20):
        try:
            make(numbers(400))
        except MemoryError as error:
            assert str(error) == f"no memory for an array of {numbers(400)} numbers"
        else:
            raise AssertionError
assert a[0] == a[numbers(8) - 1] == 1.5
"""
    )


@pytest.mark.skipif(
    sys.implementation.name == "pypy", reason="PyPy ends when it has no memory for itself"
)
@knowing_resident_memory
def test_results_are_right_up_to_the_last_one_that_fits():
    run_script(
        LIMITED
        + """
a, b = full(numbers(8), 1.5), array([1.0, 2.0])
limit(100)
held = []
try:
    while True:
        held.append(a + a if len(held) % 2 else a[:])
except MemoryError:
    pass
assert len(held) > 2
assert all(c[-1] == (3.0 if i % 2 else 1.5) for i, c in enumerate(held))
assert a[0] == 1.5 and (b + b).tolist() == [2.0, 4.0]
del held
assert (a + a)[0] == 3.0
"""
    )


# The system refuses memory to the library, and not to the interpreter.
OF_LIBRARY = (
    LIMITED
    + """
from math import inf
from piconumpy._backend import Program, solve_ode
from piconumpy._trace.paths import INSTRUCTION
from piconumpy._trace.tape import Op

def instructions(op, operands):
    return [INSTRUCTION.pack(op, 0, i, -1, -1, 0.0) for i in operands]

def refused(work):
    try:
        work()
    except MemoryError:
        return True

"""
)


@knowing_resident_memory
def test_a_program_that_finds_no_memory_is_refused():
    run_script(
        OF_LIBRARY
        + """
n = 60_000
sines = instructions(Op.INPUT, [-1]) + instructions(Op.SIN, range(n))
source = b"".join(sines + instructions(Op.OUTPUT, [n]))
held = [Program(source, 0)]
limit(30)

def fill():
    while True:
        held.append(Program(source, 0))

assert refused(fill)
assert len({tuple(program.run_point([1.0])[0]) for program in held}) == 1
del held[:]
"""
    )


@knowing_resident_memory
def test_a_run_that_finds_no_memory_is_refused():
    run_script(
        OF_LIBRARY
        + """
n = 1000
source = instructions(Op.INPUT, [-1] * (n + 1)) + instructions(Op.OUTPUT, range(1, n + 1))
growth = Program(b"".join(source), 0), array([]), None
start = array([1.0] * n)
tolerances = array([1e-3]), array([1e-6])

def solved(max_step):
    return solve_ode(
        0, growth, None, None, 0.0, 1.0, start, *tolerances, 0.0, max_step, 100_000,
        None, True, (), 0, None, None,
    )

expected = solved(inf).points()
limit(100)
for _ in range(3):
    assert refused(lambda: solved(1e-4))
    assert solved(inf).points() == expected
"""
    )
