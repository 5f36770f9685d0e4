"""The results as a bar chart."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

NORM_COLOUR = "#7f7f7f"
PROJECT_COLOUR = "#d1495b"
PEER_COLOUR = "#3d6b9c"
FLOOR_COLOUR = "#e9eef4"


def _look(row: Mapping[str, Any], norm: str) -> dict[str, Any]:
    """Floors are hatched outlines, the norm is grey, the project's own row stands out."""
    if row["floor"]:
        return {"color": FLOOR_COLOUR, "edgecolor": PEER_COLOUR, "hatch": "////", "linewidth": 0.8}
    if row["name"] == norm:
        return {"color": NORM_COLOUR}
    return {"color": PROJECT_COLOUR if row["id"] == "piconumpy" else PEER_COLOUR}


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
    norm_name = results["norm"]
    norm_s = next(row["median_s"] for row in results["rows"] if row["name"] == norm_name)
    rows = results["rows"]
    ratios = [row["ratio"] for row in rows if row["ratio"] is not None]
    # A logarithmic bar has no zero to start from: the axis begins at half of the shortest.
    left, right = min(1.0, *ratios) / 2, max(ratios) * 2
    for place, row in enumerate(rows):
        if row["ratio"] is None:
            axes.text(
                left * 1.08,
                place,
                "not measured",
                va="center",
                color="#777777",
                style="italic",
                fontsize=9,
            )
            continue
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
        label = "1" if row["name"] == norm_name else ratio_text(row["ratio"])
        weight = "bold" if row["id"] == "piconumpy" else "normal"
        axes.text(
            max(high, row["ratio"]) * 1.06,
            place,
            label,
            va="center",
            fontsize=9.5,
            fontweight=weight,
        )
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axes.tick_params(axis="y", length=0)
    # The first row on top, and room for rows without a bar.
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    ticks = [
        tick
        for tick in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        if left <= tick <= right
    ]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(f"time / time of {norm_name}  (logarithmic, less is better)")
    axes.axvline(1.0, color="#333333", linewidth=0.8, linestyle=":")
    # What a floor of the interpreter bounds is easier to see with the floor drawn through.
    for row in rows:
        if row["id"] == "callback" and row["ratio"] is not None:
            axes.axvline(row["ratio"], color="#17263a", linewidth=0.9, linestyle=(0, (4, 3)))
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


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
