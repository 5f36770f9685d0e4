// SPDX-License-Identifier: BSD-3-Clause
//
// Interleaved timing by Google Benchmark: all that take part in a case run in turn, in random order, repetition by
// repetition, so that a disturbance hits all alike.
#ifndef PICOKERNELS_BENCH_TIMING_HPP
#define PICOKERNELS_BENCH_TIMING_HPP

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace picokernels::bench {

struct effort {
    int repetitions;
    double slice_s; // of a repetition, at least; a single call may take longer
};

struct contestant {
    std::string name;
    std::function<double()> seconds_per_call; // roughly
    std::function<void(benchmark::State&, unsigned layout)> run;
};

// The time of a call, roughly: of as many calls as take a while.
template <class Call> double roughly_timed(const Call& call, double while_s) {
    using clock = std::chrono::steady_clock;
    for (std::int64_t calls = 1;; calls *= 2) {
        const auto start = clock::now();
        for (std::int64_t i = 0; i < calls; ++i) {
            call();
            benchmark::ClobberMemory();
        }
        const std::chrono::duration<double> elapsed = clock::now() - start;
        if (elapsed.count() >= while_s) {
            return elapsed.count() / static_cast<double>(calls);
        }
    }
}

// prepare(layout) returns what is to be timed, a call without arguments. Warm: the data should be where an earlier
// call leaves it, which takes one that is not timed.
template <class Prepare> contestant make_contestant(std::string name, bool warm, Prepare prepare) {
    return {std::move(name),
            [prepare] {
                // The shortest of three: an interrupted estimate gives so few calls that mostly the clock is timed.
                constexpr double while_s = 15e-6;
                const auto call = prepare(0);
                return std::min(
                    {roughly_timed(call, while_s), roughly_timed(call, while_s), roughly_timed(call, while_s)});
            },
            [prepare, warm](benchmark::State& state, unsigned layout) {
                const auto call = prepare(layout);
                if (warm) {
                    call();
                }
                for (const auto _ : state) {
                    call();
                    benchmark::ClobberMemory();
                }
            }};
}

// Nanoseconds of a call, for each contestant one figure a repetition. Each repetition has a layout of its own.
std::vector<std::vector<double>> interleave(const std::vector<contestant>& contestants, const effort& effort);

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_TIMING_HPP
