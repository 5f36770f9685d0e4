"""How each package solves a problem, as its documentation teaches it.

A maker imports its package and gives a Solver. What a package compiles at run time is compiled when
`solve` is called first, so that the first call counts it.
"""

from __future__ import annotations

import compileall
import dataclasses
import functools
import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

from bench.integrate.problems import EVENT_X, Function, Problem


@dataclass(frozen=True)
class Task:
    """A problem, how it is to be solved, and whether with dense output, t_eval, and an event."""

    problem: Problem
    method: str  # SciPy's name of it; a package with another method of its own uses that
    tolerance: float  # relative
    extras: bool = False

    @property
    def atol(self) -> float:
        return self.tolerance * self.problem.atol


@dataclass(frozen=True)
class Found:
    """The states at the checked times, or the last one alone, and what else the package tells."""

    states: Sequence[Sequence[float]]
    event_t: float = math.nan
    evaluations: float = math.nan  # of the right-hand side


@dataclass(frozen=True)
class Solver:
    """solve: what is timed. read: what is in its result."""

    solve: Callable[[], Any]
    read: Callable[[Any], Found]


def event(t: float, X: Any) -> Any:
    return X[0] - EVENT_X


def imported(name: str) -> Any:
    return importlib.import_module(name)


def checked_columns(task: Task, y: Any) -> list[list[float]]:
    """Of states in columns: those that are compared."""
    places = task.problem.checked if task.extras else [-1]
    return [[float(number) for number in y[:, place]] for place in places]


def counted(f: Function, calls: list[int]) -> Function:
    """f, which counts its calls."""

    def call(*arguments: Any) -> Any:
        calls[0] += 1
        return f(*arguments)

    return call


# ---- SciPy and PicoNumpy -------------------------------------------------------------------------


def _options(task: Task, of_event: Any) -> dict[str, Any]:
    options = {"method": task.method, "rtol": task.tolerance, "atol": task.atol}
    if task.extras:
        times = imported("numpy").array(task.problem.t_eval)
        options.update(t_eval=times, dense_output=True, events=of_event)
    return options


def _read_as_scipy(task: Task, result: Any) -> Found:
    event_t = float(result.t_events[0][0]) if task.extras else math.nan
    return Found(checked_columns(task, result.y), event_t, result.nfev)


def of_scipy(task: Task, style: str) -> Solver:
    """The style is the method, if it is not the task's."""
    np, solve_ivp = imported("numpy"), imported("scipy.integrate").solve_ivp
    f, options = task.problem.rhs(np.array), _options(task, event)
    options["method"] = style or task.method
    span, y0 = task.problem.span, np.array(task.problem.y0)
    return Solver(
        lambda: solve_ivp(f, span, y0, **options), functools.partial(_read_as_scipy, task)
    )


def of_piconumpy(task: Task, style: str) -> Solver:
    """ndarray, array: a plain function, which gets these; list: it makes a list of the ndarray, and
    returns one; jit, fast: a traced function; radau: the same with SciPy's class of that name."""
    np, package = imported("numpy"), imported("piconumpy")
    solve_ivp = imported("piconumpy.integrate").solve_ivp
    array = package.array if style == "array" else np.array
    span, y0 = task.problem.span, array(task.problem.y0)
    is_list, is_traced = style == "list", style in ("jit", "fast", "radau")
    if style == "radau":
        task = dataclasses.replace(task, method="Radau")
    f = task.problem.rhs(list if is_list else array, as_list=is_list)
    if is_traced:
        # An installed package has its bytecode on disk; a checkout need not.
        compileall.compile_dir(Path(package.__file__).parent, quiet=2)

    @functools.cache
    def functions() -> tuple[Function, dict[str, Any]]:
        if not is_traced:
            return f, _options(task, event)
        decorate = functools.partial(package.jit, fastmath=style == "fast")
        return decorate(f), _options(task, decorate(event))

    def solve() -> Any:
        function, options = functions()
        return solve_ivp(function, span, y0, **options)

    return Solver(solve, functools.partial(_read_as_scipy, task))


def of_callback(task: Task, style: str) -> Solver:
    """The calls that PicoNumpy's solve_ivp makes, at the same states, and nothing else."""
    np, package = imported("numpy"), imported("piconumpy")
    solve_ivp = imported("piconumpy.integrate").solve_ivp
    array = package.array if style == "array" else np.array
    f = task.problem.rhs(array)
    calls: list[tuple[float, Any]] = []

    def record(t: float, X: Any) -> Any:
        calls.append((t, array(X)))
        return f(t, X)

    result = solve_ivp(record, task.problem.span, array(task.problem.y0), **_options(task, event))
    found = _read_as_scipy(task, result)

    def solve() -> Any:
        last = None
        for t, X in calls:
            last = f(t, X)
        return last

    return Solver(solve, lambda last: Found(found.states, found.event_t, len(calls)))


