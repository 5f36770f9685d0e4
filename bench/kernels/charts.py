"""The charts: speed over length, and every peer's time relative to ours."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness.chart import PROJECT_COLOUR
from bench.harness.report import ratio_text
from bench.kernels import analysis
from bench.kernels.goals import ALIGNED, length_text
from bench.kernels.results import ITEM_BYTES, LIMITS, OURS, Case, Results
from bench.kernels.tables import bytes_text

# Colours that stay apart for colour-blind eyes (Okabe and Ito), and a mark for each all the same.
LOOKS = {
    "gcc": ("#0072B2", "o"),
    "clang": ("#56B4E9", "s"),
    "eigen": ("#009E73", "^"),
    "highway": ("#444444", "D"),
    "volk": ("#CC79A7", "v"),
    "mkl": ("#E69F00", "P"),
}
OTHER_LOOKS = (("#8C6D31", "X"), ("#999933", "*"), ("#882255", "h"))
NAMES = {
    "gcc": "GCC's loop",
    "clang": "Clang's loop",
    "eigen": "Eigen",
    "highway": "Highway",
    "volk": "VOLK",
    "mkl": "MKL",
}
ISA_NAMES = {"avx512": "AVX-512", "avx2": "AVX2", "sse2": "SSE2"}
TITLES = {"add": "addition", "sub": "subtraction", "mul": "multiplication", "div": "division"}
TYPE_NAMES = {"f64": "float64", "f32": "float32"}
OWN_DASHES = ((0, (5, 1.5)), (0, (1.5, 1.2)))
PALE, LIMIT_COLOUR = "#e3e3e3", "#555555"
HIGHEST_RATIO = 3.6
RATIO_TICKS = (0.3, 0.5, 0.7, 0.85, 1, 1.2, 1.5, 2, 3)


@dataclass(frozen=True)
class Subject:
    """What one chart is about: whole arrays, aligned."""

    results: Results
    isa: str
    type: str

    def cases(self, operation: str, isa: str | None = None) -> list[Case]:
        """By length."""
        found = self.results.select(
            "grid",
            isa=isa or self.isa,
            type=self.type,
            operation=operation,
            form="array",
            alignment=ALIGNED,
        )
        return sorted(found, key=lambda case: case.n)

    def operations(self) -> list[str]:
        """Those with enough lengths for a line."""
        return [name for name in TITLES if len(self.cases(name)) > 1]

    def peers(self) -> list[str]:
        cases = [case for operation in TITLES for case in self.cases(operation)]
        return [name for name in self.results.peers() if any(name in case.times for case in cases)]

    def boundaries(self) -> dict[str, float]:
        """The number of elements of which three arrays fill each cache."""
        return {
            name: size / 3 / ITEM_BYTES[self.type] for name, size in self.results.caches.items()
        }

    def limit(self, case: Case) -> float | None:
        """GB/s that memory and divider allow."""
        rates = [case.rate(name) for name in LIMITS if name in case.times]
        if not rates:
            return None
        divide = None
        if case.operation == "div":
            divide = analysis.divider_ns(self.results, self.isa, self.type)
        return max(rates) if divide is None else min(max(rates), case.bytes / case.n / divide)


def look_of(name: str, peers: Sequence[str]) -> tuple[str, str]:
    if name in LOOKS:
        return LOOKS[name]
    others = [peer for peer in peers if peer not in LOOKS]
    return OTHER_LOOKS[others.index(name) % len(OTHER_LOOKS)]


def isa_name(isa: str) -> str:
    return ISA_NAMES.get(isa, isa)


def _line(axes: Any, xs: Sequence[float], ys: Sequence[float], look: tuple[str, str]) -> None:
    """A peer's, thin, below ours."""
    axes.plot(
        xs,
        ys,
        color=look[0],
        marker=look[1],
        markersize=3.6,
        markeredgewidth=0,
        linewidth=1.1,
        zorder=3,
    )


def _draw_rates(axes: Any, subject: Subject, operation: str, others: Sequence[str]) -> None:
    """GB/s over the length; `others` are ISAs whose kernels are drawn too."""
    cases, peers = subject.cases(operation), subject.peers()
    for name in peers:
        having = [case for case in cases if name in case.times]
        rates = [case.rate(name) for case in having]
        _line(axes, [case.n for case in having], rates, look_of(name, peers))
    for place, isa in enumerate(others):
        own = subject.cases(operation, isa)
        axes.plot(
            [case.n for case in own],
            [case.rate(OURS) for case in own],
            color=PROJECT_COLOUR,
            linestyle=OWN_DASHES[place % len(OWN_DASHES)],
            linewidth=1.6,
            zorder=4,
        )
    axes.plot(
        [case.n for case in cases],
        [case.rate(OURS) for case in cases],
        color=PROJECT_COLOUR,
        linewidth=2.8,
        zorder=5,
    )
    limits = [(case.n, limit) for case in cases if (limit := subject.limit(case)) is not None]
    if limits:
        axes.plot(*zip(*limits), color=LIMIT_COLOUR, linestyle="--", linewidth=1.1, zorder=6)
    axes.set_yscale("log")


