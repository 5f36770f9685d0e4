"""The right-hand side of a sled as a function of a module, so that other processes find it."""

from __future__ import annotations

from typing import Any

import piconumpy
from bench.board import loader

problem = loader.load(piconumpy.array)


@piconumpy.jit
def sled(t: float, X: Any) -> Any:
    return problem.board(t, X)
