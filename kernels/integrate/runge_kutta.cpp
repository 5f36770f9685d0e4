// SPDX-License-Identifier: BSD-3-Clause
//
// Explicit Runge-Kutta methods: E. Hairer, S. P. Norsett, G. Wanner, "Solving Ordinary Differential Equations I", 2nd
// ed. (1993), sections II.1, II.4 (step size), II.6 (dense output), and II.10 (DOP853). The control of the step size
// follows SciPy's classes RungeKutta, RK23, RK45, and DOP853.
#include "dop853.hpp"
#include "plan.hpp"
#include "rosenbrock.hpp"
#include "stepper.hpp"
#include "tableaux.hpp"
#include "weighted.hpp"

#include <array>
#include <limits>
#include <utility>

namespace picokernels::integrate {

namespace {

// The square root of the sum of squares.
double norm(const double* x, std::size_t n) noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        sum += x[i] * x[i];
    }
    return std::sqrt(sum);
}

// ---- error norms --------------------------------------------------------------------------------------------------

template <class Tableau> double error_norm(double* const* k, double h, const std::vector<double>& scale) noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < scale.size(); ++i) {
        const double x = weighted<Tableau::e>(k, i) * h / scale[i];
        sum += x * x;
    }
    return std::sqrt(sum) / std::sqrt(static_cast<double>(scale.size()));
}

template <>
double error_norm<dormand_prince_853>(double* const* k, double h, const std::vector<double>& scale) noexcept {
    double sum5 = 0;
    double sum3 = 0;
    for (std::size_t i = 0; i < scale.size(); ++i) {
        const double x5 = weighted<dormand_prince_853::e5>(k, i) / scale[i];
        const double x3 = weighted<dormand_prince_853::e3>(k, i) / scale[i];
        sum5 += x5 * x5;
        sum3 += x3 * x3;
    }
    if (sum5 == 0 && sum3 == 0) {
        return 0;
    }
    const double denominator = sum5 + 0.01 * sum3;
    return std::abs(h) * sum5 / std::sqrt(denominator * static_cast<double>(scale.size()));
}

template <class Tableau> constexpr double exponent = -1.0 / (Tableau::error_order + 1);

// ---- steps --------------------------------------------------------------------------------------------------------

template <class Tableau> struct a_rows {
    static constexpr auto& value = Tableau::a;
};
struct dense_a_rows {
    static constexpr auto& value = dormand_prince_853::dense_a;
};

template <class Tableau> constexpr std::size_t dense_stages = 0;
template <> constexpr std::size_t dense_stages<dormand_prince_853> = dormand_prince_853::dense_stages;

// The weights of the powers of theta.
template <class Tableau> void make_powers(std::size_t n, const double* const* k, double* terms) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t power = 0; power < Tableau::dense_terms; ++power) {
            double sum = 0;
            for (std::size_t j = 0; j <= Tableau::stages; ++j) {
                sum += k[j][i] * Tableau::p[j][power];
            }
            terms[power * n + i] = sum;
        }
    }
}

// The program of a step, or null.
const pk_program* step_of(const pk_ode_problem& problem) {
    const bool has_stages = problem.is_dense != 0 || problem.has_t_eval != 0 || problem.event_count != 0;
    return problem.plan == nullptr || problem.n == 0 ? nullptr : problem.plan->step(has_stages, false);
}

