// SPDX-License-Identifier: BSD-3-Clause
//
// The Rosenbrock method Rodas5P, with the step-size control of the code RODAS: E. Hairer, G. Wanner, "Solving
// Ordinary Differential Equations II", 2nd ed. (1996), sections IV.7 and IV.8.
#include "rosenbrock.hpp"
#include "lu.hpp"
#include "rodas5p.hpp"
#include "weighted.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace picokernels::integrate {

namespace {

constexpr double largest_factor = 6;
// Of the predictive controller: a step with a smaller error counts as one with this error.
constexpr double least_error = 0.01;

struct a_rows {
    static constexpr auto& value = rodas5p::a;
};
struct c_rows {
    static constexpr auto& value = rodas5p::C;
};
struct dense_rows {
    static constexpr auto& value = rodas5p::h;
};

class rosenbrock final : public stepper {
    static constexpr std::size_t stages = rodas5p::stages;

  public:
    rosenbrock(const pk_ode_problem& problem, tolerances allowed)
        : stepper(problem, std::move(allowed), rodas5p::error_order), jacobian_(problem.jacobian, n()),
          time_derivative_(problem.time_derivative, n()), matrix_(n() * n()), slope_in_t_(n()), shifted_(n()),
          lu_(n()), storage_(stages * n()), y_new_(n()) {
        for (std::size_t s = 0; s < stages; ++s) {
            k_[s] = storage_.data() + s * n();
        }
        dense_.resize(dense_terms() * n());
    }

    bool step() override {
        bool is_linearized = false;
        for (length_.begin(t_); !length_.is_too_short(); ++rejected) {
            const double t_new = length_.end(t_);
            const double h = length_.h();
            if (!is_linearized) {
                linearize(std::abs(h));
                is_linearized = true;
            }
            const double error = attempt(h);
            if (length_.accepts(error, exponent, largest_factor_after(error))) {
                last_h_ = h;
                last_error_ = std::max(error, least_error);
                accept(t_new);
                return true;
            }
        }
        return false;
    }

    void make_dense() override {
        for (std::size_t i = 0; i < n(); ++i) {
            dense_[i] = y_[i] - y_old_[i];
            dense_[n() + i] = weighted<row<dense_rows, 0>::weights>(k_.data(), i);
            dense_[2 * n() + i] = weighted<row<dense_rows, 1>::weights>(k_.data(), i);
            dense_[3 * n() + i] = weighted<row<dense_rows, 2>::weights>(k_.data(), i);
        }
    }

    std::size_t dense_terms() const noexcept override { return 1 + rodas5p::h.size(); }

  private:
    static constexpr double exponent = -1.0 / (rodas5p::error_order + 1);

    // By the errors of the last two steps: Hairer and Wanner, section IV.8, the controller of Gustafsson.
    double largest_factor_after(double error) const noexcept {
        if (last_h_ == 0) {
            return largest_factor;
        }
        const double change = std::pow(error * error / last_error_, exponent) * length_.h() / last_h_;
        return std::clamp(step_length::safety * change, step_length::least_factor, largest_factor);
    }

    void accept(double t_new) {
        t_old_ = t_;
        t_ = t_new;
        std::swap(y_old_, y_);
        std::swap(y_, y_new_);
    }

    // ---- stages ---------------------------------------------------------------------------------------------------

    // The estimated error of a step of length h, by which 1 is just small enough. If the matrix is singular, it is no
    // number.
    double attempt(double h) {
        ++factorizations;
        lu_.factor(matrix_.data(), 1 / (h * rodas5p::gamma));
        std::ranges::copy(derivative_, k_[0]);
        solve_stage<0>(h);
        make_stages(h, std::make_index_sequence<stages - 1>());
        const double* last = k_[stages - 1];
        double sum = 0;
        for (std::size_t i = 0; i < n(); ++i) {
            y_new_[i] = f_.y()[i] + last[i];
            const double x = last[i] / tolerances_.scale(i, larger(std::abs(y_[i]), std::abs(y_new_[i])));
            sum += x * x;
        }
        return std::sqrt(sum) / std::sqrt(static_cast<double>(n()));
    }

    template <std::size_t... s> void make_stages(double h, std::index_sequence<s...>) { (make_stage<s + 1>(h), ...); }

