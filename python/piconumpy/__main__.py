# SPDX-License-Identifier: BSD-3-Clause
"""`python -m piconumpy`: what is installed, whether it computes right, and how fast it is."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import piconumpy

from . import _bench, _check
from ._timing import interleaved, on_one_core, summary


def _library() -> str:
    """Where libpicokernels was loaded from."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown: this system has no /proc/self/maps"
    found = {line.split(maxsplit=5)[-1] for line in lines if "libpicokernels" in line}
    return ", ".join(sorted(found)) or "unknown: not among the files of this process"


def _caches() -> str:
    """The data caches of the first core, as Linux lists them."""

    def text(index: Path, name: str) -> str:
        return (index / name).read_text(encoding="ascii").strip()

    found = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            if text(index, "type") != "Instruction":
                found.append(f"L{text(index, 'level')} {text(index, 'size')}")
        except OSError:
            continue
    return ", ".join(found) or "unknown: the system lists none"


def _engine() -> str:
    """What runs traced functions."""
    traced = piconumpy.jit(lambda x: x + 1.0)
    engine = getattr(traced, "_engine", None)
    if engine is None:
        return "none: PICONUMPY_JIT=0 switches jit off"
    program = engine.signature((("float",),)).program
    return str(program.engine)


def facts() -> dict[str, str]:
    """What is installed, and what it found on this machine."""
    numpy = _bench.numpy_or_none()
    return {
        "version": piconumpy.__version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.machine()}",
        "library": _library(),
        "ISAs": ", ".join(piconumpy.available_isas()),
        "active ISA": piconumpy.isa,
        "caches": _caches(),
        "engine of jit": _engine(),
        "NumPy": "not installed" if numpy is None else numpy.__version__,
    }


def _against_numpy(seconds: float) -> dict[str, float]:
    """How many times faster than NumPy some operations are."""
    numpy = _bench.numpy_or_none()
    if numpy is None:
        return {}
    ratios = {}
    with on_one_core():
        for n in (4, 1000):
            numbers = [0.5 + i / n for i in range(n)]
            ours, theirs = piconumpy.array(numbers), numpy.array(numbers)
            many = range(max(1, 2000 // n))

            def formula(x: Any, many: range = many) -> None:
                for _ in many:
                    x + 2 * x / 4

            def sine(sin: Any, x: Any, many: range = many) -> None:
                for _ in many:
                    sin(x)

            for text, mine, other in (
                (
                    "x + 2 * x / 4",
                    lambda f=formula, x=ours: f(x),
                    lambda f=formula, x=theirs: f(x),
                ),
                (
                    "sin(x)",
                    lambda f=sine, x=ours: f(piconumpy.sin, x),
                    lambda f=sine, x=theirs: f(numpy.sin, x),
                ),
            ):
                times = interleaved({"ours": mine, "NumPy's": other}, seconds / 4)
                medians = {name: summary(t)["median"] for name, t in times.items()}
                ratios[f"{text}, {n} numbers"] = medians["NumPy's"] / medians["ours"]
    return ratios


def _info(as_json: bool) -> int:
    found = facts()
    if not as_json:
        for name, value in found.items():
            print(f"{name:<14} {value}")
    results, failed = {}, False
    for name, check in _check.CHECKS.items():
        try:
            results[name] = f"ok: {check()}"
        except Exception as error:
            failed = True
            what = str(error) if isinstance(error, _check.Wrong) else repr(error)
            results[name] = f"FAILED: {what}"
        if not as_json:
            print(f"check {name:<8} {results[name]}", flush=True)
    ratios = {} if failed else _against_numpy(0.5)
    if as_json:
        print(json.dumps({**found, "checks": results, "times faster than NumPy": ratios}, indent=2))
    for name, ratio in {} if as_json else ratios.items():
        print(f"{ratio:13.1f}  times faster than NumPy: {name}")
    if failed:
        message = "piconumpy does not work on this machine: a check failed"
        print(message, file=sys.stderr)
    return 1 if failed else 0


def _benchmark(seconds: float, as_json: bool) -> int:
    try:
        document = _bench.run(seconds)
    except _bench.DifferentStates as error:
        print(f"piconumpy bench: {error}", file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(document, indent=2))
        return 0
    numpy = f", NumPy {document['numpy']}" if document["numpy"] else ""
    print(
        f"{document['benchmark']}; {document['python']}, piconumpy {document['piconumpy']}{numpy}"
    )
    print(f"median of {document['rounds']} interleaved rounds, and quartiles\n")
    print(f"{'':<25} {'ms':>8} {'quartiles, ms':>19} {'times faster than lists':>25}")
    for row in document["rows"]:
        quartiles = f"{row['q1_s'] * 1e3:.3f} - {row['q3_s'] * 1e3:.3f}"
        print(
            f"{row['row']:<25} {row['median_s'] * 1e3:8.3f} {quartiles:>19} "
            f"{row['times_faster']:25.2f}"
        )
    return 0


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 3600")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m piconumpy",
        description="Shows what is installed, checks that it computes right (exit status 1 if it "
        "does not), and compares it with NumPy.",
    )
    parser.add_argument("--version", action="version", version=piconumpy.__version__)
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    commands = parser.add_subparsers(dest="command", metavar="bench")
    bench = commands.add_parser(
        "bench",
        help="time an ODE with a small callback on plain lists, arrays, jit, and NumPy",
        description="Ten sleds slide 200 Runge-Kutta steps down a bumpy board, the benchmark of "
        "PicoNumpy's README.",
    )
    bench.add_argument("--json", action="store_true", help="print a JSON document")
    bench.add_argument(
        "--seconds",
        type=_seconds,
        default=5.0,
        help="how long to measure, at least 5 rounds (%(default)s)",
    )
    options = parser.parse_args(arguments)
    if options.command == "bench":
        return _benchmark(options.seconds, options.json)
    return _info(options.json)


if __name__ == "__main__":
    sys.exit(main())
