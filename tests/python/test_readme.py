# SPDX-License-Identifier: BSD-3-Clause
"""The README's Python sessions run as printed. (Its C and C++ programs are tests/package's.)"""

from __future__ import annotations

import doctest
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_python_sessions_of_the_readme_run_as_printed() -> None:
    result = doctest.testfile(str(README), module_relative=False)
    assert result.attempted >= 15
    assert result.failed == 0
