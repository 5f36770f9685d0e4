# SPDX-License-Identifier: BSD-3-Clause
"""libpicokernels through cffi: the kernels, and the choice of the ISA.

Kernels pay where the memory exists already, in place and with ``out``: from 9 numbers on, a call
takes 8 ns, and 60 at 1000 numbers, where a compiled loop takes 600. They do not pay for new
results, because new memory is rarely in the cache. At 64, 1000 and 20000 numbers, a kernel with new
memory takes 135, 2660 and 54000 ns (medians), a loop into a new list 72, 640 and 13000 (PyPy
7.3.19). Reusing the memory of dead arrays does not help: they are found only by a garbage
collection, and finalisers cost more than they save (1000 numbers: 3400).
"""

from __future__ import annotations

import os
import re
import sys
from array import array as std_array
from collections.abc import Sequence
from mmap import mmap
from pathlib import Path
from typing import Any

from cffi import FFI

__all__ = [
    "KERNELS",
    "Memory",
    "activate_isa",
    "active_isa",
    "address",
    "address_of",
    "available_isas",
    "copied",
    "library",
    "library_version",
    "memory_of",
    "new_memory",
    "pointer",
    "unmet_isa_request",
    "view_of",
]

# ---- the library ------------------------------------------------------------------------------

ffi: Any = FFI()
# cffi looks names up under a lock when they are used first. A child that is forked while another
# thread has the lock would wait for it forever.
os.register_at_fork(
    before=ffi._lock.acquire,
    after_in_parent=ffi._lock.release,
    after_in_child=ffi._lock.release,
)


def _installed(pattern: str) -> Path:
    """A file that the build adds to the package.

    An editable package is in two places, the Python files here and what was built there.
    """
    folders = [Path(folder) for folder in sys.modules["piconumpy"].__path__]
    found = [path for folder in folders for path in sorted(folder.glob(pattern))]
    if not found:
        raise ImportError(
            f"piconumpy is incomplete: no {pattern} in {', '.join(map(str, folders))}"
        )
    return found[0]


def declare(header: str) -> str:
    """Lets the library be called as one of its headers says, and returns the declarations.

    The preprocessor's part is left out, as cffi can't parse it.
    """
    text = _installed(f"include/{header}").read_text()
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.findall(
        r"^(?:PK_API|typedef|enum)\b[^;{]*(?:\{[^}]*\}[^;]*)?;", code, flags=re.MULTILINE
    )
    declarations = re.sub(r"\bPK_(API|NOEXCEPT|ENUM_OF_INT)\b", "", "\n".join(found))
    ffi.cdef(declarations)
    return declarations


_header = declare("picokernels.h")
library: Any = ffi.dlopen(str(_installed("lib/libpicokernels*")))

# The C library's functions, which libpicokernels is linked with.
for _name in ("pow", "atan2", "hypot", "fmod"):
    ffi.cdef(f"double {_name}(double, double);")
for _name in (
    *("sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt"),
):
    ffi.cdef(f"double {_name}(double);")

KERNELS: dict[str, dict[str, Any]] = {
    letter: {
        name: getattr(library, f"pk_{name}_{suffix}")
        for name in re.findall(rf"\bpk_(\w+)_{suffix}\(", _header)
    }
    for letter, suffix in (("d", "f64"), ("f", "f32"))
}
"""The kernels by the struct module's letter of their type, and their name without pk_ and type."""

# ---- memory -----------------------------------------------------------------------------------

_NUMBERS: Any = ffi.typeof("double[]")
_ADDRESS: Any = ffi.typeof("uintptr_t")

Memory: Any = type(ffi.new(_NUMBERS, 0))
"""The type of float64 memory, which has a length, and items by indices from 0."""

_uninitialised: Any = ffi.new_allocator(should_clear_after_alloc=False)


def new_memory(n: int, cleared: bool = False) -> Any:
    """Memory of n float64 numbers, all 0 or not initialised; MemoryError when there is no room."""
    try:
        return (ffi.new if cleared else _uninitialised)(_NUMBERS, n)
    except (MemoryError, OverflowError):
        raise MemoryError(f"no memory for an array of {n} numbers") from None


def memory_of(numbers: Sequence[float]) -> Any:
    """New memory with these numbers, all of them float."""
    return ffi.new(_NUMBERS, numbers)


def copied(source: Any, n: int) -> Any:
    """New memory with the n numbers of any float64 memory, or of bytes."""
    memory = new_memory(n)
    ffi.memmove(memory, source, 8 * n)
    return memory


def view_of(memory: Any) -> memoryview[float]:
    """A writable memoryview, which keeps the memory alive."""
    return memoryview(ffi.buffer(memory)).cast("d")


def address(memory: Any) -> int:
    """Where memory begins."""
    return int(ffi.cast(_ADDRESS, memory))


_POINTER_TYPES = {"d": ffi.typeof("double*"), "f": ffi.typeof("float*")}


def pointer(place: int, letter: str) -> Any:
    """A pointer to numbers of a type, which does not keep them alive."""
    return ffi.cast(_POINTER_TYPES[letter], place)


# PyPy lets the owner of exported memory resize it.
_RESIZABLE = (bytearray, std_array, mmap)


def address_of(view: Any, n: int) -> int:
    """Where the n items of a contiguous view are; BufferError if they can't be accessed there.

    ffi.from_buffer does not tell: for many slices it returns the address of a copy. The caller
    keeps the view, which keeps the memory alive.
    """
    owner = view.obj
    if owner is None and n > 0:
        # A slice of a slice. If the first one has a step, PyPy computes a wrong address.
        raise BufferError("PyPy loses the place of a slice of a slice: slice the memory once")
    try:
        place: int = view._pypy_raw_address()
        if isinstance(owner, _RESIZABLE):
            whole: Any = memoryview(owner)
            start = whole._pypy_raw_address()
            if not start <= place <= place + n * view.itemsize <= start + whole.nbytes:
                raise BufferError("the memory was resized during the call")
    except ValueError:
        raise BufferError("PyPy gives no address of this memory") from None
    return place


# ---- ISA --------------------------------------------------------------------------------------


def _text(string: Any) -> str:
    text: str = ffi.string(string).decode()
    return text


def active_isa() -> str:
    """Name of the ISA that serves calls from now on."""
    return _text(library.pk_isa())


def available_isas() -> tuple[str, ...]:
    """Names of the ISAs that this build and this CPU offer, best first."""
    n = library.pk_available_isas(ffi.NULL, 0)
    names = ffi.new("const char*[]", n)
    library.pk_available_isas(names, n)
    return tuple(_text(name) for name in names)


def activate_isa(name: str | bytes) -> None:
    """Chooses an ISA, or raises ValueError with the reason why it can't be chosen."""
    encoded = name.encode() if isinstance(name, str) else name
    status = library.pk_set_isa(ffi.NULL if b"\0" in encoded else encoded)
    if status != 0:
        raise ValueError(_text(library.pk_status_message(status)))


def unmet_isa_request() -> tuple[bytes, str] | None:
    """What PICOKERNELS_ISA asks for and why it is not available; None if there is no such error."""
    name = ffi.new("const char**")
    status = library.pk_isa_request(name)
    if status == 0:
        return None
    requested = ffi.string(name[0]) if name[0] else b""
    return requested, _text(library.pk_status_message(status))


def library_version() -> str:
    """Version of the libpicokernels that was loaded."""
    return _text(library.pk_version())
