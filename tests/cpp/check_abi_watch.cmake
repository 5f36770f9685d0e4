# SPDX-License-Identifier: BSD-3-Clause
# check_abi.cmake notices each way to break the ABI, and tells additions apart. INCLUDE, LIST, CC, and WORK are its own.
function(
  expect
  name
  file
  before
  after
  message
)
  file(REMOVE_RECURSE ${WORK}/${name})
  file(COPY ${INCLUDE}/picokernels DESTINATION ${WORK}/${name})
  file(READ ${WORK}/${name}/picokernels/${file} text)
  string(REPLACE "${before}" "${after}" changed "${text}")
  if("${changed}" STREQUAL "${text}")
    message(FATAL_ERROR "${file} does not have: ${before}")
  endif()
  file(WRITE ${WORK}/${name}/picokernels/${file} "${changed}")
  execute_process(
    COMMAND
      ${CMAKE_COMMAND} -DCC=${CC} -DINCLUDE=${WORK}/${name} -DLIST=${LIST} -DWORK=${WORK}/${name}/work -P
      ${CMAKE_CURRENT_LIST_DIR}/check_abi.cmake
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
  )
  if(result EQUAL 0 OR NOT output MATCHES "${message}")
    message(FATAL_ERROR "${name}: not noticed: ${output}")
  endif()
endfunction()

set(broken "ABI is broken")
expect(removed_function picokernels.h "PK_API const char* pk_version(void) PK_NOEXCEPT;" "" "gone: pk_version")
expect(
  changed_parameter
  picokernels.h
  "pk_sum_f64(const double* a, size_t n)"
  "pk_sum_f64(const double* a, int n)"
  "${broken}"
)
expect(changed_result program.h "PK_API int pk_jit(void)" "PK_API long pk_jit(void)" "${broken}")
expect(changed_callback integrate.h "(*pk_ode_observer)(double t," "(*pk_ode_observer)(float t," "${broken}")
expect(changed_number program.h "PK_OP_SUB = 11" "PK_OP_SUB = 9" "${broken}")
expect(removed_enumerator picokernels.h "    PK_ERROR_LIMIT = 4," "   " "${broken}")
expect(changed_limit program.h "PK_PROGRAM_MAX_INPUTS = 1024" "PK_PROGRAM_MAX_INPUTS = 512" "${broken}")
expect(changed_member integrate.h "    size_t last; " "    double last; " "${broken}")
expect(renamed_member integrate.h "    size_t last; " "    size_t final; " "${broken}")
expect(longer_structure program.h "    char message[180];" "    char message[200];" "${broken}")
expect(exchanged_members integrate.h "    double t0;" "    double start;" "${broken}")
expect(
  added_function
  picokernels.h
  "PK_API const char* pk_version(void)"
  "PK_API int pk_more(void); PK_API const char* pk_version(void)"
  "ABI is kept"
)
expect(
  added_enumerator
  picokernels.h
  "PK_ERROR_NOT_DENSE = 10"
  "PK_ERROR_NOT_DENSE = 10, PK_ERROR_MORE = 11"
  "ABI is kept"
)
