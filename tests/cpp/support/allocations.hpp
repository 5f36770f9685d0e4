// SPDX-License-Identifier: BSD-3-Clause
//
// What the library allocates: counted, and refused where a test asks for it. allocations.cpp takes the place of the
// operators new and delete, and with the linker's option --wrap that of malloc and of mmap and its like in the static
// library. One thread at a time.
#ifndef PICOKERNELS_TESTS_ALLOCATIONS_HPP
#define PICOKERNELS_TESTS_ALLOCATIONS_HPP

#include <cstddef>

namespace tested {

struct allocations {
    std::size_t requests = 0;      // of memory or pages, the refused ones among them
    std::ptrdiff_t blocks = 0;     // allocated and not freed
    std::ptrdiff_t page_bytes = 0; // mapped and not unmapped
    bool has_refused = false;
};

// Which requests are refused: the one of that number, counted from 1, or also all that follow it. 0: none.
struct refusal {
    std::size_t first = 0;
    bool has_more = false;
};

// Counts from its construction to its end.
class watched_allocations {
  public:
    explicit watched_allocations(refusal which = {}) noexcept;
    watched_allocations(const watched_allocations&) = delete;
    watched_allocations& operator=(const watched_allocations&) = delete;
    watched_allocations(watched_allocations&&) = delete;
    watched_allocations& operator=(watched_allocations&&) = delete;
    ~watched_allocations();

    // Stops counting.
    allocations seen() noexcept;
};

} // namespace tested

#endif // PICOKERNELS_TESTS_ALLOCATIONS_HPP
