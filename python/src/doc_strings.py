# SPDX-License-Identifier: BSD-3-Clause
"""Writes the doc strings of the extension module, as rows of C++: see doc_strings.hpp.

usage: doc_strings.py .../piconumpy/_interface.py OUTPUT
"""

from __future__ import annotations

import inspect
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def text_signature(thing: Any) -> str:
    """The signature in the form that inspect reads from the doc strings of compiled functions."""
    signature = inspect.signature(thing)
    parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    text = str(inspect.Signature(parameters))
    return text.replace("(self)", "($self, /)").replace("(self,", "($self,")


def documented(interface: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The name and the object of everything that has documentation; methods as class.method."""
    for name in interface["__all__"]:
        yield name, interface[name]
    for owner in ("array", "jitted"):
        for name, thing in vars(interface[owner]).items():
            if (inspect.isfunction(thing) or isinstance(thing, property)) and thing.__doc__:
                yield f"{owner}.{name}", thing


def main() -> None:
    source, output = sys.argv[1:]
    with Path(output).open("w", encoding="utf-8") as file:
        for name, thing in documented(runpy.run_path(source)):
            text = inspect.getdoc(thing)
            if not isinstance(thing, property):
                text = f"{name.split('.')[-1]}{text_signature(thing)}\n--\n\n{text}"
            file.write(f'{{"{name}", R"doc({text}\n)doc"}},\n')


main()
