# SPDX-License-Identifier: BSD-3-Clause
"""What right-hand sides return, and what solve_ivp returns."""

from __future__ import annotations

import sys
from typing import Any

from .. import _backend

__all__ = ["DenseOutput", "OdeSolution", "ndarray_of", "numbers_of", "result_type"]


def numbers_of(result: Any, n: int) -> Any:
    """n numbers from what a function returned, as NumPy converts and broadcasts it."""
    import numpy as np

    if result is None:
        raise TypeError(f"a function returned None: {n} numbers are needed")
    found = np.asarray(result)
    if np.iscomplexobj(found):
        raise TypeError(
            "a function returned complex numbers: only real systems are solved. Write the real and "
            "the imaginary parts as equations of their own"
        )
    found = np.asarray(found, dtype=float)
    if n == 1 and found.size == 1:
        found = found.reshape(1)
    if found.shape not in ((n,), (1,), ()):
        raise ValueError(
            f"a function returned an array of shape {found.shape}: {n} numbers are needed, one for "
            "each component of the state"
        )
    return np.ascontiguousarray(np.broadcast_to(found, (n,)))


def ndarray_of(array: Any) -> Any:
    """An ndarray with the memory of an array of ours."""
    import numpy as np

    return np.frombuffer(array) if len(array) else np.empty(0)


class DenseOutput:
    """The solution within one step, as SciPy's class of that name.

    Attributes
    ----------
    t_old, t : float
        The times between which it lies.
    t_min, t_max : float
        The same, sorted.
    """

    def __init__(self, solution: Any, n: int, segment: int, t_old: float, t: float) -> None:
        self._solution, self._n, self._segment = solution, n, segment
        self.t_old, self.t = t_old, t
        self.t_min, self.t_max = min(t_old, t), max(t_old, t)

    def __call__(self, t: Any) -> Any:
        """The states, shape (n,) or (n, n_points), at a time or at the times of a 1-D array."""
        return _evaluated(self._solution, self._n, t, self._segment)


def _evaluated(solution: Any, n: int, t: Any, segment: int) -> Any:
    import numpy as np

    times = np.asarray(t, dtype=float)
    if times.ndim > 1:
        raise ValueError("`t` must be a float or a 1-D array.")
    states = ndarray_of(solution.evaluate(_backend.array(times.reshape(-1)), segment))
    return states if times.ndim == 0 else states.reshape(times.size, n).T


class OdeSolution:
    """The solution between the times of a run, as SciPy's class of that name.

    At a time where two steps meet, the earlier one is taken. Outside of the run it extrapolates.

    Attributes
    ----------
    ts : ndarray, shape (n_segments + 1,)
        The times between which the pieces lie.
    t_min, t_max : float
        The ends of the run.
    interpolants : list of DenseOutput
        The pieces.
    """

    def __init__(self, solution: Any, n: int) -> None:
        self._solution, self._n = solution, n
        self.ts = ndarray_of(solution.breaks())
        self.n_segments = len(self.ts) - 1
        self.t_min, self.t_max = sorted((float(self.ts[0]), float(self.ts[-1])))
        self.ascending = bool(self.ts[-1] >= self.ts[0])

    @property
    def interpolants(self) -> list[DenseOutput]:
        times = self.ts.tolist()
        return [
            DenseOutput(self._solution, self._n, i, *times[i : i + 2])
            for i in range(self.n_segments)
        ]

    def __call__(self, t: Any) -> Any:
        """The states, shape (n,) or (n, n_points), at a time or at the times of a 1-D array."""
        return _evaluated(self._solution, self._n, t, -1)


class OdeResult(dict[str, Any]):
    """What solve_ivp found: a dict whose items are attributes too, as SciPy's OdeResult."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        indent = "\n" + " " * (width + 2)
        return "\n".join(
            f"{name:>{width}}: " + str(value).replace("\n", indent) for name, value in self.items()
        )

    def __dir__(self) -> list[str]:
        return list(self)


def result_type() -> Any:
    """SciPy's OdeResult if the program has imported SciPy's integrators, else one like it."""
    module = sys.modules.get("scipy.integrate._ivp.ivp")
    return getattr(module, "OdeResult", OdeResult)
