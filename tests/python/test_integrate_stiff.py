# SPDX-License-Identifier: BSD-3-Clause
"""Rodas5P on stiff problems: published solutions, and SciPy's Radau."""

import math

import pytest

from piconumpy import TraceError, array, jit
from piconumpy.integrate import solve_ivp

np = pytest.importorskip("numpy")


def robertson(t, y):
    a = 0.04 * y[0]
    b = 1e4 * y[1] * y[2]
    c = 3e7 * y[1] * y[1]
    return [b - a, a - b - c, c]


def hires(t, y):
    a, b, c, d, e, f, g, h = y
    s = 280.0 * f * h
    return [
        -1.71 * a + 0.43 * b + 8.32 * c + 0.0007,
        1.71 * a - 8.75 * b,
        -10.03 * c + 0.43 * d + 0.035 * e,
        8.32 * b + 1.71 * c - 1.12 * d,
        -1.745 * e + 0.43 * f + 0.43 * g,
        -s + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g,
        s - 1.81 * g,
        -s + 1.81 * g,
    ]


def van_der_pol(t, y):
    return [y[1], 1000.0 * (1.0 - y[0] * y[0]) * y[1] - y[0]]


def oregonator(t, y):
    a, b, c = y
    return [
        77.27 * (b + a * (1.0 - 8.375e-6 * a - b)),
        (c - (1.0 + a) * b) / 77.27,
        0.161 * (a - c),
    ]


# The end, the start, the sizes of the components, and the published states at the end: F. Mazzia,
# C. Magherini, "Test Set for Initial Value Problem Solvers", release 2.4 (2008). For van_der_pol,
# times and speeds have other units there.
PROBLEMS = {
    robertson: (
        1e11, [1.0, 0.0, 0.0], [1e-8, 1e-13, 1.0],
        [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050],
    ),
    hires: (
        321.8122, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057], [1e-3] * 8,
        [
            0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4,
            0.1175651343283149e-2, 0.2386356198831331e-2, 0.6238968252742796e-2,
            0.2849998395185769e-2, 0.2850001604814231e-2,
        ],
    ),
    van_der_pol: (2000.0, [2.0, 0.0], [1.0, 1e-3], [1.706167732170483, -0.8928097010247975e-3]),
    oregonator: (
        360.0, [1.0, 2.0, 3.0], [1.0, 1.0, 1.0],
        [1.000814870318523, 1228.178521549917, 132.0554942846706],
    ),
}  # fmt: skip

on_each_problem = pytest.mark.parametrize("fun", PROBLEMS, ids=lambda fun: fun.__name__)
plain_and_traced = pytest.mark.parametrize("decorate", [lambda f: f, jit], ids=["plain", "traced"])


def solve(fun, rtol=1e-6, decorate=jit, **options):
    t_end, y0, sizes, _ = PROBLEMS[fun]
    atol = (rtol * np.array(sizes) * 1e-2).tolist()
    return solve_ivp(decorate(fun), (0, t_end), y0, "Rodas5P", rtol=rtol, atol=atol, **options)


def error_of(fun, found):
    wanted = np.array(PROBLEMS[fun][-1])
    return np.abs(found.y[:, -1] / wanted - 1).max()


@plain_and_traced
@on_each_problem
def test_the_published_solutions(fun, decorate):
    found = solve(fun, 1e-8, decorate)
    assert found.success
    assert error_of(fun, found) < 1e-5
    assert found.engine.startswith("Python") == (decorate is not jit)


@on_each_problem
def test_errors_follow_the_tolerance(fun):
    errors = [error_of(fun, solve(fun, rtol)) for rtol in (1e-4, 1e-10)]
    assert errors[1] < 1e-3 * errors[0]
    assert errors[1] < 1e-7


