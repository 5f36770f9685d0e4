// SPDX-License-Identifier: BSD-3-Clause
//
// What the operations compute: one functor each. Those of the exact operations are here, for single numbers and for
// batches. Those of the functions, from sin to fmod, are in functions/, for batches alone.
#ifndef PICOKERNELS_FUNCTORS_HPP
#define PICOKERNELS_FUNCTORS_HPP

#include <limits>
#include <type_traits>

#include <xsimd/xsimd.hpp>

#include "functions/exponential.hpp"
#include "functions/inverse_trigonometric.hpp"
#include "functions/logarithm.hpp"
#include "functions/power.hpp"
#include "functions/remainder.hpp"
#include "functions/trigonometric.hpp"
#include "inline.hpp"
#include "quotient.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

template <class Batch> PICOKERNELS_INLINE Batch quiet_nan() noexcept {
    return Batch(std::numeric_limits<typename Batch::value_type>::quiet_NaN());
}

// Slow: takes several cycles a batch, however short the batch is.
struct fast_operation {
    static constexpr bool is_slow = false;
    static constexpr bool is_function = false;
};
struct slow_operation {
    static constexpr bool is_slow = true;
    static constexpr bool is_function = false;
};

struct add : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a + b; }
};
struct sub : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a - b; }
};
struct mul : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a * b; }
};
struct div : slow_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return quotient_of(a, b); }
};

struct sqrt : slow_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return __builtin_sqrt(a); }
    static PICOKERNELS_INLINE float apply(float a) noexcept { return __builtin_sqrtf(a); }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept { return root_of(a); }
};
struct neg : fast_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return -a; }
    static PICOKERNELS_INLINE float apply(float a) noexcept { return -a; }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept {
        return a ^ Batch(typename Batch::value_type{-0.0}); // xsimd's AVX-512 negation is 0 - a: wrong for a zero
    }
};
struct abs : fast_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return __builtin_fabs(a); }
    static PICOKERNELS_INLINE float apply(float a) noexcept { return __builtin_fabsf(a); }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept { return xsimd::abs(a); }
};

// minimum and maximum of IEEE 754-2019, 9.6. The CPU's instructions return their second operand if the operands are
// equal or if one is a nan. So for zeros, the results of both orders, combined by OR or by AND, have the sign that
// the standard wants. OR also keeps a nan.
struct minimum : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept {
        if constexpr (std::is_floating_point_v<V>) {
            if (!__builtin_islessgreater(a, b)) [[unlikely]] {
                if (a != b) {
                    return a + b;
                }
                return __builtin_signbit(a) ? a : b;
            }
            return a < b ? a : b;
        } else {
            const V either = xsimd::min(a, b) | xsimd::min(b, a);
            return xsimd::select(xsimd::isnan(either), quiet_nan<V>(), either);
        }
    }
};
struct maximum : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept {
        if constexpr (std::is_floating_point_v<V>) {
            return -minimum::apply(-a, -b);
        } else {
            const V x = xsimd::max(a, b);
            const V y = xsimd::max(b, a);
            return xsimd::select(xsimd::isnan(x | y), quiet_nan<V>(), x & y);
        }
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTORS_HPP
