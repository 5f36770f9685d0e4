# SPDX-License-Identifier: BSD-3-Clause
# Provides the target picokernels_xsimd, at least 14.2 (older ones do not ask the operating system whether it saves the wide
# registers, so it is not safe to dispatch by them). Header only, needed to build, not to use the library. Sets
# PICOKERNELS_XSIMD_HEADERS, the folder of the headers. The first of these is taken:
#
#  1. the folder that PICOKERNELS_XSIMD_INCLUDE_DIR names;
#  2. third_party/xsimd, which source archives have;
#  3. the target xsimd of a surrounding project, an installed package, or headers alone, where CMAKE_PREFIX_PATH and the compiler look;
#  4. the copy that an earlier run left in PICOKERNELS_DEPS_DIR;
#  5. unless PICOKERNELS_FETCH is off, the release of the upstream project, pinned by its SHA-256;
#  6. likewise, on Debian and its derivatives, the package of a newer suite, unpacked without touching the system.

set(PICOKERNELS_DEPS_DIR "${PROJECT_SOURCE_DIR}/build/deps" CACHE PATH "Where dependencies that are missing are put")
set(
  PICOKERNELS_XSIMD_INCLUDE_DIR
  ""
  CACHE PATH
  "The folder that has xsimd/xsimd.hpp, if it is not to be searched for"
)
set(PICOKERNELS_XSIMD_MINIMUM 14.2)
set(PICOKERNELS_XSIMD_VERSION 14.3.0)
set(PICOKERNELS_XSIMD_SHA256 110a4609e47d1f078170463bdf78401588b8e5148ba18752fcfd5af627f49ae2)
set(PICOKERNELS_XSIMD_DEBIAN_SUITE forky)

set(picokernels_xsimd_tree "${PICOKERNELS_DEPS_DIR}/xsimd")
set(picokernels_xsimd_rejected "")
set(PICOKERNELS_XSIMD_HEADERS "")

# xsimd's own switch: complex numbers of xtl, which we have no use for.
set(XSIMD_ENABLE_XTL_COMPLEX OFF)

# Sets PICOKERNELS_XSIMD_HEADERS to the folder if it has headers that are new enough.
macro(picokernels_try_xsimd folder)
  if(NOT PICOKERNELS_XSIMD_HEADERS AND EXISTS "${folder}/xsimd/config/xsimd_config.hpp")
    file(
      STRINGS "${folder}/xsimd/config/xsimd_config.hpp"
      picokernels_xsimd_found
      REGEX "^#define XSIMD_VERSION_(MAJOR|MINOR|PATCH) "
    )
    string(REGEX REPLACE "[^0-9;]" "" picokernels_xsimd_found "${picokernels_xsimd_found}")
    string(REPLACE ";" "." picokernels_xsimd_found "${picokernels_xsimd_found}")
    if(picokernels_xsimd_found VERSION_GREATER_EQUAL PICOKERNELS_XSIMD_MINIMUM)
      set(PICOKERNELS_XSIMD_HEADERS "${folder}")
      message(STATUS "xsimd: ${picokernels_xsimd_found} in ${folder}")
    else()
      string(APPEND picokernels_xsimd_rejected " ${folder} has version ${picokernels_xsimd_found}, which is too old.")
    endif()
  endif()
endmacro()

macro(picokernels_search_xsimd)
  picokernels_try_xsimd("${PICOKERNELS_THIRD_PARTY_DIR}/xsimd/include")
  if(TARGET xsimd)
    get_target_property(picokernels_xsimd_folders xsimd INTERFACE_INCLUDE_DIRECTORIES)
    foreach(folder IN LISTS picokernels_xsimd_folders)
      string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" folder "${folder}")
      picokernels_try_xsimd("${folder}")
    endforeach()
  elseif(NOT PICOKERNELS_XSIMD_HEADERS)
    find_package(xsimd ${PICOKERNELS_XSIMD_MINIMUM} CONFIG QUIET HINTS "${picokernels_xsimd_tree}/usr")
    if(xsimd_FOUND)
      list(GET xsimd_INCLUDE_DIRS 0 PICOKERNELS_XSIMD_HEADERS)
      message(STATUS "xsimd: ${xsimd_VERSION} (${xsimd_DIR})")
    endif()
  endif()
  find_path(picokernels_xsimd_found_headers xsimd/xsimd.hpp NO_CACHE)
  picokernels_try_xsimd("${picokernels_xsimd_found_headers}")
  picokernels_try_xsimd("${picokernels_xsimd_tree}/include") # a source release
  picokernels_try_xsimd("${picokernels_xsimd_tree}/usr/include") # a Debian package
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

if(PICOKERNELS_XSIMD_INCLUDE_DIR)
  picokernels_try_xsimd("${PICOKERNELS_XSIMD_INCLUDE_DIR}")
  if(NOT PICOKERNELS_XSIMD_HEADERS)
    message(
      FATAL_ERROR
      "PICOKERNELS_XSIMD_INCLUDE_DIR=${PICOKERNELS_XSIMD_INCLUDE_DIR} does not have the headers of xsimd >= "
      "${PICOKERNELS_XSIMD_MINIMUM}: it must be the folder that has xsimd/xsimd.hpp.${picokernels_xsimd_rejected}"
    )
  endif()
else()
  picokernels_search_xsimd()
  if(NOT PICOKERNELS_XSIMD_HEADERS AND PICOKERNELS_FETCH AND NOT EXISTS "${picokernels_xsimd_tree}")
    picokernels_download_xsimd("${picokernels_xsimd_tree}")
    if(NOT EXISTS "${picokernels_xsimd_tree}")
      picokernels_unpack_xsimd("${picokernels_xsimd_tree}")
    endif()
    picokernels_search_xsimd()
  endif()
endif()

if(NOT PICOKERNELS_XSIMD_HEADERS)
  if(PICOKERNELS_FETCH)
    set(picokernels_reason "could neither find nor fetch them")
  else()
    set(picokernels_reason "did not find them; PICOKERNELS_FETCH=OFF forbids to fetch them")
  endif()
  message(
    FATAL_ERROR
    "picokernels needs the headers of xsimd >= ${PICOKERNELS_XSIMD_MINIMUM} to build, and ${picokernels_reason}."
    "${picokernels_xsimd_rejected} Source archives of picokernels have them. Otherwise install them (conda: xsimd; "
    "Debian 14 and later: libxsimd-dev) or unpack a release of xsimd, and name the place in one of these ways:\n"
    "  -DPICOKERNELS_XSIMD_INCLUDE_DIR=DIR  the folder that has xsimd/xsimd.hpp\n"
    "  -DCMAKE_PREFIX_PATH=PREFIX  where PREFIX/include has xsimd/xsimd.hpp\n"
    "With pip:\n"
    "  pip install . --config-settings=cmake.define.PICOKERNELS_XSIMD_INCLUDE_DIR=DIR\n"
    "  CMAKE_PREFIX_PATH=PREFIX pip install ."
  )
endif()
# Not xsimd, which may be a target of a surrounding project.
add_library(picokernels_xsimd INTERFACE IMPORTED)
target_include_directories(picokernels_xsimd INTERFACE "${PICOKERNELS_XSIMD_HEADERS}")
