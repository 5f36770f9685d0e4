// SPDX-License-Identifier: BSD-3-Clause
// Memory for the numbers of long arrays, aligned to the cache line.
//
// Fresh pages come from the system one by one and cleared, which takes several times as long as writing a result into
// them. So blocks of 2 MiB and more are mapped in huge pages, and a large block (32 KiB and more, the length from
// which malloc may be seen giving memory back and asking for it again) is kept when it is freed, for the next result
// of its size. All that are kept together take no more than the large blocks in use, or no more than 32 MiB,
// whichever is more; what is beyond that goes back at once, the oldest first. So the memory of a program at most
// doubles, and when its last large array dies 32 MiB stay at most. Of smaller blocks up to 1 MiB is kept besides:
// asking malloc for aligned memory takes longer than adding a thousand numbers into it (120 ns an addition, now 48).
#ifndef PICONUMPY_BLOCKS_HPP
#define PICONUMPY_BLOCKS_HPP

#include <cstddef>

namespace [[gnu::visibility("hidden")]] piconumpy {

// Not initialised; null when there is no room. Like everything here it is called with the GIL held.
double* new_block(std::size_t bytes);
void free_block(double* block, std::size_t bytes); // as many as it was made with

// Gives what is kept back to the system, and returns how many bytes that were.
std::size_t release_kept_blocks();

} // namespace piconumpy

#endif // PICONUMPY_BLOCKS_HPP
