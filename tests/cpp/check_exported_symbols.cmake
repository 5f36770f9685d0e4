# SPDX-License-Identifier: BSD-3-Clause
# The shared library exports exactly the functions that the headers declare.
execute_process(COMMAND ${NM} --dynamic --defined-only ${LIBRARY} OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " [A-Z] [^\n@]+" exported "${table}")
list(TRANSFORM exported REPLACE "^ [A-Z] " "")
list(FILTER exported EXCLUDE REGEX "^PICOKERNELS_[0-9]+$") # the version node itself
list(REMOVE_DUPLICATES exported)
list(SORT exported)

set(declared)
foreach(header IN LISTS HEADERS)
  file(READ ${header} text)
  string(REGEX MATCHALL "PK_API [^;(]*[ *](pk_[a-z0-9_]+)\\(" found "${text}")
  list(APPEND declared ${found})
endforeach()
list(TRANSFORM declared REPLACE "^.*[ *](pk_[a-z0-9_]+)\\($" "\\1")
list(SORT declared)

list(LENGTH declared count)
if(count LESS 20 OR NOT "${exported}" STREQUAL "${declared}")
  message(FATAL_ERROR "declared: ${declared}\nexported: ${exported}")
endif()
message(STATUS "${count} functions declared and exported")
