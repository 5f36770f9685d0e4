"""Builds the extension with the flags that setuptools takes from the interpreter."""

# mypy: disable-error-code="import-untyped"

from setuptools import Extension, setup

setup(
    name="piconumpy-capi",
    version="1.0",
    py_modules=[],
    ext_modules=[Extension("piconumpy_capi", ["piconumpy_capi.c"])],
)
