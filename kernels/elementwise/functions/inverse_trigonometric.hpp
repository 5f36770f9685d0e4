// SPDX-License-Identifier: BSD-3-Clause
//
// asin, acos, atan, atan2.
#ifndef PICOKERNELS_FUNCTIONS_INVERSE_TRIGONOMETRIC_HPP
#define PICOKERNELS_FUNCTIONS_INVERSE_TRIGONOMETRIC_HPP

#include "lanes.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

// pi and its parts as unevaluated sums.
template <class V> PICOKERNELS_INLINE double_double<V> part_of_pi(double factor) noexcept {
    return {constant<V>(factor, static_cast<float>(factor)) *
                constant<V>(std::numbers::pi, std::numbers::pi_v<float>),
            constant<V>(factor, static_cast<float>(factor)) * constant<V>(0x1.1a62633145c07p-53, -0x1.777a5cp-24F)};
}

// (atan(t) / t - 1) / t^2 in t^2, for |t| <= tan(pi / 8); t^2 times the error is below 2^-57.
constexpr double atan_coefficients[] = {-0x1.5555555555555p-2, 0x1.9999999999452p-3,  -0x1.249249243faa8p-3,
                                        0x1.c71c718a1a80ep-4,  -0x1.745d0bd21e6eap-4, 0x1.3b12709f90fd7p-4,
                                        -0x1.10fb24631826fp-4, 0x1.dff0fee7a85c1p-5,  -0x1.a0cd519ece972p-5,
                                        0x1.41eda3f85bfd2p-5,  -0x1.3b6fea68e16bep-6};
// The same for lanes of float32, with an error of 2^-28.
constexpr float atan_coefficients_float32[] = {-0x1.555554p-2F, 0x1.999714p-3F, -0x1.241eap-3F, 0x1.b80038p-4F,
                                               -0x1.082ca8p-4F};
// (asin(t) / t - 1) / t^2 in t^2, for |t| <= 1 / 2; t^2 times the error is below 2^-58.
constexpr double asin_coefficients[] = {
    0x1.5555555555556p-3, 0x1.3333333332da2p-4,  0x1.6db6db6e48603p-5, 0x1.f1c71c11dee9fp-6, 0x1.6e8bb37521b17p-6,
    0x1.1c4d112cecd77p-6, 0x1.c9d30ac3e3d54p-7,  0x1.7801021f28de7p-7, 0x1.532a914f59803p-7, 0x1.5e2915a6c3c81p-8,
    0x1.2205421bec271p-6, -0x1.f58c5841c14fep-7, 0x1.dc181d907aefcp-6};

// The same for lanes of float32, with an error of 2^-30.
constexpr float asin_coefficients_float32[] = {0x1.555554p-3F, 0x1.3334cep-4F, 0x1.6d3e74p-5F,
                                               0x1.ffbd92p-6F, 0x1.0fec3ap-6F, 0x1.1ac0e4p-5F};

template <class V> PICOKERNELS_INLINE V atan_polynomial(V z) noexcept {
    if constexpr (is_float64<V>) {
        return polynomial<atan_coefficients>(z);
    } else {
        return polynomial<atan_coefficients_float32>(z);
    }
}
template <class V> PICOKERNELS_INLINE V asin_polynomial(V z) noexcept {
    if constexpr (is_float64<V>) {
        return polynomial<asin_coefficients>(z);
    } else {
        return polynomial<asin_coefficients_float32>(z);
    }
}

// The angle of the point (x, y), for x, y >= 0 that are not both 0 or both infinite, and whose sum does not overflow:
// base + t + tail. The angle is turned by 0, 45, or 90 degrees, so that |t| <= tan(pi / 8).
template <class V> struct first_quadrant_angle {
    double_double<V> base;
    V t;
    V tail;
};
template <class V> PICOKERNELS_INLINE first_quadrant_angle<V> angle_of(V y, V x) noexcept {
    const V tan_of_pi_over_8 = constant<V>(0x1.a827999fcef32p-2, 0x1.a8279ap-2F);
    const auto is_low = y <= x * tan_of_pi_over_8;
    const auto is_high = x <= y * tan_of_pi_over_8;
    const V numerator = xsimd::select(is_low, y, xsimd::select(is_high, -x, y - x));
    const V denominator = xsimd::select(is_low, x, xsimd::select(is_high, y, y + x));
    const V t = quotient_of(numerator, denominator);
    const auto base = [&](V high, V middle) {
        return xsimd::select(is_low, V(0.0), xsimd::select(is_high, high, middle));
    };
    const auto high = part_of_pi<V>(0.5);
    const auto middle = part_of_pi<V>(0.25);
    const V z = t * t;
    const V base_low = base(high.lo, middle.lo);
    return {{base(high.hi, middle.hi), base_low}, t, xsimd::fma(t * z, atan_polynomial(z), base_low)};
}

