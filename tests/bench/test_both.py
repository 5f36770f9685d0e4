"""The document of two interpreters, and what is printed of rows that an interpreter cannot run."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.harness.interpreter import Interpreter
from bench.harness.runner import Row
from bench.ode import both, published
from bench.peers import builds, table, tools
from bench.peers.tools import BuildError, Site, Unavailable

CPYTHON = dataclasses.replace(
    Interpreter.current(), implementation="cpython", version="3.11.7", hpy="0.9.0"
)
PYPY = dataclasses.replace(
    CPYTHON, implementation="pypy", version="7.3.19", hpy="0.9.1.dev61+g79fb330d"
)


def row(name: str, title: str, ratio: float | None, note: str = "a row") -> dict[str, Any]:
    """A row of a document; the norm takes a millisecond."""
    return {
        "id": name,
        "name": title,
        "floor": False,
        "ratio": ratio,
        "median_s": None if ratio is None else ratio * 1e-3,
        "q1_s": None if ratio is None else ratio * 0.9e-3,
        "q3_s": None if ratio is None else ratio * 1.1e-3,
        "note": note,
        "version": None,
    }


def document(implementation: str, title: str, *rows: dict[str, Any]) -> dict[str, Any]:
    machine = {"cpu": "a CPU", "os": "a system", "interpreter": title}
    return {
        "problem": {"description": "2 sleds"},
        "machine": {**machine, "implementation": implementation},
        "norm": "Julia",
        "norm_reason": "",
        "rows": list(rows),
    }


JULIA = row("julia", "Julia", 1.0)
DOCUMENTS = [
    document("cpython", "CPython 3.11.7, GCC", JULIA, row("capi", "C-API", 7.1)),
    document(
        "pypy",
        "PyPy 7.3.19 (Python 3.11)",
        JULIA,
        row("piconumpy", "PicoNumpy", 0.95),
        row("piconumpy_raised", "PicoNumpy (trace limit raised)", 0.45),
        row("capi", "C-API", None, "not measured: no\nlong story\nC compiler"),
    ),
]


def test_the_table_has_every_row_of_both_beside_what_was_published() -> None:
    lines = both.table_of_all(DOCUMENTS)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(line) for line in cells}) == 1
    assert cells[0][:3] == ["Row", "CPython 3.11.7", "CPython 3.11.7, ms"]
    assert cells[0][3:5] == ["PyPy 7.3.19", "PyPy 7.3.19, ms"]
    names = [line[0] for line in cells[2:]]
    assert names == ["Julia", "PicoNumpy", "PicoNumpy (trace limit raised)", "C-API"]
    assert cells[2][1:] == ["1", "1.00 (0.900 to 1.10)"] * 2 + ["1"] * 4
    assert cells[3][1:] == ["-", "-", "0.950", "0.950 (0.855 to 1.04)", "", "", "", ""]
    assert cells[5][1:] == ["7.10", "7.10 (6.39 to 7.81)", "-", "-", "9.03", "33.3", "4.7", "17.8"]


def test_the_document_says_why_a_row_is_empty_and_holds_the_runs(tmp_path: Path) -> None:
    written = both.save(DOCUMENTS, ["one table", "another table"], tmp_path, plot=False)
    assert [path.name for path in written] == ["ode.json", "ode.md"]
    text = (tmp_path / "ode.md").read_text(encoding="utf-8")
    assert "PyPy 7.3.19: not measured: no ... C compiler." in text
    assert "```\none table\n```" in text
    assert "ode.png" not in text
    combined = json.loads((tmp_path / "ode.json").read_text(encoding="utf-8"))
    assert combined["interpreters"] == DOCUMENTS
    assert combined["published"]["ratios"]["numpy"]["i5-8400"] == [37.5, 332]


def test_the_chart_of_both_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    written = both.save(DOCUMENTS, ["", ""], tmp_path, plot=True)
    assert (tmp_path / "ode.png").read_bytes().startswith(b"\x89PNG")
    assert len(written) == 3
    assert "](ode.png)" in (tmp_path / "ode.md").read_text(encoding="utf-8")


def test_another_norm_is_named() -> None:
    other = {**DOCUMENTS[1], "norm": "C++"}
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
    assert both.main(options) == 0
    assert capsys.readouterr().out.count("PicoNumpy (purepy) :     1 * ") == 2
    results = json.loads((tmp_path / "ode.json").read_text(encoding="utf-8"))
    assert len(results["interpreters"]) == 2


def test_an_interpreter_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--sleds", "1", "--steps", "2", "--runs", "1", "--quick", "--rows", "purepy"]
    assert both.main([*options, "--output", str(tmp_path), "--pypy", "no-such-pypy"]) == 1
    assert "no-such-pypy" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets an interpreter be whatever the test needs."""

    def pretend(which: Interpreter) -> Site:
        monkeypatch.setattr(builds, "interpreter_facts", lambda python: which)
        monkeypatch.setattr(builds, "module_is_there", lambda python, module: False)
        monkeypatch.setattr(table, "interpreter_facts", lambda python: which)
        return Site("the interpreter")

    return pretend


def test_hpy_rows_say_what_their_interpreter_lacks(facts: Any) -> None:
    with pytest.raises(Unavailable, match=r"PyPy 7\.3\.19 does not have the CPython ABI"):
        builds.build_hpy_cpython(facts(PYPY))
    with pytest.raises(Unavailable, match=r"PyPy 8\.0\.1 has no HPy"):
        builds.build_hpy_universal(facts(dataclasses.replace(PYPY, version="8.0.1", hpy=None)))
    old = dataclasses.replace(PYPY, version="7.3.11", hpy="0.0.4")
    with pytest.raises(Unavailable, match=r"has HPy 0\.0\.4, and this row is built for HPy 0\.9"):
        builds.build_hpy_universal(facts(old))


def test_rows_without_their_tools_say_so(facts: Any) -> None:
    site = facts(CPYTHON)
    for build in (builds.build_cython, builds.build_hpy_cpython, builds.build_hpy_universal):
        with pytest.raises(Unavailable, match=r"CPython 3\.11\.7 has no package "):
            build(site)
    with pytest.raises(Unavailable, match="has no package numpy"):
        builds.build_pythran(site, "ode")


def test_a_row_of_another_interpreter_is_left_out(facts: Any) -> None:
    raised = next(peer for peer in table.PEERS if peer.name == "piconumpy_raised")
    assert raised.is_for("pypy")
    assert not raised.is_for("cpython")
    with pytest.raises(Unavailable, match=r"a row of pypy, not of CPython 3\.11\.7"):
        raised.launch(facts(CPYTHON), "ode")
    assert "--long-traces" in raised.launch(facts(PYPY), "ode").command


def test_the_callback_alone_is_a_floor_only_where_nothing_merges_it() -> None:
    peer = next(peer for peer in table.PEERS if peer.name == "callback")
    assert Row(peer, {"interpreter": {"implementation": "cpython"}}).floor
    assert not Row(peer, {"interpreter": {"implementation": "pypy"}}).floor


def test_an_interpreter_tells_what_builds_need() -> None:
    here = tools.interpreter_facts(sys.executable)
    assert here.implementation == sys.implementation.name
    assert here.title.endswith(here.version)
    assert here.extension_suffix.endswith(".so")
    assert tools.module_is_there(sys.executable, "json.decoder")
    assert not tools.module_is_there(sys.executable, "no_such_package.module")
    with pytest.raises(BuildError, match="does not run"):
        tools.interpreter_facts("no-such-python")
