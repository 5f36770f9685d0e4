"""What was measured: cases, each with the times of all that took part in it."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.harness.spread import Spread

OURS = "picokernels"
# No contenders: what the machine allows for the same traffic.
LIMITS = ("limit", "limit_nt")
# For each suite, whose time is compared with the others'.
BASES = {
    "grid": OURS,
    "functions": OURS,
    "reduce": OURS,
    "tails": OURS,
    "chain": OURS,
    "limit": "limit",
    "calls": "piconumpy",
    "fresh": "piconumpy",
    "methods": "piconumpy",
}
# The suites in which every library takes part that has the function.
COMPETING = ("grid", "functions", "reduce")
ALIGNED = "aligned"
# The functions that are to be as exact and as fast as anybody's. Then the largest error, in ulp,
# that our kernels may have in these functions, and in the others. A peer that states a larger one
# is not in the same class.
LEADING = ("sin", "cos", "exp", "log")
LEADING_ULP = 1
OTHER_ULP = 2.5
# Up to this length a call is about instructions and not about memory.
SHORT = 2000
REGIONS = (f"n <= {SHORT}", "L2", "L3", "DRAM")


class BadCase(ValueError):
    """An object that should describe a case does not."""


def length_text(n: int) -> str:
    """1000, 4096, 1e5, 3e7."""
    exponent = len(str(n)) - 1
    short = f"{n / 10**exponent:g}e{exponent}"
    return short if n >= 10000 and len(short) <= len("1.2e5") else str(n)


@dataclass(frozen=True)
class Case:
    """One operation on arrays of one length; `ns` has the times of a call, one a repetition.

    The fields are those of the programs' output and of the document.
    """

    suite: str
    operation: str
    type: str
    isa: str
    n: int
    ns: Mapping[str, Sequence[float]]
    form: str = ""
    alignment: str = ""
    level: str = ""
    # Read and written by a call, and touched by it: an array in place counts twice and once.
    bytes: int = 0
    working_set: int = 0
    differs: Mapping[str, str] = field(default_factory=dict)
    # The largest errors that peers state for a function, in ulp.
    errors: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Case:
        """The case of a program's line or of a document's entry."""
        known = {one.name for one in dataclasses.fields(cls)}
        try:
            case = cls(**{key: value for key, value in entry.items() if key in known})
        except TypeError as error:
            raise BadCase(f"it is incomplete: {error}") from None
        case._check()
        return case

    def _check(self) -> None:
        if not isinstance(self.ns, dict) or not self.ns:
            raise BadCase("it has no times")
        for name, samples in self.ns.items():
            if not isinstance(samples, list) or not samples:
                raise BadCase(f"{name} has no times")
            for sample in samples:
                number = isinstance(sample, (int, float)) and not isinstance(sample, bool)
                if not (number and math.isfinite(sample) and sample > 0):
                    raise BadCase(f"{name} has the time {sample!r}")
        if self.suite not in BASES:
            raise BadCase(f"its suite is {self.suite!r}")
        if self.base not in self.ns:
            raise BadCase(f"{self.base} is not among its times")
        for name in ("n", "bytes", "working_set"):
            if not isinstance(getattr(self, name), int):
                raise BadCase(f"its {name} is {getattr(self, name)!r}")

    def entry(self) -> dict[str, Any]:
        """The case as the document stores it."""
        stored = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return {name: value for name, value in stored.items() if value not in ("", {}, 0)}

    @property
    def base(self) -> str:
        return BASES[self.suite]

    @property
    def runs(self) -> int:
        """The repetitions that everybody has."""
        return min(map(len, self.ns.values()))

    @functools.cached_property
    def times(self) -> dict[str, Spread]:
        return {name: Spread.of(samples) for name, samples in self.ns.items()}

    @functools.cached_property
    def ratios(self) -> dict[str, Spread]:
        """The base's time over each other's."""
        ours = self.ns[self.base]
        return {
            name: ratio_of(ours, theirs) for name, theirs in self.ns.items() if name != self.base
        }

    @property
    def others(self) -> list[str]:
        """Those that compete with the base."""
        return [name for name in self.ns if name not in (self.base, *LIMITS)]

    @property
    def rivals(self) -> list[str]:
        """The others, without those that are allowed larger errors than ours."""
        most = LEADING_ULP if self.operation in LEADING else OTHER_ULP
        return [name for name in self.others if self.errors.get(name, 0) <= most]

    @property
    def label(self) -> str:
        """For example `avx2 add f64 scalar n = 31`; without a length for a mean over lengths."""
        alignment = "" if self.alignment == ALIGNED else self.alignment
        words = [self.isa, self.operation, self.type, self.form, alignment, self.level]
        length = f"n = {length_text(self.n)}" if self.n else "on average"
        return " ".join(word.replace("_", " ") for word in [*words, length] if word)

    def rate(self, name: str) -> float:
        """GB/s of an implementation."""
        return self.bytes / self.times[name].median


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Ours / theirs: the ratio of the medians, so that it agrees with the times of the tables.

    The quartiles are those of the repetitions' ratios, each of two that had the same layout.
    """
    ratio = statistics.median(ours) / statistics.median(theirs)
    if len(ours) != len(theirs):
        return Spread.of([ratio])
    paired = Spread.of([a / b for a, b in zip(ours, theirs)])
    return dataclasses.replace(paired, median=ratio)


