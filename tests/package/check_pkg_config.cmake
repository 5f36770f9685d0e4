# SPDX-License-Identifier: BSD-3-Clause
# Compiles and runs a C program with what pkg-config says, and nothing else.
set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
execute_process(
  COMMAND ${PKG_CONFIG} --define-variable=prefix=${PREFIX} --cflags --libs picokernels
  OUTPUT_VARIABLE flags
  OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY
)
separate_arguments(flags)
execute_process(
  COMMAND ${CC} -std=c99 -Wall -Wextra -Werror ${SOURCE} -o ${WORK}/pkg_config_main ${flags}
  COMMAND_ERROR_IS_FATAL ANY
)
set(ENV{LD_LIBRARY_PATH} ${PREFIX}/${LIBDIR})
execute_process(COMMAND ${WORK}/pkg_config_main COMMAND_ERROR_IS_FATAL ANY)
