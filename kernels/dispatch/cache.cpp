// SPDX-License-Identifier: BSD-3-Clause
#include "cache.hpp"

#include <initializer_list>

#if defined(__linux__)
#include <fcntl.h>
#include <unistd.h>
#endif

namespace picokernels {

#if defined(__linux__)
namespace {

// Reads a cache size that the kernel describes, for example "32768K"; 0 if there is none. Plain system calls, because
// streams allocate.
std::size_t from_sysfs(const char* path) noexcept {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    char text[32];
    const ssize_t length = read(file, text, sizeof text);
    close(file);
    std::size_t bytes = 0;
    for (ssize_t i = 0; i < length; ++i) {
        const char c = text[i];
        if (c >= '0' && c <= '9') {
            bytes = bytes * 10 + static_cast<std::size_t>(c - '0');
        } else if (c == 'K') {
            return bytes << 10U;
        } else if (c == 'M') {
            return bytes << 20U;
        } else {
            break;
        }
    }
    return bytes;
}

// Asks the C library, which asks the CPU on x86. On AMD's CPUs it returns the sum of all last-level caches of the
// package, each of which serves only a few cores. So it comes second.
std::size_t from_sysconf() noexcept {
#if defined(_SC_LEVEL4_CACHE_SIZE)
    for (const int level : {_SC_LEVEL4_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL2_CACHE_SIZE}) {
        const long bytes = sysconf(level);
        if (bytes > 0) {
            return static_cast<std::size_t>(bytes);
        }
    }
#endif
    return 0;
}

} // namespace

std::size_t last_level_cache_bytes() noexcept {
    // Outermost level first: index4 is the fourth level, where there is one, and index2 usually the second.
    for (const char* path :
         {"/sys/devices/system/cpu/cpu0/cache/index4/size", "/sys/devices/system/cpu/cpu0/cache/index3/size",
          "/sys/devices/system/cpu/cpu0/cache/index2/size"}) {
        if (const std::size_t bytes = from_sysfs(path); bytes != 0) {
            return bytes;
        }
    }
    return from_sysconf();
}
#else
std::size_t last_level_cache_bytes() noexcept { return 0; }
#endif

} // namespace picokernels
