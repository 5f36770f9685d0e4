// SPDX-License-Identifier: BSD-3-Clause
//
// The integrators through the C ABI. The comparison with SciPy is in tests/python.
#include <picokernels/integrate.h>
#include <picokernels/program.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using solution_pointer = std::unique_ptr<pk_ode_solution, decltype(&pk_ode_destroy)>;

constexpr pk_ode_method methods[] = {PK_ODE_RK23, PK_ODE_RK45, PK_ODE_DOP853, PK_ODE_RODAS5P};

int oscillator(double /*t*/, const double* y, double* out, void* /*data*/) {
    out[0] = y[1];
    out[1] = -y[0];
    return 0;
}

int by_function(double t, const double* y, double* out, void* data) {
    return (*static_cast<std::function<int(double, const double*, double*)>*>(data))(t, y, out);
}

int by_observer(double t, const double* y, void* data) {
    return (*static_cast<std::function<int(double, const double*)>*>(data))(t, y);
}

// y'' = -y from y(0) = 1, y'(0) = 0, whose solution is cos(t).
struct problem : pk_ode_problem {
    explicit problem(pk_ode_method of = PK_ODE_RK45, double tolerance = 1e-8) : pk_ode_problem{}, both(tolerance) {
        method = of;
        n = 2;
        f.function = oscillator;
        t_end = 10;
        y0 = start;
        rtol = &both;
        atol = &both;
        rtol_count = atol_count = 1;
    }
    problem(const problem&) = delete;
    problem& operator=(const problem&) = delete;
    problem(problem&&) = delete;
    problem& operator=(problem&&) = delete;
    ~problem() = default;

    solution_pointer solve() {
        pk_ode_solution* made = nullptr;
        status = pk_ode_solve(this, &made, &error);
        EXPECT_EQ(status, error.status);
        EXPECT_EQ(status == PK_OK, made != nullptr);
        return {made, pk_ode_destroy};
    }

    double start[2] = {1, 0};
    double both;
    pk_status status = PK_OK;
    pk_ode_error error{};
};

std::vector<double> times_of(const solution_pointer& found) {
    const double* times = pk_ode_times(found.get());
    return {times, times + pk_ode_get_summary(found.get()).points};
}

std::vector<double> states_of(const solution_pointer& found, std::size_t n = 2) {
    const double* states = pk_ode_states(found.get());
    return {states, states + pk_ode_get_summary(found.get()).points * n};
}

void write_oscillator(picokernels::formula& f) {
    f.input(); // t
    const auto x = f.input();
    const auto v = f.input();
    f.output(v);
    f.output(-x);
}

TEST(Integrators, reach_the_end_with_small_errors) {
    for (const pk_ode_method method : methods) {
        problem one(method);
        const auto found = one.solve();
        ASSERT_TRUE(found);
        const pk_ode_summary summary = pk_ode_get_summary(found.get());
        EXPECT_EQ(summary.outcome, PK_ODE_FINISHED);
        EXPECT_EQ(summary.points, summary.steps + 1);
        EXPECT_EQ(summary.segments, 0U);
        const auto times = times_of(found);
        const auto states = states_of(found);
        EXPECT_EQ(times.back(), 10);
        for (std::size_t i = 0; i < times.size(); ++i) {
            EXPECT_NEAR(states[2 * i], std::cos(times[i]), 1e-6) << method;
        }
    }
}

// Numbers that SciPy 1.17.1 gives for these problems.
TEST(Integrators, make_the_steps_of_scipy) {
    const struct {
        pk_ode_method method;
        std::size_t steps;
        std::size_t evaluations;
    } wanted[] = {{PK_ODE_RK23, 1136, 3410}, {PK_ODE_RK45, 94, 566}, {PK_ODE_DOP853, 17, 206}};
    for (const auto& [method, steps, evaluations] : wanted) {
        problem one(method);
        const auto found = one.solve();
        EXPECT_EQ(pk_ode_get_summary(found.get()).steps, steps);
        EXPECT_EQ(pk_ode_get_summary(found.get()).evaluations, evaluations);
    }
}

TEST(Integrators, programs_and_functions_give_the_same_bits) {
    picokernels::formula formula;
    write_oscillator(formula);
    const picokernels::program program(formula);
    for (const pk_ode_method method : methods) {
        problem by_code(method);
        problem by_program(method);
        by_program.f = {program.get(), nullptr, nullptr, nullptr};
        const auto a = by_code.solve();
        const auto b = by_program.solve();
        EXPECT_EQ(times_of(a), times_of(b));
        EXPECT_EQ(states_of(a), states_of(b));
    }
}

TEST(Integrators, programs_take_parameters) {
    picokernels::formula f;
    f.input();
    const auto y = f.input();
    const auto rate = f.input();
    f.output(rate * y);
    const picokernels::program program(f);
    problem one;
    one.n = 1;
    one.t_end = 1;
    const double parameter = -2;
    one.f = {program.get(), &parameter, nullptr, nullptr};
    EXPECT_NEAR(states_of(one.solve(), 1).back(), std::exp(-2.0), 1e-7);
    one.f.parameters = nullptr;
    one.solve();
    EXPECT_EQ(one.status, PK_ERROR_INVALID_PROBLEM);
    EXPECT_STREQ(one.error.message, "f: the program needs 1 parameters");
}

