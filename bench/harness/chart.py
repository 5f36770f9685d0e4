"""The results as bar charts."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.harness.report import ratio_text
from bench.harness.results import Results, Row
from bench.peers import table

NORM_COLOUR = "#7f7f7f"
PROJECT_COLOUR = "#d1495b"
PEER_COLOUR = "#3d6b9c"
FLOOR_COLOUR = "#e9eef4"
TICKS = (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 1000)
LEGEND = (
    "Medians of interleaved runs; error bars: quartiles; "
    "hatched: floors, not contenders; dashed: the callback alone."
)
TEXT_INCHES = 0.155  # the height of a line of the caption


@dataclass(frozen=True)
class Panel:
    """One axis of a chart: the rows' ratios, and diamonds at `marks`, by the rows' names."""

    results: Results
    title: str = ""
    marks: Mapping[str, float] = field(default_factory=dict)

    def ratios(self) -> list[float]:
        """Everything that the axis must hold."""
        bars = [bar.quartiles() for row in self.results.rows if (bar := self.results.ratios(row))]
        return [1.0, *(ratio for bar in bars for ratio in bar), *self.marks.values()]


def is_project(name: str) -> bool:
    """One of the project's own rows."""
    return name.startswith(("piconumpy", "program_"))


def titles_of(*documents: Results) -> dict[str, str]:
    """The titles of the rows by their names, in the order of the table of peers."""
    titles = {row.peer.name: row.peer.title for results in documents for row in results.rows}
    places = {peer.name: place for place, peer in enumerate(table.PEERS)}
    return dict(sorted(titles.items(), key=lambda item: places.get(item[0], len(places))))


def draw(
    panels: Sequence[Panel],
    title: str,
    caption: Sequence[str],
    columns: int = 2,
    hatched: Collection[str] = (),
) -> bytes:
    """A PNG of the panels, on logarithmic axes; it takes matplotlib.

    hatched: rows drawn as floors are.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = titles_of(*(panel.results for panel in panels))
    columns = min(columns, len(panels))
    lines = -(-len(panels) // columns)
    width = 3.6 + 4.1 * columns
    height = lines * (0.42 * len(rows) + 1.1) + 0.5 + TEXT_INCHES * len(caption)
    # Panels side by side are to be compared; a grid of them has a scale for each.
    shared = None
    if lines == 1:
        shared = _limits([ratio for panel in panels for ratio in panel.ratios()])
    with rc_context({"font.size": 10, "hatch.linewidth": 0.5, "hatch.color": "#9db4cc"}):
        figure = Figure(figsize=(width, height), dpi=200 if lines == 1 else 100)
        grid = figure.subplots(lines, columns, squeeze=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_visible(False)
        for place, (axes, panel) in enumerate(zip(grid.flat, panels)):
            _draw_panel(axes, panel, rows, shared or _limits(panel.ratios()), hatched)
            names = rows.values() if place % columns == 0 else [""] * len(rows)
            axes.set_yticks(range(len(rows)), names)
            for label, name in zip(axes.get_yticklabels(), rows):
                label.set_fontweight("bold" if is_project(name) else "normal")
        bottom = (TEXT_INCHES * len(caption) + 0.1) / height
        figure.tight_layout(rect=(0, bottom, 1, 1 - 0.3 / height), w_pad=2.0)
        return finished(figure, title, "\n".join(caption))


def finished(figure: Any, title: str, caption: str) -> bytes:
    """The figure as a PNG, with a title above and a caption below."""
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.1 / height, title, fontsize=12, fontweight="bold", va="top")
    figure.text(0.012, 0.08 / height, caption, fontsize=7.5, color="#444444", linespacing=1.45)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _limits(ratios: Sequence[float]) -> tuple[float, float]:
    """The ends of a logarithmic axis, which has no zero to start from: half of the shortest bar."""
    return min(ratios) / 2, max(ratios) * 2.5


def _draw_panel(
    axes: Any,
    panel: Panel,
    rows: Mapping[str, str],
    limits: tuple[float, float],
    hatched: Collection[str],
) -> None:
    results, left = panel.results, limits[0]
    for place, name in enumerate(rows):
        row = results.find(name)
        if row is not None and results.ratio(row) is not None:
            _draw_bar(axes, place, row, panel, hatched)
            continue
        absent = "not measured" if row and row.failure is None else "failed"
        text = "not for this interpreter" if row is None else absent
        style = {"va": "center", "color": "#777777", "style": "italic", "fontsize": 9}
        axes.text(left * 1.08, place, text, **style)
    places = [place for place, name in enumerate(rows) if name in panel.marks]
    axes.plot(
        [panel.marks[name] for name in rows if name in panel.marks],
        places,
        linestyle="none",
        marker="D",
        markersize=4.5,
        markerfacecolor="white",
        markeredgecolor="#222222",
        zorder=5,
    )
    floor = results.find("callback")
    ratio = None if floor is None or not floor.floor else results.ratio(floor)
    if ratio is not None:
        # What this floor bounds is easier to see with the floor drawn through.
        axes.axvline(ratio, color="#17263a", linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_title(panel.title, fontsize=10.5, loc="left")
    norm = results.norm_title or ""
    gap = "  " if len(norm) < 15 else "\n"  # panels side by side have room for so much
    axes.set_xlabel(f"time / time of {norm}{gap}(logarithmic, less is better)")
    axes.tick_params(axis="y", length=0)
    # The first row on top, and room for rows without a bar.
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xscale("log")
    axes.set_xlim(limits)
    ticks = [tick for tick in TICKS if limits[0] <= tick <= limits[1]]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.axvline(1.0, color="#333333", linewidth=0.8, linestyle=":")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _look(row: Row, results: Results, hatched: Collection[str]) -> dict[str, Any]:
    """Floors are hatched outlines, the norm is grey, the project's own row stands out."""
    outline = {"color": FLOOR_COLOUR, "edgecolor": PEER_COLOUR, "linewidth": 0.8}
    if row.floor or row.peer.name in hatched:
        return {**outline, "hatch": "////"}
    if row.peer.name == "callback":
        # No array type either where it is no floor.
        return outline
    if is_project(row.peer.name):
        return {"color": PROJECT_COLOUR}
    return {"color": NORM_COLOUR if row is results.norm else PEER_COLOUR}


def _draw_bar(axes: Any, place: int, row: Row, panel: Panel, hatched: Collection[str]) -> None:
    """A row's bar, with the quartiles and the ratio, which makes room for a mark beside it."""
    results = panel.results
    ratios = results.ratios(row)
    assert ratios is not None
    ratio, low, high = ratios.quartiles()
    axes.barh(place, ratio, height=0.66, **_look(row, results, hatched))
    error = [[ratio - low], [high - ratio]]
    axes.errorbar(ratio, place, xerr=error, color="#222222", capsize=2.5, linewidth=1.0)
    end = max(high, ratio)
    mark = panel.marks.get(row.peer.name)
    if mark is not None and 0.9 * end < mark < 2.4 * end:
        end = max(end, mark * 1.06)
    axes.text(
        end * 1.06,
        place,
        "1" if row is results.norm else ratio_text(ratio),
        va="center",
        fontsize=9.5,
        fontweight="bold" if is_project(row.peer.name) else "normal",
    )
