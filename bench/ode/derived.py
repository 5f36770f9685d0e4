"""What follows from the rows' times: each row's array work, and PicoNumpy against the C-API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.harness.report import titled
from bench.harness.results import Results, Row
from bench.peers.table import has_array


def derived(results: Results) -> dict[str, Any]:
    """The figures, in seconds and as ratios.

    The ratios are given for the medians, and for the fastest runs as a cross-check, because a busy
    machine disturbs these least.
    """
    medians, fastest = {}, {}
    for row in results.rows:
        # Where the callback alone is no floor, there is nothing to subtract.
        if row.spread is not None and (row.floor or not row.peer.floor):
            medians[row.peer.name] = row.spread.median
            fastest[row.peer.name] = row.spread.minimum
    work = {
        row.peer.name: medians[row.peer.name] - medians["callback"]
        for row in results.rows
        if "callback" in medians and row.peer.name in medians and has_array(row.peer)
    }
    figures: dict[str, Any] = {"array_work_s": work}
    if "piconumpy" in medians and "capi" in medians:
        figures["piconumpy_over_capi"] = against_capi(medians)
        figures["piconumpy_over_capi_fastest"] = against_capi(fastest)
    return figures


def document(results: Results) -> dict[str, Any]:
    """The results as JSON, with these figures."""
    return {**results.document(), "derived": derived(results)}


def against_capi(seconds: Mapping[str, float]) -> dict[str, float]:
    """PicoNumpy over the C extension: the time of a run, and the array work in it."""
    ratios = {"total": seconds["piconumpy"] / seconds["capi"]}
    floor = seconds.get("callback")
    if floor is not None and seconds["capi"] > floor:
        ratios["array_work"] = (seconds["piconumpy"] - floor) / (seconds["capi"] - floor)
    return ratios


def derived_lines(results: Results) -> list[str]:
    """The same for the terminal."""
    figures = derived(results)
    work = figures["array_work_s"]
    lines = []
    if work:

        def text(row: Row) -> str:
            return f"{work[row.peer.name] * 1e3:7.3f} ms"

        rows = [row for row in results.rows if row.peer.name in work]
        lines.append("Array work: the row minus the callback alone")
        lines += [f"  {line}" for line in titled(rows, text)]
    if "piconumpy_over_capi" in figures:
        titles = {row.peer.name: row.peer.title for row in results.rows}
        lines.append(f"{titles['piconumpy']} / {titles['capi']}")
        for what, key in (("medians", ""), ("fastest", "_fastest")):
            ratios = figures[f"piconumpy_over_capi{key}"]
            share = ratios.get("array_work")
            array_work = "" if share is None else f", {share:.3f} of the array work"
            lines.append(f"  {what} : {ratios['total']:.3f} of the time{array_work}")
    return lines
