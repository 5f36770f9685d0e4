# SPDX-License-Identifier: BSD-3-Clause
"""A plugin of pytest: PyPy drops the trace function of coverage.py when a stack overflows.

After a test, the plugin sets the function that the test began with, if there is none any more.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    trace = sys.gettrace()
    try:
        return (yield)
    finally:
        if sys.gettrace() is None:
            sys.settrace(trace)
