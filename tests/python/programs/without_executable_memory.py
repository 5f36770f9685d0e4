# SPDX-License-Identifier: BSD-3-Clause
"""Runs pytest in a process that can't get executable memory, as some systems forbid it.

System calls that ask for some get EACCES, except for code of files, which imports map. The
arguments are those of pytest. Exits with 77 if the kernel has no filters of system calls.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import platform
import struct
import sys

import pytest

# Numbers of system calls. (<asm/unistd.h>)
MMAP, MPROTECT, PKEY_MPROTECT = {"x86_64": (9, 10, 329), "aarch64": (222, 226, 288)}[
    platform.machine()
]
PROT_EXEC = 4
MAP_ANONYMOUS = 0x20
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2

# A program for the kernel's filter, of instructions as in <linux/bpf_common.h>.
LOAD, JUMP_IF_EQUAL, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, THIRD_ARGUMENT, FOURTH_ARGUMENT = 0, 32, 40  # offsets in struct seccomp_data
REFUSE, ALLOW = 0x0005_0000 | errno.EACCES, 0x7FFF_0000
FILTER = [
    (LOAD, 0, 0, NUMBER),
    (JUMP_IF_EQUAL, 4, 0, MPROTECT),
    (JUMP_IF_EQUAL, 3, 0, PKEY_MPROTECT),
    (JUMP_IF_EQUAL, 0, 5, MMAP),
    (LOAD, 0, 0, FOURTH_ARGUMENT),
    (JUMP_IF_ANY_BIT, 0, 3, MAP_ANONYMOUS),
    (LOAD, 0, 0, THIRD_ARGUMENT),
    (JUMP_IF_ANY_BIT, 0, 1, PROT_EXEC),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
]


def refuse_executable_memory() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in FILTER))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(FILTER), ctypes.addressof(code)))
    prctl = libc.prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    return (
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0) == 0
    )


def main() -> int:
    if not refuse_executable_memory():
        return 77
    try:
        mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | PROT_EXEC)
    except PermissionError:
        pass
    else:
        print("there is executable memory")
        return 2

    from piconumpy.__main__ import facts

    print("engine of jit:", facts()["engine of jit"])
    return int(pytest.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
