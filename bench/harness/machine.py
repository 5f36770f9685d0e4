"""The machine that a run is made on: its description, its cores, and what else they do."""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
import platform
from collections.abc import Iterator
from statistics import fmean
from typing import Any

import cpuinfo
import psutil

from bench.harness.interpreter import Interpreter


@functools.cache
def cpu_name() -> str:
    """The CPU's own name for itself; it takes a second to find out."""
    return str(cpuinfo.get_cpu_info().get("brand_raw") or platform.processor() or "unknown")


def operating_system() -> str:
    """For example `Debian GNU/Linux 12 (bookworm), Linux 6.1, glibc 2.36`."""
    parts = []
    with contextlib.suppress(AttributeError, OSError):
        parts.append(platform.freedesktop_os_release().get("PRETTY_NAME", ""))
    parts.append(f"{platform.system()} {platform.release()}")
    parts.append(" ".join(platform.libc_ver()).strip())
    return ", ".join(part for part in parts if part)


def choose_core(wanted: int | None) -> int | None:
    """The core to measure on: wanted, else the last allowed; None where cores cannot be chosen."""
    if not hasattr(os, "sched_getaffinity"):
        if wanted is not None:
            raise ValueError("--core: this system does not let a process choose its core")
        return None
    allowed = sorted(os.sched_getaffinity(0))
    if wanted is None:
        return allowed[-1]
    if wanted not in allowed:
        raise ValueError(
            f"--core {wanted}: this process may use the cores {', '.join(map(str, allowed))}"
        )
    return wanted


@contextlib.contextmanager
def leaving_core(core: int | None) -> Iterator[None]:
    """While inside, keep this process off the measured core if there is another one."""
    before = set() if core is None else os.sched_getaffinity(0)
    others = before - {core}
    if others:
        os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        if others:
            os.sched_setaffinity(0, before)


def describe(core: int | None, interpreter: Interpreter) -> dict[str, Any]:
    """The machine as the results record it; the run fills in `isa` and `others_busy`.

    Paths of this machine are left out.
    """
    recorded = ("implementation", "version", "compiler", "optimized", "lto")
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu_name(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "core": core,
        "load": round(os.getloadavg()[0], 2),  # processes that wanted to run
        "others_busy": None,
        "os": operating_system(),
        "isa": None,
        "interpreter": interpreter.description,
        **{name: getattr(interpreter, name) for name in recorded},
    }


class Disturbance:
    """Measures the load of the other cores, which share caches, memory, and often much more."""

    def __init__(self, core: int | None) -> None:
        self._core = core
        psutil.cpu_percent(percpu=True)

    def share(self) -> float | None:
        """How busy the other cores were since this was made, from 0 to 1; None without any."""
        percent = psutil.cpu_percent(percpu=True)
        others = [busy for core, busy in enumerate(percent) if core != self._core]
        return None if self._core is None or not others else round(fmean(others) / 100, 3)
