// SPDX-License-Identifier: BSD-3-Clause
//
// Memory: each allocation of the library fails once, and what was counted before a million operations is counted
// after them.
#include "picokernels/integrate.h"
#include "picokernels/picokernels.h"
#include "picokernels/program.h"
#include "support/allocations.hpp"
#include "support/amount.hpp"
#include "support/bits.hpp"
#include "support/operations.hpp"
#include "support/programs.hpp"
#include "support/reductions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using tested::allocations;
using tested::watched_allocations;

// Debug builds and sanitizers take many times as long.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
constexpr int part = 1;
constexpr std::size_t most_refusals = 60;
#else
constexpr int part = 20;
constexpr std::size_t most_refusals = 15;
#endif

// Whether each request is refused, also where there are thousands: `make check-allocations`, which takes minutes.
bool refuses_all() {
    return std::getenv("PICOKERNELS_TEST_ALL_ALLOCATIONS") != nullptr; // NOLINT(concurrency-mt-unsafe)
}

// Refuses the first request for memory, then the second one, and so on, until `act` makes no more. Then the same with
// all requests from there on. Of very many requests, it refuses a part, which differs from case to case. `act`
// allocates only in the library, and frees all of it. It returns the status of its call, and what is wrong with the
// result, or null.
struct answer {
    pk_status status;
    const char* wrong;
};
template <class Act> void refuse_each_allocation(Act act, const std::string& what) {
    SCOPED_TRACE(what);
    static std::size_t cases = 0;
    ++cases;
    watched_allocations all;
    const answer usual = act();
    const std::size_t requests = all.seen().requests;
    ASSERT_EQ(usual.wrong, nullptr) << usual.wrong;
    const std::size_t stride = refuses_all() ? 1 : std::max<std::size_t>(requests / most_refusals, 1);
    std::size_t failed = 0;
    for (const bool has_more : {false, true}) {
        for (std::size_t number = 1 + cases % stride; number <= requests; number += stride) {
            watched_allocations watching({number, has_more});
            const answer found = act();
            const allocations seen = watching.seen();
            ASSERT_TRUE(seen.has_refused);
            ASSERT_EQ(found.wrong, nullptr) << found.wrong << ", request " << number;
            ASSERT_EQ(seen.blocks, 0) << "a leak after request " << number << " was refused";
            ASSERT_EQ(seen.page_bytes, 0) << "pages leak after request " << number << " was refused";
            ASSERT_TRUE(found.status == usual.status || found.status == PK_ERROR_OUT_OF_MEMORY)
                << pk_status_message(found.status) << ", request " << number;
            failed += found.status == PK_ERROR_OUT_OF_MEMORY ? 1 : 0;
        }
        const answer later = act();
        ASSERT_EQ(later.status, usual.status);
        ASSERT_EQ(later.wrong, nullptr) << later.wrong << ", after requests were refused";
    }
    EXPECT_EQ(failed > 0, requests > 0);
}

class AllocationFailures : public testing::Test {
  protected:
    void TearDown() override { pk_set_jit(had_jit_); }

  private:
    int had_jit_ = pk_jit();
};

// ---- programs

