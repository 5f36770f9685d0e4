// SPDX-License-Identifier: BSD-3-Clause
//
// sin, cos, tan: the sine and cosine of the reduced angle, each by a polynomial. Both are computed, because the lanes
// of a batch are in different quadrants.
#ifndef PICOKERNELS_FUNCTIONS_TRIGONOMETRIC_HPP
#define PICOKERNELS_FUNCTIONS_TRIGONOMETRIC_HPP

#include "angle.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

// (sin(r) / r - 1) / r^2 and (cos(r) - 1 + r^2 / 2) / r^4, in r^2, for |r| <= 0.7854; errors 2^-56 and 2^-60.
constexpr double sin_coefficients[] = {-0x1.5555555555555p-3, 0x1.1111111110c84p-7,  -0x1.a01a019ea1749p-13,
                                       0x1.71de37b224f1ap-19, -0x1.ae602161d7c8p-26, 0x1.5e11b11f5965ep-33};
constexpr double cos_coefficients[] = {0x1.5555555555555p-5,   -0x1.6c16c16c168ccp-10, 0x1.a01a019f38b6dp-16,
                                       -0x1.27e4fa037cc15p-22, 0x1.1eeb586537317p-29,  -0x1.9073e56374aa2p-37};
// The same with errors of 2^-35 and 2^-30, for float32.
constexpr double sin_coefficients_float32[] = {-0x1.555555545e738p-3, 0x1.11110defe0cp-7, -0x1.a013a84765a7p-13,
                                               0x1.6dbe352673718p-19};
constexpr double cos_coefficients_float32[] = {0x1.555554420c562p-5, -0x1.6c12d3d1022d9p-10, 0x1.9bd8f1abb9674p-16};

// The same in lanes of float32.
constexpr float sin_coefficients_float32_lanes[] = {-0x1.555556p-3F, 0x1.111198p-7F, -0x1.a082f8p-13F,
                                                    0x1.87674ap-19F};
constexpr float cos_coefficients_float32_lanes[] = {0x1.555554p-5F, -0x1.6c129ap-10F, 0x1.9bc4ccp-16F};

template <class V> struct sine_and_cosine {
    V sine;
    V cosine;
};

// For |r| <= 0.7854. What is below half an ulp of r.hi counts: sin(hi + lo) = sin(hi) + lo cos(hi).
template <const auto& sin_polynomial, const auto& cos_polynomial, class V>
PICOKERNELS_INLINE sine_and_cosine<V> sincos_by_polynomials(double_double<V> r) noexcept {
    const V z = r.hi * r.hi;
    const V half_z = z * V(0.5);
    const V w = V(1.0) - half_z;
    const V sine_tail = xsimd::fma(r.lo, w, (r.hi * z) * polynomial<sin_polynomial>(z));
    const V cosine_tail = xsimd::fma(z * z, polynomial<cos_polynomial>(z), -(r.hi * r.lo));
    return {r.hi + sine_tail, w + (((V(1.0) - w) - half_z) + cosine_tail)};
}
template <class V> PICOKERNELS_INLINE sine_and_cosine<V> sincos_of_reduced(double_double<V> r) noexcept {
    if constexpr (is_float64<V>) {
        return sincos_by_polynomials<sin_coefficients, cos_coefficients>(r);
    } else {
        return sincos_by_polynomials<sin_coefficients_float32_lanes, cos_coefficients_float32_lanes>(r);
    }
}
template <class V> PICOKERNELS_INLINE sine_and_cosine<V> sincos_of_reduced_float32(double_double<V> r) noexcept {
    const V z = r.hi * r.hi;
    return {xsimd::fma(r.hi * z, polynomial<sin_coefficients_float32>(z), r.hi),
            xsimd::fma(z * z, polynomial<cos_coefficients_float32>(z), minus_product(z, V(0.5), V(1.0)))};
}

// Whether bit 0 or bit 1 of k is set, as the sign of the result, where the lowest bits of `sum` are those of k.
template <class V> PICOKERNELS_INLINE V bit_0_as_sign(V sum) noexcept {
    return from_bits<V>(to_bits(sum) << (is_float64<V> ? 63 : 31));
}
template <class V> PICOKERNELS_INLINE V bit_1_as_sign(V sum) noexcept {
    return from_bits<V>(to_bits(sum) << (is_float64<V> ? 62 : 30));
}

// A function of angles: Function::of(sine and cosine of the reduced angle, sum, x).
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): as function
template <class Function> struct trigonometric : function<Function> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const auto angle = reduce_angle(magnitude(x));
        const V result = Function::of(sincos_of_reduced(angle.r), angle.sum, x);
        if (!xsimd::all(angle.done)) [[unlikely]] {
            return with_any_angle(x, result, angle.done);
        }
        return result;
    }

    template <class V> static PICOKERNELS_INLINE V for_float32(V x) noexcept {
        const auto angle = reduce_float32_angle(magnitude(x));
        const V result = Function::of(sincos_of_reduced_float32(angle.r), angle.sum, x);
        if (!xsimd::all(angle.done)) [[unlikely]] {
            return with_any_angle(x, result, angle.done);
        }
        return result;
    }

    template <class V> static PICOKERNELS_RARE V with_any_angle(V x, V results, truths_of<V> done) noexcept {
        const auto angle = reduce_any_angle(magnitude(x));
        return xsimd::select(done, results, Function::of(sincos_of_reduced(angle.r), angle.sum, x));
    }

    // Itself: Clang looks for the constant too early in a class that is not complete yet.
    template <class F, class Itself = Function>
        requires(has_fma && Itself::float32_lanes_suffice)
    static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept {
        const auto angle = reduce_angle_in_float32_lanes(magnitude(x));
        const F result = Function::of(sincos_of_reduced(angle.r), angle.sum, x);
        if (!xsimd::all(angle.done)) [[unlikely]] {
            return trigonometric::completed(x, result, angle.done);
        }
        return result;
    }
};

// sin and cos of |x| by quadrant: sin, cos, -sin, -cos.
template <class V> PICOKERNELS_INLINE V sine_in_quadrant(sine_and_cosine<V> of_rest, V sum) noexcept {
    const V value = xsimd::select(has_sign(bit_0_as_sign(sum)), of_rest.cosine, of_rest.sine);
    return flip_sign(value, bit_1_as_sign(sum));
}

struct sin : trigonometric<sin> {
    static constexpr bool float32_lanes_suffice = true;
    template <class V> static PICOKERNELS_INLINE V of(sine_and_cosine<V> of_rest, V sum, V x) noexcept {
        return flip_sign(sine_in_quadrant(of_rest, sum), x);
    }
};

struct cos : trigonometric<cos> {
    static constexpr bool float32_lanes_suffice = true;
    template <class V> static PICOKERNELS_INLINE V of(sine_and_cosine<V> of_rest, V sum, V) noexcept {
        return sine_in_quadrant(of_rest, sum + V(1.0));
    }
};

// sine / cosine, in odd quadrants -cosine / sine.
struct tan : trigonometric<tan> {
    static constexpr bool float32_lanes_suffice = false; // the quotient has the errors of both
    template <class V> static PICOKERNELS_INLINE V of(sine_and_cosine<V> of_rest, V sum, V x) noexcept {
        const V odd = bit_0_as_sign(sum);
        const auto is_odd = has_sign(odd);
        const V quotient =
            xsimd::select(is_odd, of_rest.cosine, of_rest.sine) / xsimd::select(is_odd, of_rest.sine, of_rest.cosine);
        return flip_sign(quotient, odd ^ sign_bit(x));
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_TRIGONOMETRIC_HPP
