"""Fixtures that the benchmarks' tests share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.peers import table
from bench.peers.table import Peer


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], list[str]]:
    """Makes the command of a worker with this Python source."""

    def make(source: str) -> list[str]:
        path = tmp_path / f"worker{len(list(tmp_path.iterdir()))}.py"
        path.write_text("import sys, time\n" + source, encoding="utf-8")
        return [sys.executable, "-u", str(path)]

    return make


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replaces the table of peers."""

    def replace(*peers: Peer) -> None:
        monkeypatch.setattr(table, "PEERS", peers)

    return replace


@pytest.fixture
def read_results(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Reads the document that a benchmark of this name has written."""

    def read(name: str) -> dict[str, Any]:
        path = tmp_path / f"{name}-{sys.implementation.name}.json"
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document

    return read
