// SPDX-License-Identifier: BSD-3-Clause
//
// What the reductions compute: one functor each. `prepare` makes a batch of terms from what is read, `combine` merges
// two batches of partial results, and `result` finishes the last partial result. `padding` fills batches of which
// only some elements are read, `empty` is the result for no elements.
#ifndef PICOKERNELS_REDUCTION_FUNCTORS_HPP
#define PICOKERNELS_REDUCTION_FUNCTORS_HPP

#include "../elementwise/functors.hpp"

#include <limits>

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see there
namespace {

// The padding is -0, because x + -0 has the bits of x for every x, and -0 + +0 is +0.
struct sum {
    static constexpr double padding = -0.0;
    static constexpr double empty = 0.0;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return a; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return x + y; }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return x; }
};

struct prod {
    static constexpr double padding = 1.0;
    static constexpr double empty = 1.0;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return a; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return x * y; }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return x; }
};

// As in the operation minimum, both orders combined by OR give the sign of a zero and keep a nan. Only the last
// result has to be quieted.
struct min {
    static constexpr double padding = std::numeric_limits<double>::infinity();
    static constexpr double empty = padding;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return a; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept {
        return xsimd::min(x, y) | xsimd::min(y, x);
    }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept {
        return __builtin_isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x;
    }
};

// max(a) = -min(-a): for the greater of two zeros, AND would lose nans.
struct max {
    static constexpr double padding = -min::padding;
    static constexpr double empty = padding;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return neg::apply(a); }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return min::combine(x, y); }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return -min::result(x); }
};

// A product of paddings is the padding of sum.
struct dot {
    static constexpr double padding = sum::padding;
    static constexpr double right_padding = 1.0;
    static constexpr double empty = 0.0;
    template <class V> static PICOKERNELS_INLINE V prepare(V a, V b) noexcept { return a * b; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return x + y; }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return x; }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_REDUCTION_FUNCTORS_HPP