def group(cases: Iterable[Case], *keys: str) -> dict[tuple[Any, ...], list[Case]]:
    """The cases by these fields, in the order in which their values first appear."""
    found: dict[tuple[Any, ...], list[Case]] = {}
    for case in cases:
        found.setdefault(tuple(getattr(case, key) for key in keys), []).append(case)
    return found


@dataclass(frozen=True)
class Results:
    """All that a report is made of; `failures` say why the cases are not complete."""

    context: dict[str, Any]
    machine: dict[str, Any]
    cases: Sequence[Case]
    failures: Sequence[str] = ()

    @property
    def vector_bytes(self) -> dict[str, int]:
        """Of every ISA of the machine, best first."""
        return {isa["name"]: isa["vector_bytes"] for isa in self.context.get("isas", [])}

    @property
    def isas(self) -> list[str]:
        """Those that were measured, best first."""
        measured = {case.isa for case in self.cases}
        return [isa for isa in self.vector_bytes if isa in measured]

    @property
    def best_isa(self) -> str | None:
        """The best one of the machine, if it was measured."""
        best = next(iter(self.vector_bytes), None)
        return best if best in self.isas else None

    @property
    def caches(self) -> dict[str, int]:
        """Bytes by the names L1, L2, L3."""
        sizes = enumerate(self.context.get("cache_bytes", []))
        return {f"L{level}": size for level, size in sizes if size}

    def region(self, case: Case) -> str:
        """Short, or the lowest cache that holds the arrays (beyond the short ones, from L2 on)."""
        if case.n <= SHORT:
            return REGIONS[0]
        holding = (name for name in REGIONS[1:-1] if case.working_set <= self.caches.get(name, 0))
        return next(holding, REGIONS[-1])

    def select(self, suite: str, region: str | None = None, **wanted: Any) -> Iterator[Case]:
        """The cases of a suite whose fields have these values."""
        for case in self.cases:
            if (
                case.suite == suite
                and all(getattr(case, key) == value for key, value in wanted.items())
                and region in (None, self.region(case))
            ):
                yield case

    def peers(self, dispatching: bool = False) -> list[str]:
        """Those that ran, as the program lists them; or those that choose their ISA themselves."""
        ran = {name for case in self.cases if case.suite in COMPETING for name in case.others}
        listed = {peer["name"]: peer for peer in self.context.get("peers", [])}
        if dispatching:
            return [name for name in listed if name in ran and listed[name]["dispatches"]]
        return [name for name in listed if name in ran] + sorted(ran - set(listed))


def names_in(cases: Sequence[Case], names: Iterable[str]) -> list[str]:
    """Those of the names that have a time in one of the cases."""
    return [name for name in names if any(name in case.ns for case in cases)]


def document(results: Results, goals: Sequence[Mapping[str, Any]]) -> str:
    """The results as JSON, a case a line."""
    head = {
        "benchmark": "kernels",
        "complete": not results.failures,
        "failures": list(results.failures),
        "machine": results.machine,
        "context": results.context,
        "goals": list(goals),
    }
    text = json.dumps(head, indent=2, ensure_ascii=False)
    lines = (json.dumps(case.entry(), ensure_ascii=False) for case in results.cases)
    cases = ",\n    ".join(lines)
    return f'{text[:-2]},\n  "cases": [\n    {cases}\n  ]\n}}\n'


def read_document(text: str) -> Results:
    """The results of a document; ValueError if it is none."""
    whole = json.loads(text)
    if not isinstance(whole, dict) or whole.get("benchmark") != "kernels":
        raise ValueError("these are not the results of this benchmark")
    try:
        cases = [Case.of(entry) for entry in whole["cases"]]
        return Results(whole["context"], whole["machine"], cases, whole["failures"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the document is incomplete: {error!r}") from None
