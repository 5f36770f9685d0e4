"""A Python row of the benchmark: a process that solves the problem when told to, and times itself.

Run as `python -m bench.ode.worker --array MODULE:NAME`, `--callback` or `--reference` from the
repository's root. It reads commands, one a line, and answers each with one line (bench/README.md
has the protocol). Only the standard library and the row's own array are imported, so that the same
file runs on every interpreter that is measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any, Callable, TextIO

from bench.ode import arithmetic, loader


@dataclass(frozen=True)
class Problem:
    """Sleds to move: n steps of dt seconds from their initial states [x, y, u, v]."""

    steps: int
    dt: float
    initial: list[list[float]]

    @classmethod
    def parse(cls, words: list[str]) -> Problem:
        """From the words of the command `problem SLEDS STEPS DT x y u v x y u v ...`."""
        sleds, steps, dt = int(words[0]), int(words[1]), float(words[2])
        numbers = [float(word) for word in words[3:]]
        if len(numbers) != 4 * sleds:
            raise ValueError(f"{sleds} sleds need {4 * sleds} numbers, got {len(numbers)}")
        return cls(steps, dt, [numbers[i : i + 4] for i in range(0, len(numbers), 4)])

    def columns(self) -> list[list[float]]:
        """The lists x, y, u, v over the sleds, as `solver` takes them."""
        return [[state[i] for state in self.initial] for i in range(4)]


class ArrayRow:
    """The problem's own solver, computing with the row's array type."""

    def __init__(self, array: Any, problem: Problem) -> None:
        self.module = loader.load(array)
        self.problem = problem
        self.columns = problem.columns()

    def solve(self) -> Any:
        return self.module.solver(
            self.module.board, *self.columns, self.problem.dt, self.problem.steps
        )

    def states(self) -> list[list[float]]:
        return [[float(state[i]) for i in range(4)] for state in self.solve()]


class CompiledRow:
    """The benchmark's functions compiled as a whole, called on NumPy's arrays."""

    def __init__(self, module: Any, problem: Problem) -> None:
        numpy = importlib.import_module("numpy")
        self.module = module
        self.problem = problem
        self.columns = [numpy.array(column) for column in problem.columns()]

    def solve(self) -> Any:
        return self.module.solver(*self.columns, self.problem.dt, self.problem.steps)

    def states(self) -> list[list[float]]:
        return [[float(number) for number in state] for state in self.solve()]


class CallbackRow:
    """The interpreter's own part: four callbacks a step, lists in and lists out, nothing else.

    The callbacks see the states of the real steps, because the cost of sin and cos depends on the
    argument, and because a JIT compiler would merge equal calls. The derivatives stay in variables:
    it could leave out calls whose results nobody can see.
    """

    def __init__(self, problem: Problem) -> None:
        self.board = loader.load_on_lists().board
        self.problem = problem
        self.stages = [
            [
                arithmetic.stages(self.board, x, problem.dt, i * problem.dt)
                for i, x in enumerate(
                    arithmetic.trajectory(self.board, initial, problem.dt, problem.steps)[:-1]
                )
            ]
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

    def states(self) -> list[list[float]]:
        """The callback's values at the initial states: the only result that this row has."""
        return [self.board(0.0, x) for x in self.problem.initial]


class ReferenceRow:
    """The states that the rows must reach, and what the check needs to know about them."""

    def __init__(self, problem: Problem) -> None:
        self.board = loader.load(list).board
        self.problem = problem

    def solve(self) -> list[list[float]]:
        problem = self.problem
        return [
            arithmetic.trajectory(self.board, x, problem.dt, problem.steps)[-1]
            for x in problem.initial
        ]

    def states(self) -> list[list[float]]:
        return self.solve()

    def derivatives(self) -> list[list[float]]:
        """The callback's values at the initial states."""
        return [self.board(0.0, x) for x in self.problem.initial]


def load_array(specification: str) -> Any:
    """The object that MODULE:NAME names."""
    module, _, name = specification.partition(":")
    return getattr(importlib.import_module(module), name)