TEST(Integrators, go_backwards) {
    for (const pk_ode_method method : methods) {
        problem one(method);
        one.t_end = -10;
        one.is_dense = 1;
        const auto found = one.solve();
        EXPECT_NEAR(states_of(found)[2 * (times_of(found).size() - 1)], std::cos(10.0), 1e-6);
        const double t = -3.3;
        double y[2];
        ASSERT_EQ(pk_ode_evaluate(found.get(), &t, 1, y), PK_OK);
        EXPECT_NEAR(y[0], std::cos(t), 1e-5);
    }
}

TEST(Integrators, dense_output_is_the_solution_between_steps) {
    for (const pk_ode_method method : methods) {
        problem one(method);
        one.is_dense = 1;
        const auto found = one.solve();
        const std::size_t segments = pk_ode_get_summary(found.get()).segments;
        EXPECT_EQ(segments, pk_ode_get_summary(found.get()).steps);
        const double* breaks = pk_ode_breaks(found.get());
        for (std::size_t i = 0; i < segments; ++i) {
            const double t = (breaks[i] + breaks[i + 1]) / 2;
            double all[2];
            double piece[2];
            pk_ode_evaluate(found.get(), &t, 1, all);
            EXPECT_EQ(pk_ode_evaluate_segment(found.get(), i, &t, 1, piece), PK_OK);
            EXPECT_EQ(all[0], piece[0]);
            EXPECT_NEAR(all[1], -std::sin(t), 1e-5) << method;
        }
        EXPECT_EQ(pk_ode_evaluate_segment(found.get(), segments, breaks, 1, one.start), PK_ERROR_NOT_DENSE);
        problem without(method);
        EXPECT_EQ(pk_ode_evaluate(without.solve().get(), breaks, 1, one.start), PK_ERROR_NOT_DENSE);
    }
}

TEST(Integrators, states_are_stored_where_they_are_wanted) {
    const std::vector<double> wanted{0, 0.5, 3, 9.5, 10};
    problem one;
    one.has_t_eval = 1;
    one.t_eval = wanted.data();
    one.t_eval_count = wanted.size();
    const auto found = one.solve();
    EXPECT_EQ(times_of(found), wanted);
    EXPECT_NEAR(states_of(found)[4], std::cos(3.0), 1e-6);
    one.t_eval_count = 0;
    EXPECT_EQ(times_of(one.solve()).size(), 0U);
}

TEST(Events, are_the_zeros_of_their_functions) {
    std::function<int(double, const double*, double*)> zero = [](double, const double* y, double* out) {
        *out = y[0];
        return 0;
    };
    pk_ode_event events[2] = {};
    events[0].g.function = events[1].g.function = by_function;
    events[0].g.data = events[1].g.data = &zero;
    events[1].direction = 1;
    problem one;
    one.events = events;
    one.event_count = 2;
    const auto found = one.solve();
    ASSERT_EQ(pk_ode_event_points(found.get(), 0), 3U);
    ASSERT_EQ(pk_ode_event_points(found.get(), 1), 1U);
    const double pi = std::acos(-1.0);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(pk_ode_event_times(found.get(), 0)[i], pi * (static_cast<double>(i) + 0.5), 1e-6);
        EXPECT_NEAR(pk_ode_event_states(found.get(), 0)[2 * i], 0, 1e-12);
    }
    EXPECT_NEAR(pk_ode_event_times(found.get(), 1)[0], 1.5 * pi, 1e-6);

    events[0].last = 2;
    const auto ended = one.solve();
    EXPECT_EQ(pk_ode_get_summary(ended.get()).outcome, PK_ODE_EVENT);
    EXPECT_EQ(times_of(ended).back(), pk_ode_event_times(ended.get(), 0)[1]);
    EXPECT_EQ(pk_ode_event_points(ended.get(), 0), 2U);
}

TEST(Events, within_a_step_are_found_in_parts) {
    std::function<int(double, const double*, double*)> twice = [](double t, const double*, double* out) {
        *out = (t - 0.52) * (t - 0.54);
        return 0;
    };
    pk_ode_event event{};
    event.g.function = by_function;
    event.g.data = &twice;
    problem one;
    one.t_end = 1;
    one.first_step = one.max_step = 0.1;
    one.events = &event;
    one.event_count = 1;
    EXPECT_EQ(pk_ode_event_points(one.solve().get(), 0), 0U);
    one.event_parts = 4;
    EXPECT_EQ(pk_ode_event_points(one.solve().get(), 0), 2U);
}

TEST(Runs, end_early_where_they_are_told_to) {
    problem one;
    one.max_steps = 3;
    EXPECT_EQ(pk_ode_get_summary(one.solve().get()).outcome, PK_ODE_TOO_MANY_STEPS);
    one.max_steps = 0;
    std::function<int(double, const double*)> observer = [](double t, const double*) { return t > 5 ? 1 : 0; };
    one.observer = by_observer;
    one.observer_data = &observer;
    const auto stopped = one.solve();
    EXPECT_EQ(pk_ode_get_summary(stopped.get()).outcome, PK_ODE_STOPPED);
    EXPECT_GT(times_of(stopped).back(), 5);
    observer = [](double, const double*) { return -1; };
    EXPECT_FALSE(one.solve());
    EXPECT_EQ(one.error.status, PK_ERROR_CALLBACK);
}

