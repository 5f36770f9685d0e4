# SPDX-License-Identifier: BSD-3-Clause
"""The one thing that piconumpy does to the interpreter, and only when it is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

HAS_TRACES = sys.implementation.name == "pypy"


def run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout


def test_it_tells_whether_there_is_a_limit() -> None:
    code = "import piconumpy; print(piconumpy.raise_jit_trace_limit())"
    assert run(code) == f"{HAS_TRACES}\n"


@pytest.mark.skipif(not HAS_TRACES, reason="this interpreter does not trace")
def test_the_limit_is_raised_by_the_call_and_not_by_the_import() -> None:
    code = """
import pypyjit
asked = []
pypyjit.set_param = asked.append
import piconumpy
print(asked)
piconumpy.raise_jit_trace_limit()
print(asked)
"""
    assert run(code) == "[]\n['trace_limit=16000']\n"
