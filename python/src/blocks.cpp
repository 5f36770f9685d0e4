// SPDX-License-Identifier: BSD-3-Clause
#include "blocks.hpp"

#include "python.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace piconumpy {

namespace {

constexpr std::size_t kibi = 1024;
constexpr std::size_t mebi = 1024 * kibi;
constexpr std::align_val_t cache_line{64};

// ---- fresh blocks -------------------------------------------------------------------------------------------------

void* allocate(std::size_t bytes) { return ::operator new(bytes, cache_line, std::nothrow); }
void deallocate(void* memory) { ::operator delete(memory, cache_line); }

#ifdef __linux__

constexpr std::size_t huge_page = 2 * mebi;

void unmap(void* memory, std::size_t bytes) {
    if (bytes > 0) {
        munmap(memory, bytes);
    }
}

// A huge page begins at a multiple of its size. So this maps one page more than asked for, and cuts off both ends.
void* map_in_huge_pages(std::size_t bytes) {
    void* mapped = mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return nullptr;
    }
    char* memory = static_cast<char*>(mapped);
    const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % huge_page;
    unmap(memory, before);
    memory += before;
    unmap(memory + bytes, huge_page - before);
    madvise(memory, bytes, MADV_HUGEPAGE); // a system without huge pages uses small ones
    return memory;
}

void* acquire(std::size_t bytes) { return bytes >= huge_page ? map_in_huge_pages(bytes) : allocate(bytes); }

void give_back(void* memory, std::size_t bytes) {
    if (bytes >= huge_page) {
        unmap(memory, bytes);
    } else {
        deallocate(memory);
    }
}

#else

void* acquire(std::size_t bytes) { return allocate(bytes); }
void give_back(void* memory, std::size_t) { deallocate(memory); }

#endif

// ---- blocks that are kept -----------------------------------------------------------------------------------------

// A few free blocks of this size at the end of the heap make malloc give them back to the system.
constexpr std::size_t large_from = 32 * kibi;

// Blocks come in eight sizes from one power of two to the next, so that a block fits arrays of nearly the same
// length. Rounding up wastes at most an eighth, and only of addresses: a page that is never written takes no memory.
std::size_t block_size(std::size_t bytes) {
    const std::size_t step = std::bit_floor(bytes) / 8;
    return (bytes + step - 1) & ~(step - 1);
}

constexpr std::size_t kept_anyway = 32 * mebi;

#ifdef Py_GIL_DISABLED
constexpr bool keeps_blocks = false; // without the GIL, nothing protects them
#else
constexpr bool keeps_blocks = true;
#endif

struct Kept {
    void* memory;
    std::size_t size;
};

// The oldest come first. A scan of all takes less time than writing the smallest of these blocks.
struct KeptBlocks {
    std::array<Kept, 64> blocks;
    std::size_t count = 0;
    std::size_t bytes = 0;
    std::size_t bytes_in_use = 0; // of the blocks of live arrays

    Kept remove(std::size_t i) {
        const Kept removed = blocks[i];
        std::copy(blocks.begin() + i + 1, blocks.begin() + count, blocks.begin() + i);
        --count;
        bytes -= removed.size;
        return removed;
    }

    // The latest of that size, because the caches may still hold some of it; null if there is none.
    void* take(std::size_t size) {
        for (std::size_t i = count; i-- > 0;) {
            if (blocks[i].size == size) {
                return remove(i).memory;
            }
        }
        return nullptr;
    }

    void give_back_oldest() {
        const Kept oldest = remove(0);
        give_back(oldest.memory, oldest.size);
    }

    void give_back_beyond(std::size_t limit) {
        while (bytes > limit) {
            give_back_oldest();
        }
    }

    void put(void* memory, std::size_t size) {
        if (count == blocks.size()) {
            give_back_oldest();
        }
        blocks[count++] = {memory, size};
        bytes += size;
    }
};

// Small blocks are kept apart, so that many short-lived ones do not replace large ones.
constinit KeptBlocks kept_large{};
constinit KeptBlocks kept_small{};

KeptBlocks& kept_of(std::size_t size) { return size >= large_from ? kept_large : kept_small; }

// The bytes that may be kept of blocks like one of this size.
std::size_t limit_for(std::size_t size) {
    constexpr std::size_t small_limit = mebi;
    return size >= large_from ? std::max(kept_large.bytes_in_use, kept_anyway) : small_limit;
}

} // namespace

double* new_block(std::size_t bytes) {
    const std::size_t size = block_size(bytes);
    void* block = keeps_blocks ? kept_of(size).take(size) : nullptr;
    if (block == nullptr) {
        block = acquire(size);
    }
    if (block == nullptr && release_kept_blocks() > 0) {
        block = acquire(size);
    }
    if (block != nullptr && keeps_blocks) {
        kept_of(size).bytes_in_use += size;
    }
    return static_cast<double*>(block);
}

void free_block(double* block, std::size_t bytes) {
    const std::size_t size = block_size(bytes);
    if (!keeps_blocks) {
        give_back(block, size);
        return;
    }
    KeptBlocks& kept = kept_of(size);
    kept.bytes_in_use -= size;
    const std::size_t limit = limit_for(size);
    if (size <= limit) {
        kept.put(block, size);
    } else {
        give_back(block, size);
    }
    kept.give_back_beyond(limit);
}

std::size_t release_kept_blocks() {
    const std::size_t released = kept_large.bytes + kept_small.bytes;
    kept_large.give_back_beyond(0);
    kept_small.give_back_beyond(0);
    return released;
}

} // namespace piconumpy
