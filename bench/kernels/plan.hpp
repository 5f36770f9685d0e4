// SPDX-License-Identifier: BSD-3-Clause
//
// What is measured, and how long.
#ifndef PICOKERNELS_BENCH_PLAN_HPP
#define PICOKERNELS_BENCH_PLAN_HPP

#include "operands.hpp"
#include "timing.hpp"

#include <cstddef>
#include <span>

namespace picokernels::bench {

struct plan {
    const char* name;
    std::span<const std::size_t> lengths;       // of the grid
    std::span<const std::size_t> chain_lengths; // closer around the size of the caches
    std::span<const alignment> alignments;
    bool tails_of_every_operation; // else those of the first one
    effort short_calls;            // up to 1e5 elements
    effort long_calls;             // from 1e6
    effort long_aligned;           // the same, where all is aligned: what the goals for memory are about

    std::size_t longest() const { return lengths.back(); }
    effort effort_for(std::size_t n, bool is_aligned) const {
        const effort& for_long = is_aligned ? long_aligned : long_calls;
        return n < 1000000 ? short_calls : for_long;
    }
};

inline constexpr std::size_t full_lengths[] = {1,   2,   3,    4,    7,     8,      16,      31,       64,
                                               100, 256, 1000, 4096, 10000, 100000, 1000000, 10000000, 30000000};
inline constexpr std::size_t quick_lengths[] = {4, 31, 1000, 100000, 10000000};
inline constexpr std::size_t full_chain_lengths[] = {1000,    10000,   100000,  400000,  700000,   1000000,
                                                     1400000, 2000000, 3000000, 5000000, 10000000, 30000000};
inline constexpr std::size_t quick_chain_lengths[] = {1000, 1000000, 2000000, 10000000};

inline constexpr plan plans[] = {
    {"full", full_lengths, full_chain_lengths, alignments, true, {13, 0.5e-3}, {3, 1e-3}, {13, 1e-3}},
    {"quick", quick_lengths, quick_chain_lengths, std::span(alignments, 1), false, {5, 0.3e-3}, {3, 1e-3}, {3, 1e-3}},
};

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_PLAN_HPP
