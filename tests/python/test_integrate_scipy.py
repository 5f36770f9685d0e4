# SPDX-License-Identifier: BSD-3-Clause
"""solve_ivp against SciPy's: the same steps, counts, events, and errors."""

import os
import re
import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest
import scipy_suite

from piconumpy import jit
from piconumpy._trace.jitted import Signature
from piconumpy.integrate import solve_ivp

np = pytest.importorskip("numpy")
pytest.importorskip("scipy", minversion="1.17")
from scipy import integrate  # noqa: E402

EXPLICIT = ("RK23", "RK45", "DOP853")
STIFF = ("Radau", "BDF", "LSODA")


def test_scipys_own_tests_pass(tmp_path):
    """The tests come with SciPy's wheel. They run with our solve_ivp in place of SciPy's."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "scipy_suite", "-p", "no:cacheprovider"]
        + ["-W", "ignore", "--pyargs", "scipy.integrate._ivp.tests.test_ivp"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,  # away from our configuration of pytest
        check=False,
    )
    found = re.search(r"(\d+) passed(, \d+ skipped)?, (\d+) deselected", done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    assert found is not None
    assert int(found[1]) > 40
    assert int(found[3]) == len(scipy_suite.EXCLUDED)


# ---- random problems ----------------------------------------------------------------------------


def random_problem(seed):
    """A smooth nonlinear system, and arguments of solve_ivp."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 6))
    matrix = random.normal(size=(n, n))
    forces = random.normal(size=n)
    rates = random.uniform(0.1, 3, size=n)

    def fun(t, y):
        return matrix @ np.sin(y) + forces * np.cos(rates * t) - 0.3 * y

    t0, t_end = float(random.uniform(-2, 2)), float(random.uniform(3, 8))
    if random.random() < 0.3:
        t0, t_end = t_end, t0
    options = {
        "method": str(random.choice(EXPLICIT)),
        "rtol": float(10.0 ** random.uniform(-9, -2)),
        "atol": float(10.0 ** random.uniform(-10, -3)),
        "dense_output": bool(random.random() < 0.3),
    }
    if random.random() < 0.3:
        options["atol"] = options["atol"] * random.uniform(0.5, 2, size=n)
    if random.random() < 0.3:
        options["t_eval"] = np.linspace(t0, t_end, int(random.integers(2, 30)))
    if random.random() < 0.2:
        options["max_step"] = float(random.uniform(0.05, 0.5))
    if random.random() < 0.2:
        options["first_step"] = float(random.uniform(1e-4, 0.1))
    if random.random() < 0.5:
        level = float(random.normal())
        part = int(random.integers(n))

        def event(t, y):
            return y[part] - level

        event.direction = float(random.integers(-1, 2))
        event.terminal = bool(random.random() < 0.3) * int(random.integers(1, 4))
        options["events"] = [event, lambda t, y: y.sum()]
    return fun, (t0, t_end), random.normal(size=n), options


def counts(found):
    events = None if found.t_events is None else [len(t) for t in found.t_events]
    return found.status, found.nfev, len(found.t), events


def test_random_problems_take_the_same_steps():
    """A step that the last bit decides may differ. In 1000 such problems, none did."""
    differ = []
    worst = 0.0
    for seed in range(200):
        fun, span, y0, options = random_problem(seed)
        ours = solve_ivp(fun, span, y0, **options)
        theirs = integrate.solve_ivp(fun, span, y0, **options)
        if counts(ours) != counts(theirs):
            differ.append(seed)
            continue
        allowed = options["atol"] + options["rtol"] * np.abs(theirs.y[:, -1])
        worst = max(worst, np.max(np.abs(ours.y[:, -1] - theirs.y[:, -1]) / allowed))
        if theirs.sol is not None:
            times = np.linspace(theirs.sol.t_min, theirs.sol.t_max, 50)
            gap = np.abs(ours.sol(times) - theirs.sol(times)).max()
            assert gap <= 0.1 * (np.max(options["atol"]) + options["rtol"] * 10), seed
        for found, wanted in zip(ours.t_events or (), theirs.t_events or ()):
            assert found == pytest.approx(wanted, abs=10 * options["rtol"]), seed
    assert len(differ) <= 1, differ
    assert worst < 1e-3


