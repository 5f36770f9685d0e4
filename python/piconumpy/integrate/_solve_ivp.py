# SPDX-License-Identifier: BSD-3-Clause
"""solve_ivp: SciPy's function of that name, with the integrators of libpicokernels."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from .. import _backend
from .._trace.loops import step_count
from . import _functions, _progress, _results

__all__ = [
    "EXPLICIT",
    "MESSAGES",
    "NATIVE",
    "OPTIONS",
    "Event",
    "Problem",
    "events_of",
    "positive_count",
    "solve_ivp",
    "step_limits",
    "times_of",
    "tolerances_of",
    "warn_of_unknown",
]

NATIVE = {"RK45": 0, "RK23": 1, "DOP853": 2, "Rodas5P": 3}  # pk_ode_method
EXPLICIT = ("RK23", "RK45", "DOP853")
_OF_SCIPY = ("Radau", "BDF", "LSODA")
OPTIONS = ("rtol", "atol", "first_step", "max_step")
_EPSILON = 2.0**-52

_FAILED = "Required step size is less than spacing between numbers."
MESSAGES = {
    0: "The solver successfully reached the end of the integration interval.",
    1: "A termination event occurred.",
    2: "The callback stopped the integration.",
    -1: _FAILED,
    -2: "The maximum number of steps was reached.",
}


@dataclass
class Event:
    """An event as a problem has it."""

    function: Callable[..., Any]
    direction: float
    last: int  # the run ends at the event of this number; 0: it does not end


@dataclass
class Problem:
    """The checked arguments of solve_ivp."""

    fun: Callable[..., Any]
    t0: float
    t_end: float
    y0: Any  # ndarray
    is_ours: bool  # whether y0 was an array of this package
    t_eval: Any  # ndarray or None
    is_dense: bool
    events: list[Event] | None
    arguments: tuple[Any, ...]
    mode: bool | str | None
    event_parts: int
    max_steps: int

    @property
    def n(self) -> int:
        return len(self.y0)

    @property
    def state_form(self) -> tuple[str, int]:
        return ("array" if self.is_ours else "ndarray", self.n)


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Sequence[float],
    y0: Any,
    method: Any = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = None,
    *,
    jit: bool | str | None = None,
    callback: Callable[[float, Any], Any] | None = None,
    max_steps: int | None = None,
    event_parts: int = 1,
    extra_outputs: bool = False,
    progress: bool = False,
    **options: Any,
) -> Any:
    """Solve an initial value problem of ordinary differential equations.

    It takes the arguments of ``scipy.integrate.solve_ivp``, makes the same steps, and returns the
    same fields. A right-hand side that ``piconumpy.jit`` has decorated runs natively.

    Parameters
    ----------
    fun : callable
        The right-hand side: ``fun(t, y)`` is the derivative of the state y, shape (n,), at the time
        t. It returns n numbers in an ndarray, array, list, or tuple. y is an ndarray, or an array
        of this package if y0 is one, which takes the function less time. An object y that the
        function does not keep is used for its next call.
    t_span : two floats
        The times of the begin and of the end, which may be earlier.
    y0 : array_like, shape (n,)
        The state at the begin: finite real numbers.
    method : str or OdeSolver
        'RK45' (default), 'RK23', 'DOP853': explicit Runge-Kutta methods, which run natively.
        'Rodas5P': a Rosenbrock method of order 5 for stiff problems with up to about 20 equations,
        which runs natively too. SciPy does not have it. 'Radau', 'BDF', 'LSODA', or a class derived
        from SciPy's OdeSolver: those of SciPy, which has to be installed. Methods for stiff
        problems get the Jacobian of a traced function by themselves.
    t_eval : array_like, optional
        The times at which the solution is stored, sorted and within t_span. By default, the ends of
        all steps.
    dense_output : bool
        Whether to return a continuous solution in `sol`.
    events : callable or list of callables, optional
        Functions ``event(t, y)``, at whose zeros events occur. Their attributes `terminal` (bool or
        int: the run ends at the first, or at this many) and `direction` (positive: only where the
        function rises; negative: only where it falls) count as in SciPy.
    vectorized : bool
        Whether fun takes y of shape (n, k).
    args : tuple, optional
        Further arguments of fun, events, and jac. Of traced functions, floats and arrays among them
        are parameters: new numbers need no new trace.
    jit : None, "auto", or bool
        What is traced as by ``piconumpy.jit``: None, functions with that decorator; "auto", all
        functions that can be; True, all functions, with TraceError for one that can't be; False,
        none. What was read from outside is read once for the whole run.
    callback : callable, optional
        ``callback(t, y)`` is called after each step. If it returns a true value, the run ends with
        status 2.
    max_steps : int, optional
        The largest number of steps. A run that needs more ends with status -2.
    event_parts : int
        In how many equal parts of a step signs of events are compared. With 1, as in SciPy, two
        zeros of an event in one step are missed.
    extra_outputs : bool
        Whether fun returns a pair: the derivative, and further numbers. Those at the stored times
        are in `extra` of the result, shape (m, n_points).
    progress : bool
        Whether to show a progress bar. It needs the package rich.
    **options
        Further options are

        rtol, atol : float or array_like, shape (n,), defaults 1e-3 and 1e-6
            The estimated error of a step is at most ``atol + rtol * abs(y)``.
        first_step, max_step : float
            The length of the first step, and the greatest length.
        jac : callable or array_like, shape (n, n)
            The Jacobian d fun_i / d y_j, as in SciPy: ``jac(t, y)``, or a constant. Without it,
            that of a traced function is derived. Of another one, it is computed by forward
            differences.
        jac_sparsity, lband, uband, min_step
            As in SciPy, for its methods.

    Returns
    -------
    OdeResult
        That of SciPy if ``scipy.integrate`` was imported, else an equal one, with the fields

        t : ndarray of float64, shape (n_points,)
            The times at which the state is stored.
        y : ndarray of float64, shape (n, n_points)
            The states at these times.
        sol : OdeSolution or None
            ``sol(t)`` is the state at any time of the run.
        t_events, y_events : list of ndarrays, or None
            The times of each event, and the states there.
        nfev, njev, nlu : int
            Numbers of evaluations of fun and of its Jacobian, and of LU decompositions. For
            'Rodas5P', nfev counts the evaluations for differences too.
        status : int
            0: the end was reached; 1: a terminal event; 2: the callback; -1: a step was too short;
            -2: max_steps.
        message : str
            Why the run ended, in words.
        success : bool
            Whether status is not negative.
        nsteps : int
            The number of steps.
        engine : str
            What ran fun: "machine code", "interpreter" (of programs), or "Python" and why.

    Raises
    ------
    ValueError, TypeError
        For wrong arguments, as in SciPy. Complex states are refused.
    TraceError
        If a function can't be traced that has to be.
    Exception
        What fun, an event, or the callback raises.

    Notes
    -----
    The methods are described in the header picokernels/integrate.h, with their sources.

    Examples
    --------
    >>> from piconumpy import jit
    >>> from piconumpy.integrate import solve_ivp
    >>> @jit
    ... def lotka_volterra(t, z, a, b, c, d):
    ...     x, y = z
    ...     return [a * x - b * x * y, -c * y + d * x * y]
    >>> found = solve_ivp(lotka_volterra, (0, 15), [10, 5], args=(1.5, 1.0, 3.0, 1.0))
    >>> found.message, found.nfev
    ('The solver successfully reached the end of the integration interval.', 470)
    """
    import numpy as np

    is_known = isinstance(method, str) and (method in NATIVE or method in _OF_SCIPY)
    if not is_known and not _is_solver_class(method):
        names = ", ".join((*NATIVE, *_OF_SCIPY))
        raise ValueError(f"`method` must be one of {names} or OdeSolver class.")
    t0, t_end = map(float, t_span)
    arguments = _arguments(args)
    if jit not in (None, "auto", True, False):
        raise ValueError(f'jit must be None, "auto", True, or False, not {jit!r}')
    stored = None if t_eval is None else times_of(t_eval, t0, t_end)
    start = _state(y0)
    mode: bool | str | None = jit
    function = fun
    if extra_outputs:
        function = _functions.first_output_of(fun)
        if mode is None and _functions.is_jitted(fun):
            mode = "auto"
    if vectorized:
        function, mode = _column_function(function), False
    problem = Problem(
        fun=function,
        t0=t0,
        t_end=t_end,
        y0=start,
        is_ours=type(y0) is _backend.array,
        t_eval=stored,
        is_dense=bool(dense_output),
        events=None if events is None else events_of(events),
        arguments=arguments,
        mode=mode,
        event_parts=positive_count(event_parts, "event_parts"),
        max_steps=0 if max_steps is None else positive_count(max_steps, "max_steps"),
    )
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, not {type(callback).__name__}")
    of_columns = fun if vectorized else None
    if progress:
        with _progress.shown(t0, t_end, callback) as observer:
            found = _solved(problem, method, options, observer, of_columns)
    else:
        found = _solved(problem, method, options, callback, of_columns)
    if extra_outputs:
        rows = [
            np.asarray(fun(t, y, *arguments)[1], dtype=float).reshape(-1)
            for t, y in zip(found["t"].tolist(), found["y"].T)
        ]
        found["extra"] = np.array(rows).T
    return _results.result_type()(**found)


def _is_solver_class(method: Any) -> bool:
    if not isinstance(method, type):
        return False
    from . import _scipy

    return _scipy.is_solver_class(method)


def _solved(
    problem: Problem, method: Any, options: dict[str, Any], observer: Any, of_columns: Any
) -> dict[str, Any]:
    if isinstance(method, str) and method in NATIVE:
        return _solve_natively(problem, method, options, observer)
    from . import _scipy

    return _scipy.solve(problem, method, options, observer, of_columns)


def _solve_natively(
    problem: Problem, method: str, options: dict[str, Any], observer: Any
) -> dict[str, Any]:
    import numpy as np

    is_implicit = method not in EXPLICIT
    warn_of_unknown(options, (*OPTIONS, "jac") if is_implicit else OPTIONS, 4)
    rtol, atol = tolerances_of(options, problem.n)
    limits = step_limits(options, abs(problem.t_end - problem.t0))
    form, arguments, mode = problem.state_form, problem.arguments, problem.mode
    function = _functions.traced(problem.fun, form, arguments, problem.n, mode)
    events = [
        (_functions.traced(event.function, form, arguments, 1, mode), event)
        for event in problem.events or ()
    ]
    jacobian, time_derivative = None, None
    if is_implicit:
        jacobian, time_derivative = _functions.derivatives_of(
            function, options.get("jac"), arguments, problem.n
        )
    solution = _backend.solve_ode(
        NATIVE[method],
        function.as_tuple,
        jacobian,
        time_derivative,
        problem.t0,
        problem.t_end,
        _backend.array(problem.y0),
        rtol,
        atol,
        *limits,
        problem.max_steps,
        None if problem.t_eval is None else _backend.array(problem.t_eval.astype(float)),
        problem.is_dense,
        tuple((traced.as_tuple, event.direction, event.last) for traced, event in events),
        problem.event_parts,
        observer,
        None if problem.is_ours else np.empty,
    )
    return _found(problem, solution, function.engine)


def _found(problem: Problem, solution: Any, engine: str) -> dict[str, Any]:
    """The fields of the result."""
    status, points, segments, steps, _, evaluations, jacobians, factorizations = solution.summary
    n = problem.n
    times, states = map(_results.ndarray_of, solution.points())
    found: dict[str, Any] = {
        "t": times if problem.t_eval is None else problem.t_eval[:points].copy(),
        "y": states.reshape(points, n).T,
        "sol": _results.OdeSolution(solution, n) if segments else None,
        "t_events": None,
        "y_events": None,
    }
    if problem.t_eval is not None and points == 0:
        found["t"], found["y"] = [], []  # as in SciPy
    if problem.events is not None:
        found["t_events"], found["y_events"] = [], []
        for i in range(len(problem.events)):
            times, states = map(_results.ndarray_of, solution.event_points(i))
            found["t_events"].append(times)
            # SciPy's list of states is an empty 1-D array where there are none.
            found["y_events"].append(states.reshape(len(times), n) if len(times) else states)
    found.update(
        nfev=evaluations,
        njev=jacobians,
        nlu=factorizations,
        status=status,
        message=MESSAGES[status],
        success=status >= 0,
        nsteps=steps,
        engine=engine,
    )
    return found


# ---- arguments ----------------------------------------------------------------------------------


def _arguments(args: Any) -> tuple[Any, ...]:
    if args is None:
        return ()
    try:
        return tuple(args)
    except TypeError:
        raise TypeError(
            "Supplied 'args' cannot be unpacked. Please supply `args` as a tuple (e.g. "
            f"`args=({args},)`)"
        ) from None


def positive_count(n: Any, name: str) -> int:
    count = step_count(n, name)
    if count == 0:
        raise ValueError(f"{name} must not be 0")
    return count


def _state(y0: Any) -> Any:
    """A copy of y0, as an ndarray of floats."""
    import numpy as np

    state = np.array(y0)
    if state.dtype.kind == "c":
        raise ValueError(
            "`y0` is complex, but the chosen solver does not support integration in a complex "
            "domain. Write the real and the imaginary parts as equations of their own"
        )
    state = state.astype(float, copy=False)
    if state.ndim != 1:
        raise ValueError("`y0` must be 1-dimensional.")
    if not all(map(math.isfinite, state.tolist())):
        raise ValueError("All components of the initial state `y0` must be finite.")
    return state


def times_of(t_eval: Any, t0: float, t_end: float) -> Any:
    import numpy as np

    times = np.array(t_eval)
    if times.ndim != 1:
        raise ValueError("`t_eval` must be 1-dimensional.")
    if np.iscomplexobj(times):
        raise TypeError("`t_eval` must be real.")
    if not np.all((times >= min(t0, t_end)) & (times <= max(t0, t_end))):
        raise ValueError("Values in `t_eval` are not within `t_span`.")
    steps = np.diff(times.astype(float)) * (1 if t_end >= t0 else -1)
    if np.any(steps <= 0):
        raise ValueError("Values in `t_eval` are not properly sorted.")
    return times


def tolerances_of(options: dict[str, Any], n: int) -> tuple[Any, Any]:
    rtol, atol = options.get("rtol", 1e-3), options.get("atol", 1e-6)
    least = 100 * _EPSILON
    if type(rtol) is type(atol) is float and rtol >= least and atol >= 0.0:
        return _backend.array([rtol]), _backend.array([atol])
    import numpy as np

    rtol, atol = np.asarray(rtol, dtype=float), np.asarray(atol, dtype=float)
    if np.any(rtol < least):
        warnings.warn(
            "At least one element of `rtol` is too small. Setting `rtol = np.maximum(rtol, "
            f"{least})`.",
            stacklevel=4,
        )
        rtol = np.maximum(rtol, least)
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance.ndim > 0 and tolerance.shape != (n,):
            raise ValueError(f"`{name}` has wrong shape.")
        if not np.all(tolerance >= 0):
            raise ValueError(f"`{name}` must be positive.")
    return _backend.array(rtol.reshape(-1)), _backend.array(atol.reshape(-1))


def warn_of_unknown(options: dict[str, Any], known: tuple[str, ...], stacklevel: int) -> None:
    unknown = [name for name in options if name not in known]
    if unknown:
        names = ", ".join(f"`{name}`" for name in unknown)
        warnings.warn(
            f"The following arguments have no effect for a chosen solver: {names}.",
            stacklevel=stacklevel,
        )


def step_limits(options: dict[str, Any], length: float) -> tuple[float, float]:
    """The lengths of the first step, 0 if it is to be chosen, and of the longest one."""
    max_step = float(options.get("max_step", math.inf))
    if not max_step > 0:
        raise ValueError("`max_step` must be positive.")
    first_step = options.get("first_step")
    if first_step is None:
        return 0.0, max_step
    if not first_step > 0:
        raise ValueError("`first_step` must be positive.")
    if first_step > length:
        raise ValueError("`first_step` exceeds bounds.")
    return float(first_step), max_step


def events_of(events: Any) -> list[Event]:
    """The events with their attributes, as in SciPy."""
    found = []
    for event in (events,) if callable(events) else events:
        terminal = getattr(event, "terminal", None)
        if terminal is None or terminal == 0:
            last = 0
        elif int(terminal) == terminal and terminal > 0:
            last = int(terminal)
        else:
            raise ValueError(
                "The `terminal` attribute of each event must be a boolean or positive integer."
            )
        found.append(Event(event, float(getattr(event, "direction", 0)), last))
    return found


def _column_function(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes many states, for one."""

    def of_one(t: float, y: Any, *arguments: Any) -> Any:
        import numpy as np

        return np.asarray(fun(t, np.asarray(y)[:, None], *arguments)).ravel()

    return of_one