TEST_F(AllocationFailures, of_pk_program_create_leave_nothing_behind) {
    tested::random_engine random = tested::seeded(11);
    for (const int jit : {0, 1}) {
        pk_set_jit(jit);
        for (const unsigned options : {0U, unsigned{PK_PROGRAM_FAST}, unsigned{PK_PROGRAM_ONLY_LANES}}) {
            const tested::list list = tested::random_list(random, 3, 2, 60);
            std::vector<double> inputs(3);
            std::ranges::generate(inputs, [&] { return tested::random_number(random); });
            std::array<double, 2> expected{};
            pk_trouble expected_trouble;
            const tested::program made = tested::create(list, options);
            const pk_status expected_status =
                pk_program_run_point(made.get(), inputs.data(), expected.data(), &expected_trouble);
            refuse_each_allocation(
                [&]() -> answer {
                    pk_program* program = nullptr;
                    pk_program_error error;
                    const pk_status status = pk_program_create(list.data(), list.size(), options, &program, &error);
                    if (status != error.status || (status == PK_OK) != (program != nullptr)) {
                        return {status, "status and program"};
                    }
                    if (status != PK_OK) {
                        return {status, error.instruction == -1 &&
                                                error.message == std::string_view(pk_status_message(status))
                                            ? nullptr
                                            : "the error"};
                    }
                    std::array<double, 2> found{};
                    pk_trouble trouble;
                    const bool is_right =
                        pk_program_run_point(program, inputs.data(), found.data(), &trouble) == expected_status &&
                        std::ranges::equal(found, expected, same_bits<double>) &&
                        trouble.kind == expected_trouble.kind;
                    pk_program_destroy(program);
                    return {status, is_right ? nullptr : "the results"};
                },
                "options " + std::to_string(options) + ", jit " + std::to_string(jit));
        }
    }
}

// The interpreter runs what has no executable memory.
TEST_F(AllocationFailures, of_executable_memory_leave_the_interpreter) {
    pk_set_jit(1);
    if (pk_jit() == 0) {
        return; // this build has no machine code, and asks for no such memory
    }
    const tested::list list{{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_SQRT, 0, 0, 0, 0, 0}, {PK_OP_OUTPUT, 0, 1, 0, 0, 0}};
    int interpreted = 0;
    for (std::size_t number = 1;; ++number) {
        watched_allocations watching({number, false});
        pk_program* program = nullptr;
        const pk_status status = pk_program_create(list.data(), list.size(), 0, &program, nullptr);
        const bool has_refused = watching.seen().has_refused;
        const tested::program owner(program);
        if (!has_refused) {
            EXPECT_STREQ(pk_program_engine(program), "machine code");
            break;
        }
        if (status == PK_OK) {
            EXPECT_STREQ(pk_program_engine(program), "interpreter");
            ++interpreted;
            const double four = 4;
            double two = 0;
            EXPECT_EQ(pk_program_run_point(program, &four, &two, nullptr), PK_OK);
            EXPECT_EQ(two, 2);
        }
    }
    EXPECT_EQ(interpreted, 2); // mmap and mprotect
}

// ---- integrators

// x'' = -x with damping, and for the second member of an ensemble trouble: a root of its negative parameter.
tested::list damped() {
    return {{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_INPUT, 0, 0, 0, 0, 0},
            {PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_SQRT, 0, 3, 0, 0, 0},  {PK_OP_MUL, 0, 2, 4, 0, 0},
            {PK_OP_ADD, 0, 1, 5, 0, 0},   {PK_OP_NEG, 0, 6, 0, 0, 0},   {PK_OP_OUTPUT, 0, 2, 0, 0, 0},
            {PK_OP_OUTPUT, 0, 7, 0, 0, 0}};
}

int first_component(double /*t*/, const double* y, double* out, void* /*data*/) {
    out[0] = y[0];
    return 0;
}

int refuse(double /*t*/, const double* /*y*/, double* /*out*/, void* /*data*/) { return 1; }

constexpr pk_ode_method methods[] = {PK_ODE_RK23, PK_ODE_RK45, PK_ODE_DOP853, PK_ODE_RODAS5P};

struct problem : pk_ode_problem {
    explicit problem(const pk_program* program, pk_ode_method of) : pk_ode_problem{} {
        method = of;
        n = 2;
        f.program = program;
        f.parameters = &damping;
        t_end = 3;
        y0 = start.data();
        rtol = atol = &tolerance;
        rtol_count = atol_count = 1;
        event.g.function = first_component;
    }
    std::array<double, 2> start{1, 0};
    double tolerance = 1e-4;
    double damping = 0.01;
    std::array<double, 3> times{0.5, 1, 3};
    pk_ode_event event{};
};

