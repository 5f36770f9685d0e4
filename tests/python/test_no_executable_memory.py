# SPDX-License-Identifier: BSD-3-Clause
"""Where the system refuses executable memory, all programs are interpreted, and no test fails."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from support import TIME_LIMIT

HERE = Path(__file__).parent
TESTS = [
    "test_jit_callbacks.py",
    "test_jit_constructs.py",
    "test_jit_loops.py",
    "test_integrate.py",
]
# PyPy's own compiler needs executable memory, and without it tests take ten times as long.
OPTIONS = []
if sys.implementation.name == "pypy":
    TESTS = TESTS[:1]
    OPTIONS = ["--jit", "off"]


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="the filter of system calls is written for Linux on x86-64 and aarch64",
)
def test_all_works_without_executable_memory(pytestconfig):
    done = subprocess.run(
        [
            sys.executable,
            *OPTIONS,
            str(HERE / "programs" / "without_executable_memory.py"),
            *("-q", "-p", "no:cacheprovider", "-c", str(pytestconfig.inipath)),
            *("--rootdir", str(pytestconfig.rootpath)),
            *(str(HERE / name) for name in TESTS),
        ],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    if done.returncode == 77:
        pytest.skip("this kernel has no filters of system calls")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "engine of jit: interpreter\n" in done.stdout
    assert " passed" in done.stdout
