"""The rows, each a process: `python -m bench.integrate.worker --solver PACKAGES:MAKER.STYLE`.

The problem is `NAME METHOD TOLERANCE WHAT`. WHAT is `end`, the state there; `extras`, dense output,
t_eval, and an event; or a number of sleds. `states` answers with the states that are compared, then
the time of the event and the number of evaluations, nan where the row does not tell.
"""

from __future__ import annotations

import argparse
from typing import Any

from bench.harness import serve
from bench.integrate import ensembles, solvers
from bench.integrate.problems import PROBLEMS, STIFF


class Row:
    """A problem, ready to be solved by one package."""

    def __init__(self, specification: str, words: list[str]) -> None:
        name, method, tolerance, what = words
        problem = {**PROBLEMS, **STIFF}[name]
        if what.isdigit():
            self.pieces = int(what)
            task = solvers.Task(problem, method, float(tolerance))
            solver = ensembles.make(specification, task, self.pieces)
        else:
            task = solvers.Task(problem, method, float(tolerance), what == "extras")
            solver = solvers.make(specification, task)
        self.solve = solver.solve
        self._read = solver.read

    def states(self) -> list[list[float]]:
        found = self._read(self.solve())
        return [*map(list, found.states), [float(found.event_t), float(found.evaluations)]]


def make_row(options: argparse.Namespace, words: list[str]) -> Any:
    return Row(options.solver, words)


if __name__ == "__main__":
    serve.main(make_row)
