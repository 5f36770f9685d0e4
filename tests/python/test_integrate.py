# SPDX-License-Identifier: BSD-3-Clause
"""solve_ivp by itself; test_integrate_scipy.py compares it with SciPy's."""

import doctest
import math
import pickle
import subprocess
import sys
from math import cos, exp, pi, sin

import pytest

import piconumpy
from piconumpy import TraceError, array, jit
from piconumpy.integrate import _results, rk4, solve_ivp

np = pytest.importorskip("numpy")

EXPLICIT = ("RK23", "RK45", "DOP853")


def pendulum(t, y):
    return [y[1], -9.81 * sin(y[0]) - 0.1 * y[1]]


def oscillator(t, y):
    return [y[1], -y[0]]


@pytest.mark.parametrize("method", EXPLICIT)
def test_a_traced_function_gives_the_bits_of_the_plain_one(method):
    plain = solve_ivp(pendulum, (0, 10), [1.0, 0.0], method, rtol=1e-6, dense_output=True)
    traced = solve_ivp(jit(pendulum), (0, 10), [1.0, 0.0], method, rtol=1e-6, dense_output=True)
    assert np.array_equal(plain.t, traced.t)
    assert np.array_equal(plain.y, traced.y)
    times = np.linspace(0, 10, 77)
    assert np.array_equal(plain.sol(times), traced.sol(times))
    assert plain.nfev == traced.nfev
    assert plain.engine == "Python"
    assert traced.engine in ("machine code", "interpreter")


@pytest.mark.parametrize("make", [list, tuple, array, np.array])
@pytest.mark.parametrize("y0", [[1.0, 0.0], array([1.0, 0.0]), np.array([1.0, 0.0]), (1, 0)])
def test_states_and_results_are_of_any_kind(make, y0):
    wanted = solve_ivp(pendulum, (0, 3), [1.0, 0.0])

    def fun(t, y):
        assert type(t) is float
        assert type(y) is (array if type(y0) is array else np.ndarray)
        return make([y[1], -9.81 * sin(y[0]) - 0.1 * y[1]])

    assert np.array_equal(solve_ivp(fun, (0, 3), y0).y, wanted.y)
    assert np.array_equal(solve_ivp(jit(fun, fallback=True), (0, 3), y0).y, wanted.y)


@pytest.mark.parametrize(
    "result",
    [
        2,
        2.0,
        np.float32(2),
        np.float64(2),
        [2],
        (True + 1,),
        np.array([2]),
        np.array([[2]]),
        [[2.0]],
    ],
    ids=repr,
)
def test_one_number_comes_in_any_shape(result):
    found = solve_ivp(lambda t, y: result, (0, 1), [0.0])
    assert found.y[0, -1] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        ([1.0], ValueError, r"shape"),
        ([1.0, 2.0, 3.0], ValueError, r"shape \(3,\): 2 numbers are needed"),
        ([[1.0, 2.0]], ValueError, r"shape \(1, 2\)"),
        (["a", "b"], ValueError, "could not convert"),
        ([1j, 0.0], TypeError, "complex"),
        (None, TypeError, "returned None: 2 numbers are needed"),
    ],
    ids=repr,
)
def test_wrong_results_are_refused(result, error, message):
    if result == [1.0]:
        assert solve_ivp(lambda t, y: result, (0, 1), [0.0, 0.0]).success  # it is broadcast
        return
    with pytest.raises(error, match=message):
        solve_ivp(lambda t, y: result, (0, 1), [0.0, 0.0])


def test_an_object_that_the_function_keeps_stays_as_it_is():
    kept = []

    def fun(t, y):
        kept.append(y)
        return [-y[0]]

    solve_ivp(fun, (0, 1), [1.0])
    assert len({id(y) for y in kept}) == len(kept)
    first = kept[0][0]
    assert first == 1.0
    views = []

    def views_of(t, y):
        views.append(y[0:1])
        return [-y[0]]

    solve_ivp(views_of, (0, 1), [1.0])
    assert [float(v[0]) for v in views] == [float(y[0]) for y in kept]


