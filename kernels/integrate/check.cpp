// SPDX-License-Identifier: BSD-3-Clause
#include "plan.hpp"
#include "solve.hpp"

#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace picokernels::integrate {

// NOLINTNEXTLINE(cert-dcl50-cpp, modernize-avoid-variadic-functions)
failure::failure(pk_status status, const char* format, ...) {
    details_.status = status;
    details_.trouble = {PK_TROUBLE_NONE, -1, 0, 0};
    std::va_list arguments;
    va_start(arguments, format);
    static_cast<void>(std::vsnprintf(details_.message, sizeof details_.message, format, arguments));
    va_end(arguments);
}

failure::failure(const pk_trouble& trouble, double t)
    : failure(PK_ERROR_TROUBLE, "operation %d of a program of the problem failed at t = %g",
              static_cast<int>(trouble.instruction), t) {
    details_.trouble = trouble;
    details_.t = t;
}

failure::failure(const char* who, double t) : failure(PK_ERROR_CALLBACK, "%s ended the run at t = %g", who, t) {
    details_.t = t;
}

namespace {

void check_callable(const pk_ode_callable& callable, const char* name, std::size_t n, std::size_t outputs) {
    if (callable.program == nullptr) {
        if (callable.function == nullptr) {
            throw failure(PK_ERROR_INVALID_PROBLEM, "%s: a program or a function is needed", name);
        }
        return;
    }
    const std::size_t inputs = pk_program_inputs(callable.program);
    if (inputs < 1 + n || pk_program_outputs(callable.program) != outputs) {
        throw failure(PK_ERROR_INVALID_PROBLEM,
                      "%s: the program has %zu inputs and %zu outputs; needed are t, %zu numbers and parameters, and "
                      "%zu outputs",
                      name, inputs, pk_program_outputs(callable.program), n, outputs);
    }
    if (inputs > 1 + n && callable.parameters == nullptr) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "%s: the program needs %zu parameters", name, inputs - 1 - n);
    }
}

void check_optional(const pk_ode_callable& callable, const char* name, std::size_t n, std::size_t outputs) {
    if (callable.program != nullptr || callable.function != nullptr) {
        check_callable(callable, name, n, outputs);
    }
}

void check_tolerance(const double* given, std::size_t count, std::size_t n, const char* name) {
    if (given == nullptr || (count != 1 && count != n)) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "%s: 1 or %zu numbers are needed, got %zu", name, n,
                      given == nullptr ? 0 : count);
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (!(given[i] >= 0)) {
            throw failure(PK_ERROR_INVALID_PROBLEM, "%s: number %zu is %g, not a number >= 0", name, i, given[i]);
        }
    }
}

void check_times(const pk_ode_problem& problem) {
    if (problem.has_t_eval == 0) {
        return;
    }
    if (problem.t_eval_count > 0 && problem.t_eval == nullptr) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "t_eval: %zu times are needed", problem.t_eval_count);
    }
    const double direction = problem.t_end < problem.t0 ? -1 : 1;
    for (std::size_t i = 0; i < problem.t_eval_count; ++i) {
        const double t = problem.t_eval[i];
        const bool is_within = direction * t >= direction * problem.t0 && direction * t <= direction * problem.t_end;
        if (!is_within) {
            throw failure(PK_ERROR_INVALID_PROBLEM, "t_eval: time %zu, %g, is not between t0 and t_end", i, t);
        }
        if (i > 0 && !(direction * t > direction * problem.t_eval[i - 1])) {
            throw failure(PK_ERROR_INVALID_PROBLEM, "t_eval: time %zu, %g, is not after the one before", i, t);
        }
    }
}

} // namespace

void check(const pk_ode_problem& problem) {
    if (problem.n > 0 && problem.y0 == nullptr) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "y0: %zu numbers are needed", problem.n);
    }
    if (std::isnan(problem.t0) || std::isinf(problem.t0) || std::isnan(problem.t_end)) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "t0 and t_end are %g and %g, not a finite number and a number",
                      problem.t0, problem.t_end);
    }
    check_callable(problem.f, "f", problem.n, problem.n);
    check_optional(problem.jacobian, "jacobian", problem.n, problem.n * problem.n);
    check_optional(problem.time_derivative, "time_derivative", problem.n, problem.n);
    check_tolerance(problem.rtol, problem.rtol_count, problem.n, "rtol");
    check_tolerance(problem.atol, problem.atol_count, problem.n, "atol");
    const double length = std::abs(problem.t_end - problem.t0);
    const bool is_first_step_within = problem.first_step >= 0 && problem.first_step <= length;
    if (!is_first_step_within) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "first_step: %g is not between 0 and the length of the run",
                      problem.first_step);
    }
    if (!(problem.max_step >= 0)) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "max_step: %g is not positive", problem.max_step);
    }
    check_times(problem);
    const pk_ode_plan* plan = problem.plan;
    if (plan != nullptr && (plan->f != problem.f.program || plan->method != problem.method)) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "plan: it was made for another program or method");
    }
    if (problem.event_count > 0 && problem.events == nullptr) {
        throw failure(PK_ERROR_INVALID_PROBLEM, "events: %zu are needed", problem.event_count);
    }
    for (std::size_t i = 0; i < problem.event_count; ++i) {
        char name[40];
        static_cast<void>(std::snprintf(name, sizeof name, "event %zu", i));
        check_callable(problem.events[i].g, name, problem.n, 1);
    }
}

} // namespace picokernels::integrate
