"""Robertson's chemical reactions on plain tuples, as a Python user writes them."""

from __future__ import annotations

State = tuple[float, float, float]


def rober(t: float, y: State) -> State:
    """The derivative of the concentrations y at the time t."""
    k1 = 0.04
    k2 = 3e7
    k3 = 1e4
    y1, y2, y3 = y
    dy1 = -k1 * y1 + k3 * y2 * y3
    dy2 = k1 * y1 - k2 * y2**2 - k3 * y2 * y3
    dy3 = k2 * y2**2
    return dy1, dy2, dy3


def accumulate(repeats: int, states: list[State]) -> State:
    """The sums of the derivatives at all the states, so many times over.

    The states come from outside and every result is added: a compiler cannot know that they are
    equal, take a call out of the loop, or leave one out.
    """
    sum1 = 0.0
    sum2 = 0.0
    sum3 = 0.0
    for _ in range(repeats):
        for y in states:
            dy1, dy2, dy3 = rober(0.0, y)
            sum1 += dy1
            sum2 += dy2
            sum3 += dy3
    return sum1, sum2, sum3
