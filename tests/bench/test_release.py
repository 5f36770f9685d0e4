"""The files of a release name the version of the header, which is its one source."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def version() -> str:
    numbers = re.findall(
        r"#define PICOKERNELS_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)",
        text("include/picokernels/picokernels.h"),
    )
    assert len(numbers) == 3
    return ".".join(numbers)


def test_the_citation_names_the_version() -> None:
    assert re.findall(r"^version: (.*)$", text("CITATION.cff"), re.M) == [version()]


def test_the_changelog_begins_with_the_version() -> None:
    first = re.search(r"^## (\S+),", text("CHANGELOG.md"), re.M)
    assert first is not None
    assert first[1] == version()


def test_the_readme_asks_cmake_for_the_version() -> None:
    minor = version().rpartition(".")[0]
    assert re.findall(r"find_package\(picokernels (\S+) ", text("README.md")) == [minor]
