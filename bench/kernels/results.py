"""What was measured: the cases, each with medians and quartiles of its repetitions."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OURS = "picokernels"
PLAIN = "plain"
# No contenders: what the machine allows for the same traffic.
LIMITS = ("limit", "limit_nt")
# Whose time the others' are compared with, for each suite that is known.
BASES = {
    "grid": OURS,
    "tails": OURS,
    "chain": OURS,
    "limit": None,
    "calls": "piconumpy",
    "fresh": "piconumpy",
}
# What a case is called by, besides its length: each may be empty where it says nothing.
NAMES = ("suite", "operation", "type", "form", "isa", "alignment", "level")
ITEM_BYTES = {"f64": 8, "f32": 4}
VECTOR_BYTES = {"avx512": 64, "avx2": 32, "sse2": 16}
# How many different arrays a call touches.
ARRAYS = {"array": 3, "scalar": 2, "in_place": 2}
# More digits than a measurement has, and few enough for a small document.
DIGITS = 5


class BadCase(ValueError):
    """A line that should be a case is none."""


@dataclass(frozen=True)
class Spread:
    """A median, and the quartiles around it."""

    median: float
    q1: float
    q3: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """Rounded, so that a report from a document is that from the measurement."""
        q1 = median = q3 = samples[0]
        if len(samples) > 1:
            q1, median, q3 = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(*(float(f"{number:.{DIGITS}g}") for number in (median, q1, q3)))

    def numbers(self) -> list[float]:
        return [self.median, self.q1, self.q3]


def ratios_of(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Ours / theirs: the ratio of the medians, so that it is what the tables' times make it.

    The quartiles are those of the repetitions' ratios, each of two that had the same layout.
    """
    ratio = Spread.of([statistics.median(ours) / statistics.median(theirs)])
    if len(ours) != len(theirs):
        return ratio
    paired = Spread.of([a / b for a, b in zip(ours, theirs)])
    return Spread(ratio.median, paired.q1, paired.q3)


@dataclass(frozen=True)
class Case:
    """One operation on so many elements; `times` in nanoseconds a call, `ratios` ours / theirs."""

    suite: str
    operation: str
    type: str
    form: str
    isa: str
    n: int
    alignment: str
    level: str
    bytes: int
    runs: int
    times: Mapping[str, Spread]
    ratios: Mapping[str, Spread]
    differs: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> Spread | None:
        """Our own time."""
        return self.times.get(BASES[self.suite] or "limit")

    def peers(self) -> list[str]:
        """Those that compete with the kernels in this case."""
        return [name for name in self.times if name not in (OURS, PLAIN, *LIMITS)]

    def rate(self, name: str) -> float:
        """GB/s of an implementation."""
        return self.bytes / self.times[name].median

    def working_set(self) -> int:
        """Bytes of the arrays that a call touches."""
        return ARRAYS.get(self.form, 3) * self.n * ITEM_BYTES[self.type]


def samples_of(line: Mapping[str, Any]) -> dict[str, list[float]]:
    """The repetitions of each implementation, found good."""
    ns = line.get("ns")
    if not isinstance(ns, dict) or not ns:
        raise BadCase("it has no times")
    for name, samples in ns.items():
        if not isinstance(samples, list) or not samples:
            raise BadCase(f"{name} has no times")
        for sample in samples:
            number = isinstance(sample, (int, float)) and not isinstance(sample, bool)
            if not (number and math.isfinite(sample) and sample > 0):
                raise BadCase(f"{name} has the time {sample!r}")
    return ns


