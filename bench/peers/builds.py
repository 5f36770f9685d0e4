"""How peers that are extension modules are built: each function gives the folder to import from."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.peers.tools import (
    BuildEnv,
    Unavailable,
    build_once,
    interpreter_facts,
    module_is_there,
)


def build_capi(env: BuildEnv) -> Path:
    """The C-API extension, built by its setup.py with the interpreter's own flags."""
    folder = env.peers / "capi"
    target = env.build / "capi" / env.binary_tag()
    sources = [folder / "setup.py", folder / "piconumpy_capi.c"]
    command = _build_ext(env.python, target)
    build_once(env, f"capi/{target.name}", sources, command, folder, _headers(env))
    return target


def build_cython(env: BuildEnv) -> Path:
    """The Cython extension: Cython and the compiler in one go."""
    _require(env.python, "Cython")
    folder = env.peers / "cython"
    target = env.build / "cython" / env.binary_tag()
    sources = [folder / "setup.py", folder / "piconumpy_cython.pyx"]
    environment = {"CYTHON_BUILD": str(target / "objects"), **_headers(env)}
    command = _build_ext(env.python, target)
    build_once(env, f"cython/{target.name}", sources, command, folder, environment)
    return target


def _build_ext(python: str, target: Path) -> list[str]:
    command = [python, "setup.py", "--quiet", "build_ext"]
    return [*command, "--build-lib", str(target), "--build-temp", str(target / "objects")]


def _headers(env: BuildEnv) -> dict[str, str]:
    """For the compiler: an interpreter that was unpacked elsewhere may not find its own headers."""
    return {"CPATH": interpreter_facts(env.python).include}


def _require(python: str, *modules: str) -> None:
    """The tools are part of the group `peers` in pyproject.toml, not of what developing takes."""
    for module in modules:
        if not module_is_there(python, module):
            title = interpreter_facts(python).title
            raise Unavailable(f"{title} has no package {module} (make bench installs it)")


# The context of HPy changed before 0.9, and binaries name what they were built for.
HPY_VERSION = "0.9"


def build_hpy_cpython(env: BuildEnv) -> Path:
    """The HPy extensions for the CPython ABI: the calls are resolved at compile time."""
    facts = interpreter_facts(env.python)
    if facts.implementation != "cpython":
        raise Unavailable(f"{facts.title} does not have the CPython ABI")
    return _build_hpy(env, env.python, "cpython")


def build_hpy_universal(env: BuildEnv) -> Path:
    """The HPy extensions for the Universal ABI: one binary for every interpreter with HPy 0.9.

    It is built with CPython, also for PyPy, which does not bring HPy's sources.
    """
    facts = interpreter_facts(env.python)
    _check_hpy(facts.title, facts.hpy)
    cpython = env.python if facts.implementation == "cpython" else sys.executable
    return _build_hpy(env, cpython, "universal")


def _check_hpy(interpreter: str, version: str | None) -> None:
    if version is None:
        raise Unavailable(f"{interpreter} has no HPy")
    if not version.startswith(HPY_VERSION):
        raise Unavailable(
            f"{interpreter} has HPy {version}, and this row is built for HPy {HPY_VERSION}"
        )


def _build_hpy(env: BuildEnv, cpython: str, abi: str) -> Path:
    _require(cpython, "hpy.devel")
    folder = env.peers / "hpy"
    library = env.build / "hpy" / BuildEnv(python=cpython).binary_tag()
    target = library if abi == "cpython" else library.with_name(f"{library.name}-hpy-{abi}")
    # HPy's setuptools commands add the ABI to these names themselves.
    command = [cpython, "setup.py", f"--hpy-abi={abi}", "--quiet", "build"]
    command += ["--build-lib", str(library), "--build-temp", str(library / "objects")]
    sources = [folder / name for name in ("setup.py", "operations.h")]
    sources += sorted(folder.glob("*.c"))
    build_once(env, f"hpy/{target.name}", sources, command, folder)
    return target


def build_pythran(env: BuildEnv, benchmark: str) -> Path:
    """The benchmark's functions: Transonic makes Pythran's source of them, Pythran the extension.

    Transonic, which only transforms source text, runs in the runner's interpreter; Pythran in the
    measured one.
    """
    facts = interpreter_facts(env.python)
    _require(env.python, "numpy", "pythran")
    _require(sys.executable, "transonic")
    folder = env.build / "pythran" / env.binary_tag()
    folder.mkdir(parents=True, exist_ok=True)
    source = env.peers / "pythran" / f"{benchmark}.py"
    # Transonic writes beside its source, so it gets a copy.
    copy = folder / "sources" / source.name
    translate = "import shutil, sys; from transonic.run import run; shutil.copy(*sys.argv[1:3]); "
    translate += "sys.argv[1:] = ['--no-compile', '--force', sys.argv[2]]; run()"
    copy.parent.mkdir(exist_ok=True)
    name = f"pythran/{folder.name}-{benchmark}"
    command = [sys.executable, "-c", translate, str(source), str(copy)]
    build_once(env, f"{name}-translated", [source], command, copy.parent)
    translated = copy.parent / "__pythran__" / source.name
    binary = folder / f"{benchmark}{facts.extension_suffix}"
    command = [env.python, "-m", "pythran.run", str(translated), "-o", str(binary)]
    build_once(env, name, [source], command, copy.parent, _headers(env))
    return folder
