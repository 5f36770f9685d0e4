"""The table of peers: every row of every benchmark, in the order in which results are printed.

A new peer is one entry here and one folder beside this file. A Python peer's entry says where its
array type comes from; a program's entry is a class that says how bench/peers/NAME/BENCHMARK.* is
built and started.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from bench.peers import builds
from bench.peers.tools import BuildEnv, Launch, Unavailable, build_once, find_cxx, find_julia


@dataclass(frozen=True)
class Peer:
    """One row.

    exact: its states must have the bits of the reference, because it does the same IEEE operations
    with the same mathematical library. floor: it bounds what a row can reach and competes with
    none. floor_on: it does so with that implementation only, because others may compile it together
    with its caller. checked: the answer of the worker that is compared. compiles: it compiles the
    callback at run time, so the first call counts. optional: a machine may lack it without an
    error. benchmarks: those that it takes part in. implementation: the only one that the row is
    for.
    """

    name: str
    title: str
    note: str = ""
    exact: bool = True
    floor: bool = False
    floor_on: str | None = None
    checked: str = "states"
    compiles: bool = False
    optional: bool = False
    benchmarks: tuple[str, ...] = ("ode", "micro")
    implementation: str | None = None

    def is_for(self, implementation: str) -> bool:
        """Whether the row means anything for that interpreter."""
        return self.implementation in (None, implementation)

    def is_floor(self, implementation: str) -> bool:
        """Whether it bounds what a row can reach on that interpreter."""
        return self.floor and self.floor_on in (None, implementation)

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        """Build what must be built, and say how the worker starts."""
        raise NotImplementedError


@dataclass(frozen=True)
class PythonPeer(Peer):
    """A row that runs the benchmark's Python source in the measured interpreter.

    source: the worker's option that says what to compute with. build: makes the folder to import
    from, if it must be made.
    """

    source: tuple[str, ...] = ()
    build: Callable[[BuildEnv], Path] | None = None

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        if not self.is_for(env.facts.implementation):
            raise Unavailable(f"it is a row of {self.implementation}, not of {env.facts.title}")
        command = [env.python, "-m", f"bench.{benchmark}.worker", *self.source]
        if self.build is not None:
            command += ["--path", str(self.build(env))]
        return Launch(command)


@dataclass(frozen=True)
class PythranPeer(Peer):
    """bench/peers/pythran/BENCHMARK.py, compiled for the measured interpreter, which calls it."""

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        folder = builds.build_pythran(env, benchmark)
        command = [env.python, "-m", f"bench.{benchmark}.worker", "--compiled", benchmark]
        return Launch([*command, "--path", str(folder)])


@dataclass(frozen=True)
class JitPeer(Peer):
    """The package bench/peers/NAME, which compiles at run time with the library of that name.

    programs: what the library calls.
    """

    exact: bool = False
    compiles: bool = True
    optional: bool = True
    benchmarks: tuple[str, ...] = ("ode",)
    programs: tuple[str, ...] = ()

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        if env.facts.implementation != "cpython":
            raise Unavailable(f"{self.title} is there for CPython only, not for {env.facts.title}")
        builds.require(env, "numpy", self.name)
        for program in self.programs:
            if shutil.which(program) is None:
                raise Unavailable(f"{self.title} calls {program}, which is not on PATH")
        return Launch([env.python, "-m", f"bench.{benchmark}.worker", "--jit", self.name])


@dataclass(frozen=True)
class JuliaPeer(Peer):
    """A Julia program."""

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        julia = find_julia(env)
        return Launch(
            [*julia.command, str(env.peers / "julia" / f"{benchmark}.jl")], julia.environment
        )


@dataclass(frozen=True)
class CppPeer(Peer):
    """A C++ program.

    flags: those of its arithmetic. By default there is no contraction: the same IEEE operations on
    machines whose compilers would fuse them.
    """

    flags: tuple[str, ...] = ("-ffp-contract=off",)

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        source = env.peers / "cpp" / f"{benchmark}.cpp"
        program = env.build / self.name / benchmark
        program.parent.mkdir(parents=True, exist_ok=True)
        flags = ["-std=c++20", "-O3", *self.flags, "-Wall", "-Wextra"]
        command = [*find_cxx(), *flags, str(source), "-o", str(program)]
        sources = [source, *source.parent.glob("*.hpp")]
        build_once(env, f"{self.name}/{benchmark}", sources, command, env.root)
        return Launch([str(program)])


@dataclass(frozen=True)
class SolverPeer(Peer):
    """A package that solves ordinary differential equations, in the measured interpreter.

    packages: what it imports. style: how it is used; see bench/integrate/solvers.py.
    """

    exact: bool = False
    benchmarks: tuple[str, ...] = ("integrate",)
    packages: tuple[str, ...] = ()
    style: str = ""

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        builds.require(env, "numpy", *self.packages, target=f"bench-{benchmark}")
        source = f"{','.join(self.packages)}:{self.style}"
        command = [env.python, "-m", f"bench.{benchmark}.worker", "--solver", source]
        # Modules that are imported late must not be compiled in the first call.
        return Launch(command, {"PYTHONDONTWRITEBYTECODE": ""})


@dataclass(frozen=True)
class ProgramPeer(Peer):
    """Programs of libpicokernels, which bench/programs/worker.cpp runs with these words."""

    words: tuple[str, ...] = ()

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        worker = env.root / "build" / "release" / "bench" / benchmark / f"{benchmark}_worker"
        if not worker.is_file():
            raise Unavailable(
                f"{worker.name} has not been built (make bench-{benchmark} builds it)"
            )
        return Launch([str(worker), *self.words])


def array(name: str, title: str, note: str, source: str, **more: Any) -> PythonPeer:
    """A row that computes with the array type MODULE:NAME."""
    return PythonPeer(name, title, note, source=("--array", source), **more)


def traced(name: str, title: str, note: str, **more: Any) -> PythonPeer:
    """A row that runs the user's function, unmodified, as a program of libpicokernels."""
    more.setdefault("benchmarks", ("ode",))
    return PythonPeer(f"jit_{name}", title, note, source=("--traced", name), compiles=True, **more)


