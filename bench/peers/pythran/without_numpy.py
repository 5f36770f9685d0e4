"""The functions of bench/without_numpy/problem.py as a user of Transonic writes them."""

# mypy: ignore-errors

from transonic import List, Tuple, boost


def rober(t, y):
    k1 = 0.04
    k2 = 3e7
    k3 = 1e4
    y1, y2, y3 = y
    dy1 = -k1 * y1 + k3 * y2 * y3
    dy2 = k1 * y1 - k2 * y2**2 - k3 * y2 * y3
    dy3 = k2 * y2**2
    return dy1, dy2, dy3


@boost
def accumulate(repeats: int, states: List[Tuple[float, float, float]]):
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
