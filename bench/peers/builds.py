"""How peers that are extension modules are built: each function gives the folder to import from."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.peers.tools import BuildEnv, Unavailable, build_once, module_is_there

# The context of HPy changed before 0.9, and binaries name what they were built for.
HPY_VERSION = "0.9"


def build_capi(env: BuildEnv) -> Path:
    """The C-API extension, with the interpreter's own flags."""
    return _build_extension(env, "capi")


def build_cython(env: BuildEnv) -> Path:
    """The Cython extension."""
    require(env, "Cython")
    return _build_extension(env, "cython")


def build_hpy_cpython(env: BuildEnv) -> Path:
    """The HPy extensions for the CPython ABI: the calls are resolved at compile time."""
    if env.facts.implementation != "cpython":
        raise Unavailable(f"{env.facts.title} does not have the CPython ABI")
    return _build_hpy(env, "cpython")


def build_hpy_universal(env: BuildEnv) -> Path:
    """The HPy extensions for the Universal ABI: one binary for every interpreter with HPy 0.9.

    CPython builds it for PyPy too, which does not bring HPy's sources.
    """
    version = env.facts.hpy
    if version is None:
        raise Unavailable(f"{env.facts.title} has no HPy")
    if not version.startswith(HPY_VERSION):
        raise Unavailable(
            f"{env.facts.title} has HPy {version}, and this row is built for HPy {HPY_VERSION}"
        )
    return _build_hpy(env if env.facts.implementation == "cpython" else env.runner, "universal")


def build_pythran(env: BuildEnv, benchmark: str) -> Path:
    """The benchmark's functions: Transonic makes Pythran's source of them, Pythran the extension.

    Transonic, which only transforms source text, runs in the runner's interpreter; Pythran in the
    measured one.
    """
    require(env, "numpy", "pythran")
    require(env.runner, "transonic")
    folder = env.build / "pythran" / env.facts.binary_tag
    source = env.peers / "pythran" / f"{benchmark}.py"
    # Transonic writes beside its source, so it gets a copy.
    copy = folder / "sources" / source.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    translate = "import shutil, sys; from transonic.run import run; shutil.copy(*sys.argv[1:3]); "
    translate += "sys.argv[1:] = ['--no-compile', '--force', sys.argv[2]]; run()"
    name = f"pythran/{folder.name}-{benchmark}"
    command = [sys.executable, "-c", translate, str(source), str(copy)]
    build_once(env, f"{name}-translated", [source], command, copy.parent)
    translated = copy.parent / "__pythran__" / source.name
    binary = folder / f"{benchmark}{env.facts.extension_suffix}"
    command = [env.python, "-m", "pythran.run", str(translated), "-o", str(binary)]
    build_once(env, name, [source], command, copy.parent, _headers(env))
    return folder


def require(env: BuildEnv, *modules: str, target: str = "bench") -> None:
    """Raise Unavailable unless these are there; target: what make calls their installation.

    They are in groups of their own in pyproject.toml, because developing does not take them.
    """
    for module in modules:
        if not module_is_there(env.python, module):
            raise Unavailable(
                f"{env.facts.title} has no package {module} (make {target} installs it)"
            )


def _build_extension(env: BuildEnv, name: str) -> Path:
    """The extension that the setup.py in the peer's folder describes."""
    folder = env.peers / name
    target = env.build / name / env.facts.binary_tag
    objects = str(target / "objects")
    command = [env.python, "setup.py", "--quiet", "build_ext"]
    command += ["--build-lib", str(target), "--build-temp", objects]
    environment = {"CYTHON_BUILD": objects, **_headers(env)}
    build_once(env, f"{name}/{target.name}", _files(folder), command, folder, environment)
    return target


def _build_hpy(env: BuildEnv, abi: str) -> Path:
    require(env, "hpy.devel")
    folder = env.peers / "hpy"
    library = env.build / "hpy" / env.facts.binary_tag
    target = library if abi == "cpython" else library.with_name(f"{library.name}-hpy-{abi}")
    # HPy's setuptools commands add the ABI to these names themselves.
    command = [env.python, "setup.py", f"--hpy-abi={abi}", "--quiet", "build"]
    command += ["--build-lib", str(library), "--build-temp", str(library / "objects")]
    build_once(env, f"hpy/{target.name}", _files(folder), command, folder)
    return target


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def _headers(env: BuildEnv) -> dict[str, str]:
    """For the compiler: an interpreter that was unpacked elsewhere may not find its own headers."""
    return {"CPATH": env.facts.include}
