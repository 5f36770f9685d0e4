# SPDX-License-Identifier: BSD-3-Clause
from typing import Any, final, type_check_only

from typing_extensions import Buffer, Self

from ._interface import *  # noqa: F403
from ._interface import array as array

def active_isa() -> str: ...
def available_isas() -> tuple[str, ...]: ...
def activate_isa(name: str | bytes) -> None: ...
def unmet_isa_request() -> tuple[bytes, str] | None: ...
def library_version() -> str: ...
def address(buffer: Buffer) -> int: ...

@final
class Program:
    inputs: int
    outputs: int
    engine: str
    def __new__(cls, instructions: bytes, options: int) -> Self: ...
    def dump(self) -> str: ...
    def run_point(self, inputs: list[float], /) -> tuple[list[float] | None, Any]: ...
    def iterate_point(
        self, inputs: list[float], count: int, every: int, /
    ) -> tuple[list[float], list[float], Any]: ...
    def run(self, inputs: list[Any], outputs: list[Any], n: int, /) -> Any: ...
    def iterate(
        self,
        inputs: list[Any],
        outputs: list[Any],
        n: int,
        count: int,
        every: int,
        stored: list[Any],
        /,
    ) -> Any: ...

@final
class Guards:
    def __new__(cls, guards: tuple[Any, ...]) -> Self: ...
    def hold(self) -> bool: ...

@final
class FastCall:
    def __new__(cls, program: Program, forms: Any, result: Any, guards: Any) -> Self: ...

# The type has no name in the module.
@type_check_only
class Solution:
    summary: tuple[int, int, int, int, int, int, int, int]
    def points(self) -> tuple[array, array]: ...
    def event_points(self, event: int, /) -> tuple[array, array]: ...
    def breaks(self) -> array: ...
    def evaluate(self, times: array, segment: int, /) -> array: ...

def solve_ode(
    method: int,
    f: tuple[Program | None, array | None, Any],
    jacobian: tuple[Program | None, array | None, Any] | None,
    time_derivative: tuple[Program | None, array | None, Any] | None,
    t0: float,
    t_end: float,
    y0: array,
    rtol: array,
    atol: array,
    first_step: float,
    max_step: float,
    max_steps: int,
    t_eval: array | None,
    is_dense: bool,
    events: tuple[Any, ...],
    event_parts: int,
    observer: Any,
    make_state: Any,
    /,
) -> Solution: ...
def solve_ensemble(
    method: int,
    program: Program,
    t0: float,
    t_end: float,
    members: int,
    y0: array,
    parameters: array,
    rtol: array,
    atol: array,
    first_step: float,
    max_step: float,
    max_steps: int,
    t_eval: array | None,
    progress: Any,
    /,
) -> tuple[array, array, array, array, array, array, array]: ...