def of_fixed(task: Task, style: str) -> Solver:
    """rk4 with as many evaluations as RK45 needs: nothing estimates errors or chooses steps. jit,
    fast: how the function is traced."""
    package, rk4 = imported("piconumpy"), imported("piconumpy.integrate").rk4
    whole = of_piconumpy(task, style)
    found = whole.read(whole.solve())
    steps = round(found.evaluations / 4)
    f = package.jit(task.problem.rhs(package.array), fastmath=style == "fast")
    y0, dt = package.array(task.problem.y0), task.problem.t_end / steps
    return Solver(
        lambda: rk4(f, y0, dt, steps),
        lambda _: Found(found.states, found.event_t, 4 * steps),
    )


# ---- CyRK ----------------------------------------------------------------------------------------


def of_cyrk(task: Task, style: str) -> Solver:
    """return: the function returns an ndarray; dy: it writes into one; reuse: and the solver is
    made once; list: and it makes a list of its state; njit: and Numba compiles it."""
    np, package = imported("numpy"), imported("CyRK")
    problem = task.problem
    span, y0 = problem.span, np.array(problem.y0)
    options = {"method": task.method, "rtol": task.tolerance, "atol": task.tolerance}
    if task.extras:
        options.update(t_eval=np.array(problem.t_eval), dense_output=True, events=[event])
    if style != "return":
        options["pass_dy_as_arg"] = True
    if style == "reuse":
        options["solution_reuse"] = package.PySolver()

    @functools.cache
    def function() -> Function:
        if style == "return":
            return problem.rhs(np.array)
        f = problem.rhs_into("dy, t, X", as_list=style == "list")
        if style != "njit":
            return f
        compiled: Function = imported("numba").njit(fastmath=True)(f)
        return compiled

    def run(f: Function) -> Any:
        result = package.pysolve_ivp(f, span, y0, **options)
        if not result.success:
            raise RuntimeError(result.message)
        return result

    def read(result: Any) -> Found:
        states = checked_columns(task, result.y)
        event_t = float(result.t_events[0][0]) if task.extras else math.nan
        calls = [0]
        run(counted(function(), calls))
        return Found(states, event_t, calls[0])

    return Solver(lambda: run(function()), read)


@functools.cache
def cyrk_callback(problem: Problem, style: str) -> Any:
    """What nbsolve_ivp calls, or nbsolve2_ivp; it must live as long as its address is used."""
    np, numba = imported("numpy"), imported("numba")
    if style == "nbsolve":
        return numba.njit(fastmath=True)(problem.rhs(np.array))
    # As CyRK's nb_diffeq_addr, with fast math.
    signature = imported("CyRK.nb.numba_solver").cyjit_sig
    return numba.cfunc(signature, fastmath=True)(problem.rhs_into("dy, t, X, args"))


@functools.cache
def _cyrk_run() -> Callable[..., Any]:
    """nbsolve2_ivp from a compiled function: from Python, each use of its result is slow."""
    nbsolve2_ivp = imported("CyRK").nbsolve2_ivp

    def run(address: int, span: Any, y0: Any, method: str, times: Any, dense: bool, tol: float):  # type: ignore[no-untyped-def]
        solution = nbsolve2_ivp(address, span, y0, method, times, dense, rtol=tol, atol=tol)
        y = solution.y.copy()
        solution.free()
        return y

    compiled: Callable[..., Any] = imported("numba").njit(run)
    return compiled


def of_cyrk_numba(task: Task, style: str) -> Solver:
    """nbsolve: the solver itself is Numba's; nbsolve2: a compiled one, which calls an address."""
    np, package = imported("numpy"), imported("CyRK")
    imported("numba")
    problem, method, tol = task.problem, task.method, task.tolerance
    span, y0 = problem.span, np.array(problem.y0)
    times = np.array(problem.t_eval if task.extras else [], dtype=float)
    options = {"rtol": tol, "atol": tol, "rk_method": {"RK45": 1, "DOP853": 2}[method]}
    # It would print a warning at each call.
    options["warnings"] = False

    def solve() -> Any:
        callback = cyrk_callback(problem, style)
        if style == "nbsolve":
            return package.nbsolve_ivp(callback, span, y0, t_eval=times, **options).y
        return _cyrk_run()(callback.address, span, y0, method, times, task.extras, tol)

    return Solver(solve, lambda y: Found(checked_columns(task, y)))