MODES = {"exact": "exact", "quiet": "exact, no trouble", "fast": "fast"}
LANES_MODES = ("exact", "fast")


def programs(where: str, mode: str, engine: str, isa: str = "") -> ProgramPeer:
    """Programs for one point or for lanes, by that engine, on that ISA or the best one."""
    details = [isa] if isa else ["interpreted"] if engine == "interpreter" else []
    return ProgramPeer(
        f"program_{where}_{mode}_{isa or engine}",
        ", ".join([where.capitalize(), MODES[mode], *details]),
        f"a program of this project, {'machine code' if engine == 'jit' else engine}",
        exact=mode != "fast",
        benchmarks=("programs",),
        words=(where, mode, engine, *([isa] if isa else [])),
    )


def expressions(library: str, title: str, note: str) -> PythonPeer:
    """A library that computes expressions of arrays from Python."""
    return PythonPeer(
        f"{library}_expression",
        title,
        note,
        exact=False,
        optional=True,
        source=("--compiled", library),
        benchmarks=("programs",),
    )


OWN_SOLVERS = ("piconumpy", "callback", "fixed", "ensemble_alone", "ensemble_jit", "ensemble_fast")


def solver(name: str, title: str, note: str, source: str, **more: Any) -> SolverPeer:
    """A package that solves ordinary differential equations; source: PACKAGES:STYLE."""
    packages, _, style = source.partition(":")
    more.setdefault("optional", not name.startswith(OWN_SOLVERS))
    return SolverPeer(name, title, note, packages=tuple(packages.split(",")), style=style, **more)


