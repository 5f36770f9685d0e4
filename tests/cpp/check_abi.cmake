# SPDX-License-Identifier: BSD-3-Clause
# The C headers in INCLUDE still declare all that LIST does, and in the same way: a program that was built against LIST
# runs with the library of today. The compiler CC is the judge. A new declaration has to be added to LIST, which
# UPDATE=ON does. WORK is a folder for files in between.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

# read_declarations(VARIABLE FILE...): the declarations of headers, without comments and macros, each ending with @ in
# place of its semicolon, and so with @ within structures too: a semicolon would end an element of a list.
function(read_declarations variable)
  # The standard's headers are empty here, so the preprocessor leaves our declarations alone.
  file(WRITE ${WORK}/empty/stddef.h "")
  file(WRITE ${WORK}/empty/stdint.h "")
  set(text "")
  foreach(file IN LISTS ARGN)
    string(APPEND text "#include \"${file}\"\n")
  endforeach()
  file(WRITE ${WORK}/headers.c "${text}")
  execute_process(
    COMMAND ${CC} -std=c11 -E -P -nostdinc -I${WORK}/empty ${WORK}/headers.c
    OUTPUT_VARIABLE text
    COMMAND_ERROR_IS_FATAL ANY
  )
  string(REPLACE ";" "@" text "${text}")
  string(REGEX REPLACE "__attribute__ *\\(\\(visibility\\(\"default\"\\)\\)\\)" "" text "${text}")
  string(REGEX REPLACE "[ \t\n]+" " " text "${text}")
  string(REGEX MATCHALL "[^{}@]*{[^{}]*}[^{}@]*@|[^{}@]+@" found "${text}")
  list(TRANSFORM found STRIP)
  list(TRANSFORM found REPLACE " +@" "@")
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

# The names of the functions among declarations.
function(functions_of variable)
  set(found ${ARGN})
  list(FILTER found INCLUDE REGEX "^[^{(]*pk_[a-z0-9_]+ ?\\(")
  list(TRANSFORM found REPLACE "^[^{(]*(pk_[a-z0-9_]+) ?\\(.*" "\\1")
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

file(GLOB headers ${INCLUDE}/picokernels/*.h)
read_declarations(today ${headers})
functions_of(functions_today ${today})
list(LENGTH functions_today count)
if(count LESS 100)
  message(FATAL_ERROR "found these functions only in ${INCLUDE}: ${functions_today}")
endif()

# The list of today, a declaration, a member, or an enumerator a line.
list(JOIN today "\n" text)
string(REGEX REPLACE "@([^\n])" "@\n   \\1" text "${text}")
string(REGEX REPLACE ", (PK_[A-Z0-9_]+ = )" ",\n    \\1" text "${text}")
string(REGEX REPLACE "{ ?" "{\n    " text "${text}")
string(REGEX REPLACE ",? ?\n? *}" "\n}" text "${text}")
string(REPLACE "@" ";" text "${text}")
cmake_path(GET LIST FILENAME name)
set(
  text
  "/* SPDX-License-Identifier: BSD-3-Clause
 * Written by the target update_abi_list, and compared with the headers by check_abi.cmake. All programs that were
 * linked with this SONAME rely on these declarations. So lines are added, but never changed or removed. */
#include <stddef.h>
#include <stdint.h>

${text}
"
)

if(NOT EXISTS ${LIST})
  if(NOT UPDATE)
    message(FATAL_ERROR "There is no list of this SONAME's ABI. Build the target update_abi_list to write ${LIST}.")
  endif()
  file(WRITE ${LIST} "${text}")
endif()

# ---- nothing was changed or removed ---------------------------------------------------------------------------------

set(broken "The ABI is broken: programs that were linked with the library of before crash or compute something else.")
read_declarations(before ${LIST})
functions_of(removed ${before})
list(REMOVE_ITEM removed ${functions_today})
if(removed)
  message(FATAL_ERROR "${broken} These functions are gone: ${removed}")