struct variant {
    const char* name;
    std::function<void(problem&)> change;
};

std::vector<variant> variants() {
    return {
        {"plain", [](problem&) {}},
        {"dense, with events", [](problem& p) { p.is_dense = 1, p.events = &p.event, p.event_count = 1; }},
        {"t_eval", [](problem& p) { p.t_eval = p.times.data(), p.t_eval_count = 3, p.has_t_eval = 1; }},
        {"the end", [](problem& p) { p.only_end = 1; }},
        {"a function that fails", [](problem& p) { p.f.program = nullptr, p.f.function = refuse; }},
        {"trouble", [](problem& p) { p.damping = -1; }},
        {"a wrong problem", [](problem& p) { p.n = 7; }},
    };
}

bool are_equal(const pk_ode_solution* a, const pk_ode_solution* b) {
    const pk_ode_summary of_a = pk_ode_get_summary(a);
    const pk_ode_summary of_b = pk_ode_get_summary(b);
    const double* const states = pk_ode_states(a);
    return of_a.points == of_b.points && of_a.steps == of_b.steps && of_a.segments == of_b.segments &&
           std::equal(states, states + 2 * of_a.points, pk_ode_states(b), same_bits<double>);
}

TEST_F(AllocationFailures, of_single_runs_leave_nothing_behind) {
    const tested::program program = tested::create(damped());
    for (const pk_ode_method method : methods) {
        for (const variant& one : variants()) {
            for (const bool has_plan : {false, true}) {
                problem of(program.get(), method);
                one.change(of);
                pk_ode_solution* expected = nullptr;
                pk_ode_solve(&of, &expected, nullptr);
                const auto act = [&]() -> answer {
                    pk_ode_plan* plan = nullptr;
                    if (has_plan) {
                        const pk_status planned = pk_ode_plan_create(of.f.program, of.method, &plan);
                        if (planned == PK_ERROR_OUT_OF_MEMORY) {
                            return {planned, plan == nullptr ? nullptr : "the plan"};
                        }
                    }
                    problem own = of;
                    own.plan = plan;
                    pk_ode_solution* made = nullptr;
                    pk_ode_error error;
                    const pk_status status = pk_ode_solve(&own, &made, &error);
                    const char* wrong = (made != nullptr) == (status == PK_OK) ? nullptr : "the solution";
                    if (status != error.status || (status != PK_OK && error.message[0] == '\0')) {
                        wrong = "the error";
                    }
                    if (made != nullptr && !are_equal(made, expected)) {
                        wrong = "the states";
                    }
                    pk_ode_destroy(made);
                    pk_ode_plan_destroy(plan);
                    return {status, wrong};
                };
                refuse_each_allocation(act, std::string(one.name) + ", method " + std::to_string(method));
                pk_ode_destroy(expected);
            }
        }
    }
}

