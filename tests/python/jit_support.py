# SPDX-License-Identifier: BSD-3-Clause
"""Compares calls of jitted functions with those of the functions themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from piconumpy import TraceError, array

__all__ = ["Raised", "outcome", "ran_natively", "seen"]


def seen(value: Any) -> Any:
    """A result with its types, structure, and bits. Sign and payload of a nan are left out."""
    kind = type(value).__name__
    if isinstance(value, (float, complex)):
        return kind, repr(value)
    if type(value) is array or kind == "ndarray":
        return kind, [seen(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return kind, [seen(item) for item in value]
    if isinstance(value, dict):
        return kind, [(seen(key), seen(item)) for key, item in value.items()]
    return kind, repr(value)


class Raised:
    """An exception: its type, its message, and the lines of the user's code in its traceback."""

    def __init__(self, error: BaseException, file: str) -> None:
        self.type = type(error)
        self.message = str(error)
        self.lines = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == file:
                self.lines.append(trace.tb_lineno)
            trace = trace.tb_next

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raised) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"{self.type.__name__}: {self.message} in lines {self.lines}"


def outcome(function: Callable[..., Any], *arguments: Any, file: str = "", **options: Any) -> Any:
    """What a call returns, as `seen`, or what it raises. A TraceError goes through."""
    try:
        return seen(function(*arguments, **options))
    except TraceError:
        raise
    except Exception as error:
        return Raised(error, file)


def ran_natively(jitted: Any, *arguments: Any) -> bool:
    """Whether a call is computed without running the function in Python."""
    ran = []
    code = jitted._engine.python.__code__

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is code:
            ran.append(frame)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        jitted(*arguments)
    except Exception:
        return False
    finally:
        sys.setprofile(before)
    return not ran
