# SPDX-License-Identifier: BSD-3-Clause
"""What several test files share."""

from __future__ import annotations

import gc
import math
import os
import resource
import struct
import subprocess
import sys
import sysconfig
import textwrap
import threading
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

import piconumpy

# Every length up to 70 runs each way of storing numbers and each path through the kernels; the
# large ones run the unrolled loops, and release the GIL.
LENGTHS = [*range(71), 127, 1000, 4099, 40_001]

# Seconds. Only a process that hangs takes so long.
TIME_LIMIT = float(os.environ.get("PICONUMPY_TEST_TIME_LIMIT", "120"))

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    0.1,
    1 / 3,
    -7.5e200,
    3e-200,
]


def _has_sizes() -> bool:
    try:
        return sys.getsizeof(1.0) > 0
    except TypeError:
        return False


counting_blocks = pytest.mark.skipif(
    not hasattr(sys, "getallocatedblocks"), reason="this interpreter does not count its blocks"
)
counting_references = pytest.mark.skipif(
    not hasattr(sys, "getrefcount"), reason="this interpreter does not count references"
)
knowing_sizes = pytest.mark.skipif(
    not _has_sizes(), reason="this interpreter does not tell sizes of objects"
)
compiled_methods = pytest.mark.skipif(
    isinstance(piconumpy.array.__add__, types.FunctionType),
    reason="a method that is written in Python takes any first argument",
)

keeping_memory = pytest.mark.skipif(
    sys.implementation.name != "cpython" or bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="arrays of this interpreter keep no memory",
)
knowing_resident_memory = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="this system does not tell resident memory"
)

on_every_isa = pytest.mark.parametrize("isa", piconumpy.available_isas())


def _pages(place: int) -> int:
    return int(Path("/proc/self/statm").read_text().split()[place]) * resource.getpagesize()


def collect_garbage() -> None:
    """Collects garbage in several rounds. PyPy frees what a finalizer has seen in a later round."""
    for _ in range(3):
        gc.collect()


def growth(action: Callable[[], Any], times: int) -> int:
    """How many blocks of memory more there are after so many calls."""
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(times):
        action()
    gc.collect()
    return sys.getallocatedblocks() - before


def address_space_bytes() -> int:
    return _pages(0)


def resident_bytes() -> int:
    return _pages(1)


numbers = st.floats(width=64) | st.sampled_from(SPECIAL)


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=TIME_LIMIT
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def run_script(script: str) -> str:
    """The output of a script in a process of its own, which has to end well and in time."""
    return _run("-c", textwrap.dedent(script))


def run_program(name: str, *arguments: str) -> str:
    """The same for a file of the folder programs."""
    return _run(str(Path(__file__).parent / "programs" / name), *arguments)


def mixed(n: int, shift: int = 0) -> list[float]:
    """Floats of all kinds, n of them, the same ones in every run."""
    return [SPECIAL[(7 * i + shift) % 15] * (1 if i % 3 else (i + shift) / 7) for i in range(n)]


def bits(values: Iterable[float]) -> list[int | None]:
    """The numbers as bit patterns, so that signed zeros differ; None for nan of any payload."""
    return [None if x != x else struct.unpack("<q", struct.pack("<d", x))[0] for x in values]


def divided(a: float, b: float) -> float:
    """IEEE 754 division, which Python's own refuses at zero."""
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def minimum(a: float, b: float) -> float:
    """IEEE 754-2019 minimum: nan if one is nan, and -0.0 is less than 0.0."""
    if a != a or b != b:
        return math.nan
    return min(a, b, key=lambda v: (v, math.copysign(1.0, v)))


BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": divided,
    "minimum": minimum,
    "maximum": lambda a, b: -minimum(-a, -b),
}
"""The functions of two operands, by their names in the package."""


def power(a: float, b: float) -> float:
    """The pow of the C library, whose exceptions are Python's."""
    is_odd = b % 2 == 1
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and is_odd else math.inf
    except ValueError:
        if a != 0:
            return math.nan
        return math.copysign(math.inf, a) if is_odd else math.inf


WITHOUT_FUNCTION = {
    "floor_divide": lambda a, b: a // b if b else divided(a, b),
    "remainder": lambda a, b: a % b if b else math.nan,
    "power": power,
}
"""The operators that are no functions of the package."""

UNARY = {
    "sqrt": lambda a: math.nan if a < 0 else math.sqrt(a),
    "negative": lambda a: -a,
    "absolute": abs,
}
"""The functions of one operand."""


ULP = {
    "sin": 0.9,
    "cos": 0.9,
    "tan": 2.4,
    "asin": 2.2,
    "acos": 1.2,
    "atan": 2.1,
    "sinh": 1.5,
    "cosh": 1.6,
    "tanh": 2.2,
    "exp": 1.0,
    "exp2": 1.0,
    "expm1": 1.3,
    "log": 0.9,
    "log2": 0.9,
    "log10": 0.8,
    "log1p": 1.0,
    "cbrt": 0.6,
    "pow": 1.8,
    "atan2": 2.1,
    "hypot": 1.3,
    "fmod": 0.0,
}
"""The functions, with their largest errors in units in the last place."""


def at_once(*works: Callable[[], object]) -> None:
    """Runs them in threads that start together and switch often, and raises what they raise."""
    errors = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if errors:
        raise errors[0]
