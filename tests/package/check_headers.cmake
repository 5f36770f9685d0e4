# SPDX-License-Identifier: BSD-3-Clause
# Compiles each header by itself, in every standard that it promises, with warnings as errors.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(
  standards_h
  c99
  c11
  c17
  c++98
  c++11
  c++14
  c++17
  c++20
)
set(standards_hpp c++20)
file(GLOB headers RELATIVE ${INCLUDE} ${INCLUDE}/picokernels/*)
list(LENGTH headers count)
if(count LESS 5)
  message(FATAL_ERROR "${INCLUDE} has these headers only: ${headers}")
endif()
foreach(header IN LISTS headers)
  cmake_path(GET header EXTENSION LAST_ONLY extension)
  string(SUBSTRING ${extension} 1 -1 extension)
  foreach(standard IN LISTS standards_${extension})
    if(standard MATCHES "\\+")
      set(compiler ${CXX})
      set(source ${WORK}/header.cpp)
    else()
      set(compiler ${CC})
      set(source ${WORK}/header.c)
    endif()
    file(WRITE ${source} "#include <${header}>\n")
    execute_process(
      COMMAND ${compiler} -std=${standard} -Wall -Wextra -pedantic -Werror -I${INCLUDE} -fsyntax-only ${source}
      RESULT_VARIABLE result
    )
    if(NOT result EQUAL 0)
      message(SEND_ERROR "${header} is no ${standard} for ${compiler}")
    endif()
  endforeach()
endforeach()
