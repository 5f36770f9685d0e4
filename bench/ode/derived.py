"""What follows from the rows' times: each row's array work, and PicoNumpy against the C-API."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.harness.report import titled
from bench.harness.results import Results, Row
from bench.peers.table import has_array


def derived(results: Results) -> dict[str, Any]:
    """The figures, in seconds and as ratios.

    The ratios are given for the medians, and for the fastest runs as a cross-check, because a busy
    machine disturbs these least.
    """
    rounds, fastest = {}, {}
    for row in results.rows:
        # Where the callback alone is no floor, there is nothing to subtract.
        if row.spread is not None and (row.floor or not row.peer.floor):
            rounds[row.peer.name] = row.round_medians()
            fastest[row.peer.name] = [row.spread.minimum]
    work = {
        row.peer.name: statistics.median(differences(rounds[row.peer.name], rounds["callback"]))
        for row in results.rows
        if "callback" in rounds and row.peer.name in rounds and has_array(row.peer)
    }
    figures: dict[str, Any] = {"array_work_s": work}
    if "piconumpy" in rounds and "capi" in rounds:
        figures["piconumpy_over_capi"] = against_capi(rounds)
        figures["piconumpy_over_capi_fastest"] = against_capi(fastest)
    return figures


def differences(a: Sequence[float], b: Sequence[float]) -> list[float]:
    return [x - y for x, y in zip(a, b)]


def document(results: Results) -> dict[str, Any]:
    """The results as JSON, with these figures."""
    return {**results.document(), "derived": derived(results)}


def against_capi(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """PicoNumpy over the C extension: the time of a run, and the array work in it.

    The seconds are those of rounds, and the ratios their medians.
    """
    ours, theirs = seconds["piconumpy"], seconds["capi"]
    ratios = {"total": statistics.median(a / b for a, b in zip(ours, theirs))}
    floor = seconds.get("callback")
    if floor is not None:
        work = zip(differences(ours, floor), differences(theirs, floor))
        shares = [a / b for a, b in work if b > 0]
        if shares:
            ratios["array_work"] = statistics.median(shares)
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
