# SPDX-License-Identifier: BSD-3-Clause
"""Integrators with steps of fixed length.

>>> from piconumpy import array
>>> from piconumpy.integrate import rk4
>>> rk4(lambda t, x: -x, array([1.0]), 0.1, 10)
array([0.3678797744124984])
"""

from __future__ import annotations

from typing import Any, Callable, SupportsIndex, TypeVar, overload

from .._trace import jitted as _jitted
from .._trace import loops as _loops

__all__ = ["rk4"]

_State = TypeVar("_State")


@overload
def rk4(
    f: Callable[[float, Any], Any],
    x0: _State,
    dt: float,
    n: SupportsIndex,
    t0: float = 0.0,
    *,
    every: None = None,
) -> _State: ...
@overload
def rk4(
    f: Callable[[float, Any], Any],
    x0: _State,
    dt: float,
    n: SupportsIndex,
    t0: float = 0.0,
    *,
    every: SupportsIndex,
) -> list[_State]: ...
def rk4(
    f: Callable[[float, Any], Any],
    x0: Any,
    dt: float,
    n: Any,
    t0: float = 0.0,
    *,
    every: Any = None,
) -> Any:
    """Make n steps of the classical fourth-order Runge-Kutta method.

    Parameters
    ----------
    f : callable
        The right-hand side: ``f(t, x)`` is the derivative of the state x at the time t. It is
        traced as by ``jit``, and runs natively; one with ``jit(fastmath=True)`` is fast. If it
        can't be traced, it runs in Python, with one warning.
    x0 : float, array, list, tuple, or ndarray
        The state at t0. In an ndarray of shape (m, k), each of the k columns is a state of its own.
    dt : float
        The length of a step.
    n : int
        The number of steps.
    t0 : float
        The time of the start. The step i begins at ``t0 + i * dt``.
    every : int, optional
        Asks for a list of the states after each `every` steps.

    Returns
    -------
    state, or list of states if `every` is given
        The bits of ``x + (k1 + 2 * k2 + 2 * k3 + k4) / 6``, computed in Python. It has the type and
        the shape of x0, and memory of its own.

    Raises
    ------
    TypeError
        If f is not callable, or n or every is not an integer; if f returns something else than a
        state like x0.
    ValueError
        If n is negative, or every is not positive.
    Exception
        What f raises.

    Notes
    -----
    W. Kutta, "Beitrag zur näherungsweisen Integration totaler Differentialgleichungen", Z. Math.
    Phys. 46 (1901), p. 435. What f reads from outside, such as global variables, is read once for
    the whole run.

    Examples
    --------
    >>> from piconumpy import array
    >>> from piconumpy.integrate import rk4
    >>> rk4(lambda t, x: -x, array([1.0, 2.0]), 0.1, 10)
    array([0.3678797744124984, 0.7357595488249968])
    >>> rk4(lambda t, x: -x, 1.0, 0.25, 4, every=2)
    [0.6065428256988525, 0.3678941994067486]
    """
    if not callable(f):
        raise TypeError(f"f must be callable, not {type(f).__name__}")
    count = _loops.step_count(n, "n")
    pace = None if every is None else _loops.step_count(every, "every")
    if pace == 0:
        raise ValueError("every must not be 0")
    engine = _loops.rk4_engine(f)
    extra = (float(dt), float(t0))
    if every is None:
        found = _loops.rk4_again(engine, x0, *extra, count)
        if found is not None:
            return found
    if _jitted.IS_SWITCHED_OFF:
        found = _loops.in_python(engine.function, (x0, 0.0), extra, count, pace)
    else:
        found = _loops.iterate_engine(engine, (x0, 0.0), extra, count, pace)
    return found[0] if every is None else [state for state, _ in found]
