# SPDX-License-Identifier: BSD-3-Clause
# Toolchain file: builds for aarch64 on another architecture, by Debian's cross compiler, and runs what is built under
# QEMU. `make test-aarch64` installs both.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

# Debian's packages for aarch64, if aarch64-tree.sh has unpacked them, and headers in build/deps that serve every
# architecture.
get_filename_component(build_folder "${CMAKE_CURRENT_LIST_DIR}/../build" ABSOLUTE)
set(aarch64_tree "${build_folder}/deps/aarch64")
set(CMAKE_FIND_ROOT_PATH "${aarch64_tree}" "${build_folder}" /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${aarch64_tree}/usr/lib/aarch64-linux-gnu/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${aarch64_tree}")

# Programs find their shared libraries below this folder.
if(EXISTS "${aarch64_tree}")
  set(aarch64_root "${aarch64_tree}")
else()
  set(aarch64_root /usr/aarch64-linux-gnu)
endif()
find_program(QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
mark_as_advanced(QEMU_AARCH64)
if(QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${QEMU_AARCH64};-L;${aarch64_root}")
endif()