def case_of(line: Mapping[str, Any]) -> Case:
    """The case of a line that a program printed."""
    samples = samples_of(line)
    base = BASES[line["suite"]]
    if (base or "limit") not in samples:
        raise BadCase(f"{base or 'limit'} is not among its times")
    if line.get("type") not in ITEM_BYTES:
        raise BadCase(f"its type is {line.get('type')!r}")
    try:
        return Case(
            **{key: str(line.get(key, "")) for key in NAMES},
            n=int(line["n"]),
            bytes=int(line.get("bytes", 0)),
            runs=min(map(len, samples.values())),
            times={name: Spread.of(one) for name, one in samples.items()},
            ratios={
                name: ratios_of(samples[base], one)
                for name, one in samples.items()
                if base is not None and name != base
            },
            differs=dict(line.get("differs") or {}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadCase(f"it is incomplete: {error!r}") from None


@dataclass
class Results:
    """All that a report is made of; `failures` say why the cases are not complete."""

    context: dict[str, Any]
    machine: dict[str, Any]
    cases: list[Case]
    failures: list[str] = field(default_factory=list)

    @property
    def isas(self) -> list[str]:
        """Best first."""
        measured = {case.isa for case in self.cases}
        return [isa for isa in self.context.get("isas", []) if isa in measured]

    @property
    def best_isa(self) -> str | None:
        """The best one that this machine has, if it was measured."""
        isas: list[str] = self.context.get("isas", [])
        return isas[0] if isas and isas[0] in self.isas else None

    @property
    def caches(self) -> dict[str, int]:
        """Bytes by the names L1, L2, L3."""
        return {f"L{cache['level']}": cache["bytes"] for cache in self.context.get("caches", [])}

    def select(self, suite: str, **wanted: Any) -> Iterator[Case]:
        """The cases of a suite that have these values."""
        for case in self.cases:
            if case.suite == suite and all(
                getattr(case, key) == value for key, value in wanted.items()
            ):
                yield case

    def peers(self) -> list[str]:
        """Those that ran, as the program lists them."""
        ran = {name for case in self.select("grid") for name in case.peers()}
        listed = [peer["name"] for peer in self.context.get("peers", [])]
        return [name for name in listed if name in ran] + sorted(ran - set(listed))

    def dispatching(self) -> list[str]:
        """Libraries that choose their instructions at run time, as the kernels do."""
        return [peer["name"] for peer in self.context.get("peers", []) if peer.get("dispatches")]


def entry_of(case: Case) -> dict[str, Any]:
    """A case as the document has it."""
    entry: dict[str, Any] = {key: value for key in NAMES if (value := getattr(case, key))}
    entry.update(n=case.n, bytes=case.bytes, runs=case.runs)
    entry["ns"] = {name: spread.numbers() for name, spread in case.times.items()}
    if case.ratios:
        entry["ratio"] = {name: spread.numbers() for name, spread in case.ratios.items()}
    if case.differs:
        entry["differs"] = dict(case.differs)
    return entry


def case_from(entry: Mapping[str, Any]) -> Case:
    """The case of a document's entry."""
    if entry["suite"] not in BASES:
        raise BadCase(f"its suite is {entry['suite']!r}")
    return Case(
        **{key: entry.get(key, "") for key in NAMES},
        n=entry["n"],
        bytes=entry["bytes"],
        runs=entry["runs"],
        times={name: Spread(*numbers) for name, numbers in entry["ns"].items()},
        ratios={name: Spread(*numbers) for name, numbers in entry.get("ratio", {}).items()},
        differs=entry.get("differs", {}),
    )


def document(results: Results, goals: Sequence[Mapping[str, Any]]) -> bytes:
    """The results as JSON, a case a line."""
    head = {
        "benchmark": "kernels",
        "complete": not results.failures,
        "failures": results.failures,
        "machine": results.machine,
        "context": results.context,
        "goals": list(goals),
        "spread": "ns (of a call) and ratio (ours / theirs): median, first and third quartile",
    }
    lines = [json.dumps(entry_of(case), ensure_ascii=False) for case in results.cases]
    text = json.dumps(head, indent=2, ensure_ascii=False)
    cases = ",\n    ".join(lines)
    return f'{text[:-2]},\n  "cases": [\n    {cases}\n  ]\n}}\n'.encode()


def read_document(text: str) -> Results:
    """The results of a document; ValueError if it is none."""
    whole = json.loads(text)
    if not isinstance(whole, dict) or whole.get("benchmark") != "kernels":
        raise ValueError("these are not the results of this benchmark")
    try:
        cases = [case_from(entry) for entry in whole["cases"]]
        return Results(whole["context"], whole["machine"], cases, whole["failures"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the document is incomplete: {error!r}") from None