TEST(Runs, end_where_a_function_asks_for_it) {
    std::function<int(double, const double*, double*)> fails = [](double t, const double*, double* out) {
        out[0] = out[1] = 1;
        return t > 2 ? 1 : 0;
    };
    problem one;
    one.f = {nullptr, nullptr, by_function, &fails};
    EXPECT_FALSE(one.solve());
    EXPECT_EQ(one.error.status, PK_ERROR_CALLBACK);
    EXPECT_GT(one.error.t, 2);
    EXPECT_NE(std::string(one.error.message).find("t = "), std::string::npos);
}

TEST(Runs, call_the_function_where_the_program_has_trouble) {
    picokernels::formula f;
    const auto t = f.input();
    f.input();
    f.output(sqrt(1.0 - t));
    const picokernels::program program(f);
    problem one;
    one.n = 1;
    one.t_end = 2;
    one.f = {program.get(), nullptr, nullptr, nullptr};
    EXPECT_FALSE(one.solve());
    EXPECT_EQ(one.error.status, PK_ERROR_TROUBLE);
    EXPECT_EQ(one.error.trouble.kind, PK_TROUBLE_DOMAIN);
    EXPECT_GT(one.error.t, 1);

    int calls = 0;
    std::function<int(double, const double*, double*)> instead = [&](double, const double*, double* out) {
        ++calls;
        *out = 0;
        return 0;
    };
    one.f.function = by_function;
    one.f.data = &instead;
    EXPECT_TRUE(one.solve());
    EXPECT_GT(calls, 0);
}

TEST(Runs, end_where_steps_get_too_short) {
    std::function<int(double, const double*, double*)> explodes = [](double, const double* y, double* out) {
        out[0] = y[0] * y[0];
        out[1] = 0;
        return 0;
    };
    problem one;
    one.f = {nullptr, nullptr, by_function, &explodes};
    EXPECT_EQ(pk_ode_get_summary(one.solve().get()).outcome, PK_ODE_STEP_TOO_SMALL);
    std::function<int(double, const double*, double*)> nowhere = [](double, const double*, double* out) {
        out[0] = out[1] = std::numeric_limits<double>::quiet_NaN();
        return 0;
    };
    one.f.data = &nowhere;
    EXPECT_EQ(pk_ode_get_summary(one.solve().get()).outcome, PK_ODE_STEP_TOO_SMALL);
}

TEST(Runs, without_time_or_equations_end_at_once) {
    problem one;
    one.t_end = one.t0 = 3;
    one.is_dense = 1;
    const auto still = one.solve();
    EXPECT_EQ(times_of(still), (std::vector<double>{3, 3}));
    double y[2];
    const double t = 4;
    EXPECT_EQ(pk_ode_evaluate(still.get(), &t, 1, y), PK_OK);
    EXPECT_EQ(y[0], 1);
    problem none;
    none.f.function = [](double, const double*, double*, void*) { return 0; };
    none.n = 0;
    none.y0 = nullptr;
    EXPECT_EQ(times_of(none.solve()), (std::vector<double>{0, 10}));
}

// ---- ensembles
// -----------------------------------------------------------------------------------------------------

// An oscillator with a force that has no value after the time `limit`.
void write_forced(picokernels::formula& f) {
    const auto t = f.input();
    const auto x = f.input();
    const auto v = f.input();
    const auto rate = f.input();
    const auto limit = f.input();
    const auto force = f.branch(x < 0.0, [&] { return sqrt(limit - t); }, [&] { return sin(t) + sqrt(limit - t); });
    f.output(v);
    f.output(force - rate * x);
}

// Counts, times, and states are the same, bit by bit.
void expect_equal(const pk_ode_solution* found, const pk_ode_solution* wanted, std::size_t n,
                  const std::string& what) {
    const pk_ode_summary a = pk_ode_get_summary(found);
    const pk_ode_summary b = pk_ode_get_summary(wanted);
    EXPECT_EQ(a.outcome, b.outcome) << what;
    EXPECT_EQ(a.evaluations, b.evaluations) << what;
    EXPECT_EQ(a.steps, b.steps) << what;
    EXPECT_EQ(a.rejected, b.rejected) << what;
    EXPECT_EQ(a.segments, b.segments) << what;
    ASSERT_EQ(a.points, b.points) << what;
    const auto expect_numbers = [&](const double* one, const double* two, std::size_t count) {
        for (std::size_t k = 0; k < count; ++k) {
            EXPECT_EQ(one[k], two[k]) << what << ", number " << k;
        }
    };
    expect_numbers(pk_ode_times(found), pk_ode_times(wanted), a.points);
    expect_numbers(pk_ode_states(found), pk_ode_states(wanted), a.points * n);
    if (a.segments > 0) {
        const double* breaks = pk_ode_breaks(wanted);
        expect_numbers(pk_ode_breaks(found), breaks, a.segments + 1);
        const std::vector<double> times{breaks[0], 0.3 * breaks[0] + 0.7 * breaks[a.segments], breaks[a.segments]};
        std::vector<double> one(times.size() * n);
        std::vector<double> two(times.size() * n);
        EXPECT_EQ(pk_ode_evaluate(found, times.data(), times.size(), one.data()), PK_OK);
        EXPECT_EQ(pk_ode_evaluate(wanted, times.data(), times.size(), two.data()), PK_OK);
        expect_numbers(one.data(), two.data(), one.size());
    }
}

