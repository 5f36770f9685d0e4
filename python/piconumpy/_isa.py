# SPDX-License-Identifier: BSD-3-Clause
"""The choice of the instruction set that computes long arrays."""

from __future__ import annotations

import os
import warnings

from ._backend import activate_isa, active_isa, unmet_isa_request
from ._backend import available_isas as _available_isas

__all__ = ["active_isa", "available_isas", "set_isa", "warn_of_unmet_request"]


def available_isas() -> tuple[str, ...]:
    """Names of the ISAs that this build and this CPU offer, best first.

    Examples
    --------
    >>> import piconumpy
    >>> piconumpy.isa in piconumpy.available_isas()
    True
    """
    return _available_isas()


class _Selection:
    """A choice of an ISA. As a context manager it restores the previous choice at the end."""

    def __init__(self, name: str, previous: str) -> None:
        self.name = name
        self.previous = previous

    def __repr__(self) -> str:
        return f"<ISA {self.name}, before it {self.previous}>"

    def __enter__(self) -> _Selection:
        return self

    def __exit__(self, *error: object) -> None:
        activate_isa(self.previous)


def set_isa(name: str) -> _Selection:
    """Choose the ISA that computes long arrays, at once and for the whole process.

    Parameters
    ----------
    name : str
        One of ``available_isas()``. All of them give the same bits.

    Returns
    -------
    context manager
        In a ``with`` statement, it restores the previous ISA at the end of the block.

    Raises
    ------
    ValueError
        If the ISA is unknown or not supported here. The active ISA then stays.

    Examples
    --------
    >>> import piconumpy
    >>> before = piconumpy.isa
    >>> slowest = piconumpy.available_isas()[-1]
    >>> with piconumpy.set_isa(slowest):
    ...     piconumpy.isa == slowest
    True
    >>> piconumpy.isa == before
    True
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of an ISA is a str, not {type(name).__name__}")
    previous = active_isa()
    try:
        activate_isa(name.encode(errors="replace"))
    except ValueError as error:
        raise ValueError(f"ISA {name!r}: {error}; available: {_listed()}") from None
    return _Selection(name, previous)


def _listed() -> str:
    return ", ".join(_available_isas())


def warn_of_unmet_request() -> None:
    """Warn if PICOKERNELS_ISA names an ISA that is not available, as the library is silent."""
    request = unmet_isa_request()
    if request is not None:
        name, reason = os.fsdecode(request[0]), request[1]  # like os.environ, any bytes
        warnings.warn(
            f"PICOKERNELS_ISA={name!r}: {reason}; using {active_isa()!r}, available: {_listed()}",
            RuntimeWarning,
            stacklevel=3,
        )
