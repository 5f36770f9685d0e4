# SPDX-License-Identifier: BSD-3-Clause
# Compiles and runs a program with what pkg-config says, and nothing else.
set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
function(ask_pkg_config variable)
  execute_process(
    COMMAND ${PKG_CONFIG} ${ARGN} picokernels
    OUTPUT_VARIABLE answer
    OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY
  )
  separate_arguments(answer)
  set(${variable} ${answer} PARENT_SCOPE)
endfunction()

ask_pkg_config(version --modversion)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "pkg-config says that the version is ${version}, not ${VERSION}")
endif()
if(LINK STREQUAL "shared")
  ask_pkg_config(flags --cflags --libs)
elseif(LINK STREQUAL "static")
  ask_pkg_config(flags --cflags --libs --static)
  list(PREPEND flags -static)
elseif(LINK STREQUAL "archive")
  ask_pkg_config(flags --cflags)
  list(APPEND flags ${PREFIX}/${LIBDIR}/libpicokernels.a -lm)
endif()
execute_process(
  COMMAND ${COMPILER} -Wall -Wextra -Werror ${SOURCE} -o ${PROGRAM} ${flags}
  COMMAND_ECHO STDOUT
  COMMAND_ERROR_IS_FATAL ANY
)
set(ENV{LD_LIBRARY_PATH} ${PREFIX}/${LIBDIR})
execute_process(COMMAND ${EMULATOR} ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
