# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

import piconumpy
from piconumpy import _backend, available_isas, set_isa

BEST, WORST = available_isas()[0], available_isas()[-1]


@pytest.fixture(autouse=True)
def _restored():
    before = piconumpy.isa
    yield
    set_isa(before)


def test_the_active_isa_is_an_available_one():
    assert isinstance(available_isas(), tuple)
    assert len(set(available_isas())) == len(available_isas()) > 0
    assert piconumpy.isa in available_isas()


@pytest.mark.parametrize("name", available_isas())
def test_set_isa_takes_effect_at_once(name):
    set_isa(name)
    assert piconumpy.isa == name


def test_a_block_restores_the_isa_before():
    set_isa(BEST)
    with set_isa(WORST) as selection:
        assert piconumpy.isa == WORST
        assert repr(selection) == f"<ISA {WORST}, before it {BEST}>"
        with set_isa(BEST):
            assert piconumpy.isa == BEST
        assert piconumpy.isa == WORST
    assert piconumpy.isa == BEST


def test_a_block_restores_the_isa_after_an_exception():
    set_isa(BEST)
    with pytest.raises(KeyError), set_isa(WORST):
        raise KeyError
    assert piconumpy.isa == BEST


@pytest.mark.parametrize(
    "name", ["", "sse1", "AVX2", "avx2\0", "avx2 ", "\udc80", "x" * 10_000, "\N{SNOWMAN}"]
)
def test_unknown_names_are_refused_with_the_list(name):
    before = piconumpy.isa
    with pytest.raises(ValueError, match=f"available: {', '.join(available_isas())}$") as error:
        set_isa(name)
    assert repr(name) in str(error.value)
    assert piconumpy.isa == before


@pytest.mark.parametrize("name", [None, 1, b"sse2", ["sse2"]])
def test_names_are_str(name):
    with pytest.raises(TypeError, match="the name of an ISA is a str"):
        set_isa(name)


def run(isa, code):
    environment = {**os.environb, b"PICOKERNELS_ISA": os.fsencode(isa)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout, result.stderr


@pytest.mark.parametrize("name", available_isas())
def test_the_environment_is_honoured(name):
    out, err = run(name, "import piconumpy; print(piconumpy.isa)")
    assert out == f"{name}\n"
    assert err == ""


def test_an_unknown_name_in_the_environment_warns_and_takes_the_best():
    out, err = run("nonsense", "import piconumpy; print(piconumpy.isa)")
    assert out == f"{BEST}\n"
    assert "RuntimeWarning: PICOKERNELS_ISA='nonsense'" in err
    assert f"using '{BEST}', available: {', '.join(available_isas())}" in err


def test_the_warning_can_be_turned_into_an_error():
    code = """
import warnings
warnings.simplefilter("error")
try:
    import piconumpy
except RuntimeWarning as warning:
    print(warning)
"""
    assert "nonsense" in run("nonsense", code)[0]


@pytest.mark.parametrize(
    "name", [b"\xff\xfe", b"avx2\xe9", "avx\N{LATIN SMALL LETTER E WITH ACUTE}".encode() * 10]
)
def test_a_name_that_is_not_utf_8_warns_and_takes_the_best(name):
    code = """
import os, warnings
with warnings.catch_warnings(record=True) as caught:
    import piconumpy
requested = os.environb[b"PICOKERNELS_ISA"][:31]
assert f"PICOKERNELS_ISA={os.fsdecode(requested)!r}: " in str(caught[0].message)
print(piconumpy.isa)
"""
    assert run(name, code)[0] == f"{BEST}\n"
    assert "RuntimeWarning: PICOKERNELS_ISA=" in run(name, "import piconumpy")[1]


def test_isa_is_read_only():
    before = piconumpy.isa
    message = rf"isa can't be assigned: call piconumpy.set_isa\('{WORST}'\)"
    with pytest.raises(AttributeError, match=message):
        piconumpy.isa = WORST
    with pytest.raises(AttributeError):
        del piconumpy.isa
    set_isa(BEST)
    assert piconumpy.isa == BEST
    set_isa(before)


def test_the_module_has_no_other_dynamic_attributes():
    with pytest.raises(AttributeError, match="'?piconumpy'? has no attribute 'nothing'"):
        _ = piconumpy.nothing
    assert "isa" in dir(piconumpy)
    assert {*piconumpy.__all__} <= {*dir(piconumpy)}
    assert dir(piconumpy) == sorted({*dir(piconumpy)})


def test_the_module_can_be_reloaded():
    code = "import importlib, piconumpy; print(importlib.reload(piconumpy).isa)"
    assert run(BEST, code)[0] == f"{BEST}\n"


def test_the_library_is_of_the_package_s_version():
    assert _backend.library_version() == piconumpy.__version__ == version("piconumpy")
