"""What is reported of a row: median, quartiles, extremes, and the ratio to the norm."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Seconds of one run, over all timed runs of a row."""

    median_s: float
    q1_s: float
    q3_s: float
    min_s: float
    max_s: float
    runs: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Summary:
        """Of at least one run."""
        if not seconds:
            raise ValueError("a summary needs at least one run")
        if len(seconds) == 1:
            q1 = q3 = seconds[0]
        else:
            q1, _, q3 = statistics.quantiles(seconds, n=4, method="inclusive")
        return cls(statistics.median(seconds), q1, q3, min(seconds), max(seconds), len(seconds))

    @property
    def spread(self) -> float:
        """The quartiles' distance over the median: half of the runs lie that close together."""
        return (self.q3_s - self.q1_s) / self.median_s
