"""The main benchmark on two interpreters, in one document."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.harness import chart, command_line, report
from bench.harness.report import Table, milliseconds, ratio_text
from bench.harness.results import Results
from bench.ode import published
from bench.ode.derived import document
from bench.peers.table import peers_of
from bench.peers.tools import ROOT

TITLE = "Small-callback ODE"


def default_pypy() -> str:
    """The project's PyPy environment, or the PyPy on PATH."""
    environment = ROOT / ".venv-pypy" / "bin" / "python"
    return str(environment) if environment.exists() else shutil.which("pypy3") or str(environment)


def combined(documents: Sequence[Results]) -> dict[str, Any]:
    """The document for programs: that of each interpreter, and what was published."""
    return {
        "benchmark": "ode",
        "problem": documents[0].problem,
        "interpreters": [document(results) for results in documents],
        "published": {
            "date": published.DATE,
            "julia_s": published.MACHINES,
            "columns": list(published.COLUMNS),
            "ratios": published.RATIOS,
        },
    }


def cells_of(results: Results, name: str) -> list[str]:
    """A row's ratio, and in milliseconds its time with the quartiles, and its first call."""
    row = results.find(name)
    ratio = None if row is None else results.ratio(row)
    if row is None or row.spread is None or ratio is None:
        return ["-", "-", "-"]
    median, low, high = map(milliseconds, row.spread.quartiles())
    figure = "1" if row is results.norm else ratio_text(ratio)
    first = "-" if row.first_call is None else milliseconds(row.first_call)
    return [figure, f"{median} ({low} to {high})", first]


def table_of_all(documents: Sequence[Results]) -> Table:
    """Today's ratios and times beside what was published."""
    head = ["Row"]
    for results in documents:
        name = results.interpreter
        head += [name, f"{name}, ms", f"{name}, first call, ms"]
    columns = [(machine, kind) for machine in published.MACHINES for kind in published.COLUMNS]
    head += [f"2020: {machine}, {published.COLUMNS[kind]}" for machine, kind in columns]
    rows = []
    for name, title in chart.titles_of(*documents).items():
        ratios = [published.ratio(name, machine, kind) for machine, kind in columns]
        old = ["" if ratio is None else f"{ratio:g}" for ratio in ratios]
        rows.append([title, *(cell for one in documents for cell in cells_of(one, name)), *old])
    return Table("", head, rows)


def remarks(documents: Sequence[Results]) -> list[str]:
    """What each row is, and where it could not run, why."""
    notes = {peer.name: peer.note for peer in peers_of("ode")}
    lines = []
    for name, title in chart.titles_of(*documents).items():
        text = f"- **{title}**: {notes.get(name, '')}"
        for results in documents:
            row = results.find(name)
            if row is not None and row.spread is None:
                text += f". {results.interpreter}: {report.shortened(row.note)}"
        lines.append(text + ".")
    return lines


def markdown(documents: Sequence[Results], tables: Sequence[str], picture: str | None) -> str:
    """The document for people."""
    machine = documents[0].machine
    julia = ", ".join(f"{name}: {s * 1e3:g} ms" for name, s in published.MACHINES.items())
    norms = ", ".join(f"{results.norm_title} on {results.interpreter}" for results in documents)
    if all(results.norm_title == "Julia" for results in documents):
        norms = "Julia's"
    lines = [
        f"# {TITLE}: " + " and ".join(results.interpreter for results in documents),
        "",
        f"{documents[0].problem['description']}. Median times divided by {norms}, which runs "
        "interleaved with the rows of each interpreter; in parentheses the quartiles. "
        f"{machine['cpu']}, {machine['os']}. Every row's final states were checked before it was "
        "timed.",
        "",
        *table_of_all(documents).markdown(),
        report.FIRST_CALL,
        "",
        f"2020: the ratios that the original project published on {published.DATE} "
        f"(Julia there: {julia}). Its Cython and purepy_array rows stored float32, today's store "
        "float64.",
        "",
    ]
    if picture is not None:
        lines += [f"![The ratios as a chart]({picture})", ""]
    lines += ["## Rows", "", *remarks(documents), "", "## Runs", ""]
    for table in tables:
        lines += ["```", table, "```", ""]
    return "\n".join(lines)


def draw(documents: Sequence[Results]) -> bytes:
    """A panel for each interpreter."""
    panels = []
    names = chart.titles_of(*documents)
    for results in documents:
        kind = str(results.machine["implementation"])
        ratios = {name: published.ratio(name, "i5-8400", kind) for name in names}
        marks = {name: ratio for name, ratio in ratios.items() if ratio is not None and ratio != 1}
        panels.append(chart.Panel(results, results.interpreter, marks))
    caption = [
        f"{documents[0].problem['description']}. {chart.LEGEND}",
        "Diamonds: what the original project published in 2020 (i5-8400). "
        f"{documents[0].machine['cpu']}; "
        + "; ".join(str(results.machine["interpreter"]) for results in documents)
        + ".",
        *(
            f"The norm on {results.interpreter} is {results.norm_title}: "
            f"{results.norm_reason.splitlines()[0]}."
            for results in documents
            if results.norm_reason
        ),
    ]
    title = f"{TITLE}: time relative to Julia"
    return chart.draw(panels, title, caption)


def save(
    documents: Sequence[Results], tables: Sequence[str], folder: Path, plot: bool
) -> list[Path]:
    """Write JSON, chart and Markdown."""
    drawable = plot and all(results.norm is not None for results in documents)
    written = command_line.save(
        folder / "ode", combined(documents), (lambda: draw(documents)) if drawable else None
    )
    picture = "ode.png" if len(written) > 1 else None
    written.append(folder / "ode.md")
    report.write_atomically(written[-1], markdown(documents, tables, picture).encode())
    return written
