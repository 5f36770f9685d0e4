# SPDX-License-Identifier: BSD-3-Clause
"""Lets every single allocation of every kind of operation fail, for arrays of n numbers.

Usage: failing_allocations.py n. An operation has to raise MemoryError or to do without; nothing may
change or get lost.
"""

from __future__ import annotations

import _testcapi
import gc
import sys
from typing import Any, Callable

import piconumpy
from piconumpy import array


class Number:
    def __float__(self) -> float:
        return 2.5


n = int(sys.argv[1])
a, b, out = (array([float(i + k) for i in range(n)]) for k in range(3))
number, key, view, everything = Number(), slice(None, None, 2), memoryview(b), slice(None)
floats = a.tolist()
mixed = [*floats, number, 10**30]
restore, (data, _) = a.__reduce_ex__(2)


def assign(key: Any, value: Any) -> None:
    out[key] = value


def in_place(value: Any) -> None:
    global out
    out += value


ACTIONS: dict[str, Callable[[], object]] = {
    "list": lambda: array(floats),
    "tuple": lambda: array(tuple(floats)),
    "iterator": lambda: array(iter(floats)),
    "numbers of all kinds": lambda: array(mixed),
    "buffer": lambda: array(view),
    "range": lambda: array(range(n)),
    "__new__": lambda: array.__new__(array, floats),
    "zeros": lambda: piconumpy.zeros(n),
    "full": lambda: piconumpy.full(value=number, n=n),
    "add": lambda: a + b,
    "multiply by a number": lambda: a * 2.5,
    "divide a number": lambda: 2 / b,
    "subtract a bool": lambda: a - True,
    "negative": lambda: -a,
    "absolute": lambda: abs(a),
    "positive": lambda: +a,
    "copy": lambda: a.copy(),
    "slice": lambda: a[1:],
    "slice with steps": lambda: a[key],
    "item": lambda: a[-1],
    "tolist": lambda: a.tolist(),
    "iterate": lambda: list(a),
    "reversed": lambda: list(reversed(a)),
    "length hint": lambda: iter(a).__length_hint__(),  # type: ignore[attr-defined]
    "repr": lambda: repr(a),
    "str": lambda: str(a),
    "pickle": lambda: a.__reduce_ex__(2),
    "pickle 5": lambda: a.__reduce_ex__(5),
    "unpickle": lambda: restore(data, sys.byteorder),
    "export": lambda: memoryview(a),
    "equal": lambda: a == b,
    "contains": lambda: 1.5 in a,
    "contains something": lambda: number in a,
    "sizeof": lambda: sys.getsizeof(a),
    "assign a number": lambda: assign(0, number),
    "assign a list": lambda: assign(everything, floats),
    "assign itself": lambda: assign(everything, out),
    "assign a number to a slice": lambda: assign(key, 2),
    "add a number in place": lambda: in_place(1),
    "add a buffer in place": lambda: in_place(view),
    "add in place": lambda: in_place(a),
    "function": lambda: piconumpy.add(a, b),
    "function of a buffer": lambda: piconumpy.add(a, view),
    "function with output": lambda: piconumpy.add(a, b, out=out),
    "function by name": lambda: piconumpy.sqrt(out=out, a=view),
    "available_isas": lambda: piconumpy.available_isas(),
    "set_isa": lambda: piconumpy.set_isa(piconumpy.isa),
    "release_memory": lambda: piconumpy.release_memory(),
}

# CPython's regular expressions lose something themselves.
LOSSES_OF_THE_INTERPRETER = {"repr", "str"}


def fails_without(action: Callable[[], object], first: int, last: int) -> bool:
    """Whether an action raises MemoryError without its allocations first to last (0: all)."""
    before = out.tolist()
    # All objects that are kept for reuse, so that each result needs a new one.
    held = [piconumpy.zeros(1) for _ in range(200)]
    _testcapi.set_nomemory(first, last)
    try:
        action()
    except MemoryError:
        failed = True
    else:
        failed = False
    finally:
        _testcapi.remove_mem_hooks()
    assert a.tolist() == floats
    assert b.tolist() == view.tolist()
    assert not failed or out.tolist() == before
    assert len(held) == 200
    return failed


def fail_everywhere(action: Callable[[], object]) -> int:
    """Lets each allocation fail, alone and with all later ones; returns how often that hurt."""
    failures = 0
    for is_alone in (True, False):
        successes = first = 0
        # An allocation may fail without harm, but not many in a row.
        while successes < 4:
            failed = fails_without(action, first, first + 1 if is_alone else 0)
            successes = 0 if failed else successes + 1
            failures += failed
            first += 1
    return failures


def references() -> list[int]:
    return [sys.getrefcount(thing) for thing in (a, b, out, number, view, array)]


def growth(action: Callable[[], object]) -> int:
    gc.collect()
    before = sys.getallocatedblocks()
    fail_everywhere(action)
    gc.collect()
    return sys.getallocatedblocks() - before - 1  # the number itself is in a block


for name, action in ACTIONS.items():
    try:
        action()
        before = references()
        failures = fail_everywhere(action)
        assert references() == before, "references got lost"
        if name not in LOSSES_OF_THE_INTERPRETER:
            # The interpreter keeps something too, for exceptions and frames, but not in each round.
            assert any(growth(action) <= 0 for _ in range(200)), "memory got lost"
    except Exception as error:
        raise SystemExit(f"{name}: {error!r}") from error
    print(name, failures)
