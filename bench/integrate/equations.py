"""Right-hand sides besides that of the board: the source that every row runs.

They are written as a user of SciPy would write them. A row brings its own `array` and functions;
bench/integrate/problems.py puts them into a fresh copy of this module.
"""

# ruff: noqa: F821

import math
from typing import Any

array: Any  # put here by the loader


def lotka_volterra(t: float, X: Any) -> Any:
    """Hares and lynxes, in units of their equilibrium's size."""
    x = X[0]
    y = X[1]
    return array([1.5 * x - x * y, x * y - 3.0 * y])


def pendulum(t: float, X: Any) -> Any:
    """A pendulum with friction: angle and angular velocity."""
    a = X[0]
    w = X[1]
    return array([w, -0.25 * w - 5.0 * math.sin(a)])


def lorenz(t: float, X: Any) -> Any:
    """E. N. Lorenz, "Deterministic nonperiodic flow", J. Atmos. Sci. 20 (1963), p. 130."""
    x = X[0]
    y = X[1]
    z = X[2]
    return array([10.0 * (y - x), x * (28.0 - z) - y, x * y - (8.0 / 3.0) * z])


def arenstorf(t: float, X: Any) -> Any:
    """A satellite of the Earth and the Moon, in coordinates that turn with them.

    E. Hairer, S. P. Norsett, G. Wanner, "Solving Ordinary Differential Equations I", p. 129.
    """
    m = 0.012277471
    n = 1.0 - m
    x = X[0]
    y = X[1]
    u = X[2]
    v = X[3]
    a = ((x + m) ** 2 + y**2) ** 1.5
    b = ((x - n) ** 2 + y**2) ** 1.5
    return array(
        [u, v, x + 2 * v - n * (x + m) / a - m * (x - n) / b, y - 2 * u - n * y / a - m * y / b]
    )


def robertson(t: float, X: Any) -> Any:
    """H. H. Robertson's three reactions: E. Hairer, G. Wanner, "Solving Ordinary Differential
    Equations II", 2nd ed. (1996), p. 3."""
    x = X[0]
    y = X[1]
    z = X[2]
    a = 0.04 * x
    b = 1e4 * y * z
    c = 3e7 * y * y
    return array([b - a, a - b - c, c])


def hires(t: float, X: Any) -> Any:
    """High irradiance responses of plants: Hairer, Wanner, section IV.10."""
    a = X[0]
    b = X[1]
    c = X[2]
    d = X[3]
    e = X[4]
    f = X[5]
    g = X[6]
    h = X[7]
    s = 280.0 * f * h
    return array(
        [
            -1.71 * a + 0.43 * b + 8.32 * c + 0.0007,
            1.71 * a - 8.75 * b,
            -10.03 * c + 0.43 * d + 0.035 * e,
            8.32 * b + 1.71 * c - 1.12 * d,
            -1.745 * e + 0.43 * f + 0.43 * g,
            -s + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g,
            s - 1.81 * g,
            -s + 1.81 * g,
        ]
    )


def van_der_pol(t: float, X: Any) -> Any:
    """B. van der Pol's oscillator with mu = 1000, in the time of its slow phase."""
    x = X[0]
    y = X[1]
    return array([y, 1000.0 * (1.0 - x * x) * y - x])
