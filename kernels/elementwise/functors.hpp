// SPDX-License-Identifier: BSD-3-Clause
//
// What the operations compute: one functor each, for single numbers and for batches.
#ifndef PICOKERNELS_FUNCTORS_HPP
#define PICOKERNELS_FUNCTORS_HPP

#include <limits>
#include <type_traits>

#include <xsimd/xsimd.hpp>

// The linker may keep any ISA's copy of an inline function, which would crash older CPUs. Hence internal linkage, and
// inlining even in debug builds.
#if defined(__GNUC__)
#define PICOKERNELS_INLINE inline __attribute__((always_inline))
#else
#define PICOKERNELS_INLINE inline
#endif

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see above
namespace {

// Slow: takes several cycles a batch, however short the batch is.
struct fast_operation {
    static constexpr bool is_slow = false;
};
struct slow_operation {
    static constexpr bool is_slow = true;
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
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a / b; }
#if defined(__aarch64__) // xsimd computes float32 quotients and square roots from estimates, with other bits
    template <class A> using f32 = xsimd::batch<float, A>;
    template <class A> static PICOKERNELS_INLINE f32<A> apply(f32<A> a, f32<A> b) noexcept { return vdivq_f32(a, b); }
#endif
};

struct sqrt : slow_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return __builtin_sqrt(a); }
    static PICOKERNELS_INLINE float apply(float a) noexcept { return __builtin_sqrtf(a); }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept { return xsimd::sqrt(a); }
#if defined(__aarch64__) // as in div
    template <class A> static PICOKERNELS_INLINE auto apply(xsimd::batch<float, A> a) noexcept {
        return xsimd::batch<float, A>(vsqrtq_f32(a));
    }
#endif
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

// IEEE 754-2019, 9.6. The instructions for minimum and maximum return their second operand when the operands are
// equal or one is a nan. In both orders they return each of the two operands, and the same number otherwise. So the
// bits that the two results share, or have together, hold the sign of a zero, and a nan if there is one.
struct minimum : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept {
        if constexpr (std::is_floating_point_v<V>) {
            if (!__builtin_islessgreater(a, b)) [[unlikely]] {
                return a == b ? (__builtin_signbit(a) ? a : b) : a + b;
            }
            return a < b ? a : b;
        } else {
            const V either = xsimd::min(a, b) | xsimd::min(b, a);
            return xsimd::select(xsimd::isnan(either), V(std::numeric_limits<typename V::value_type>::quiet_NaN()),
                                 either);
        }
    }
};
struct maximum : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept {
        if constexpr (std::is_floating_point_v<V>) {
            if (!__builtin_islessgreater(a, b)) [[unlikely]] {
                return a == b ? (__builtin_signbit(a) ? b : a) : a + b;
            }
            return a < b ? b : a;
        } else {
            const V x = xsimd::max(a, b);
            const V y = xsimd::max(b, a);
            return xsimd::select(xsimd::isnan(x | y), V(std::numeric_limits<typename V::value_type>::quiet_NaN()),
                                 x & y);
        }
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTORS_HPP
