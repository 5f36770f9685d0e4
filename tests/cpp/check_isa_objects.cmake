# SPDX-License-Identifier: BSD-3-Clause
# No object file runs anything at load time. An ISA's object file defines one symbol that others can see, its table.
# Anything else could be picked by the linker for code that runs on every CPU.
set(checked 0)
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${READELF} --sections --wide ${object} OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
  if(sections MATCHES "\\.(init_array|ctors)")
    message(FATAL_ERROR "${object} has initialisers that run at load time")
  endif()

  if(NOT object MATCHES "/isa/([a-z0-9]+)\\.cpp")
    continue()
  endif()
  set(isa ${CMAKE_MATCH_1})
  math(EXPR checked "${checked} + 1")

  execute_process(COMMAND ${NM} --defined-only --demangle ${object} OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
  # Upper case is global, as are the weak (w, v) and unique (u) ones; lower case t, r, d, b, n are local.
  string(REGEX MATCHALL "[0-9a-f]+ [A-Zuvw] [^\n]+" visible "${table}")
  list(TRANSFORM visible REPLACE "^[0-9a-f]+ " "")
  if(NOT "${visible}" MATCHES "^[DR] picokernels::${isa}_table$")
    string(REPLACE ";" "\n  " visible "${visible}")
    message(FATAL_ERROR "${object} should offer ${isa}_table alone, but has\n  ${visible}")
  endif()
endforeach()
if(checked EQUAL 0)
  message(FATAL_ERROR "no ISA object among ${OBJECTS}")
endif()
message(STATUS "${checked} ISA objects are clean")