struct atan : function<atan> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const auto angle = angle_of(at_most(magnitude(x), 0x1p60), V(1.0));
        return flip_sign(angle.base.hi + (angle.t + angle.tail), x);
    }
    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept { return for_float64(x); }
};

struct atan2 : function<atan2> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V y, V x) noexcept {
        const V y_size = magnitude(y);
        const V x_size = magnitude(x);
        const V longer = xsimd::max(x_size, y_size);
        const auto ordinary = (longer <= V(0x1p1000)) & (longer >= V(0x1p-900)) & is_number(x) & is_number(y);
        if (!xsimd::all(ordinary)) [[unlikely]] {
            return of_any(y, x);
        }
        return in_quadrant(angle_of(y_size, x_size), y, x);
    }

    // Huge and tiny lengths are scaled. The angles of (0, 0) and (inf, inf) are those of (1, 0) and (1, 1) (C99,
    // F.9.1.4).
    template <class V> static PICOKERNELS_RARE V of_any(V y, V x) noexcept {
        V y_size = magnitude(y);
        V x_size = magnitude(x);
        const auto is_huge = (x_size > V(0x1p1000)) | (y_size > V(0x1p1000));
        const auto is_tiny = (x_size < V(0x1p-900)) & (y_size < V(0x1p-900));
        const V scale = xsimd::select(is_huge, V(0x1p-600), xsimd::select(is_tiny, V(0x1p600), V(1.0)));
        const auto both_infinite = (x_size == V(infinity)) & (y_size == V(infinity));
        const auto both_zero = (x_size == V(0.0)) & (y_size == V(0.0));
        y_size = xsimd::select(both_infinite, V(1.0), y_size * scale);
        x_size = xsimd::select(both_infinite | both_zero, V(1.0), x_size * scale);
        return in_quadrant(angle_of(y_size, x_size), y, x);
    }

    template <class V> static PICOKERNELS_INLINE V in_quadrant(first_quadrant_angle<V> angle, V y, V x) noexcept {
        const auto pi = part_of_pi<V>(1.0);
        const V right = angle.base.hi + (angle.t + angle.tail);
        // pi - angle. The sum with t is exact where it matters, and the small parts come last.
        const auto upper = fast_two_sum(pi.hi - angle.base.hi, -angle.t);
        const V left = upper.hi + (upper.lo + (pi.lo - angle.tail));
        const auto is_left = has_sign(x);
        return flip_sign(xsimd::select(is_left, left, right), y);
    }
};

// asin(t) - t, for |t| <= 1 / 2 and z = t^2.
template <class V> PICOKERNELS_INLINE V asin_tail(V t, V z) noexcept { return t * z * asin_polynomial(z); }

// For |x| > 1 / 2: asin(x) = pi / 2 - 2 asin(sqrt((1 - x) / 2)) (Muller, 11.5.4). Outside of [-1, 1] the root is a
// nan.
template <class V> struct half_angle {
    truths_of<V> is_large;
    V t;
    V tail;

    explicit PICOKERNELS_INLINE half_angle(V size) noexcept : is_large(size > V(0.5)) {
        const V half_rest = (V(1.0) - size) * V(0.5);
        const V z = xsimd::select(is_large, half_rest, size * size);
        t = xsimd::select(is_large, root_of(half_rest), size);
        tail = asin_tail(t, z);
    }
};

struct asin : function<asin> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const half_angle<V> angle(magnitude(x));
        const auto right_angle = part_of_pi<V>(0.5);
        const V twice = angle.t + angle.t;
        const V large = (right_angle.hi - twice) - (angle.tail + angle.tail - right_angle.lo);
        return flip_sign(xsimd::select(angle.is_large, large, angle.t + angle.tail), x);
    }
    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept { return for_float64(x); }
};

struct acos : function<acos> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const half_angle<V> angle(magnitude(x));
        const auto right_angle = part_of_pi<V>(0.5);
        const auto straight_angle = part_of_pi<V>(1.0);
        const V t = flip_sign(angle.t, x);
        const V tail = flip_sign(angle.tail, x);
        const V small = right_angle.hi - (t + (tail - right_angle.lo));
        // 2 asin(t) for a positive x, and pi - 2 asin(t) for a negative one.
        const auto is_left = has_sign(x);
        const V base = xsimd::select(is_left, straight_angle.hi, V(0.0));
        const V base_low = xsimd::select(is_left, straight_angle.lo, V(0.0));
        const V large = base + (xsimd::fma(V(2.0), tail, base_low) + (t + t));
        return xsimd::select(angle.is_large, large, small);
    }
    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept { return for_float64(x); }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_INVERSE_TRIGONOMETRIC_HPP
