# SPDX-License-Identifier: BSD-3-Clause
"""jit of functions in NumPy's manner, and of lanes."""

from __future__ import annotations

import math
import warnings

import pytest
from jit_support import Raised, outcome, ran_natively
from support import run_script

from piconumpy import TraceError, array, jit
from piconumpy.integrate import rk4

np = pytest.importorskip("numpy")

MATRIX = np.array([[0.0, 1.0, 0.5], [-2.0, -0.5, 0.0], [1.0, 0.0, -1.0]])
WEIGHTS = np.array([0.5, -1.0, 2.0])


def close(a, b):
    """Within a few units in the last place of the largest number."""
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-14, atol=1e-14 * np.abs(b).max())


def lorenz(t, y, s=10.0, r=28.0, b=8 / 3):
    return np.array([s * (y[1] - y[0]), y[0] * (r - y[2]) - y[1], y[0] * y[1] - b * y[2]])


def van_der_pol(t, y):
    x, v, w = y
    return np.array([v, (1 - x**2) * v - x, np.tanh(w)])


def linear(t, y):
    return MATRIX @ y


def linear_by_dot(t, y):
    return np.dot(MATRIX, y) + MATRIX.T.dot(WEIGHTS)


def filled(t, y):
    dydt = np.zeros(3)
    dydt[0] = y[1]
    dydt[1:] = -0.3 * y[:2] - np.sin(y[0])
    return dydt


def filled_like(t, y):
    dydt = np.empty_like(y)
    dydt[:] = 2 * y
    dydt += 1
    dydt[-1] /= 3
    return dydt


def lorenz_96(t, x, forcing=8.0):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + forcing


def whole(t, y):
    return -y + WEIGHTS * np.exp(-(y**2)) / (1 + np.abs(y))


def selected(t, y):
    return np.where(y > 0, y, -2 * y) + np.maximum(y, 0.1) - np.clip(y, -0.5, 0.5)


def masked(t, y):
    return np.where((y > 0) & (y < 1), np.sqrt(np.abs(y)), 0.0)


def reduced(t, y):
    return y * y.sum() / np.linalg.norm(y) + y.mean() - np.max(y) * y.min() + np.prod(y)


def joined(t, y):
    return np.concatenate([y[1:], [np.float64(2.0) * y[0]]]) - np.diff(np.append(y, 1.0))


def by_element(t, y):
    return np.array([math.sin(a) + np.cos(b) for a, b in zip(y, WEIGHTS)])


FUNCTIONS = [lorenz, van_der_pol, linear, linear_by_dot, filled, filled_like, lorenz_96, whole]
FUNCTIONS += [selected, masked, reduced, joined, by_element]
STATES = [[0.3, -1.2, 0.7], [1.0, 2.0, 3.0], [-0.1, 0.2, -0.3], [1e-3, 1e3, 0.5]]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_functions_of_ndarrays_give_ndarrays_within_a_few_ulp(function):
    traced = jit(function)
    for state in STATES:
        y = np.array(state)
        expected = function(0.5, y)
        found = traced(0.5, y)
        assert type(found) is np.ndarray and found.dtype == float
        assert close(found, expected)
    assert len(traced.signatures) == 1


