// SPDX-License-Identifier: BSD-3-Clause
//
// Races of threads, in processes that have not used the library before. A process has only one first use, so each
// race is a death test of the style "threadsafe", which starts this executable again. An emulator can't do that.
// There, the style "fast" forks this process, which has not used the library itself.
#ifndef PICOKERNELS_TESTS_THREADS_HPP
#define PICOKERNELS_TESTS_THREADS_HPP

#include "amount.hpp"
#include "emulator.hpp"
#include "isas.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <latch>
#include <span>
#include <thread>
#include <vector>

namespace tested {

using task = std::function<bool()>; // true if its results are right

// Runs each task in a thread of its own, all from the same moment on.
inline bool all_are_right(const std::vector<task>& tasks, int calls_per_thread) {
    std::latch start(std::ssize(tasks));
    std::atomic<bool> right{true};
    std::vector<std::thread> threads;
    threads.reserve(tasks.size());
    for (const task& run : tasks) {
        threads.emplace_back([&start, &right, &run, calls_per_thread] {
            start.arrive_and_wait();
            for (int i = 0; i < calls_per_thread; ++i) {
                if (!run()) {
                    right = false;
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    return right;
}

// Allocates nothing.
template <class Check> bool holds_for_each_isa(Check check) {
    std::array<const char*, 32> names{};
    const std::size_t available = pk_available_isas(names.data(), names.size());
    return available <= names.size() && std::ranges::all_of(std::span(names).first(available), check);
}

inline bool switch_through_all_isas() {
    return holds_for_each_isa([](const char* name) { return pk_set_isa(name) == PK_OK; });
}

inline void expect_in_fresh_processes(bool (*check)(), int rounds) {
    GTEST_FLAG_SET(death_test_style, emulator().empty() ? "threadsafe" : "fast");
    for (int i = 0; i < amount(rounds); ++i) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): check() has joined its threads
        EXPECT_EXIT(std::exit(check() ? EXIT_SUCCESS : EXIT_FAILURE), testing::ExitedWithCode(EXIT_SUCCESS), "");
    }
}

} // namespace tested

#endif // PICOKERNELS_TESTS_THREADS_HPP
