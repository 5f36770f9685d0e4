// SPDX-License-Identifier: BSD-3-Clause
//
// The bodies of the C functions of integrate.h.
#include "plan.hpp"
#include "solve.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

namespace {

using picokernels::integrate::failure;

pk_ode_error error_of(pk_status status) noexcept {
    pk_ode_error error{};
    error.status = status;
    error.trouble.instruction = -1;
    if (status != PK_OK) {
        static_cast<void>(std::snprintf(error.message, sizeof error.message, "%s", pk_status_message(status)));
    }
    return error;
}

} // namespace

extern "C" {

pk_status pk_ode_plan_create(const pk_program* f, pk_ode_method method, pk_ode_plan** plan) noexcept {
    *plan = nullptr;
    if (f == nullptr || pk_program_inputs(f) <= pk_program_outputs(f)) {
        return PK_ERROR_INVALID_PROBLEM;
    }
    *plan = new (std::nothrow) pk_ode_plan(f, method);
    return *plan == nullptr ? PK_ERROR_OUT_OF_MEMORY : PK_OK;
}

// NOLINTNEXTLINE(misc-const-correctness): the signature is that of the header
void pk_ode_plan_destroy(pk_ode_plan* plan) noexcept { delete plan; }

pk_status pk_ode_solve(const pk_ode_problem* problem, pk_ode_solution** solution, pk_ode_error* error) noexcept {
    pk_ode_error result = error_of(PK_OK);
    std::unique_ptr<pk_ode_solution> made;
    try {
        made = picokernels::integrate::solve(*problem);
    } catch (const failure& ended) {
        result = ended.details();
    } catch (const std::bad_alloc&) {
        result = error_of(PK_ERROR_OUT_OF_MEMORY);
    } catch (const std::length_error&) {
        result = error_of(PK_ERROR_OUT_OF_MEMORY);
    }
    *solution = made.release();
    if (error != nullptr) {
        *error = result;
    }
    return result.status;
}

pk_status pk_ode_solve_ensemble(const pk_ode_problem* problem, size_t members, const double* y0,
                                const double* parameters, pk_ode_solution** solutions, pk_ode_error* errors,
                                int (*stop)(size_t done, void* data), void* stop_data) noexcept {
    std::fill_n(solutions, members, nullptr);
    pk_ode_error result = error_of(PK_ERROR_CALLBACK); // of members without a solution and an error of their own
    std::vector<pk_ode_error> own;
    try {
        if (errors == nullptr) {
            own.resize(members);
            errors = own.data();
        }
        std::fill_n(errors, members, error_of(PK_OK));
        picokernels::integrate::solve({*problem, members, y0, parameters, solutions, errors, stop, stop_data});
    } catch (const failure& ended) {
        result = ended.details();
    } catch (const std::exception&) { // there was no memory
        result = error_of(PK_ERROR_OUT_OF_MEMORY);
    }
    pk_status status = PK_OK;
    for (size_t i = members; i-- > 0;) {
        if (solutions[i] == nullptr) {
            if (errors != nullptr && errors[i].status == PK_OK) {
                errors[i] = result;
            }
            status = errors != nullptr ? errors[i].status : result.status;
        }
    }
    return status;
}

// NOLINTNEXTLINE(misc-const-correctness): the signature is that of the header
void pk_ode_destroy(pk_ode_solution* solution) noexcept { delete solution; }

pk_ode_summary pk_ode_get_summary(const pk_ode_solution* solution) noexcept { return solution->summary; }

const double* pk_ode_times(const pk_ode_solution* solution) noexcept { return solution->points.times.data(); }
const double* pk_ode_states(const pk_ode_solution* solution) noexcept { return solution->points.states.data(); }

size_t pk_ode_event_points(const pk_ode_solution* solution, size_t event) noexcept {
    return solution->events[event].times.size();
}
const double* pk_ode_event_times(const pk_ode_solution* solution, size_t event) noexcept {
    return solution->events[event].times.data();
}
const double* pk_ode_event_states(const pk_ode_solution* solution, size_t event) noexcept {
    return solution->events[event].states.data();
}

const double* pk_ode_breaks(const pk_ode_solution* solution) noexcept { return solution->breaks.data(); }

pk_status pk_ode_evaluate(const pk_ode_solution* solution, const double* times, size_t count,
                          double* states) noexcept {
    if (solution->summary.segments == 0) {
        return PK_ERROR_NOT_DENSE;
    }
    for (size_t i = 0; i < count; ++i) {
        solution->evaluate(solution->segment_of(times[i]), times[i], states + i * solution->n);
    }
    return PK_OK;
}

pk_status pk_ode_evaluate_segment(const pk_ode_solution* solution, size_t segment, const double* times, size_t count,
                                  double* states) noexcept {
    if (segment >= solution->summary.segments) {
        return PK_ERROR_NOT_DENSE;
    }
    for (size_t i = 0; i < count; ++i) {
        solution->evaluate(segment, times[i], states + i * solution->n);
    }
    return PK_OK;
}

} // extern "C"
