# SPDX-License-Identifier: BSD-3-Clause
"""Lets allocations fail in every entry point of jit, of the integrators, and of the kernels.

Usage: failing_jit_allocations.py SAMPLES [ACTION...]. Of each action, as many allocations fail, one
after the other, alone and with the next 50; 0 lets all fail. An action raises MemoryError or
gives its result, and gives it afterwards. (If all later allocations failed, CPython 3.11 would try
without end to enter a `finally`.)
"""

from __future__ import annotations

import _testcapi
import gc
import math
import random
import sys
import warnings
from typing import Any, Callable

import numpy as np

import piconumpy
from piconumpy import array, iterate, jit, vectorize
from piconumpy.integrate import rk4, solve_ensemble, solve_ivp

samples = int(sys.argv[1])
only = sys.argv[2:]
warnings.simplefilter("error")
sys.unraisablehook = lambda _: None  # of generators that are closed without memory

a, b = array([1.0, 2.0, 3.0]), array([0.5] * 3)
x, lanes = np.linspace(1.0, 2.0, 3), np.ones((2, 3))
factor = 2.0
model = type("Model", (), {"k": 3.0, "times": lambda self, x: self.k * x})()


def helper(x: float, k: float = 1.5) -> float:
    return x * k


def branching(x: float, y: Any) -> Any:
    z = helper(x) * factor + model.times(x)
    return [z, math.sin(y[0])] if x > y[1] else [y[1], math.exp(-z)]


def oscillator(t: float, y: Any) -> Any:
    return [y[1], 0.0 - y[0]]  # the negative of a NumPy number crashes without memory


def decay(t: float, y: Any, k: float) -> Any:
    return -k * y


def halved(x: float) -> float:
    return x / 2.0


def clipped(x: float, y: float) -> float:
    return x if x > y else y / x


def event(t: float, y: Any) -> Any:
    return y[0] - 0.5


warm = jit(branching)
raising = jit(lambda x: 1.0 / x)
of_arrays = jit(lambda X: X * 2.0 + 1.0)
of_structures = jit(lambda p, q: {"x": p["k"] + q[0][0], "y": (q[1], [q[1]])})
refused = jit(lambda x: float(str(x)))
jitted_oscillator, jitted_decay, kernel = jit(oscillator), jit(decay), vectorize(clipped)


def raised(function: Callable[..., Any], *arguments: Any) -> str:
    try:
        return repr(function(*arguments))
    except (MemoryError, SystemError):
        raise
    except Exception as error:
        return type(error).__name__


def change_and_call() -> Any:
    """Another object of the same value, so that guards compare values."""
    global factor
    factor = float("2.0")
    return warm(1.0, (0.5, 0.25))


def change_the_value_and_call() -> Any:
    global factor
    factor = 3.0
    try:
        other = warm(1.0, (0.5, 0.25))
    finally:
        factor = 2.0
    return other, warm(1.0, (0.5, 0.25))


def solved(fun: Any, method: str, **options: Any) -> Any:
    found = solve_ivp(fun, (0, 1), [1.0, 0.25], method, **options)
    return found.y.tolist(), found.nfev


def dense() -> Any:
    found = solve_ivp(jitted_oscillator, (0, 1), [1.0, 0.25], dense_output=True, events=event)
    return found.sol(x / 2.0).tolist(), found.t_events[0].tolist()


def ensemble(fun: Any) -> Any:
    found = solve_ensemble(fun, (0, 1), np.ones((3, 1)), np.array([0.5, 1.0, 2.0]))
    if found.errors:  # of members that had no memory
        raise next(iter(found.errors.values()))
    return found.y.tolist()


