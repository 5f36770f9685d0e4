# SPDX-License-Identifier: BSD-3-Clause
"""Interleaved timing, so that a slow moment of the machine meets everything that is compared."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Callable

__all__ = ["interleaved", "on_one_core", "summary"]


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keeps the process on one of its cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def interleaved(
    functions: dict[str, Callable[[], Any]], seconds: float, least: int = 5
) -> dict[str, list[float]]:
    """Times of calls, in seconds: one of each function a round, until the time is over.

    The first round warms up and is not counted. Each round begins with another function.
    """
    names = list(functions)
    times: dict[str, list[float]] = {name: [] for name in names}
    for function in functions.values():
        function()
    end = perf_counter() + seconds
    i = 0
    while i < least or perf_counter() < end:
        first = i % len(names)
        for name in names[first:] + names[:first]:
            start = perf_counter()
            functions[name]()
            times[name].append(perf_counter() - start)
        i += 1
    return times


def summary(times: list[float]) -> dict[str, float]:
    """The median and the quartiles, in the unit of the times."""
    q1, median, q3 = statistics.quantiles(times, n=4, method="inclusive")
    return {"median": median, "q1": q1, "q3": q3}
