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
