# SPDX-License-Identifier: BSD-3-Clause
"""iterate, vectorize, and rk4: the bits of the loop in Python, natively."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
import threading
import warnings
import weakref
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import collect_garbage, run_script

from piconumpy import TraceError, array, iterate, jit, vectorize
from piconumpy.integrate import rk4


def pendulum(t, X):
    angle, speed = X
    return array([speed, -9.81 * math.sin(angle) - 0.1 * speed + 0.01 * t])


def steps_of_rk4(f, x, dt, n, t0=0.0):
    states = []
    for i in range(n):
        t = t0 + i * dt
        k1 = f(t, x) * dt
        k2 = f(t, x + k1 / 2) * dt
        k3 = f(t, x + k2 / 2) * dt
        k4 = f(t, x + k3) * dt
        x = x + (k1 + 2 * k2 + 2 * k3 + k4) / 6
        states.append(x)
    return states


def logistic(x):
    return 3.7 * x * (1.0 - x)


def repeated(step, state, n):
    states = []
    for _ in range(n):
        state = step(state)
        states.append(state)
    return states


# ---- iterate ------------------------------------------------------------------------------------

STEPS = [
    (logistic, 0.3),
    (lambda x: array([x[1], x[0] * 0.5]), array([1.0, 2.0])),
    (lambda x: [x[1] + 1.0, math.sin(x[0])], [1.0, 2.0]),
    (lambda x: (x[1] if x[0] > 0 else -x[1], x[0] - 1.0), (1.5, 2.0)),
    (lambda s: ([s[0][0] + s[1]], s[1] * 0.9), ([1.0], 2.0)),
    (lambda s: {"x": s["x"] + s["v"], "v": s["v"] - 0.1}, {"x": 0.0, "v": 1.0}),
]


@pytest.mark.parametrize(("step", "state"), STEPS)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 100])
def test_iterate_gives_what_the_loop_gives(step, state, n):
    expected = repeated(step, state, n)
    found = iterate(step, state, n)
    assert repr(found) == repr(expected[-1] if n else state)
    assert type(found) is type(state)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it runs natively
        for every in (1, 2, 3, n + 1):
            assert repr(iterate(step, state, n, every=every)) == repr(expected[every - 1 :: every])


def test_a_long_run_is_made_of_pieces(monkeypatch):
    from piconumpy._trace import loops

    expected = repeated(logistic, 0.3, 100)
    for piece in (1, 7, 10, 99, 100, 101):
        monkeypatch.setattr(loops, "_PIECE", piece)
        assert iterate(logistic, 0.3, 100) == expected[-1]
        for every in (1, 3, 10, 50):
            assert iterate(logistic, 0.3, 100, every=every) == expected[every - 1 :: every]


def test_a_step_that_raises_raises_with_its_own_line():
    def countdown(x):
        return 1.0 / x - 1.0 if x > 0.1 else 1 / (x - x)

    state = 0.5
    with pytest.raises(ZeroDivisionError) as expected:
        repeated(countdown, state, 100)
    with pytest.raises(ZeroDivisionError) as found:
        iterate(countdown, state, 100)
    assert str(found.value) == str(expected.value)
    assert found.traceback[-1].lineno == expected.traceback[-1].lineno


def test_a_step_without_an_answer_runs_in_python_and_the_next_ones_natively():
    # fmod(inf, 2) is a domain error in C, and nan in Python, which raises nothing.
    def step(s):
        x, y = s
        return (x + 1.0, y * 0.5 if x != 5.0 else (y * 1e308 * 1e308) % 2.0)

    expected = repeated(step, (0.0, 3.0), 20)
    assert repr(iterate(step, (0.0, 3.0), 20)) == repr(expected[-1])
    assert repr(iterate(step, (0.0, 3.0), 20, every=3)) == repr(expected[2::3])


def test_states_between_a_step_in_python_and_the_next_one_that_is_asked_for():
    def step(s):
        x, y = s
        return (x + 1.0, y * 0.5 if x != 5.0 else (y * 1e308 * 1e308) % 2.0)

    expected = repeated(step, (0.0, 3.0), 20)
    for every in (4, 5, 7, 20):
        assert repr(iterate(step, (0.0, 3.0), 20, every=every)) == repr(
            expected[every - 1 :: every]
        )


def test_a_step_in_python_must_return_a_state_too():
    with pytest.raises(TypeError, match="does not return a state like the one that it takes"):
        iterate(lambda x: (x - 2.0) ** 0.5, 1.0, 3)  # complex


def test_a_step_must_be_callable():
    with pytest.raises(TypeError, match="step must be callable, not float"):
        iterate(3.0, 1.0, 2)


def of_a_method_of_float(x):
    return float.__mul__(x, 2.0)


def test_a_step_that_only_a_trace_raises_in_runs_in_python_with_one_warning():
    with pytest.warns(RuntimeWarning, match="runs in Python: .*what this line does") as caught:
        assert iterate(of_a_method_of_float, 1.5, 3) == 12.0
    assert [warning.filename for warning in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert iterate(of_a_method_of_float, 1.5, 5, every=2) == [6.0, 24.0]


class WithoutHash:
    __hash__ = None

    def __call__(self, x):
        return x * 0.5


class RightHandSide:
    __hash__ = None

    def __call__(self, t, x):
        return -x


def test_a_function_without_a_hash_can_be_repeated():
    step = WithoutHash()
    assert iterate(step, 8.0, 3) == 1.0
    assert vectorize(step)(array([8.0, 3.0])).tolist() == [4.0, 1.5]
    assert rk4(RightHandSide(), 1.0, 0.1, 10) == steps_of_rk4(lambda t, x: -x, 1.0, 0.1, 10)[-1]


def columns_of(step, state, n):
    """The states after each step, column by column."""
    np = pytest.importorskip("numpy")
    columns = [repeated(step, column.copy(), n) for column in state.T]
    return [np.stack(states, axis=1) for states in zip(*columns)]


def test_lanes_are_stored_after_each_few_steps():
    np = pytest.importorskip("numpy")
    state = np.array([[1.0, 2.0, 0.5], [3.0, 4.0, 5.0]])

    def step(y):
        return np.array([y[1] * 0.5, y[0] + 1.0])

    expected = columns_of(step, state, 7)
    for every in (1, 2, 3, 7, 8):
        found = iterate(step, state, 7, every=every)
        assert [y.tolist() for y in found] == [y.tolist() for y in expected[every - 1 :: every]]


def test_a_lane_without_an_answer_runs_its_step_in_python():
    np = pytest.importorskip("numpy")
    state = np.array([[1.0, 2.0, 9.0], [1.0, 0.5, 1.5]])

    def step(y):
        # Of an infinity, C's fmod fails, and Python's % gives nan.
        return np.array([y[0] + 1.0, (y[1] * 1e308 * 1e308 if y[0] == 4.0 else y[1]) % 2.0])

    with np.errstate(all="ignore"):
        expected = columns_of(step, state, 6)
        found = iterate(step, state, 6, every=1)
    assert [repr(y.tolist()) for y in found] == [repr(y.tolist()) for y in expected]


def test_what_a_state_of_lanes_may_hold():
    np = pytest.importorskip("numpy")
    y = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = iterate(lambda s: (s[0] * 0.5, s[1], s[2] + 1.0), (y, 3, 1.0), 2)
    assert type(found) is tuple and found[1] == 3
    assert found[0].tolist() == (y / 4).tolist() and found[2].tolist() == [3.0, 3.0]
    with pytest.raises(TypeError, match="lanes in a state of this kind"):
        iterate(lambda s: {"y": s["y"] * 0.5}, {"y": y}, 2)


def test_a_lane_alone_sees_its_own_numbers_of_nested_arguments():
    np = pytest.importorskip("numpy")
    y = np.array([[1.0, 2.0], [math.inf, 3.0]])

    def of_list(s, t, u):
        return [s[0][0] + t[1][0], s[0][1] % 2.0, u["k"] * u["y"][1]]

    jitted = jit(of_list)
    with np.errstate(invalid="ignore"):
        found = jitted([y], (2.0, [3.0]), {"k": 0.5, "y": y, "n": 3})
        expected = [
            of_list([one], (2.0, [3.0]), {"k": 0.5, "y": one, "n": 3}) for one in (y[:, 0], y[:, 1])
        ]
    assert repr(found.T.tolist()) == repr([list(map(float, one)) for one in expected])

    def fails(pair):
        if pair.y[0] > 1.5:
            raise ValueError(f"{pair.y[0]} of {pair._fields}")
        return pair.y[0] * pair.k

    with pytest.raises(ValueError, match=r"^2\.0 of \('y', 'k'\)") as raised:
        jit(fails)(Pair(y, 0.5))
    assert "in lane 1" in str(getattr(raised.value, "__notes__", raised.value))


class Pair(NamedTuple):
    y: object
    k: float


def test_a_step_must_return_a_state():
    with pytest.raises(TypeError, match="does not return a state"):
        iterate(lambda x: (x, x), 1.0, 5)
    with pytest.raises(TypeError, match="does not return a state"):
        iterate(lambda x: x if x > 0 else [x], 1.0, 5)


def test_a_step_that_is_not_traced_runs_in_python_with_one_warning():
    def collatz(x):
        while x > 10:
            x = x / 2
        return x * 3.0

    expected = repeated(collatz, 5.0, 10)[-1]
    with pytest.warns(RuntimeWarning, match="runs in Python: .*test_jit_loops.py.*loop"):
        assert iterate(collatz, 5.0, 10) == expected
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert iterate(collatz, 5.0, 10) == expected


@pytest.mark.parametrize(
    ("n", "every", "message"),
    [
        (-1, None, "n must not be negative"),
        (1.5, None, "n must be an integer"),
        (1, 0, "every must not be 0"),
        (1, -2, "every must not be negative"),
        (1, "x", "every must be"),
    ],
)
def test_wrong_numbers_of_steps_are_named(n, every, message):
    with pytest.raises((TypeError, ValueError), match=message):
        iterate(logistic, 0.5, n, every=every)
    with pytest.raises((TypeError, ValueError), match=message):
        rk4(pendulum, array([1.0, 2.0]), 0.1, n, every=every)


def test_what_a_step_reads_is_checked_before_each_run():
    rate = 0.5

    def step(x):
        return x * rate

    assert iterate(step, 8.0, 3) == 1.0
    rate = 2.0
    assert iterate(step, 8.0, 3) == 64.0


def test_a_long_run_can_be_interrupted():
    code = """
    import signal, threading, os
    from piconumpy import iterate
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let background jobs ignore it
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        iterate(lambda x: 3.7 * x * (1.0 - x), 0.5, 10**12)
    except KeyboardInterrupt:
        print("interrupted")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "interrupted\n", done.stderr
    assert done.returncode == 0


