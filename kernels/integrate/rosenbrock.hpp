// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_ROSENBROCK_HPP
#define PICOKERNELS_INTEGRATE_ROSENBROCK_HPP

#include "stepper.hpp"

#include <cstddef>
#include <memory>

namespace picokernels::integrate {

// PK_ODE_RODAS5P.
std::unique_ptr<stepper> make_rosenbrock(const pk_ode_problem& problem, tolerances allowed);

// Its dense output, at the share theta of a step from y_old.
void evaluate_rosenbrock(std::size_t n, double theta, const double* y_old, const double* terms, double* y) noexcept;

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_ROSENBROCK_HPP
