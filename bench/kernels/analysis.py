"""Who is ahead, and by how much."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from bench.harness.spread import Spread
from bench.kernels.results import OURS, Case, Results, group, ratio_of

# Closer than this is level: repetitions differ by as much.
LEVEL = 1.05


@dataclass(frozen=True)
class Comparison:
    """Our time over another's, with both times in nanoseconds."""

    label: str
    other: str
    ours: float
    theirs: float
    ratio: Spread

    @property
    def value(self) -> float:
        return self.ratio.median


def compare(cases: Iterable[Case], among: Collection[str] | None = None) -> list[Comparison]:
    """Each case against the fastest of its rivals, or of those named.

    Cases in which none of them has a time are left out.
    """
    found = []
    for case in cases:
        names = case.rivals if among is None else among
        times = {name: case.times[name].median for name in names if name in case.ratios}
        if times:
            best = min(times, key=lambda name: times[name])
            ours = case.times[case.base].median
            found.append(Comparison(case.label, best, ours, times[best], case.ratios[best]))
    return found


def against(
    cases: Iterable[Case], other: str, ns_of: Callable[[Case], float | None], name: str = OURS
) -> list[Comparison]:
    """Each case's time of that name against one that the case does not have itself."""
    found = []
    for case in cases:
        theirs = ns_of(case)
        if theirs is not None and name in case.times:
            ours = case.times[name].median
            ratio = ratio_of([ours], [theirs])
            found.append(Comparison(case.label, other, ours, theirs, ratio))
    return found


@dataclass(frozen=True)
class Standing:
    """How ours stands in several cases."""

    ahead: int
    level: int
    behind: int
    mean: float
    worst: Comparison

    @classmethod
    def of(cls, comparisons: Sequence[Comparison]) -> Standing:
        values = [one.value for one in comparisons]
        ahead = sum(value < 1.0 for value in values)
        late = sum(value > LEVEL for value in values)
        mean = statistics.geometric_mean(values)
        worst = max(comparisons, key=lambda one: one.value)
        return cls(ahead, len(values) - ahead - late, late, mean, worst)


def tails(results: Results, isa: str | None) -> list[Case]:
    """For each operation and type, a case whose times are means over all short lengths."""
    means = []
    for cases in group(results.select("tails", isa=isa), "operation", "type").values():
        names = [name for name in cases[0].times if all(name in case.times for case in cases)]
        ns = {name: [statistics.fmean(case.times[name].median for case in cases)] for name in names}
        means.append(dataclasses.replace(cases[0], n=0, ns=ns))
    return means


def vector_ns(results: Results, case: Case) -> float | None:
    """The time of a call at 2 loads and 1 store of a full vector a cycle."""
    width, cycle = results.vector_bytes.get(case.isa), results.context.get("cycle_ns")
    return case.bytes / (3 * width) * float(cycle) if width and cycle else None


def registers_ns(results: Results, case: Case) -> float | None:
    """The time of the case's operations alone, where they keep an execution unit busy."""
    found = results.select(
        "limit", operation=case.operation, isa=case.isa, type=case.type, level="registers"
    )
    return next((case.n * one.times["limit"].median / one.n for one in found), None)
