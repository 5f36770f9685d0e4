// SPDX-License-Identifier: BSD-3-Clause
//
// Interleaved timing: all that take part in a case run in turn, in random order, repetition by repetition, so that a
// disturbance hits all alike.
#ifndef PICOKERNELS_BENCH_TIMING_HPP
#define PICOKERNELS_BENCH_TIMING_HPP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
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
    // The seconds of so many calls, on arrays in that layout.
    std::function<double(std::int64_t calls, unsigned layout)> seconds_of;
};

template <class Call> double seconds_of(std::int64_t calls, const Call& call) {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    for (std::int64_t i = 0; i < calls; ++i) {
        call();
        std::atomic_signal_fence(std::memory_order_seq_cst); // the compiler must not merge calls
    }
    return std::chrono::duration<double>(clock::now() - start).count();
}

// prepare(layout) returns what is to be timed, a call without arguments. Warm: the data should be where an earlier
// call leaves it, which takes one that is not timed.
template <class Prepare> contestant make_contestant(std::string name, bool warm, Prepare prepare) {
    return {std::move(name), [prepare, warm](std::int64_t calls, unsigned layout) {
                const auto call = prepare(layout);
                if (warm) {
                    call();
                }
                return seconds_of(calls, call);
            }};
}

// How many calls fill a slice.
inline std::int64_t calls_for(const contestant& contestant, double slice_s) {
    constexpr double enough_s = 15e-6; // to estimate a call's time
    double call_s = std::numeric_limits<double>::infinity();
    // The shortest of three estimates: an interrupted one gives so few calls that mostly the clock is timed.
    for (int estimate = 0; estimate < 3; ++estimate) {
        double elapsed_s = 0;
        std::int64_t calls = 1;
        while ((elapsed_s = contestant.seconds_of(calls, 0)) < enough_s) {
            calls *= 2;
        }
        call_s = std::min(call_s, elapsed_s / static_cast<double>(calls));
    }
    return std::max(std::int64_t{1}, static_cast<std::int64_t>(std::ceil(slice_s / call_s)));
}

// Nanoseconds of a call, for each contestant one figure a repetition. Each repetition has a layout of its own.
inline std::vector<std::vector<double>> interleave(const std::vector<contestant>& contestants, const effort& effort) {
    std::vector<std::int64_t> calls;
    std::vector<std::size_t> order;
    for (const contestant& one : contestants) {
        order.push_back(order.size());
        calls.push_back(calls_for(one, effort.slice_s));
    }
    std::minstd_rand random; // NOLINT(bugprone-random-generator-seed, cert-msc32-c, cert-msc51-cpp)
    std::vector<std::vector<double>> ns(contestants.size());
    for (int repetition = 0; repetition < effort.repetitions; ++repetition) {
        std::ranges::shuffle(order, random);
        for (const std::size_t i : order) {
            const double seconds = contestants[i].seconds_of(calls[i], static_cast<unsigned>(repetition));
            ns[i].push_back(seconds * 1e9 / static_cast<double>(calls[i]));
        }
    }
    return ns;
}

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_TIMING_HPP