SOLVERS = (
    solver("scipy", "SciPy", "solve_ivp, a plain function", "scipy:scipy."),
    solver(
        "callback_ndarray",
        "Callback alone, ndarrays",
        "floor of the rows with ndarrays: the same calls of the function",
        "numpy,piconumpy:callback.ndarray",
        floor=True,
    ),
    solver(
        "callback_array",
        "Callback alone, arrays",
        "floor of the row with arrays of this project: the same calls of the function",
        "piconumpy:callback.array",
        floor=True,
    ),
    solver(
        "fixed_jit",
        "Fixed steps, jit",
        "floor of the traced rows: rk4 with as many evaluations of the right-hand side",
        "piconumpy:fixed.jit",
        floor=True,
    ),
    solver(
        "fixed_fast",
        "Fixed steps, jit, fastmath",
        "the same with jit(fastmath=True)",
        "piconumpy:fixed.fast",
        floor=True,
    ),
    solver(
        "piconumpy_ndarray",
        "PicoNumpy, ndarrays",
        "solve_ivp, a plain function of ndarrays: SciPy's with another import",
        "piconumpy:piconumpy.ndarray",
    ),
    solver(
        "piconumpy_list",
        "PicoNumpy, list",
        "the function makes a list of the ndarray first, and returns a list",
        "piconumpy:piconumpy.list",
    ),
    solver(
        "piconumpy_array",
        "PicoNumpy, arrays",
        "the unmodified function, and y0 is an array of this project",
        "piconumpy:piconumpy.array",
    ),
    solver(
        "cyrk_return",
        "CyRK, returns",
        "pysolve_ivp, the function returns an ndarray",
        "CyRK:cyrk.return",
    ),
    solver("cyrk_dy", "CyRK, dy", "the function writes into an ndarray", "CyRK:cyrk.dy"),
    solver(
        "cyrk_reuse",
        "CyRK, dy, reused",
        "the same, and every run uses one PySolver",
        "CyRK:cyrk.reuse",
    ),
    solver(
        "cyrk_list",
        "CyRK, dy, list",
        "it writes into an ndarray, and makes a list of the state first",
        "CyRK:cyrk.list",
    ),
    solver(
        "piconumpy_jit",
        "PicoNumpy, jit",
        "solve_ivp, the unmodified function is decorated",
        "piconumpy:piconumpy.jit",
        compiles=True,
    ),
    solver(
        "piconumpy_fast",
        "PicoNumpy, jit, fastmath",
        "the same with jit(fastmath=True)",
        "piconumpy:piconumpy.fast",
        compiles=True,
    ),
    solver(
        "cyrk_njit",
        "CyRK pysolve_ivp, njit",
        "pysolve_ivp calls a function that Numba has compiled",
        "CyRK,numba:cyrk.njit",
        compiles=True,
    ),
    solver(
        "cyrk_nbsolve",
        "CyRK nbsolve_ivp",
        "function and solver are compiled by Numba",
        "CyRK,numba:cyrk_numba.nbsolve",
        compiles=True,
    ),
    solver(
        "cyrk_nbsolve2",
        "CyRK nbsolve2_ivp",
        "a compiled solver calls a function that Numba has compiled",
        "CyRK,numba:cyrk_numba.nbsolve2",
        compiles=True,
    ),
    solver(
        "numbalsoda_lsoda",
        "numbalsoda lsoda",
        "LSODA calls a function that Numba has compiled",
        "numbalsoda,numba:numbalsoda.lsoda",
        compiles=True,
    ),
    solver(
        "numbalsoda_dop853",
        "numbalsoda dop853",
        "DOP853 calls a function that Numba has compiled",
        "numbalsoda,numba:numbalsoda.dop853",
        compiles=True,
    ),
    solver(
        "diffrax",
        "diffrax Dopri5",
        "all jitted by JAX in float64",
        "diffrax,jax:diffrax.",
        compiles=True,
    ),
    solver(
        "heyoka",
        "heyoka",
        "Taylor's method, taylor_adaptive",
        "heyoka:heyoka.",
        compiles=True,
    ),
    # Stiff problems.
    solver("scipy_radau", "SciPy Radau", "solve_ivp, a plain function", "scipy:scipy.Radau"),
    solver("scipy_bdf", "SciPy BDF", "solve_ivp, a plain function", "scipy:scipy.BDF"),
    solver("scipy_lsoda", "SciPy LSODA", "solve_ivp, a plain function", "scipy:scipy.LSODA"),
    solver(
        "piconumpy_rodas",
        "PicoNumpy Rodas5P, jit",
        "solve_ivp, the unmodified function is decorated",
        "piconumpy:piconumpy.jit",
        compiles=True,
    ),
    solver(
        "piconumpy_rodas_fast",
        "PicoNumpy Rodas5P, jit, fastmath",
        "the same with jit(fastmath=True)",
        "piconumpy:piconumpy.fast",
        compiles=True,
    ),
    solver(
        "piconumpy_radau",
        "PicoNumpy Radau, jit",
        "SciPy's class Radau with the traced function and its derived Jacobian",
        "piconumpy,scipy:piconumpy.radau",
        compiles=True,
    ),
    solver(
        "diffrax_kvaerno",
        "diffrax Kvaerno5",
        "all jitted by JAX in float64",
        "diffrax,jax:diffrax.",
        compiles=True,
    ),
    # Ensembles.
    solver("ensemble_scipy", "SciPy", "solve_ivp for one sled after the other", "scipy:scipy."),
    solver(
        "ensemble_alone",
        "PicoNumpy, jit, one by one",
        "solve_ivp for one sled after the other",
        "piconumpy:piconumpy.alone",
        compiles=True,
    ),
    solver(
        "ensemble_jit",
        "PicoNumpy, jit",
        "solve_ensemble: sleds in lanes",
        "piconumpy:piconumpy.jit",
        compiles=True,
    ),
    solver(
        "ensemble_fast",
        "PicoNumpy, jit, fastmath",
        "the same with jit(fastmath=True)",
        "piconumpy:piconumpy.fast",
        compiles=True,
    ),
    solver(
        "ensemble_cyrk",
        "CyRK nbsolve2_ivp",
        "a loop that Numba has compiled, one sled after the other",
        "CyRK,numba:cyrk_numba.",
        compiles=True,
    ),
    solver(
        "ensemble_diffrax",
        "diffrax Dopri5, vmap",
        "all sleds at once, jitted by JAX in float64",
        "diffrax,jax:diffrax.",
        compiles=True,
    ),
    solver(
        "ensemble_heyoka",
        "heyoka, batches",
        "Taylor's method, taylor_adaptive_batch",
        "heyoka:heyoka.",
        compiles=True,
    ),
)


