// SPDX-License-Identifier: BSD-3-Clause
// Memory for the numbers of long arrays, aligned to the cache line.
//
// The system hands out fresh pages one by one and cleared, which takes several times as long as writing a result into
// them. So blocks of 2 MiB and more are mapped in huge pages. A large block, of 32 KiB or more, is kept when it is
// freed, for the next result of its size. (From that size on, malloc may give memory back to the system and ask for
// it again.) The large blocks that are kept take at most as much as those in use, or 32 MiB if that is more. Beyond
// that the oldest go back at once. So the memory of a program at most doubles, and at most 32 MiB stay when its last
// large array dies. Of smaller blocks, up to 1 MiB is kept: to ask malloc for aligned memory takes longer than to add
// a thousand numbers into it (an addition took 120 ns without, and takes 48 with).
#ifndef PICONUMPY_BLOCKS_HPP
#define PICONUMPY_BLOCKS_HPP

#include <cstddef>

namespace [[gnu::visibility("hidden")]] piconumpy {

// A block that is not initialised; null if there is no room. All functions here need the GIL.
double* new_block(std::size_t bytes);
void free_block(double* block, std::size_t bytes); // the bytes that it was made with

// Gives the blocks that are kept back to the system, and returns their size in bytes.
std::size_t release_kept_blocks();

} // namespace piconumpy

#endif // PICONUMPY_BLOCKS_HPP
