"""The one summary of repeated measurements: median, quartiles, extremes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """How measurements are distributed, in the caller's unit.

    A document that stores the quartiles alone gives a spread without extremes.
    """

    median: float
    q1: float
    q3: float
    minimum: float = math.nan
    maximum: float = math.nan
    count: int = 0

    @classmethod
    def of(cls, samples: Sequence[float], digits: int | None = None) -> Spread:
        """The spread of at least one sample, rounded to that many significant digits."""
        if not samples:
            raise ValueError("a spread needs at least one sample")
        q1 = median = q3 = samples[0]
        if len(samples) > 1:
            q1, median, q3 = statistics.quantiles(samples, n=4, method="inclusive")
        numbers = [median, q1, q3, min(samples), max(samples)]
        if digits is not None:
            numbers = [float(f"{number:.{digits}g}") for number in numbers]
        median, q1, q3, minimum, maximum = numbers
        return cls(median, q1, q3, minimum, maximum, len(samples))

    def quartiles(self) -> list[float]:
        """Median, first and third quartile: what documents store of a spread."""
        return [self.median, self.q1, self.q3]
