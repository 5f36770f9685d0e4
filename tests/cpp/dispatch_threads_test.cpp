// SPDX-License-Identifier: BSD-3-Clause
//
// Threads race to the first use of the library while others switch the ISA. The preset tsan runs these tests under
// ThreadSanitizer.
#include "picokernels/picokernels.h"
#include "support/isas.hpp"
#include "support/operations.hpp"
#include "support/reductions.hpp"
#include "support/threads.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <vector>

namespace {

constexpr int processes = 20;
constexpr size_t count = 100; // long enough to reach the active ISA's function

using tested::all_are_right;
using tested::holds_for_each_isa;
using tested::switch_through_all_isas;
using tested::task;

template <class T> task computing(const tested::kernel<T>& kernel) {
    return [&kernel, expected = kernel.expected(6, 3), a = std::vector<T>(count, 6), b = std::vector<T>(count, 3),
            out = std::vector<T>(count)]() mutable {
        std::ranges::fill(out, T(0));
        tested::call(kernel.c_function, a.data(), b.data(), out.data(), count);
        return std::ranges::all_of(out, [&](T value) { return kernel.accepts(value, expected); });
    };
}

template <class T> task reducing(const tested::reduction<T>& reduction) {
    const std::vector<T> ones(count, 1);
    return [function = reduction.c_function, expected = reduction.expected(ones, ones), ones] {
        return tested::call(function, ones.data(), ones.data(), count) == expected;
    };
}

std::vector<task> all_kernels() {
    std::vector<task> tasks;
    std::ranges::transform(tested::kernels<double>(), std::back_inserter(tasks), computing<double>);
    std::ranges::transform(tested::kernels<float>(), std::back_inserter(tasks), computing<float>);
    std::ranges::transform(tested::reductions<double>(), std::back_inserter(tasks), reducing<double>);
    std::ranges::transform(tested::reductions<float>(), std::back_inserter(tasks), reducing<float>);
    return tasks;
}

// Where no other thread sets the ISA.
bool each_isa_stays_set() {
    return holds_for_each_isa(
        [](const char* name) { return pk_set_isa(name) == PK_OK && pk_isa() == std::string_view(name); });
}

bool name_the_active_isa() {
    pk_isa_request(nullptr);
    return std::ranges::count(tested::available_isas(), pk_isa()) == 1;
}

void expect_in_fresh_processes(bool (*check)(), int rounds = processes) {
    tested::expect_in_fresh_processes(check, rounds);
}

TEST(DispatchInThreads, computes_right_from_the_first_use_on_while_the_isa_is_switched) {
    expect_in_fresh_processes([] {
        std::vector<task> tasks = all_kernels();
        tasks.insert(tasks.end(), {switch_through_all_isas, switch_through_all_isas, name_the_active_isa});
        return all_are_right(tasks, 100);
    });
}

TEST(DispatchInThreads, chooses_one_isa_for_all_threads) {
    expect_in_fresh_processes([] {
        std::vector<task> tasks = all_kernels();
        std::vector<const char*> chosen(4);
        for (const char*& isa : chosen) {
            tasks.emplace_back([&isa] {
                isa = pk_isa();
                return true;
            });
        }
        return all_are_right(tasks, 1) && std::ranges::count(chosen, pk_isa()) == std::ssize(chosen);
    });
}

// In a child process, which has no other thread: true if its calls return, with right results and the ISA that it
// set. The child allocates nothing. AddressSanitizer's allocator, unlike the C library's, may stay locked there.
task serving_a_child() {
    return [tasks = all_kernels()] {
        const pid_t child = fork();
        if (child == 0) {
            alarm(60); // ends a child that hangs
            const bool right =
                each_isa_stays_set() && std::ranges::all_of(tasks, [](const task& run) { return run(); });
            _exit(right ? EXIT_SUCCESS : EXIT_FAILURE);
        }
        int status = EXIT_FAILURE;
        return child > 0 && waitpid(child, &status, 0) == child && status == EXIT_SUCCESS;
    };
}

TEST(DispatchInThreads, serves_children_that_are_forked_while_the_isa_is_switched) {
    expect_in_fresh_processes(
        [] { return all_are_right({switch_through_all_isas, switch_through_all_isas, serving_a_child()}, 20); });
}

TEST(DispatchInThreads, serves_children_that_are_forked_during_the_first_use) {
    expect_in_fresh_processes(
        [] { return all_are_right({name_the_active_isa, serving_a_child(), serving_a_child()}, 1); }, 100);
}

TEST(DispatchInThreads, keeps_the_isa_that_one_thread_sets_during_the_first_use_of_others) {
    expect_in_fresh_processes([] {
        std::vector<task> tasks = all_kernels();
        tasks.emplace_back([] { return pk_set_isa(tested::available_isas().back().c_str()) == PK_OK; });
        return all_are_right(tasks, 1) && pk_isa() == tested::available_isas().back();
    });
}

} // namespace
