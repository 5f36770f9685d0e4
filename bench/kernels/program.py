"""Runs a program that prints a JSON object a line: its context, its cases, and that it is done."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bench.harness.command_line import log
from bench.harness.rounds import Watcher
from bench.harness.workers import pinned
from bench.kernels.results import BASES, BadCase, Case


class ProgramError(Exception):
    """The program could not be started, died, or printed something else than it should."""


@dataclass
class Run:
    """What a program printed; `failure` says why it ended early."""

    context: dict[str, Any] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    # Lines that no table can show, counted by the reason.
    ignored: Counter[str] = field(default_factory=Counter)
    failure: str | None = None
    done: bool = False


def _relay(stream: IO[str]) -> None:
    """Pass the program's messages on; log() keeps them above the progress bar."""
    for line in stream:
        log(line.rstrip("\n"))


def object_of(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProgramError(f"printed {line.rstrip()[:80]!r} where a JSON object was expected")
    return found


def lines_of(
    command: Sequence[str], core: int | None, folder: Path | None
) -> Generator[str, None, None]:
    """The lines that the command prints on that core; closing the iterator ends the command."""
    pipe = subprocess.PIPE
    try:
        with pinned(core):
            process = subprocess.Popen(
                command, stdout=pipe, stderr=pipe, text=True, errors="replace", cwd=folder
            )
    except OSError as error:
        raise ProgramError(f"could not be started: {error}") from None
    assert process.stdout is not None and process.stderr is not None
    relay = threading.Thread(target=_relay, args=(process.stderr,), daemon=True)
    relay.start()
    with process:
        try:
            yield from process.stdout
            process.wait()
        finally:
            process.kill()  # if it still runs
            relay.join()
    if process.returncode != 0:
        ended = -process.returncode
        how = f"signal {ended}" if ended > 0 else f"exit status {process.returncode}"
        raise ProgramError(f"ended with {how}")


def take(line: dict[str, Any], run: Run) -> Case | None:
    """Add a line to the run, and return its case if it has one."""
    if "context" in line and isinstance(line["context"], dict):
        run.context = line["context"]
    elif line.get("done") is True:
        run.done = True
    elif not run.context:
        raise ProgramError("printed a case before the context")
    elif line.get("suite") not in BASES:
        run.ignored[f"the suite {line.get('suite')!r} is unknown"] += 1
    elif line.get("ran", line.get("isa")) != line.get("isa"):
        run.ignored[f"asked for {line.get('isa')}, the library ran {line['ran']}"] += 1
    else:
        case = Case.of(line)
        run.cases.append(case)
        return case
    return None


def measure(
    command: Sequence[str], core: int | None, watcher: Watcher, folder: Path | None = None
) -> Run:
    """Run the command to its end and tell the watcher of every case."""
    run = Run()
    try:
        with contextlib.closing(lines_of(command, core, folder)) as lines:
            for line in lines:
                case = take(object_of(line), run)
                if case is not None:
                    seen = len(run.cases) + sum(run.ignored.values())
                    share = seen / max(run.context.get("cases") or 0, seen)
                    watcher.update(case.label, case.isa, share)
        if not run.done:
            run.failure = "ended without saying that it is done"
    except ProgramError as error:
        run.failure = str(error)
    except BadCase as error:
        run.failure = f"printed a case that cannot be read: {error}"
    if run.failure is not None and run.context:
        run.failure += f", after {len(run.cases)} of {run.context.get('cases', '?')} cases"
    return run
