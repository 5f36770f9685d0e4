// SPDX-License-Identifier: BSD-3-Clause
//
// What the hardware can do: loops over aligned memory with nothing in them but the traffic (and the one addition of a
// triad), one table per ISA, compiled with its flags. They are the plainest loops that keep every port busy, not
// kernels: n is rounded down to whole steps.
#ifndef PICOKERNELS_BENCH_LIMITS_HPP
#define PICOKERNELS_BENCH_LIMITS_HPP

#include <cstddef>

namespace picokernels::bench {

// Pointers aligned to 64 bytes, n doubles each. What a kind does not need, it does not touch.
using traffic = void (*)(const double* a, const double* b, double* out, std::size_t n) noexcept;

struct traffic_kind {
    const char* name;
    std::size_t arrays; // read or written
    traffic run;
};

struct limit_table {
    const char* isa;
    std::size_t vector_bytes;
    traffic_kind kinds[7]; // read, write, copy, triad; write, copy and triad with non-temporal stores
    void (*divide_f64)(std::size_t n) noexcept; // n divisions between registers, independent of each other
    void (*divide_f32)(std::size_t n) noexcept;

    const traffic_kind& kind(const char* name) const noexcept;
};

// By the ISA's name; null if the benchmark was built without it.
const limit_table* limits_of(const char* isa) noexcept;

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_LIMITS_HPP