def test_a_function_may_change_its_state():
    def fun(t, y):
        result = [y[1], -y[0]]
        y[0] = y[1] = math.nan
        return result

    assert np.array_equal(solve_ivp(fun, (0, 3), [1, 0]).y, solve_ivp(oscillator, (0, 3), [1, 0]).y)


def test_y0_is_not_changed_and_not_kept():
    y0 = np.array([1.0, 0.0])
    found = solve_ivp(oscillator, (0, 1), y0)
    y0[:] = 7.0
    assert found.y[0, 0] == 1.0


# ---- exceptions ---------------------------------------------------------------------------------


class Unusual(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), Unusual()], ids=repr)
def test_exceptions_pass_through(error):
    def fun(t, y):
        if t > 0.5:
            raise error
        return [-y[0]]

    with pytest.raises(type(error)) as caught:
        solve_ivp(fun, (0, 1), [1.0])
    assert caught.value is error
    with pytest.raises(type(error)):
        solve_ivp(oscillator, (0, 1), [1.0, 0.0], events=lambda t, y: fun(t, y)[0])
    with pytest.raises(type(error)):
        solve_ivp(oscillator, (0, 1), [1.0, 0.0], callback=lambda t, y: fun(t, y)[0] * 0)


def test_where_a_traced_function_has_no_answer_python_raises():
    @jit
    def fun(t, y):
        return [1.0 / (t - 1.0) if t > 0.9 else math.sqrt(1.0 - t)]

    with pytest.raises(ZeroDivisionError) as caught:
        solve_ivp(jit(lambda t, y: [1.0 / (t * 0.0)]), (0, 2), [1.0])
    assert "division by zero" in str(caught.value)
    with pytest.raises(ValueError, match="math domain error|nonnegative"):
        solve_ivp(jit(lambda t, y: [math.sqrt(0.5 - t)]), (0, 2), [1.0])
    assert solve_ivp(fun, (0, 0.8), [1.0]).success


