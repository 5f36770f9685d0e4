// SPDX-License-Identifier: BSD-3-Clause
//
// exp, exp2, expm1, sinh, cosh, tanh. All reduce x = k ln 2 + r, |r| <= ln 2 / 2 (Cody & Waite), and put k into the
// exponent.
#ifndef PICOKERNELS_FUNCTIONS_EXPONENTIAL_HPP
#define PICOKERNELS_FUNCTIONS_EXPONENTIAL_HPP

#include "lanes.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

// (exp(r) - 1 - r) / r^2 on [-0.34664, 0.34664]; r^2 times the error is below 2^-61.
constexpr double exp_coefficients[] = {0x1p-1,
                                       0x1.5555555555557p-3,
                                       0x1.5555555555557p-5,
                                       0x1.111111111004fp-7,
                                       0x1.6c16c16c156a4p-10,
                                       0x1.a01a01ac1f618p-13,
                                       0x1.a01a01ab9924cp-16,
                                       0x1.71de01a7b72aep-19,
                                       0x1.27e4cfad0f415p-22,
                                       0x1.af4ed652b5622p-26,
                                       0x1.1f86f4adf0b15p-29};
// The same with an error of 2^-27, for float32.
constexpr double exp_coefficients_float32[] = {0x1.0000001729b9bp-1, 0x1.5554dce681151p-3, 0x1.5554b8c27dd12p-5,
                                               0x1.120b7eb54e939p-7, 0x1.6d755d538b76bp-10};

// The same in lanes of float32, with an error of 2^-32.
constexpr float exp_coefficients_float32_lanes[] = {0x1p-1F,        0x1.555556p-3F,  0x1.5555p-5F,
                                                    0x1.110fc2p-7F, 0x1.6d3074p-10F, 0x1.a2d982p-13F};

// x = k ln 2 + r.hi + r.lo, where sum = round_to_integer + k. |x| must be less than 2^10 ln 2.
template <class V> struct exp_reduction {
    V sum;
    double_double<V> r;
};
template <class V> PICOKERNELS_INLINE exp_reduction<V> reduce_by_ln2(V x) noexcept {
    const V sum = xsimd::fma(x, V(std::numbers::log2e), V(round_to_integer));
    const V k = sum - V(round_to_integer);
    const V rest = minus_product(k, V(ln2_upper), x); // exact
    const V hi = minus_product(k, V(ln2_lower), rest);
    return {sum, {hi, minus_product(k, V(ln2_lower), rest - hi)}};
}

// exp(r) - 1 - r.hi, for |r| <= 0.34664.
template <class V> PICOKERNELS_INLINE V exp_tail(double_double<V> r) noexcept {
    return xsimd::fma(r.hi * r.hi, polynomial<exp_coefficients>(r.hi), r.lo);
}
template <class V> PICOKERNELS_INLINE V exp_of_small(double_double<V> r) noexcept {
    return V(1.0) + (r.hi + exp_tail(r));
}
template <class F> PICOKERNELS_INLINE F exp_of_small_float32(double_double<F> r) noexcept {
    const F tail = xsimd::fma(r.hi * r.hi, polynomial<exp_coefficients_float32_lanes>(r.hi), r.lo);
    return F(1.0F) + (r.hi + tail);
}

struct exp : function<exp> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const auto [sum, r] = reduce_by_ln2(x);
        if (!xsimd::all(xsimd::abs(x) <= V(708.0))) [[unlikely]] {
            return near_the_limits(x);
        }
        return times_power_of_two(exp_of_small(r), sum);
    }

    // Results that overflow or are denormal, and nans.
    template <class V> static PICOKERNELS_RARE V near_the_limits(V x) noexcept {
        const auto [sum, r] = reduce_by_ln2(clamped(x, -746.0, 710.0));
        return times_any_power_of_two(exp_of_small(r), sum - V(round_to_integer));
    }

    template <class V> static PICOKERNELS_INLINE V for_float32(V x) noexcept {
        const V within = clamped(x, -150.0, 150.0); // a nan of float32 has no bits where k is in `sum`
        const V sum = xsimd::fma(within, V(std::numbers::log2e), V(round_to_integer));
        const V r = minus_product(sum - V(round_to_integer), V(ln2_hi), within);
        const V tail = xsimd::fma(r * r, polynomial<exp_coefficients_float32>(r), r);
        return times_power_of_two(V(1.0) + tail, sum);
    }

    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept {
        const F sum = xsimd::fma(x, F(std::numbers::log2e_v<float>), F(round_to_integer_float32));
        const F k = sum - F(round_to_integer_float32);
        const F rest = minus_product(k, F(ln2_upper_float32), x);
        const F hi = minus_product(k, F(ln2_lower_float32), rest);
        const F lo = minus_product(k, F(ln2_lower_float32), rest - hi);
        const F result = times_power_of_two(exp_of_small_float32<F>({hi, lo}), sum);
        const auto done = xsimd::abs(x) <= F(87.0F);
        if (!xsimd::all(done)) [[unlikely]] {
            return completed(x, result, done);
        }
        return result;
    }
};

