# SPDX-License-Identifier: BSD-3-Clause
"""Subinterpreters are refused at once, and an embedding program may start Python again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

is_cpython = sys.implementation.name == "cpython"

HANGS_AFTER = 120  # seconds; an import that hangs never ends


def output_of(*command):
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=HANGS_AFTER, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


IN_SUBINTERPRETERS = """
import sys
if sys.version_info >= (3, 13):
    import _interpreters
    create, run = _interpreters.create, _interpreters.exec
    kinds = [("legacy",), ("isolated",)]
else:
    import _xxsubinterpreters
    create, run = _xxsubinterpreters.create, _xxsubinterpreters.run_string
    kinds = [()]
keywords = [{"isolated": False}, {"isolated": True}] if sys.version_info < (3, 13) else [{}]
for kind in kinds:
    for keyword in keywords:
        for _ in range(2):
            run(create(*kind, **keyword), '''
try:
    import piconumpy
except ImportError as error:
    print("refused:", error, flush=True)
''')
import piconumpy
print(piconumpy.array([1, 2]) + 1)
"""


@pytest.mark.skipif(not is_cpython, reason="this interpreter has no subinterpreters")
def test_subinterpreters_are_refused_at_once():
    *refusals, last = output_of(sys.executable, "-c", IN_SUBINTERPRETERS).splitlines()
    assert len(refusals) == 4
    for refusal in refusals:
        assert refusal.startswith("refused: ") and "subinterpreter" in refusal
    assert last == "array([2.0, 3.0])"


EMBEDDING = """
#include <Python.h>

int main(int count, char** arguments) {
    for (int i = 0; i < 3; ++i) {
        Py_Initialize();
        if (count != 2 || PyRun_SimpleString(arguments[1]) != 0 || Py_FinalizeEx() != 0) {
            return 1;
        }
    }
    return 0;
}
"""

USE = f"""
import site
site.addsitedir({sysconfig.get_paths()["purelib"]!r})
import gc, pickle
from piconumpy import array, zeros
a = array([1, 2, 3])
assert (a + a).tolist() == [2, 4, 6] and list(a) == [1, 2, 3] and a[0] + a[1] == 3
assert len([array([i] * (i % 12)) + i for i in range(1000)]) == 1000
long = zeros(10**6) + 1
long += a[1]
assert long[5] == 3
assert pickle.loads(pickle.dumps(a)) == a
assert [getattr(a, name) is not None for name in dir(array) if name != "dtype"]
try:
    array(["x"])
except TypeError:
    gc.collect()
    print(a, flush=True)
"""


def python_library():
    """The linker's name for this Python, and the folder; None if it can't be embedded."""
    name = "python" + (sysconfig.get_config_var("LDVERSION") or "")
    folder = Path(sysconfig.get_config_var("LIBDIR") or "")
    return (name, folder) if (folder / f"lib{name}.so").exists() else None


@pytest.mark.skipif(
    not is_cpython or python_library() is None, reason="this interpreter has no shared library"
)
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.skipif(
    (3, 12) <= sys.version_info < (3, 12, 5), reason="Python itself crashes when it starts again"
)
def test_a_program_may_start_python_again(tmp_path):
    name, folder = python_library()
    source, program = tmp_path / "embedding.c", tmp_path / "embedding"
    source.write_text(EMBEDDING)
    include = sysconfig.get_paths()["include"]
    output_of(
        "cc",
        source,
        f"-I{include}",
        f"-L{folder}",
        f"-Wl,-rpath,{folder}",
        f"-l{name}",
        "-o",
        program,
    )
    assert output_of(program, USE).splitlines() == ["array([1.0, 2.0, 3.0])"] * 3
