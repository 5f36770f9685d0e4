# SPDX-License-Identifier: BSD-3-Clause
"""Tables of benchmarks, made from the JSON documents that the benchmarks write.

A block

    ```{benchmark} integrate-cpython.json
    :job: compiled
    :show: faster
    ```

becomes a table of docs/benchmarks/integrate-cpython.json, and a line with what was measured where.
The first column has the time of a row as a multiple of the norm's. With `:show: faster`, it has how
many times faster the row is. `:show: overheads` makes the table of what a step of an integrator
takes beyond its right-hand sides, which has no job. The document of another run, put in the place
of the file, changes the table and nothing else. Columns that no row has a figure for are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "benchmarks"
BLOCK = re.compile(
    r"^```\{benchmark\} (?P<file>\S+)\n(?P<options>(?::\w+: .*\n)*)```$", re.MULTILINE
)


def number(value: float) -> str:
    """To three digits, as a rule without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    if value < 0.1:
        return f"{value:.3g}"
    return f"{value:.{2 if value < 10 else 1}f}" if value >= 1 else f"{value:.3f}"


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else number(1e3 * seconds)


def columns(rows: Sequence[Mapping[str, Any]], what: str, is_faster: bool) -> dict[str, list[str]]:
    """The cells of each column, by its head."""
    ratios = [1 / row["ratio"] if is_faster else row["ratio"] for row in rows]
    spreads = [(row.get("q1_s"), row.get("q3_s")) for row in rows]
    errors = [None if row.get("floor") else row.get("state_error") for row in rows]
    return {
        "row": [f"**{row['name']}**" if row.get("is_ours") else row["name"] for row in rows],
        what: [number(ratio) for ratio in ratios],
        "ms": [milliseconds(row.get("median_s")) for row in rows],
        "quartiles": [" to ".join({milliseconds(s): 0 for s in spread}) for spread in spreads],
        "first call, ms": [milliseconds(row.get("first_call_s")) for row in rows],
        "error": ["-" if error is None else f"{error:.1e}" for error in errors],
    }


def is_program(row: str) -> bool:
    """Whether the row is of this project, by its id, though its title does not say so."""
    return row.startswith("program_")


def table(document: Mapping[str, Any], job: str | None, is_faster: bool) -> str:
    """The table of a job in Markdown, and what was measured where."""
    entries = document.get("jobs", [document])
    entry = next(one for one in entries if job is None or one["problem"]["name"] == job)
    machine = document["machine"]
    rows = [
        {**row, "is_ours": row["name"].startswith("PicoNumpy") or is_program(row["id"])}
        for row in entry["rows"]
        if row["ratio"] is not None
    ]
    what = f"times faster than {entry['norm']}" if is_faster else f"times {entry['norm']}"
    found = {
        head: cells for head, cells in columns(rows, what, is_faster).items() if set(cells) != {"-"}
    }
    lines = ["| " + " | ".join(cells) + " |" for cells in zip(*found.values())]
    busy = entry.get("others_busy", machine.get("others_busy"))
    load = "" if busy is None else f", other cores {100 * busy:.0f} % busy"
    missing = [row["name"] for row in entry["rows"] if row["ratio"] is None]
    without = f" Not measured: {', '.join(missing)}." if missing else ""
    return "\n".join(
        [
            "| " + " | ".join(found) + " |",
            "|---|" + "--:|" * (len(found) - 1),
            *lines,
            "",
            f"*{machine['cpu']}, {machine['interpreter']}, {machine['date']}{load}.{without}*",
        ]
    )


def overheads(document: Mapping[str, Any]) -> str:
    """What a step takes, in microseconds, as a table in Markdown."""
    lines = [
        f"| {one['name']} | "
        + " | ".join(number(1e6 * one[part]) for part in ("step_s", "right_hand_sides_s", "rest_s"))
        + " |"
        for one in document["overheads"]
    ]
    head = ["| | whole step, us | right-hand sides | beyond them |", "|---|--:|--:|--:|"]
    return "\n".join([*head, *lines])


def read(app: Any, docname: str, source: list[str]) -> None:
    """Changes the source of a page before it is parsed."""

    def made(match: re.Match[str]) -> str:
        path = FOLDER / match["file"]
        app.env.note_dependency(str(path))
        options = dict(re.findall(r":(\w+): (.*)", match["options"]))
        document = json.loads(path.read_text(encoding="utf-8"))
        if options.get("show") == "overheads":
            return overheads(document)
        return table(document, options.get("job"), options.get("show") == "faster")

    source[0] = BLOCK.sub(made, source[0])


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True}
