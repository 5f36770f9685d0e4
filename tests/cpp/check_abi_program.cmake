# SPDX-License-Identifier: BSD-3-Clause
# The program PROGRAM calls every function that LIST declares.
execute_process(COMMAND ${NM} --dynamic --undefined-only ${PROGRAM} OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "pk_[a-z0-9_]+" called "${table}")
file(READ ${LIST} text)
string(REGEX MATCHALL "[ *]pk_[a-z0-9_]+\\(" declared "${text}")
list(TRANSFORM declared REPLACE "^[ *](pk_[a-z0-9_]+)\\($" "\\1")
list(LENGTH declared count)
list(REMOVE_ITEM declared ${called})
if(count LESS 100 OR declared)
  message(FATAL_ERROR "${PROGRAM} does not call these of the ${count} functions of ${LIST}: ${declared}")
endif()
message(STATUS "${count} functions are called")