def test_steps_run_in_python_where_jit_is_switched_off():
    script = """
    import os, warnings
    os.environ["PICONUMPY_JIT"] = "0"
    warnings.simplefilter("error")
    from piconumpy import iterate
    from piconumpy.integrate import rk4
    calls = []
    def step(x):
        calls.append(x)
        return x / 2
    print(iterate(step, 8.0, 3), iterate(step, 8.0, 4, every=2), calls[:3])
    print(rk4(lambda t, x: -x, 1.0, 0.0, 2))
    """
    assert run_script(script) == "1.0 [2.0, 0.5] [8.0, 4.0, 2.0]\n1.0\n"


# ---- rk4 ----------------------------------------------------------------------------------------


@given(
    x=st.lists(st.floats(-3, 3), min_size=2, max_size=2),
    dt=st.floats(1e-3, 0.1),
    n=st.integers(1, 30),
    t0=st.floats(-5, 5),
)
def test_rk4_has_the_bits_of_the_loop(x, dt, n, t0):
    expected = steps_of_rk4(pendulum, array(x), dt, n, t0)
    assert repr(rk4(pendulum, array(x), dt, n, t0)) == repr(expected[-1])
    assert repr(rk4(pendulum, array(x), dt, n, t0, every=2)) == repr(expected[1::2])


