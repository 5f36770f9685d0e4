# SPDX-License-Identifier: BSD-3-Clause
"""The Python sessions of the documents run as printed. (The C programs: tests/package.)"""

from __future__ import annotations

import doctest
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
    ],
)
def test_python_sessions_of_the_documents_run_as_printed(document, examples):
    if document == "docs/integrate.md":
        pytest.importorskip("scipy")  # for the stiff methods
    result = doctest.testfile(str(ROOT / document), module_relative=False)
    assert result.attempted >= examples
    assert result.failed == 0
