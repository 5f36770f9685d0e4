"""The results of programs: a table for each kind of job, the goals, two charts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from bench.harness import chart
from bench.harness.report import Table, ratio_text
from bench.harness.results import Results, Row
from bench.micro.tables import gaps, name_of, ratio_cell, time_text
from bench.programs.expressions import EXPRESSIONS
from bench.programs.goals import FAST_LANES, Goal, Jobs, measured, ratio


def _ratio_table(jobs: Sequence[Results], first: str) -> Table:
    """Times of one operation, and their ratios to the row that is the jobs' norm."""
    norm = next((job.norm_title for job in jobs if job.norm_title), "")
    units = [f"{name_of(job)} {job.problem['unit']}" for job in jobs]
    ratios = [f"{name_of(job)} ratio" for job in jobs]
    rows = [
        [jobs[0].rows[place].peer.title]
        + [time_text(job, job.rows[place]) for job in jobs]
        + [ratio_cell(job, job.rows[place], norm) for job in jobs]
        for place in range(len(jobs[0].rows))
    ]
    return Table(first, ["", *units, *ratios], rows, note=f"Ratios: time / time of {norm}.")


def _groups(jobs: Jobs) -> Iterator[tuple[str, list[Results]]]:
    """Jobs with the same rows, under a title."""
    for name in ("sleds", "many_sleds"):
        if name in jobs:
            yield str(jobs[name].problem["description"]), [jobs[name]]
    created = [job for name, job in jobs.items() if name.startswith("create")]
    if created:
        yield "Until a program is ready: create and compile it, run it once, destroy it", created
    for name, expression in EXPRESSIONS.items():
        found = [job for key, job in jobs.items() if key.split()[0] == name]
        if found:
            yield f"out = {expression.title}: one call for so many numbers", found


def goal_table(goals: Sequence[Goal]) -> Table:
    rows = [
        [
            goal.name,
            goal.unit,
            "-" if goal.value is None else ratio_text(goal.value),
            f"<= {goal.bound:g}" + (f" ({goal.stretch:g})" if goal.stretch else ""),
            goal.verdict,
        ]
        for goal in goals
    ]
    note = "In brackets: a bound that would be better still."
    return Table("Goals", ["", "In", "Value", "Goal", "Verdict"], rows, note, words=2)


def exactness(jobs: Jobs) -> list[str]:
    """What exact lanes cost over fast ones."""
    costs = []
    for name, job in jobs.items():
        fast = measured(job, *FAST_LANES)
        exact = fast and ratio(job, [fast.peer.name.replace("fast", "exact")], fast.peer.name)
        if isinstance(exact, float):
            costs.append(f"{name} {ratio_text(exact)}")
    return [f"Exact lanes take, times fast ones: {', '.join(costs)}", ""] if costs else []


def lines(jobs: Jobs, goals: Sequence[Goal]) -> list[str]:
    """What is printed."""
    text = []
    for title, group in _groups(jobs):
        text += _ratio_table(group, title).text()
    text += exactness(jobs)
    text += goal_table(goals).text()
    return text + gaps(list(jobs.values()))


def draw(jobs: Jobs) -> Iterator[tuple[str, bytes]]:
    """A chart of the sleds and one of the expressions, with the ends of their names."""
    sleds = [jobs[name] for name in ("sleds",) if name in jobs]
    expressions = [job for name, job in jobs.items() if name.split()[0] in EXPRESSIONS]
    for name, group in (("sleds", sleds), ("expressions", expressions)):
        panels = [_panel(job) for job in group if job.norm is not None]
        if panels:
            title = f"Programs, {name}: time relative to {group[0].norm_title}"
            caption = ["Medians of interleaved runs; error bars: quartiles."]
            yield name, chart.draw(panels, title, caption, columns=3)


def _panel(job: Results) -> chart.Panel:
    def is_drawn(row: Row) -> bool:
        return row.spread is not None or row.failure is not None

    norm = job.norm
    took = "" if norm is None else f" ({time_text(job, norm)} {job.problem['unit']})"
    drawn = dataclasses.replace(job, rows=[row for row in job.rows if is_drawn(row)])
    return chart.Panel(drawn, name_of(job) + took)
