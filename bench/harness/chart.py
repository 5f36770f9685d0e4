"""The results as a bar chart."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Callable

NORM_COLOUR = "#7f7f7f"
PROJECT_COLOUR = "#d1495b"
PEER_COLOUR = "#3d6b9c"
FLOOR_COLOUR = "#e9eef4"


def _look(row: Mapping[str, Any], norm: str) -> dict[str, Any]:
    """Floors are hatched outlines, the norm is grey, the project's own row stands out."""
    if row["floor"]:
        return {"color": FLOOR_COLOUR, "edgecolor": PEER_COLOUR, "hatch": "////", "linewidth": 0.8}
    if row["id"] == "callback":
        # No array type either where it is no floor.
        return {"color": FLOOR_COLOUR, "edgecolor": PEER_COLOUR, "linewidth": 0.8}
    if row["name"] == norm:
        return {"color": NORM_COLOUR}
    return {"color": PROJECT_COLOUR if is_project(row) else PEER_COLOUR}


def is_project(row: Mapping[str, Any]) -> bool:
    """One of the project's own rows."""
    return row["id"] in ("piconumpy", "piconumpy_raised")


def draw(results: Mapping[str, Any], title: str, ratio_text: Any) -> bytes:
    """A PNG of the rows' ratios to the norm on a logarithmic axis; it takes matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with pyplot.rc_context({"font.size": 10, "hatch.linewidth": 0.5, "hatch.color": "#9db4cc"}):
        figure, axes = pyplot.subplots(figsize=(8.0, 0.46 * len(results["rows"]) + 1.9), dpi=200)
        _draw_bars(axes, results, ratio_text)
        figure.text(0.012, 0.985, title, fontsize=11.5, fontweight="bold", va="top")
        figure.text(
            0.012,
            0.012,
            _caption(results),
            fontsize=7.5,
            color="#444444",
            va="bottom",
            linespacing=1.45,
        )
        figure.tight_layout(rect=(0, 0.092, 1, 0.965))
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        pyplot.close(figure)
    return buffer.getvalue()


def _draw_bars(axes: Any, results: Mapping[str, Any], ratio_text: Any) -> None:
    rows = results["rows"]
    left, right = _limits([results], [])
    for place, row in enumerate(rows):
        if row["ratio"] is None:
            _write(axes, left, place, "not measured")
        else:
            _draw_bar(axes, place, row, results, ratio_text)
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    _finish_axes(axes, len(rows), left, right)
    axes.set_xlabel(f"time / time of {results['norm']}  (logarithmic, less is better)")
    _draw_floor(axes, rows)


def _limits(documents: Sequence[Mapping[str, Any]], others: Sequence[float]) -> tuple[float, float]:
    """The ends of a logarithmic axis, which has no zero to start from: half of the shortest bar."""
    ratios = [row["ratio"] for results in documents for row in results["rows"] if row["ratio"]]
    return min(1.0, *ratios, *others) / 2, max(*ratios, *others, 1.0) * 2.5


def _write(axes: Any, left: float, place: int, text: str) -> None:
    """In the place of a bar."""
    axes.text(left * 1.08, place, text, va="center", color="#777777", style="italic", fontsize=9)


def _draw_bar(
    axes: Any,
    place: int,
    row: Mapping[str, Any],
    results: Mapping[str, Any],
    ratio_text: Any,
    beside: float | None = None,
) -> None:
    """A row's bar, with the quartiles and the ratio, which makes room for a mark at `beside`."""
    norm_name = results["norm"]
    norm_s = next(row["median_s"] for row in results["rows"] if row["name"] == norm_name)
    low, high = row["q1_s"] / norm_s, row["q3_s"] / norm_s
    axes.barh(place, row["ratio"], height=0.66, **_look(row, norm_name))
    axes.errorbar(
        row["ratio"],
        place,
        xerr=[[row["ratio"] - low], [high - row["ratio"]]],
        color="#222222",
        capsize=2.5,
        linewidth=1.0,
    )
    end = max(high, row["ratio"])
    if beside is not None and 0.9 * end < beside < 2.4 * end:
        end = max(end, beside * 1.06)
    axes.text(
        end * 1.06,
        place,
        "1" if row["name"] == norm_name else ratio_text(row["ratio"]),
        va="center",
        fontsize=9.5,
        fontweight="bold" if is_project(row) else "normal",
    )