@on_each_problem
def test_scipys_radau_between_the_steps(fun):
    integrate = pytest.importorskip("scipy.integrate")
    t_end, y0 = PROBLEMS[fun][:2]
    if fun is van_der_pol:
        t_end = 800.0  # A later jump of the speed is seen at slightly different times.
    found = solve_ivp(jit(fun), (0, t_end), y0, "Rodas5P", rtol=1e-8, atol=1e-14, dense_output=True)
    middles = (found.t[:-1] + found.t[1:]) / 2
    times = np.sort(np.concatenate([found.t, middles]))
    wanted = integrate.solve_ivp(fun, (0, t_end), y0, "Radau", rtol=1e-9, atol=1e-15, t_eval=times)
    scale = np.abs(wanted.y).max(axis=1)
    assert np.allclose(found.sol(found.t), found.y, rtol=1e-13, atol=1e-16)
    assert (np.abs(found.sol(times) - wanted.y).max(axis=1) / scale).max() < 1e-5


# ---- what is counted ----------------------------------------------------------------------------


@on_each_problem
def test_work_is_counted(fun):
    traced = solve(fun)
    steps = len(traced.t) - 1
    assert traced.njev == steps
    assert steps <= traced.nlu < 1.5 * steps
    # The first step has one evaluation more, which finds its length.
    assert traced.nfev == 1 + steps + 7 * traced.nlu

    calls = []

    def counted(t, y):
        calls.append(t)
        return fun(t, y)

    PROBLEMS[counted] = PROBLEMS[fun]
    try:
        plain = solve(counted, decorate=lambda f: f)
    finally:
        del PROBLEMS[counted]
    assert plain.nfev == len(calls)
    assert plain.nfev == 1 + plain.njev + 7 * plain.nlu + (len(plain.y) + 1) * plain.njev
    assert plain.njev == pytest.approx(traced.njev, rel=0.1)


def test_a_stiff_problem_takes_few_steps():
    found = solve(robertson)
    assert len(found.t) < 400  # explicit methods need about 1e13
    assert found.nfev < 3000


# ---- the Jacobian -------------------------------------------------------------------------------


def jacobian_of_robertson(t, y):
    return [
        [-0.04, 1e4 * y[2], 1e4 * y[1]],
        [0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]],
        [0.0, 6e7 * y[1], 0.0],
    ]


@plain_and_traced
@pytest.mark.parametrize(
    "make", [list, tuple, np.array, np.asfortranarray], ids=lambda f: f.__name__
)
def test_a_given_jacobian_is_used(decorate, make):
    calls = []

    def jac(t, y):
        calls.append(t)
        return make(jacobian_of_robertson(t, y))

    found = solve(robertson, decorate=decorate, jac=jac)
    assert len(calls) == found.njev == len(found.t) - 1
    derived = solve(robertson)
    assert len(found.t) == pytest.approx(len(derived.t), abs=2)
    assert error_of(robertson, found) < 1e-4


def test_a_sparse_jacobian_is_used():
    sparse = pytest.importorskip("scipy.sparse")
    found = solve(robertson, jac=lambda t, y: sparse.csc_matrix(jacobian_of_robertson(t, y)))
    assert np.array_equal(found.y, solve(robertson, jac=jacobian_of_robertson).y)


@plain_and_traced
def test_a_constant_jacobian_is_used(decorate):
    matrix = [[-1000.0, 999.0], [0.0, -1.0]]

    def linear(t, y):
        return [-1000.0 * y[0] + 999.0 * y[1], -y[1]]

    run = {"rtol": 1e-8, "atol": 1e-10}
    found = solve_ivp(decorate(linear), (0, 5), [2.0, 1.0], "Rodas5P", jac=matrix, **run)
    assert found.y[:, -1] == pytest.approx([math.exp(-5), math.exp(-5)], rel=1e-7)
    derived = solve_ivp(jit(linear), (0, 5), [2.0, 1.0], "Rodas5P", **run)
    assert len(found.t) == pytest.approx(len(derived.t), abs=2)
    # That of one equation may be a number.
    decay = solve_ivp(lambda t, y: [-y[0]], (0, 1), array([1.0]), "Rodas5P", jac=-1.0, **run)
    assert decay.y[0, -1] == pytest.approx(math.exp(-1), rel=1e-7)


