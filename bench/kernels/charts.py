"""The charts: speed over length, and every peer's time relative to ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness.chart import PROJECT_COLOUR, finished
from bench.harness.report import ratio_text
from bench.kernels.analysis import registers_ns
from bench.kernels.results import (
    ALIGNED,
    COMPETING,
    LIMITS,
    OURS,
    Case,
    Results,
    length_text,
    names_in,
)
from bench.kernels.tables import caches_text

# Colours that colour-blind eyes can tell apart (Okabe and Ito), each with a mark of its own.
PEERS = {
    "gcc": ("GCC's loop", "#0072B2", "o"),
    "clang": ("Clang's loop", "#56B4E9", "s"),
    "gcc_fast": ("GCC's loop, -ffast-math", "#0072B2", "<"),
    "clang_fast": ("Clang's loop, -ffast-math", "#56B4E9", ">"),
    "eigen": ("Eigen", "#009E73", "^"),
    "highway": ("Highway", "#444444", "D"),
    "volk": ("VOLK", "#CC79A7", "v"),
    "mkl": ("MKL", "#E69F00", "P"),
    "sleef": ("SLEEF", "#882255", "h"),
}
OTHERS = (("#8C6D31", "X"), ("#999933", "*"))
# Of our own lines, one for each ISA.
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1, 1.5)))
HIGHEST_RATIO = 3.6
RATIO_TICKS = (0.3, 0.5, 0.7, 0.85, 1, 1.2, 1.5, 2, 3)
RATE_TICKS = tuple(digit * 10.0**power for power in range(-2, 5) for digit in (1, 3))
# Operations side by side; further ones begin a new line of panels.
COLUMNS = 5
STYLE: dict[Any, Any] = {
    "font.size": 9.5,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.6,
    "lines.markeredgewidth": 0,
}

# The cases of each operation, by length.
Lines = dict[str, list[Case]]


@dataclass(frozen=True)
class Peer:
    """How one peer is drawn."""

    name: str
    title: str
    colour: str
    mark: str


def lines_of(results: Results, isa: str, kind: str, suite: str = "grid") -> Lines:
    """Of whole arrays, aligned; the operations that have enough lengths for a line."""
    lines: Lines = {}
    for case in results.select(suite, isa=isa, type=kind, form="array", alignment=ALIGNED):
        lines.setdefault(case.operation, []).append(case)
    return {
        operation: sorted(cases, key=lambda case: case.n)
        for operation, cases in lines.items()
        if len(cases) > 1
    }


def peers_of(results: Results, lines: Lines) -> list[Peer]:
    names = names_in([case for cases in lines.values() for case in cases], results.peers())
    looks = iter(OTHERS * len(names))
    return [Peer(name, *PEERS.get(name) or (name, *next(looks))) for name in names]


def limit(results: Results, case: Case) -> float | None:
    """GB/s that memory and slow arithmetic allow."""
    rates = [case.rate(name) for name in LIMITS if name in case.times]
    arithmetic = registers_ns(results, case)
    if not rates or not arithmetic:
        return max(rates, default=None)
    return min(max(rates), case.bytes / arithmetic)


def _plot(axes: Any, points: Iterable[tuple[float, float | None]], **look: Any) -> None:
    found = [point for point in points if point[1] is not None]
    if found:
        axes.plot(*zip(*found), **look)


def _plot_peer(axes: Any, peer: Peer, points: Iterable[tuple[float, float | None]]) -> None:
    """Thin, below ours."""
    _plot(axes, points, label=peer.title, color=peer.colour, marker=peer.mark, zorder=3)


def _draw_rates(
    axes: Any, results: Results, own: Mapping[str, Sequence[Case]], peers: Sequence[Peer]
) -> None:
    """GB/s over the length. `own` are our cases by ISA; the peers are those of the first."""
    for (isa, cases), dashes in zip(own.items(), DASHES):
        look = {"linewidth": 2.8, "zorder": 5} if dashes == "-" else {"linewidth": 1.6, "zorder": 4}
        points = [(case.n, case.rate(OURS)) for case in cases]
        label = f"picokernels, {isa}"
        _plot(axes, points, label=label, color=PROJECT_COLOUR, linestyle=dashes, **look)
    first = next(iter(own.values()))
    for peer in peers:
        having = [case for case in first if peer.name in case.times]
        _plot_peer(axes, peer, [(case.n, case.rate(peer.name)) for case in having])
    limits = [(case.n, limit(results, case)) for case in first]
    _plot(axes, limits, label="machine's limit", color="#555555", linestyle="--", zorder=6)


def _draw_ratios(axes: Any, cases: Sequence[Case], peers: Sequence[Peer], highest: float) -> None:
    """The peers' times over ours, with the quartiles as a shade, and words for what is cut off."""
    cut = []
    for peer in peers:
        ratios = {case.n: case.ratios[peer.name] for case in cases if peer.name in case.ratios}
        _plot_peer(axes, peer, [(n, 1 / ratio.median) for n, ratio in ratios.items()])
        low, high = ([1 / getattr(one, end) for one in ratios.values()] for end in ("q3", "q1"))
        axes.fill_between(
            list(ratios), low, high, color=peer.colour, alpha=0.18, linewidth=0, zorder=2
        )
        most = max(((1 / ratio.median, n) for n, ratio in ratios.items()), default=(0.0, 0))
        if most[0] > highest:
            cut.append((most, peer))
    for place, ((ratio, n), peer) in enumerate(sorted(cut, key=lambda one: one[0], reverse=True)):
        axes.text(
            0.985,
            0.97 - 0.09 * place,
            f"{peer.title}: up to {ratio_text(ratio)} (n = {length_text(n)})",
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=8,
            color=peer.colour,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        )
    axes.axhline(1.0, color=PROJECT_COLOUR, linewidth=2.4, zorder=4)


