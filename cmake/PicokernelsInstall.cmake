# SPDX-License-Identifier: BSD-3-Clause
# `cmake --install`: libraries, headers, and what find_package(picokernels) and pkg-config read.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/picokernels)
install(
  TARGETS picokernels picokernels_static
  EXPORT picokernels-targets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT picokernels
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT picokernels
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT picokernels
)
install(DIRECTORY include/picokernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT picokernels)
install(EXPORT picokernels-targets NAMESPACE picokernels:: DESTINATION ${package_dir} COMPONENT picokernels)

configure_package_config_file(
  cmake/picokernels-config.cmake.in
  picokernels-config.cmake
  INSTALL_DESTINATION ${package_dir}
)
# Before 1.0 a new minor version may break promises.
write_basic_package_version_file(picokernels-config-version.cmake COMPATIBILITY SameMinorVersion)
configure_file(cmake/picokernels.pc.in picokernels.pc @ONLY)
install(
  FILES ${PROJECT_BINARY_DIR}/picokernels-config.cmake ${PROJECT_BINARY_DIR}/picokernels-config-version.cmake
  DESTINATION ${package_dir}
  COMPONENT picokernels
)
install(
  FILES ${PROJECT_BINARY_DIR}/picokernels.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT picokernels
)
