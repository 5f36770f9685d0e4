# SPDX-License-Identifier: BSD-3-Clause
# Machine code for programs needs Xbyak, 6.0 or later: headers only, needed to build, not to use the library. Sets
# PICOKERNELS_MACHINE_CODE: whether the library makes machine code, and the target picokernels_xbyak if so.
#
#  1. an installed package, or headers where the compiler or CMAKE_PREFIX_PATH find them;
#  2. on Debian and its derivatives, the package, unpacked without touching the system.

set(PICOKERNELS_XBYAK_MINIMUM 6.0)
set(PICOKERNELS_XBYAK_DEBIAN_SUITE stable)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND UNIX)
  set(picokernels_jit_default ON)
else()
  set(picokernels_jit_default OFF)
endif()
option(
  PICOKERNELS_JIT
  "Run programs as machine code (x86-64 with the calling convention of Unix)"
  ${picokernels_jit_default}
)
set(PICOKERNELS_MACHINE_CODE OFF)
if(NOT PICOKERNELS_JIT)
  return()
endif()
if(NOT picokernels_jit_default)
  message(FATAL_ERROR "PICOKERNELS_JIT=ON: machine code is made only for x86-64 on Unix-like systems. Set it to OFF.")
endif()

set(picokernels_xbyak_tree "${PICOKERNELS_DEPS_DIR}/xbyak")
macro(picokernels_find_xbyak)
  find_path(PICOKERNELS_XBYAK_INCLUDE_DIR xbyak/xbyak.h HINTS "${picokernels_xbyak_tree}/usr/include")
endmacro()

picokernels_find_xbyak()
if(NOT PICOKERNELS_XBYAK_INCLUDE_DIR AND NOT EXISTS "${picokernels_xbyak_tree}")
  message(STATUS "Xbyak: unpacking libxbyak-dev of Debian ${PICOKERNELS_XBYAK_DEBIAN_SUITE}")
  execute_process(
    COMMAND
      sh "${PROJECT_SOURCE_DIR}/cmake/debian-tree.sh" ${PICOKERNELS_XBYAK_DEBIAN_SUITE} "${picokernels_xbyak_tree}"
      libxbyak-dev
    RESULT_VARIABLE result
  )
  if(NOT result EQUAL 0)
    message(STATUS "Xbyak: no Debian package either")
  endif()
  picokernels_find_xbyak()
endif()

if(PICOKERNELS_XBYAK_INCLUDE_DIR)
  message(STATUS "Xbyak: ${PICOKERNELS_XBYAK_INCLUDE_DIR}")
  set(PICOKERNELS_MACHINE_CODE ON)
  add_library(picokernels_xbyak INTERFACE IMPORTED)
  target_include_directories(picokernels_xbyak INTERFACE "${PICOKERNELS_XBYAK_INCLUDE_DIR}")
else()
  message(
    WARNING
    "Xbyak not found: programs run in the interpreter only, which is slower. For machine code, install the headers of "
    "Xbyak >= ${PICOKERNELS_XBYAK_MINIMUM} (Debian: libxbyak-dev; conda: xbyak) and configure again, with "
    "-DCMAKE_PREFIX_PATH=... if they are in an unusual place. -DPICOKERNELS_JIT=OFF says that this is intended."
  )
endif()