@pytest.mark.parametrize("method", EXPLICIT)
def test_the_first_steps_agree_to_the_last_digits(method):
    """Later on, the lengths of steps differ: they follow estimates that are all rounding errors."""
    options = {"method": method, "rtol": 1e-6, "atol": 1e-9, "max_step": 0.05, "first_step": 0.05}

    def fun(t, y):
        return [y[1], -np.sin(y[0]) - 0.1 * y[1] + np.cos(t)]

    ours = solve_ivp(fun, (0, 2), [1.0, 0.5], t_eval=np.linspace(0, 2, 21), **options)
    theirs = integrate.solve_ivp(fun, (0, 2), [1.0, 0.5], t_eval=np.linspace(0, 2, 21), **options)
    assert np.allclose(ours.y, theirs.y, rtol=1e-13, atol=1e-14)
    assert ours.nfev == theirs.nfev


# ---- stiff methods ------------------------------------------------------------------------------


def robertson(t, y):
    a, b, c = y
    first = -0.04 * a + 1e4 * b * c
    third = 3e7 * b * b
    return [first, -first - third, third]


@pytest.mark.parametrize("method", STIFF)
def test_stiff_methods_are_those_of_scipy(method):
    options = {"method": method, "rtol": 1e-6, "atol": 1e-10, "dense_output": True}
    theirs = integrate.solve_ivp(robertson, (0, 1e4), [1.0, 0.0, 0.0], **options)
    ours = solve_ivp(robertson, (0, 1e4), [1.0, 0.0, 0.0], **options)
    assert ours.engine == "Python"
    assert np.array_equal(ours.y, theirs.y)
    assert ours.nsteps == len(theirs.t) - 1
    assert np.array_equal(ours.sol(theirs.t), theirs.sol(theirs.t))
    traced = solve_ivp(jit(robertson), (0, 1e4), [1.0, 0.0, 0.0], **options)
    assert not traced.engine.startswith("Python")
    assert np.allclose(traced.y[:, -1], theirs.y[:, -1], rtol=1e-4)
    assert traced.njev > 0
    if method == "LSODA":  # which counts the evaluations for its finite differences
        assert traced.nfev < theirs.nfev


@pytest.mark.parametrize("method", STIFF)
def test_the_derived_jacobian_is_right(method):
    seen = []

    def jac(t, y, rate):
        seen.append(y)
        return [[-rate, 1.0], [0.0, -1000.0]]

    def fun(t, y, rate):
        return [-rate * y[0] + y[1], -1000.0 * y[1]]

    own = solve_ivp(fun, (0, 1), [1.0, 1.0], method, args=(2.0,), jac=jac)
    assert seen
    derived = solve_ivp(jit(fun), (0, 1), [1.0, 1.0], method, args=(2.0,))
    assert np.allclose(own.y[:, -1], derived.y[:, -1], rtol=1e-12)
    assert own.nfev == derived.nfev
    assert own.njev == derived.njev


@pytest.mark.parametrize("method", STIFF)
def test_stiff_methods_differ_where_a_derivative_is_infinite(method):
    """The square root has a value at 0, and no derivative."""

    def fun(t, y):
        return [-sqrt(y[0]), 1.0 - y[1]]

    theirs = integrate.solve_ivp(fun, (0, 1), [0.0, 0.0], method)
    ours = solve_ivp(jit(fun), (0, 1), [0.0, 0.0], method)
    assert not ours.engine.startswith("Python")
    assert ours.success
    assert np.allclose(ours.y[:, -1], theirs.y[:, -1], rtol=1e-6)


@pytest.mark.parametrize("method", STIFF)
def test_stiff_methods_take_arguments_and_events(method):
    def fun(t, y, rate):
        return [-rate * y[0] + y[1], -50.0 * y[1]]

    def half(t, y, rate):
        return y[0] - 0.5

    half.direction = -1

    def low(t, y, rate):
        return y[0] - 0.1

    low.terminal = True
    options = {"method": method, "events": (half, low), "args": (2.0,)}
    theirs = integrate.solve_ivp(fun, (0, 9), [1.0, 1.0], **options)
    assert theirs.status == 1
    for found in (
        solve_ivp(fun, (0, 9), [1.0, 1.0], **options),
        solve_ivp(fun, (0, 9), [1.0, 1.0], jit=False, **options),
    ):
        assert found.status == 1
        assert np.array_equal(found.y, theirs.y)
        assert all(map(np.array_equal, found.t_events, theirs.t_events))
    traced = solve_ivp(fun, (0, 9), [1.0, 1.0], jit=True, **options)
    assert not traced.engine.startswith("Python")
    assert np.allclose(np.concatenate(traced.t_events), np.concatenate(theirs.t_events), rtol=1e-3)