template <class Tableau> class runge_kutta final : public stepper {
    static constexpr std::size_t stages = Tableau::stages;
    static constexpr std::size_t rows = stages + 1 + dense_stages<Tableau>;

  public:
    runge_kutta(const pk_ode_problem& problem, tolerances allowed)
        : stepper(problem, std::move(allowed), Tableau::error_order),
          planned_(step_of(problem), problem, tolerances_), storage_(rows * n()), y_new_(n()), scale_(n()) {
        for (std::size_t s = 0; s < rows; ++s) {
            k_[s] = storage_.data() + s * n();
        }
        // Each step begins with the last row.
        std::copy(derivative_.begin(), derivative_.end(), k_[stages]);
        dense_.resize(Tableau::dense_terms * n());
    }

    bool step() override {
        std::swap(k_[0], k_[stages]);
        for (length_.begin(t_); !length_.is_too_short(); ++rejected) {
            const double t_new = length_.end(t_);
            if (length_.accepts(attempt(length_.h()), exponent<Tableau>)) {
                accept(t_new, length_.h());
                return true;
            }
        }
        return false;
    }

    void make_dense() override {
        if constexpr (dense_stages<Tableau> == 0) {
            make_powers<Tableau>(n(), k_.data(), dense_.data());
        } else {
            make_long_dense(std::make_index_sequence<dense_stages<Tableau>>());
        }
    }

    std::size_t dense_terms() const noexcept override { return Tableau::dense_terms; }

  private:
    // The estimated error of a step of length h, by which 1 is just small enough.
    double attempt(double h) {
        // Where the program reports trouble, the right-hand side itself tells at which time, or has a function.
        if (planned_.is_given() && planned_.run(t_, h, y_.data(), k_[0])) {
            return take_planned();
        }
        return attempt_stages(h);
    }

    double take_planned() noexcept {
        evaluations += stages;
        std::copy_n(planned_.y(), n(), y_new_.data());
        std::copy_n(planned_.derivative(), n(), k_[stages]);
        for (std::size_t s = 0; s < planned_.inner_stages(); ++s) {
            std::copy_n(planned_.stages() + s * n(), n(), k_[1 + s]);
        }
        return planned_.error();
    }

    double attempt_stages(double h) {
        make_stages(h, std::make_index_sequence<stages - 1>());
        double* at = f_.y();
        for (std::size_t i = 0; i < n(); ++i) {
            y_new_[i] = y_[i] + h * weighted<Tableau::b>(k_.data(), i);
            at[i] = y_new_[i];
        }
        evaluate(t_ + h, k_[stages]);
        for (std::size_t i = 0; i < n(); ++i) {
            scale_[i] = tolerances_.scale(i, larger(std::abs(y_[i]), std::abs(y_new_[i])));
        }
        return error_norm<Tableau>(k_.data(), h, scale_);
    }

    template <std::size_t... s> void make_stages(double h, std::index_sequence<s...>) {
        (make_stage<row<a_rows<Tableau>, s + 1>, s + 1>(t_, y_.data(), Tableau::c[s + 1], h), ...);
    }

    template <class Row, std::size_t to> void make_stage(double t, const double* y, double c, double h) {
        double* at = f_.y();
        for (std::size_t i = 0; i < n(); ++i) {
            at[i] = y[i] + weighted<Row::weights>(k_.data(), i) * h;
        }
        evaluate(t + c * h, k_[to]);
    }

    void accept(double t_new, double h) {
        t_old_ = t_;
        t_ = t_new;
        h_ = h;
        std::swap(y_old_, y_);
        std::swap(y_, y_new_);
    }

    // Hairer et al., section II.10, (10.9) and dop853.f.
    template <std::size_t... s> void make_long_dense(std::index_sequence<s...>) {
        (make_stage<row<dense_a_rows, s>, stages + 1 + s>(t_old_, y_old_.data(), Tableau::dense_c[s], h_), ...);
        for (std::size_t i = 0; i < n(); ++i) {
            const double change = y_[i] - y_old_[i];
            dense_[i] = change;
            dense_[n() + i] = h_ * k_[0][i] - change;
            dense_[2 * n() + i] = 2 * change - h_ * (k_[stages][i] + k_[0][i]);
            for (std::size_t term = 0; term < Tableau::d.size(); ++term) {
                double sum = 0;
                for (std::size_t j = 0; j < rows; ++j) {
                    sum += Tableau::d[term][j] * k_[j][i];
                }
                dense_[(3 + term) * n() + i] = h_ * sum;
            }
        }
    }

    planned_step planned_;
    std::vector<double> storage_;
    std::array<double*, rows> k_{}; // the derivatives of the stages
    std::vector<double> y_new_;
    std::vector<double> scale_;
    double h_ = 0; // of the last step
};

// ---- dense output -------------------------------------------------------------------------------------------------

void evaluate_powers(std::size_t count, std::size_t n, double h, double theta, const double* y_old,
                     const double* terms, double* y) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        double power = theta;
        double sum = terms[i] * power;
        for (std::size_t k = 1; k < count; ++k) {
            power *= theta;
            sum += terms[k * n + i] * power;
        }
        y[i] = h * sum + y_old[i];
    }
}

// Factors theta and 1 - theta by turns.
void evaluate_nested(std::size_t count, std::size_t n, double theta, const double* y_old, const double* terms,
                     double* y) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (std::size_t k = count; k-- > 0;) {
            sum = (sum + terms[k * n + i]) * ((count - 1 - k) % 2 == 0 ? theta : 1 - theta);
        }
        y[i] = sum + y_old[i];
    }
}

} // namespace

// ---- what all methods share ---------------------------------------------------------------------------------------

tolerances tolerances_of(const pk_ode_problem& problem) {
    constexpr double least = 100 * std::numeric_limits<double>::epsilon();
    tolerances made{std::vector<double>(problem.n), std::vector<double>(problem.n)};
    for (std::size_t i = 0; i < problem.n; ++i) {
        made.relative[i] = std::max(least, problem.rtol[problem.rtol_count == 1 ? 0 : i]);
        made.absolute[i] = problem.atol[problem.atol_count == 1 ? 0 : i];
    }
    return made;
}