def plain_operators(t, y):
    return np.array([y[1] * 2 - t, y[0] / 3 + abs(y[2]), -y[2] // 0.7 % 0.3, (y[0] + 1) ** 3])


def test_operators_have_numpys_bits():
    for state in STATES:
        y = np.array(state)
        assert jit(plain_operators)(0.5, y).tolist() == plain_operators(0.5, y).tolist()


def test_an_element_is_a_number_of_numpy():
    assert type(jit(lambda y: y[0] * 2)(np.array([1.0, 2.0]))) is np.float64
    assert type(jit(lambda y: float(y[0]))(np.array([1.0, 2.0]))) is float
    assert type(jit(lambda y: y[0].item())(np.array([1.0, 2.0]))) is float
    assert type(jit(lambda x: x * 2)(np.float64(1.5))) is np.float64
    assert type(jit(lambda y: y[0] > 0)(np.array([1.0, 2.0]))) is np.bool_
    assert jit(lambda x: isinstance(x, np.float64) and isinstance(x, float))(np.float64(1.0))


def test_numpys_warnings_arise_in_place_of_exceptions():
    traced = jit(lambda y: y[0] / y[1])
    assert traced(np.array([1.0, 2.0])) == 0.5
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert traced(np.array([1.0, 0.0])) == math.inf


def test_an_ndarray_from_outside_is_watched():
    weights = np.array([1.0, 2.0])
    scaled = jit(lambda y: weights * y)
    assert scaled(np.array([1.0, 1.0])).tolist() == [1.0, 2.0]
    weights[1] = 5.0
    assert scaled(np.array([1.0, 1.0])).tolist() == [1.0, 5.0]
    weights = np.array([3.0, 3.0])
    assert scaled(np.array([1.0, 1.0])).tolist() == [3.0, 3.0]


def test_integers_from_outside_are_integers():
    order = np.array([2, 0, 1])
    assert jit(lambda y: y[order])(np.array([1.0, 2.0, 3.0])).tolist() == [3.0, 1.0, 2.0]


def changes_argument(y):
    y[0] = 0.0
    return y


def changes_outside(y):
    WEIGHTS[0] = y[0]
    return y


def sorts(y):
    return np.sort(y)


def draws(y):
    return y * np.random.rand()


def asks_bools(y):
    return y > 0


def as_integers(y):
    return y.astype(int)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (changes_argument, "changes its argument"),
        (changes_outside, "changes a ndarray that was made outside"),
        (sorts, "numpy.sort can't be traced"),
        (draws, "rand can't be traced"),
        (asks_bools, "returns an ndarray of ints or bools"),
        (as_integers, "ndarray of dtype int64"),
    ],
)
def test_what_is_not_traced_is_refused(function, message):
    with pytest.raises(TraceError, match=message):
        jit(function)(np.array([1.0, 2.0, 3.0]))
    assert WEIGHTS.tolist() == [0.5, -1.0, 2.0]


@pytest.mark.parametrize(
    "argument",
    [np.array([1, 2]), np.zeros((2, 2, 2)), np.array([1.0], dtype="float32"), np.float32(1.0)],
)
def test_arguments_of_other_types_are_refused(argument):
    with pytest.raises(TraceError, match="as an argument"):
        jit(lambda y: y * 2)(argument)


# ---- expressions --------------------------------------------------------------------------------


ORDER = np.array([2, 0, 1])
MASK = np.array([True, False, True])
MANY = np.zeros(10_001)
NAMES = {"np": np, "math": math, "array": array, "M": MATRIX, "W": WEIGHTS, "I": ORDER, "B": MASK}
NAMES.update(MANY=MANY, C=np.array([1j, 2j, 3j]))

