# SPDX-License-Identifier: BSD-3-Clause
"""Links between the pages of the site and the other files of the repository.

The pages of docs/ are read in two places: on the site, and in the repository, where their links
lead to files, such as ../bench/README.md. Some pages of the site include such a file. So a link to
the file becomes one to the page that includes it, and the links in an included file count from the
folder of that file. A link to any other file of the repository downloads it.
"""

from __future__ import annotations

import os.path
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# The pages that show a file of the repository.
PAGES = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE-third-party.md": "licenses.md",
    "bench/README.md": "measuring.md",
    "kernels/README.md": "design/kernels.md",
    "kernels/program/README.md": "design/programs.md",
    "kernels/integrate/README.md": "design/integrators.md",
    "include/picokernels/picokernels.h": "reference/kernels.md",
    "include/picokernels/program.h": "reference/programs.md",
    "include/picokernels/integrate.h": "reference/integrators.md",
    "include/picokernels/picokernels.hpp": "reference/cpp.md",
    "include/picokernels/program.hpp": "reference/cpp.md",
}
INCLUDE = re.compile(r"^```\{include\} (?P<path>\S+)\n```$", re.MULTILINE)
# A session ends with an empty line, for doctest. It is not shown.
LAST_LINE = re.compile(r"\n\n```$", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")


def linked(text: str, folder: Path, page: Path) -> str:
    """The text of a file of that folder, with links as they are in the page."""

    def replaced(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(folder / match["path"]))
        name = target.relative_to(ROOT).as_posix()
        if name in PAGES:
            target = ROOT / "docs" / PAGES[name]
        return f"]({os.path.relpath(target, page.parent)}{match['anchor'] or ''})"

    return LINK.sub(replaced, text)


def read(app: Any, docname: str, source: list[str]) -> None:
    """Changes the source of a page before it is parsed."""
    page = Path(app.env.doc2path(docname))

    def included(match: re.Match[str]) -> str:
        file = Path(os.path.normpath(page.parent / match["path"]))
        app.env.note_dependency(str(file))
        return linked(file.read_text(encoding="utf-8"), file.parent, page)

    text = INCLUDE.sub(included, linked(source[0], page.parent, page))
    source[0] = LAST_LINE.sub("\n```", text)


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True}
