"""The table for the eye and the document for programs."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness.runner import Norm, Row
from bench.peers.table import Peer, PythonPeer

# Above this share, what ran on the other cores is seen in the figures.
DISTURBING = 0.2
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


def versions(rows: Sequence[Row], machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the rows' workers say of themselves."""
    named = [f"{row.peer.title}: {row.info['version']}" for row in rows if row.info.get("version")]
    isa = machine["isa"] or "unknown: PicoNumpy is not in this run"
    return [("ISA of PicoNumpy", isa), ("Versions", "; ".join(named) or "none named")]


def shortened(note: str) -> str:
    """The first line of a note and its last, which of a program's complaint tells most."""
    lines = note.splitlines()
    return note if len(lines) < 2 else f"{lines[0]} ... {lines[-1]}"


def table_lines(rows: Sequence[Row], norm: Norm | None) -> list[str]:
    """One line for each row, as the original project prints them, then the spread."""
    width = max(len(row.peer.title) for row in rows)
    lines: list[str] = []
    if norm is not None and norm.reason:
        lines.append(f"The norm is {norm.row.peer.title}, because {norm.reason.splitlines()[0]}")
    for row in rows:
        title = f"{row.peer.title:{width}} :"
        if row.spread is None or norm is None:
            lines.append(f"{title} {shortened(row.note)}")
            continue
        spread = row.spread
        ratio = "1" if row is norm.row else ratio_text(spread.median / norm.median_s)
        lines.append(
            f"{title} {ratio:>5} * {norm.row.peer.title} = {spread.median:.3g} s".ljust(
                width + 27 + len(norm.row.peer.title)
            )
            + f"{milliseconds(spread.q1)} .. {milliseconds(spread.q3)} ms, "
            + f"min {milliseconds(spread.minimum)}, max {milliseconds(spread.maximum)}, "
            + f"{spread.count} runs in {len(row.sessions)} processes"
        )
    lines.append(
        "After the medians: the quartiles between which half of the runs lie, and the extremes."
    )
    return lines


def derived(rows: Sequence[Row]) -> dict[str, Any]:
    """Each Python row's array work, and PicoNumpy against the C extension.

    The latter is given for the medians, and for the fastest runs as a cross-check: these are what a
    busy machine falsifies least.
    """
    medians, fastest = {}, {}
    for row in rows:
        # Where the callback alone is no floor, there is nothing to subtract.
        if row.spread is not None and (row.floor or not row.peer.floor):
            medians[row.peer.name] = row.spread.median
            fastest[row.peer.name] = row.spread.minimum
    work = {
        row.peer.name: medians[row.peer.name] - medians["callback"]
        for row in rows
        if "callback" in medians and row.peer.name in medians and has_array(row.peer)
    }
    result: dict[str, Any] = {"array_work_s": work}
    if "piconumpy" in medians and "capi" in medians:
        result["piconumpy_over_capi"] = against_capi(medians)
        result["piconumpy_over_capi_fastest"] = against_capi(fastest)
    return result


def has_array(peer: Peer) -> bool:
    """It runs the Python callback with an array type of its own."""
    return isinstance(peer, PythonPeer) and not peer.floor


def against_capi(seconds: Mapping[str, float]) -> dict[str, float]:
    """PicoNumpy over the C extension: the time of a run, and the array work in it."""
    ratios = {"total": seconds["piconumpy"] / seconds["capi"]}
    floor = seconds.get("callback")
    if floor is not None and seconds["capi"] > floor:
        ratios["array_work"] = (seconds["piconumpy"] - floor) / (seconds["capi"] - floor)
    return ratios


def derived_lines(rows: Sequence[Row]) -> list[str]:
    """The same for the eye."""
    figures = derived(rows)
    titles = {row.peer.name: row.peer.title for row in rows}
    lines = []
    if figures["array_work_s"]:
        width = max(len(titles[name]) for name in figures["array_work_s"])
        lines.append("Array work: the row minus the callback alone")
        lines += [
            f"  {titles[name]:{width}} : {seconds * 1e3:7.3f} ms"
            for name, seconds in figures["array_work_s"].items()
        ]
    if "piconumpy_over_capi" in figures:
        lines.append(f"{titles['piconumpy']} / {titles['capi']}")
        for what, key in (
            ("medians", "piconumpy_over_capi"),
            ("fastest", "piconumpy_over_capi_fastest"),
        ):
            ratios = figures[key]
            work = (
                f", {ratios['array_work']:.3f} of the array work" if "array_work" in ratios else ""
            )
            lines.append(f"  {what} : {ratios['total']:.3f} of the time{work}")
    return lines


def document(
    benchmark: str,
    problem: Mapping[str, Any],
    machine: Mapping[str, Any],
    rows: Sequence[Row],
    norm: Norm | None,
) -> dict[str, Any]:
    """The results as JSON: every row, null figures and the reason for those that have none."""
    return {
        "benchmark": benchmark,
        "problem": dict(problem),
        "machine": dict(machine),
        "norm": None if norm is None else norm.row.peer.title,
        "norm_reason": "" if norm is None else norm.reason,
        "rows": [_row(row, norm) for row in rows],
        "derived": derived(rows),
    }


def _row(row: Row, norm: Norm | None) -> dict[str, Any]:
    spread = row.spread
    measured = spread is not None and norm is not None
    return {
        "name": row.peer.title,
        "id": row.peer.name,
        "floor": row.floor,
        "median_s": spread.median if spread else None,
        "ratio": spread.median / norm.median_s if spread and measured and norm else None,
        "min_s": spread.minimum if spread else None,
        "max_s": spread.maximum if spread else None,
        "q1_s": spread.q1 if spread else None,
        "q3_s": spread.q3 if spread else None,
        "runs": spread.count if spread else 0,
        "process_medians_s": row.process_medians() if spread else [],
        "version": row.info.get("version"),
        "note": row.note,
    }


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
