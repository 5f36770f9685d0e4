"""The process of a Python row: it reads commands, one a line, and answers each with one line.

bench/README.md has the protocol. Only the standard library and the row's own array are imported, so
that the same file runs on every interpreter that is measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from typing import Any, Callable, Protocol, TextIO


class Row(Protocol):
    """A problem, ready to be solved."""

    def solve(self) -> Any:
        """What is timed."""

    def states(self) -> list[list[float]]:
        """The result of solving, to be checked."""

    # A row may also have `pieces`: how many equal pieces a run consists of. `run` answers with the
    # time of one.


# Makes the row that the options name, for the problem of these words.
MakeRow = Callable[[argparse.Namespace, "list[str]"], Row]


def load_array(specification: str) -> Any:
    """The object that MODULE:NAME names."""
    module, _, name = specification.partition(":")
    return getattr(importlib.import_module(module), name)


def describe(specification: str | None) -> dict[str, Any]:
    """The answer to `info`: the versions, and the instruction set if a package names one.

    specification: the packages, separated by commas, and behind a colon what of them is used.
    """
    if specification is None:
        return {}
    answer: dict[str, Any] = {}
    versions = []
    for name in specification.partition(":")[0].split(","):
        package = importlib.import_module(name)
        if hasattr(package, "__pythran__"):
            versions.append(f"pythran {package.__pythran__[0]}")
        elif hasattr(package, "__version__"):
            versions.append(f"{package.__name__} {package.__version__}")
        isa = getattr(package, "isa", None)
        if isa is not None:
            answer["isa"] = str(isa() if callable(isa) else isa)
    if versions:
        answer["version"] = ", ".join(versions)
    return answer


def time_runs(solve: Callable[[], Any], count: int) -> list[float]:
    """The seconds that each of count runs takes."""
    if count < 1:
        raise ValueError(f"the number of runs must be positive, got {count}")
    clock = time.perf_counter
    seconds = []
    for _ in range(count):
        start = clock()
        solve()
        seconds.append(clock() - start)
    return seconds


class Server:
    """Answers commands; the command `problem` makes the row that the others are about."""

    def __init__(self, make_row: MakeRow, options: argparse.Namespace) -> None:
        self._make_row = make_row
        self._options = options
        self._row: Any = None
        self._pieces = 1

    def answer(self, line: str) -> str:
        """The answer to one command."""
        words = line.split()
        if words[0] == "info":
            options = self._options
            ours = "piconumpy" if options.traced else None
            named = (options.array, options.compiled, options.jit, options.solver)
            source = next(filter(None, named), ours)
            return "info " + json.dumps(describe(source))
        if words[0] == "problem":
            self._row = self._make_row(self._options, words[1:])
            self._pieces = getattr(self._row, "pieces", 1)
            return "ready" if self._pieces == 1 else f"ready {self._pieces}"
        if self._row is None:
            raise ValueError(f"{words[0]} before problem")
        if words[0] in ("states", "derivatives"):
            states = getattr(self._row, words[0])()
            return words[0] + "".join(f" {number!r}" for state in states for number in state)
        if words[0] == "first":
            return f"first {time_runs(self._row.solve, 1)[0]!r}"
        if words[0] == "run":
            seconds = time_runs(self._row.solve, int(words[1]))
            return "run" + "".join(f" {second / self._pieces!r}" for second in seconds)
        raise ValueError(f"unknown command {words[0]}")

    def serve(self, commands: TextIO, answers: TextIO) -> None:
        """Answer until `quit` or the input's end; an exception becomes the answer `error ...`."""
        for line in commands:
            if not line.strip():
                continue
            if line.strip() == "quit":
                return
            try:
                answer = self.answer(line)
            except Exception as error:
                answer = f"error {type(error).__name__}: " + " ".join(str(error).split())
            answers.write(answer + "\n")
            answers.flush()


def main(make_row: MakeRow) -> None:
    """Serve rows of one benchmark, computed with what the command line names."""
    parser = argparse.ArgumentParser()
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--array", metavar="MODULE:NAME", help="the array type to compute with")
    kind.add_argument("--compiled", metavar="MODULE", help="the module that has it all compiled")
    kind.add_argument("--jit", metavar="LIBRARY", help="the library that compiles at run time")
    kind.add_argument("--traced", metavar="WHAT", help="what piconumpy.jit runs natively")
    kind.add_argument("--solver", metavar="A,B:STYLE", help="the packages that solve, and how")
    kind.add_argument("--callback", action="store_true", help="the user's function, without arrays")
    kind.add_argument("--reference", action="store_true", help="the reference's states")
    parser.add_argument(
        "--path", action="append", default=[], help="a folder to import from, before all others"
    )
    parser.add_argument(
        "--long-traces", action="store_true", help="have piconumpy raise the JIT's trace limit"
    )
    options = parser.parse_args()
    if options.long_traces:
        importlib.import_module("piconumpy").raise_jit_trace_limit()
    sys.path[:0] = options.path
    # Whatever an imported package prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Server(make_row, options).serve(sys.stdin, answers)
