"""Who is ahead, and by how much."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.kernels.results import OURS, VECTOR_BYTES, Case, Results, Spread

# A call of so few elements is about instructions and not about memory.
SHORT = 2000
REGIONS = (f"n <= {SHORT}", "L2", "L3", "DRAM")
# Closer than this is level: repetitions differ by as much.
LEVEL = 1.05


def region(case: Case, caches: Mapping[str, int]) -> str:
    """Short, or the lowest cache that holds the arrays (beyond the short ones, from L2 on)."""
    if case.n <= SHORT:
        return REGIONS[0]
    for name in REGIONS[1:-1]:
        if case.working_set() <= caches.get(name, 0):
            return name
    return REGIONS[-1]


def best_peer(case: Case, among: Collection[str] | None = None) -> str | None:
    """The peer with the lowest median; of these only, if they are named."""
    peers = [name for name in case.peers() if among is None or name in among]
    return min(peers, key=lambda name: case.times[name].median) if peers else None


@dataclass(frozen=True)
class Comparison:
    """Our time over that of one other."""

    case: Case
    peer: str
    ratio: Spread

    @property
    def value(self) -> float:
        return self.ratio.median


def against(case: Case, name: str) -> Comparison | None:
    """Ours / that one, where both have times."""
    return Comparison(case, name, case.ratios[name]) if name in case.ratios else None


def compare(cases: Iterable[Case], among: Collection[str] | None = None) -> list[Comparison]:
    """Each case against the best peer that it has; those without one are left out."""
    found = []
    for case in cases:
        name = best_peer(case, among)
        if name is not None:
            found.append(Comparison(case, name, case.ratios[name]))
    return found


def against_all(cases: Iterable[Case], name: str) -> list[Comparison]:
    """Each case against that one, where it has times."""
    return [found for case in cases if (found := against(case, name)) is not None]


def geometric_mean(values: Iterable[float]) -> float:
    """Of at least one; a ratio and its inverse average to 1."""
    logarithms = [math.log(value) for value in values]
    return math.exp(math.fsum(logarithms) / len(logarithms))


@dataclass(frozen=True)
class Standing:
    """How ours stands in several cases."""

    ahead: int
    level: int
    behind: int
    mean: float
    worst: Comparison

    @classmethod
    def of(cls, comparisons: Sequence[Comparison], bound: float = LEVEL) -> Standing:
        values = [one.value for one in comparisons]
        ahead = sum(value < 1.0 for value in values)
        behind = sum(value > bound for value in values)
        worst = max(comparisons, key=lambda one: one.value)
        return cls(ahead, len(values) - ahead - behind, behind, geometric_mean(values), worst)


def behind(comparisons: Iterable[Comparison], bound: float = LEVEL) -> list[Comparison]:
    """The worst first."""
    found = [one for one in comparisons if one.value > bound]
    return sorted(found, key=lambda one: -one.value)


def tails(results: Results, isa: str) -> dict[tuple[str, str], dict[str, float]]:
    """The mean time over all short lengths, by operation and type, of those that have them all."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in results.select("tails", isa=isa):
        groups.setdefault((case.operation, case.type), []).append(case)
    means = {}
    for key, cases in groups.items():
        names = [name for name in cases[0].times if all(name in case.times for case in cases)]
        means[key] = {
            name: sum(case.times[name].median for case in cases) / len(cases) for name in names
        }
    return means


def tail_ratio(means: Mapping[str, float]) -> tuple[str, float] | None:
    """The best peer of a mean over lengths, and ours / that."""
    peers = {name: mean for name, mean in means.items() if name != OURS}
    if not peers:
        return None
    best = min(peers, key=lambda name: peers[name])
    return best, means[OURS] / peers[best]


def vector_ns(case: Case, results: Results) -> float | None:
    """The time of a call at 2 loads and 1 store of a full vector a cycle."""
    width, cycle = VECTOR_BYTES.get(case.isa), results.context.get("cycle_ns")
    if width is None or not cycle:
        return None
    return float(case.bytes / (3 * width) * cycle)


def divider_ns(results: Results, isa: str, kind: str) -> float | None:
    """The time that the divider takes for one element."""
    for case in results.select("limit", operation="divide", isa=isa, type=kind):
        return case.times["limit"].median / case.n
    return None


def only(cases: Iterable[Case]) -> Case | None:
    """The first of them, if there is one."""
    return next(iter(cases), None)