struct many {
    std::vector<double> y0;
    std::vector<double> parameters;
    std::vector<pk_ode_solution*> solutions;
    std::vector<pk_ode_error> errors;

    explicit many(std::size_t members) : solutions(members), errors(members) {
        for (std::size_t i = 0; i < members; ++i) {
            const auto x = static_cast<double>(i);
            y0.insert(y0.end(), {1 + 0.1 * x, -0.05 * x});
            parameters.insert(parameters.end(), {0.5 + 0.01 * x, 100});
        }
    }
    many(const many&) = delete;
    many& operator=(const many&) = delete;
    many(many&&) = delete;
    many& operator=(many&&) = delete;
    ~many() { clear(); }

    void clear() {
        for (pk_ode_solution*& one : solutions) {
            pk_ode_destroy(one);
            one = nullptr;
        }
    }

    pk_status solve(const pk_ode_problem& problem, int (*stop)(std::size_t, void*) = nullptr, void* data = nullptr) {
        clear();
        return pk_ode_solve_ensemble(&problem, solutions.size(), y0.data(), parameters.data(), solutions.data(),
                                     errors.data(), stop, data);
    }

    // Each member has the bits, and the counts, of a run by itself.
    void expect_single_runs(const pk_ode_problem& problem) {
        for (std::size_t i = 0; i < solutions.size(); ++i) {
            pk_ode_problem one = problem;
            one.y0 = y0.data() + 2 * i;
            one.f.parameters = parameters.data() + 2 * i;
            std::vector<pk_ode_event> events(one.events, one.events + one.event_count);
            for (pk_ode_event& event : events) {
                event.g.parameters = one.f.parameters;
            }
            one.events = events.data();
            pk_ode_solution* alone = nullptr;
            pk_ode_error error;
            const pk_status status = pk_ode_solve(&one, &alone, &error);
            const solution_pointer owner(alone, pk_ode_destroy);
            EXPECT_EQ(errors[i].status, status) << i;
            ASSERT_EQ(solutions[i] == nullptr, alone == nullptr) << i;
            if (alone == nullptr) {
                EXPECT_EQ(errors[i].t, error.t);
                continue;
            }
            expect_equal(solutions[i], alone, 2, "member " + std::to_string(i));
        }
    }
};

TEST(Ensembles, have_the_bits_of_single_runs) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula);
    for (const pk_ode_method method : methods) {
        for (const std::size_t members : {1U, 7U, 8U, 64U, 65U, 200U}) {
            many all(members);
            problem one(method, 1e-6);
            one.f = {program.get(), nullptr, nullptr, nullptr};
            EXPECT_EQ(all.solve(one), PK_OK);
            all.expect_single_runs(one);
            one.only_end = 1;
            EXPECT_EQ(all.solve(one), PK_OK);
            all.expect_single_runs(one);
            one.has_t_eval = 1;
            const std::vector<double> wanted{0, 0.25, 3, 9.5, 10};
            one.t_eval = wanted.data();
            one.t_eval_count = wanted.size();
            EXPECT_EQ(all.solve(one), PK_OK);
            all.expect_single_runs(one);
            one.has_t_eval = 0;
            one.max_steps = 20;
            EXPECT_EQ(all.solve(one), PK_OK);
            all.expect_single_runs(one);
            one.max_steps = 0;
            one.t_end = -5;
            one.max_step = 0.3;
            one.first_step = 0.01;
            EXPECT_EQ(all.solve(one), PK_OK);
            all.expect_single_runs(one);
            one.t_end = 0;
            one.first_step = 0;
            EXPECT_EQ(all.solve(one), PK_OK);
            all.expect_single_runs(one);
        }
    }
}

TEST(Ensembles, members_that_fail_leave_the_others_alone) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula);
    for (const pk_ode_method method : methods) {
        many all(100);
        for (const std::size_t bad : {0U, 17U, 63U, 64U, 99U}) {
            all.parameters[2 * bad + 1] = 4; // no answer after t = 4
        }
        all.parameters[2 * 30 + 1] = -1; // none at all
        problem one(method, 1e-6);
        one.f = {program.get(), nullptr, nullptr, nullptr};
        EXPECT_EQ(all.solve(one), PK_ERROR_TROUBLE);
        all.expect_single_runs(one);
        EXPECT_EQ(all.errors[17].status, PK_ERROR_TROUBLE);
        EXPECT_GT(all.errors[17].t, 4);

        std::function<int(double, const double*, double*)> instead = [](double, const double* y, double* out) {
            out[0] = y[1];
            out[1] = 0;
            return 0;
        };
        one.f.function = by_function;
        one.f.data = &instead;
        EXPECT_EQ(all.solve(one), PK_OK);
        all.expect_single_runs(one);
    }
}