def _draw_ratios(axes: Any, subject: Subject, operation: str) -> None:
    """The peers' times over ours, with the quartiles as a shade."""
    cases, peers = subject.cases(operation), subject.peers()
    for name in peers:
        having = [case for case in cases if name in case.ratios]
        xs = [case.n for case in having]
        look = look_of(name, peers)
        _line(axes, xs, [1 / case.ratios[name].median for case in having], look)
        low = [1 / case.ratios[name].q3 for case in having]
        high = [1 / case.ratios[name].q1 for case in having]
        axes.fill_between(xs, low, high, color=look[0], alpha=0.18, linewidth=0, zorder=2)
    axes.axhline(1.0, color=PROJECT_COLOUR, linewidth=2.4, zorder=4)
    axes.set_yscale("log")


def _bound_ratios(all_axes: Sequence[Any], subject: Subject, operations: Sequence[str]) -> None:
    """One scale for all, wide enough for most; lines that leave it on top say how far they go."""
    ratios = [
        1 / case.ratios[name].median
        for operation in operations
        for case in subject.cases(operation)
        for name in case.peers()
    ]
    low, high = min([0.9, *ratios]) / 1.08, min(max([1.5, *ratios]) * 1.1, HIGHEST_RATIO)
    ticks = [tick for tick in RATIO_TICKS if low <= tick <= high]
    for axes, operation in zip(all_axes, operations):
        axes.set_ylim(low, high)
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.yaxis.minorticks_off()
        _name_the_cut(axes, subject, operation, high)


def _name_the_cut(axes: Any, subject: Subject, operation: str, high: float) -> None:
    """Words for the peers that take longer than the panel is high, below its upper right end."""
    peers = subject.peers()
    most = {
        name: max(
            (1 / case.ratios[name].median, case.n)
            for case in subject.cases(operation)
            if name in case.ratios
        )
        for name in peers
        if any(name in case.ratios for case in subject.cases(operation))
    }
    cut = [name for name in most if most[name][0] > high]
    for place, name in enumerate(sorted(cut, key=lambda name: -most[name][0])):
        ratio, n = most[name]
        axes.text(
            0.985,
            0.97 - 0.09 * place,
            f"{NAMES.get(name, name)}: up to {ratio_text(ratio)} (n = {length_text(n)})",
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=8,
            color=look_of(name, peers)[0],
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        )


def _draw_levels(axes: Any, subject: Subject, named: bool) -> None:
    """Where three arrays outgrow a cache, and the caches' names between."""
    left, right = axes.get_xlim()
    inside = {n: name for name, n in subject.boundaries().items() if left < n < right}
    edges = [left, *sorted(inside), right]
    for n in inside:
        axes.axvline(n, color="#999999", linewidth=0.8, linestyle=":", zorder=1)
    if named and inside:
        names = [inside[n] for n in sorted(inside)] + ["DRAM"]
        for name, start, end in zip(names, edges, edges[1:]):
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


