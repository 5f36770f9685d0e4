"""Run the C-API against HPy: `python -m bench.cpy_vs_hpy` from the repository's root."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.harness.rounds import Schedule
from bench.ode import __main__ as ode

# A run takes a second and more, so each slice is one run. After 2000 steps of a chaotic motion only
# rows with equal bits can be checked: none of another language takes part.
CPY_VS_HPY = ode.Variant(
    name="cpy_vs_hpy",
    title="C-API and HPy",
    description="Time the sleds of the main benchmark, more and longer, for extensions written "
    "with the C-API and with HPy, and for PicoNumpy.",
    sleds=100,
    steps=2000,
    usual=Schedule(rounds=6, slice_s=0.01, settle_s=0.1, sessions=2),
    quick=Schedule(rounds=2, slice_s=0.01, settle_s=0.1, sessions=1),
    norms=("capi", "piconumpy"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    return ode.main(arguments, CPY_VS_HPY)


if __name__ == "__main__":
    sys.exit(main())
