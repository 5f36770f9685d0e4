# SPDX-License-Identifier: BSD-3-Clause
"""Many runs of one problem: in SIMD lanes, and on threads, processes, or clusters."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from .. import _backend
from .._trace import structure
from . import _checkpoint, _functions, _progress, _results, _solve_ivp

__all__ = ["solve_ensemble"]

_SERIAL_CHUNK = 4096  # members, where nobody waits for parts
_LEAST_CHUNK = 64
_CHUNKS_PER_WORKER = 4


class EnsembleResult(_results.OdeResult):
    """What solve_ensemble found: a dict whose items are attributes too."""


@dataclass
class _Task:
    """What all members have in common. It is sent to workers."""

    fun: Callable[..., Any]
    t_span: tuple[float, float]
    method: Any
    t_eval: Any  # ndarray or None
    events: Any
    mode: bool | str | None
    max_steps: int | None
    options: dict[str, Any]
    has_params: bool

    @property
    def points(self) -> int:
        return 1 if self.t_eval is None else len(self.t_eval)


@dataclass
class _Chunk:
    """The results of some members."""

    t: Any  # (members,): where each run ended
    y: Any  # (members, n, points)
    status: Any
    nfev: Any
    steps: Any
    errors: dict[int, BaseException]  # by the position in the chunk
    t_events: list[Any] | None
    y_events: list[Any] | None
    engine: str


def solve_ensemble(
    fun: Callable[..., Any],
    t_span: Sequence[float],
    y0: Any,
    params: Any = None,
    method: Any = "RK45",
    t_eval: Any = None,
    events: Any = None,
    executor: concurrent.futures.Executor | None = None,
    chunk: int | None = None,
    progress: bool = False,
    checkpoint: Any = None,
    *,
    jit: bool | str | None = None,
    max_steps: int | None = None,
    **options: Any,
) -> EnsembleResult:
    """Solve an initial value problem for many initial states and parameters.

    Each member has adaptive steps of its own, and the result of ``solve_ivp`` for it alone, bit for
    bit, wherever it ran. (With ``jit(fastmath=True)``, last bits may differ.)

    Parameters
    ----------
    fun : callable
        The right-hand side: ``fun(t, y, *params[i])`` for member i. If ``piconumpy.jit`` has
        decorated it, the members run natively, without the GIL; those of the explicit methods
        without events run in SIMD lanes (DOP853: without t_eval).
    t_span : two floats
        The times of the begin and of the end, which may be earlier.
    y0 : array_like, shape (m, n)
        The initial states. One of shape (n,) serves all members.
    params : array_like, shape (m, p) or (m,), optional
        Further arguments of fun and of events, all of them numbers.
    method, t_eval, events, jit, max_steps, **options
        As in ``solve_ivp``. Without t_eval, only the state at the end is stored.
    executor : concurrent.futures.Executor, optional
        Where chunks of members run: a ThreadPoolExecutor, a ProcessPoolExecutor, what
        ``client.get_executor()`` of dask.distributed returns, or an MPIPoolExecutor of mpi4py. For
        others than threads, fun has to be picklable: a function of a module, or a jitted one.
    chunk : int, optional
        How many members run together.
    progress : bool
        Whether to show a progress bar. It needs the package rich.
    checkpoint : path, optional
        A file in which finished chunks are stored. A second run with the same arguments takes them
        from there, also if the first one was killed.

    Returns
    -------
    EnsembleResult
        A dict whose items are attributes too, with

        t : ndarray of float64
            t_eval; without it, the time at which each run ended, shape (m,).
        y : ndarray of float64
            The states, shape (m, n, len(t_eval)); without t_eval, shape (m, n). They are NaN where
            a run had ended before.
        status, success : ndarray, shape (m,)
            As in ``solve_ivp``; -3 for members that raised an exception.
        nfev, nsteps : ndarray, shape (m,)
            Evaluations of fun, and steps.
        errors : dict
            The exception of each member that raised one, by its index.
        t_events, y_events : list, or None
            For each member what ``solve_ivp`` returns.
        engine : str
            What ran fun.

    Raises
    ------
    ValueError, TypeError
        For wrong arguments; also if the checkpoint is of another ensemble.

    Examples
    --------
    >>> import numpy as np
    >>> from piconumpy import jit
    >>> from piconumpy.integrate import solve_ensemble
    >>> @jit
    ... def decay(t, y, rate):
    ...     return [-rate * y[0]]
    >>> found = solve_ensemble(decay, (0, 1), [1.0], params=[0.5, 1.0, 2.0], rtol=1e-8, atol=1e-8)
    >>> found.y.shape
    (3, 1)
    >>> bool(np.allclose(found.y[:, 0], np.exp([-0.5, -1.0, -2.0]), rtol=1e-6))
    True
    """
    import numpy as np

    states, rows = _members(y0, params)
    t0, t_end = map(float, t_span)
    if "dense_output" in options:
        raise TypeError("solve_ensemble has no dense_output: give the times in t_eval")
    task = _Task(
        fun=fun,
        t_span=(t0, t_end),
        method=method,
        t_eval=None if t_eval is None else _solve_ivp.times_of(t_eval, t0, t_end),
        events=events,
        mode=jit,
        max_steps=max_steps,
        options=options,
        has_params=rows is not None,
    )
    count = len(states)
    size = _chunk_size(chunk, count, executor)
    starts = range(0, count, size)
    with _checkpoint.opened(checkpoint, task, states, rows, size) as store:
        stored = ((start, store.get(start)) for start in starts)
        done = {start: result for start, result in stored if result is not None}
        missing = [start for start in starts if start not in done]
        with _progress.counted(progress, count, sum(len(c.t) for c in done.values())) as advance:
            for start, result in _results_of(task, states, rows, size, missing, executor, advance):
                store[start] = done[start] = result
    chunks = [done[start] for start in starts]
    if not chunks:
        chunks = [_run_chunk(task, states, rows, None)]
    joined = {
        name: np.concatenate([getattr(one, name) for one in chunks])
        for name in ("t", "y", "status", "nfev", "steps")
    }
    errors = {
        start + i: error for start, one in zip(starts, chunks) for i, error in one.errors.items()
    }
    has_events = events is not None
    return EnsembleResult(
        t=joined["t"] if task.t_eval is None else task.t_eval,
        y=joined["y"][:, :, 0] if task.t_eval is None else joined["y"],
        t_events=[e for one in chunks for e in one.t_events or ()] if has_events else None,
        y_events=[e for one in chunks for e in one.y_events or ()] if has_events else None,
        nfev=joined["nfev"],
        nsteps=joined["steps"],
        status=joined["status"],
        success=joined["status"] >= 0,
        errors=errors,
        engine=chunks[0].engine,
    )


def _members(y0: Any, params: Any) -> tuple[Any, Any]:
    """The states (m, n) and the parameters (m, p), or None."""
    import numpy as np

    states = np.asarray(y0)
    if np.iscomplexobj(states):
        raise ValueError("`y0` is complex: only real systems are solved")
    states = np.array(states, dtype=float)
    rows = None
    if params is not None:
        rows = np.array(params, dtype=float)
        if rows.ndim == 1:
            rows = rows[:, None]
        if rows.ndim != 2:
            raise ValueError(f"`params` has {rows.ndim} dimensions: 1 or 2 are needed")
    if states.ndim == 1 and rows is not None:
        states = np.tile(states, (len(rows), 1))
    if states.ndim != 2:
        raise ValueError(f"`y0` has {states.ndim} dimensions: 2, the members and their states")
    if rows is not None and len(rows) != len(states):
        raise ValueError(f"`y0` has {len(states)} members, and `params` has {len(rows)}")
    wrong = np.nonzero(~np.isfinite(states).all(axis=1))[0]
    if len(wrong):
        raise ValueError(f"the state of member {wrong[0]} in `y0` is not finite")
    return states, rows


def _chunk_size(chunk: int | None, count: int, executor: Any) -> int:
    if chunk is not None:
        return _solve_ivp.positive_count(chunk, "chunk")
    if executor is None:
        return _SERIAL_CHUNK
    workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return max(_LEAST_CHUNK, -(-count // (workers * _CHUNKS_PER_WORKER)))


def _results_of(
    task: _Task,
    states: Any,
    rows: Any,
    size: int,
    starts: Sequence[int],
    executor: concurrent.futures.Executor | None,
    advance: Callable[[int], None],
) -> Any:
    """Pairs of a chunk's first member and its results, in the order in which they are complete."""

    def parts(start: int) -> tuple[Any, Any]:
        return states[start : start + size], None if rows is None else rows[start : start + size]

    if executor is None:
        for start in starts:
            yield start, _run_chunk(task, *parts(start), advance)
        return
    futures = {executor.submit(_run_chunk, task, *parts(start), None): start for start in starts}
    try:
        for future in concurrent.futures.as_completed(futures):
            found = future.result()
            advance(len(found.t))
            yield futures[future], found
    finally:
        for future in futures:
            future.cancel()