@plain_and_traced
def test_further_arguments_reach_the_jacobian(decorate):
    def fun(t, y, rate, target):
        return [-rate * (y[0] - target[0])]

    def jac(t, y, rate, target):
        assert target.tolist() == [0.5]
        return [[-rate]]

    options = {"args": (1e5, array([0.5])), "rtol": 1e-8, "atol": 1e-10}
    given = solve_ivp(decorate(fun), (0, 1), [1.0], "Rodas5P", jac=jac, **options)
    derived = solve_ivp(decorate(fun), (0, 1), [1.0], "Rodas5P", **options)
    assert given.y[0, -1] == pytest.approx(0.5, rel=1e-8)
    assert derived.y[0, -1] == pytest.approx(0.5, rel=1e-8)


@pytest.mark.parametrize(
    ("jac", "error", "message"),
    [
        (
            lambda t, y: [[1.0, 2.0]],
            ValueError,
            r"expected to have shape \(3, 3\), but .* \(1, 2\)",
        ),
        ([[1.0]], ValueError, r"expected to have shape \(3, 3\), but .* \(1, 1\)"),
        (lambda t, y: 1 / 0, ZeroDivisionError, "division by zero"),
        (lambda t, y: "no", ValueError, "could not convert"),
    ],
)
def test_errors_of_a_jacobian_are_raised(jac, error, message):
    for decorate in (lambda f: f, jit):
        with pytest.raises(error, match=message):
            solve(robertson, decorate=decorate, jac=jac)


def test_explicit_methods_warn_of_a_jacobian():
    with pytest.warns(UserWarning, match="no effect for a chosen solver: `jac`"):
        solve_ivp(lambda t, y: [-y[0]], (0, 1), [1.0], jac=[[-1.0]])


def test_a_jacobian_that_is_infinite_is_replaced():
    @jit
    def fun(t, y):
        return [1.0 - math.sqrt(abs(y[0]))]

    found = solve_ivp(fun, (0, 5), [0.0], "Rodas5P", rtol=1e-6, atol=1e-8)
    # t = -2 (s + log(1 - s)) for the root s of the state.
    s = math.sqrt(found.y[0, -1])
    assert -2 * (s + math.log(1 - s)) == pytest.approx(5.0, rel=1e-4)
    assert found.nfev > 1 + found.njev + 7 * found.nlu


# ---- times --------------------------------------------------------------------------------------


@plain_and_traced
def test_time_derivatives(decorate):
    """A. Prothero, A. Robinson, Math. Comp. 28 (1974), pp. 145-162: the solution is sin(t)."""

    def fun(t, y):
        return [-1e5 * (y[0] - math.sin(t)) + math.cos(t)]

    for t0, t_end in ((0.0, 10.0), (1e6, 1e6 + 10)):
        found = solve_ivp(
            decorate(fun), (t0, t_end), [math.sin(t0)], "Rodas5P", rtol=1e-6, atol=1e-6
        )
        assert found.y[0, -1] == pytest.approx(math.sin(t_end), abs=1e-5)
        assert len(found.t) < 80


@pytest.mark.parametrize("derivatives", ["derived", "differences"])
def test_the_order_of_convergence(derivatives):
    """The solution is 3 - cos(t) and its inverse. The steps have a fixed length."""

    def fun(t, y):
        return [y[0] * y[1] * math.sin(t), -y[1] * y[1] * math.sin(t)]

    errors = []
    for h in (0.2, 0.1):
        found = solve_ivp(
            jit(fun) if derivatives == "derived" else fun, (0, 4), [2.0, 0.5], "Rodas5P",
            first_step=h, max_step=h, rtol=1.0, atol=1.0,
        )  # fmt: skip
        exact = 3 - np.cos(found.t)
        errors.append(np.abs(found.y - [exact, 1 / exact]).max())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(5, abs=0.5)


