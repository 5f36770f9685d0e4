"""The table of peers: every row of every benchmark, in the order in which results are printed.

A new peer is one entry here and one folder beside this file. A Python peer's entry says where its
array type comes from; a program's entry is a class that says how bench/peers/NAME/BENCHMARK.* is
built and started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from bench.peers.tools import Launch, Site, build_once, find_cxx, find_julia


@dataclass(frozen=True)
class Peer:
    """One row.

    exact: it does the same IEEE operations as the reference, with the same mathematical library, so
    its states must be equal to the bit. floor: it bounds what a row can reach and competes with
    none. checked: the worker's command whose answer is compared. optional: a machine without it is
    a machine like others, not an error. benchmarks: those that it takes part in.
    """

    name: str
    title: str
    note: str = ""
    exact: bool = True
    floor: bool = False
    checked: str = "states"
    optional: bool = False
    benchmarks: tuple[str, ...] = ("ode", "micro")

    def launch(self, site: Site, benchmark: str) -> Launch:
        """Build what must be built, and say how the worker starts."""
        raise NotImplementedError


@dataclass(frozen=True)
class PythonPeer(Peer):
    """A row that runs the benchmark's Python source in the measured interpreter.

    source: the worker's option that says what to compute with. build: makes the folder to import
    from, if it must be made.
    """

    source: tuple[str, ...] = ()
    build: Callable[[Site], Path] | None = None

    def launch(self, site: Site, benchmark: str) -> Launch:
        command = [site.python, "-m", f"bench.{benchmark}.worker", *self.source]
        if self.build is not None:
            command += ["--path", str(self.build(site))]
        return Launch(command)


@dataclass(frozen=True)
class JuliaPeer(Peer):
    """A Julia program."""

    def launch(self, site: Site, benchmark: str) -> Launch:
        julia = find_julia(site)
        return Launch(
            [*julia.command, str(site.peers / "julia" / f"{benchmark}.jl")], julia.environment
        )


@dataclass(frozen=True)
class CppPeer(Peer):
    """A C++ program."""

    def launch(self, site: Site, benchmark: str) -> Launch:
        source = site.peers / "cpp" / f"{benchmark}.cpp"
        program = site.build / "cpp" / benchmark
        program.parent.mkdir(parents=True, exist_ok=True)
        # No contraction: the same IEEE operations on machines whose compilers would fuse them.
        flags = ["-std=c++17", "-O3", "-ffp-contract=off", "-Wall", "-Wextra"]
        command = [*find_cxx(), *flags, str(source), "-o", str(program)]
        build_once(site, f"cpp/{benchmark}", [source], command, site.root)
        return Launch([str(program)])


def build_capi(site: Site) -> Path:
    """The C-API extension, built by its setup.py with the interpreter's own flags."""
    folder = site.peers / "capi"
    target = site.build / "capi" / site.binary_tag()
    command = [site.python, "setup.py", "--quiet", "build_ext"]
    command += ["--build-lib", str(target), "--build-temp", str(target / "objects")]
    sources = [folder / "setup.py", folder / "piconumpy_capi.c"]
    build_once(site, f"capi/{target.name}", sources, command, folder)
    return target


# The array types that leave the callback in the interpreter and are extensions written in C.
EXTENSION = ("ode", "cpy_vs_hpy", "micro")

PEERS: tuple[Peer, ...] = (
    JuliaPeer(
        "julia",
        "Julia",
        "small vectors allocated by every operation",
        exact=False,
        optional=True,
        benchmarks=("ode", "without_numpy", "micro"),
    ),
    PythonPeer(
        "piconumpy",
        "PicoNumpy",
        "this project",
        source=("--array", "piconumpy:array"),
        benchmarks=EXTENSION,
    ),
    PythonPeer(
        "capi",
        "PicoNumpy (CPython C-API)",
        "a plain C extension, numbers in a block of their own",
        source=("--array", "piconumpy_capi:array"),
        benchmarks=EXTENSION,
        build=build_capi,
    ),
    PythonPeer(
        "numpy",
        "Numpy",
        "numpy.array",
        exact=False,
        optional=True,
        source=("--array", "numpy:array"),
    ),
    PythonPeer(
        "purepy",
        "PicoNumpy (purepy)",
        "a class over a list",
        source=("--array", "bench.peers.purepy:array"),
    ),
    PythonPeer(
        "purepy_array",
        "PicoNumpy (purepy_array)",
        "a class over array.array('d'), float64",
        source=("--array", "bench.peers.purepy_array:array"),
    ),
    PythonPeer(
        "python",
        "Python",
        "plain functions on tuples",
        exact=False,
        source=("--callback",),
        benchmarks=("without_numpy",),
    ),
    PythonPeer(
        "callback",
        "Callback alone",
        "floor: four callbacks a step on bare lists, no array work",
        floor=True,
        checked="derivatives",
        source=("--callback",),
        benchmarks=("ode",),
    ),
    CppPeer(
        "cpp",
        "C++",
        "floor: hand-written scalar code, nothing allocated",
        exact=False,
        floor=True,
        benchmarks=("ode", "without_numpy"),
    ),
)

# The row that the others are divided by: the first of these that ran.
NORMS = ("julia", "cpp")


def peers_of(benchmark: str) -> list[Peer]:
    """The rows of a benchmark, in the table's order."""
    return [peer for peer in PEERS if benchmark in peer.benchmarks]


def select(names: str | None, benchmark: str) -> list[Peer]:
    """Those of a benchmark's rows that a comma-separated list names; all of them if None."""
    peers = peers_of(benchmark)
    if names is None:
        return peers
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = [peer.name for peer in peers]
    for name in wanted:
        if name not in known:
            raise ValueError(f"unknown row {name!r}; the rows are: {', '.join(known)}")
    if not wanted:
        raise ValueError(f"no row named; the rows are: {', '.join(known)}")
    return [peer for peer in peers if peer.name in wanted]
