// SPDX-License-Identifier: BSD-3-Clause
//
// Sums of stages, which are rows of n numbers, with the weights of a tableau.
#ifndef PICOKERNELS_INTEGRATE_WEIGHTED_HPP
#define PICOKERNELS_INTEGRATE_WEIGHTED_HPP

#include <cstddef>
#include <type_traits>
#include <utility>

namespace picokernels::integrate {

// sum of weights[j] * k[j][i], in this order, without the terms whose weight is zero.
template <const auto& weights, std::size_t... j>
double sum_of(double* const* k, std::size_t i, std::index_sequence<j...>) noexcept {
    double sum = 0;
    bool is_first = true;
    const auto add = [&](auto index) {
        constexpr double weight = weights[index];
        if constexpr (weight != 0) {
            const double term = weight * k[index][i];
            sum = is_first ? term : sum + term;
            is_first = false;
        }
    };
    (add(std::integral_constant<std::size_t, j>()), ...);
    return sum;
}
template <const auto& weights> double weighted(double* const* k, std::size_t i) noexcept {
    return sum_of<weights>(k, i, std::make_index_sequence<weights.size()>());
}

template <class Rows, std::size_t s> struct row {
    static constexpr auto weights = Rows::value[s];
};

// The larger one, or b if that is no number.
inline double larger(double a, double b) noexcept { return a < b || b != b ? b : a; }

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_WEIGHTED_HPP