def test_ctrl_c_ends_a_native_run():
    if sys.platform == "win32":
        pytest.skip("no alarm")
    script = (
        "import signal\n"
        "from piconumpy import jit\n"
        "from piconumpy.integrate import solve_ivp\n"
        "def stop(*_): raise KeyboardInterrupt\n"
        "signal.signal(signal.SIGALRM, stop)\n"
        "@jit\n"
        "def f(t, y): return [y[1], -y[0]]\n"
        "solve_ivp(f, (0, 1), [1.0, 0.0])\n"
        "try:\n"
        "    signal.setitimer(signal.ITIMER_REAL, 2.0)\n"
        "    solve_ivp(f, (0, 1e9), [1.0, 0.0], t_eval=[0.0], rtol=1e-9)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "stopped\n"


# ---- tracing ------------------------------------------------------------------------------------


def test_auto_traces_what_can_be_and_says_why_not():
    assert solve_ivp(pendulum, (0, 1), [1.0, 0.0]).engine == "Python"
    assert solve_ivp(pendulum, (0, 1), [1.0, 0.0], jit="auto").engine != "Python"

    def loops(t, y):
        x = y[0]
        while x > 1:
            x = x / 2
        return [-x]

    found = solve_ivp(loops, (0, 1), [3.0], jit="auto")
    assert found.engine.startswith("Python: ")
    assert "test_integrate.py" in found.engine
    with pytest.raises(TraceError, match="decisions"):
        solve_ivp(loops, (0, 1), [3.0], jit=True)
    with pytest.raises(TraceError, match="decisions"):
        solve_ivp(jit(loops), (0, 1), [3.0])
    assert (
        solve_ivp(jit(loops), (0, 1), [3.0], jit=False).engine == "Python: tracing is switched off"
    )
    with pytest.raises(ValueError, match="jit must be"):
        solve_ivp(pendulum, (0, 1), [1.0, 0.0], jit="yes")


@pytest.mark.parametrize(
    ("fun", "arguments"),
    [
        (lambda t, y, a: [a[0, 0] * y[0]], (np.ones((2, 2)),)),
        (lambda t, y: ([-y[0]], 1.0), ()),
        (lambda t, y: [-y[0], 1.0], ()),
        (lambda t, y: [1 / 0 * y[0]], ()),
    ],
    ids=["matrix", "nested", "too many", "raises"],
)
def test_auto_does_as_python_does_what_has_no_program(fun, arguments):
    def outcome(mode):
        try:
            return solve_ivp(fun, (0, 1), [1.0], args=arguments, jit=mode).y.tolist()
        except Exception as error:
            return repr(error)

    assert outcome("auto") == outcome(None)


def test_a_matrix_is_no_parameter():
    def fun(t, y, a):
        return [a[0, 0] * y[0]]

    with pytest.raises(TraceError, match="an argument with two dimensions"):
        solve_ivp(fun, (0, 1), [1.0], args=(np.ones((2, 2)),), jit=True)


is_ready = False


def test_an_event_that_raises_when_it_is_traced_may_return_later(monkeypatch):
    def fun(t, y):
        monkeypatch.setitem(globals(), "is_ready", True)
        return [-y[0]]

    @jit
    def half(t, y):
        if not is_ready:
            raise ValueError("not ready")
        return y[0] - 0.5

    monkeypatch.setitem(globals(), "is_ready", False)
    found = solve_ivp(fun, (0, 1), [1.0], events=half, rtol=1e-8)
    assert found.t_events[0] == pytest.approx([math.log(2)], rel=1e-6)


def test_arguments_are_parameters_of_traced_functions():
    @jit
    def fun(t, y, a, b, shape):
        return [a * y[1] + shape[0], -b[0] * y[0] * b[1]]

    for a in (0.5, 1.0, 2.0):
        for b in (array([1.0, 2.0]), np.array([1.0, 2.0]), [1.0, 2.0]):
            found = solve_ivp(fun, (0, 2), [1.0, 0.0], args=(a, b, (0.25,)))
            plain = solve_ivp(fun.__wrapped__, (0, 2), [1.0, 0.0], args=(a, b, (0.25,)))
            assert np.array_equal(found.y, plain.y)
            assert not found.engine.startswith("Python")
    assert len(fun.signatures) == 3


def test_events_are_traced_too():
    @jit
    def event(t, y):
        return y[0] - 0.5

    event.terminal = True
    found = solve_ivp(jit(oscillator), (0, 5), [1.0, 0.0], events=event, rtol=1e-8)
    plain = solve_ivp(oscillator, (0, 5), [1.0, 0.0], events=event, rtol=1e-8, jit=False)
    assert found.status == plain.status == 1
    assert found.t_events[0][0] == plain.t_events[0][0] == pytest.approx(pi / 3)


def test_globals_are_read_once_a_run():
    global rate
    rate = 1.0
    fun = jit(lambda t, y: [-rate * y[0]])
    first = solve_ivp(fun, (0, 1), [1.0], rtol=1e-8)
    rate = 2.0
    second = solve_ivp(fun, (0, 1), [1.0], rtol=1e-8)
    assert first.y[0, -1] == pytest.approx(exp(-1), rel=1e-5)
    assert second.y[0, -1] == pytest.approx(exp(-2), rel=1e-5)


# ---- what is stored -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", EXPLICIT)
@pytest.mark.parametrize("span", [(0, 6), (6, 0)])
def test_dense_output_is_the_solution(method, span):
    y0 = [math.sin(span[0]), math.cos(span[0])]
    found = solve_ivp(oscillator, span, y0, method, rtol=1e-9, atol=1e-9, dense_output=True)
    times = np.linspace(*span, 201)
    assert np.allclose(found.sol(times), [np.sin(times), np.cos(times)], atol=2e-7)
    assert np.allclose(found.sol(2.5), [sin(2.5), cos(2.5)], atol=2e-7)
    assert np.allclose(found.sol(found.t), found.y, rtol=1e-14, atol=1e-14)
    assert found.sol.t_min == 0.0
    assert found.sol.t_max == 6.0
    assert len(found.sol.interpolants) == found.sol.n_segments == len(found.t) - 1
    for i, piece in enumerate(found.sol.interpolants):
        assert piece.t_old == found.t[i]
        middle = (found.t[i] + found.t[i + 1]) / 2
        assert np.array_equal(piece(middle), found.sol(middle))
    shuffled = np.random.default_rng(1).permutation(times)
    assert np.array_equal(found.sol(shuffled), np.array([found.sol(t) for t in shuffled]).T)
    with pytest.raises(ValueError, match="1-D"):
        found.sol([[1.0]])


@pytest.mark.parametrize("method", EXPLICIT)
def test_t_eval_is_dense_output_at_its_times(method):
    times = np.linspace(0, 5, 40)
    every = solve_ivp(pendulum, (0, 5), [1, 0], method, dense_output=True)
    found = solve_ivp(pendulum, (0, 5), [1, 0], method, t_eval=times)
    assert np.array_equal(found.t, times)
    assert np.array_equal(found.y, every.sol(times))
    back = solve_ivp(pendulum, (5, 0), [1, 0], method, t_eval=times[::-1])
    assert np.array_equal(back.t, times[::-1])
    none = solve_ivp(pendulum, (0, 5), [1, 0], method, t_eval=[])
    assert len(none.t) == 0
    assert none.success


def test_no_equations_and_no_time():
    empty = solve_ivp(lambda t, y: [], (0, 10), [], dense_output=True)
    assert empty.t.tolist() == [0.0, 10.0]
    assert empty.y.shape == (0, 2)
    assert empty.sol([1.0, 2.0]).shape == (0, 2)
    still = solve_ivp(oscillator, (2, 2), [1, 0], dense_output=True, t_eval=[2])
    assert still.y.tolist() == [[1.0], [0.0]]
    assert still.sol(3.0).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("parts", [1, 4])
def test_two_zeros_in_a_step_are_found_in_parts(parts):
    def event(t, y):
        return (t - 0.52) * (t - 0.54)

    found = solve_ivp(
        lambda t, y: [1.0], (0, 1), [0.0], first_step=0.1, max_step=0.1, events=event,
        event_parts=parts,
    )  # fmt: skip
    wanted = [] if parts == 1 else [0.52, 0.54]
    assert found.t_events[0] == pytest.approx(wanted)
    assert len(found.y_events[0]) == len(wanted)


def test_a_run_ends_at_the_given_number_of_events():
    def event(t, y):
        return y[0]

    event.terminal = 3
    event.direction = 1
    found = solve_ivp(oscillator, (0, 100), [1.0, 0.0], events=[event], rtol=1e-8, atol=1e-8)
    assert found.status == 1
    assert found.success
    assert found.t_events[0] == pytest.approx([1.5 * pi, 3.5 * pi, 5.5 * pi])
    assert found.t[-1] == found.t_events[0][-1]
    assert found.y[:, -1] == pytest.approx([0, 1], abs=1e-6)
    event.terminal = 0.5
    with pytest.raises(ValueError, match="terminal"):
        solve_ivp(oscillator, (0, 1), [1.0, 0.0], events=event)


# ---- what SciPy lacks ---------------------------------------------------------------------------


@pytest.mark.parametrize("fun", [oscillator, jit(oscillator)], ids=["plain", "traced"])
def test_a_callback_sees_each_step_and_may_stop(fun):
    seen = []
    every = solve_ivp(fun, (0, 5), [1, 0], callback=lambda t, y: seen.append((t, y.tolist())))
    assert seen == [(t, y.tolist()) for t, y in zip(every.t[1:], every.y.T[1:])]
    stopped = solve_ivp(fun, (0, 5), [1, 0], callback=lambda t, y: t > 2)
    assert stopped.status == 2
    assert stopped.success
    assert "callback" in stopped.message
    assert stopped.t[-2] <= 2 < stopped.t[-1]
    with pytest.raises(TypeError, match="callback"):
        solve_ivp(fun, (0, 5), [1, 0], callback=3)


@pytest.mark.parametrize("fun", [oscillator, jit(oscillator)], ids=["plain", "traced"])
def test_the_number_of_steps_can_be_limited(fun):
    found = solve_ivp(fun, (0, 50), [1, 0], max_steps=5)
    assert (found.status, found.success, len(found.t)) == (-2, False, 6)
    assert "number of steps" in found.message
    assert solve_ivp(fun, (0, 1), [1, 0], max_steps=1000).success
    for wrong, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="max_steps"):
            solve_ivp(fun, (0, 1), [1, 0], max_steps=wrong)


