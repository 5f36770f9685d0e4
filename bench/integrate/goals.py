"""What the integrators are to reach. Goals are reported; to miss one is no failure."""

from __future__ import annotations

from collections.abc import Mapping

from bench.harness.results import Results
from bench.integrate.jobs import ENSEMBLE, SCIPY_STIFF
from bench.integrate.problems import STIFF
from bench.programs.goals import Goal, median, ratio

# CyRK's callbacks that compute with the items of ndarrays, and all.
CYRK_ITEMS = ("cyrk_return", "cyrk_dy", "cyrk_reuse")
CYRK = (*CYRK_ITEMS, "cyrk_list")
OVER_CALLBACK, OVER_CYRK, PERCENT_OF_SCIPY = 1.15, 0.9, 1.0
EXACT_MS, FAST_MS, READY_MS = 0.19, 0.15, 2.0
# Rodas5P takes at most a fiftieth of the time of SciPy's best method; lanes of AVX-512 a sixth of
# that of one sled after the other.
STIFF_PERCENT = 2.0
LANES = 1 / 6


def fastest(job: Results | None, names: tuple[str, ...]) -> str | None:
    """The one of these rows with the least time."""
    times = {name: median(job, name) for name in names}
    measured = {name: time for name, time in times.items() if time is not None}
    return min(measured, key=measured.__getitem__, default=None)


def milliseconds(job: Results | None, name: str) -> float | None:
    seconds = median(job, name)
    return None if seconds is None else seconds * 1e3


def percent_of_scipy(job: Results | None, name: str) -> float | None:
    value = ratio(job, [name], "scipy")
    return None if value is None else value * 100


def first_call(job: Results | None, name: str) -> float | None:
    row = job.find(name) if job else None
    return None if row is None or row.first_call is None else row.first_call * 1e3


def evaluate(jobs: Mapping[str, Results]) -> list[Goal]:
    plain, compiled, dense = map(jobs.get, ("plain", "compiled", "dense"))
    exact, fast = "piconumpy_jit", "piconumpy_fast"
    return [
        *_plain("RK45", plain),
        Goal("RK45, jit", milliseconds(compiled, exact), EXACT_MS, "ms"),
        Goal("RK45, jit", percent_of_scipy(compiled, exact), PERCENT_OF_SCIPY, "% of SciPy"),
        Goal("RK45, jit, until the first result", first_call(compiled, exact), READY_MS, "ms"),
        Goal("RK45, jit, fastmath", milliseconds(compiled, fast), FAST_MS, "ms"),
        *_plain("DOP853", dense),
        Goal("DOP853, jit", percent_of_scipy(dense, exact), PERCENT_OF_SCIPY, "% of SciPy"),
        *(_stiff(name, jobs.get(name)) for name in STIFF),
        *_ensemble(jobs.get("ensemble")),
    ]


def _stiff(name: str, job: Results | None) -> Goal:
    best = fastest(job, SCIPY_STIFF)
    value = None if best is None else ratio(job, ["piconumpy_rodas"], best)
    percent = None if value is None else value * 100
    return Goal(f"Rodas5P, {STIFF[name].title}", percent, STIFF_PERCENT, "% of SciPy's best")


def _ensemble(job: Results | None) -> list[Goal]:
    """Against lanes of others, and against one sled after the other."""
    exact, fast, alone = "ensemble_jit", "ensemble_fast", "ensemble_alone"
    peers = tuple(name for name in ENSEMBLE if name not in (exact, fast, alone))
    best = fastest(job, peers)
    return [
        Goal(
            "Ensemble, fastmath",
            None if best is None else ratio(job, [fast], best),
            1.0,
            "x the fastest other",
        ),
        Goal("Ensemble, fastmath", ratio(job, [fast], alone), LANES, "x one by one"),
    ]


def _plain(method: str, job: Results | None) -> list[Goal]:
    """Against the callback alone, and against CyRK with its best callback."""
    items, arrays = "piconumpy_ndarray", "piconumpy_array"

    def goal(own: str, other: str | None, bound: float, unit: str) -> Goal:
        value = None if other is None else ratio(job, [own], other)
        what = {items: "ndarrays", arrays: "arrays"}.get(own, "list")
        return Goal(f"{method}, plain, {what}", value, bound, unit)

    return [
        goal(items, "callback_ndarray", OVER_CALLBACK, "x callback alone"),
        goal(arrays, "callback_array", OVER_CALLBACK, "x callback alone"),
        goal(items, fastest(job, CYRK_ITEMS), OVER_CYRK, "x CyRK with items of ndarrays"),
        goal("piconumpy_list", "cyrk_list", OVER_CYRK, "x CyRK with a list"),
        goal(arrays, fastest(job, CYRK), OVER_CYRK, "x CyRK's best"),
    ]