def describe(specification: str | None) -> dict[str, Any]:
    """The answer to `info`: versions, and the instruction set if the package names one."""
    answer: dict[str, Any] = {"interpreter": {"implementation": sys.implementation.name}}
    if specification is not None:
        package = importlib.import_module(specification.partition(":")[0])
        version = getattr(package, "__version__", None)
        if version is not None:
            answer["version"] = f"{package.__name__} {version}"
        if hasattr(package, "__pythran__"):
            answer["version"] = f"pythran {package.__pythran__[0]}"
        isa = getattr(package, "isa", None)
        if isa is not None:
            answer["isa"] = str(isa() if callable(isa) else isa)
    return answer


def timed(solve: Callable[[], Any], count: int) -> list[float]:
    """The seconds that each of count runs took."""
    if count < 1:
        raise ValueError(f"the number of runs must be positive, got {count}")
    clock = time.perf_counter
    seconds = []
    for _ in range(count):
        start = clock()
        solve()
        seconds.append(clock() - start)
    return seconds


class Session:
    """Answers commands, one line each; `row` makes the row from the words of the problem."""

    def __init__(self, row: Callable[[list[str]], Any], info: Callable[[], dict[str, Any]]) -> None:
        self._make = row
        self._info = info
        self._row: Any = None

    def answer(self, line: str) -> str:
        """The answer to one command."""
        words = line.split()
        if words[0] == "info":
            return "info " + json.dumps(self._info())
        if words[0] == "problem":
            self._row = self._make(words[1:])
            return "ready"
        if self._row is None:
            raise ValueError(f"{words[0]} before problem")
        if words[0] in ("states", "derivatives"):
            states = getattr(self._row, words[0])()
            return words[0] + "".join(f" {number!r}" for state in states for number in state)
        if words[0] == "run":
            seconds = timed(self._row.solve, int(words[1]))
            return "run" + "".join(f" {second!r}" for second in seconds)
        raise ValueError(f"unknown command {words[0]}")


def serve(session: Session, commands: TextIO, answers: TextIO) -> None:
    """Answer until `quit` or the input's end; what goes wrong becomes the answer `error ...`."""
    for line in commands:
        if not line.strip():
            continue
        if line.strip() == "quit":
            return
        try:
            answer = session.answer(line)
        except Exception as error:
            answer = f"error {type(error).__name__}: " + " ".join(str(error).split())
        answers.write(answer + "\n")
        answers.flush()


def make_row(options: argparse.Namespace, words: list[str]) -> Any:
    """The row that the command line names, for the problem of these words."""
    problem = Problem.parse(words)
    if options.callback:
        return CallbackRow(problem)
    if options.reference:
        return ReferenceRow(problem)
    if options.compiled:
        return CompiledRow(importlib.import_module(options.compiled), problem)
    return ArrayRow(load_array(options.array), problem)


def main(
    arguments: list[str] | None = None,
    make: Callable[[argparse.Namespace, list[str]], Any] = make_row,
) -> None:
    """Serve; `make` gives the row for the words of a problem, here or in another benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--array", metavar="MODULE:NAME", help="the array type to compute with")
    kind.add_argument("--compiled", metavar="MODULE", help="the module that has it all compiled")
    kind.add_argument("--callback", action="store_true", help="the callback alone, on lists")
    kind.add_argument("--reference", action="store_true", help="the reference's states")
    parser.add_argument(
        "--path", action="append", default=[], help="a folder to import from, before all others"
    )
    parser.add_argument(
        "--long-traces", action="store_true", help="have piconumpy raise the JIT's trace limit"
    )
    options = parser.parse_args(arguments)
    if options.long_traces:
        importlib.import_module("piconumpy").raise_jit_trace_limit()
    sys.path[:0] = options.path
    # Whatever an imported package prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    session = Session(
        lambda words: make(options, words), lambda: describe(options.array or options.compiled)
    )
    serve(session, sys.stdin, answers)


if __name__ == "__main__":
    main()