// Members that were solved stay, and those that failed for reasons of their own keep these.
TEST_F(AllocationFailures, of_ensembles_leave_nothing_behind) {
    constexpr std::size_t members = 10;
    const tested::program program = tested::create(damped());
    std::array<double, 2 * members> y0{};
    std::array<double, members> damping{};
    for (std::size_t i = 0; i < members; ++i) {
        y0[2 * i] = 1 + static_cast<double>(i);
        damping[i] = i % 4 == 1 ? -1 : 0.1 * static_cast<double>(i);
    }
    for (const pk_ode_method method : methods) {
        for (const variant& one : variants()) {
            problem of(program.get(), method);
            one.change(of);
            std::array<pk_ode_solution*, members> expected{};
            std::array<pk_ode_error, members> expected_errors{};
            pk_ode_solve_ensemble(&of, members, y0.data(), damping.data(), expected.data(), expected_errors.data(),
                                  nullptr, nullptr);
            for (const bool has_errors : {false, true}) {
                const auto act = [&]() -> answer {
                    std::array<pk_ode_solution*, members> found{};
                    std::array<pk_ode_error, members> errors{};
                    const pk_status status =
                        pk_ode_solve_ensemble(&of, members, y0.data(), damping.data(), found.data(),
                                              has_errors ? errors.data() : nullptr, nullptr, nullptr);
                    const char* wrong = nullptr;
                    for (std::size_t i = 0; i < members; ++i) {
                        if (found[i] != nullptr && !are_equal(found[i], expected[i])) {
                            wrong = "the states";
                        }
                        const bool is_known = errors[i].status == expected_errors[i].status ||
                                              errors[i].status == PK_ERROR_OUT_OF_MEMORY;
                        if (has_errors && (!is_known || (errors[i].status == PK_OK) != (found[i] != nullptr))) {
                            wrong = "an error";
                        }
                        pk_ode_destroy(found[i]);
                    }
                    return {status, wrong};
                };
                refuse_each_allocation(act, std::string(one.name) + ", method " + std::to_string(method));
            }
            std::ranges::for_each(expected, pk_ode_destroy);
        }
    }
}

TEST(Allocations, of_runs_do_not_grow_with_their_steps) {
    const tested::program program = tested::create(damped());
    for (const pk_ode_method method : methods) {
        problem of(program.get(), method);
        of.only_end = 1;
        of.event.g.function = [](double, const double*, double* out, void*) {
            out[0] = 1;
            return 0;
        };
        of.events = &of.event;
        of.event_count = 1;
        std::array<std::size_t, 2> requests{};
        std::array<std::size_t, 2> steps{};
        for (const std::size_t i : {0U, 1U}) {
            of.t_end = i == 0 ? 3 : 30;
            watched_allocations watching;
            pk_ode_solution* made = nullptr;
            pk_ode_solve(&of, &made, nullptr);
            requests[i] = watching.seen().requests;
            steps[i] = pk_ode_get_summary(made).steps;
            pk_ode_destroy(made);
        }
        EXPECT_GT(steps[1], 2 * steps[0]);
        EXPECT_EQ(requests[0], requests[1]) << "method " << method;
    }
}

// ---- growth

TEST(Allocations, kernels_make_none) {
    constexpr std::size_t n = 21;
    const std::vector<double> a(n, 0.7);
    const std::vector<float> af(n, 0.7F);
    std::vector<double> out(n);
    std::vector<float> outf(n);
    int calls = 0;
    watched_allocations watching;
    while (calls < 1'000'000 / part) {
        for (const auto& kernel : tested::kernels<double>()) {
            tested::call(kernel.c_function, a.data(), a.data(), out.data(), n);
            ++calls;
        }
        for (const auto& kernel : tested::kernels<float>()) {
            tested::call(kernel.c_function, af.data(), af.data(), outf.data(), n);
            ++calls;
        }
        for (const auto& reduction : tested::reductions<double>()) {
            tested::call(reduction.c_function, a.data(), a.data(), n);
            ++calls;
        }
        pk_set_isa(pk_isa());
        static_cast<void>(pk_set_isa("none"));
    }
    const allocations seen = watching.seen();
    EXPECT_EQ(seen.requests, 0U);
    EXPECT_EQ(seen.blocks, 0);
}

