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
    a machine like others, not an error.
    """

    name: str
    title: str
    note: str = ""
    exact: bool = True
    floor: bool = False
    checked: str = "states"
    optional: bool = False

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


PEERS: tuple[Peer, ...] = (
    JuliaPeer(
        "julia", "Julia", "small vectors allocated by every operation", exact=False, optional=True
    ),
    PythonPeer("piconumpy", "PicoNumpy", "this project", source=("--array", "piconumpy:array")),
    PythonPeer(
        "capi",
        "PicoNumpy (CPython C-API)",
        "a plain C extension, numbers in a block of their own",
        source=("--array", "piconumpy_capi:array"),
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
        "callback",
        "Callback alone",
        "floor: four callbacks a step on bare lists, no array work",
        floor=True,
        checked="derivatives",
        source=("--callback",),
    ),
    CppPeer(
        "cpp", "C++", "floor: hand-written scalar code, nothing allocated", exact=False, floor=True
    ),
)

# The row that the others are divided by: the first of these that ran.
NORMS = ("julia", "cpp")


def select(names: str | None) -> list[Peer]:
    """The peers that a comma-separated list names, in the table's order; all of them if None."""
    if names is None:
        return list(PEERS)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = [peer.name for peer in PEERS]
    for name in wanted:
        if name not in known:
            raise ValueError(f"unknown row {name!r}; the rows are: {', '.join(known)}")
    if not wanted:
        raise ValueError(f"no row named; the rows are: {', '.join(known)}")
    return [peer for peer in PEERS if peer.name in wanted]
