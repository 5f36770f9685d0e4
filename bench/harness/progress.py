"""A progress bar on a terminal's stderr; now and then a plain line where there is no terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.harness.rounds import Watcher

PLAIN_INTERVAL_S = 10.0


@dataclass(frozen=True)
class Part:
    """Passes on what is done of one job of several."""

    watcher: Watcher
    place: int
    count: int
    name: str

    def update(self, row: str, stage: str, done: float) -> None:
        stage = f"{self.name}, {stage}" if self.name else stage
        self.watcher.update(row, stage, (self.place + done) / self.count)


class PlainWatcher:
    """Says on stderr, every ten seconds, what is being done."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def update(self, row: str, stage: str, done: float) -> None:
        now = time.monotonic()
        if now - self._last >= PLAIN_INTERVAL_S:
            self._last = now
            print(f"measuring: {100 * done:.0f} %, {stage}, {row}", file=sys.stderr, flush=True)


class BarWatcher:
    """Moves a bar of rich and names the row that is running."""

    def __init__(self, progress: Any, titles: Mapping[str, str]) -> None:
        self._progress = progress
        self._titles = titles
        self._task = progress.add_task("starting", total=1.0)

    def update(self, row: str, stage: str, done: float) -> None:
        title = self._titles.get(row, row)
        description = f"{stage:>12}  {title:28}"
        self._progress.update(self._task, completed=done, description=description)


@contextlib.contextmanager
def watching(titles: Mapping[str, str]) -> Iterator[Watcher]:
    """The watcher that suits stderr."""
    if not sys.stderr.isatty():
        yield PlainWatcher()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    # Redrawn rarely: it runs on another core, but shares caches and memory with the rows.
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as progress:
        yield BarWatcher(progress, titles)