ACTIONS: dict[str, Callable[[], object]] = {
    "jit": lambda: jit(branching).__name__,
    "trace": lambda: jit(branching)(1.0, (0.5, 0.25)),
    "trace, fastmath": lambda: jit(branching, fastmath=True)(1.0, [0.5, 0.25]),
    "trace of an ndarray": lambda: jit(lambda X: np.sin(X) * 2.0)(x).tolist(),
    "trace with fallback": lambda: jit(halved, fallback=True)(3.0),
    "refusal": lambda: raised(refused, 1.0),
    "clear and trace": lambda: (warm.clear(), warm(1.0, (0.5, 0.25))),
    "call": lambda: warm(1.0, (0.5, 0.25)),
    "call of the other branch": lambda: warm(0.0, (0.5, 0.25)),
    "call with a keyword": lambda: warm(1.0, y=(0.5, 0.25)),
    "call with an array": lambda: of_arrays(a),
    "call with an ndarray": lambda: of_arrays(x).tolist(),
    "call with lanes": lambda: of_arrays(lanes).tolist(),
    "call with structures": lambda: of_structures({"k": 1.0}, ([2.0], 3.0)),
    "call that raises": lambda: raised(raising, 0.0),
    "call of another signature": lambda: warm(1, (0.5, 0.25)),
    "guards": change_and_call,
    "changed guards": change_the_value_and_call,
    "program": lambda: warm.program and None,
    "signatures": lambda: warm.signatures and None,
    "repr": lambda: repr(warm),
    "vectorize": lambda: vectorize(clipped)(a, 1.5),
    "kernel": lambda: kernel(a, 1.5),
    "kernel of an ndarray": lambda: kernel(x, 1.5).tolist(),
    "kernel that raises": lambda: raised(kernel, array([0.0, 1.0]), 2.0),
    "iterate": lambda: iterate(halved, 8.0, 3),
    "iterate, traced": lambda: iterate(lambda x: x * 0.5, 8.0, 3),
    "iterate with states": lambda: iterate(halved, 8.0, 6, every=2),
    "iterate lanes": lambda: iterate(of_arrays, lanes, 2).tolist(),
    "rk4": lambda: rk4(jitted_oscillator, [1.0, 0.5], 0.1, 3),
    "rk4 of an array": lambda: rk4(jitted_decay_of_arrays, a, 0.1, 3),
    "rk4, traced": lambda: rk4(lambda t, y: [y[1], -y[0]], [1.0, 0.5], 0.1, 3),
    "solve_ivp": lambda: solved(jitted_oscillator, "RK45"),
    "solve_ivp, traced": lambda: solved(jit(lambda t, y: [y[1], -y[0]]), "DOP853"),
    "solve_ivp in Python": lambda: solved(oscillator, "RK23"),
    "solve_ivp, stiff": lambda: solved(jitted_oscillator, "Rodas5P"),
    "solve_ivp at times": lambda: solved(jitted_oscillator, "RK45", t_eval=[0.0, 0.5, 1.0]),
    "dense output and events": dense,
    "solve_ensemble": lambda: ensemble(jitted_decay),
    "solve_ensemble in Python": lambda: ensemble(decay),
    "kernels": lambda: piconumpy.sin(a),
    "kernels of an ndarray": lambda: piconumpy.exp(x).tolist(),
    "reductions": lambda: (a.sum(), a.dot(b), a.mean(), a.max()),
    "sum with an ndarray": lambda: (a + x).tolist(),
    "NumPy's function": lambda: np.sin(a).tolist(),
    "ndarray of an array": lambda: np.asarray(a).tolist(),
    "DLPack to NumPy": lambda: np.from_dlpack(a).tolist(),
    "DLPack, capsule": lambda: a.__dlpack__() and None,
    "array of an ndarray": lambda: array(x),
    "DLPack, device": lambda: a.__dlpack_device__(),
}
jitted_decay_of_arrays = jit(lambda t, y: -0.5 * y)


MANY = 50


def fails_without(action: Callable[[], object], wanted: str, first: int, last: int) -> bool:
    _testcapi.set_nomemory(first, last)
    try:
        found = action()
    except MemoryError:
        failed = True
    except SystemError as error:
        # CPython has such places itself. Those of the extension name it.
        failed = not any(name in str(error) for name in ("piconumpy", "<jit", "array"))
        if not failed:
            raise
    else:
        failed = False
    finally:
        _testcapi.remove_mem_hooks()
    assert failed or repr(found) == wanted, repr(found)
    return failed


def allocations(action: Callable[[], object], wanted: str) -> int:
    """How many an action needs: with so many, it gives its result."""
    low, high = 0, 1
    while fails_without(action, wanted, high, high + MANY):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high)
            if fails_without(action, wanted, middle, middle + MANY)
            else (low, middle)
        )
    return high


def check(name: str, action: Callable[[], object]) -> int:
    for _ in range(3):
        wanted = repr(action())
    count = allocations(action, wanted)
    places = list(range(count))
    if samples and count > samples:
        # Those of the end come from the extension; others are a random choice, the same each time.
        places = sorted({*random.Random(name).sample(places, samples), *places[-5:]})
    failures = 0
    for first in places:
        for last in (first + 1, first + MANY):
            failures += fails_without(action, wanted, first, last)
            found = repr(action())
            assert found == wanted, f"afterwards it gives {found}, not {wanted}"
    gc.collect()
    return failures


for name, action in ACTIONS.items():
    if only and name not in only:
        continue
    try:
        print(name, check(name, action), flush=True)
    except BaseException as error:
        print(f"{name}: {error!r}", file=sys.stderr)
        raise
