# SPDX-License-Identifier: BSD-3-Clause
# Makes a source archive of a copy of the sources, and unpacks it to WORK/source. XSIMD and XBYAK have the headers.
file(REMOVE_RECURSE ${WORK})
file(GLOB entries ${SOURCE}/*)
list(FILTER entries EXCLUDE REGEX "/(build|third_party|\\.git|\\.venv[^/]*|\\.[a-z]*_cache)$")
file(COPY ${entries} DESTINATION ${WORK}/copy)
file(WRITE ${WORK}/copy/build/third_party/of_a_build "")
string(
  CONFIGURE
    [[
from scikit_build_core.build import build_sdist
settings = {
    "cmake.define.PICOKERNELS_XSIMD_INCLUDE_DIR": "@XSIMD@",
    "cmake.define.PICOKERNELS_XBYAK_INCLUDE_DIR": "@XBYAK@",
    "cmake.define.PICOKERNELS_FETCH": "OFF",
}
print(build_sdist("@WORK@", settings))
]]
  program
  @ONLY
)
execute_process(COMMAND ${PYTHON} -c "${program}" WORKING_DIRECTORY ${WORK}/copy COMMAND_ERROR_IS_FATAL ANY)
set(archive ${WORK}/piconumpy-${VERSION}.tar.gz)
file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${WORK}/unpacked)
file(GLOB unpacked ${WORK}/unpacked/*)
file(RENAME ${unpacked} ${WORK}/source)
foreach(
  file
  IN
  ITEMS
    third_party/xsimd/LICENSE
    third_party/xsimd/include/xsimd/xsimd.hpp
    third_party/xbyak/LICENSE
    third_party/xbyak/include/xbyak/xbyak.h
    kernels/CMakeLists.txt
    tests/package/CMakeLists.txt
)
  if(NOT EXISTS ${WORK}/source/${file})
    message(FATAL_ERROR "${archive} has no ${file}")
  endif()
endforeach()
if(EXISTS ${WORK}/source/build)
  message(FATAL_ERROR "${archive} has files of a build")
endif()
