# SPDX-License-Identifier: BSD-3-Clause
# `cmake --install`: libraries, headers, and what find_package(picokernels) and pkg-config read. All of it may be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/picokernels)
install(
  TARGETS ${PICOKERNELS_LIBRARIES}
  EXPORT picokernels-targets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT picokernels
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT picokernels
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT picokernels
)
install(DIRECTORY include/picokernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT picokernels)
install(
  FILES LICENSE LICENSE-third-party.md
  DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/picokernels
  COMPONENT picokernels
)
install(EXPORT picokernels-targets NAMESPACE picokernels:: DESTINATION ${package_dir} COMPONENT picokernels)

configure_package_config_file(
  cmake/picokernels-config.cmake.in
  picokernels-config.cmake
  INSTALL_DESTINATION ${package_dir}
)
# Before 1.0 a new minor version may break promises.
write_basic_package_version_file(picokernels-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/picokernels-config.cmake ${PROJECT_BINARY_DIR}/picokernels-config-version.cmake
  DESTINATION ${package_dir}
  COMPONENT picokernels
)

# pkg-config finds the prefix from the place of the file, as `cmake --install --prefix` may choose another one than was
# configured. Folders that were configured as absolute paths stay.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${pc_dir}" OUTPUT_VARIABLE up)
  cmake_path(APPEND pc_prefix "\${pcfiledir}" "${up}")
  string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
endif()
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
set(pc_libdir "\${prefix}")
cmake_path(APPEND pc_libdir "${CMAKE_INSTALL_LIBDIR}")
list(TRANSFORM PICOKERNELS_RUNTIME PREPEND "-l" OUTPUT_VARIABLE pc_runtime)
list(JOIN pc_runtime " " pc_runtime)
if(picokernels IN_LIST PICOKERNELS_LIBRARIES)
  set(pc_libs "")
  set(pc_libs_private "${pc_runtime}")
else()
  set(pc_libs " ${pc_runtime}") # every program that links the static library needs it
  set(pc_libs_private "")
endif()
configure_file(cmake/picokernels.pc.in picokernels.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/picokernels.pc DESTINATION ${pc_dir} COMPONENT picokernels)

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(
    uninstall
    COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake
    COMMENT "Removing what was installed last"
    VERBATIM
  )
endif()
