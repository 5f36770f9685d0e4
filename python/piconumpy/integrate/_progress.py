# SPDX-License-Identifier: BSD-3-Clause
"""The progress bar of a long run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Callable

__all__ = ["counted", "shown"]

_PERIOD_S = 0.1  # between two updates


@contextlib.contextmanager
def shown(
    t0: float, t_end: float, callback: Callable[[float, Any], Any] | None
) -> Iterator[Callable[[float, Any], Any]]:
    """What to call after each step: it updates a bar, and calls the callback."""
    with _bar() as update:
        next_update = 0.0

        def observer(t: float, y: Any) -> Any:
            nonlocal next_update
            now = time.monotonic()
            if now >= next_update or t == t_end:
                next_update = now + _PERIOD_S
                update(1.0 if t_end == t0 else (t - t0) / (t_end - t0))
            return None if callback is None else callback(t, y)

        yield observer


@contextlib.contextmanager
def counted(is_wanted: bool, total: int, done: int) -> Iterator[Callable[[int], None]]:
    """What to call with each number of members that are done."""
    if not is_wanted:
        yield lambda more: None
        return
    with _bar() as update:

        def advance(more: int) -> None:
            nonlocal done
            done += more
            update(done / max(total, 1))

        advance(0)
        yield advance


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[float], None]]:
    """A function that shows which part of the run is done."""
    try:
        from rich.progress import Progress
    except ImportError:
        raise ImportError("progress=True needs the package rich: `pip install rich`") from None
    with Progress() as bar:
        task = bar.add_task("solving", total=1.0)
        yield lambda done: bar.update(task, completed=done)