def _finish(axes: Any, lengths: Sequence[int]) -> None:
    axes.set_xscale("log")
    left, right = min(lengths) / 1.25, max(lengths) * 1.25
    axes.set_xlim(left, right)
    powers = [power for power in range(0, 10, 1) if left <= 10**power <= right]
    axes.set_xticks([10**power for power in powers], [f"$10^{power}$" for power in powers])
    axes.xaxis.minorticks_off()
    axes.grid(color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _bound_rates(all_axes: Sequence[Any]) -> None:
    """Room for the caches' names above the lines, and plain numbers."""
    low = min(axes.get_ylim()[0] for axes in all_axes)
    high = max(axes.get_ylim()[1] for axes in all_axes) * 1.5
    ticks = [tick for power in range(-2, 5) if low <= (tick := 10.0**power) <= high]
    for axes in all_axes:
        axes.set_ylim(low, high)
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def _legend(figure: Any, subject: Subject, others: Sequence[str]) -> int:
    """Below the panels; how many lines it has."""
    from matplotlib.lines import Line2D

    peers = subject.peers()
    own = f"picokernels, {isa_name(subject.isa)}" if others else "picokernels"
    handles = [Line2D([], [], color=PROJECT_COLOUR, linewidth=2.8, label=own)]
    handles += [
        Line2D(
            [],
            [],
            color=PROJECT_COLOUR,
            linewidth=1.6,
            linestyle=OWN_DASHES[place % len(OWN_DASHES)],
            label=f"picokernels, {isa_name(isa)}",
        )
        for place, isa in enumerate(others)
    ]
    for name in peers:
        colour, mark = look_of(name, peers)
        label = NAMES.get(name, name)
        handles.append(Line2D([], [], color=colour, marker=mark, markersize=5, label=label))
    handles.append(
        Line2D([], [], color=LIMIT_COLOUR, linestyle="--", linewidth=1.1, label="machine's limit")
    )
    columns = len(handles) if len(handles) <= 8 or not others else -(-len(handles) // 2)
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=columns,
        frameon=False,
        fontsize=9,
        bbox_to_anchor=(0.5, 0.055),
        columnspacing=1.6,
        handlelength=2.4,
    )
    return -(-len(handles) // columns)


def _caption(subject: Subject) -> str:
    context, machine = subject.results.context, subject.results.machine
    caches = ", ".join(
        f"{name} {bytes_text(size)}" for name, size in subject.results.caches.items()
    )
    runs = max((case.runs for case in subject.results.select("grid")), default=0)
    return (
        f"out[i] = a[i] OP b[i], three arrays of {TYPE_NAMES[subject.type]}, aligned to 64 bytes; "
        f"medians of {runs} interleaved runs, shades: quartiles. Dotted: arrays outgrow a cache."
        f"\n{machine.get('cpu')}, one core; {caches}; {context.get('compiler')}. "
        "Limit: a bare aligned loop of as many loads and stores, or the divider."
    )


def _draw(
    subject: Subject, operations: Sequence[str], others: Sequence[str], title: str, width: float
) -> bytes:
    """Above the speed, below the peers' times relative to ours, a column for each operation."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = len(operations)
    height = 7.2
    with pyplot.rc_context({"font.size": 9.5, "axes.edgecolor": "#666666"}):
        figure, panels = pyplot.subplots(
            2,
            columns,
            figsize=(width * columns + 0.8, height),
            dpi=180,
            squeeze=False,
            sharey="row",
            sharex=True,
            height_ratios=[1.55, 1],
        )
        for column, operation in enumerate(operations):
            rates, ratios = panels[0][column], panels[1][column]
            _draw_rates(rates, subject, operation, others)
            _draw_ratios(ratios, subject, operation)
            lengths = [case.n for case in subject.cases(operation)]
            for axes in (rates, ratios):
                _finish(axes, lengths)
            rates.set_title(TITLES[operation], fontsize=11)
            ratios.set_xlabel("number of elements n")
        _bound_rates(panels[0])
        _bound_ratios(panels[1], subject, operations)
        for column in range(columns):
            _draw_levels(panels[0][column], subject, named=True)
            _draw_levels(panels[1][column], subject, named=False)
        panels[0][0].set_ylabel("GB/s read and written")
        panels[1][0].set_ylabel("time / time of picokernels\n(above 1: slower)")
        rows = _legend(figure, subject, others)
        figure.text(0.012, 0.985, title, fontsize=12.5, fontweight="bold", va="top")
        figure.text(
            0.012, 0.012, _caption(subject), fontsize=7.5, color="#444444", linespacing=1.45
        )
        figure.tight_layout(rect=(0, 0.07 + 0.032 * rows, 1, 0.965))
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        pyplot.close(figure)
    return buffer.getvalue()


def draw_all(results: Results) -> Iterator[tuple[str, bytes]]:
    """The name and the picture of each chart that there are cases for; it takes matplotlib."""
    isas = results.isas
    if isas:
        subject = Subject(results, isas[0], "f64")
        shown = [name for name in ("add", "div") if name in subject.operations()]
        if shown:
            title = "Elementwise kernels, float64: speed, and peers' times relative to ours"
            yield "kernels.png", _draw(subject, shown, isas[1:], title, 5.2)
    for isa in isas:
        for kind in ITEM_BYTES:
            subject = Subject(results, isa, kind)
            if subject.operations():
                title = f"Elementwise kernels on {isa_name(isa)}, {TYPE_NAMES[kind]}"
                picture = _draw(subject, subject.operations(), (), title, 3.9)
                yield f"kernels-{isa}-{kind}.png", picture