struct exp2 : function<exp2> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        if (!xsimd::all(xsimd::abs(x) <= V(1021.0))) [[unlikely]] {
            return near_the_limits(x);
        }
        const V sum = x + V(round_to_integer);
        return times_power_of_two(of_fraction(x - (sum - V(round_to_integer))), sum);
    }

    template <class V> static PICOKERNELS_RARE V near_the_limits(V x) noexcept {
        const V within = clamped(x, -1076.0, 1025.0);
        const V k = (within + V(round_to_integer)) - V(round_to_integer);
        return times_any_power_of_two(of_fraction(within - k), k);
    }

    // 2^(x + low), for |x| <= 0.5 and |low| <= ulp(x) / 2.
    template <class V> static PICOKERNELS_INLINE V of_fraction(V x, V low = V(0.0)) noexcept {
        const auto [hi, lo] = two_product(x, V(ln2_hi));
        return exp_of_small<V>({hi, xsimd::fma(low, V(ln2_hi), xsimd::fma(x, V(ln2_lo), lo))});
    }

    template <class V> static PICOKERNELS_INLINE V for_float32(V x) noexcept {
        const V within = clamped(x, -200.0, 200.0);
        const V sum = within + V(round_to_integer);
        const V r = (within - (sum - V(round_to_integer))) * V(ln2_hi);
        const V tail = xsimd::fma(r * r, polynomial<exp_coefficients_float32>(r), r);
        return times_power_of_two(V(1.0) + tail, sum);
    }

    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept {
        const F sum = x + F(round_to_integer_float32);
        const F rest = x - (sum - F(round_to_integer_float32));
        auto r = two_product(rest, F(ln2_hi_float32));
        r.lo = xsimd::fma(rest, F(ln2_lo_float32), r.lo);
        const F result = times_power_of_two(exp_of_small_float32(r), sum);
        const auto done = xsimd::abs(x) <= F(125.0F);
        if (!xsimd::all(done)) [[unlikely]] {
            return completed(x, result, done);
        }
        return result;
    }
};

struct expm1 : function<expm1> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        if (!xsimd::all(xsimd::abs(x) <= V(708.0))) [[unlikely]] {
            return near_the_limits(x);
        }
        return of_moderate(x);
    }

    template <class V> static PICOKERNELS_RARE V near_the_limits(V x) noexcept {
        return of_moderate(clamped(x, -100.0, 710.0));
    }

    // 2^k exp(r) - 1 = (2^k - 1) + 2^k (exp(r) - 1), of which half is computed: 2^1024 is too large.
    template <class V> static PICOKERNELS_INLINE V of_moderate(V x) noexcept {
        const auto [sum, r] = reduce_by_ln2(x);
        const auto [hi, lo] = fast_two_sum(r.hi, exp_tail(r));
        const V half_scale = power_of_two(sum - V(1.0));
        const auto total = fast_two_sum(half_scale - V(0.5), half_scale * hi);
        const V half = total.hi + xsimd::fma(half_scale, lo, total.lo);
        return (half + half) | sign_bit(x); // the sign of -0
    }
};

// (sinh(r) / r - 1) / r^2 and (cosh(r) - 1 - r^2 / 2) / r^4, in r^2, for |r| <= 0.34664; errors 2^-60 and 2^-66.
constexpr double sinh_coefficients[] = {0x1.5555555555556p-3, 0x1.1111111110709p-7, 0x1.a01a01a904015p-13,
                                        0x1.71de0a3595299p-19, 0x1.af3f17ed31ed4p-26};
constexpr double cosh_coefficients[] = {0x1.5555555555555p-5, 0x1.6c16c16c16dap-10, 0x1.a01a01a1cabb2p-16,
                                        0x1.27e4e9694a049p-22, 0x1.1f59169fa7b5cp-29};

