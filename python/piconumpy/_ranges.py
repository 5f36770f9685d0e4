# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of evenly spaced numbers, with the arithmetic of NumPy's functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, overload

from ._backend import array, empty
from ._conversion import length_value, named_value

if TYPE_CHECKING:
    from typing import Literal, SupportsFloat, SupportsIndex, Union

    _Real = Union[SupportsFloat, SupportsIndex]

__all__ = ["arange", "linspace"]

_FROM_RANGE = 64  # so many numbers come from a loop, the rest from sums of arrays


def _counted(n: int) -> array:
    """0, 1, ..., n - 1."""
    values = empty(n)
    done = min(n, _FROM_RANGE)
    values[:done] = range(done)
    while done < n:
        more = min(done, n - done)
        values[done : done + more] = values[:more] + done
        done += more
    return values


@overload
def linspace(
    start: _Real,
    stop: _Real,
    num: SupportsIndex = 50,
    endpoint: bool = True,
    retstep: Literal[False] = False,
) -> array: ...
@overload
def linspace(
    start: _Real,
    stop: _Real,
    num: SupportsIndex = 50,
    endpoint: bool = True,
    *,
    retstep: Literal[True],
) -> tuple[array, float]: ...
@overload
def linspace(
    start: _Real, stop: _Real, num: SupportsIndex, endpoint: bool, retstep: Literal[True]
) -> tuple[array, float]: ...
def linspace(
    start: _Real,
    stop: _Real,
    num: SupportsIndex = 50,
    endpoint: bool = True,
    retstep: bool = False,
) -> array | tuple[array, float]:
    """Evenly spaced numbers from start to stop, with the bits of ``numpy.linspace``.

    Parameters
    ----------
    start, stop : real number
        The ends.
    num : int
        How many numbers.
    endpoint : bool
        Whether stop is the last number. Without it, the numbers end one step earlier.
    retstep : bool
        Whether to return the step too.

    Returns
    -------
    array, or a tuple of array and step. The step is nan if there are not two ends.

    Raises
    ------
    TypeError
        If num is not an integer, or start or stop is not a real number.
    ValueError
        If num is negative.

    Examples
    --------
    >>> from piconumpy import linspace
    >>> linspace(0, 1, 5)
    array([0.0, 0.25, 0.5, 0.75, 1.0])
    >>> linspace(0, 1, 4, endpoint=False, retstep=True)
    (array([0.0, 0.25, 0.5, 0.75]), 0.25)
    """
    first, last = named_value(start, "start"), named_value(stop, "stop")
    n = length_value(num, "num")
    intervals = n - 1 if endpoint else n
    values = _counted(n)
    width = last - first
    step = width / intervals if intervals > 0 else math.nan
    if intervals > 0 and step != 0:
        values *= step
    else:  # the quotient can be too small for a float, though the products are not
        values /= max(intervals, 1)
        values *= width
    values += first
    if endpoint and n > 1:
        values[n - 1] = last
    return (values, step) if retstep else values


@overload
def arange(start: _Real, stop: None = None, step: _Real = 1) -> array: ...
@overload
def arange(start: _Real, stop: _Real, step: _Real = 1) -> array: ...
def arange(start: _Real, stop: _Real | None = None, step: _Real = 1) -> array:
    """Numbers from start until before stop, with the bits of ``numpy.arange`` on floats.

    ``arange(stop)`` starts at 0. Rounding can add a number at stop: to get a certain count, use
    linspace.

    Parameters
    ----------
    start, stop : real number
        The first number, and the limit, which is not included.
    step : real number
        The distance between two numbers, also negative.

    Raises
    ------
    TypeError
        If an argument is not a real number.
    ZeroDivisionError
        If step is 0.
    ValueError
        If the count is not finite.

    Examples
    --------
    >>> from piconumpy import arange
    >>> arange(4)
    array([0.0, 1.0, 2.0, 3.0])
    >>> arange(1, 2, 0.25)
    array([1.0, 1.25, 1.5, 1.75])
    """
    if stop is None:
        start, stop = 0.0, start
    first, last = named_value(start, "start"), named_value(stop, "stop")
    distance = named_value(step, "step")
    if distance == 0:
        raise ZeroDivisionError("step must not be zero")
    steps = (last - first) / distance
    if not math.isfinite(steps):
        raise ValueError(
            f"no array has so many numbers: start {first}, stop {last}, step {distance}"
        )
    if steps == 0 and first != last:  # too small for a float
        n = int(math.copysign(1, steps) > 0)
    else:
        n = max(math.ceil(steps), 0)
    # As NumPy: every number is start plus a multiple of the difference of the first two.
    second = first + distance
    values = _counted(n)
    values *= second - first
    values += first
    if n > 1:
        values[1] = second
    if n > 0:
        values[0] = first
    return values
