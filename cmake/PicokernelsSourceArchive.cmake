# SPDX-License-Identifier: BSD-3-Clause
# Puts the headers of xsimd and Xbyak, and their licenses, into third_party, so that a build from the source archive
# needs no network. scikit-build-core configures the project with SKBUILD_STATE=sdist before it makes an archive.

# picokernels_stage(NAME HEADERS PACKAGE): copies the folder HEADERS/NAME, and the license that its distribution has.
function(picokernels_stage name headers package)
  set(destination "${PICOKERNELS_THIRD_PARTY_DIR}/${name}")
  cmake_path(IS_PREFIX destination "${headers}" NORMALIZE is_staged)
  if(is_staged)
    return() # an archive is made from an unpacked archive
  endif()
  # In a release, or in a Debian package, on the system or unpacked.
  find_file(
    license
    NAMES LICENSE COPYRIGHT copyright
    PATHS "${headers}" "${headers}/.." "${headers}/../share/doc/${package}"
    NO_DEFAULT_PATH
    NO_CACHE
  )
  if(NOT license)
    message(FATAL_ERROR "A source archive needs the license of ${name}, which is not near ${headers}.")
  endif()
  file(REMOVE_RECURSE "${destination}")
  file(COPY "${headers}/${name}" DESTINATION "${destination}/include")
  configure_file("${license}" "${destination}/LICENSE" COPYONLY)
endfunction()

if(NOT PICOKERNELS_MACHINE_CODE)
  message(FATAL_ERROR "A source archive needs the headers of Xbyak: see the warning above.")
endif()
picokernels_stage(xsimd "${PICOKERNELS_XSIMD_HEADERS}" libxsimd-dev)
picokernels_stage(xbyak "${PICOKERNELS_XBYAK_INCLUDE_DIR}" libxbyak-dev)