@pytest.mark.parametrize("decorate", [lambda f: f, jit], ids=["plain", "traced"])
def test_extra_outputs_are_stored(decorate):
    @decorate
    def fun(t, y, k):
        force = -k * y[0]
        return [y[1], force], (force, y[0] * y[1])

    found = solve_ivp(fun, (0, 2), [1, 0], args=(2.0,), extra_outputs=True)
    plain = solve_ivp(lambda t, y: [y[1], -2.0 * y[0]], (0, 2), [1, 0])
    assert np.array_equal(found.y, plain.y)
    assert np.array_equal(found.extra, [-2.0 * found.y[0], found.y[0] * found.y[1]])
    assert found.engine.startswith("Python") == (decorate is not jit)


def test_extra_outputs_of_an_object_that_has_no_hash():
    class Model:
        __hash__ = None

        def __call__(self, t, y):
            return [y[1], -y[0]], y[0] * y[1]

    found = solve_ivp(Model(), (0, 2), [1, 0], extra_outputs=True)
    assert np.array_equal(found.y, solve_ivp(oscillator, (0, 2), [1, 0]).y)
    assert np.array_equal(found.extra, [found.y[0] * found.y[1]])


def test_progress_is_shown():
    pytest.importorskip("rich")
    script = (
        "from piconumpy.integrate import solve_ivp\n"
        "solve_ivp(lambda t, y: [-y[0]], (0, 1), [1.0], progress=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "100%" in done.stdout


def test_progress_needs_rich(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with pytest.raises(ImportError, match="needs the package rich: `pip install rich`"):
        solve_ivp(oscillator, (0, 1), [1, 0], progress=True)


# ---- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (((0, 1), [1.0], "RK99"), {}, ValueError, "`method` must be one of"),
        (((0, 1), [1.0], 5), {}, ValueError, "`method` must be one of"),
        (((0, 1), [[1.0]]), {}, ValueError, "1-dimensional"),
        (((0, 1), [1j]), {}, ValueError, "complex"),
        (((0, 1), [math.nan]), {}, ValueError, "finite"),
        (((0, 1), ["a"]), {}, ValueError, "could not convert"),
        (((0,), [1.0]), {}, ValueError, "unpack"),
        (((0, "x"), [1.0]), {}, ValueError, "could not convert"),
        (((math.nan, 1), [1.0]), {}, ValueError, "t0 and t_end"),
        (((0, 1), [1.0]), {"t_eval": [0.5, 0.2]}, ValueError, "not properly sorted"),
        (((0, 1), [1.0]), {"t_eval": [0.5, 2]}, ValueError, "not within"),
        (((0, 1), [1.0]), {"t_eval": [0.5, math.nan]}, ValueError, "not within"),
        (((0, 1), [1.0]), {"t_eval": [[0.5]]}, ValueError, "1-dimensional"),
        (((0, 1), [1.0]), {"t_eval": [0.5j]}, TypeError, "`t_eval` must be real"),
        (((0, 1), [1.0]), {"max_step": 0}, ValueError, "`max_step` must be positive"),
        (((0, 1), [1.0]), {"max_step": math.nan}, ValueError, "`max_step` must be positive"),
        (((0, 1), [1.0]), {"first_step": -1}, ValueError, "`first_step` must be positive"),
        (((0, 1), [1.0]), {"first_step": 2}, ValueError, "`first_step` exceeds bounds"),
        (((0, 1), [1.0]), {"atol": -1e-6}, ValueError, "`atol` must be positive"),
        (((0, 1), [1.0]), {"atol": [1e-6, 1e-6]}, ValueError, "`atol` has wrong shape"),
        (((0, 1), [1.0]), {"rtol": [1e-6, 1e-6]}, ValueError, "`rtol` has wrong shape"),
        (((0, 1), [1.0]), {"args": 5}, TypeError, "args"),
        (((0, 1), [1.0]), {"event_parts": 0}, ValueError, "event_parts"),
        (((0, 1), [1.0]), {"events": 3}, TypeError, "iterable"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        solve_ivp(lambda t, y: [-y[0]], *arguments, **options)


def test_rk4_needs_a_function():
    with pytest.raises(TypeError, match="f must be callable, not list"):
        rk4([1.0], 1.0, 0.1, 3)


def test_unknown_options_and_small_tolerances_warn():
    with pytest.warns(UserWarning, match="no effect for a chosen solver: `colour`"):
        solve_ivp(oscillator, (0, 1), [1, 0], colour=1)
    with pytest.warns(UserWarning, match="`rtol` is too small"):
        solve_ivp(oscillator, (0, 0.01), [1, 0], rtol=1e-20)


def test_functions_that_take_columns():
    def fun(t, y):
        assert y.ndim == 2
        return np.array([y[1], -y[0]])

    found = solve_ivp(fun, (0, 3), [1, 0], vectorized=True)
    assert np.array_equal(found.y, solve_ivp(oscillator, (0, 3), [1, 0]).y)


def test_results_are_readable_and_picklable():
    found = solve_ivp(oscillator, (0, 3), [1, 0])
    assert "nfev: " in repr(found)
    assert found["t"] is found.t
    assert "engine" in dir(found)
    with pytest.raises(AttributeError):
        _ = found.nothing
    assert np.array_equal(pickle.loads(pickle.dumps(found)).y, found.y)


def test_results_without_scipy_have_the_same_items(monkeypatch):
    scipy = pytest.importorskip("scipy.integrate")
    theirs = solve_ivp(oscillator, (0, 3), [1, 0])
    assert type(theirs) is type(scipy.solve_ivp(oscillator, (0, 3), [1, 0]))
    monkeypatch.delitem(sys.modules, "scipy.integrate._ivp.ivp")
    ours = solve_ivp(oscillator, (0, 3), [1, 0])
    assert type(ours) is _results.OdeResult
    assert set(dir(ours)) == set(theirs)
    assert f"nfev: {theirs.nfev}\n" in repr(ours)
    assert ours.y is ours["y"]
    with pytest.raises(AttributeError, match="nothing"):
        _ = ours.nothing


def test_singularities_end_a_run():
    found = solve_ivp(lambda t, y: [y[0] ** 2], (0, 2), [1.0])
    assert found.status == -1
    assert not found.success
    assert found.t[-1] == pytest.approx(1.0, abs=1e-2)
    assert "step size" in found.message
    diverging = solve_ivp(lambda t, y: [math.nan], (0, 2), [1.0])
    assert diverging.status == -1


@pytest.mark.parametrize(("method", "order"), [("RK23", 3), ("RK45", 5), ("DOP853", 8)])
def test_the_order_of_convergence(method, order):
    """Steps of fixed length: the tolerances reject none, and max_step is the length."""
    lengths = [0.4, 0.2] if method == "DOP853" else [0.1, 0.05]
    errors = []
    for h in lengths:
        found = solve_ivp(
            lambda t, y: [y[1], -y[0]], (0, 4), [0.0, 1.0], method, first_step=h, max_step=h,
            rtol=1.0, atol=1.0,
        )  # fmt: skip
        errors.append(np.abs(found.y[:, -1] - [sin(4), cos(4)]).max())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.6)


@pytest.mark.parametrize("name", piconumpy.integrate.__all__)
def test_the_examples_of_the_docstrings_run(name):
    doc = getattr(piconumpy.integrate, name).__doc__
    test = doctest.DocTestParser().get_doctest(doc, {}, name, None, None)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.failures == 0
    assert runner.tries > 0 or name == "rk4"
