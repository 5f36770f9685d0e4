// SPDX-License-Identifier: BSD-3-Clause
//
// What happens seldom: lines that no test beside these runs.
#include "picokernels/integrate.h"
#include "picokernels/picokernels.h"
#include "picokernels/program.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct solution_deleter {
    void operator()(pk_ode_solution* solution) const { pk_ode_destroy(solution); }
};
using solution = std::unique_ptr<pk_ode_solution, solution_deleter>;

// y' = y * y, whose solution 1 / (1 / y0 - t) ends in a pole.
tested::program make_pole() {
    return tested::create({{PK_OP_INPUT, 0, 0, 0, 0, 0},
                           {PK_OP_INPUT, 0, 0, 0, 0, 0},
                           {PK_OP_MUL, 0, 1, 1, 0, 0},
                           {PK_OP_OUTPUT, 0, 2, 0, 0, 0}});
}

TEST(RarePaths, each_status_has_a_message_of_its_own) {
    std::set<std::string> messages;
    for (int status = PK_OK; status <= PK_ERROR_NOT_DENSE; ++status) {
        messages.insert(pk_status_message(static_cast<pk_status>(status)));
    }
    messages.insert(pk_status_message(static_cast<pk_status>(PK_ERROR_NOT_DENSE + 1)));
    EXPECT_EQ(messages.size(), static_cast<std::size_t>(PK_ERROR_NOT_DENSE) + 2);
}

TEST(RarePaths, a_member_of_an_ensemble_ends_at_a_pole_and_the_others_go_on) {
    const tested::program f = make_pole();
    const double tolerance = 1e-6;
    constexpr std::size_t count = 24; // enough to run in lanes
    std::vector<double> y0(count);
    for (std::size_t i = 0; i < count; ++i) {
        y0[i] = i % 7 == 3 ? 1 : 0.01 * static_cast<double>(i);
    }
    pk_ode_problem problem{};
    problem.method = PK_ODE_RK45;
    problem.n = 1;
    problem.f.program = f.get();
    problem.t_end = 2;
    problem.rtol = problem.atol = &tolerance;
    problem.rtol_count = problem.atol_count = 1;
    pk_ode_solution* members[count];
    ASSERT_EQ(pk_ode_solve_ensemble(&problem, count, y0.data(), nullptr, members, nullptr, nullptr, nullptr), PK_OK);
    for (std::size_t i = 0; i < count; ++i) {
        const solution member(members[i]);
        problem.y0 = &y0[i];
        pk_ode_solution* single = nullptr;
        ASSERT_EQ(pk_ode_solve(&problem, &single, nullptr), PK_OK);
        const solution alone(single);
        const pk_ode_summary found = pk_ode_get_summary(members[i]);
        EXPECT_EQ(found.outcome, y0[i] == 1 ? PK_ODE_STEP_TOO_SMALL : PK_ODE_FINISHED);
        EXPECT_EQ(found.outcome, pk_ode_get_summary(single).outcome);
        ASSERT_EQ(found.points, pk_ode_get_summary(single).points);
        EXPECT_EQ(pk_ode_states(members[i])[found.points - 1], pk_ode_states(single)[found.points - 1]);
    }
}

TEST(RarePaths, outputs_of_different_lengths_are_refused) {
    picokernels::formula f;
    const picokernels::number x = f.input();
    f.output(x);
    f.output(x * 2.0);
    const picokernels::program doubled(f);
    const std::vector<double> in(3);
    std::vector<double> first(3);
    std::vector<double> second(2);
    EXPECT_THROW(doubled.run({in}, {first, second}), std::invalid_argument);
}

int stands_still(double /*t*/, const double* /*y*/, double* out, void* /*data*/) {
    out[0] = 0;
    return 0;
}

// As SciPy's, the first step of what stands still is a millionth.
TEST(RarePaths, what_stands_still_begins_with_a_short_step) {
    const double tolerance = 1e-6;
    const double y0 = 3;
    pk_ode_problem problem{};
    problem.method = PK_ODE_RK45;
    problem.n = 1;
    problem.f.function = stands_still;
    problem.t_end = 2;
    problem.y0 = &y0;
    problem.rtol = problem.atol = &tolerance;
    problem.rtol_count = problem.atol_count = 1;
    pk_ode_solution* found = nullptr;
    ASSERT_EQ(pk_ode_solve(&problem, &found, nullptr), PK_OK);
    const solution still(found);
    EXPECT_EQ(pk_ode_times(found)[1], 1e-6);
    EXPECT_EQ(pk_ode_states(found)[pk_ode_get_summary(found).points - 1], 3);
}

} // namespace
