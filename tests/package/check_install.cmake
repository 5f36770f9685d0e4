# SPDX-License-Identifier: BSD-3-Clause
# Installs the library, removes it by the script of the target `uninstall`, installs it again, and moves it to MOVED.
set(prefix ${WORK}/installed)
file(REMOVE_RECURSE ${prefix} ${MOVED} ${WORK}/manifest)
file(MAKE_DIRECTORY ${WORK}/manifest)

function(install_library)
  execute_process(
    COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --component picokernels
    COMMAND_ERROR_IS_FATAL ANY
  )
  file(GLOB_RECURSE files ${prefix}/*)
  list(LENGTH files count)
  if(count LESS 10)
    message(FATAL_ERROR "these files only were installed: ${files}")
  endif()
endfunction()

install_library()
# A manifest of another installation from this build must not be touched.
file(RENAME ${BUILD}/install_manifest_picokernels.txt ${WORK}/manifest/install_manifest_picokernels.txt)
execute_process(
  COMMAND ${CMAKE_COMMAND} -DBUILD=${WORK}/manifest -P ${SOURCE}/cmake/uninstall.cmake
  OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY
)
file(GLOB_RECURSE rest LIST_DIRECTORIES true ${prefix}/*)
list(FILTER rest EXCLUDE REGEX "/(include|share|doc|lib|lib64|cmake|pkgconfig|[a-z0-9_]+-linux-gnu)$")
if(rest)
  message(FATAL_ERROR "uninstall.cmake left ${rest}")
endif()
execute_process(
  COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target help
  OUTPUT_VARIABLE targets
)
if(NOT targets MATCHES "uninstall")
  message(FATAL_ERROR "there is no target uninstall")
endif()

install_library()
file(RENAME ${prefix} ${MOVED})
if(NOT EXISTS ${MOVED}/share/doc/picokernels/LICENSE-third-party.md)
  message(FATAL_ERROR "licenses were not installed")
endif()

# The file's name has the version, and its SONAME that of the ABI.
execute_process(
  COMMAND ${READELF} --dynamic --wide ${MOVED}/${LIBDIR}/libpicokernels.so.${VERSION}
  OUTPUT_VARIABLE dynamic
  COMMAND_ERROR_IS_FATAL ANY
)
if(NOT dynamic MATCHES "\\(SONAME\\)[^\n]*\\[libpicokernels\\.so\\.${SOVERSION}\\]")
  message(FATAL_ERROR "the SONAME does not end with ${SOVERSION}: ${dynamic}")
endif()
