"""What the kernels are to reach. Goals are reported; to miss one is no failure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.kernels.analysis import (
    LEVEL,
    Comparison,
    against,
    compare,
    registers_ns,
    tails,
    vector_ns,
)
from bench.kernels.results import ALIGNED, LEADING, OURS, REGIONS, Case, Results

COMPILERS = ("gcc", "clang")
BEST = "the best peer"
# A length whose arrays no cache holds.
FROM_MEMORY = 30_000_000


@dataclass(frozen=True)
class Goal:
    """Our time is at most `bound` times the reference's: in every case, or on average."""

    name: str
    bound: float
    reference: str
    found: Sequence[Comparison]
    on_average: bool = False
    # Without a verdict, for information.
    judged: bool = True

    @property
    def wanted(self) -> str:
        mean = "mean " if self.on_average else ""
        return f"{mean}<= {self.bound:.4g} of {self.reference}"

    @property
    def mean(self) -> float:
        return statistics.geometric_mean(one.value for one in self.found)

    @property
    def worst_first(self) -> list[Comparison]:
        return sorted(self.found, key=lambda one: -one.value)

    @property
    def behind(self) -> list[Comparison]:
        """The cases that miss the goal; none where the mean counts."""
        return [one for one in self.worst_first if one.value > self.bound and not self.on_average]

    @property
    def verdict(self) -> str:
        if not self.found:
            return "not measured"
        if not self.judged:
            return "-"
        missed = self.mean > self.bound if self.on_average else self.behind
        return "missed" if missed else "met"

    def entry(self) -> dict[str, Any]:
        """For programs."""
        worst = self.worst_first[0] if self.found else None
        return {
            "name": self.name,
            "wanted": self.wanted,
            "verdict": self.verdict,
            "cases": len(self.found),
            "behind": len(self.behind),
            "mean": self.mean if self.found else None,
            "worst": worst and worst.value,
            "worst_case": worst and f"{worst.label}, of {worst.other}",
        }


def evaluate(results: Results) -> list[Goal]:
    """On the best ISA, unless a goal's name says otherwise."""
    return [
        *_short(results),
        *_bandwidth(results),
        *_reductions(results),
        *_functions(results),
        *_slow_operations(results),
        *_other_isas(results),
        *_from_python(results),
    ]


def _short(results: Results) -> list[Goal]:
    best, region = results.best_isa, REGIONS[0]
    cases = list(results.select("grid", region, isa=best, alignment=ALIGNED))
    others = dict.fromkeys(case.alignment for case in results.select("grid") if case.alignment)
    information = [
        Goal(f"{region}, {name.replace('_', ' ')}", LEVEL, BEST, compare(found), judged=False)
        for name in others
        if name != ALIGNED
        if (found := list(results.select("grid", region, isa=best, alignment=name)))
    ]
    libraries = compare(cases, results.peers(dispatching=True))
    return [
        Goal(region, LEVEL, BEST, compare(cases)),
        *information,
        Goal(f"{region}, mean", 0.95, BEST, compare(cases), on_average=True),
        Goal(f"{region}, libraries", 0.7, "the best that dispatches", libraries, on_average=True),
        Goal("mean over n = 1..64", 1, BEST, compare(tails(results, best))),
    ]


def _bandwidth(results: Results) -> list[Goal]:
    best = results.best_isa
    additions: dict[str, Any] = {"isa": best, "operation": "add", "form": "array", "n": 1000}
    aligned = list(results.select("grid", alignment=ALIGNED, **additions))
    aligned_ns = {case.type: case.times[OURS].median for case in aligned}
    alike = results.select("grid", alignment="alike", **additions)
    cycles = "2 loads + 1 store a cycle"
    memory = list(results.select("grid", REGIONS[-1], isa=best, n=FROM_MEMORY, alignment=ALIGNED))
    apart = [case for case in memory if case.form != "in_place"]
    in_place = [case for case in memory if case.form == "in_place"]
    return [
        Goal(
            "add n = 1000, aligned",
            1 / 0.85,
            cycles,
            against(aligned, cycles, partial(vector_ns, results)),
        ),
        Goal(
            "add n = 1000, alike",
            1.25,
            ALIGNED,
            against(alike, ALIGNED, lambda case: aligned_ns.get(case.type)),
        ),
        *(
            Goal(
                f"arrays in {level}",
                LEVEL,
                BEST,
                compare(results.select("grid", level, isa=best, alignment=ALIGNED)),
            )
            for level in REGIONS[1:-1]
        ),
        Goal("n = 3e7", 0.8, BEST, compare(apart)),
        Goal("n = 3e7, in place", LEVEL, BEST, compare(in_place)),
        Goal("n = 3e7, bandwidth", 1 / 0.95, "bare streaming stores", compare(apart, ["limit_nt"])),
        Goal("chains", LEVEL, "no streaming", compare(results.select("chain", isa=best))),
    ]


