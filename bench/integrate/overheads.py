"""What a step of RK45 takes beyond its right-hand sides: rows of two jobs, less their floors."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.harness.report import Table, ratio_text
from bench.harness.results import Results
from bench.integrate.jobs import Job

# A step evaluates the right-hand side six times: its last stage is the first one of the next step.
# Two evaluations more choose the first step.
STAGES, FIRST_STEP = 6, 2
# By job and row, the floor that makes the same calls and nothing else. Fixed steps also make the
# sums of a step.
FLOORS = {
    "plain": {
        "scipy": "callback_ndarray",
        "piconumpy_ndarray": "callback_ndarray",
        "piconumpy_array": "callback_array",
    },
    "compiled": {"piconumpy_jit": "fixed_jit", "piconumpy_fast": "fixed_fast"},
}


@dataclass(frozen=True)
class Overhead:
    """The parts of a step of a row, in seconds: medians over the rounds."""

    job: str
    name: str
    title: str
    step: float
    floor: float
    rest: float

    def entry(self) -> dict[str, Any]:
        return {
            "job": self.job,
            "id": self.name,
            "name": self.title,
            "step_s": self.step,
            "right_hand_sides_s": self.floor,
            "rest_s": self.rest,
        }


def of(jobs: Mapping[str, Job], measured: Mapping[str, Results]) -> Iterator[Overhead]:
    """Of each row that has a floor, and of which both were measured."""
    for job, floors in FLOORS.items():
        for name, floor_name in floors.items():
            results = measured.get(job)
            row, floor = (results.find(name), results.find(floor_name)) if results else (None, None)
            if row is None or floor is None or row.spread is None or floor.spread is None:
                continue
            steps = (jobs[job].errors[name].evaluations - FIRST_STEP) / STAGES
            pairs = list(zip(row.round_medians(), floor.round_medians()))
            yield Overhead(
                job,
                name,
                row.peer.title,
                statistics.median(whole for whole, _ in pairs) / steps,
                statistics.median(part for _, part in pairs) / steps,
                statistics.median(whole - part for whole, part in pairs) / steps,
            )


def table(overheads: list[Overhead]) -> Table:
    return Table(
        "Overhead of a step of RK45, us",
        ["", "Whole step", "Right-hand sides", "Beyond them"],
        [
            [one.title, *(ratio_text(seconds * 1e6) for seconds in (one.step, one.floor, one.rest))]
            for one in overheads
        ],
        "Right-hand sides: the calls of a step, by the floor of the row. That of traced rows, "
        "fixed steps, has the sums of a step too.",
    )
