// SPDX-License-Identifier: BSD-3-Clause
//
// Threads share programs and plans, make programs, and integrate, while others switch the ISA and machine code. The
// preset tsan runs these tests under ThreadSanitizer.
#include "picokernels/integrate.h"
#include "picokernels/program.h"
#include "support/isas.hpp"
#include "support/programs.hpp"
#include "support/threads.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
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

// ---- all at once

// Makes a program and uses it in every way.
bool make_and_run() {
    static const tested::list list = formula();
    static const double expected = tested::compute(list, std::array{0.7}).outputs[0];
    pk_program* made = nullptr;
    if (pk_program_create(list.data(), list.size(), 0, &made, nullptr) != PK_OK) {
        return false;
    }
    const tested::program program(made);
    const std::array<double, 20> x{0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7,
                                   0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7};
    std::array<double, 20> y{};
    const pk_input input{x.data(), 1};
    double* const outputs[] = {y.data()};
    double of_point = 0;
    double iterated = 0;
    bool is_right = pk_program_run(made, &input, outputs, x.size(), nullptr) == PK_OK &&
                    pk_program_run_point(made, x.data(), &of_point, nullptr) == PK_OK &&
                    pk_program_iterate_point(made, x.data(), &iterated, 1, 0, nullptr, nullptr) == PK_OK;
    is_right = is_right && of_point == expected && iterated == expected;
    std::size_t count = 0;
    pk_program_list(made, &count);
    return is_right && count == list.size() && !tested::dump(*made).empty() &&
           std::ranges::count(y, expected) == std::ssize(y);
}

bool refuse_a_list() {
    const pk_instruction wrong{PK_OP_SQRT, 0, 7, 0, 0, 0};
    pk_program* made = nullptr;
    pk_program_error error;
    return pk_program_create(&wrong, 1, 0, &made, &error) == PK_ERROR_INVALID_PROGRAM && error.instruction == 0;
}

bool switch_machine_code() {
    pk_set_jit(0);
    static_cast<void>(pk_jit());
    pk_set_jit(1);
    return true;
}

int decay(double /*t*/, const double* y, double* out, void* /*data*/) {
    out[0] = -y[0];
    return 0;
}

// y' = -y with the inputs t, y, and the output y'.
tested::list decay_list() {
    return {{PK_OP_INPUT, 0, 0, 0, 0, 0},
            {PK_OP_INPUT, 0, 0, 0, 0, 0},
            {PK_OP_NEG, 0, 1, 0, 0, 0},
            {PK_OP_OUTPUT, 0, 2, 0, 0, 0}};
}

struct decay_problem : pk_ode_problem {
    explicit decay_problem(pk_ode_method with) : pk_ode_problem{} {
        method = with;
        n = 1;
        f.function = decay;
        t_end = 1;
        y0 = &one;
        rtol = atol = &tolerance;
        rtol_count = atol_count = 1;
        only_end = 1;
    }
    double one = 1;
    double tolerance = 1e-6;
};

bool is_solved(pk_ode_solution* found) {
    const std::unique_ptr<pk_ode_solution, decltype(&pk_ode_destroy)> owner(found, pk_ode_destroy);
    return found != nullptr && std::fabs(pk_ode_states(found)[0] - std::exp(-1)) < 1e-4;
}

bool solve(const pk_ode_problem& of) {
    pk_ode_solution* found = nullptr;
    pk_ode_solve(&of, &found, nullptr);
    return is_solved(found);
}

bool solve_in_lanes(const pk_ode_problem& of) {
    const std::array<double, 12> starts{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    std::array<pk_ode_solution*, 12> found{};
    pk_ode_solve_ensemble(&of, starts.size(), starts.data(), nullptr, found.data(), nullptr, nullptr, nullptr);
    return std::ranges::count_if(found, is_solved) == std::ssize(found);
}

constexpr pk_ode_method methods[] = {PK_ODE_RK23, PK_ODE_RK45, PK_ODE_DOP853, PK_ODE_RODAS5P};

bool make_and_solve() {
    const tested::list list = decay_list();
    pk_program* made = nullptr;
    if (pk_program_create(list.data(), list.size(), 0, &made, nullptr) != PK_OK) {
        return false;
    }
    const tested::program program(made);
    return std::ranges::all_of(methods, [made](pk_ode_method method) {
        const decay_problem by_function(method);
        decay_problem by_program(method);
        by_program.f = {made, nullptr, nullptr, nullptr};
        return solve(by_function) && solve(by_program) && solve_in_lanes(by_program);
    });
}

TEST(ProgramThreads, do_all_of_it_from_the_first_use_on) {
    tested::expect_in_fresh_processes(
        [] {
            return tested::all_are_right({make_and_run, make_and_run, make_and_solve, make_and_solve, refuse_a_list,
                                          tested::switch_through_all_isas, switch_machine_code},
                                         10);
        },
        10);
}

TEST(ProgramThreads, share_plans_from_their_first_use_on) {
    const tested::program program = tested::create(decay_list());
    for (int round = 0; round < tested::amount(10); ++round) {
        for (const pk_ode_method method : methods) {
            pk_ode_plan* made = nullptr;
            ASSERT_EQ(pk_ode_plan_create(program.get(), method, &made), PK_OK);
            const std::unique_ptr<pk_ode_plan, decltype(&pk_ode_plan_destroy)> plan(made, pk_ode_plan_destroy);
            decay_problem of(method);
            of.f = {program.get(), nullptr, nullptr, nullptr};
            of.plan = made;
            decay_problem dense = of;
            dense.is_dense = 1;
            dense.y0 = &dense.one;
            const std::vector<tested::task> tasks{[&] { return solve(of); },
                                                  [&] { return solve(dense); },
                                                  [&] { return solve(of); },
                                                  [&] { return solve_in_lanes(of); },
                                                  [&] { return solve_in_lanes(of); },
                                                  tested::switch_through_all_isas,
                                                  switch_machine_code};
            EXPECT_TRUE(tested::all_are_right(tasks, 3));
        }
    }
    pk_set_jit(1);
}

} // namespace
