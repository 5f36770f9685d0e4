// SPDX-License-Identifier: BSD-3-Clause
//
// What the reductions compute: one functor each. `prepare` makes partial results from a batch of what is read,
// `combine` merges two of them, and `result` finishes the last one. `padding` fills batches of which only some
// elements are read, `empty` is the result for no elements.
#ifndef PICOKERNELS_REDUCTION_FUNCTORS_HPP
#define PICOKERNELS_REDUCTION_FUNCTORS_HPP

#include "../elementwise/functors.hpp"

#include <limits>

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see there
namespace {

// A batch of partial results is a batch of numbers. There are 256 bytes of them, as picokernels.h has it.
struct plain {
    template <class V> using partial = V;
    template <class V> static constexpr std::size_t batches = 256 / sizeof(V);
};

// The partial results that a reduction makes of a batch.
template <class Reduction, class V> using partial_of = std::type_identity_t<typename Reduction::template partial<V>>;

// The padding is -0, because x + -0 has the bits of x for every x, and -0 + +0 is +0.
struct sum : plain {
    static constexpr double padding = -0.0;
    static constexpr double empty = 0.0;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return a; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return x + y; }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return x; }
};

struct prod : plain {
    static constexpr double padding = 1.0;
    static constexpr double empty = 1.0;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return a; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return x * y; }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return x; }
};

// As in the operation minimum, both orders combined by OR give the sign of a zero and keep a nan. Only the last
// result has to be quieted.
struct min : plain {
    static constexpr double padding = std::numeric_limits<double>::infinity();
    static constexpr double empty = padding;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return a; }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept {
        return xsimd::min(x, y) | xsimd::min(y, x);
    }
    template <class V> static PICOKERNELS_INLINE V combine_numbers(V x, V y) noexcept { return xsimd::min(x, y); }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept {
        return __builtin_isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x;
    }
};

// max(a) = -min(-a): for the greater of two zeros, AND would lose nans.
struct max : plain {
    static constexpr double padding = -min::padding;
    static constexpr double empty = padding;
    template <class V> static PICOKERNELS_INLINE V prepare(V a) noexcept { return neg::apply(a); }
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return min::combine(x, y); }
    template <class V> static PICOKERNELS_INLINE V combine_numbers(V x, V y) noexcept { return xsimd::max(x, y); }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept { return -min::result(x); }
};

// Min or max by one instruction, which loses nans and takes any of two zeros. The sum beside it keeps the nans. (It
// is a nan for infinities of both signs, too.)
template <class Extremum> struct quick {
    template <class V> struct partial {
        V extreme;
        V sum;
    };
    // Each takes two registers, of 16 before AVX-512. Their number is free, because the order doesn't matter.
    template <class V> static constexpr std::size_t batches = sizeof(V) < 32 ? 8 : 256 / sizeof(V);
    static constexpr double padding = Extremum::padding;
    template <class V> static PICOKERNELS_INLINE partial<V> prepare(V a) noexcept { return {a, a}; }
    template <class V> static PICOKERNELS_INLINE partial<V> combine(partial<V> x, partial<V> y) noexcept {
        return {Extremum::combine_numbers(x.extreme, y.extreme), x.sum + y.sum};
    }
};

// The min or max of numbers if it is a zero. No prepared number is less, so a sign among them is that of a -0.
template <class Extremum> struct zero : Extremum {
    static constexpr double padding = Extremum::padding < 0 ? -0.0 : 0.0; // prepared, +0
    template <class V> static PICOKERNELS_INLINE V combine(V x, V y) noexcept { return x | y; }
    template <class T> static PICOKERNELS_INLINE T result(T x) noexcept {
        return Extremum::result(__builtin_signbit(x) ? -T(0) : T(0));
    }
};

template <class Reduction>
constexpr bool is_extremum = std::is_same_v<Reduction, min> || std::is_same_v<Reduction, max>;

// A product of paddings is the padding of sum.
struct dot : plain {
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