def _reductions(results: Results) -> list[Goal]:
    best = results.best_isa
    found = results.select("reduce", isa=best, alignment=ALIGNED)
    sums = [case for case in found if case.operation in ("sum", "dot")]
    short = [case for case in sums if results.region(case) == REGIONS[0]]
    reads = [case for case in sums if case.operation == "sum" and case.n == 1000]
    return [
        Goal(f"sum and dot, {REGIONS[0]}, mean", 0.95, BEST, compare(short), on_average=True),
        Goal("sum n = 1000", 1.5, "bare loads", compare(reads, ["limit"])),
    ]


def _functions(results: Results) -> list[Goal]:
    cases = list(results.select("functions", isa=results.best_isa, form="array", n=1000))
    names = {case.operation for case in results.select("functions")}
    calls = [case for case in results.select("calls", n=1000) if case.operation in names]

    def leading(found: Sequence[Case], wanted: bool) -> list[Case]:
        return [case for case in found if (case.operation in LEADING) == wanted]

    first, others = f"{', '.join(LEADING)} n = 1000", "other functions n = 1000"
    peer = "the best peer as exact"
    return [
        Goal(first, LEVEL, peer, compare(leading(cases, True))),
        Goal(others, 1.3, peer, compare(leading(cases, False))),
        Goal(f"{first}, from Python", LEVEL, "NumPy", compare(leading(calls, True), ["numpy"])),
        Goal(f"{others}, from Python", 1.3, "NumPy", compare(leading(calls, False), ["numpy"])),
    ]


def _slow_operations(results: Results) -> list[Goal]:
    wanted: dict[str, Any] = {"form": "array", "n": 1000, "alignment": ALIGNED}
    unit = against(results.select("grid", **wanted), "the divider", partial(registers_ns, results))
    divisions = results.select("grid", isa=results.best_isa, operation="div", type="f64", **wanted)
    calls = results.select("calls", operation="divide", n=1000)
    numpy_ns = next((call.times["numpy"].median for call in calls if "numpy" in call.times), None)
    numpys = against(divisions, "numpy", lambda case: numpy_ns)
    return [
        Goal("n = 1000, every ISA, slow operations", 1 / 0.95, "the divider", unit),
        Goal("div n = 1000", 0.5, "numpy.divide", numpys),
    ]


def _other_isas(results: Results) -> list[Goal]:
    reference = "the compilers' loops"
    goals = []
    for isa in list(results.vector_bytes)[1:]:
        found = compare(results.select("grid", REGIONS[0], isa=isa, alignment=ALIGNED), COMPILERS)
        goals.append(Goal(f"{isa}, {REGIONS[0]}", LEVEL, reference, found))
        goals.append(Goal(f"{isa}, mean", 0.95, reference, found, on_average=True))
    return goals


def _from_python(results: Results) -> list[Goal]:
    calls = list(results.select("calls", operation="add", n=4))
    own = against(calls, "40 ns", lambda case: 40, "piconumpy")
    numpys = against(calls, "120 ns", lambda case: 120, "piconumpy_on_numpy")
    fresh = list(results.select("fresh", n=10_000_000))
    return [
        Goal("piconumpy.add n = 4, own arrays", 1, "40 ns", own),
        Goal("piconumpy.add n = 4, NumPy's arrays", 1, "120 ns", numpys),
        Goal("a + b n = 1e7, new result", 1.4, "add with out", compare(fresh, ["out"])),
        Goal("a + b n = 1e7, NumPy", 1 / 3, "NumPy's a + b", compare(fresh, ["numpy"])),
    ]