TEST(Ensembles, have_events_with_their_parameters) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula);
    picokernels::formula event_formula;
    event_formula.input();
    const auto x = event_formula.input();
    event_formula.input();
    const auto rate = event_formula.input();
    event_formula.input();
    event_formula.output(x - rate);
    const picokernels::program zero(event_formula);
    pk_ode_event event{};
    event.g.program = zero.get();
    event.last = 1;
    many all(20);
    problem one;
    one.f = {program.get(), nullptr, nullptr, nullptr};
    one.events = &event;
    one.event_count = 1;
    EXPECT_EQ(all.solve(one), PK_OK);
    all.expect_single_runs(one);
    EXPECT_EQ(pk_ode_get_summary(all.solutions[3]).outcome, PK_ODE_EVENT);
}

TEST(Ensembles, can_be_stopped) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula);
    many all(100);
    problem one;
    one.f = {program.get(), nullptr, nullptr, nullptr};
    std::size_t most = 10;
    const auto stop = [](std::size_t done, void* data) { return done >= *static_cast<std::size_t*>(data) ? 1 : 0; };
    EXPECT_EQ(all.solve(one, stop, &most), PK_ERROR_CALLBACK);
    const auto solved = std::ranges::count_if(all.solutions, [](const pk_ode_solution* s) { return s != nullptr; });
    EXPECT_EQ(solved, 10);
    one.f.program = nullptr;
    EXPECT_EQ(all.solve(one), PK_ERROR_INVALID_PROBLEM);
    EXPECT_EQ(all.errors[99].status, PK_ERROR_INVALID_PROBLEM);
    EXPECT_EQ(pk_ode_solve_ensemble(&one, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), PK_OK);
}

// ---- Rodas5P --------------------------------------------------------------------------------------------------

using function = std::function<int(double, const double*, double*)>;

pk_ode_callable callable_of(function& of) { return {nullptr, nullptr, by_function, &of}; }

// y0' = y0 y1 sin(t), y1' = -y1^2 sin(t), whose solution is 3 - cos(t) and its inverse.
struct inverses : problem {
    explicit inverses(double tolerance = 1e-8, bool with_derivatives = true) : problem(PK_ODE_RODAS5P, tolerance) {
        start[0] = 2;
        start[1] = 0.5;
        t_end = 4;
        f = callable_of(slope);
        if (with_derivatives) {
            jacobian = callable_of(matrix);
            time_derivative = callable_of(slope_in_t);
        }
    }

    static double largest_error_of(const solution_pointer& found) {
        double largest = 0;
        const auto times = times_of(found);
        const auto states = states_of(found);
        for (std::size_t i = 0; i < times.size(); ++i) {
            largest = std::max(largest, error_at(times[i], states.data() + 2 * i));
        }
        return largest;
    }
    static double error_at(double t, const double* y) {
        const double exact = 3 - std::cos(t);
        return std::max(std::abs(y[0] - exact), std::abs(y[1] - 1 / exact));
    }

    function slope = [](double t, const double* y, double* out) {
        out[0] = y[0] * y[1] * std::sin(t);
        out[1] = -y[1] * y[1] * std::sin(t);
        return 0;
    };
    function matrix = [](double t, const double* y, double* out) {
        out[0] = y[1] * std::sin(t);
        out[1] = y[0] * std::sin(t);
        out[2] = 0;
        out[3] = -2 * y[1] * std::sin(t);
        return 0;
    };
    function slope_in_t = [](double t, const double* y, double* out) {
        out[0] = y[0] * y[1] * std::cos(t);
        out[1] = -y[1] * y[1] * std::cos(t);
        return 0;
    };
};

TEST(Rodas5P, has_order_5_between_steps_too) {
    double at_steps[2];
    double between[2];
    for (int i = 0; i < 2; ++i) {
        inverses one(1); // accepts each step
        one.first_step = one.max_step = i == 0 ? 0.1 : 0.05;
        one.is_dense = 1;
        const auto found = one.solve();
        at_steps[i] = inverses::largest_error_of(found);
        between[i] = 0;
        for (int hundredths = 1; hundredths < 400; ++hundredths) {
            const double t = hundredths / 100.0;
            double y[2];
            ASSERT_EQ(pk_ode_evaluate(found.get(), &t, 1, y), PK_OK);
            between[i] = std::max(between[i], inverses::error_at(t, y));
        }
    }
    EXPECT_NEAR(std::log2(at_steps[0] / at_steps[1]), 5, 0.3);
    // The error of the polynomial of degree 4 has the power 5 of the length.
    EXPECT_NEAR(std::log2(between[0] / between[1]), 5, 0.3);
    EXPECT_LT(between[1], 4 * at_steps[1]);
}

TEST(Rodas5P, makes_long_steps_where_a_problem_is_stiff) {
    // A. Prothero, A. Robinson, Math. Comp. 28 (1974), pp. 145-162: the solution is cos(t).
    function attracted = [](double t, const double* y, double* out) {
        *out = -1e6 * (*y - std::cos(t)) - std::sin(t);
        return 0;
    };
    problem one(PK_ODE_RODAS5P, 1e-6);
    one.n = 1;
    one.f = callable_of(attracted);
    const auto found = one.solve();
    EXPECT_NEAR(states_of(found, 1).back(), std::cos(10.0), 1e-5);
    EXPECT_LT(pk_ode_get_summary(found.get()).steps, 60U);
}

