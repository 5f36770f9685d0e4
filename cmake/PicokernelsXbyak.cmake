# SPDX-License-Identifier: BSD-3-Clause
# Machine code for programs needs Xbyak, 6.68 or later: headers only, needed to build, not to use the library. Sets
# PICOKERNELS_MACHINE_CODE: whether the library makes machine code, and the target picokernels_xbyak if so. The first of
# these is taken:
#
#  1. the folder that PICOKERNELS_XBYAK_INCLUDE_DIR names;
#  2. third_party/xbyak, which source archives have;
#  3. headers where CMAKE_PREFIX_PATH and the compiler look, or the copy that an earlier run left in
#     PICOKERNELS_DEPS_DIR;
#  4. unless PICOKERNELS_FETCH is off, on Debian and its derivatives, the package, unpacked without touching the system.

set(PICOKERNELS_XBYAK_MINIMUM 6.68)
set(PICOKERNELS_XBYAK_MINIMUM_NUMBER 0x6680) # as the header writes it
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
# A source archive has Xbyak, whichever machine makes it.
if(NOT PICOKERNELS_JIT AND NOT SKBUILD_STATE STREQUAL "sdist")
  return()
endif()
if(PICOKERNELS_JIT AND NOT picokernels_jit_default)
  message(FATAL_ERROR "PICOKERNELS_JIT=ON: machine code is made only for x86-64 on Unix-like systems. Set it to OFF.")
endif()

set(picokernels_xbyak_tree "${PICOKERNELS_DEPS_DIR}/xbyak")
macro(picokernels_find_xbyak)
  find_path(
    PICOKERNELS_XBYAK_INCLUDE_DIR
    xbyak/xbyak.h
    PATHS "${PICOKERNELS_THIRD_PARTY_DIR}/xbyak/include"
    NO_DEFAULT_PATH
    DOC "The folder that has xbyak/xbyak.h"
  )
  find_path(PICOKERNELS_XBYAK_INCLUDE_DIR xbyak/xbyak.h HINTS "${picokernels_xbyak_tree}/usr/include")
endmacro()

picokernels_find_xbyak()
if(NOT PICOKERNELS_XBYAK_INCLUDE_DIR AND PICOKERNELS_FETCH AND NOT EXISTS "${picokernels_xbyak_tree}")
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

set(picokernels_xbyak_number 0)
if(EXISTS "${PICOKERNELS_XBYAK_INCLUDE_DIR}/xbyak/xbyak.h")
  file(STRINGS "${PICOKERNELS_XBYAK_INCLUDE_DIR}/xbyak/xbyak.h" picokernels_xbyak_line REGEX "VERSION = 0x")
  string(REGEX REPLACE ".*VERSION = (0x[0-9A-Fa-f]+).*" "\\1" picokernels_xbyak_number "${picokernels_xbyak_line}")
  message(STATUS "Xbyak: version ${picokernels_xbyak_number} in ${PICOKERNELS_XBYAK_INCLUDE_DIR}")
  math(EXPR picokernels_xbyak_number "${picokernels_xbyak_number}")
  math(EXPR picokernels_xbyak_minimum_number "${PICOKERNELS_XBYAK_MINIMUM_NUMBER}")
endif()

if(picokernels_xbyak_number AND picokernels_xbyak_number GREATER_EQUAL picokernels_xbyak_minimum_number)
  set(PICOKERNELS_MACHINE_CODE ON)
  add_library(picokernels_xbyak INTERFACE IMPORTED)
  target_include_directories(picokernels_xbyak INTERFACE "${PICOKERNELS_XBYAK_INCLUDE_DIR}")
else()
  message(
    WARNING
    "Xbyak not found, or too old: programs run in the interpreter only, which is slower. Source archives of picokernels"
    " have Xbyak. Otherwise install the headers of Xbyak >= ${PICOKERNELS_XBYAK_MINIMUM} (Debian: libxbyak-dev; conda: "
    "xbyak) or unpack a release, and name the folder that has xbyak/xbyak.h:\n"
    "  -DPICOKERNELS_XBYAK_INCLUDE_DIR=DIR\n"
    "  pip install . --config-settings=cmake.define.PICOKERNELS_XBYAK_INCLUDE_DIR=DIR\n"
    "PICOKERNELS_JIT=OFF in its place says that the interpreter is intended."
  )
endif()
