"""Builds the extension with the flags that setuptools takes from the interpreter."""

from setuptools import Extension, setup  # type: ignore[import-untyped]

setup(
    name="piconumpy-capi",
    version="1.0",
    py_modules=[],
    ext_modules=[Extension("piconumpy_capi", ["piconumpy_capi.c"])],
)
