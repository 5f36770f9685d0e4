"""The comparison of lines that no test runs with the list of excused ones."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

REPORT = Path(__file__).parents[1] / "coverage" / "report.py"


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("report", REPORT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "EXCUSED", tmp_path / "excused.txt")
    (tmp_path / "excused.txt").write_text("")
    (tmp_path / "part").mkdir()
    (tmp_path / "part/one.cpp").write_text("first();\nsecond();\nsecond();\n")
    (tmp_path / "part/two.py").write_text("first()\nsecond()\n")
    return module


def cpp(folder: Path, *counts: int) -> str:
    lines = [{"line_number": i, "count": count} for i, count in enumerate(counts, 1)]
    path = folder / "cpp.json"
    path.write_text(json.dumps({"files": [{"file": "part/one.cpp", "lines": lines}]}))
    return str(path)


def python(folder: Path, name: str, ran: list[int], missing: list[int]) -> str:
    path = folder / name
    file = {"executed_lines": ran, "missing_lines": missing}
    path.write_text(json.dumps({"files": {"part/two.py": file}}))
    return str(path)


def test_all_lines_ran(
    report: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Each interpreter ran the line that the other one left out.
    documents = [python(tmp_path, "a", [1], [2]), python(tmp_path, "b", [2], [1])]
    assert report.main([cpp(tmp_path, 3, 1, 1), *documents]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "coverage: 5 lines, 100.0% run, 0 excused, 0 neither, 0 stale excuses"


def test_a_line_that_did_not_run_fails(
    report: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.main([cpp(tmp_path, 0, 1, 1)]) == 1
    assert "part/one.cpp:1: first();" in capsys.readouterr().out


def test_a_line_of_python_that_did_not_run_fails(
    report: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [cpp(tmp_path, 1, 1, 1), python(tmp_path, "a", [1], [2])]
    assert report.main(documents) == 1
    assert "part/two.py:2: second()" in capsys.readouterr().out


def test_an_excuse_holds_for_one_line(
    report: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "excused.txt").write_text("# because\npart/one.cpp\n    second();\n")
    assert report.main([cpp(tmp_path, 1, 1, 0)]) == 0
    assert report.main([cpp(tmp_path, 1, 0, 0)]) == 1
    assert "part/one.cpp:3: second();" in capsys.readouterr().out


def test_an_excuse_for_a_line_that_is_gone_fails(report: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "excused.txt").write_text("# because\npart/one.cpp\n    third();\n")
    assert report.main([cpp(tmp_path, 1, 1, 1)]) == 1