@pytest.mark.parametrize("method", STIFF)
def test_stiff_methods_take_functions_of_columns(method):
    def fun(t, y, rate):
        assert isinstance(y, np.ndarray)
        return np.array([-rate * y[0] + y[1], -50.0 * y[1]])

    options = {"method": method, "args": (2.0,), "vectorized": True}
    theirs = integrate.solve_ivp(fun, (0, 9), [1.0, 1.0], **options)
    ours = solve_ivp(fun, (0, 9), [1.0, 1.0], **options)
    assert np.array_equal(ours.y, theirs.y)
    assert ours.nfev == theirs.nfev


def test_a_program_without_a_derivative_leaves_the_jacobian_to_scipy(monkeypatch):
    monkeypatch.setattr(Signature, "jacobian", lambda self, argument: None)
    found = solve_ivp(jit(robertson), (0, 1), [1.0, 0.0, 0.0], "BDF")
    assert not found.engine.startswith("Python")
    assert np.array_equal(found.y, integrate.solve_ivp(robertson, (0, 1), [1.0, 0.0, 0.0], "BDF").y)


@pytest.mark.parametrize("method", STIFF)
def test_stiff_runs_can_be_stopped(method):
    seen = []
    options = {"method": method, "rtol": 1e-6, "atol": 1e-10}
    found = solve_ivp(
        robertson, (0, 1e4), [1, 0, 0], callback=lambda t, y: seen.append(t) or t > 10, **options
    )
    assert (found.status, found.success) == (2, True)
    assert seen == found.t.tolist()[1:]
    limited = solve_ivp(robertson, (0, 1e4), [1, 0, 0], max_steps=7, dense_output=True, **options)
    assert (limited.status, limited.success, len(limited.t)) == (-2, False, 8)
    whole = solve_ivp(robertson, (0, 1e4), [1, 0, 0], dense_output=True, **options)
    watched = solve_ivp(
        robertson, (0, 1e4), [1, 0, 0], dense_output=True, callback=lambda t, y: None, **options
    )
    assert np.array_equal(whole.sol(whole.t), watched.sol(watched.t))


def test_classes_of_solvers_are_taken():
    found = solve_ivp(robertson, (0, 1), [1, 0, 0], integrate.RK45, rtol=1e-6)
    assert np.array_equal(found.y, integrate.solve_ivp(robertson, (0, 1), [1, 0, 0], rtol=1e-6).y)
    with pytest.raises(ValueError, match="OdeSolver class"):
        solve_ivp(robertson, (0, 1), [1, 0, 0], int)


@pytest.mark.parametrize(
    ("method", "error", "message"),
    [
        ("Radau", ImportError, "those of SciPy, which is not installed"),
        (int, ValueError, "`method` must be one of"),
    ],
)
def test_without_scipy_its_methods_are_refused(monkeypatch, method, error, message):
    monkeypatch.setitem(sys.modules, "scipy.integrate", None)
    with pytest.raises(error, match=message):
        solve_ivp(robertson, (0, 1), [1, 0, 0], method)


def test_results_are_scipys():
    found = solve_ivp(robertson, (0, 1), [1, 0, 0])
    assert type(found) is type(integrate.solve_ivp(robertson, (0, 1), [1, 0, 0]))


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"method": "RK99"},
        {"y0": [[1.0]]},
        {"y0": [np.inf]},
        {"t_eval": [0.5, 0.2]},
        {"t_eval": [0.5, 2]},
        {"t_eval": [[0.5]]},
        {"max_step": -1},
        {"first_step": -1},
        {"first_step": 2},
        {"atol": -1e-6},
        {"atol": [1e-6, 1e-6]},
        {"args": 5},
    ],
    ids=repr,
)
def test_wrong_arguments_raise_the_same_errors(change):
    arguments = {"fun": lambda t, y: [-y[0]], "t_span": (0, 1), "y0": [1.0], **change}
    with pytest.raises(Exception) as theirs:
        integrate.solve_ivp(**arguments)
    with pytest.raises(type(theirs.value)) as ours:
        solve_ivp(**arguments)
    if "method" not in change:  # we have more methods
        assert str(ours.value) == str(theirs.value)
