"""Runs a program that prints a JSON object a line: a context, its cases, and that it is done."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bench.harness.command_line import log
from bench.harness.rounds import Watcher
from bench.harness.workers import pinned
from bench.kernels.results import BASES, BadCase, Case, case_of


class ProgramError(Exception):
    """The program could not be started, died, or printed something else than it should."""


@dataclass
class Run:
    """What a program printed, as far as it came; `failure` says why that was not the end."""

    context: dict[str, Any] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    # Lines that no table knows what to do with, counted by the reason.
    ignored: Counter[str] = field(default_factory=Counter)
    failure: str | None = None
    done: bool = False


def _relay(stream: IO[str]) -> None:
    """What the program has to say is for the user, above the bar of the progress."""
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
    command: Sequence[str], core: int | None, folder: Path | None = None
) -> Iterator[dict[str, Any]]:
    """The objects that the command prints, run on that core; ends it when they are left early."""
    try:
        with pinned(core):
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                cwd=folder,
            )
    except OSError as error:
        raise ProgramError(f"could not be started: {error}") from None
    assert process.stdout is not None and process.stderr is not None
    relay = threading.Thread(target=_relay, args=(process.stderr,), daemon=True)
    relay.start()
    try:
        for line in process.stdout:
            if line.strip():
                yield object_of(line)
        status = process.wait()
        if status != 0:
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            raise ProgramError(f"ended with {how}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        relay.join()
        process.stdout.close()
        process.stderr.close()


def take(line: dict[str, Any], run: Run) -> Case | None:
    """Put a line where it belongs; the case if it is one."""
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
        case = case_of(line)
        run.cases.append(case)
        return case
    return None


def title_of(case: Case) -> str:
    words = [case.operation or case.suite, case.type, case.form, case.level, f"n = {case.n}"]
    return " ".join(word for word in words if word)


def measure(
    command: Sequence[str], core: int | None, watcher: Watcher, folder: Path | None = None
) -> Run:
    """Run the command to its end and tell the watcher of every case."""
    run = Run()
    lines = lines_of(command, core, folder)
    try:
        for line in lines:
            case = take(line, run)
            if case is not None:
                expected = max(run.context.get("cases") or 0, len(run.cases))
                seen = len(run.cases) + sum(run.ignored.values())
                watcher.update(title_of(case), case.isa, min(1.0, seen / expected))
    except ProgramError as error:
        run.failure = str(error)
    except BadCase as error:
        run.failure = f"printed a case that cannot be read: {error}"
    finally:
        lines.close()  # type: ignore[attr-defined]
    if run.failure is None and not run.done:
        run.failure = "ended without saying that it is done"
    if run.failure is not None and run.context:
        run.failure += f", after {len(run.cases)} of {run.context.get('cases', '?')} cases"
    return run
