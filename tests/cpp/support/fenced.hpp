// SPDX-License-Identifier: BSD-3-Clause
//
// Arrays beside memory that must not be read.
#ifndef PICOKERNELS_TESTS_FENCED_HPP
#define PICOKERNELS_TESTS_FENCED_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace tested {

// The first element at or after `pointer` that begins a line of 64 bytes.
template <class T> T* to_boundary(T* pointer) {
    constexpr std::size_t line = 64 / sizeof(T);
    return pointer + (line - reinterpret_cast<std::uintptr_t>(pointer) / sizeof(T) % line) % line;
}

enum class fence_at { begin, end };

// Numbers that begin or end at a page whose access ends the process.
template <class T> class fenced_array {
  public:
    fenced_array(std::span<const T> values, fence_at side)
        : side_(side), page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
          bytes_((values.size_bytes() + page_ - 1) / page_ * page_ + 2 * page_),
          pages_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
        if (pages_ == MAP_FAILED) {
            throw std::runtime_error("mmap failed");
        }
        std::ranges::copy(values, data(values.size()));
        mprotect(pages_, page_, PROT_NONE);
        mprotect(static_cast<std::byte*>(pages_) + bytes_ - page_, page_, PROT_NONE);
    }
    ~fenced_array() { munmap(pages_, bytes_); }
    fenced_array(const fenced_array&) = delete;
    fenced_array& operator=(const fenced_array&) = delete;

    // n of the numbers, at the fence.
    T* data(std::size_t n) const {
        auto* const bytes = static_cast<std::byte*>(pages_);
        auto* const place = side_ == fence_at::begin ? bytes + page_ : bytes + bytes_ - page_ - n * sizeof(T);
        return reinterpret_cast<T*>(place);
    }

  private:
    fence_at side_;
    std::size_t page_;
    std::size_t bytes_;
    void* pages_;
};

} // namespace tested

#endif // PICOKERNELS_TESTS_FENCED_HPP
