"""Compute the exact solutions anew: `python -m bench.integrate.reference`, with heyoka.

heyoka's Taylor method runs with more digits than the reference has, once with 34 and once with 48
decimal digits. Both must round to the same doubles, which are stored in reference.json.
"""

from __future__ import annotations

import importlib
import json
import math
from types import SimpleNamespace
from typing import Any

from bench.harness.report import write_atomically
from bench.integrate.problems import EVENT_X, PROBLEMS, REFERENCE, Problem

BITS = (113, 160)


def compute(problem: Problem, bits: int) -> dict[str, Any]:
    """The entry of a problem in reference.json."""
    hy: Any = importlib.import_module("heyoka")
    names = hy.make_vars(*(f"x{i}" for i in range(problem.n)))
    # Constants are the doubles of the functions that the rows run.
    functions = SimpleNamespace(sin=hy.sin, cos=hy.cos, pi=math.pi)
    system = list(zip(names, problem.rhs(list, functions)(0.0, names)))
    start = [hy.real(number, bits) for number in problem.y0]
    solution = hy.taylor_adaptive(system, start, fp_type=hy.real, prec=bits)

    def at(t: Any) -> Any:
        (outcome, *_) = solution.propagate_until(t)
        assert outcome == hy.taylor_outcome.time_limit
        return solution.state

    entry: dict[str, Any] = {}
    if problem.name == "board":
        # Newton's method: the state has the place and its derivative.
        t = hy.real(10.0, bits)
        for _ in range(10):
            state = at(t)
            t += (EVENT_X - state[0]) / state[2]
        entry["event_t"] = float(t)
        solution.time = hy.real(0.0, bits)
        solution.state[:] = start
    times = [problem.t_eval[place] for place in problem.checked]
    entry["states"] = [list(map(float, at(hy.real(t, bits)))) for t in times]
    return entry


def main() -> None:
    entries = {name: compute(problem, BITS[0]) for name, problem in PROBLEMS.items()}
    for name, problem in PROBLEMS.items():
        if compute(problem, BITS[1]) != entries[name]:
            raise SystemExit(f"{name}: {BITS[0]} bits are too few")
    write_atomically(REFERENCE, (json.dumps(entries, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
