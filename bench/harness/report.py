"""What is printed of a run, and how files are written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from bench.harness.results import Results, Row

# Above this share, what ran on the other cores is seen in the figures.
DISTURBING = 0.2
FIRST_CALL = (
    "First call: where the callback is compiled at run time, the time in a fresh process from its "
    "definition until the first result, imports excluded."
)
WARNING = "the other cores were at work too; the figures are disturbed, interpreters' most of all"


def ratio_text(ratio: float) -> str:
    """Three significant digits, without an exponent: 0.185, 5.31, 27.6, 193."""
    digits = 0 if ratio >= 99.95 else 1 if ratio >= 9.995 else 2 if ratio >= 0.9995 else 3
    return f"{ratio:.{digits}f}"


def milliseconds(seconds: float) -> str:
    """Without the unit, to about three digits: 0.212, 8.18, 29.3."""
    return ratio_text(seconds * 1e3)


@dataclass(frozen=True)
class Table:
    """Cells that print as plain text and as Markdown; the first columns hold words."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    words: int = 1  # columns aligned at the left

    def text(self) -> list[str]:
        """For a terminal: below a title, the lines are indented."""
        lines = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines)]
        indent = "  " if self.title else ""
        body = [
            indent
            + "  ".join(
                cell.ljust(width) if place < self.words else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(line, widths))
            ).rstrip()
            for line in lines
        ]
        note = [indent + self.note] if self.note else []
        return [*([self.title] if self.title else []), *body, *note, ""]

    def markdown(self) -> list[str]:
        rule = "|---" * self.words + "|--:" * (len(self.head) - self.words) + "|"
        head, *body = ("| " + " | ".join(line) + " |" for line in (self.head, *self.rows))
        title = [f"### {self.title}", ""] if self.title else []
        return [*title, head, rule, *body, "", *([self.note, ""] if self.note else [])]


def header_lines(
    machine: Mapping[str, Any], problem: str, entries: Iterable[tuple[str, str]] = ()
) -> list[str]:
    """What was run and where, with the benchmark's own entries, each a name and a text."""
    core, busy = machine.get("core"), machine.get("others_busy")
    pinned = "not pinned: this system cannot" if core is None else f"pinned to core {core}"
    load = "" if busy is None else f", other cores {100 * busy:.0f} % busy"
    lines = [
        ("Problem", problem),
        ("Date", str(machine.get("date", "unknown"))),
        ("CPU", f"{machine['cpu']} ({machine['cores']} cores), {pinned}{load}"),
        ("System", machine["os"]),
        ("Interpreter", machine["interpreter"]),
        *entries,
    ]
    if busy is not None and busy > DISTURBING:
        lines.append(("Warning", WARNING))
    width = max(len(name) for name, _ in lines)
    return [f"{name:{width}} : {text}" for name, text in lines]


def versions(rows: Iterable[Row], machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Entries of a header: what the rows' workers say of themselves."""
    named = [f"{row.peer.title}: {row.info['version']}" for row in rows if row.info.get("version")]
    isa = machine["isa"] or "unknown: PicoNumpy is not in this run"
    return [("ISA of PicoNumpy", isa), ("Versions", "; ".join(named) or "none named")]


def shortened(note: str) -> str:
    """The first line of a note and its last, which says most in the output of a compiler."""
    lines = note.splitlines()
    return note if len(lines) < 2 else f"{lines[0]} ... {lines[-1]}"


def titled(rows: Iterable[Row], text: Callable[[Row], str]) -> list[str]:
    """A line for each row: its title, padded, and a text."""
    rows = list(rows)
    width = max((len(row.peer.title) for row in rows), default=0)
    return [f"{row.peer.title:{width}} : {text(row)}" for row in rows]


def ratio_lines(results: Results) -> list[str]:
    """The rows as the original project prints them, each with its spread."""
    norm = results.norm_title or ""

    def text(row: Row) -> str:
        spread, ratio = row.spread, results.ratio(row)
        if spread is None or ratio is None:
            return shortened(row.note)
        figure = "1" if row is results.norm else ratio_text(ratio)
        times = f"{figure:>5} * {norm} = {spread.median:.3g} s".ljust(24 + len(norm))
        return (
            f"{times}{milliseconds(spread.q1)} .. {milliseconds(spread.q3)} ms, "
            f"min {milliseconds(spread.minimum)}, max {milliseconds(spread.maximum)}, "
            f"{spread.count} runs in {len(row.processes)} processes"
            + ("" if row.first_call is None else f", first call {milliseconds(row.first_call)} ms")
        )

    reason = results.norm_reason
    compiling = any(row.first_call is not None for row in results.rows)
    return [
        *([f"The norm is {norm}, because {reason.splitlines()[0]}"] if reason else []),
        *titled(results.rows, text),
        "Ratios are medians over the rounds. After the median of the times: the quartiles, between "
        "which half of the runs lie, and the extremes.",
        *([FIRST_CALL] if compiling else []),
    ]


def page(results: Results, checked: str, more: Sequence[str]) -> list[str]:
    """All that is printed of one benchmark on one interpreter, with what its check has found."""
    entries = [*versions(results.rows, results.machine), ("Check", checked)]
    header = header_lines(results.machine, str(results.problem["description"]), entries)
    return [*header, "", *ratio_lines(results), "", *more]


def write_atomically(path: Path, content: bytes) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def write_json(path: Path, results: Mapping[str, Any]) -> None:
    """The results, readable by people too."""
    write_atomically(path, (json.dumps(results, indent=2, ensure_ascii=False) + "\n").encode())
