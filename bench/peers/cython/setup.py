"""Builds the extension with the flags that setuptools takes from the interpreter.

$CYTHON_BUILD names the folder for the C file that Cython writes.
"""

# mypy: disable-error-code="import-untyped, import-not-found, no-untyped-call"

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    name="piconumpy-cython",
    version="1.0",
    py_modules=[],
    ext_modules=cythonize(
        [Extension("piconumpy_cython", ["piconumpy_cython.pyx"])],
        build_dir=os.environ.get("CYTHON_BUILD"),
        quiet=True,
    ),
)
