// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_CALLABLE_HPP
#define PICOKERNELS_INTEGRATE_CALLABLE_HPP

#include "failure.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace picokernels::integrate {

// A function of t and y, as the integrators call it. The caller writes the state into y() and then calls, so that a
// program finds its inputs in place.
class callable {
  public:
    // The checked callable of a problem with n equations.
    callable(const pk_ode_callable& of, std::size_t n) : of_(of), inputs_(1 + n) {
        if (of.program != nullptr) {
            inputs_.insert(inputs_.end(), of.parameters, of.parameters + (pk_program_inputs(of.program) - 1 - n));
        }
    }

    double* y() noexcept { return inputs_.data() + 1; }

    bool is_given() const noexcept { return of_.program != nullptr || of_.function != nullptr; }

    void operator()(double t, double* out) {
        pk_trouble trouble;
        if (!compute(t, out, trouble)) {
            throw failure(trouble, t);
        }
    }

    // False if the program reports trouble, and there is no function in its place.
    bool compute(double t, double* out, pk_trouble& trouble) {
        inputs_[0] = t;
        if (of_.program != nullptr) {
            if (pk_program_run_point(of_.program, inputs_.data(), out, &trouble) == PK_OK) {
                return true;
            }
            if (of_.function == nullptr) {
                return false;
            }
        }
        if (of_.function(t, y(), out, of_.data) != 0) {
            throw failure("a function of the problem", t);
        }
        return true;
    }

    void operator()(double t, const double* y_at, std::size_t n, double* out) {
        std::copy_n(y_at, n, y());
        (*this)(t, out);
    }

  private:
    pk_ode_callable of_;
    std::vector<double> inputs_; // t, y, and the parameters
};

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_CALLABLE_HPP
