# SPDX-License-Identifier: BSD-3-Clause
"""Checks what wheels hold, and what the package index shows. usage: check_wheels.py WHEEL..."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path


def problems_of(path: Path) -> list[str]:
    """What is wrong with a wheel, a line each."""
    python, _, platform = path.stem.split("-")[2:]
    is_cpython = python.startswith("cp")
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = (
            wheel.read(n).decode() for n in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)
        )

    def has(pattern: str) -> bool:
        return any(re.fullmatch(pattern, name) for name in names)

    wanted = {
        "the library": has(r"piconumpy/lib/libpicokernels\.so\.\d+"),
        "py.typed": has(r"piconumpy/py\.typed"),
        "the license": has(r".*\.dist-info/licenses/LICENSE"),
        "the licenses of others' code": has(r".*\.dist-info/licenses/LICENSE-third-party\.md"),
        "the tag of its interpreters": python.startswith(("cp", "pp")),
        "a manylinux tag": "manylinux_2_" in platform,
        "the extension module": has(r"piconumpy/_core\.cpython-.*\.so") == is_cpython,
        "the modules of PyPy": has(r"piconumpy/_pypy/.*\.py") != is_cpython,
        # cffi reads them.
        "the headers": has(r"piconumpy/include/picokernels\.h") != is_cpython,
    }
    found = []
    for what, is_right in wanted.items():
        if not is_right:
            found.append(f"{what}: missing, or in a wheel that does not use it")
    for name in names:
        if not re.match(r"piconumpy(-[^/]+\.dist-info|\.libs)?/", name):
            found.append(f"{name}: not a file of the package")
        if re.search(r"\.(a|cmake|pc|cpp|hpp|o)$", name) or "__pycache__" in name:
            found.append(f"{name}: not for users")
    relative = re.findall(r"\]\((?!https://|#)[^)]*\)", metadata)
    found += [f"{link}: a link that is relative to the repository" for link in relative]
    if not re.search(r"^Project-URL: Source, https://", metadata, re.M):
        found.append("no Project-URL")
    return found


def main() -> int:
    is_right = True
    for path in map(Path, sys.argv[1:]):
        for problem in problems_of(path):
            is_right = False
            print(f"{path.name}: {problem}", file=sys.stderr)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
