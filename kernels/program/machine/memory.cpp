// SPDX-License-Identifier: BSD-3-Clause
#include "memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace picokernels::program::machine {

namespace {

std::size_t whole_pages(std::size_t bytes) noexcept {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

} // namespace

code_memory::code_memory(std::size_t bytes) noexcept : size_(whole_pages(bytes)) {
    void* pages = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages != MAP_FAILED) {
        data_ = static_cast<std::uint8_t*>(pages);
    }
}

code_memory::~code_memory() {
    if (data_ != nullptr) {
        munmap(data_, size_);
    }
}

bool code_memory::make_executable(std::size_t used) noexcept {
    const std::size_t kept = whole_pages(used);
    if (kept < size_ && munmap(data_ + kept, size_ - kept) == 0) {
        size_ = kept;
    }
    return mprotect(data_, size_, PROT_READ | PROT_EXEC) == 0;
}

} // namespace picokernels::program::machine
