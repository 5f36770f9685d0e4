"""The files of a release name the version of the header, which is its one source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADER = Path("include/picokernels/picokernels.h")


def text(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def version() -> str:
    numbers = re.findall(
        r"#define PICOKERNELS_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)",
        text(HEADER),
    )
    assert len(numbers) == 3
    return ".".join(numbers)


def test_the_citation_names_the_version() -> None:
    assert re.findall(r"^version: (.*)$", text("CITATION.cff"), re.M) == [version()]


def test_the_changelog_begins_with_the_version() -> None:
    first = re.search(r"^## (\S+),", text("CHANGELOG.md"), re.M)
    assert first is not None
    assert first[1] == version()


@pytest.mark.parametrize("page", ["README.md", "docs/kernels.md"])
def test_pages_ask_cmake_for_the_version(page: str) -> None:
    minor = version().rpartition(".")[0]
    assert re.findall(r"find_package\(picokernels (\S+) ", text(page)) == [minor]


def test_no_other_page_asks_cmake_for_a_version() -> None:
    pages = [p for p in (ROOT / "docs").glob("*.md") if "find_package(picokernels" in text(p)]
    assert [p.name for p in pages] == ["kernels.md"]


def test_the_page_on_versions_tells_the_version() -> None:
    assert re.findall(r"^The version is (\d+\.\d+\.\d+):", text("docs/versioning.md"), re.M) == [
        version()
    ]


def test_the_package_reads_its_version_from_the_header() -> None:
    # The tests of the installed package compare what came of it: tests/python/test_isa.py.
    project = text("pyproject.toml")
    assert re.search(r'^dynamic = \["version"', project, re.M)
    assert re.search(
        r"^\[tool\.scikit-build\.metadata\.version\]\n.*\ninput = \"(.*)\"", project, re.M
    )[1] == str(HEADER)  # type: ignore[index]


def test_a_list_of_the_abi_is_that_of_the_major_version() -> None:
    lists = [p.name for p in (ROOT / "tests/cpp/abi").iterdir()]
    assert f"libpicokernels.so.{version().split('.')[0]}.abi" in lists
