"""An array of doubles in plain Python: a class over `array.array("d")`."""

from __future__ import annotations

import array as standard
from collections.abc import Iterable, Iterator


class array:
    """A one-dimensional array of floats, copied from an iterable of numbers."""

    def __init__(self, data: Iterable[float]) -> None:
        self.data = standard.array("d", data)

    def __add__(self, other: array) -> array:
        self._check_length(other)
        return array([a + b for a, b in zip(self.data, other.data)])

    def __sub__(self, other: array) -> array:
        self._check_length(other)
        return array([a - b for a, b in zip(self.data, other.data)])

    def __mul__(self, factor: float) -> array:
        return array([a * factor for a in self.data])

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> array:
        return array([a / divisor for a in self.data])

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]

    def __setitem__(self, index: int, value: float) -> None:
        self.data[index] = value

    def __iter__(self) -> Iterator[float]:
        return iter(self.data)

    def tolist(self) -> list[float]:
        """The numbers as a list."""
        return self.data.tolist()

    def _check_length(self, other: array) -> None:
        if len(self.data) != len(other.data):
            raise ValueError(
                f"the arrays have different lengths: {len(self.data)} and {len(other.data)}"
            )


def zeros(size: int) -> array:
    """An array of size zeros."""
    return array([0.0] * size)
