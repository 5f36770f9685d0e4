"""Fixtures that the benchmarks' tests share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], list[str]]:
    """Makes the command of a worker with this Python source."""

    def make(source: str) -> list[str]:
        path = tmp_path / f"worker{len(list(tmp_path.iterdir()))}.py"
        path.write_text("import sys, time\n" + source, encoding="utf-8")
        return [sys.executable, "-u", str(path)]

    return make
