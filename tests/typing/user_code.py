# SPDX-License-Identifier: BSD-3-Clause
"""What users write, for the type checkers: `make lint` checks it, and nothing runs it.

An `assert_type` fails if the types of piconumpy say something else.
"""

from __future__ import annotations

import math
from array import array as std_array
from fractions import Fraction
from typing import Any, Callable

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

import piconumpy
from piconumpy import TraceError, arange, array, iterate, jit, linspace, vectorize
from piconumpy.integrate import rk4, solve_ensemble, solve_ivp


def functions_of_the_package() -> None:
    x = array([1.0, 2.0, 3.0])
    y = np.zeros(3)
    z: npt.NDArray[np.float32] = np.zeros(3, dtype=np.float32)
    memory = std_array("d", [1.0, 2.0, 3.0])

    # Without an output, the result is an array.
    assert_type(piconumpy.add(x, y), array)
    assert_type(piconumpy.add(y, 1.0), array)
    assert_type(piconumpy.add(1, y), array)
    assert_type(piconumpy.sin(memory), array)
    assert_type(piconumpy.sqrt(memoryview(memory)), array)

    # With an output, it is the output.
    piconumpy.add(z, z, z)[0] = 1.0
    piconumpy.multiply(y, 2.0, out=y).sum()
    assert_type(piconumpy.sin(y, x), array)
    assert_type(piconumpy.sin(x, out=memory), std_array[float])

    # Of numbers alone, it is a number.
    assert_type(piconumpy.add(1, 2.5), float)
    assert_type(piconumpy.sin(0.5), float)
    assert_type(piconumpy.sqrt(Fraction(1, 2)), float)

    piconumpy.add("a", "b")  # type: ignore[call-overload]  # pyright: ignore
    piconumpy.add(y, y, out=1.0)  # type: ignore[call-overload]  # pyright: ignore
    array("ab")  # type: ignore[arg-type]  # pyright: ignore


def operators() -> None:
    x = array(range(3))
    y = np.zeros(3)
    assert_type(x + 2 * x / 4 - 1, array)
    assert_type(2**x, array)
    assert_type(x // 2 % 2, array)
    assert_type(-abs(+x), array)
    assert_type(x - [1.0, 2.0, 3.0], array)
    assert_type((1.0, 2.0, 3.0) - x, array)
    assert_type(divmod(x, 2), tuple[array, array])
    assert_type(x @ x, float)
    assert_type(x == x, bool)

    # With an ndarray, operators are NumPy's.
    assert_type(x + y, npt.NDArray[Any])
    assert_type(y * x, npt.NDArray[Any])
    x += y
    x *= 2
    assert_type(x, array)

    x + "a"  # type: ignore[call-overload]  # pyright: ignore
    x @ 2.0  # type: ignore[operator]  # pyright: ignore


def items() -> None:
    x = array(np.linspace(0.0, 1.0, 5))
    assert_type(x[0], float)
    assert_type(x[1:], array)
    assert_type(len(x), int)
    x[0] = 1
    x[1:] = 0.0
    x[:2] = [1, 2]
    x[:] = np.zeros(5)
    for number in x:
        assert_type(number, float)
    assert_type(x.tolist(), list[float])
    assert_type(x.shape, tuple[int])
    assert_type(x.clip(0.0, y := piconumpy.ones(5)).dot(y), float)
    assert_type(x.argmax(), int)
    assert_type(np.asarray(x), npt.NDArray[Any])
    match = {"sum": x.sum(), "mean": x.mean()}
    assert_type(match, dict[str, float])


def new_arrays() -> None:
    assert_type(piconumpy.zeros(3), array)
    assert_type(piconumpy.full(3, math.pi), array)
    assert_type(arange(4), array)
    assert_type(linspace(0, 1, 5), array)
    assert_type(linspace(0, 1, 5, retstep=True), tuple[array, float])


@jit
def pendulum(t: float, X: array) -> array:
    angle, speed = X
    return array([speed, -9.81 * math.sin(angle)])


@jit(fastmath=True)
def norm(x: float, y: float) -> float:
    return math.sqrt(x * x + y * y)


class Spring:
    stiffness = 2.0

    @jit
    def force(self, x: float) -> float:
        return -self.stiffness * x


def compiled_functions() -> None:
    x = array([0.5, 0.0])
    assert_type(pendulum(0.0, x), array)
    assert_type(norm(3.0, 4), float)
    assert_type(pendulum.signatures, list[str])
    assert_type(norm.program, str)
    pendulum.clear()
    assert_type(Spring().force(1.0), float)
    as_a_callable: Callable[[float, float], float] = norm
    as_a_callable(1.0, 2.0)
    try:
        norm("a", 2.0)  # type: ignore[arg-type]  # pyright: ignore
    except TraceError as error:
        assert_type(str(error), str)

    @vectorize
    def bump(x: float) -> float:
        return math.exp(-x)

    bump(x, out=x)
    assert_type(iterate(lambda state: state / 2, 8.0, 3), float)
    assert_type(iterate(lambda state: 2 * state, x, 3, every=1), list[array])


def integrators() -> None:
    x = array([0.5, 0.0])
    assert_type(rk4(pendulum, x, 0.01, 1000), array)
    assert_type(rk4(pendulum, x, 0.01, 1000, every=10), list[array])
    assert_type(rk4(lambda t, y: -y, np.ones((2, 3)), 0.1, 5).shape, tuple[int, int])
    solution = solve_ivp(pendulum, (0, 10), [0.5, 0.0], rtol=1e-8, max_steps=1000)
    print(solution.y[0, -1])
    ensemble = solve_ensemble(pendulum, (0, 10), np.zeros((5, 2)))
    print(ensemble.y.shape)


def the_choice_of_the_isa() -> None:
    assert_type(piconumpy.isa, str)
    assert_type(piconumpy.available_isas(), tuple[str, ...])
    with piconumpy.set_isa(piconumpy.available_isas()[-1]):
        pass
    assert_type(piconumpy.__version__, str)
