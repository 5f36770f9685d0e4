# SPDX-License-Identifier: BSD-3-Clause
"""Integrators of ordinary differential equations.

>>> from piconumpy import array, jit
>>> from piconumpy.integrate import solve_ivp
>>> @jit
... def decay(t, y):
...     return [-0.5 * y[0]]
>>> solution = solve_ivp(decay, (0.0, 10.0), [2.0], rtol=1e-8)
>>> float(solution.y[0, -1])
0.0134758...
"""

from ._ensemble import solve_ensemble
from ._fixed import rk4
from ._solve_ivp import solve_ivp

__all__ = ["rk4", "solve_ensemble", "solve_ivp"]