# The array types that leave the callback in the interpreter and are extensions written in C.
EXTENSION = ("ode", "cpy_vs_hpy", "micro")

PEERS: tuple[Peer, ...] = (
    JuliaPeer(
        "julia",
        "Julia",
        "small vectors allocated by every operation",
        exact=False,
        compiles=True,
        optional=True,
        benchmarks=("ode", "without_numpy", "micro", "programs"),
    ),
    array("piconumpy", "PicoNumpy", "this project", "piconumpy:array", benchmarks=EXTENSION),
    PythonPeer(
        "piconumpy_raised",
        "PicoNumpy (trace limit raised)",
        "this project, after a call that lets PyPy compile longer traces",
        source=("--array", "piconumpy:array", "--long-traces"),
        benchmarks=("ode",),
        implementation="pypy",
    ),
    traced(
        "board", "PicoNumpy jit: callback", "the unmodified callback is decorated, nothing else"
    ),
    traced("step", "PicoNumpy jit: step", "the step is decorated, with the callback in it"),
    traced("rk4", "PicoNumpy rk4", "piconumpy.integrate.rk4 on the unmodified callback"),
    traced("rk4_fast", "PicoNumpy rk4, fastmath", "the same with jit(fastmath=True)", exact=False),
    traced("lanes", "PicoNumpy rk4, lanes", "the same on all sleds at once", optional=True),
    traced(
        "lanes_fast",
        "PicoNumpy rk4, lanes, fastmath",
        "the same on all sleds at once with jit(fastmath=True)",
        exact=False,
        optional=True,
    ),
    array(
        "capi",
        "PicoNumpy (CPython C-API)",
        "a plain C extension, numbers in a block of their own",
        "piconumpy_capi:array",
        benchmarks=EXTENSION,
        build=builds.build_capi,
    ),
    array(
        "hpy_cpython",
        "PicoNumpy (HPy CPy ABI)",
        "the C extension ported to HPy, CPython ABI",
        "piconumpy_hpy:array",
        benchmarks=EXTENSION,
        optional=True,
        build=builds.build_hpy_cpython,
    ),
    array(
        "hpy",
        "PicoNumpy (HPy Universal)",
        "the same source, Universal ABI",
        "piconumpy_hpy:array",
        benchmarks=EXTENSION,
        optional=True,
        build=builds.build_hpy_universal,
    ),
    array(
        "hpy_inline",
        "PicoNumpy (HPy inline)",
        "HPy Universal, up to 8 numbers inside the object and no destroy slot",
        "piconumpy_hpy_inline:array",
        benchmarks=EXTENSION,
        optional=True,
        build=builds.build_hpy_universal,
    ),
    PythranPeer(
        "pythran",
        "Transonic-Pythran",
        "the callback too is compiled, in C++ that Pythran makes of the Python source",
        exact=False,
        optional=True,
        benchmarks=("ode", "without_numpy"),
    ),
    JitPeer("numba", "Numba", "callback and loop on scalars and tuples, with fastmath"),
    JitPeer("jax", "JAX", "callback and loop jitted in float64, one sled after the other"),
    JitPeer(
        "casadi",
        "CasADi",
        "callback and loop as a function, whose C code GCC compiles",
        programs=("gcc",),
    ),
    JitPeer("heyoka", "heyoka", "the step is a compiled function, which a Python loop calls"),
    array("numpy", "Numpy", "numpy.array", "numpy:array", exact=False, optional=True),
    array("purepy", "PicoNumpy (purepy)", "a class over a list", "bench.peers.purepy:array"),
    array(
        "purepy_array",
        "PicoNumpy (purepy_array)",
        "a class over array.array('d'), float64",
        "bench.peers.purepy_array:array",
    ),
    array(
        "list",
        "List",
        "floor: no array type, the interpreter's own lists",
        "builtins:list",
        floor=True,
        benchmarks=("micro",),
    ),
    PythonPeer(
        "python",
        "Python",
        "plain functions on tuples",
        exact=False,
        source=("--callback",),
        benchmarks=("without_numpy",),
    ),
    array(
        "cython",
        "PicoNumpy (Cython)",
        "a cdef class over a block of doubles, float64",
        "piconumpy_cython:array",
        optional=True,
        build=builds.build_cython,
    ),
    PythonPeer(
        "callback",
        "Callback alone",
        "floor where nothing compiles across calls: four callbacks a step on bare lists",
        floor=True,
        floor_on="cpython",
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
    *(programs("point", mode, engine) for engine in ("jit", "interpreter") for mode in MODES),
    *(programs("lanes", mode, "jit", isa) for isa in ("avx512", "avx2") for mode in LANES_MODES),
    *(programs("lanes", mode, "interpreter") for mode in LANES_MODES),
    CppPeer(
        "gcc_exact",
        "C++ -O3",
        "the same formula and calls, compiled ahead of time",
        benchmarks=("programs",),
        # Compilers make x * x of pow(x, 2) otherwise, which has other bits.
        flags=("-ffp-contract=off", "-fno-builtin-pow"),
    ),
    CppPeer(
        "gcc_fast",
        "C++ -O3 -ffast-math",
        "the same formula, for any CPU",
        exact=False,
        benchmarks=("programs",),
        flags=("-ffast-math",),
    ),
    CppPeer(
        "gcc_native",
        "C++ -O3 -ffast-math -march=native",
        "the same formula, for this CPU alone",
        exact=False,
        benchmarks=("programs",),
        flags=("-ffast-math", "-march=native"),
    ),
    expressions("numexpr", "numexpr", "blocks in a virtual machine, one thread"),
    expressions("numba", "Numba vectorize", "compiled by LLVM, with fast math"),
    expressions("numpy", "NumPy, into arrays", "an operation after the other, nothing allocated"),
    *SOLVERS,
)

# The row that the others are divided by: the first of these that ran.
NORMS = ("julia", "cpp")


def has_array(peer: Peer) -> bool:
    """The row leaves the callback in the interpreter, with an array type of its own."""
    return isinstance(peer, PythonPeer) and not peer.floor and not peer.compiles


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
