# SPDX-License-Identifier: BSD-3-Clause
"""The Python sessions of the documents run as printed. (The C programs: tests/package.)"""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("document", "examples"),
    [
        ("README.md", 20),
        ("docs/how-it-works.md", 3),
        ("docs/array.md", 17),
        ("docs/jit.md", 25),
        ("docs/integrate.md", 12),
        ("docs/with-others.md", 48),
    ],
)
def test_python_sessions_of_the_documents_run_as_printed(document, examples):
    if document == "docs/integrate.md":
        pytest.importorskip("scipy")  # for the stiff methods
    if document == "docs/with-others.md":
        for library in ("scipy", "sympy", "pandas", "dask"):
            pytest.importorskip(library)
    result = doctest.testfile(str(ROOT / document), module_relative=False)
    assert result.attempted >= examples
    assert result.failed == 0


def test_the_picture_of_the_attractor_can_be_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "attractor.png"
    command = [sys.executable, str(ROOT / "docs/attractor.py"), "--sleds", "200", "--rows", "2"]
    done = subprocess.run(
        [*command, "--output", str(picture)], capture_output=True, text=True, check=True
    )
    assert "200 sleds, " in done.stdout
    assert picture.stat().st_size > 1000
