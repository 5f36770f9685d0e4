// SPDX-License-Identifier: BSD-3-Clause
//
// What the driver of a run sees of a method.
#ifndef PICOKERNELS_INTEGRATE_STEPPER_HPP
#define PICOKERNELS_INTEGRATE_STEPPER_HPP

#include "callable.hpp"

#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace picokernels::integrate {

// rtol and atol of each component.
struct tolerances {
    std::vector<double> relative;
    std::vector<double> absolute;
    double scale(std::size_t i, double magnitude) const noexcept { return absolute[i] + magnitude * relative[i]; }
};

class stepper {
  public:
    stepper(const stepper&) = delete;
    stepper& operator=(const stepper&) = delete;
    stepper(stepper&&) = delete;
    stepper& operator=(stepper&&) = delete;
    virtual ~stepper() = default;

    // Makes one step whose error is small enough. False if it would be too short.
    virtual bool step() = 0;
    // Computes the terms of the dense output of the last step.
    virtual void make_dense() = 0;
    // How many terms of n numbers there are, beside the state at the begin.
    virtual std::size_t dense_terms() const noexcept = 0;

    double t() const noexcept { return t_; }
    double t_old() const noexcept { return t_old_; }
    const double* y() const noexcept { return y_.data(); }
    const double* y_old() const noexcept { return y_old_.data(); }
    double direction() const noexcept { return direction_; }
    bool is_at_end() const noexcept { return direction_ * (t_ - t_end_) >= 0; }
    std::span<const double> dense() const noexcept { return dense_; }

    // No step is needed from t0 to t0, or without equations. The state stays.
    void skip_to_end() noexcept {
        t_old_ = t_;
        t_ = t_end_;
        y_old_ = y_;
    }

    std::size_t evaluations = 0;
    std::size_t rejected = 0;

  protected:
    stepper(const pk_ode_problem& problem, tolerances allowed, int error_order);

    std::size_t n() const noexcept { return y_.size(); }
    // f(t, y) for the state in f_.y().
    void evaluate(double t, double* out) {
        ++evaluations;
        f_(t, out);
    }
    double least_step() const noexcept { return 10 * std::abs(std::nextafter(t_, direction_ * HUGE_VAL) - t_); }

    callable f_;
    tolerances tolerances_;
    double t_;
    double t_old_;
    double t_end_;
    double direction_;
    double max_step_;
    double next_length_ = 0; // of the next step
    std::vector<double> y_;
    std::vector<double> y_old_;
    std::vector<double> derivative_; // f(t, y)
    std::vector<double> dense_;

  private:
    double first_length(int error_order);
};

std::unique_ptr<stepper> make_stepper(const pk_ode_problem& problem);

// Evaluates the dense output of one step: from its begin t_old with the state y_old to t_old + h.
void evaluate_dense(pk_ode_method method, std::size_t n, double t_old, double h, const double* y_old,
                    const double* terms, double t, double* y) noexcept;

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_STEPPER_HPP
