"""What programs are to reach. Goals are reported; to miss one is no failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness.results import Results, Row
from bench.programs.expressions import EXPRESSIONS

# Lanes in machine code, the best instruction set first.
FAST_LANES = ("program_lanes_fast_avx512", "program_lanes_fast_avx2")
POINT = "program_point"
LEVEL = 1.05


@dataclass(frozen=True)
class Goal:
    """A value and its bound, both in `unit`; stretch: a bound that would be better still."""

    name: str
    value: float | None
    bound: float
    unit: str
    stretch: float | None = None

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self.stretch is not None and self.value <= self.stretch:
            return "met, stretch too"
        return "met" if self.value <= self.bound else "missed"

    def entry(self) -> dict[str, Any]:
        """For programs."""
        fields = ("name", "value", "bound", "unit", "stretch", "verdict")
        return {name: getattr(self, name) for name in fields}


Jobs = Mapping[str, Results]


def measured(job: Results | None, *names: str) -> Row | None:
    """The first of these rows that ran."""
    rows = [job.find(name) for name in names] if job else []
    return next((row for row in rows if row is not None and row.spread is not None), None)


def median(job: Results | None, *names: str) -> float | None:
    """The seconds of a run of that row."""
    row = measured(job, *names)
    return None if row is None or row.spread is None else row.spread.median


def ratio(job: Results | None, names: Sequence[str], other: str) -> float | None:
    a, b = measured(job, *names), measured(job, other)
    return None if job is None or a is None or b is None else job.ratio(a, b)


def per_operation(job: Results | None, name: str, scale: float) -> float | None:
    """The time of one operation of that job, in seconds / scale."""
    seconds = median(job, name)
    return None if job is None or seconds is None else seconds / job.problem["operations"] * scale


def best_peer(job: Results) -> Row | None:
    """The fastest row that is no program."""
    peers = [row for row in job.rows if row.spread and not row.peer.name.startswith("program")]
    return min(peers, key=lambda row: row.spread.median if row.spread else 0.0, default=None)


def evaluate(jobs: Jobs) -> list[Goal]:
    return [*_one_point(jobs.get("sleds")), *_lanes(jobs), *_ready(jobs), *_expressions(jobs)]


def _one_point(job: Results | None) -> list[Goal]:
    exact, fast, quiet = (f"{POINT}_{mode}_jit" for mode in ("exact", "fast", "quiet"))
    interpreted = f"{POINT}_exact_interpreter"

    def goal(name: str, own: str, bound: float, other: str, stretch: float | None = None) -> Goal:
        unit = {"julia": "x Julia", "gcc_exact": "x C++ -O3", "gcc_fast": "x C++ -ffast-math"}
        return Goal(f"One point, {name}", ratio(job, [own], other), bound, unit[other], stretch)

    return [
        goal("exact", exact, 0.225, "julia", 0.20),
        goal("fast", fast, 0.135, "julia"),
        goal("exact", exact, LEVEL, "gcc_exact"),
        goal("exact, no trouble", quiet, LEVEL, "gcc_exact"),
        goal("fast", fast, LEVEL, "gcc_exact"),
        goal("fast", fast, LEVEL, "gcc_fast"),
        goal("exact, interpreter", interpreted, 0.65, "julia"),
    ]


def _lanes(jobs: Jobs) -> list[Goal]:
    ten, many = jobs.get("sleds"), jobs.get("many_sleds")
    avx512, avx2 = FAST_LANES

    def goal(name: str, row: str, bound: float, cpu_row: str | None = None) -> Goal:
        """cpu_row: the goal is one of CPUs on which this row runs."""
        is_meant = cpu_row is None or per_operation(many, cpu_row, 1e9) is not None
        value = per_operation(many, row, 1e9) if is_meant else None
        return Goal(f"10,000 sleds, fast, {name}", value, bound, "ns a sled-step")

    return [
        Goal("Ten sleds in lanes, fast", ratio(ten, FAST_LANES, "julia"), 0.03, "x Julia", 0.02),
        goal("AVX-512", avx512, 8.5),
        goal("AVX2", avx2, 17),
        # The interpreter runs on the best instruction set of the CPU.
        goal("interpreter on AVX-512", "program_lanes_fast_interpreter", 18, avx512),
    ]


def _ready(jobs: Jobs) -> list[Goal]:
    return [
        Goal(
            f"Create and compile {what}, {mode}",
            per_operation(jobs.get(name), f"{POINT}_{mode}_jit", 1e6),
            bound,
            "us",
        )
        for name, what, bound in (("create_board", "board", 60), ("create_step", "the step", 400))
        for mode in ("exact", "fast")
    ]


def _expressions(jobs: Jobs) -> list[Goal]:
    goals = []
    for name, job in jobs.items():
        best = best_peer(job) if name.split()[0] in EXPRESSIONS else None
        if best is not None:
            value = ratio(job, FAST_LANES, best.peer.name)
            goals.append(Goal(f"{name}, fast lanes", value, LEVEL, f"x {best.peer.title}"))
    return goals
