"""What the original project published of this problem: times divided by Julia's, 8 December 2020.

Its Cython and purepy_array rows stored float32; ours store float64.
"""

from __future__ import annotations

DATE = "8 December 2020"
# The machines, with Julia's seconds there.
MACHINES = {"i5-8400": 0.00194, "Xeon E5-1603 v3": 0.00534}
COLUMNS = {"cpython": "CPython", "pypy": "PyPy3"}

# By the name of the row and the machine, a ratio for each of COLUMNS. None: not published.
RATIOS: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "julia": {"i5-8400": (1, 1), "Xeon E5-1603 v3": (1, 1)},
    "capi": {"i5-8400": (9.03, 33.3), "Xeon E5-1603 v3": (4.7, 17.8)},
    "hpy_cpython": {"i5-8400": (9.87, None), "Xeon E5-1603 v3": (None, None)},
    "hpy": {"i5-8400": (12.5, 15), "Xeon E5-1603 v3": (None, None)},
    "pythran": {"i5-8400": (0.546, 0.629), "Xeon E5-1603 v3": (0.564, 0.603)},
    "numpy": {"i5-8400": (37.5, 332), "Xeon E5-1603 v3": (18.2, 183)},
    "purepy": {"i5-8400": (39.2, 4.36), "Xeon E5-1603 v3": (23.7, 2.4)},
    "purepy_array": {"i5-8400": (37.1, 7.69), "Xeon E5-1603 v3": (21.7, 3.73)},
    "cython": {"i5-8400": (28.5, 247), "Xeon E5-1603 v3": (15.6, 135)},
}


def ratio(row: str, machine: str, implementation: str) -> float | None:
    """What was published for that row, if anything."""
    pair = RATIOS.get(row, {}).get(machine)
    if pair is None or implementation not in COLUMNS:
        return None
    return pair[list(COLUMNS).index(implementation)]