# ---- in a worker --------------------------------------------------------------------------------


def _run_chunk(
    task: _Task, states: Any, rows: Any, advance: Callable[[int], None] | None
) -> _Chunk:
    """Solves some members. It runs in a worker if there is an executor."""
    import numpy as np

    m, n = states.shape
    made = _Chunk(
        t=np.full(m, task.t_span[0]),
        y=np.full((m, n, task.points), np.nan),
        status=np.full(m, -3),
        nfev=np.zeros(m, dtype=int),
        steps=np.zeros(m, dtype=int),
        errors={},
        t_events=None if task.events is None else [None] * m,
        y_events=None if task.events is None else [None] * m,
        engine="",
    )
    left = range(m)
    if task.events is None and task.method in _solve_ivp.EXPLICIT:
        left = _run_natively(task, made, states, rows, advance)
    for i in left:
        _run_alone(task, made, i, states[i], None if rows is None else rows[i])
        if advance is not None:
            advance(1)
    return made


def _run_natively(
    task: _Task, made: _Chunk, states: Any, rows: Any, advance: Callable[[int], None] | None
) -> Any:
    """Runs the members together, if the function is traced. Returns those that are left."""
    import numpy as np

    m, n = states.shape
    first = () if rows is None or m == 0 else tuple(rows[0].tolist())
    if m == 0:
        return range(0)
    function = _functions.traced(task.fun, ("ndarray", n), first, n, task.mode)
    made.engine = function.engine
    if function.program is None or structure.count_of(function.signature.forms[0]) != 1:
        return range(m)
    _solve_ivp.warn_of_unknown(task.options, _solve_ivp.OPTIONS, 5)
    length = task.t_span[1] - task.t_span[0]
    limits = _solve_ivp.step_limits(task.options, abs(length))
    rtol, atol = _solve_ivp.tolerances_of(task.options, n)
    before = 0

    def report(done: int) -> None:
        nonlocal before
        assert advance is not None
        advance(done - before)
        before = done

    status, outcomes, nfev, steps, points, times, numbers = map(
        _results.ndarray_of,
        _backend.solve_ensemble(
            _solve_ivp.NATIVE[task.method],
            function.program,
            *task.t_span,
            m,
            _backend.array(states.reshape(-1)),
            _backend.array([] if rows is None else rows.reshape(-1)),
            rtol,
            atol,
            *limits,
            0 if task.max_steps is None else task.max_steps,
            None if task.t_eval is None else _backend.array(task.t_eval.astype(float)),
            None if advance is None else report,
        ),
    )
    if advance is not None:
        report(m)
    solved = status == 0
    made.status[solved] = outcomes[solved].astype(int)
    made.nfev[:], made.steps[:] = nfev, steps
    counts = points.astype(int)
    places = np.concatenate(([0], np.cumsum(counts)))
    found = numbers.reshape(-1, n)
    if task.t_eval is None:
        made.y[solved, :, 0] = found
        made.t[solved] = times
    else:
        for i in np.nonzero(solved)[0]:
            made.y[i, :, : counts[i]] = found[places[i] : places[i + 1]].T
    # Where a program has no answer, the function itself is called: it raises, as a rule.
    return np.nonzero(~solved)[0].tolist()


def _run_alone(task: _Task, made: _Chunk, i: int, state: Any, row: Any) -> None:
    try:
        found = _solve_ivp.solve_ivp(
            task.fun,
            task.t_span,
            state,
            task.method,
            t_eval=task.t_eval,
            events=task.events,
            args=None if row is None else tuple(row.tolist()),
            jit=task.mode,
            max_steps=task.max_steps,
            **task.options,
        )
    except Exception as error:
        made.errors[i] = error
        return
    made.engine = made.engine or found.engine
    made.status[i] = found.status
    made.nfev[i], made.steps[i] = found.nfev, found.nsteps
    if task.t_eval is None:
        made.t[i] = found.t[-1]
        made.y[i, :, 0] = found.y[:, -1]
    elif len(found.t):
        made.y[i, :, : len(found.t)] = found.y
    if made.t_events is not None and made.y_events is not None:
        made.t_events[i], made.y_events[i] = found.t_events, found.y_events
