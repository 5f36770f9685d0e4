# SPDX-License-Identifier: BSD-3-Clause
# Installs a build that has BUILD_SHARED_LIBS=OFF and comes from a source archive.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} COMMAND_ERROR_IS_FATAL ANY)
file(GLOB libraries RELATIVE ${PREFIX}/${LIBDIR} ${PREFIX}/${LIBDIR}/libpicokernels.*)
if(NOT libraries STREQUAL "libpicokernels.a")
  message(FATAL_ERROR "installed: ${libraries}")
endif()