endif()

# One file has today's declarations, and says of those of before that they are the same.
set(
  check
  [[
#include <stddef.h>
#include <stdint.h>
#define SAME_MEMBER(type, member)                                                                                    \
    _Static_assert(offsetof(before_##type, member) == offsetof(type, member) &&                                      \
                       sizeof(((before_##type*)0)->member) == sizeof(((type*)0)->member) &&                          \
                       __builtin_types_compatible_p(__typeof__(((before_##type*)0)->member),                         \
                                                    __typeof__(((type*)0)->member)),                                 \
                   #type "." #member)
]]
)
foreach(header IN LISTS headers)
  string(APPEND check "#include \"${header}\"\n")
endforeach()
set(structures 0)
set(enumerators 0)
foreach(declaration IN LISTS before)
  if(declaration MATCHES "^typedef enum ([a-z_]+) {(.*)}|^(enum) {(.*)}")
    set(body "${CMAKE_MATCH_2}${CMAKE_MATCH_4}")
    if(NOT CMAKE_MATCH_1 STREQUAL "")
      string(APPEND check "_Static_assert(sizeof(${CMAKE_MATCH_1}) == sizeof(int), \"${CMAKE_MATCH_1}\");\n")
    endif()
    string(REGEX MATCHALL "PK_[A-Z0-9_]+ = -?[0-9]+" values "${body}")
    string(REGEX MATCHALL "PK_[A-Z0-9_]+" names "${body}")
    list(LENGTH values value_count)
    list(LENGTH names name_count)
    if(NOT value_count EQUAL name_count)
      message(FATAL_ERROR "each enumerator needs a number: ${declaration}")
    endif()
    math(EXPR enumerators "${enumerators} + ${value_count}")
    foreach(value IN LISTS values)
      string(REPLACE " = " " == " condition "${value}")
      string(APPEND check "_Static_assert(${condition}, \"${value}\");\n")
    endforeach()
  elseif(declaration MATCHES "^typedef struct ([a-z_]+) {(.*)}")
    set(type ${CMAKE_MATCH_1})
    set(members "${CMAKE_MATCH_2}")
    string(REGEX REPLACE "(struct|}) ?${type}" "\\1 before_${type}" copy "${declaration}")
    string(APPEND check "${copy}\n_Static_assert(sizeof(before_${type}) == sizeof(${type}), \"${type}\");\n")
    string(REGEX MATCHALL "[a-z0-9_]+(\\[[0-9]+\\])?@" members "${members}")
    list(TRANSFORM members REPLACE "(\\[[0-9]+\\])?@" "")
    foreach(member IN LISTS members)
      string(APPEND check "SAME_MEMBER(${type}, ${member});\n")
    endforeach()
    math(EXPR structures "${structures} + 1")
  else() # functions and names of types, which C allows to declare again if the types agree
    string(APPEND check "${declaration}\n")
  endif()
endforeach()
string(REPLACE "@" ";" check "${check}")
file(WRITE ${WORK}/check.c "${check}")
execute_process(
  COMMAND ${CC} -std=c11 -Wall -Wextra -Wno-unused-function -pedantic -Werror -fsyntax-only ${WORK}/check.c
  RESULT_VARIABLE result
)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${broken} The compiler tells above what differs from ${LIST}.")
endif()

# ---- what was added is in the list ----------------------------------------------------------------------------------

file(READ ${LIST} listed)
if(UPDATE)
  file(WRITE ${LIST} "${text}")
elseif(NOT "${listed}" STREQUAL "${text}")
  file(WRITE ${WORK}/${name} "${text}")
  message(
    FATAL_ERROR
    "The ABI is kept, but the headers declare more than ${LIST}. Build the target update_abi_list, and commit the "
    "list. It would become ${WORK}/${name}."
  )
endif()
message(STATUS "${count} functions, ${structures} structures, and ${enumerators} enumerators are those of ${name}")
