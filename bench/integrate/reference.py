"""Compute the exact solutions anew: `python -m bench.integrate.reference`, with heyoka.

heyoka's Taylor method runs with more digits than the reference has, once with 34 and once with 48
decimal digits. Both must round to the same doubles, which are stored in reference.json.
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from bench.harness.report import write_atomically
from bench.integrate.problems import (
    EVENT_X,
    PROBLEMS,
    REFERENCE,
    SLEDS_CHECKED,
    STIFF,
    Problem,
)
from bench.ode.sleds import initial_states

BITS = (113, 160)
# Taylor's method would need 1e14 steps. This solution is from F. Mazzia, C. Magherini, "Test Set
# for Initial Value Problem Solvers", release 2.4 (2008).
ROBER = [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050]


def solution_of(problem: Problem, y0: Sequence[float], bits: int) -> Any:
    """heyoka's integrator with this many bits, at t = 0."""
    hy: Any = importlib.import_module("heyoka")
    names = hy.make_vars(*(f"x{i}" for i in range(problem.n)))
    # Constants are the doubles of the functions that the rows run.
    functions = SimpleNamespace(sin=hy.sin, cos=hy.cos, pi=math.pi)
    system = list(zip(names, problem.rhs(list, functions)(0.0, names)))
    start = [hy.real(number, bits) for number in y0]
    return hy.taylor_adaptive(system, start, fp_type=hy.real, prec=bits)


def state_at(solution: Any, t: Any) -> Any:
    """The state at t, which is a number of heyoka."""
    hy: Any = importlib.import_module("heyoka")
    (outcome, *_) = solution.propagate_until(t)
    assert outcome == hy.taylor_outcome.time_limit
    return solution.state


def compute(problem: Problem, bits: int) -> dict[str, Any]:
    """The entry of a problem in reference.json."""
    hy: Any = importlib.import_module("heyoka")

    def rounded(state: Any) -> list[float]:
        return list(map(float, state))

    def at(solution: Any, t: float) -> list[float]:
        return rounded(state_at(solution, hy.real(t, bits)))

    solution = solution_of(problem, problem.y0, bits)
    if problem.name in STIFF:
        return {"states": [at(solution, problem.t_end)]}
    times = [problem.t_eval[place] for place in problem.checked]
    entry: dict[str, Any] = {"states": [at(solution, t) for t in times]}
    if problem.name == "board":
        # Newton's method: the state has the place and its derivative.
        solution = solution_of(problem, problem.y0, bits)
        t = hy.real(10.0, bits)
        for _ in range(10):
            state = state_at(solution, t)
            t += (EVENT_X - state[0]) / state[2]
        entry["event_t"] = float(t)
        sleds = initial_states(SLEDS_CHECKED, 1)
        entry["sleds"] = [at(solution_of(problem, y0, bits), problem.t_end) for y0 in sleds]
    return entry


def main() -> None:
    problems = [*PROBLEMS.values(), *(one for one in STIFF.values() if one.name != "rober")]
    entries = {problem.name: compute(problem, BITS[0]) for problem in problems}
    for problem in problems:
        if compute(problem, BITS[1]) != entries[problem.name]:
            raise SystemExit(f"{problem.name}: {BITS[0]} bits are too few")
    entries["rober"] = {"states": [ROBER]}
    write_atomically(REFERENCE, (json.dumps(entries, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