def _finish_axes(axes: Any, rows: int, left: float, right: float) -> None:
    axes.tick_params(axis="y", length=0)
    # The first row on top, and room for rows without a bar.
    axes.set_ylim(rows - 0.45, -0.55)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    ticks = [
        tick
        for tick in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        if left <= tick <= right
    ]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.axvline(1.0, color="#333333", linewidth=0.8, linestyle=":")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw_floor(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """What a floor of the interpreter bounds is easier to see with the floor drawn through."""
    for row in rows:
        if row["id"] == "callback" and row["floor"] and row["ratio"] is not None:
            axes.axvline(row["ratio"], color="#17263a", linewidth=0.9, linestyle=(0, (4, 3)))


def draw_side_by_side(
    documents: Sequence[Mapping[str, Any]],
    title: str,
    rows: Sequence[tuple[str, str]],
    panels: Sequence[str],
    published: Callable[[str, str], float | None],
    published_text: str,
    ratio_text: Any,
) -> bytes:
    """A PNG with a panel for each document; `rows` are the names and titles of all their rows.

    published: what is drawn as a diamond in a row's line, by its name and the implementation.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with pyplot.rc_context({"font.size": 10, "hatch.linewidth": 0.5, "hatch.color": "#9db4cc"}):
        figure, all_axes = pyplot.subplots(
            1,
            len(documents),
            figsize=(3.2 + 4.1 * len(documents), 0.42 * len(rows) + 2.1),
            dpi=200,
            sharey=True,
            squeeze=False,
        )
        for axes, results, panel in zip(all_axes[0], documents, panels):
            _draw_panel(axes, results, panel, rows, published, ratio_text, documents)
        all_axes[0][0].set_yticks(range(len(rows)), [name for _, name in rows])
        for label, (row, _) in zip(all_axes[0][0].get_yticklabels(), rows):
            label.set_fontweight("bold" if is_project({"id": row}) else "normal")
        figure.text(0.012, 0.985, title, fontsize=12, fontweight="bold", va="top")
        figure.text(
            0.012,
            0.012,
            _caption_of_all(documents, published_text),
            fontsize=7.5,
            color="#444444",
            va="bottom",
            linespacing=1.45,
        )
        figure.tight_layout(rect=(0, 0.075, 1, 0.965), w_pad=2.0)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        pyplot.close(figure)
    return buffer.getvalue()


def _draw_panel(
    axes: Any,
    results: Mapping[str, Any],
    panel: str,
    rows: Sequence[tuple[str, str]],
    published: Callable[[str, str], float | None],
    ratio_text: Any,
    documents: Sequence[Mapping[str, Any]],
) -> None:
    found = {row["id"]: row for row in results["rows"]}
    implementation = results["machine"]["implementation"]
    diamonds = {
        place: ratio
        for place, (name, _) in enumerate(rows)
        if (ratio := published(name, implementation)) is not None and ratio != 1
    }
    every = [
        ratio
        for one in documents
        for name, _ in rows
        if (ratio := published(name, one["machine"]["implementation"])) is not None
    ]
    left, right = _limits(documents, every)
    for place, (name, _) in enumerate(rows):
        row = found.get(name)
        if row is None:
            _write(axes, left, place, "not for this interpreter")
        elif row["ratio"] is None:
            failed = row["note"].startswith("failed")
            _write(axes, left, place, "failed" if failed else "cannot run here")
        else:
            _draw_bar(axes, place, row, results, ratio_text, diamonds.get(place))
    axes.plot(
        list(diamonds.values()),
        list(diamonds),
        linestyle="none",
        marker="D",
        markersize=4.5,
        markerfacecolor="white",
        markeredgecolor="#222222",
        markeredgewidth=1.0,
        zorder=5,
    )
    _finish_axes(axes, len(rows), left, right)
    axes.set_title(panel, fontsize=10.5, loc="left")
    axes.set_xlabel(f"time / time of {results['norm']}  (logarithmic, less is better)")
    _draw_floor(axes, results["rows"])


def _caption_of_all(documents: Sequence[Mapping[str, Any]], published_text: str) -> str:
    lines = [
        f"{documents[0]['problem']['description']}. Medians of interleaved runs; error bars: "
        f"quartiles; {published_text}.",
        "Hatched: floors, not contenders; dashed: the callback alone. "
        f"{documents[0]['machine']['cpu']}; "
        + "; ".join(str(results["machine"]["interpreter"]) for results in documents)
        + ".",
    ]
    lines += [
        f"The norm on {results['machine']['interpreter'].partition(',')[0]} is {results['norm']}: "
        f"{results['norm_reason'].splitlines()[0]}."
        for results in documents
        if results["norm_reason"]
    ]
    return "\n".join(lines)


def _caption(results: Mapping[str, Any]) -> str:
    machine = results["machine"]
    norm = next(row for row in results["rows"] if row["name"] == results["norm"])
    lines = [
        f"{results['problem']['description']}. {norm['name']}: {norm['median_s'] * 1e3:.3g} ms.",
        "Medians of interleaved runs; error bars: quartiles; "
        "hatched: floors, not contenders; dashed: the callback alone.",
        f"{machine['cpu']}; {machine['interpreter']}; {norm['version'] or norm['name']}.",
    ]
    if results["norm_reason"]:
        lines[0] += f" The norm is {norm['name']}: {results['norm_reason'].splitlines()[0]}."
    return "\n".join(lines)
