// SPDX-License-Identifier: BSD-3-Clause
//
// Threads share a program, and make programs, while others switch the ISA. The preset tsan runs these tests under
// ThreadSanitizer.
#include "picokernels/program.h"
#include "support/isas.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace {

// sin(x) * cos(x) + x ** 2
tested::list formula() {
    const auto make = [](pk_opcode op, std::int32_t a, std::int32_t b) { return pk_instruction{op, 0, a, b, 0, 2}; };
    return {make(PK_OP_INPUT, 0, 0), make(PK_OP_CONSTANT, 0, 0), make(PK_OP_SIN, 0, 0), make(PK_OP_COS, 0, 0),
            make(PK_OP_MUL, 2, 3),   make(PK_OP_POW, 0, 1),      make(PK_OP_ADD, 4, 5), make(PK_OP_OUTPUT, 6, 0)};
}

TEST(ProgramThreads, share_a_program_while_others_make_some_and_switch_the_isa) {
    const tested::list list = formula();
    const tested::program shared = tested::create(list);
    const std::vector<double> x(100, 0.7);
    const double expected = tested::compute(list, std::span(x).first(1)).outputs[0];
    std::atomic<int> wrong = 0;
    const auto run = [&](const pk_program* program) {
        std::vector<double> y(x.size());
        const pk_input inputs[] = {{x.data(), 1}};
        double* const outputs[] = {y.data()};
        pk_program_run(program, inputs, outputs, x.size(), nullptr);
        for (const double value : y) {
            wrong += value == expected ? 0 : 1;
        }
        double result = 0;
        pk_program_run_point(program, x.data(), &result, nullptr);
        wrong += result == expected ? 0 : 1;
    };

    constexpr int thread_count = 4;
    std::latch start(thread_count + 1);
    std::vector<std::thread> threads;
    threads.reserve(thread_count);
    for (int t = 0; t < thread_count; ++t) {
        threads.emplace_back([&, t] {
            start.arrive_and_wait();
            for (int i = 0; i < 300; ++i) {
                if (t % 2 == 0) {
                    run(shared.get());
                } else {
                    run(tested::create(list).get());
                }
            }
        });
    }
    start.arrive_and_wait();
    for (int i = 0; i < 300; ++i) {
        for (const std::string& isa : tested::available_isas()) {
            pk_set_isa(isa.c_str());
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

} // namespace
