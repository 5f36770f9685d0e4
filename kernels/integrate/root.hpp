// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_ROOT_HPP
#define PICOKERNELS_INTEGRATE_ROOT_HPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace picokernels::integrate {

// A zero of g between a and b, where g has different signs or is zero: R. P. Brent, "Algorithms for Minimization
// without Derivatives" (1973), chapter 4. The tolerances are those of SciPy's events. If the signs are equal, because
// the dense output differs from the state in the last bits, the end with the smaller |g| stands for the zero.
template <class Function> double find_root(Function g, double a, double b) {
    constexpr double tolerance = 4 * std::numeric_limits<double>::epsilon();
    constexpr int most_rounds = 100;
    // The best guess, the one before, and the end of the bracket on the other side.
    double best = b;
    double before = a;
    double other = 0;
    double g_best = g(b);
    double g_before = g(a);
    double g_other = 0;
    double step = 0;
    double last_step = 0;
    if (g_before == 0) {
        return a;
    }
    if (g_best == 0) {
        return b;
    }
    if (std::signbit(g_before) == std::signbit(g_best)) {
        return std::abs(g_before) < std::abs(g_best) ? a : b;
    }
    for (int round = 0; round < most_rounds; ++round) {
        if (g_before != 0 && g_best != 0 && std::signbit(g_before) != std::signbit(g_best)) {
            other = before;
            g_other = g_before;
            step = last_step = best - before;
        }
        if (std::abs(g_other) < std::abs(g_best)) {
            before = std::exchange(best, other);
            other = before;
            g_before = std::exchange(g_best, g_other);
            g_other = g_before;
        }
        const double least = (tolerance + tolerance * std::abs(best)) / 2;
        const double half = (other - best) / 2;
        if (g_best == 0 || std::abs(half) < least) {
            return best;
        }
        bool bisects = true;
        if (std::abs(last_step) > least && std::abs(g_best) < std::abs(g_before)) {
            double trial = 0;
            if (before == other) { // the secant
                trial = -g_best * (best - before) / (g_best - g_before);
            } else { // inverse quadratic interpolation
                const double slope_before = (g_before - g_best) / (before - best);
                const double slope_other = (g_other - g_best) / (other - best);
                trial = -g_best * (g_other * slope_other - g_before * slope_before) /
                        (slope_other * slope_before * (g_other - g_before));
            }
            if (2 * std::abs(trial) < std::min(std::abs(last_step), 3 * std::abs(half) - least)) {
                last_step = step;
                step = trial;
                bisects = false;
            }
        }
        if (bisects) {
            last_step = half;
            step = half;
        }
        before = best;
        g_before = g_best;
        best += std::abs(step) > least ? step : (half > 0 ? least : -least);
        g_best = g(best);
    }
    return best;
}

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_ROOT_HPP
