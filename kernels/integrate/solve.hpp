// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_SOLVE_HPP
#define PICOKERNELS_INTEGRATE_SOLVE_HPP

#include "solution.hpp"

#include <memory>

namespace picokernels::integrate {

// Throws failure, std::bad_alloc, or what a function of a C++ caller throws.
std::unique_ptr<pk_ode_solution> solve(const pk_ode_problem& problem);

// The members of an ensemble: see pk_ode_solve_ensemble().
struct ensemble {
    const pk_ode_problem& problem;
    std::size_t members;
    const double* y0;
    const double* parameters;
    pk_ode_solution** solutions;
    pk_ode_error* errors; // never null
    int (*stop)(std::size_t done, void* data);
    void* stop_data;
};
void solve(const ensemble& of);

// Throws failure unless the problem keeps the rules of integrate.h.
void check(const pk_ode_problem& problem);

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_SOLVE_HPP
