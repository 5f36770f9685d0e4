"""The one summary of repeated measurements: median, quartiles, extremes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """How measurements are distributed, in the caller's unit."""

    median: float
    q1: float
    q3: float
    minimum: float
    maximum: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """The spread of at least one sample."""
        if not samples:
            raise ValueError("a spread needs at least one sample")
        q1 = median = q3 = samples[0]
        if len(samples) > 1:
            q1, median, q3 = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, q1, q3, min(samples), max(samples), len(samples))

    def quartiles(self) -> list[float]:
        """Median, first and third quartile."""
        return [self.median, self.q1, self.q3]