TEST(Allocations, runs_of_programs_make_none) {
    for (const int jit : {0, 1}) {
        pk_set_jit(jit);
        const tested::program program = tested::create(damped());
        constexpr std::size_t n = 9;
        std::array<double, n> numbers{0.5, 1, 2, 3, 4, 5, -6, 7, 8};
        std::array<double, n> first{};
        std::array<double, n> second{};
        const std::array<pk_input, 4> inputs{
            {{numbers.data(), 1}, {numbers.data(), 0}, {numbers.data(), 1}, {numbers.data(), 1}}};
        const std::array<double*, 2> outputs{first.data(), second.data()};
        std::array<char, 50> text{};
        pk_trouble trouble;
        watched_allocations watching;
        for (int i = 0; i < tested::amount(1'000'000 / part); ++i) {
            numbers[3] = i % 3 - 1; // some have trouble
            switch (i % 4) {
            case 0:
                pk_program_run_point(program.get(), numbers.data(), first.data(), &trouble);
                break;
            case 1:
                pk_program_run(program.get(), inputs.data(), outputs.data(), n, &trouble);
                break;
            case 2:
                pk_program_iterate_point(program.get(), numbers.data(), first.data(), 3, 0, nullptr, &trouble);
                break;
            default:
                pk_program_iterate(program.get(), inputs.data(), outputs.data(), n, 2, 0, nullptr, &trouble);
            }
        }
        pk_program_dump(program.get(), text.data(), text.size());
        EXPECT_EQ(watching.seen().requests, 0U);
    }
}

// Valid lists and refused ones.
TEST(Allocations, of_programs_end_with_them) {
    tested::random_engine random = tested::seeded(12);
    std::vector<tested::list> lists;
    for (int i = 0; i < 20; ++i) {
        lists.push_back(tested::random_list(random, 2, 2, i));
        lists.push_back(lists.back());
        lists.back()[lists.back().size() / 2].a = 100'000;
    }
    const std::array<double, 2> in{0.3, 2};
    std::array<double, 2> out{};
    for (const int jit : {0, 1}) {
        pk_set_jit(jit);
        int made = 0;
        watched_allocations watching;
        for (int i = 0; i < tested::amount(10'000 / part); ++i) {
            const tested::list& list = lists[static_cast<std::size_t>(i) % lists.size()];
            pk_program* program = nullptr;
            pk_program_create(list.data(), list.size(), static_cast<unsigned>(i) % 4, &program, nullptr);
            if (program != nullptr) {
                pk_program_run_point(program, in.data(), out.data(), nullptr);
                ++made;
            }
            pk_program_destroy(program);
        }
        const allocations seen = watching.seen();
        EXPECT_EQ(seen.blocks, 0);
        EXPECT_EQ(seen.page_bytes, 0);
        EXPECT_GT(made, 0);
        EXPECT_GT(seen.requests, 0U);
    }
}

TEST(Allocations, of_integrators_end_with_their_solutions) {
    constexpr std::size_t members = 9;
    const tested::program program = tested::create(damped());
    std::array<double, 2 * members> y0{};
    std::array<double, members> damping{0.1, 0, 0.2, -1, 0.3};
    y0.fill(1);
    std::array<pk_ode_solution*, members> solutions{};
    const std::vector<variant> all = variants();
    std::size_t solved = 0;
    std::size_t failed = 0;
    watched_allocations watching;
    for (int i = 0; i < tested::amount(100'000 / part); ++i) {
        problem of(program.get(), methods[i % 4]);
        all[static_cast<std::size_t>(i / 4) % all.size()].change(of);
        pk_ode_solution* made = nullptr;
        pk_ode_solve(&of, &made, nullptr);
        ++(made == nullptr ? failed : solved);
        pk_ode_destroy(made);
        if (i % 20 == 0) {
            pk_ode_solve_ensemble(&of, members, y0.data(), damping.data(), solutions.data(), nullptr, nullptr,
                                  nullptr);
            std::ranges::for_each(solutions, pk_ode_destroy);
        }
        if (i % 50 == 0) {
            pk_ode_plan* plan = nullptr;
            pk_ode_plan_create(program.get(), of.method, &plan);
            pk_ode_plan_destroy(plan);
        }
    }
    const allocations seen = watching.seen();
    EXPECT_EQ(seen.blocks, 0);
    EXPECT_EQ(seen.page_bytes, 0);
    EXPECT_GT(solved, 0U);
    EXPECT_GT(failed, 0U);
}

} // namespace
