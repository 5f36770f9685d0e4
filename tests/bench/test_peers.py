"""The Python peers are worth comparing with: the same semantics, and errors, not crashes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from bench.peers import builds
from bench.peers.builds import build_capi
from bench.peers.tools import BuildEnv, Unavailable

# Peers whose tools developing does not take: they are tested where the benchmark has built them.
BUILT = {
    "cython": ("piconumpy_cython", builds.build_cython),
    "hpy_cpython": ("piconumpy_hpy", builds.build_hpy_cpython),
    "hpy": ("piconumpy_hpy", builds.build_hpy_universal),
    "hpy_inline": ("piconumpy_hpy_inline", builds.build_hpy_universal),
}


def imported(module: str, folder: str) -> ModuleType:
    """The module from that folder, anew: two peers have the same name."""
    sys.modules.pop(module, None)
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="module", params=["purepy", "purepy_array", "capi", *BUILT])
def peer(request: pytest.FixtureRequest) -> ModuleType:
    if request.param in ("purepy", "purepy_array"):
        return importlib.import_module(f"bench.peers.{request.param}")
    pytest.importorskip("setuptools")

    def refuse(text: str) -> None:
        pytest.skip(f"not built yet; make bench does it: {text}")

    if request.param == "capi":
        folder = build_capi(BuildEnv(sys.executable, log=lambda text: None))
        return imported("piconumpy_capi", str(folder))
    module, build = BUILT[request.param]
    try:
        return imported(module, str(build(BuildEnv(sys.executable, log=refuse))))
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_arithmetic(peer: ModuleType) -> None:
    a, b = peer.array([1.0, 2.0, 3.0, 4.0]), peer.array([10, 20, 30, 40])
    assert (a + b).tolist() == [11, 22, 33, 44]
    assert (b - a).tolist() == [9, 18, 27, 36]
    assert (a * 2).tolist() == (2 * a).tolist() == (2.0 * a).tolist() == [2, 4, 6, 8]
    assert (a / 2).tolist() == [0.5, 1.0, 1.5, 2.0]


def test_numbers_are_doubles(peer: ModuleType) -> None:
    assert peer.array([0.1, 1e-300]).tolist() == [0.1, 1e-300]


def test_elements(peer: ModuleType) -> None:
    a = peer.array(data=(1, 2, 3))
    a[1] = 5
    assert len(a) == 3
    assert list(a) == [a[0], a[1], a[2]] == [1.0, 5.0, 3.0]
    assert a[-1] == 3.0
    for index in (3, -4):
        with pytest.raises(IndexError):
            a[index]
        with pytest.raises(IndexError):
            a[index] = 1.0
    with pytest.raises((TypeError, ValueError)):
        a[0] = "x"


def test_zeros_and_no_numbers(peer: ModuleType) -> None:
    assert peer.zeros(3).tolist() == [0.0, 0.0, 0.0]
    assert peer.zeros(9).tolist() == [0.0] * 9
    assert len(peer.zeros(0)) == 0
    assert peer.array([]).tolist() == []


def test_lengths_must_agree(peer: ModuleType) -> None:
    with pytest.raises(ValueError, match="different lengths: 1 and 2"):
        peer.array([1.0]) + peer.array([1.0, 2.0])
    with pytest.raises(ValueError, match="different lengths: 2 and 1"):
        peer.array([1.0, 2.0]) - peer.array([1.0])


def test_what_is_no_number_is_refused(peer: ModuleType) -> None:
    for wrong in ([1.0, "x"], [None], 3.0):
        with pytest.raises((TypeError, ValueError)):
            peer.array(wrong)
    with pytest.raises(TypeError):
        peer.array([1.0]) * "x"


@pytest.mark.parametrize("peer", ["capi"], indirect=True)
def test_the_extension_survives_abuse(peer: ModuleType) -> None:
    items: list[object] = []

    class Clearing:
        def __float__(self) -> float:
            items.clear()
            return 1.0

    items += [Clearing(), 2.0, 3.0]
    with pytest.raises(RuntimeError, match="changed its length"):
        peer.array(items)
    uninitialised = peer.array.__new__(peer.array)
    assert len(uninitialised) == 0
    assert (uninitialised + uninitialised).tolist() == []
    a = peer.array([1.0, 2.0])
    a.__init__([1.0, 2.0, 3.0])
    assert len(a) == 3
    with pytest.raises(TypeError):
        a.__init__(["x"])
    with pytest.raises(TypeError):
        del a[0]
    with pytest.raises(TypeError):
        a + 1
    with pytest.raises(ValueError, match="-1"):
        peer.zeros(-1)
    with pytest.raises((MemoryError, OverflowError)):
        peer.zeros(sys.maxsize)


def test_arrays_longer_than_eight(peer: ModuleType) -> None:
    numbers = [float(i) for i in range(9)]
    a = peer.array(numbers)
    assert len(a) == 9
    assert (a + a).tolist() == (2 * a).tolist() == (a * 2).tolist() == [2 * x for x in numbers]
    assert (a - a).tolist() == [0.0] * 9
    assert (a / 2).tolist() == [x / 2 for x in numbers]
    assert isinstance(a, type(peer.array([1.0])))
    with pytest.raises(ValueError, match="different lengths: 9 and 8"):
        a + peer.zeros(8)
    with pytest.raises((TypeError, ValueError)):
        peer.array([*numbers, "x"])


@pytest.mark.parametrize("peer", [*BUILT], indirect=True)
def test_extensions_survive_abuse(peer: ModuleType) -> None:
    items: list[object] = []

    class Clearing:
        def __float__(self) -> float:
            items.clear()
            return 1.0

    items += [Clearing(), 2.0, 3.0]
    try:
        read = peer.array(items)
    except IndexError:
        pass
    else:
        assert read.tolist() == [1.0, 2.0, 3.0]
    a = peer.array([1.0, 2.0])
    mistakes: list[Callable[[], object]] = [
        lambda: a + 1,
        lambda: a * a,
        lambda: 2 / a,
        lambda: -a,
        lambda: peer.array(),
    ]
    for wrong in mistakes:
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises((TypeError, NotImplementedError)):
        del a[0]
    with pytest.raises(ValueError, match="-1"):
        peer.zeros(-1)
    with pytest.raises((MemoryError, OverflowError)):
        peer.zeros(sys.maxsize)
