"""A row of the main benchmark under cProfile; its statistics go to $PROFILE_STATISTICS."""

from __future__ import annotations

import argparse
import cProfile
import os

from bench.harness import serve
from bench.ode import worker


class ProfiledRow:
    """Each run is profiled by itself, and replaces the statistics of the one before."""

    def __init__(self, row: serve.Row) -> None:
        self.row = row
        self.states = row.states

    def solve(self) -> None:
        profile = cProfile.Profile()
        profile.runcall(self.row.solve)
        profile.dump_stats(os.environ["PROFILE_STATISTICS"])


def make_row(options: argparse.Namespace, words: list[str]) -> ProfiledRow:
    return ProfiledRow(worker.make_row(options, words))


if __name__ == "__main__":
    serve.main(make_row)
