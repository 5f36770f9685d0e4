// SPDX-License-Identifier: BSD-3-Clause
//
// Scalar arithmetic compiled for the baseline, one element a call: what every kernel must agree with, bit for bit.
#ifndef PICOKERNELS_TESTS_SCALAR_REFERENCE_HPP
#define PICOKERNELS_TESTS_SCALAR_REFERENCE_HPP

namespace reference {

enum class operation { add, sub, mul, div, rsub, rdiv };

double compute(operation op, double a, double b) noexcept;
float compute(operation op, float a, float b) noexcept;

} // namespace reference

#endif // PICOKERNELS_TESTS_SCALAR_REFERENCE_HPP
