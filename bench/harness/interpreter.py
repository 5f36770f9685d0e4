"""What is known of a Python interpreter; as a program, this file prints it of its own.

It needs only the standard library, because every interpreter that is measured runs it.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import platform
import sys
import sysconfig
from dataclasses import dataclass


@dataclass(frozen=True)
class Interpreter:
    """An interpreter and how it was built. The version of PyPy is not that of its language."""

    implementation: str
    version: str
    language: str
    compiler: str
    optimized: bool
    lto: bool
    distribution: bool
    binary_tag: str  # in the names of extension modules, like `cpython-311-x86_64-linux-gnu`
    extension_suffix: str
    include: str
    hpy: str | None  # the version of HPy that it can load

    @classmethod
    def current(cls) -> Interpreter:
        """The interpreter that runs this."""
        variable = sysconfig.get_config_var
        flags = str(variable("CONFIG_ARGS") or "")
        return cls(
            implementation=sys.implementation.name,
            version=".".join(str(part) for part in sys.implementation.version[:3]),
            language=platform.python_version(),
            compiler=platform.python_compiler(),
            optimized="--enable-optimizations" in flags,
            lto="--with-lto" in flags,
            # Distributions optimise by other means than configure's options (Debian's rules do).
            distribution=sys.base_prefix == "/usr",
            binary_tag=variable("SOABI"),
            extension_suffix=variable("EXT_SUFFIX"),
            include=sysconfig.get_paths()["include"],
            hpy=_hpy_version(),
        )

    @property
    def title(self) -> str:
        """For example `CPython 3.11.7`."""
        names = {"cpython": "CPython", "pypy": "PyPy"}
        return f"{names.get(self.implementation, self.implementation)} {self.version}"

    @property
    def description(self) -> str:
        """For example `CPython 3.11.7, GCC 12.2.0, built without --enable-optimizations`."""
        if self.implementation != "cpython":
            return f"{self.title} (Python {self.language})"
        if not self.optimized and self.distribution:
            return f"{self.title}, {self.compiler}, the distribution's build"
        built = "with" if self.optimized else "without"
        lto = " and LTO" if self.optimized and self.lto else ""
        return f"{self.title}, {self.compiler}, built {built} --enable-optimizations{lto}"


def _hpy_version() -> str | None:
    try:
        return str(importlib.import_module("hpy.universal").get_version()[0])
    except ImportError:
        return None


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(Interpreter.current())))
