"""The microbenchmarks' results: two tables, remarks, a chart. There is one Results for each job."""

from __future__ import annotations

from collections.abc import Sequence

from bench.harness import chart
from bench.harness.report import Table, ratio_text, shortened
from bench.harness.results import Results, Row

PROJECT = "piconumpy"
# Not array types of the interpreter.
NO_CONTENDERS = ("list", "julia")
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}

Jobs = Sequence[Results]


def name_of(job: Results) -> str:
    return str(job.problem["name"])


def time_text(job: Results, row: Row) -> str:
    """The time of one operation in the job's unit."""
    if row.spread is None:
        return "-"
    return ratio_text(row.spread.median / job.problem["operations"] / UNITS[job.problem["unit"]])


def norm_of(jobs: Jobs) -> str:
    """PicoNumpy, where it ran; else the norm of the first job that has one."""
    norms = [job.norm_title for job in jobs if job.norm_title is not None]
    return "PicoNumpy" if "PicoNumpy" in norms or not norms else norms[0]


def ratio_cell(job: Results, row: Row, norm: str) -> str:
    """A job in which the norm has no figures has no ratios."""
    ratio = job.ratio(row)
    return "-" if ratio is None or job.norm_title != norm else ratio_text(ratio)


def gaps(jobs: Jobs) -> list[str]:
    """Why a cell is empty, each reason once."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for job in jobs:
        for row in job.rows:
            if row.spread is None:
                key = (row.peer.title, shortened(row.note))
                reasons.setdefault(key, []).append(name_of(job))
    return [
        f"- {title}, {'all' if len(names) == len(jobs) else ', '.join(names)}: {reason}"
        for (title, reason), names in reasons.items()
    ]


def behind(job: Results) -> list[Row]:
    """The array types in the interpreter that are faster than PicoNumpy in this job.

    Their quartiles lie apart from those of PicoNumpy: a smaller difference is noise.
    """
    own = job.norm
    if own is None or own.peer.name != PROJECT or own.spread is None:
        return []
    least = own.spread.q1
    return [
        row
        for row in job.rows
        if row.spread is not None and row.spread.q3 < least and row.peer.name not in NO_CONTENDERS
    ]


def floor(job: Results) -> str | None:
    """How near PicoNumpy is to bare lists, where they can do the job."""
    row = job.find("list")
    ratio = None if row is None else job.ratio(row)
    if ratio is None or job.norm is None or job.norm.peer.name != PROJECT:
        return None
    return f"{name_of(job)} {ratio_text(1 / ratio)}"


def lines(jobs: Jobs) -> list[str]:
    """What is printed."""
    norm = norm_of(jobs)
    names = [name_of(job) for job in jobs]
    units = [f"{name} {job.problem['unit']}" for name, job in zip(names, jobs)]
    rows = [[job.rows[place] for job in jobs] for place in range(len(jobs[0].rows))]
    times = [[one[0].peer.title, *map(time_text, jobs, one)] for one in rows]
    ratios = [
        [one[0].peer.title, *(ratio_cell(job, row, norm) for job, row in zip(jobs, one))]
        for one in rows
    ]
    loops = [[name, str(job.problem["description"])] for name, job in zip(names, jobs)]
    text = Table("", ["Job", "Its loop"], loops, words=2).text()
    text += Table("", ["Time of one operation", *units], times).text()
    text += Table("", [f"Time / time of {norm}", *names], ratios).text()
    text += gaps(jobs)
    floors = [text for text in map(floor, jobs) if text is not None]
    if floors:
        text.append(
            "List is the interpreter's own floor: its loop, and numbers that are objects already. "
            "PicoNumpy takes, times the list: " + ", ".join(floors)
        )
    for job in jobs:
        for row in behind(job):
            # It hands over to a list, so that the floor is what it shows.
            on_list = (row.peer.name, name_of(job)) == ("purepy", "sum_loop")
            text.append(
                f"Ahead of PicoNumpy in {name_of(job)}: {row.peer.title}, "
                f"at {ratio_text(job.ratio(row) or 0)} of its time"
                + (": it hands out a list's own iterator" if on_list else "")
            )
    return text


def draw(jobs: Jobs) -> bytes:
    """A PNG with a panel for each job; it takes matplotlib."""
    panels = []
    for job in jobs:
        norm = job.norm
        took = "" if norm is None else f" ({time_text(job, norm)} {job.problem['unit']})"
        panels.append(chart.Panel(job, name_of(job) + took))
    title = f"Microbenchmarks on {jobs[0].interpreter}: time / time of {norm_of(jobs)}"
    caption = ["Hatched: no array types of the interpreter. Error bars: quartiles."]
    return chart.draw(panels, title, caption, columns=4, hatched=NO_CONTENDERS)
