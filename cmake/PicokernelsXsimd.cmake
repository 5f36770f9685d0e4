# SPDX-License-Identifier: BSD-3-Clause
# Provides the target xsimd, at least 14.2 (older ones do not ask the operating system whether it saves the wide
# registers, so it is not safe to dispatch by them). Header only, needed to build, not to use the library.
#
#  1. an installed package, or the copy that an earlier run left in PICOKERNELS_DEPS_DIR;
#  2. the release of the upstream project, pinned by its SHA-256;
#  3. on Debian and its derivatives, the package of a newer suite, unpacked without touching the system.

set(PICOKERNELS_DEPS_DIR "${PROJECT_SOURCE_DIR}/build/deps" CACHE PATH "Where dependencies that are missing are put")
set(PICOKERNELS_XSIMD_MINIMUM 14.2)
set(PICOKERNELS_XSIMD_VERSION 14.3.0)
set(PICOKERNELS_XSIMD_SHA256 110a4609e47d1f078170463bdf78401588b8e5148ba18752fcfd5af627f49ae2)
set(PICOKERNELS_XSIMD_DEBIAN_SUITE forky)

# xsimd's own switch: complex numbers of xtl, which we have no use for.
set(XSIMD_ENABLE_XTL_COMPLEX OFF)

macro(picokernels_find_xsimd)
  find_package(xsimd ${PICOKERNELS_XSIMD_MINIMUM} CONFIG QUIET ${ARGN})
endmacro()

function(picokernels_download_xsimd destination)
  set(archive "${PICOKERNELS_DEPS_DIR}/xsimd-${PICOKERNELS_XSIMD_VERSION}.tar.gz")
  message(STATUS "xsimd: downloading release ${PICOKERNELS_XSIMD_VERSION}")
  file(
    DOWNLOAD "https://github.com/xtensor-stack/xsimd/archive/refs/tags/${PICOKERNELS_XSIMD_VERSION}.tar.gz"
    "${archive}"
    INACTIVITY_TIMEOUT 10
    STATUS status
  )
  if(EXISTS "${archive}")
    file(SHA256 "${archive}" sha256)
  endif()
  if(NOT "${sha256}" STREQUAL PICOKERNELS_XSIMD_SHA256)
    list(JOIN status " " status)
    message(STATUS "xsimd: release not downloaded, or not the pinned one (${status})")
    file(REMOVE "${archive}")
    return()
  endif()
  file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${PICOKERNELS_DEPS_DIR}/xsimd.partial")
  file(RENAME "${PICOKERNELS_DEPS_DIR}/xsimd.partial/xsimd-${PICOKERNELS_XSIMD_VERSION}" "${destination}")
  file(REMOVE_RECURSE "${PICOKERNELS_DEPS_DIR}/xsimd.partial" "${archive}")
endfunction()

function(picokernels_unpack_xsimd destination)
  message(STATUS "xsimd: unpacking libxsimd-dev of Debian ${PICOKERNELS_XSIMD_DEBIAN_SUITE}")
  execute_process(
    COMMAND
      sh "${PROJECT_SOURCE_DIR}/cmake/debian-tree.sh" ${PICOKERNELS_XSIMD_DEBIAN_SUITE} "${destination}" libxsimd-dev
    RESULT_VARIABLE result
  )
  if(NOT result EQUAL 0)
    message(STATUS "xsimd: no Debian package either")
  endif()
endfunction()

set(picokernels_xsimd_tree "${PICOKERNELS_DEPS_DIR}/xsimd")
picokernels_find_xsimd(HINTS "${picokernels_xsimd_tree}/usr")
if(NOT xsimd_FOUND AND NOT EXISTS "${picokernels_xsimd_tree}")
  picokernels_download_xsimd("${picokernels_xsimd_tree}")
  if(NOT EXISTS "${picokernels_xsimd_tree}")
    picokernels_unpack_xsimd("${picokernels_xsimd_tree}")
  endif()
  picokernels_find_xsimd(HINTS "${picokernels_xsimd_tree}/usr")
endif()

if(xsimd_FOUND)
  message(STATUS "xsimd: ${xsimd_VERSION} (${xsimd_DIR})")
elseif(EXISTS "${picokernels_xsimd_tree}/include/xsimd/xsimd.hpp")
  # A source release: its headers are all there is to use.
  message(STATUS "xsimd: source release in ${picokernels_xsimd_tree}")
  add_library(xsimd INTERFACE IMPORTED)
  target_include_directories(xsimd INTERFACE "${picokernels_xsimd_tree}/include")
else()
  message(
    FATAL_ERROR
    "picokernels needs the headers of xsimd >= ${PICOKERNELS_XSIMD_MINIMUM} to build, and could neither find nor fetch "
    "them. Install them (conda: xsimd; Debian 14 and later: libxsimd-dev; or its source with 'cmake --install') and "
    "name the place with -DCMAKE_PREFIX_PATH=..."
  )
endif()
