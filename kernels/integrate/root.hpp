// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_ROOT_HPP
#define PICOKERNELS_INTEGRATE_ROOT_HPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace picokernels::integrate {

struct point {
    double t;
    double g;
    bool has_other_sign(const point& other) const noexcept { return std::signbit(g) != std::signbit(other.g); }
};

// Where the secant through two points, or the inverse quadratic curve through three, has its zero: the way from best.
inline double way_to_zero(const point& before, const point& best, const point& other) noexcept {
    if (before.t == other.t) {
        return -best.g * (best.t - before.t) / (best.g - before.g);
    }
    const double slope_before = (before.g - best.g) / (before.t - best.t);
    const double slope_other = (other.g - best.g) / (other.t - best.t);
    return -best.g * (other.g * slope_other - before.g * slope_before) /
           (slope_other * slope_before * (other.g - before.g));
}

// Moves the ends of an interval in which g changes its sign, until its length is finite. a is finite. Returns false
// if b is infinite and stays so, because the zero is beyond the largest number.
template <class Function> bool bring_together(Function g, point& a, point& b) {
    const auto divide_at = [&](double t) {
        const point between{t, g(t)};
        (a.has_other_sign(between) ? b : a) = between;
    };
    if (std::isinf(b.t)) {
        divide_at(std::copysign(std::numeric_limits<double>::max(), b.t));
    }
    if (std::isfinite(b.t) && std::isinf(b.t - a.t)) {
        divide_at(a.t / 2 + b.t / 2);
    }
    return std::isfinite(b.t);
}

// A zero of g between a and b, where g has different signs or is zero: R. P. Brent, "Algorithms for Minimization
// without Derivatives" (1973), chapter 4. The tolerances are those of SciPy's events, and so are the first 100
// rounds, after which SciPy gives up. Here the interval is halved from then on: 1100 rounds lead from the longest
// interval to the shortest one. If the signs are equal, because the dense output differs from the state in the last
// bits, the end with the smaller |g| stands for the zero. b can be infinite, in runs without equations.
template <class Function> double find_root(Function g, double a, double b) {
    constexpr double tolerance = 4 * std::numeric_limits<double>::epsilon();
    constexpr int rounds_of_scipy = 100;
    constexpr int most_rounds = rounds_of_scipy + 1100;
    point before{a, g(a)};
    point best{b, g(b)};
    if (before.g == 0 || best.g == 0 || !before.has_other_sign(best)) {
        return std::abs(before.g) <= std::abs(best.g) ? a : b;
    }
    if (!bring_together(g, before, best)) {
        return b;
    }
    point other = before; // the end of the bracket on the other side of best
    double step = best.t - before.t;
    double last_step = step;
    for (int round = 0; round < most_rounds; ++round) {
        if (before.g != 0 && best.g != 0 && before.has_other_sign(best)) {
            other = before;
            step = last_step = best.t - before.t;
        }
        if (std::abs(other.g) < std::abs(best.g)) {
            before = std::exchange(best, other);
            other = before;
        }
        const double least = (tolerance + tolerance * std::abs(best.t)) / 2;
        const double half = (other.t - best.t) / 2;
        if (best.g == 0 || std::abs(half) < least) {
            break;
        }
        const bool may_interpolate =
            round < rounds_of_scipy && std::abs(last_step) > least && std::abs(best.g) < std::abs(before.g);
        const double way = may_interpolate ? way_to_zero(before, best, other) : half;
        if (may_interpolate && 2 * std::abs(way) < std::min(std::abs(last_step), 3 * std::abs(half) - least)) {
            last_step = std::exchange(step, way);
        } else {
            step = last_step = half;
        }
        before = best;
        best.t += std::abs(step) > least ? step : std::copysign(least, half);
        best.g = g(best.t);
    }
    return best.t;
}

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_ROOT_HPP
