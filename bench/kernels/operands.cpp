// SPDX-License-Identifier: BSD-3-Clause
#include "operands.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace picokernels::bench {

namespace {
constexpr std::size_t huge_page = std::size_t{1} << 21U;
}

arena::arena(std::size_t longest_bytes)
    : slot_bytes_((longest_bytes + 2 * room) / huge_page * huge_page + huge_page), mapped_bytes_(slots * slot_bytes_),
      memory_(static_cast<unsigned char*>(std::aligned_alloc(huge_page, mapped_bytes_))) {
    if (memory_ == nullptr) {
        throw std::bad_alloc();
    }
#if defined(__linux__)
    // Small pages would add misses of the TLB, which depend on what the system has done before, to long arrays.
    madvise(memory_, mapped_bytes_, MADV_HUGEPAGE);
#endif
    std::memset(memory_, 0, mapped_bytes_); // or the first calls would pay for the pages
}

arena::~arena() { std::free(memory_); } // NOLINT(cppcoreguidelines-no-malloc): from aligned_alloc

} // namespace picokernels::bench
