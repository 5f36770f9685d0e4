"""The Python rows of the main benchmark, each a process: `python -m bench.ode.worker --array X`."""

from __future__ import annotations

import argparse
import functools
import importlib
from typing import Any, Callable

from bench.board import loader
from bench.harness import serve
from bench.ode import arithmetic
from bench.ode.sleds import Problem, States


def derivatives(board: Any, problem: Problem) -> States:
    """The callback's values at the initial states."""
    return [board(0.0, x) for x in problem.initial]


class SolverRow:
    """The problem's own solver, on an array type or compiled as a whole."""

    def __init__(self, solver: Callable[..., Any], *arguments: Any) -> None:
        self.solver = solver
        self.arguments = arguments

    def solve(self) -> Any:
        return self.solver(*self.arguments)

    def states(self) -> States:
        return [[float(state[i]) for i in range(4)] for state in self.solve()]


def array_row(array: Any, problem: Problem) -> SolverRow:
    """The problem's source, computing with this array type."""
    module = loader.load(array)
    return SolverRow(module.solver, module.board, *problem.columns(), problem.dt, problem.steps)


def numpy_columns(problem: Problem) -> list[Any]:
    """The columns as arrays, which compiled rows take."""
    return list(map(importlib.import_module("numpy").array, problem.columns()))


def jit_row(peer: Any, problem: Problem) -> SolverRow:
    """The problem compiled by a library, no earlier than when it is first solved."""
    compiled = functools.cache(lambda: peer.make_solver(problem.dt, problem.steps))
    return SolverRow(lambda *columns: compiled()(*columns), *numpy_columns(problem))


def traced_row(what: str, problem: Problem) -> serve.Row:
    """The problem's source, parts of which piconumpy.jit runs natively.

    what: `board` or `step`, which is decorated; `rk4` or `lanes` for piconumpy.integrate.rk4 in
    place of the solver, with `_fast` behind it for fastmath.
    """
    package = importlib.import_module("piconumpy")
    module = loader.load(package.array)
    name, _, fast = what.partition("_")
    if name == "step":
        module.__dict__["runge_kutta_step"] = package.jit(module.runge_kutta_step)
    board = module.board if name == "step" else package.jit(module.board, fastmath=fast == "fast")
    if name in ("board", "step"):
        return SolverRow(module.solver, board, *problem.columns(), problem.dt, problem.steps)
    return (LanesRow if name == "lanes" else Rk4Row)(board, problem)


class Rk4Row:
    """The steps by piconumpy.integrate.rk4, one sled after the other."""

    def __init__(self, board: Any, problem: Problem) -> None:
        array = importlib.import_module("piconumpy").array
        self.rk4 = importlib.import_module("piconumpy.integrate").rk4
        self.board = board
        self.problem = problem
        self.initial = [array(state) for state in problem.initial]

    def solve(self) -> Any:
        dt, steps = self.problem.dt, self.problem.steps
        return [self.rk4(self.board, state, dt, steps) for state in self.initial]

    def states(self) -> States:
        return [state.tolist() for state in self.solve()]


class LanesRow:
    """The same for all sleds at once, as the columns of an ndarray."""

    def __init__(self, board: Any, problem: Problem) -> None:
        self.rk4 = importlib.import_module("piconumpy.integrate").rk4
        self.board = board
        self.problem = problem
        self.initial = importlib.import_module("numpy").array(problem.columns())

    def solve(self) -> Any:
        return self.rk4(self.board, self.initial, self.problem.dt, self.problem.steps)

    def states(self) -> States:
        states: States = self.solve().T.tolist()
        return states


class CallbackRow:
    """The interpreter's own part: four callbacks a step, lists in and lists out, nothing else.

    The callbacks see the states of the real steps. The cost of sin and cos depends on the argument,
    and a JIT compiler merges equal calls. The derivatives stay in variables, because it drops calls
    whose results are unused.
    """

    def __init__(self, problem: Problem) -> None:
        self.board = loader.load_on_lists().board
        self.problem = problem
        self.stages = [
            arithmetic.trajectory(self.board, initial, problem.dt, problem.steps)[0]
            for initial in problem.initial
        ]

    def solve(self) -> list[list[list[float]]]:
        f = self.board
        dt = self.problem.dt
        last = []
        for stages in self.stages:
            t = 0.0
            for x1, x2, x3, x4 in stages:
                k1 = f(t, x1)
                k2 = f(t, x2)
                k3 = f(t, x3)
                k4 = f(t, x4)
                t += dt
            last.append([k1, k2, k3, k4])
        return last

    def states(self) -> States:
        """The only result that this row has."""
        return derivatives(self.board, self.problem)


class ReferenceRow:
    """The states that the rows must reach, and what the check needs to know about them."""

    def __init__(self, problem: Problem) -> None:
        self.board = loader.load(list).board
        self.problem = problem

    def states(self) -> States:
        problem = self.problem
        return [
            arithmetic.trajectory(self.board, x, problem.dt, problem.steps)[1]
            for x in problem.initial
        ]

    solve = states

    def derivatives(self) -> States:
        return derivatives(self.board, self.problem)


def make_row(options: argparse.Namespace, words: list[str]) -> serve.Row:
    """The row that the command line names, for the problem of these words."""
    problem = Problem.parse(words)
    if options.callback:
        return CallbackRow(problem)
    if options.reference:
        return ReferenceRow(problem)
    if options.compiled:
        module: Any = importlib.import_module(options.compiled)
        return SolverRow(module.solver, *numpy_columns(problem), problem.dt, problem.steps)
    if options.jit:
        return jit_row(importlib.import_module(f"bench.peers.{options.jit}"), problem)
    if options.traced:
        return traced_row(options.traced, problem)
    return array_row(serve.load_array(options.array), problem)


if __name__ == "__main__":
    serve.main(make_row)