# ---- other packages ------------------------------------------------------------------------------


def of_numbalsoda(task: Task, style: str) -> Solver:
    """lsoda, dop853: the functions of these names. They give the state at the end alone."""
    np, numba, package = imported("numpy"), imported("numba"), imported("numbalsoda")
    problem = task.problem
    y0, times = np.array(problem.y0), np.array([0.0, *problem.t_eval[-1:]])

    @functools.cache
    def callback() -> Any:
        f = problem.rhs_into("t, X, dy, args")
        return numba.cfunc(package.lsoda_sig, fastmath=True)(f)

    def solve() -> Any:
        integrate, tolerance = getattr(package, style), task.tolerance
        states, success = integrate(callback().address, y0, times, rtol=tolerance, atol=task.atol)
        if not success:
            raise RuntimeError(f"numbalsoda.{style} fails")
        return states

    return Solver(solve, lambda states: Found(checked_columns(task, states.T)))


def diffrax_run(task: Task) -> Callable[[Any], Any]:
    """A function of the initial state, to be jitted, which gives the state at the end."""
    jax, diffrax = imported("jax"), imported("diffrax")
    jax.config.update("jax_enable_x64", True)
    problem = task.problem
    f = problem.rhs(jax.numpy.array, jax.numpy)
    methods = {"RK45": diffrax.Dopri5, "DOP853": diffrax.Dopri8, "Rodas5P": diffrax.Kvaerno5}

    def run(y0: Any) -> Any:
        return diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, args: f(t, y)),
            methods[task.method](),
            t0=0.0,
            t1=problem.t_end,
            dt0=None,
            y0=y0,
            saveat=diffrax.SaveAt(t1=True),
            stepsize_controller=diffrax.PIDController(rtol=task.tolerance, atol=task.atol),
            # Derivatives of the solution are not wanted.
            adjoint=diffrax.ForwardMode(),
            max_steps=100_000,
        ).ys

    return run


def of_diffrax(task: Task, style: str) -> Solver:
    """The state at the end alone."""
    np, jax = imported("numpy"), imported("jax")
    y0 = np.array(task.problem.y0)

    @functools.cache
    def compiled() -> Callable[[Any], Any]:
        made: Callable[[Any], Any] = jax.jit(diffrax_run(task))
        return made

    # An ndarray is there only when JAX has finished.
    return Solver(
        lambda: np.asarray(compiled()(y0)), lambda states: Found(checked_columns(task, states.T))
    )


def heyoka_system(problem: Problem) -> list[tuple[Any, Any]]:
    """The variables and their derivatives, as heyoka's expressions."""
    hy: Any = imported("heyoka")
    f = problem.rhs(list, SimpleNamespace(sin=hy.sin, cos=hy.cos, pi=math.pi))
    names = hy.make_vars(*(f"x{i}" for i in range(problem.n)))
    return list(zip(names, f(0.0, names)))


def of_heyoka(task: Task, style: str) -> Solver:
    """Taylor's method, whose order the tolerance decides. The state at the end alone."""
    hy: Any = imported("heyoka")
    problem = task.problem

    @functools.cache
    def integrator() -> Any:
        return hy.taylor_adaptive(heyoka_system(problem), list(problem.y0), tol=task.tolerance)

    def solve() -> Any:
        made = integrator()
        made.time = 0.0
        made.state[:] = problem.y0
        outcome = made.propagate_until(problem.t_end)[0]
        if outcome != hy.taylor_outcome.time_limit:
            raise RuntimeError(f"heyoka stops: {outcome}")
        return made.state

    return Solver(solve, lambda state: Found([[float(number) for number in state]]))


# By the word before the dot of a style.
MAKERS: dict[str, Callable[[Task, str], Solver]] = {
    "scipy": of_scipy,
    "piconumpy": of_piconumpy,
    "callback": of_callback,
    "fixed": of_fixed,
    "cyrk": of_cyrk,
    "cyrk_numba": of_cyrk_numba,
    "numbalsoda": of_numbalsoda,
    "diffrax": of_diffrax,
    "heyoka": of_heyoka,
}


def make(specification: str, task: Task) -> Solver:
    """The solver that PACKAGES:MAKER.STYLE names; the packages are those whose versions count."""
    maker, _, style = specification.partition(":")[2].partition(".")
    return MAKERS[maker](task, style)