@plain_and_traced
def test_backwards_in_time(decorate):
    def fun(t, y):
        return [1e4 * (y[0] - math.cos(t))]

    found = solve_ivp(decorate(fun), (0, -3), [1.0], "Rodas5P", rtol=1e-6, atol=1e-8)
    assert found.y[0, -1] == pytest.approx(math.cos(3), abs=1e-3)
    assert len(found.t) < 100


# ---- what all methods have ----------------------------------------------------------------------


@plain_and_traced
def test_events_and_dense_output(decorate):
    def crossing(t, y):
        return y[0]

    crossing.terminal = 2
    found = solve(van_der_pol, 1e-8, decorate, events=crossing, dense_output=True)
    times = found.t_events[0]
    assert found.status == 1
    assert found.t[-1] == times[1]
    assert np.abs(found.y_events[0][:, 0]).max() < 1e-9
    assert found.sol(times)[0] == pytest.approx([0, 0], abs=1e-9)
    # The period is (3 - 2 log(2)) mu + 7.014 mu^(-1/3) + ...: M. L. Cartwright, in Contributions to
    # the Theory of Nonlinear Oscillations 2 (1952), pp. 3-18.
    period = (3 - 2 * math.log(2)) * 1000 + 0.7014
    assert times[1] - times[0] == pytest.approx(period / 2, rel=1e-4)


def test_plain_and_traced_functions_agree():
    for fun, (t_end, *_rest) in PROBLEMS.items():
        times = np.linspace(0, t_end / 16, 50)
        plain = solve(fun, 1e-8, lambda f: f, t_eval=times)
        traced = solve(fun, 1e-8, t_eval=times)
        assert np.array_equal(plain.t, times)
        assert np.allclose(plain.y, traced.y, rtol=1e-5, atol=0 if fun is robertson else 1e-6)


def test_runs_end_early():
    seen = []
    stopped = solve(hires, callback=lambda t, y: seen.append(t) or len(seen) == 5)
    assert (stopped.status, len(stopped.t)) == (2, 6)
    assert solve(hires, max_steps=7).status == -2
    exploding = solve_ivp(jit(lambda t, y: [y[0] * y[0]]), (0, 2), [1.0], "Rodas5P")
    assert exploding.status == -1
    assert exploding.t[-1] == pytest.approx(1, abs=1e-2)
    assert solve_ivp(lambda t, y: [math.nan], (0, 1), [1.0], "Rodas5P").status == -1


def test_exceptions_pass_through():
    @jit
    def fun(t, y):
        return [math.sqrt(1.0 - t)]

    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        solve_ivp(fun, (0, 2), [0.0], "Rodas5P")
    with pytest.raises(TraceError):
        solve_ivp(lambda t, y: [eval("y[0]")], (0, 1), [0.0], "Rodas5P", jit=True)


def test_other_forms_of_the_function():
    wanted = solve(van_der_pol)
    y0, tolerances = array([2.0, 0.0]), {"rtol": 1e-6, "atol": 1e-6 * np.array([1.0, 1e-3]) * 1e-2}
    ours = solve_ivp(jit(van_der_pol), (0, 2000), y0, "Rodas5P", **tolerances)
    assert np.array_equal(ours.y, wanted.y)
    extra = solve(
        van_der_pol, decorate=lambda f: jit(lambda t, y: (f(t, y), [y[0]])), extra_outputs=True
    )
    assert np.array_equal(extra.y, wanted.y)
    assert np.array_equal(extra.extra[0], wanted.y[0])
    columns = solve(van_der_pol, decorate=lambda f: lambda t, y: np.array(f(t, y)), vectorized=True)
    assert len(columns.t) == pytest.approx(len(wanted.t), rel=0.1)
    still = solve_ivp(lambda t, y: [], (0, 1), [], "Rodas5P")
    assert still.t.tolist() == [0, 1]
