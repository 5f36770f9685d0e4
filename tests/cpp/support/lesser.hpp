// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_TESTS_LESSER_HPP
#define PICOKERNELS_TESTS_LESSER_HPP

#include <cmath>

namespace tested {

// The minimum of IEEE 754-2019, 9.6, as the standard words it.
template <class T> T lesser(T x, T y) noexcept {
    if (std::isnan(x) || std::isnan(y)) {
        return x + y;
    }
    if (x == y) {
        return std::signbit(x) ? x : y;
    }
    return x < y ? x : y;
}

} // namespace tested

#endif // PICOKERNELS_TESTS_LESSER_HPP
