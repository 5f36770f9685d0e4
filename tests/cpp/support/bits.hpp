// SPDX-License-Identifier: BSD-3-Clause
//
// Comparison by bits, and the values on which arithmetic goes wrong first.
#ifndef PICOKERNELS_TESTS_BITS_HPP
#define PICOKERNELS_TESTS_BITS_HPP

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

template <class T> using bits_of = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

// Equal bits; any NaN equals any other, since IEEE 754 leaves the payload open.
template <class T> bool same_bits(T x, T y) noexcept {
    return (std::isnan(x) && std::isnan(y)) || std::bit_cast<bits_of<T>>(x) == std::bit_cast<bits_of<T>>(y);
}

// Whether two numbers of one sign have at most so many places between them.
template <class T> bool are_within(T x, T y, double places) noexcept {
    if (std::isnan(x) || std::isnan(y) || std::signbit(x) != std::signbit(y)) {
        return false;
    }
    const auto first = std::bit_cast<bits_of<T>>(x);
    const auto second = std::bit_cast<bits_of<T>>(y);
    return static_cast<double>(first < second ? second - first : first - second) <= places;
}

template <class T> std::vector<T> special_values() {
    using limits = std::numeric_limits<T>;
    std::vector<T> values{T{0},
                          limits::infinity(),
                          limits::quiet_NaN(),
                          limits::denorm_min(),
                          limits::min() / 2,                   // a larger denormal
                          std::nextafter(limits::min(), T{0}), // the largest denormal
                          limits::min(),
                          limits::max(),
                          std::nextafter(limits::max(), T{0}),
                          T{1},
                          std::nextafter(T{1}, T{2}),
                          std::nextafter(T{1}, T{0}),
                          T{2},
                          T{3},
                          T(0.5),
                          T(0.1),
                          std::sqrt(limits::max()),  // squares to the edge of overflow
                          std::sqrt(limits::min())}; // and of underflow
    const auto count = values.size();
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(-values[i]);
    }
    return values;
}

#endif // PICOKERNELS_TESTS_BITS_HPP
