"""The command `python -m bench.ode.profile`."""

from __future__ import annotations

import pstats
from pathlib import Path
from typing import Any

import pytest

from bench.ode.profile import command
from bench.ode.profile.command import main


def test_a_row_is_profiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(statistics: Path, dot: str) -> bytes:
        calls: Any = pstats.Stats(str(statistics))
        return f"{dot} {sorted(name for _, _, name in calls.stats)}".encode()

    monkeypatch.setattr(command, "find_dot", lambda: "dot")
    monkeypatch.setattr(command, "draw", draw)
    arguments = ["purepy", "--sleds", "1", "--steps", "2", "--output", str(tmp_path)]
    assert main(arguments) == 0
    (picture,) = tmp_path.iterdir()
    assert picture.name.startswith("profile-purepy")
    assert "runge_kutta_step" in picture.read_text(encoding="utf-8")
    assert "Ordered by: internal time" in capsys.readouterr().out


def test_without_graphviz_nothing_is_profiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["purepy", "--output", str(tmp_path)]) == 1
    assert "install Graphviz (Debian's package: graphviz)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no method named; the methods are: piconumpy"),
        (["fortran"], "unknown method 'fortran'; the methods are: piconumpy"),
        (["julia"], "unknown method 'julia'"),
    ],
)
def test_methods_are_listed(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    error = capsys.readouterr().err
    assert message in error
    assert "capi, " in error
    assert "callback" not in error
