// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_SOLUTION_HPP
#define PICOKERNELS_INTEGRATE_SOLUTION_HPP

#include "picokernels/integrate.h"
#include "stepper.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

// The stored results of a run.
struct pk_ode_solution {
    struct series {
        std::vector<double> times;
        std::vector<double> states;
        void append(double t, const double* y, std::size_t count) {
            times.push_back(t);
            states.insert(states.end(), y, y + count);
        }
    };

    pk_ode_method method = PK_ODE_RK45;
    std::size_t n = 0;
    pk_ode_summary summary{};
    series points;
    std::vector<series> events;
    // The dense output: pieces between the breaks. Each has the length of its step, the state at its begin, and its
    // terms. An event can end the last piece before its step ends.
    std::vector<double> breaks;
    std::vector<double> pieces;
    std::size_t piece_size = 0;

    void evaluate(std::size_t segment, double t, double* y) const noexcept {
        const double* piece = pieces.data() + segment * piece_size;
        const double h = piece[0];
        const double* y_old = piece + 1;
        if (h == 0) { // no step was needed
            std::copy_n(y_old, n, y);
            return;
        }
        picokernels::integrate::evaluate_dense(method, n, breaks[segment], h, y_old, y_old + n, t, y);
    }

    // The piece that t belongs to: at a break, the earlier one.
    std::size_t segment_of(double t) const noexcept {
        const bool ascends = breaks.back() >= breaks.front();
        const auto found =
            ascends ? std::ranges::lower_bound(breaks, t) : std::ranges::lower_bound(breaks, t, std::greater<>());
        const auto index = static_cast<std::size_t>(found - breaks.begin());
        return std::min(index == 0 ? 0 : index - 1, summary.segments - 1);
    }
};

#endif // PICOKERNELS_INTEGRATE_SOLUTION_HPP
