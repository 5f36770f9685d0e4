# SPDX-License-Identifier: BSD-3-Clause
"""libpicokernels through cffi: the kernels, and the choice of the ISA.

They pay where the memory is there already, in place and with ``out``: from 9 numbers on, a call
takes 8 ns, and 60 at 1000 numbers, where a compiled loop takes 600. They do not pay for new
results: memory that is not the JIT's own is warm only by luck. At 64, 1000 and 20000 numbers a
kernel with new memory takes 135, 2660 and 54000 ns (medians), a loop into a new list 72, 640 and
13000 (PyPy 7.3.19). To keep the memory of dead arrays for new ones does not help: it is known to be
free only after a garbage collection, and finalisers cost more than they save (1000 numbers: 3400).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cffi import FFI

__all__ = [
    "KERNELS",
    "Memory",
    "activate_isa",
    "active_isa",
    "address",
    "available_isas",
    "library_version",
    "memory_of",
    "new_memory",
    "unmet_isa_request",
    "view_of",
]

OPERATIONS = ("add", "sub", "mul", "div")
SCALAR_OPERATIONS = (*OPERATIONS, "rsub", "rdiv")
C_TYPES = {"f64": "double", "f32": "float"}

ffi: Any = FFI()
for suffix, c_type in C_TYPES.items():
    for name in OPERATIONS:
        ffi.cdef(f"void pk_{name}_{suffix}(const {c_type}*, const {c_type}*, {c_type}*, size_t);")
    for name in SCALAR_OPERATIONS:
        ffi.cdef(f"void pk_{name}_scalar_{suffix}(const {c_type}*, {c_type}, {c_type}*, size_t);")
ffi.cdef("""
    const char* pk_isa(void);
    size_t pk_available_isas(const char** names, size_t capacity);
    int pk_set_isa(const char* name);
    int pk_isa_request(const char** name);
    const char* pk_status_message(int status);
    const char* pk_version(void);
""")


def _library() -> Any:
    """The package's own copy, whose name carries the version of its ABI.

    An editable package is in two places, Python here and what was built there.
    """
    folders = [Path(folder) / "lib" for folder in sys.modules["piconumpy"].__path__]
    found = [path for folder in folders for path in sorted(folder.glob("libpicokernels*"))]
    if not found:
        raise ImportError(
            f"piconumpy is incomplete: no libpicokernels in {', '.join(map(str, folders))}"
        )
    return ffi.dlopen(str(found[0]))


library = _library()


class _Kernels:
    """The kernels of one element type, each as (a, b, out, n)."""

    def __init__(self, suffix: str) -> None:
        for name in OPERATIONS:
            setattr(self, name, getattr(library, f"pk_{name}_{suffix}"))
        for name in SCALAR_OPERATIONS:
            setattr(self, f"{name}_scalar", getattr(library, f"pk_{name}_scalar_{suffix}"))


KERNELS: dict[str, Any] = {suffix: _Kernels(suffix) for suffix in C_TYPES}

# ---- memory -----------------------------------------------------------------------------------

Memory: Any = type(ffi.new("double[]", 0))
"""The type of float64 memory, which has a length, and items by indices from 0."""

_uninitialised: Any = ffi.new_allocator(should_clear_after_alloc=False)


def new_memory(n: int, cleared: bool = False) -> Any:
    """Memory of n float64 numbers, all 0 or not initialised; MemoryError when there is no room."""
    try:
        return (ffi.new if cleared else _uninitialised)("double[]", n)
    except (MemoryError, OverflowError):
        raise MemoryError(f"no memory for an array of {n} numbers") from None


def memory_of(numbers: Sequence[float]) -> Any:
    """New memory with these numbers, all of them float."""
    return ffi.new("double[]", numbers)


def copied(source: Any, n: int) -> Any:
    """New memory with the n numbers that any float64 memory, or bytes, hold."""
    memory = new_memory(n)
    ffi.memmove(memory, source, 8 * n)
    return memory


def view_of(memory: Any) -> memoryview[float]:
    """A writable memoryview, which keeps the memory alive."""
    return memoryview(ffi.buffer(memory)).cast("d")


def pointer(buffer: Any, c_type: str) -> Any:
    """A pointer to the contiguous memory of a buffer, read-only ones too."""
    return ffi.cast(f"{c_type}*", ffi.from_buffer(buffer))


def address(data: Any) -> int:
    """Where memory or a pointer points to."""
    return int(ffi.cast("uintptr_t", data))


# ---- ISA --------------------------------------------------------------------------------------


def _text(string: Any) -> str:
    text: str = ffi.string(string).decode()
    return text


def active_isa() -> str:
    """Name of the ISA that serves calls from now on."""
    return _text(library.pk_isa())


def available_isas() -> tuple[str, ...]:
    """Names of the ISAs that may be chosen here, best first."""
    n = library.pk_available_isas(ffi.NULL, 0)
    names = ffi.new("const char*[]", n)
    library.pk_available_isas(names, n)
    return tuple(_text(name) for name in names)


def activate_isa(name: str | bytes) -> None:
    """Choose an ISA; ValueError tells why it can't be."""
    encoded = name.encode() if isinstance(name, str) else name
    status = library.pk_set_isa(ffi.NULL if b"\0" in encoded else encoded)
    if status != 0:
        raise ValueError(_text(library.pk_status_message(status)))


def unmet_isa_request() -> tuple[str, str] | None:
    """What PICOKERNELS_ISA asked for in vain, and why; None if it was met or nothing was asked."""
    name = ffi.new("const char**")
    status = library.pk_isa_request(name)
    if status == 0:
        return None
    return _text(name[0]) if name[0] else "", _text(library.pk_status_message(status))


def library_version() -> str:
    """Version of the libpicokernels that was loaded."""
    return _text(library.pk_version())