stepper::stepper(const pk_ode_problem& problem, tolerances allowed, int error_order)
    : f_(problem.f, problem.n), tolerances_(std::move(allowed)), t_(problem.t0), t_old_(problem.t0),
      t_end_(problem.t_end), direction_(problem.t_end < problem.t0 ? -1 : 1), y_(problem.y0, problem.y0 + problem.n),
      y_old_(y_), derivative_(problem.n) {
    std::ranges::copy(y_, f_.y());
    evaluate(t_, derivative_.data());
    const double max_step = problem.max_step == 0 ? HUGE_VAL : problem.max_step;
    const double first = problem.first_step != 0 ? problem.first_step : first_length(error_order, max_step);
    length_ = step_length(first, max_step, t_end_, direction_);
}

// Hairer et al., section II.4, "Starting step size".
double stepper::first_length(int error_order, double max_step) {
    const double interval = std::abs(t_end_ - t_);
    if (n() == 0) {
        return HUGE_VAL;
    }
    if (interval == 0) {
        return 0;
    }
    std::vector<double> scaled(n());
    std::vector<double> scale(n());
    const double root_n = std::sqrt(static_cast<double>(n()));
    const auto rms = [&](auto number_at) {
        for (std::size_t i = 0; i < n(); ++i) {
            scaled[i] = number_at(i) / scale[i];
        }
        return norm(scaled.data(), n()) / root_n;
    };
    for (std::size_t i = 0; i < n(); ++i) {
        scale[i] = tolerances_.scale(i, std::abs(y_[i]));
    }
    const double d0 = rms([&](std::size_t i) { return y_[i]; });
    const double d1 = rms([&](std::size_t i) { return derivative_[i]; });
    const double h0 = std::min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1, interval);
    for (std::size_t i = 0; i < n(); ++i) {
        f_.y()[i] = y_[i] + h0 * direction_ * derivative_[i];
    }
    std::vector<double> next(n());
    evaluate(t_ + h0 * direction_, next.data());
    const double d2 = rms([&](std::size_t i) { return next[i] - derivative_[i]; }) / h0;
    double h1 = 0;
    if (d1 <= 1e-15 && d2 <= 1e-15) {
        h1 = std::max(1e-6, h0 * 1e-3);
    } else {
        h1 = std::pow(0.01 / (d2 > d1 ? d2 : d1), 1.0 / (error_order + 1));
    }
    return std::min({100 * h0, h1, interval, max_step});
}

std::unique_ptr<stepper> make_stepper(const pk_ode_problem& problem) {
    tolerances allowed = tolerances_of(problem);
    switch (problem.method) {
    case PK_ODE_RK23:
        return std::make_unique<runge_kutta<bogacki_shampine>>(problem, std::move(allowed));
    case PK_ODE_RK45:
        return std::make_unique<runge_kutta<dormand_prince>>(problem, std::move(allowed));
    case PK_ODE_DOP853:
        return std::make_unique<runge_kutta<dormand_prince_853>>(problem, std::move(allowed));
    case PK_ODE_RODAS5P:
        return make_rosenbrock(problem, std::move(allowed));
    }
    throw failure(PK_ERROR_INVALID_PROBLEM, "method: there is no method %d", static_cast<int>(problem.method));
}

double error_exponent(pk_ode_method method) noexcept {
    switch (method) {
    case PK_ODE_RK23:
        return exponent<bogacki_shampine>;
    case PK_ODE_RK45:
        return exponent<dormand_prince>;
    case PK_ODE_DOP853:
        return exponent<dormand_prince_853>;
    case PK_ODE_RODAS5P:
        break; // it has no lanes
    }
    return 0;
}

void make_dense_powers(pk_ode_method method, std::size_t n, const double* const* k, double* terms) noexcept {
    if (method == PK_ODE_RK23) {
        make_powers<bogacki_shampine>(n, k, terms);
    } else {
        make_powers<dormand_prince>(n, k, terms);
    }
}

void evaluate_dense(pk_ode_method method, std::size_t n, double t_old, double h, const double* y_old,
                    const double* terms, double t, double* y) noexcept {
    const double theta = (t - t_old) / h;
    switch (method) {
    case PK_ODE_RK23:
        evaluate_powers(bogacki_shampine::dense_terms, n, h, theta, y_old, terms, y);
        break;
    case PK_ODE_RK45:
        evaluate_powers(dormand_prince::dense_terms, n, h, theta, y_old, terms, y);
        break;
    case PK_ODE_DOP853:
        evaluate_nested(dormand_prince_853::dense_terms, n, theta, y_old, terms, y);
        break;
    case PK_ODE_RODAS5P:
        evaluate_rosenbrock(n, theta, y_old, terms, y);
        break;
    }
}

} // namespace picokernels::integrate
