"""The sleds of the main benchmark: how many, where they start, and how far they go."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

DT_S = 0.01
SPEED = 3.5  # of every sled at the start, along the slope (m/s)

States = list[list[float]]


def grouped(numbers: Sequence[float], n: int = 4) -> States:
    """One list of n numbers for each state."""
    return [list(numbers[i : i + n]) for i in range(0, len(numbers), n)]


def initial_states(sleds: int, seed: int) -> States:
    """Side by side on the first 4th of a mogul's width, drawn at random, and all equally fast."""
    draw = random.Random(seed)
    return [[0.0, draw.random(), SPEED, 0.0] for _ in range(sleds)]


@dataclass(frozen=True)
class Problem:
    """Sleds to move: steps of dt seconds from their initial states [x, y, u, v] (m, m/s)."""

    steps: int
    dt: float
    initial: States

    def line(self) -> str:
        """What follows the word `problem` in the protocol."""
        numbers = " ".join(repr(number) for state in self.initial for number in state)
        return f"{len(self.initial)} {self.steps} {self.dt!r} {numbers}"

    @classmethod
    def parse(cls, words: Sequence[str]) -> Problem:
        """The problem of such a line, split into words."""
        sleds, steps, dt = int(words[0]), int(words[1]), float(words[2])
        numbers = [float(word) for word in words[3:]]
        if len(numbers) != 4 * sleds:
            raise ValueError(f"{sleds} sleds need {4 * sleds} numbers, got {len(numbers)}")
        return cls(steps, dt, grouped(numbers))

    def columns(self) -> list[list[float]]:
        """The lists x, y, u, v over the sleds, as `solver` takes them."""
        return [list(column) for column in zip(*self.initial)]
