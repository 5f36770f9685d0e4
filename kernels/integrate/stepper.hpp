// SPDX-License-Identifier: BSD-3-Clause
//
// What the driver of a run sees of a method.
#ifndef PICOKERNELS_INTEGRATE_STEPPER_HPP
#define PICOKERNELS_INTEGRATE_STEPPER_HPP

#include "callable.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
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

// The length of steps: Hairer et al., section II.4, with the factors of SciPy. Times and lengths stay finite, also
// where the end of the run is not: an infinite step has no error by which it could be accepted or made shorter.
class step_length {
  public:
    step_length() = default;
    step_length(double first, double most, double t_end, double direction) noexcept
        : next_(first), most_(std::min(most, largest)), t_end_(std::clamp(t_end, -largest, largest)),
          direction_(direction) {}

    // Begins a step at t.
    void begin(double t) noexcept {
        least_ = 10 * std::abs(std::nextafter(t, direction_ * HUGE_VAL) - t);
        length_ = next_;
        if (length_ > most_) {
            length_ = most_;
        } else if (length_ < least_) {
            length_ = least_;
        }
        was_rejected_ = false;
    }

    // Also if it is no number, or if there is no later time.
    bool is_too_short() const noexcept { return !(length_ >= least_) || least_ > largest; }

    // The end of the step, and its signed length.
    double end(double t) noexcept {
        double t_new = t + length_ * direction_;
        if (direction_ * (t_new - t_end_) > 0) {
            t_new = t_end_;
        }
        h_ = t_new - t;
        length_ = std::abs(h_);
        return t_new;
    }
    double h() const noexcept { return h_; }

    // Whether the step is accepted with this norm of the error, of which less than 1 is small enough. Chooses the
    // length of the next step, or of the next attempt. A step is at most largest_factor times as long as the one
    // before.
    bool accepts(double error, double exponent, double largest_factor = 10) noexcept {
        const double wanted = safety * std::pow(error, exponent);
        if (error < 1) {
            double factor = error != 0 && wanted < largest_factor ? wanted : largest_factor;
            if (was_rejected_ && factor > 1) {
                factor = 1;
            }
            next_ = length_ * factor;
            return true;
        }
        length_ *= wanted > least_factor ? wanted : least_factor;
        was_rejected_ = true;
        return false;
    }

    static constexpr double safety = 0.9;
    static constexpr double least_factor = 0.2;

  private:
    static constexpr double largest = std::numeric_limits<double>::max();
    double next_ = 0;
    double most_ = 0;
    double t_end_ = 0;
    double direction_ = 1;
    double least_ = 0;
    double length_ = 0;
    double h_ = 0;
    bool was_rejected_ = false;
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
    const double* derivative() const noexcept { return derivative_.data(); } // before the first step
    const step_length& length() const noexcept { return length_; }
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
    std::size_t jacobians = 0;
    std::size_t factorizations = 0;

  protected:
    stepper(const pk_ode_problem& problem, tolerances allowed, int error_order);

    std::size_t n() const noexcept { return y_.size(); }
    // f(t, y) for the state in f_.y().
    void evaluate(double t, double* out) {
        ++evaluations;
        f_(t, out);
    }
    callable f_;
    tolerances tolerances_;
    double t_;
    double t_old_;
    double t_end_;
    double direction_;
    step_length length_;
    std::vector<double> y_;
    std::vector<double> y_old_;
    std::vector<double> derivative_; // f(t, y)
    std::vector<double> dense_;

  private:
    double first_length(int error_order, double max_step);
};

tolerances tolerances_of(const pk_ode_problem& problem);
std::unique_ptr<stepper> make_stepper(const pk_ode_problem& problem);
// The power of the norm of the error by which the length of steps changes.
double error_exponent(pk_ode_method method) noexcept;

// The terms of the dense output of PK_ODE_RK23 and PK_ODE_RK45, from the derivatives k of all stages.
void make_dense_powers(pk_ode_method method, std::size_t n, const double* const* k, double* terms) noexcept;

// Evaluates the dense output of one step: from its begin t_old with the state y_old to t_old + h.
void evaluate_dense(pk_ode_method method, std::size_t n, double t_old, double h, const double* y_old,
                    const double* terms, double t, double* y) noexcept;

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_STEPPER_HPP
