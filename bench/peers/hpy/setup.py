"""Builds both HPy extensions, for the ABI that the option --hpy-abi names."""

# mypy: disable-error-code="import-untyped"

from setuptools import Extension, setup

setup(
    name="piconumpy-hpy",
    version="1.0",
    py_modules=[],
    hpy_ext_modules=[
        Extension(name, [f"{name}.c"], depends=["operations.h"])
        for name in ("piconumpy_hpy", "piconumpy_hpy_inline")
    ],
)