TEST(Rodas5P, counts_what_it_computes) {
    for (const bool with_derivatives : {true, false}) {
        inverses one(1e-8, with_derivatives);
        one.first_step = 2; // too long
        const pk_ode_summary found = pk_ode_get_summary(one.solve().get());
        EXPECT_GT(found.rejected, 0U);
        EXPECT_EQ(found.jacobians, found.steps);
        EXPECT_EQ(found.factorizations, found.steps + found.rejected);
        const std::size_t of_differences = with_derivatives ? 0 : 3;
        EXPECT_EQ(found.evaluations, (1 + of_differences) * found.steps + 7 * (found.steps + found.rejected));
    }
}

TEST(Rodas5P, takes_differences_where_there_are_no_derivatives) {
    inverses with(1e-9);
    inverses without(1e-9, false);
    const auto a = with.solve();
    const auto b = without.solve();
    EXPECT_LT(inverses::largest_error_of(a), 1e-7);
    EXPECT_LT(inverses::largest_error_of(b), 1e-7);
    // So differences are as good as derivatives.
    EXPECT_NEAR(static_cast<double>(times_of(a).size()), static_cast<double>(times_of(b).size()), 2);
}

TEST(Rodas5P, takes_programs_for_derivatives) {
    picokernels::formula f;
    picokernels::formula df;
    picokernels::formula none;
    for (picokernels::formula* each : {&f, &df, &none}) {
        each->input(); // t
        const auto x = each->input();
        const auto v = each->input();
        const auto rate = each->input();
        if (each == &f) {
            each->output(v);
            each->output(-(rate * x));
        } else if (each == &df) {
            each->output(x * 0.0);
            each->output(1.0 + x * 0.0);
            each->output(-rate);
            each->output(x * 0.0);
        } else {
            each->output(x * 0.0);
            each->output(x * 0.0);
        }
    }
    const picokernels::program slope(f);
    const picokernels::program jacobian(df);
    const picokernels::program zeros(none);
    const double rate = 1;
    problem one(PK_ODE_RODAS5P);
    one.f = {slope.get(), &rate, nullptr, nullptr};
    one.jacobian = {jacobian.get(), &rate, nullptr, nullptr};
    one.time_derivative = {zeros.get(), &rate, nullptr, nullptr};
    const auto found = one.solve();
    ASSERT_TRUE(found) << one.error.message;
    EXPECT_NEAR(states_of(found)[2 * (times_of(found).size() - 1)], std::cos(10.0), 1e-6);
    const pk_ode_summary summary = pk_ode_get_summary(found.get());
    EXPECT_EQ(summary.evaluations, 2 + summary.steps - 1 + 7 * summary.factorizations);
}

TEST(Rodas5P, replaces_derivatives_that_are_no_numbers) {
    inverses one;
    const std::size_t wanted = pk_ode_get_summary(one.solve().get()).evaluations;
    one.matrix = [](double, const double*, double* out) {
        std::fill_n(out, 4, std::numeric_limits<double>::infinity());
        return 0;
    };
    const auto found = one.solve();
    EXPECT_LT(inverses::largest_error_of(found), 1e-6);
    EXPECT_GT(pk_ode_get_summary(found.get()).evaluations, wanted);

    picokernels::formula formula; // in the domain of no state
    formula.input();
    const auto y0 = formula.input();
    formula.input();
    for (int i = 0; i < 4; ++i) {
        formula.output(sqrt(-y0));
    }
    const picokernels::program program(formula);
    one.jacobian = {program.get(), nullptr, nullptr, nullptr};
    EXPECT_EQ(states_of(one.solve()), states_of(found));

    inverses right;
    one.jacobian.function = by_function;
    one.jacobian.data = &right.matrix;
    EXPECT_EQ(states_of(one.solve()), states_of(right.solve()));
}

TEST(Rodas5P, ends_where_a_derivative_asks_for_it) {
    for (pk_ode_callable pk_ode_problem::* const which :
         {&pk_ode_problem::jacobian, &pk_ode_problem::time_derivative}) {
        function fails = [](double t, const double*, double* out) {
            out[0] = out[1] = 0;
            return t > 2 ? 1 : 0;
        };
        inverses one(1e-8, false);
        one.*which = callable_of(fails);
        EXPECT_FALSE(one.solve());
        EXPECT_EQ(one.error.status, PK_ERROR_CALLBACK);
        EXPECT_GT(one.error.t, 2);
    }
}

