"""The microbenchmarks' results for the eye: two tables, what there is to say of them, a chart."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from bench.harness.chart import FLOOR_COLOUR, PEER_COLOUR, PROJECT_COLOUR
from bench.harness.report import ratio_text, shortened

WIDTH = 15
PROJECT = "PicoNumpy"
# What an array type cannot be measured against: no array, and no interpreter.
NO_CONTENDERS = ("list", "julia")


def _per_operation(job: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    if row["median_s"] is None:
        return "-"
    scale = 1e9 if job["problem"]["unit"] == "ns" else 1e6
    return ratio_text(row["median_s"] / job["problem"]["operations"] * scale)


def _ratio_to(norm: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    """The cells of a table of ratios; a job in which the norm has no figures has none either."""

    def cell(job: Mapping[str, Any], row: Mapping[str, Any]) -> str:
        known = job["norm"] == norm and row["ratio"] is not None
        return ratio_text(row["ratio"]) if known else "-"

    return cell


def norm_of(results: Mapping[str, Any]) -> str:
    """PicoNumpy, where it ran; else the norm of the first job that has one."""
    norms = [job["norm"] for job in results["jobs"] if job["norm"] is not None]
    return PROJECT if PROJECT in norms or not norms else str(norms[0])


def _table(results: Mapping[str, Any], heading: str, cell: Any, units: bool) -> list[str]:
    jobs = results["jobs"]
    titles = [row["name"] for row in jobs[0]["rows"]]
    width = max(len(title) for title in [*titles, heading])
    names = [
        job["problem"]["name"] + (f" {job['problem']['unit']}" if units else "") for job in jobs
    ]
    lines = [
        f"{heading:{width}}" + "".join(f"{name:>{max(WIDTH, len(name) + 2)}}" for name in names)
    ]
    for place, title in enumerate(titles):
        cells = [
            f"{cell(job, job['rows'][place]):>{max(WIDTH, len(name) + 2)}}"
            for job, name in zip(jobs, names)
        ]
        lines.append(f"{title:{width}}" + "".join(cells))
    return lines


def _gaps(results: Mapping[str, Any]) -> list[str]:
    """Why a cell is empty, each reason once."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for job in results["jobs"]:
        for row in job["rows"]:
            if row["median_s"] is None:
                key = (row["name"], shortened(row["note"]))
                reasons.setdefault(key, []).append(job["problem"]["name"])
    return [
        f"- {title}, {'all' if len(names) == len(results['jobs']) else ', '.join(names)}: {reason}"
        for (title, reason), names in reasons.items()
    ]


def behind(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The array types in the interpreter that are faster than PicoNumpy in this job.

    Those are whose quartiles lie apart from PicoNumpy's: less than that is noise.
    """
    if job["norm"] != PROJECT:
        return []
    own = next(row for row in job["rows"] if row["name"] == PROJECT)
    return [
        row
        for row in job["rows"]
        if row["ratio"] is not None and row["q3_s"] < own["q1_s"] and row["id"] not in NO_CONTENDERS
    ]


def job_is_the_list_s(job: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """The row does this job by handing over to a list, so that the floor is what it shows."""
    return (row["id"], job["problem"]["name"]) == ("purepy", "sum_loop")


def _floor(job: Mapping[str, Any]) -> str | None:
    """How near PicoNumpy is to bare lists, where they can do the job."""
    row = next((row for row in job["rows"] if row["id"] == "list"), None)
    if row is None or row["ratio"] is None or job["norm"] != PROJECT:
        return None
    times = 1 / row["ratio"]
    return f"{job['problem']['name']} {ratio_text(times)}"


def lines(results: Mapping[str, Any]) -> list[str]:
    """What is printed."""
    jobs, norm = results["jobs"], norm_of(results)
    text = [f"{job['problem']['name']:{WIDTH}}: {job['problem']['description']}" for job in jobs]
    text += ["", *_table(results, "Time of one operation", _per_operation, True)]
    text += ["", *_table(results, f"Time / time of {norm}", _ratio_to(norm), False), ""]
    text += _gaps(results)
    floors = [floor for floor in (_floor(job) for job in jobs) if floor is not None]
    if floors:
        text.append(
            "List is the interpreter's own floor: its loop, and numbers that are objects already. "
            "PicoNumpy takes, times the list: " + ", ".join(floors)
        )
    for job in jobs:
        for row in behind(job):
            bound = ": it hands out a list's own iterator" if job_is_the_list_s(job, row) else ""
            text.append(
                f"Ahead of PicoNumpy in {job['problem']['name']}: {row['name']}, "
                f"at {ratio_text(row['ratio'])} of its time{bound}"
            )
    return text


def _look(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["id"] in NO_CONTENDERS:
        return {"color": FLOOR_COLOUR, "edgecolor": PEER_COLOUR, "hatch": "////", "linewidth": 0.6}
    return {"color": PROJECT_COLOUR if row["id"] == "piconumpy" else PEER_COLOUR}


def draw(results: Mapping[str, Any]) -> bytes:
    """A PNG with a panel of bars for each job; it takes matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    jobs = results["jobs"]
    columns = min(4, len(jobs))
    height = 0.23 * len(jobs[0]["rows"]) + 0.75
    lines_of_panels = -(-len(jobs) // columns)
    interpreter = results["machine"]["interpreter"].partition(",")[0]
    with pyplot.rc_context({"font.size": 8, "hatch.linewidth": 0.4, "hatch.color": "#9db4cc"}):
        figure, panels = pyplot.subplots(
            lines_of_panels,
            columns,
            figsize=(2.6 * columns + 1.6, height * lines_of_panels + 0.7),
            dpi=170,
            sharey=True,
            squeeze=False,
        )
        for place, panel in enumerate(panels.flat):
            if place < len(jobs):
                _draw_panel(panel, jobs[place])
            else:
                panel.set_visible(False)
        figure.suptitle(
            f"Microbenchmarks on {interpreter}: time / time of {norm_of(results)} "
            "(logarithmic, less is better; hatched: no array types of the interpreter)",
            fontsize=9,
            fontweight="bold",
        )
        figure.tight_layout()
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        pyplot.close(figure)
    return buffer.getvalue()


def _draw_panel(panel: Any, job: Mapping[str, Any]) -> None:
    rows: Sequence[Mapping[str, Any]] = job["rows"]
    ratios = [row["ratio"] for row in rows if row["ratio"] is not None]
    left, right = min([1.0, *ratios]) / 2, max([1.0, *ratios]) * 5
    for place, row in enumerate(rows):
        if row["ratio"] is None:
            panel.text(left * 1.1, place, "-", va="center", color="#777777")
            continue
        panel.barh(place, row["ratio"], height=0.66, **_look(row))
        panel.text(row["ratio"] * 1.12, place, ratio_text(row["ratio"]), va="center", fontsize=7)
    norm = next((row for row in rows if row["name"] == job["norm"]), None)
    took = "" if norm is None else f" ({_per_operation(job, norm)} {job['problem']['unit']})"
    panel.set_title(job["problem"]["name"] + took, fontsize=8.5)
    panel.set_yticks(range(len(rows)), [row["name"] for row in rows])
    panel.set_ylim(len(rows) - 0.45, -0.55)
    panel.set_xscale("log")
    panel.set_xlim(left, right)
    panel.axvline(1.0, color="#333333", linewidth=0.8, linestyle=":")
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x", color="#dddddd", linewidth=0.5)
    panel.set_axisbelow(True)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
