# SPDX-License-Identifier: BSD-3-Clause
"""Random functions: what jit computes of them is what Python computes, bit by bit."""

from __future__ import annotations

import itertools
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jit_support import outcome, ran_natively
from random_functions import written
from support import SPECIAL

from piconumpy import TraceError, array, jit

NUMBERS = [*SPECIAL, 0.5, -2.5, 2.0, -3.0, 2.0**52 + 1, 2.0**53, 1e16]
MAKE = {"float": lambda values: values[0], "list": list, "tuple": tuple, "array": array}
# A random function takes ten times as long as a random program of test_fuzz.py.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2000")) // 10
CALLS = 8
file_numbers = itertools.count()


def number(source: random.Random) -> float:
    kind = source.randrange(8)
    if kind < 2:
        return NUMBERS[source.randrange(len(NUMBERS))]
    if kind < 4:
        return source.randrange(-18, 19) / 2
    return source.randrange(-(10**6), 10**6) * 10.0 ** source.randrange(-9, 1)


def arguments(kinds: tuple[str, ...], source: random.Random) -> list[Any]:
    return [MAKE[kind]([number(source) for _ in range(3)]) for kind in kinds]


class TooSlow(BaseException):
    """Python computes powers of large ints for ever."""


@contextmanager
def limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(10)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def defined(source: random.Random) -> tuple[Any, str, tuple[str, ...]]:
    text, kinds = written(source)
    file = f"<random function {next(file_numbers)}>"
    names: dict[str, Any] = {"__name__": "random_function"}
    exec(compile(text, file, "exec"), names)
    return names["f"], file, kinds


def compare(source: random.Random) -> bool:
    """Compares calls. Returns whether the function was traced."""
    function, file, kinds = defined(source)
    jitted = jit(function)
    for _ in range(CALLS):
        values = arguments(kinds, source)
        try:
            with limited():
                expected = outcome(function, *values, file=file)
        except TooSlow:
            return True
        try:
            assert outcome(jitted, *values, file=file) == expected, (values, jitted.program)
        except TraceError:
            return False
    return True


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.randoms(use_true_random=False))
def test_a_random_function_has_the_bits_and_the_exceptions_of_python(source: random.Random) -> None:
    event("traced" if compare(source) else "refused")


def test_most_random_functions_are_traced_and_run_natively() -> None:
    traced = [compare(random.Random(seed)) for seed in range(100)]
    assert sum(traced) >= 80
    native = 0
    for seed in range(100):
        if traced[seed]:
            source = random.Random(seed)
            function, _, kinds = defined(source)
            jitted = jit(function)
            native += any(ran_natively(jitted, *arguments(kinds, source)) for _ in range(CALLS))
    assert native >= 60
