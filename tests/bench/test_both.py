"""The document of two interpreters."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest
from rows import results, row

from bench.ode import both, published
from bench.ode.command import main
from bench.ode.derived import document
from bench.peers import table

CAPI = "PicoNumpy (CPython C-API)"
JULIA = dataclasses.replace(row("julia", 1e-3), first_calls=(0.2, 0.25, 0.9))
DOCUMENTS = [
    results([JULIA, row("capi", 7.1e-3)], "julia", interpreter="CPython 3.11.7, GCC"),
    results(
        [
            JULIA,
            row("piconumpy", 0.95e-3),
            row("piconumpy_raised", 0.45e-3),
            row("capi", None, "no\nlong story\nC compiler"),
        ],
        "julia",
        implementation="pypy",
        interpreter="PyPy 7.3.19 (Python 3.11)",
    ),
]


def test_the_table_has_every_row_of_both_beside_what_was_published() -> None:
    lines = both.table_of_all(DOCUMENTS).markdown()[:-1]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(line) for line in cells}) == 1
    assert cells[0][:3] == ["Row", "CPython 3.11.7", "CPython 3.11.7, ms"]
    assert cells[0][3:5] == ["CPython 3.11.7, first call, ms", "PyPy 7.3.19"]
    names = [line[0] for line in cells[2:]]
    assert names == ["Julia", "PicoNumpy", "PicoNumpy (trace limit raised)", CAPI]
    assert cells[2][1:] == ["1", "1.00 (0.900 to 1.10)", "250"] * 2 + ["1"] * 4
    assert cells[3][1:] == ["-"] * 3 + ["0.950", "0.950 (0.855 to 1.05)", "-"] + [""] * 4
    assert cells[5][1:4] == ["7.10", "7.10 (6.39 to 7.81)", "-"]
    assert cells[5][4:] == ["-"] * 3 + ["9.03", "33.3", "4.7", "17.8"]


def test_the_document_says_why_a_row_is_empty_and_holds_the_runs(tmp_path: Path) -> None:
    written = both.save(DOCUMENTS, ["one table", "another table"], tmp_path, plot=False)
    assert [path.name for path in written] == ["ode.json", "ode.md"]
    text = (tmp_path / "ode.md").read_text(encoding="utf-8")
    assert "PyPy 7.3.19: not measured: no ... C compiler." in text
    assert "```\none table\n```" in text
    assert "ode.png" not in text
    combined = json.loads((tmp_path / "ode.json").read_text(encoding="utf-8"))
    assert combined["interpreters"] == [document(one) for one in DOCUMENTS]
    assert combined["published"]["ratios"]["numpy"]["i5-8400"] == [37.5, 332]


def test_the_chart_of_both_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    written = both.save(DOCUMENTS, ["", ""], tmp_path, plot=True)
    assert (tmp_path / "ode.png").read_bytes().startswith(b"\x89PNG")
    assert len(written) == 3
    assert "](ode.png)" in (tmp_path / "ode.md").read_text(encoding="utf-8")


def test_another_norm_is_named() -> None:
    other = dataclasses.replace(DOCUMENTS[1], rows=[row("cpp", 1e-3)], norms=("cpp",))
    text = both.markdown([DOCUMENTS[0], other], [], None)
    assert "divided by Julia on CPython 3.11.7, C++ on PyPy 7.3.19," in text


def test_what_was_published_belongs_to_rows_of_the_table() -> None:
    names = {peer.name for peer in table.peers_of("ode")}
    assert published.RATIOS.keys() <= names
    assert published.ratio("hpy", "i5-8400", "pypy") == 15
    assert published.ratio("hpy", "i5-8400", "graalpy") is None
    assert published.ratio("piconumpy", "i5-8400", "cpython") is None


def test_both_runs_one_interpreter_after_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second is this one again."""
    options = ["--sleds", "1", "--steps", "2", "--runs", "1", "--quick", "--no-plot"]
    options += ["--rows", "purepy", "--output", str(tmp_path), "--pypy", sys.executable]
    assert main(options) == 0
    assert capsys.readouterr().out.count("PicoNumpy (purepy) :     1 * ") == 2
    results = json.loads((tmp_path / "ode.json").read_text(encoding="utf-8"))
    assert len(results["interpreters"]) == 2


def test_an_interpreter_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--sleds", "1", "--steps", "2", "--runs", "1", "--quick", "--rows", "purepy"]
    assert main([*options, "--output", str(tmp_path), "--pypy", "no-such-pypy"]) == 1
    assert "no-such-pypy" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