def _draw_levels(axes: Any, longest: Case, caches: Mapping[str, int], named: bool) -> None:
    """Where the arrays of a call outgrow a cache, and the caches' names between."""
    left, right = axes.get_xlim()
    bytes_each = longest.working_set / longest.n or 1
    inside = {name: size / bytes_each for name, size in caches.items()}
    inside = {name: n for name, n in inside.items() if left < n < right}
    for n in inside.values():
        axes.axvline(n, color="#999999", linewidth=0.8, linestyle=":", zorder=1)
    edges = [left, *inside.values(), right]
    for name, start, end in zip([*inside, "DRAM"] if named and inside else [], edges, edges[1:]):
        axes.text(
            (start * end) ** 0.5,
            0.985,
            name,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=8,
            color="#777777",
        )


def _scale(
    axes: Any, lengths: Sequence[int], low: float, high: float, ticks: Sequence[float]
) -> None:
    """One scale for all panels of a kind, with plain numbers."""
    axes.set(xscale="log", yscale="log", ylim=(low, high))
    left, right = min(lengths) / 1.25, max(lengths) * 1.25
    axes.set_xlim(left, right)
    powers = [power for power in range(10) if left <= 10**power <= right]
    axes.set_xticks([10**power for power in powers], [f"$10^{power}$" for power in powers])
    ticks = [tick for tick in ticks if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def _draw_panels(panels: Any, results: Results, lines: Lines, others: Mapping[str, Lines]) -> None:
    """Above the speed, below the peers' times relative to ours, a column for each operation."""
    all_cases = [case for cases in lines.values() for case in cases]
    peers = peers_of(results, lines)
    lengths = [case.n for case in all_cases]
    rates = [case.rate(name) for case in all_cases for name in (OURS, *case.others)]
    ratios = [1 / case.ratios[name].median for case in all_cases for name in case.others]
    lowest = min([0.9, *ratios]) / 1.08
    highest = min(max([1.5, *ratios]) * 1.1, HIGHEST_RATIO)
    for place, (operation, cases) in enumerate(lines.items()):
        row, column = divmod(place, COLUMNS)
        above, below = panels[2 * row][column], panels[2 * row + 1][column]
        own = {cases[0].isa: cases}
        own.update({isa: other.get(operation, []) for isa, other in others.items()})
        _draw_rates(above, results, own, peers)
        _draw_ratios(below, cases, peers, highest)
        # With room for the caches' names above the lines.
        _scale(above, lengths, min(rates) / 1.25, max(rates) * 2, RATE_TICKS)
        _scale(below, lengths, lowest, highest, RATIO_TICKS)
        for axes in (above, below):
            _draw_levels(axes, cases[-1], results.caches, named=axes is above)
        above.set_title(operation, fontsize=11)
        above.tick_params(labelbottom=False)
        below.set_xlabel("number of elements n")
        if column == 0:
            above.set_ylabel("GB/s read and written")
            below.set_ylabel("time / time of picokernels\n(above 1: slower)")


def _caption(results: Results, case: Case) -> str:
    call = "OP(a) or dot(a, b)" if case.suite == "reduce" else "out = OP(a, b) or OP(a)"
    limit = "Limit: a bare aligned loop of as many loads and stores, or the divider."
    return (
        f"{call} on arrays of {case.type}, aligned to 64 bytes; "
        f"medians of {case.runs} interleaved runs, shades: quartiles. "
        f"Dotted: arrays outgrow a cache.\n{results.machine.get('cpu')}, one core; "
        f"{caches_text(results)}; {results.context.get('compiler')}. "
        f"{'' if case.suite == 'functions' else limit}"
    )


def _draw(
    results: Results, lines: Lines, title: str, width: float, others: Mapping[str, Lines]
) -> bytes:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = min(len(lines), COLUMNS)
    rows = -(-len(lines) // COLUMNS)
    height = 5.8 * rows + 1.4
    with rc_context(STYLE):
        figure = Figure(figsize=(width * columns + 0.8, height), dpi=180)
        panels = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[1.55, 1] * rows)
        # With room for the title above, and for the legend and the caption below.
        rect = (0, 0.97 / height, 1, 1 - 1.37 / height)
        figure.set_layout_engine("constrained", rect=rect)
        _draw_panels(panels, results, lines, others)
        labelled = [axes.get_legend_handles_labels() for axes in panels.flat]
        handles = {label: handle for pair in labelled for handle, label in zip(*pair)}
        for axes in panels.flat:
            axes.set_visible(axes.has_data())
        figure.legend(
            handles=list(handles.values()),
            labels=list(handles),
            loc="lower center",
            ncols=5 if columns < 3 else len(handles),
            frameon=False,
            fontsize=9,
            bbox_to_anchor=(0.5, 0.4 / height),
            columnspacing=1.6,
            handlelength=2.4,
        )
        return finished(figure, title, _caption(results, next(iter(lines.values()))[0]))


def draw_all(results: Results) -> Iterator[tuple[str, bytes]]:
    """The name and the picture of each chart that there are cases for; it takes matplotlib."""
    kinds = dict.fromkeys(case.type for case in results.cases if case.suite in COMPETING)
    found = {(isa, kind): lines_of(results, isa, kind) for isa in results.isas for kind in kinds}
    first = next(iter(found.values()), {})
    shown = {name: cases for name, cases in first.items() if name in ("add", "div")}
    if shown:
        best, kind = next(iter(found))
        others = {isa: lines for (isa, of), lines in found.items() if isa != best and of == kind}
        title = f"Elementwise kernels, {kind}: speed, and peers' times relative to ours"
        yield "kernels.png", _draw(results, shown, title, 5.2, others)
    for (isa, kind), lines in found.items():
        if lines:
            title = f"Elementwise kernels on {isa}, {kind}"
            yield f"kernels-{isa}-{kind}.png", _draw(results, lines, title, 3.9, {})
        for suite, what in (("reduce", "Reductions"), ("functions", "Functions")):
            lines = lines_of(results, isa, kind, suite)
            if lines:
                title = f"{what} on {isa}, {kind}"
                yield f"{what.lower()}-{isa}-{kind}.png", _draw(results, lines, title, 3.9, {})