// sinh(x) and cosh(x) by the addition theorem for k ln 2 + r: no division, and no cancellation for small x. With
// p = 2^k and q = 2^-k, both times `scale`: a = p - q and b = p + q are twice the sinh and cosh of k ln 2.
template <class V> struct hyperbolic {
    V a;
    V b;
    double_double<V> sinh_r;
    V cosh_r_less_1;

    PICOKERNELS_INLINE hyperbolic(V p, V q, double_double<V> r) noexcept : a(p - q), b(p + q) {
        const V z = r.hi * r.hi;
        sinh_r = {r.hi, xsimd::fma(r.hi * z, polynomial<sinh_coefficients>(z), r.lo)};
        cosh_r_less_1 = xsimd::fma(z * z, polynomial<cosh_coefficients>(z), z * V(0.5));
    }
    PICOKERNELS_INLINE double_double<V> twice_sinh() const noexcept {
        return fast_two_sum(a, xsimd::fma(b, sinh_r.hi, xsimd::fma(b, sinh_r.lo, a * cosh_r_less_1)));
    }
    PICOKERNELS_INLINE double_double<V> twice_cosh() const noexcept {
        return fast_two_sum(b, xsimd::fma(a, sinh_r.hi, xsimd::fma(a, sinh_r.lo, b * cosh_r_less_1)));
    }
};

// For |x| <= 700. Scaled by 1/4, because 2^1025 is too large.
template <class V> PICOKERNELS_INLINE hyperbolic<V> quarter_of_hyperbolic(V x) noexcept {
    const auto [sum, r] = reduce_by_ln2(x);
    return {power_of_two(sum - V(2.0)), power_of_two(V(2 * round_to_integer - 2.0) - sum), r};
}
// For 0 <= x <= 710.6. From k = 100 on, 2^-k changes no bit.
template <class V> PICOKERNELS_INLINE hyperbolic<V> quarter_of_hyperbolic_near_the_limit(V x) noexcept {
    const auto [sum, r] = reduce_by_ln2(x);
    const V limited = at_most(sum, round_to_integer + 1000.0);
    return {power_of_two(sum - V(2.0)), power_of_two(V(2 * round_to_integer - 2.0) - limited), r};
}

struct sinh : function<sinh> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const V size = magnitude(x);
        if (!xsimd::all(size <= V(700.0))) [[unlikely]] {
            return near_the_limits(x);
        }
        return flip_sign(V(2.0) * quarter_of_hyperbolic(size).twice_sinh().hi, x);
    }
    template <class V> static PICOKERNELS_RARE V near_the_limits(V x) noexcept {
        const V size = at_most(magnitude(x), 710.6);
        return flip_sign(V(2.0) * quarter_of_hyperbolic_near_the_limit(size).twice_sinh().hi, x);
    }
};

struct cosh : function<cosh> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const V size = magnitude(x);
        if (!xsimd::all(size <= V(700.0))) [[unlikely]] {
            return near_the_limits(x);
        }
        return V(2.0) * quarter_of_hyperbolic(size).twice_cosh().hi;
    }
    template <class V> static PICOKERNELS_RARE V near_the_limits(V x) noexcept {
        const V size = at_most(magnitude(x), 710.6);
        return V(2.0) * quarter_of_hyperbolic_near_the_limit(size).twice_cosh().hi;
    }
};

struct tanh : function<tanh> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const V size = at_most(magnitude(x), 22.0); // from there on 1
        const auto [sum, r] = reduce_by_ln2(size);
        const V k = sum - V(round_to_integer);
        const hyperbolic<V> parts(V(1.0), power_of_two(minus_product(k, V(2.0), V(round_to_integer))), r);
        // Both have an error of up to half an ulp, which is known. It would count near 1.
        const auto numerator = parts.twice_sinh();
        const auto denominator = parts.twice_cosh();
        const V reciprocal = V(1.0) / denominator.hi;
        const V quotient = numerator.hi * reciprocal;
        const auto product = two_product(quotient, denominator.hi);
        const V rest =
            ((numerator.hi - product.hi) - product.lo) + minus_product(quotient, denominator.lo, numerator.lo);
        return flip_sign(xsimd::fma(rest, reciprocal, quotient), x);
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_EXPONENTIAL_HPP