TRACED = """
y[0].item()
y[0].imag
y.tolist()
y.tolist()[0] * 2
np.array([y, 2 * y]).tolist()
y.copy() * 2
y.astype(float) - y.astype(float, copy=False)
y.clip(-0.5, 0.5)
y.clip(max=0.5)
np.clip(y, None, 0.5)
np.clip(W, 0, 1) * y
M @ y
y @ M
[1.0, 2.0, 3.0] @ y
y @ (1, 2, 3)
np.matmul(y, M)
np.matmul(M, y)
np.dot(y, 2.0)
np.dot(y[0], y)
np.dot(I, I)
np.dot(y, B)
np.dot([1, 2], [3, 4])
np.dot(W, W) * y
np.dot([y[0], 1.0], [2.0, y[1]])
np.dot(array([1.0, 2.0, 3.0]), y)
y + [1, 2, 3]
y * [y, y]
y + [[1.0], [y[0]]]
y * I
y * B
y * np.zeros(3, dtype="f4")
(y > 0) * 2.0
2.5 + (y > 0)
(y > 0) * y
(y > 0) * np.float64(1.5)
np.where((y > 0) == (y < 1), y, 0.0)
np.where((y > 0) & B, y, 0.0)
np.where(B | (y > 1), y, 0.0)
np.where((y > 0) & True, y, 0.0)
np.where(np.logical_and(y, y < 1), y, 1.0)
np.where(np.logical_or(y < 0, B), y, 1.0)
np.where(np.logical_not(y), y, 1.0)
np.where(~(y > 1), y, 1.0)
np.where(B, y, 1.0)
np.where(I, y, 1.0)
np.where(W, y, 1.0)
np.where(y, y, 1.0)
np.where([y[0] > 0, True, False], y, 0.0)
np.where(y > 0, 1, -1) * y
np.where(y > 0, True, False) * y
np.where(y > 0, y > 1, y) - 0.5
np.where([True, False, True], [1, 2.5, 3], 4) * y
np.where(I, 1, 2) * y
np.where(y > 0, 1, -1)[0] * y
np.where(y[0] > 0, 1.0, y[1]) * 2
np.sign(y)
np.sign([y[0], 0.0, -0.0])
np.sin(math.floor(y[0]))
np.less(math.floor(y[0]), 1) * y
np.tanh(y, None)
np.tanh(y, out=None)
np.tanh(y, np.empty(3))
np.tanh(y, out=np.empty(3))
np.tanh(y, out=(np.empty(3),))
np.exp(W, np.zeros(3)) * y
np.exp([0.5, 1.0]) * y[0]
np.add.accumulate(y)
np.multiply.accumulate(np.array([y, y]), axis=1)
np.add.reduce(y)
np.add.reduce(y[:0]) + y
np.add.reduce(W) * y
np.add.reduce([y[0], 1.0])
np.add.reduce([1.0, 2.0]) * y
np.maximum.accumulate([1.0, 2.0, 0.5]) * y
np.add.reduce(np.array([y, 2 * y]), axis=1)
y.sum(axis=0, keepdims=True)
np.sum([1, 2]) * y
np.mean(I) * y
np.max([[y[0], 1.0], [2.0, y[1]]], axis=0)
np.linalg.norm([3, 4]) * y
np.linalg.norm(W) * y
np.split(y, 3)
np.split(y, 2) if y[0] > 100 else y
np.concatenate([W, W]) * y[0]
np.concatenate([I, I]) * y[0]
np.concatenate([y, [1, True]])
np.concatenate([y, y > 0])
np.append(y, y[0])
np.hstack([y, y[0]])
np.atleast_1d(y[0])
np.arange(3) * y
np.linspace(0, 1, 3)
np.array([y, array([1.0, 2.0, 3.0])])
np.array([y[0] > 0, y[1]])
np.array([math.floor(y[0]), 2.5])
np.array(range(3)) * y
np.array([True, False, True]) * y
np.array([I, y])
np.array([I, I]) @ y
np.array(I)[0] * y
y[np.array(I)]
y[np.array(B)]
np.array(y, dtype="float64", order="F")
np.array([1, 2], dtype=float) * y[0]
np.array([1.5, 2.5], dtype=int) * y[0]
np.array(np.zeros(3, dtype="f4")) * y
np.full(3, y[0]) + np.full((3,), 1)
np.full(3, 1, dtype=float)
np.full(3, y[0] > 0, dtype=float)
np.full(3, 2.5, dtype=int) * y
np.full(3, True) * y
y[np.full(3, True)]
np.full_like(y, 2)
np.full_like(y, y[0])
np.full_like(y, y[0] > 0)
np.full_like(I, 2.5) * y
np.full_like([1.0, 2.0], y[0])
np.full_like([1, 2], 2.5) * y[0]
np.full_like(array([1.0]), 2.5)
np.zeros_like(I)[0] + y
np.ones_like(y, dtype=int) * y
np.float64(y[0] > 0)
type(y) is np.ndarray
isinstance(y, list)
W[0]
W[1] * 2.0
I[0]
round(float(y[0]))
""".strip().splitlines()


