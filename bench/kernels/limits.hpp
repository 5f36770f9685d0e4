// SPDX-License-Identifier: BSD-3-Clause
//
// What the hardware can do. The loops do nothing but the traffic over aligned memory (and the one addition of a
// triad), or nothing but arithmetic. There is one table per ISA, compiled with its flags. They are the plainest loops
// that keep every port busy, not kernels: n is rounded down to whole steps.
#ifndef PICOKERNELS_BENCH_LIMITS_HPP
#define PICOKERNELS_BENCH_LIMITS_HPP

#include <cstddef>
#include <string_view>

namespace picokernels::bench {

// Pointers aligned to 64 bytes, n doubles each. A kind does not touch what it does not need.
using traffic = void (*)(const double* a, const double* b, double* out, std::size_t n) noexcept;

struct traffic_kind {
    const char* name;
    std::size_t arrays; // read or written
    traffic run;
};

// n operations between registers, independent of each other. For those that keep one execution unit busy for long.
struct arithmetic_kind {
    const char* operation; // by the kernels' name
    const char* type;
    void (*run)(std::size_t n) noexcept;
};

struct limit_table {
    const char* isa;
    std::size_t vector_bytes;
    traffic_kind kinds[7]; // read, write, copy, triad; write, copy and triad with non-temporal stores
    arithmetic_kind arithmetic[4];

    const traffic_kind& kind(std::string_view name) const noexcept;
};

// By the ISA's name; null if the benchmark was built without it.
const limit_table* limits_of(std::string_view isa) noexcept;

struct cache_sizes {
    std::size_t bytes[4] = {}; // by level, from 1; 0 where there is none
    std::size_t last() const noexcept;
};
const cache_sizes& caches();

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_LIMITS_HPP
