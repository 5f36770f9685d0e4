// SPDX-License-Identifier: BSD-3-Clause
//
// Problems that no one means to write. Each was a finding: a run without an end, or memory that was read beyond its
// end.
#include "picokernels/integrate.h"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

namespace {

using solution_pointer = std::unique_ptr<pk_ode_solution, decltype(&pk_ode_destroy)>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double largest = std::numeric_limits<double>::max();
constexpr pk_ode_method methods[] = {PK_ODE_RK23, PK_ODE_RK45, PK_ODE_DOP853, PK_ODE_RODAS5P};

int at_rest(double /*t*/, const double* /*y*/, double* out, void* /*data*/) {
    out[0] = 0;
    return 0;
}

struct problem : pk_ode_problem {
    explicit problem(pk_ode_method with) : pk_ode_problem{} {
        method = with;
        n = 1;
        f.function = at_rest;
        y0 = &start;
        rtol = atol = &tolerance;
        rtol_count = atol_count = 1;
    }
    double start = 1;
    double tolerance = 1e-6;
};

TEST(Misuse, a_run_to_an_infinite_time_ends_where_numbers_end) {
    for (const pk_ode_method method : methods) {
        for (const double t_end : {infinity, -infinity}) {
            problem of(method);
            of.t_end = t_end;
            pk_ode_solution* made = nullptr;
            ASSERT_EQ(pk_ode_solve(&of, &made, nullptr), PK_OK);
            const solution_pointer found(made, pk_ode_destroy);
            const pk_ode_summary summary = pk_ode_get_summary(made);
            EXPECT_EQ(summary.outcome, PK_ODE_STEP_TOO_SMALL);
            EXPECT_EQ(pk_ode_times(made)[summary.points - 1], t_end > 0 ? largest : -largest);
            EXPECT_EQ(pk_ode_states(made)[summary.points - 1], 1);
        }
    }
}

TEST(Misuse, a_run_from_the_least_number_to_the_largest_one_ends) {
    for (const pk_ode_method method : methods) {
        problem of(method);
        of.t0 = -largest;
        of.t_end = largest;
        pk_ode_solution* made = nullptr;
        ASSERT_EQ(pk_ode_solve(&of, &made, nullptr), PK_OK);
        const solution_pointer found(made, pk_ode_destroy);
        EXPECT_EQ(pk_ode_get_summary(made).outcome, PK_ODE_FINISHED);
    }
}

struct empty_problem : problem {
    empty_problem() : problem(PK_ODE_RK45) {
        n = 0;
        f.function = [](double, const double*, double*, void*) { return 0; };
    }
};

// Zero where the time is that of its data.
int at_time(double t, const double* /*y*/, double* out, void* data) {
    *out = t - *static_cast<double*>(data);
    return 0;
}

// The same, so flat there that secants lead nowhere.
int flat_at_time(double t, const double* /*y*/, double* out, void* data) {
    const double distance = t - *static_cast<double*>(data);
    *out = distance * distance * distance;
    return 0;
}

void expect_event(problem& of, double at, pk_ode_function zero = at_time) {
    pk_ode_event event{};
    event.g.function = zero;
    event.g.data = &at;
    of.events = &event;
    of.event_count = 1;
    for (const std::size_t parts : {1U, 3U}) {
        of.event_parts = parts;
        pk_ode_solution* made = nullptr;
        ASSERT_EQ(pk_ode_solve(&of, &made, nullptr), PK_OK);
        const solution_pointer found(made, pk_ode_destroy);
        ASSERT_EQ(pk_ode_event_points(made, 0), 1U) << of.t0 << ' ' << of.t_end << ' ' << at;
        // The tolerances are those of SciPy's events.
        const double error = std::abs(pk_ode_event_times(made, 0)[0] - at);
        EXPECT_LE(error, 0x1p-50 * (1 + std::abs(at))) << of.t0 << ' ' << of.t_end << ' ' << at;
    }
}

TEST(Misuse, an_event_of_a_run_without_equations_is_found_at_any_distance) {
    empty_problem of;
    for (const double far : {largest, infinity}) {
        for (const double sign : {1.0, -1.0}) {
            of.t_end = sign * far;
            for (const double t0 : {0.0, 1e-300, -sign * 1e308}) {
                of.t0 = t0;
                for (const double at : {1e-3, 1.0, 1e9, 1e150, 1e308}) {
                    expect_event(of, sign * at);
                }
            }
        }
    }
}

TEST(Misuse, an_event_within_a_huge_first_step_is_found) {
    for (const pk_ode_method method : methods) {
        problem of(method);
        of.t_end = of.first_step = 1e300;
        for (const double at : {1e-3, 1.0, 1e9, 1e150}) {
            expect_event(of, at);
        }
    }
}

TEST(Misuse, an_event_at_a_zero_of_third_order_is_found) {
    for (const pk_ode_method method : methods) {
        for (const double length : {10.0, 1e5, 1e10}) {
            problem of(method);
            of.t_end = of.first_step = length;
            for (const double at : {1e-3, 0.7, 5.0}) {
                expect_event(of, at, flat_at_time);
            }
        }
    }
}

TEST(Misuse, an_event_that_no_number_reaches_is_at_the_infinite_end) {
    empty_problem of;
    of.t_end = infinity;
    pk_ode_event event{};
    event.g.function = [](double t, const double*, double* out, void*) {
        *out = t <= largest ? -1 : 1;
        return 0;
    };
    of.events = &event;
    of.event_count = 1;
    pk_ode_solution* made = nullptr;
    ASSERT_EQ(pk_ode_solve(&of, &made, nullptr), PK_OK);
    const solution_pointer found(made, pk_ode_destroy);
    ASSERT_EQ(pk_ode_event_points(made, 0), 1U);
    EXPECT_EQ(pk_ode_event_times(made, 0)[0], infinity);
}

TEST(Misuse, an_ensemble_refuses_programs_with_more_parameters_than_a_member_has) {
    const pk_instruction input{PK_OP_INPUT, 0, 0, 0, 0, 0};
    const tested::program one_parameter = tested::create({input, input, input, {PK_OP_OUTPUT, 0, 2, 0, 0, 0}});
    const tested::program two_parameters =
        tested::create({input, input, input, input, {PK_OP_OUTPUT, 0, 3, 0, 0, 0}});
    const std::array<double, 3> y0{1, 2, 3};
    const std::vector<double> parameters(3, 0.5); // exactly as long as it has to be
    const auto solve = [&](const pk_ode_problem& of, std::string_view message) {
        std::array<pk_ode_solution*, 3> solutions{};
        std::array<pk_ode_error, 3> errors{};
        const pk_status status = pk_ode_solve_ensemble(&of, 3, y0.data(), parameters.data(), solutions.data(),
                                                       errors.data(), nullptr, nullptr);
        EXPECT_EQ(status, PK_ERROR_INVALID_PROBLEM);
        EXPECT_EQ(message, errors[2].message);
        for (pk_ode_solution* solution : solutions) {
            EXPECT_EQ(solution, nullptr);
            pk_ode_destroy(solution);
        }
    };
    problem of(PK_ODE_RODAS5P);
    of.t_end = 1;
    of.f = {one_parameter.get(), nullptr, nullptr, nullptr};
    const pk_ode_callable greedy{two_parameters.get(), nullptr, nullptr, nullptr};
    of.jacobian = greedy;
    solve(of, "jacobian: the program needs 2 parameters, and a member has 1");
    of.jacobian = {};
    of.time_derivative = greedy;
    solve(of, "time_derivative: the program needs 2 parameters, and a member has 1");
    of.time_derivative = {};
    pk_ode_event event{};
    event.g = greedy;
    of.events = &event;
    of.event_count = 1;
    solve(of, "an event: the program needs 2 parameters, and a member has 1");
}

} // namespace