    template <std::size_t s> void make_stage(double h) {
        double* const at = f_.y();
        for (std::size_t i = 0; i < n(); ++i) {
            if constexpr (s < rodas5p::a.size()) {
                at[i] = y_[i] + weighted<row<a_rows, s>::weights>(k_.data(), i);
            } else {
                at[i] += k_[s - 1][i];
            }
        }
        evaluate(t_ + rodas5p::c[s] * h, k_[s]);
        solve_stage<s>(h);
    }

    // Makes k of f.
    template <std::size_t s> void solve_stage(double h) {
        const double inverse = 1 / h;
        for (std::size_t i = 0; i < n(); ++i) {
            if constexpr (s > 0) {
                k_[s][i] += weighted<row<c_rows, s>::weights>(k_.data(), i) * inverse;
            }
            if constexpr (rodas5p::d[s] != 0) {
                k_[s][i] += h * rodas5p::d[s] * slope_in_t_[i];
            }
        }
        lu_.solve(k_[s]);
    }

    // ---- derivatives ----------------------------------------------------------------------------------------------

    // Computes f and its derivatives at the begin of a step. The differences suit a step of that length.
    void linearize(double length) {
        if (last_h_ != 0) { // else f is known
            std::ranges::copy(y_, f_.y());
            evaluate(t_, derivative_.data());
        }
        ++jacobians;
        if (!compute(jacobian_, matrix_)) {
            for (std::size_t j = 0; j < n(); ++j) {
                difference_in_y(j, length);
            }
        }
        if (!compute(time_derivative_, slope_in_t_)) {
            difference_in_t(length);
        }
    }

    // Whether there are such derivatives.
    bool compute(callable& derivatives, std::vector<double>& out) {
        if (!derivatives.is_given()) {
            return false;
        }
        std::ranges::copy(y_, derivatives.y());
        pk_trouble trouble;
        return derivatives.compute(t_, out.data(), trouble) &&
               std::ranges::all_of(out, [](double x) { return std::isfinite(x); });
    }

    static constexpr double root_of_epsilon = 0x1p-26;

    // The column j of the Jacobian. The shift is the half of the digits of y_j, or of what it may soon be if it is
    // small, and goes where y_j goes.
    void difference_in_y(std::size_t j, double length) {
        const double slope = derivative_[j];
        double size = std::max({std::abs(y_[j]), length * std::abs(slope), tolerances_.absolute[j]});
        if (size == 0) {
            size = 1;
        }
        std::ranges::copy(y_, f_.y());
        f_.y()[j] += std::copysign(root_of_epsilon * size, direction_ * slope);
        const double shift = f_.y()[j] - y_[j]; // without the rounding error of the sum
        evaluate(t_, shifted_.data());
        for (std::size_t i = 0; i < n(); ++i) {
            matrix_[i * n() + j] = (shifted_[i] - derivative_[i]) / shift;
        }
    }

    // The rounding error of t and the change of the slope within the shift have equal parts in the error.
    void difference_in_t(double length) {
        const double size = std::sqrt(length * std::max(std::abs(t_), length));
        const double t = t_ + direction_ * root_of_epsilon * size;
        std::ranges::copy(y_, f_.y());
        evaluate(t, shifted_.data());
        for (std::size_t i = 0; i < n(); ++i) {
            slope_in_t_[i] = (shifted_[i] - derivative_[i]) / (t - t_);
        }
    }

    callable jacobian_;
    callable time_derivative_;
    std::vector<double> matrix_; // df/dy, row by row
    std::vector<double> slope_in_t_;
    std::vector<double> shifted_; // f beside the begin of the step
    lu lu_;
    std::vector<double> storage_;
    std::array<double*, stages> k_{};
    std::vector<double> y_new_;
    double last_h_ = 0; // of the last step; 0: there was none
    double last_error_ = 0;
};

} // namespace

std::unique_ptr<stepper> make_rosenbrock(const pk_ode_problem& problem, tolerances allowed) {
    return std::make_unique<rosenbrock>(problem, std::move(allowed));
}

// Steinebach's polynomial of degree 4.
void evaluate_rosenbrock(std::size_t n, double theta, const double* y_old, const double* terms, double* y) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        const double curved = terms[n + i] + theta * (terms[2 * n + i] + theta * terms[3 * n + i]);
        y[i] = y_old[i] + theta * (terms[i] + (1 - theta) * curved);
    }
}

} // namespace picokernels::integrate
