// SPDX-License-Identifier: BSD-3-Clause
#include "allocations.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace {

constinit bool is_watching = false;
constinit tested::refusal refused;
constinit tested::allocations counted;

// Counts a request. False if it is to be refused.
bool admit() noexcept {
    if (!is_watching) {
        return true;
    }
    const std::size_t number = ++counted.requests;
    const bool is_refused =
        refused.first != 0 && (number == refused.first || (refused.has_more && number > refused.first));
    counted.has_refused = counted.has_refused || is_refused;
    return !is_refused;
}

void* count_block(void* block) noexcept {
    counted.blocks += is_watching && block != nullptr ? 1 : 0;
    return block;
}

void count_free(const void* block) noexcept { counted.blocks -= is_watching && block != nullptr ? 1 : 0; }

void count_pages(std::ptrdiff_t bytes) noexcept { counted.page_bytes += is_watching ? bytes : 0; }

} // namespace

namespace tested {

watched_allocations::watched_allocations(refusal which) noexcept {
    refused = which;
    counted = {};
    is_watching = true;
}

watched_allocations::~watched_allocations() { is_watching = false; }

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): only one that watches has seen something
allocations watched_allocations::seen() noexcept {
    is_watching = false;
    return counted;
}

} // namespace tested

// The names that --wrap makes.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
extern "C" {
void* __real_malloc(std::size_t bytes);
void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
void __real_free(void* block);
void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset);
int __real_munmap(void* pages, std::size_t bytes);
int __real_mprotect(void* pages, std::size_t bytes, int protection);

void* __wrap_malloc(std::size_t bytes) { return admit() ? count_block(__real_malloc(bytes)) : nullptr; }

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
    return admit() ? count_block(__real_aligned_alloc(alignment, bytes)) : nullptr;
}

void __wrap_free(void* block) {
    count_free(block);
    __real_free(block);
}

void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
    if (!admit()) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void* const pages = __real_mmap(at, bytes, protection, flags, file, offset);
    count_pages(pages == MAP_FAILED ? 0 : static_cast<std::ptrdiff_t>(bytes));
    return pages;
}

int __wrap_munmap(void* pages, std::size_t bytes) {
    const int result = __real_munmap(pages, bytes);
    count_pages(result == 0 ? -static_cast<std::ptrdiff_t>(bytes) : 0);
    return result;
}

int __wrap_mprotect(void* pages, std::size_t bytes, int protection) {
    if (!admit()) {
        errno = ENOMEM;
        return -1;
    }
    return __real_mprotect(pages, bytes, protection);
}
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

// NOLINTBEGIN(cppcoreguidelines-no-malloc,misc-new-delete-overloads)
void* operator new(std::size_t bytes) {
    void* const block = __wrap_malloc(std::max<std::size_t>(bytes, 1));
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

// The C++ library makes this of the one above, but sanitizers have their own.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return __wrap_malloc(std::max<std::size_t>(bytes, 1));
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto multiple = static_cast<std::size_t>(alignment);
    void* const block =
        __wrap_aligned_alloc(multiple, std::max<std::size_t>((bytes + multiple - 1) / multiple, 1) * multiple);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

void operator delete(void* block) noexcept { __wrap_free(block); }
void operator delete(void* block, std::size_t) noexcept { __wrap_free(block); }
void operator delete(void* block, std::align_val_t) noexcept { __wrap_free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { __wrap_free(block); }
// NOLINTEND(cppcoreguidelines-no-malloc,misc-new-delete-overloads)