// A chain y_i' = 2e5 y_(i-1) - 1e5 y_i behind y_0' = -y_0. Its Jacobian needs other pivots than those of the
// diagonal. It starts where all components fall together.
TEST(Rodas5P, solves_systems_of_any_size) {
    for (std::size_t n = 1; n <= 20; ++n) {
        std::vector<double> start(n, 1);
        for (std::size_t i = 1; i < n; ++i) {
            start[i] = start[i - 1] * 2e5 / (1e5 - 1);
        }
        function chain = [n](double, const double* y, double* out) {
            out[0] = -y[0];
            for (std::size_t i = 1; i < n; ++i) {
                out[i] = 2e5 * y[i - 1] - 1e5 * y[i];
            }
            return 0;
        };
        function matrix = [n](double, const double*, double* out) {
            std::fill_n(out, n * n, 0);
            out[0] = -1;
            for (std::size_t i = 1; i < n; ++i) {
                out[i * n + i - 1] = 2e5;
                out[i * n + i] = -1e5;
            }
            return 0;
        };
        problem one(PK_ODE_RODAS5P, 1e-6);
        one.n = n;
        one.y0 = start.data();
        one.f = callable_of(chain);
        one.jacobian = callable_of(matrix);
        one.t_end = 1;
        const auto found = one.solve();
        EXPECT_LT(pk_ode_get_summary(found.get()).steps, 60U) << n;
        const auto states = states_of(found, n);
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_NEAR(states[states.size() - n + i] / (start[i] * std::exp(-1.0)), 1, 1e-4) << n;
        }
    }
}

TEST(Rodas5P, shortens_a_step_whose_matrix_is_singular) {
    const double h = 0.125;
    const double rate = 1 / (h * 0.21193756319429014);
    function grows = [&](double, const double* y, double* out) {
        *out = rate * *y;
        return 0;
    };
    function constant = [&](double, const double*, double* out) {
        *out = rate;
        return 0;
    };
    problem one(PK_ODE_RODAS5P);
    one.n = 1;
    one.t_end = one.first_step = h;
    one.f = callable_of(grows);
    one.jacobian = callable_of(constant);
    const auto found = one.solve();
    EXPECT_GT(pk_ode_get_summary(found.get()).rejected, 0U);
    EXPECT_NEAR(states_of(found, 1).back() / std::exp(rate * h), 1, 1e-5);
}

// ---- plans
// ----------------------------------------------------------------------------------------------------------

using plan_pointer = std::unique_ptr<pk_ode_plan, decltype(&pk_ode_plan_destroy)>;

plan_pointer plan_of(const picokernels::program& program, pk_ode_method method) {
    pk_ode_plan* made = nullptr;
    EXPECT_EQ(pk_ode_plan_create(program.get(), method, &made), PK_OK);
    return {made, pk_ode_plan_destroy};
}

TEST(Plans, leave_the_bits_as_they_are) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula);
    picokernels::formula event_formula;
    event_formula.input();
    event_formula.output(event_formula.input() - 0.25);
    event_formula.input();
    const picokernels::program zero(event_formula);
    pk_ode_event event{};
    event.g.program = zero.get();
    const double parameters[] = {0.5, 100};
    const std::vector<double> wanted_times{0, 0.25, 3, 9.5, 10};
    std::function<int(double, const double*, double*)> instead = [](double, const double* y, double* out) {
        out[0] = y[1];
        out[1] = 0;
        return 0;
    };
    const double failing[] = {0.5, 4}; // no answer after t = 4
    const std::pair<const char*, std::function<void(problem&)>> variants[] = {
        {"plain", [](problem&) {}},
        {"backwards", [](problem& p) { p.t_end = -5, p.max_step = 0.3; }},
        {"dense", [](problem& p) { p.is_dense = 1; }},
        {"event", [&](problem& p) { p.events = &event, p.event_count = 1; }},
        {"end", [](problem& p) { p.only_end = 1; }},
        {"no time", [](problem& p) { p.t_end = 0; }},
        {"t_eval",
         [&](problem& p) { p.t_eval = wanted_times.data(), p.t_eval_count = wanted_times.size(), p.has_t_eval = 1; }},
        {"function instead",
         [&](problem& p) { p.f.parameters = failing, p.f.function = by_function, p.f.data = &instead; }},
    };
    for (const pk_ode_method method : methods) {
        const plan_pointer plan = plan_of(program, method);
        for (const auto& [name, change] : variants) {
            problem one(method, 1e-6);
            one.f = {program.get(), parameters, nullptr, nullptr};
            change(one);
            const auto wanted = one.solve();
            one.plan = plan.get();
            const auto found = one.solve();
            ASSERT_TRUE(wanted && found) << name;
            expect_equal(found.get(), wanted.get(), 2, name);
            for (std::size_t i = 0; i < one.event_count; ++i) {
                EXPECT_GT(pk_ode_event_points(wanted.get(), i), 0U);
                EXPECT_EQ(pk_ode_event_points(found.get(), i), pk_ode_event_points(wanted.get(), i));
            }
        }
        problem bad(method, 1e-6);
        bad.f = {program.get(), failing, nullptr, nullptr};
        EXPECT_FALSE(bad.solve());
        const double t = bad.error.t;
        bad.plan = plan.get();
        EXPECT_FALSE(bad.solve());
        EXPECT_EQ(bad.status, PK_ERROR_TROUBLE);
        EXPECT_EQ(bad.error.t, t);
    }
}

TEST(Plans, serve_ensembles_and_threads) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula);
    for (const pk_ode_method method : methods) {
        const plan_pointer plan = plan_of(program, method);
        std::vector<std::thread> threads;
        threads.reserve(3);
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                many all(20);
                problem one(method, 1e-6);
                one.f = {program.get(), nullptr, nullptr, nullptr};
                one.plan = plan.get();
                EXPECT_EQ(all.solve(one), PK_OK);
                one.plan = nullptr;
                all.expect_single_runs(one);
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
    }
}