@pytest.mark.parametrize("kind", [list, tuple])
def test_rk4_takes_lists_and_tuples(kind):
    def plain(t, X):
        return kind(pendulum(t, X))

    expected = steps_of_rk4(pendulum, array([0.5, 0.1]), 0.1, 5)[-1]
    found = rk4(plain, kind([0.5, 0.1]), 0.1, 5)
    assert type(found) is kind
    assert list(found) == expected.tolist()


def test_rk4_takes_floats():
    def decay(t, x):
        return -x

    assert rk4(decay, 1.0, 0.1, 10) == steps_of_rk4(decay, 1.0, 0.1, 10)[-1]


def test_rk4_of_a_fast_function_is_fast_and_close():
    exact = rk4(pendulum, array([0.5, 0.1]), 0.01, 200)
    fast = rk4(jit(pendulum, fastmath=True), array([0.5, 0.1]), 0.01, 200)
    for a, b in zip(exact, fast):
        assert b == pytest.approx(a, rel=1e-12)


def test_threads_run_at_the_same_time_without_mixing():
    expected = repr(rk4(pendulum, array([0.5, 0.1]), 0.01, 500))
    found = []

    def work():
        found.extend(repr(rk4(pendulum, array([0.5, 0.1]), 0.01, 500)) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {expected} and len(found) == 80


# ---- vectorize ----------------------------------------------------------------------------------


def bump(x, width):
    return math.exp(-1.0 / (width - x * x)) if x * x < width else 0.0


@pytest.mark.parametrize("n", [0, 1, 2, 7, 8, 9, 64, 1000])
def test_a_kernel_gives_what_the_function_gives_for_each_element(n):
    xs = [-2.0 + 4.0 * i / max(n, 1) for i in range(n)]
    kernel = vectorize(bump)
    expected = [bump(x, 1.0) for x in xs]
    assert kernel(array(xs), 1.0).tolist() == expected
    assert kernel(array(xs), array([1.0 for _ in xs])).tolist() == expected
    assert kernel(xs, 1).tolist() == expected
    out = array([0.0 for _ in xs])
    assert kernel(array(xs), 1.0, out=out) is out
    assert out.tolist() == expected
    in_place = array(xs)
    kernel(in_place, 1.0, out=in_place)
    assert in_place.tolist() == expected


def test_a_kernel_of_scalars_gives_a_float():
    assert vectorize(bump)(0.5, 1.0) == bump(0.5, 1.0)


def test_a_kernel_may_have_several_results():
    kernel = vectorize(lambda r, angle: (r * math.cos(angle), r * math.sin(angle)))
    x, y = kernel(2.0, array([0.0, 1.0]))
    assert x.tolist() == [2.0, 2.0 * math.cos(1.0)]
    assert y.tolist() == [0.0, 2.0 * math.sin(1.0)]


def test_an_element_that_raises_is_named():
    kernel = vectorize(math_log := (lambda x: math.log(x)))
    with pytest.raises(ValueError) as expected:
        math_log(-1.0)
    with pytest.raises(ValueError) as found:
        kernel(array([1.0, 2.0, -1.0, 3.0]))
    notes = getattr(found.value, "__notes__", None)
    text = str(found.value) if notes is None else f"{found.value} ({notes[0]})"
    assert text == f"{expected.value} (in element 2)"


def test_elements_without_an_answer_are_computed_in_python():
    # C's fmod of an infinity fails, and Python's % gives nan.
    kernel = vectorize(lambda x: x % 2.0)
    found = kernel(array([5.0, math.inf, 3.5, -math.inf, 1.0])).tolist()
    assert repr(found) == repr([1.0, math.nan, 1.5, math.nan, 1.0])


def test_a_kernel_whose_function_raises_always():
    def fails(x):
        return x / 0

    kernel = vectorize(fails)
    assert kernel(array([])).tolist() == []
    with pytest.raises(ZeroDivisionError) as raised:
        kernel(array([1.0, 2.0]))
    assert "in element 0" in str(getattr(raised.value, "__notes__", raised.value))


def test_a_kernel_whose_function_raises_only_in_a_trace_is_refused():
    kernel = vectorize(of_a_method_of_float)
    out = array([1.0, 2.0])
    for arguments in (array([1.0, 2.0]), 1.0):
        with pytest.raises(TraceError, match="test_jit_loops.py.*what this line does"):
            kernel(arguments, out=out if arguments == out else None)
    assert out.tolist() == [1.0, 2.0]


def test_a_kernel_has_a_text():
    assert repr(vectorize(bump)) == "<vectorize of bump>"
    assert repr(vectorize(WithoutHash())) == "<vectorize of ?>"


def test_wrong_arguments_of_a_kernel_are_named():
    kernel = vectorize(bump)
    with pytest.raises(TypeError, match="out= needs an array among the arguments"):
        kernel(1.0, 2.0, out=array([1.0]))
    for out, number in (array([1.0]), 1), ([array([1.0])] * 3, 3):
        with pytest.raises(ValueError, match=f"out: 2 arrays are needed, got {number}"):
            vectorize(lambda x: (x, -x))(array([1.0]), out=out)
    with pytest.raises(ValueError, match=r"different numbers of lanes: \[2, 3\]"):
        kernel(array([1.0, 2.0]), array([1.0, 2.0, 3.0]))
    with pytest.raises(TypeError, match="argument 1"):
        kernel(array([1.0, 2.0]), "x")
    with pytest.raises(ValueError, match="output 0: 2 contiguous float64"):
        kernel(array([1.0, 2.0]), 1.0, out=array([1.0]))
    with pytest.raises(TraceError, match="returns a float, or a tuple of floats"):
        vectorize(lambda x: [x])(array([1.0]))


def test_kernels_broadcast_ndarrays():
    np = pytest.importorskip("numpy")
    kernel = vectorize(bump)
    x = np.linspace(-1.5, 1.5, 7)
    widths = np.array([[0.5], [1.0], [2.0]])
    expected = [[bump(a, w) for a in x.tolist()] for w in (0.5, 1.0, 2.0)]
    found = kernel(x, widths)
    assert found.shape == (3, 7) and found.tolist() == expected
    out = np.empty((3, 7))
    assert kernel(x, widths, out=out) is out
    assert out.tolist() == expected
    assert kernel(x[::2], 1).tolist() == [bump(a, 1.0) for a in x[::2].tolist()]
    for out in (np.empty((7, 3)), np.empty((7, 3)).T, array([0.0] * 21), 0.0):
        with pytest.raises(ValueError, match=r"ndarray of shape \(3, 7\)"):
            kernel(x, widths, out=out)


def test_kernels_take_real_numbers_of_numpy():
    np = pytest.importorskip("numpy")
    kernel = vectorize(lambda x, y: x * y)
    for number in (np.float32(2.5), np.int8(-2), np.bool_(True), np.float64(0.5)):
        assert kernel(number, array([2.0])).tolist() == [float(number) * 2.0]
        assert kernel(np.array([number, number]), 2.0).tolist() == [float(number) * 2.0] * 2
    for wrong in (np.complex64(2), np.str_("2"), np.array(["a"]), np.array([1j])):
        with pytest.raises(TypeError, match=f"argument 1: {type(wrong).__name__} of dtype"):
            kernel(array([2.0]), wrong)


# ---- paths --------------------------------------------------------------------------------------


def bouncing(t, X):
    x, v = X
    if x < 0:
        force = -50.0 * x - (2.0 * v if v < 0 else 0.0)
    elif x > 5.0:
        return [v, -20.0]
    else:
        force = 0.0
    return [v, force - 9.81 * min(1.0, abs(v) + 0.5)]


@pytest.mark.parametrize("start", [[1.0, 0.0], [-0.1, -2.0], [4.9, 8.0], [6.0, 1.0]])
def test_the_paths_of_a_function_meet_where_it_returns(start):
    """Four calls with four paths each are 256, which is more than a program may have."""

    def by_hand(x, steps):
        for i in range(steps):
            t, dt = 0.0 + i * 0.01, 0.01
            k1 = array(bouncing(t, x)) * dt
            k2 = array(bouncing(t, (array(x) + k1 / 2).tolist())) * dt
            k3 = array(bouncing(t, (array(x) + k2 / 2).tolist())) * dt
            k4 = array(bouncing(t, (array(x) + k3).tolist())) * dt
            x = (array(x) + (k1 + 2 * k2 + 2 * k3 + k4) / 6).tolist()
        return x

    assert rk4(bouncing, start, 0.01, 300) == by_hand(start, 300)

    def four(x, v):
        forces = [bouncing(0.0, [x, v])[1], bouncing(0.0, [v, x])[1]]
        forces += [bouncing(0.0, [-x, v])[1], bouncing(0.0, [x, -v])[1]]
        return sum(forces)

    assert jit(four)(*start) == four(*start)


factor = 1.0


def by_factor(t, x):
    return -factor * x


def test_many_runs_of_rk4_see_changes_outside(monkeypatch):
    f = jit(by_factor)
    for rate in (1.0, 1.0, 2.0, 2.0, 3.0):
        monkeypatch.setitem(globals(), "factor", rate)
        for x0 in (array([1.0]), array([1.0, 2.0]), array([1.0]), array([1.0])):
            found = rk4(f, x0, 0.1, 5, 0.5)
            assert found == rk4(lambda t, x: by_factor(t, x), x0, 0.1, 5, 0.5)


def test_many_runs_of_rk4_in_lanes_see_changes(monkeypatch):
    np = pytest.importorskip("numpy")
    f = jit(by_factor)
    two, three = np.array([[1.0, 2.0, 3.0], [0.5, 0.25, 4.0]]), np.ones((3, 2))
    states = [two, two, three, two[:, ::2], np.asfortranarray(two), two[:, :0]]
    for rate in (1.0, 2.0):
        monkeypatch.setitem(globals(), "factor", rate)
        for x0 in states:
            before = x0.copy()
            found = rk4(f, x0, 0.1, 5, 0.5)
            columns = [rk4(by_factor, array(column.tolist()), 0.1, 5, 0.5) for column in x0.T]
            assert found.shape == x0.shape and found.flags.owndata
            assert found.T.tolist() == [column.tolist() for column in columns]
            assert (x0 == before).all()
    with pytest.raises(TraceError, match="dtype"), pytest.warns(RuntimeWarning, match="dtype"):
        rk4(f, two.astype(">f8"), 0.1, 5, 0.5)
    g = jit(lambda t, x: x * (1.0 / (t - 0.5)))
    assert rk4(g, two, 0.1, 3).tolist() == rk4(g, two, 0.1, 3).tolist()
    with pytest.raises(ZeroDivisionError):
        rk4(g, two, 0.1, 9)


def test_many_runs_of_rk4_see_trouble():
    g = jit(lambda t, x: x * (1.0 / (t - 0.5)))
    assert rk4(g, array([1.0]), 0.1, 3) == rk4(g, array([1.0]), 0.1, 3)
    with pytest.raises(ZeroDivisionError):
        rk4(g, array([1.0]), 0.1, 9)


def test_functions_that_are_not_decorated_are_kept_in_bounded_number():
    kept = []
    for _ in range(300):

        def step(x):
            return x + 1.0

        assert iterate(step, 1.0, 2) == 3.0
        kept.append(weakref.ref(step))
    del step
    collect_garbage()
    assert kept[-1]() is not None
    assert sum(function() is not None for function in kept) < 150  # PyPy frees some later
