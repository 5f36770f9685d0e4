// SPDX-License-Identifier: BSD-3-Clause
//
// Interleaved timing by Google Benchmark: everybody who takes part in a case is run in turn, in random order,
// repetition by repetition, so that a disturbance hits all alike.
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

// How long a call takes, by doubling their number until that fills a while.
template <class Call> double roughly_timed(const Call& call, double while_s) {
    using clock = std::chrono::steady_clock;
    for (std::int64_t count = 1;; count *= 2) {
        const auto start = clock::now();
        for (std::int64_t i = 0; i < count; ++i) {
            call();
            benchmark::ClobberMemory();
        }
        const std::chrono::duration<double> elapsed = clock::now() - start;
        if (elapsed.count() >= while_s) {
            return elapsed.count() / static_cast<double>(count);
        }
    }
}

// prepare(layout) returns what is to be timed, a call without arguments. Warm: the data should be where an earlier
// call leaves it, which takes one that is not timed.
template <class Prepare> contestant make_contestant(std::string name, bool warm, Prepare prepare) {
    return {std::move(name),
            [prepare] {
                // The shortest of three: whoever is interrupted meanwhile would be given so few calls that the time
                // is that of reading the clock.
                constexpr double estimate_s = 15e-6;
                const auto call = prepare(0);
                const double first = roughly_timed(call, estimate_s);
                if (first > 1e-3) {
                    return first; // one call fills any slice
                }
                return std::min({first, roughly_timed(call, estimate_s), roughly_timed(call, estimate_s)});
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

struct timed {
    std::string name;
    std::vector<double> ns; // of a call, one figure a repetition
};

std::vector<timed> interleave(const std::vector<contestant>& contestants, const effort& effort);

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_TIMING_HPP