TEST(Plans, of_fast_programs_differ_by_rounding) {
    picokernels::formula formula;
    write_forced(formula);
    const picokernels::program program(formula, PK_PROGRAM_FAST);
    const double parameters[] = {0.5, 100};
    for (const pk_ode_method method : methods) {
        const plan_pointer plan = plan_of(program, method);
        problem one(method, 1e-8);
        one.f = {program.get(), parameters, nullptr, nullptr};
        const auto wanted = states_of(one.solve());
        one.plan = plan.get();
        const auto found = states_of(one.solve());
        ASSERT_FALSE(found.empty() || wanted.empty());
        EXPECT_NEAR(found.back(), wanted.back(), 1e-6);
    }
}

TEST(Plans, need_a_right_hand_side) {
    picokernels::formula formula;
    formula.output(formula.input());
    const picokernels::program program(formula);
    pk_ode_plan* made = nullptr;
    EXPECT_EQ(pk_ode_plan_create(program.get(), PK_ODE_RK45, &made), PK_ERROR_INVALID_PROBLEM);
    EXPECT_EQ(made, nullptr);
    EXPECT_EQ(pk_ode_plan_create(nullptr, PK_ODE_RK45, &made), PK_ERROR_INVALID_PROBLEM);
    pk_ode_plan_destroy(nullptr);
}

TEST(Problems, that_are_wrong_are_refused_by_name) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double negative = -1;
    const double times[] = {2, 1};
    pk_ode_event event{};
    picokernels::formula formula;
    write_oscillator(formula);
    const picokernels::program program(formula);
    const plan_pointer plan = plan_of(program, PK_ODE_RK23);
    const std::pair<const char*, std::function<void(problem&)>> wrong[] = {
        // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): that is what is tested
        {"method: there is no method 9", [](problem& p) { p.method = static_cast<pk_ode_method>(9); }},
        {"y0: 2 numbers are needed", [](problem& p) { p.y0 = nullptr; }},
        {"t0 and t_end are nan and 10", [&](problem& p) { p.t0 = nan; }},
        {"t0 and t_end are 0 and nan", [&](problem& p) { p.t_end = nan; }},
        {"f: a program or a function is needed", [](problem& p) { p.f.function = nullptr; }},
        {"jacobian: the program has 3 inputs and 2 outputs; needed are t, 2 numbers and parameters, and 4 outputs",
         [&](problem& p) { p.jacobian.program = program.get(); }},
        {"time_derivative: the program has 3 inputs and 2 outputs; needed are t, 3 numbers and parameters, and 3",
         [&](problem& p) {
             p.n = 3;
             p.time_derivative.program = program.get();
         }},
        {"rtol: 1 or 2 numbers are needed, got 0", [](problem& p) { p.rtol = nullptr; }},
        {"atol: 1 or 2 numbers are needed, got 3", [](problem& p) { p.atol_count = 3; }},
        {"atol: number 0 is -1", [&](problem& p) { p.atol = &negative; }},
        {"first_step: -1 is not between", [](problem& p) { p.first_step = -1; }},
        {"first_step: 11 is not between", [](problem& p) { p.first_step = 11; }},
        {"max_step: nan is not positive", [&](problem& p) { p.max_step = nan; }},
        {"t_eval: time 1, 1, is not after the one before",
         [&](problem& p) { p.t_eval = times, p.t_eval_count = 2, p.has_t_eval = 1; }},
        {"t_eval: time 0, -1, is not between t0 and t_end",
         [&](problem& p) { p.t_eval = &negative, p.t_eval_count = 1, p.has_t_eval = 1; }},
        {"t_eval: 1 times are needed", [](problem& p) { p.t_eval_count = 1, p.has_t_eval = 1; }},
        {"plan: it was made for another program or method", [&](problem& p) { p.plan = plan.get(); }},
        {"plan: it was made for another program or method",
         [&](problem& p) { p.plan = plan.get(), p.f.program = program.get(); }},
        {"events: 1 are needed", [](problem& p) { p.event_count = 1; }},
        {"event 0: a program or a function is needed", [&](problem& p) { p.events = &event, p.event_count = 1; }},
    };
    for (const auto& [message, change] : wrong) {
        problem one;
        change(one);
        EXPECT_FALSE(one.solve());
        EXPECT_EQ(one.error.status, PK_ERROR_INVALID_PROBLEM);
        EXPECT_EQ(std::string(one.error.message).find(message), 0U) << one.error.message;
        pk_ode_solution* made = nullptr;
        EXPECT_EQ(pk_ode_solve(&one, &made, nullptr), PK_ERROR_INVALID_PROBLEM);
    }
}

TEST(Problems, may_be_solved_by_many_threads) {
    problem one;
    const auto wanted = states_of(one.solve());
    std::vector<std::thread> threads;
    std::vector<std::vector<double>> found(4);
    threads.reserve(found.size());
    for (auto& states : found) {
        threads.emplace_back([&states] {
            problem own;
            states = states_of(own.solve());
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (const auto& states : found) {
        EXPECT_EQ(states, wanted);
    }
}

} // namespace