def is_near(found, expected):
    """Of the same types and shapes, and within a few units in the last place."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, np.ndarray):
        return found.dtype == expected.dtype and close(found, expected)
    if isinstance(found, (list, tuple)):
        return len(found) == len(expected) and all(map(is_near, found, expected))
    return found == pytest.approx(expected, rel=1e-14)


def of_y(expression):
    return eval(f"lambda y: {expression}", dict(NAMES))


@pytest.mark.parametrize("expression", TRACED)
def test_expressions_have_types_and_values_of_numpy(expression):
    function = of_y(expression)
    traced = jit(function)
    for state in STATES:
        y = np.array(state)
        assert is_near(traced(y), function(y)), y
        assert ran_natively(traced, y)


@pytest.mark.parametrize(
    "expression",
    [
        "-(y > 0)",
        "np.maximum.reduce(y[:0])",
        "np.array([y, [1, 2]])",
        "np.array([[y[0]], [1.0, 2.0]])",
        "np.split(y, 2)",
        "y[5]",
    ],
)
def test_what_raises_does_so_as_in_numpy(expression):
    function = of_y(expression)
    traced = jit(function)
    for _ in range(2):
        expected = outcome(function, np.array(STATES[0]))
        assert type(expected) is Raised
        assert outcome(traced, np.array(STATES[0])) == expected


def test_a_division_by_bools_warns_as_in_numpy():
    traced = jit(of_y("1.5 / (y > 0)"))
    assert traced(np.array([1.0, 2.0])).tolist() == [1.5, 1.5]
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert traced(np.array([1.0, -2.0])).tolist() == [1.5, math.inf]


REFUSED = {
    "y + ['1.5', '1', '2']": "an operation between a traced number and list",
    "y + [1.0, None, 2.0]": "an operation between a traced number and list",
    "y + None": "an operation between a traced number and NoneType",
    "y[0] + np.array([1j, 2j])": "an ndarray of dtype complex128 with a traced one",
    "y * np.array([1.0, None, 2.0])": "an ndarray of dtype object with a traced one",
    "y @ 2.0": "numpy.matmul with a number",
    "np.matmul(2.0, y)": "numpy.matmul with a number",
    "y > 0": "returns an ndarray of ints or bools",
    "(y > 0) + (y < 1)": "returns an ndarray of ints or bools",
    "(y > 0) | True": "returns an ndarray of ints or bools",
    "np.where(y > 0, 1, 2)": "returns an ndarray of ints or bools",
    "np.where(y > 0, y > 1, False)": "returns an ndarray of ints or bools",
    "(y > 0) * 1": "numpy.multiply of ints or bools that depend on data",
    "np.sin(y > 0)": "numpy.sin of ints or bools that depend on data",
    "np.add(math.floor(y[0]), 1)": "numpy.add of ints or bools that depend on data",
    "np.multiply(math.floor(y[0]), [1, 2])": "numpy.multiply of ints or bools",
    "np.sum(y > 0)": "numpy.add.reduce of such values",
    "np.sum(y[:1] > 0)": "numpy.add.reduce of such values",
    "np.logical_and.reduce(y[:1])": "numpy.logical_and.reduce of such values",
    "np.sin(y, where=y > 0)": "numpy.sin, called like this, isn't traced",
    "np.sin(y, out=np.zeros(3, dtype=int))": "out= of an ndarray that was not made",
    "np.heaviside(y, 1.0)": "numpy.heaviside can't be traced",
    "y.std()": "the attribute 'std' of an ndarray",
    "round(y[0])": r"round of a NumPy number: write round\(float\(x\)\)",
    "float(y)": "of an ndarray: take its element",
    "np.float64(y)": "of an ndarray: take its element",
    "np.empty(3)[0]": "an element of numpy.empty that was not written is used",
    "np.empty(3) * y": "an element of numpy.empty that was not written is used",
    "np.empty(3)": "an element of numpy.empty that was not written is used",
    "np.empty(3, dtype=int)": "an ndarray of dtype int64 in a traced function",
    "np.array([y[0] > 0, y[1] > 0])": "an ndarray of ints, bools, or objects that depend on",
    "np.array([math.floor(y[0]), 2])": "an ndarray of ints, bools, or objects that depend on",
    "np.array([y[0], None])": "an ndarray of ints, bools, or objects that depend on data",
    "np.array([y[0], 'a'])": "an ndarray of ints, bools, or objects that depend on data",
    "np.array(y, dtype=int)": "an ndarray of dtype int64 in a traced function",
    "np.array(y, ndmin=2)": "numpy.array with ndmin",
    "np.array(y[0])": "an ndarray without dimensions",
    "np.array(['a'])": "returns an ndarray of dtype <U1",
    "np.array({1.0})": "returns an ndarray of dtype object",
    "np.array(v for v in y)": "returns an ndarray of dtype object",
    "np.full((2, 3), y)": "numpy.full with other than a number",
    "np.full_like(y, [1.0, 2.0, 3.0])": "numpy.full with other than a number",
    "np.full(2, math.floor(y[0]))": "an ndarray of ints or bools that depend on data",
    "np.full(2, y[0], dtype=int)": "an ndarray of dtype int64 in a traced function",
    "np.full(2, 1)": "returns an ndarray of dtype int64",
    "np.where(y > 0)": "numpy.where with one argument",
    "np.clip(y, 0, 1, out=y)": "numpy.clip with these arguments",
    "np.linalg.norm(y, 1)": "numpy.linalg.norm other than that of a vector",
    "np.linalg.norm(M) * y": "numpy.linalg.norm other than that of a vector",
    "y * C": "an ndarray of dtype complex128 outside of the function",
    "y.__array_function__(np.concatenate, (), (y,), {})": "numpy.concatenate isn't traced",
    "MANY[0] * y": "MANY can.t be traced: an ndarray of 10001 numbers outside",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_an_expression_is_refused(expression):
    with pytest.raises(TraceError, match=REFUSED[expression]):
        jit(of_y(expression))(np.array(STATES[0]))


def test_numbers_of_numpy_and_methods_as_arguments():
    traced = jit(lambda x, n, flag, f: f(x) * n if flag else x)
    function = traced.__wrapped__
    numbers = Numbers()
    for n in (np.int64(2), np.int64(3), np.int32(2)):
        for flag in (np.bool_(True), np.bool_(False), True):
            for method in (numbers.doubled, numbers.halved, numbers.doubled):
                found = traced(0.75, n, flag, method)
                assert is_near(found, function(0.75, n, flag, method))
    assert len(traced.signatures) == 18


class Numbers:
    def doubled(self, x):
        return 2.0 * x

    def halved(self, x):
        return 0.5 * x


# ---- lanes --------------------------------------------------------------------------------------


def sled(t, X):
    x, y, u, v = X
    slope = 0.25 * math.sin(0.6 * x) * math.cos(1.5 * y)
    friction = 0.5 if u > 1 else 0.25 * u
    return array([u, v, -9.81 * slope - friction * u, min(v, 1.0) * slope])


@pytest.mark.parametrize("lanes", [0, 1, 2, 7, 8, 9, 100])
def test_lanes_have_the_bits_of_each_state_alone(lanes):
    draw = np.random.default_rng(1)
    states = draw.normal(size=(4, lanes))
    found = jit(sled)(0.0, states)
    assert found.shape == (4, lanes)
    for i in range(lanes):
        assert found[:, i].tolist() == sled(0.0, array(states[:, i])).tolist()
    moved = rk4(sled, states, 0.01, 20)
    for i in range(lanes):
        assert moved[:, i].tolist() == rk4(sled, array(states[:, i]), 0.01, 20).tolist()


def test_lanes_may_be_anywhere_in_memory():
    states = np.random.default_rng(2).normal(size=(8, 30))
    expected = jit(sled)(0.0, states[::2, ::3].copy())
    assert (jit(sled)(0.0, states[::2, ::3]) == expected).all()
    assert (jit(sled)(0.0, np.asfortranarray(states[::2, ::3])) == expected).all()


@pytest.mark.parametrize(
    "function",
    [lambda y: [y[1], -y[0]], lambda y: (y[1], -y[0]), lambda y: np.array([y[1], -y[0]])],
)
def test_lanes_of_any_sequence_become_rows(function):
    found = jit(function)(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert found.tolist() == [[4.0, 5.0, 6.0], [-1.0, -2.0, -3.0]]


def test_one_number_of_lanes_becomes_one_row():
    assert jit(lambda y: y[0] * y[1])(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [3.0, 8.0]


def test_constant_rows_are_filled():
    found = jit(lambda y: np.array([1.5, y[0]]))(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert found.tolist() == [[1.5, 1.5], [1.0, 2.0]]


def test_the_lane_that_raises_is_named():
    traced = jit(lambda y: [math.log(y[0]), y[1]])
    with pytest.raises(ValueError) as found:
        traced(np.array([[1.0, 2.0, -3.0, 4.0], [0.0, 0.0, 0.0, 0.0]]))
    notes = getattr(found.value, "__notes__", [str(found.value)])
    assert "in lane 2" in notes[0]

    def step(t, y):
        return np.array([math.sqrt(0.35 - y[0] * t), 0.0 * y[1]])

    with pytest.raises(ValueError) as found:
        rk4(step, np.array([[0.1, 1.0, 0.1], [0.0, 0.0, 0.0]]), 0.1, 100)
    notes = getattr(found.value, "__notes__", [str(found.value)])
    assert "in lane 1, step " in notes[0]


def test_lanes_without_an_answer_are_computed_in_python():
    traced = jit(lambda y: [y[0] / y[1], y[0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = traced(np.array([[1.0, -2.0, 3.0, 0.0], [2.0, 0.0, 0.0, 0.0]]))
    assert repr(found[0].tolist()) == repr([0.5, -math.inf, math.inf, math.nan])


def test_the_whole_array_of_lanes_is_refused():
    for function in (
        lambda y: y.sum() * y,
        lambda y: np.roll(y, 1),
        lambda y: [y.shape[1], y[0]],
        lambda y: np.add.accumulate(y),
    ):
        with pytest.raises(TraceError, match="lanes"):
            jit(function)(np.ones((2, 3)))
    with pytest.raises(TraceError, match="numbers of one shape"):
        jit(lambda y: [y[0]] if y[0] > 0 else None)(np.ones((2, 3)))


def test_arguments_must_have_one_number_of_lanes():
    with pytest.raises(ValueError, match=r"different numbers of lanes: \[3, 4\]"):
        jit(lambda a, b: [a[0] + b[0]])(np.ones((2, 3)), np.ones((2, 4)))


def test_debuggers_and_coverage_may_look_on():
    script = """
        import sys
        import numpy as np
        from piconumpy import jit

        def look(frame, event, argument):
            return look

        sys.settrace(look)
        is_array = jit(lambda y: [type(y) is np.ndarray, isinstance(y, np.ndarray), len(y)])
        print(is_array(np.array([0.5])))
    """
    assert run_script(script) == "[True, True, 1]\n"
