"""Worker processes: start one on the measured core, ask it one line at a time, end it."""

from __future__ import annotations

import contextlib
import math
import os
import re
import selectors
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


class WorkerError(Exception):
    """A worker died, stayed silent, refused a command or answered nonsense."""


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """While inside, what this thread starts runs on that core alone (on any core if None)."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def parse_numbers(answer: str, word: str, count: int) -> list[float]:
    """The numbers of an answer such as `run 0.1 0.2`: it must begin with word and hold count."""
    found, *words = answer.split() or [""]
    if found != word:
        raise WorkerError(
            f"answered {answer[:80]!r} where {word!r} and {count} numbers were expected"
        )
    try:
        numbers = [float(number) for number in words]
    except ValueError as error:
        raise WorkerError(
            f"answered {word!r} with something that is not a number: {error}"
        ) from None
    if len(numbers) != count:
        raise WorkerError(f"answered {word!r} with {len(numbers)} numbers instead of {count}")
    return numbers


class Worker:
    """A running row. Closing it, or leaving its `with` block, ends the process.

    pieces: a run consists of so many equal pieces, and `run` tells the time of one.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        core: int | None = None,
        timeout: float = 120.0,
    ) -> None:
        """Start the command in that folder; timeout (s) is how long one answer may take."""
        self.timeout = timeout
        self.pieces = 1
        self._buffer = b""
        # A file and not a pipe: a worker that complains at length must not block.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            with pinned(core):
                self._process = subprocess.Popen(
                    list(command),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._errors,
                    cwd=folder,
                    env={**os.environ, **(environment or {})},
                    bufsize=0,
                )
        except OSError as error:
            self._errors.close()
            raise WorkerError(f"could not be started: {error}") from None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, command: str) -> str:
        """The worker's answer to one command."""
        if self._process.stdin is None:
            raise WorkerError("has been closed")
        try:
            self._process.stdin.write(command.encode() + b"\n")
        except OSError:
            raise self._failure(f"ended before the command {command.split()[0]!r}") from None
        answer = self._read_line(command.split()[0])
        word, _, message = answer.partition(" ")
        if word == "error":
            raise WorkerError(f"reported: {message or 'an error without a message'}")
        return answer

    def prepare(self, problem: str) -> None:
        """Hand over the problem: everything that follows the word `problem`."""
        answer = self.ask(f"problem {problem}")
        ready = re.fullmatch(r"ready(?: ([1-9]\d*))?", answer)
        if ready is None:
            raise WorkerError(f"answered {answer[:80]!r} to the problem instead of 'ready'")
        self.pieces = int(ready[1] or 1)

    def numbers(self, word: str, count: int) -> list[float]:
        """The numbers that answer a command like `states`."""
        return parse_numbers(self.ask(word), word, count)

    def run(self, count: int) -> list[float]:
        """The seconds of each of count runs, as timed inside the worker."""
        seconds = parse_numbers(self.ask(f"run {count}"), "run", count)
        for value in seconds:
            if not (math.isfinite(value) and value > 0):
                raise WorkerError(f"reported a run of {value} seconds")
        return seconds

    def close(self) -> None:
        """End the process: politely, and after a second for good."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(OSError):
                self._process.stdin.write(b"quit\n")
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def _read_line(self, command: str) -> str:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + self.timeout
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise self._failure(f"gave no answer to {command!r} within {self.timeout:g} s")
                received = os.read(descriptor, 1 << 16)
                if not received:
                    raise self._failure(f"ended without an answer to {command!r}")
                self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace").strip()

    def _failure(self, what: str) -> WorkerError:
        """What happened, with the exit status and the end of what the worker wrote to stderr."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.5)
        status = self._process.poll()
        if status is not None:
            what += f" (signal {-status})" if status < 0 else f" (exit status {status})"
        self._errors.seek(0)
        complaints = self._errors.read().decode(errors="replace").strip()
        return WorkerError(what + (f"; it wrote:\n{complaints[-2000:]}" if complaints else ""))
