// SPDX-License-Identifier: BSD-3-Clause
//
// log, log2, log10, log1p. All split x = 2^k m, sqrt(1/2) <= m < sqrt(2), and compute log(m) from s = f / (2 + f),
// f = m - 1, as log((1 + s) / (1 - s)) (Muller, 11.4; the form is that of fdlibm's log).
#ifndef PICOKERNELS_FUNCTIONS_LOGARITHM_HPP
#define PICOKERNELS_FUNCTIONS_LOGARITHM_HPP

#include "lanes.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

// (2 atanh(s) / s - 2) / s^2 in s^2, for s^2 <= 0.02945; the error of log(m) is below 2^-57 s.
constexpr double log_coefficients[] = {0x1.5555555555558p-1, 0x1.99999999952b9p-2, 0x1.2492492dfb9b8p-2,
                                       0x1.c71c62d649d8dp-3, 0x1.7462b925f9f7p-3,  0x1.39fdcbbcee174p-3,
                                       0x1.2b5f5b2f70f56p-3};
// The same with an error below 2^-35 s, for float32.
constexpr double log_coefficients_float32[] = {0x1.5555554b8ed6fp-1, 0x1.9999ec10019e4p-2, 0x1.245c01dbf9fadp-2,
                                               0x1.dddae4bba2c22p-3};

// The same in lanes of float32.
constexpr float log_coefficients_float32_lanes[] = {0x1.555556p-1F, 0x1.99986ep-2F, 0x1.24c14p-2F, 0x1.ce848ep-3F};

template <class V> struct exponent_and_mantissa {
    V k;
    V m;
};
// x = 2^k m for positive normal x. No bits are lost in m - 1.
template <class V> PICOKERNELS_INLINE exponent_and_mantissa<V> split_exponent(V x) noexcept {
    using bits = bits_of_lanes<V>;
    using integer = unsigned_of<V>;
    constexpr bool wide = is_float64<V>;
    constexpr integer one = wide ? static_cast<integer>(0x3ff0000000000000) : 0x3f800000;
    constexpr integer sqrt_half =
        wide ? static_cast<integer>(0x3fe6a09e00000000) : 0x3f350000; // of its bits the upper
    constexpr integer fraction = wide ? static_cast<integer>(0x000fffffffffffff) : 0x007fffff;
    const bits moved = to_bits(x) + bits(one - sqrt_half);
    // An exponent in the lowest bits of 2^52, or of 2^23, is added to that number.
    const V biased = from_bits<V>((moved >> (wide ? 52 : 23)) | to_bits(V(wide ? 0x1p52 : 0x1p23)));
    return {biased - V(wide ? 0x1p52 + 1023 : 0x1p23 + 127),
            from_bits<V>((moved & bits(fraction)) + bits(sqrt_half))};
}

// log(1 + f) = (f - half_square) + low.
template <class V> struct log_of_mantissa {
    V half_square;
    V low;
};
template <const auto& coefficients, class V> PICOKERNELS_INLINE log_of_mantissa<V> log_1_plus(V f) noexcept {
    const V s = f / (V(2.0) + f);
    const V z = s * s;
    const V half_square = f * f * V(0.5);
    return {half_square, s * xsimd::fma(z, polynomial<coefficients>(z), half_square)};
}

// log(2^k (1 + f)) + low, for |low| far below ulp(f).
template <class V> PICOKERNELS_INLINE V log_of_parts(V k, V f, V low) noexcept {
    const auto parts = log_1_plus<log_coefficients>(f);
    const auto sum = fast_two_sum(k * V(ln2_upper), f);
    const V rest = xsimd::fma(k, V(ln2_lower), parts.low + low) - parts.half_square;
    return sum.hi + (sum.lo + rest);
}
template <class F> PICOKERNELS_INLINE F log_of_float32_parts(F k, F f) noexcept {
    const auto parts = log_1_plus<log_coefficients_float32_lanes>(f);
    const auto sum = fast_two_sum(k * F(ln2_upper_float32), f);
    const F rest = xsimd::fma(k, F(ln2_lower_float32), parts.low) - parts.half_square;
    return sum.hi + (sum.lo + rest);
}

// 2^k (1 + f) to another base, of which `factor` is 1 / ln(base), and `two` is log(2), the first part of it so short
// that k times it is exact.
template <class V>
PICOKERNELS_INLINE V log_to_base(V k, V f, double_double<double> factor, double_double<double> two) noexcept {
    const auto parts = log_1_plus<log_coefficients>(f);
    const V hi = f - parts.half_square;
    const V lo = ((f - hi) - parts.half_square) + parts.low;
    const auto product = two_product(hi, V(factor.hi));
    const V product_low = xsimd::fma(lo, V(factor.hi), xsimd::fma(hi, V(factor.lo), product.lo));
    const auto sum = fast_two_sum(k * V(two.hi), product.hi);
    return sum.hi + (sum.lo + xsimd::fma(k, V(two.lo), product_low));
}

// A logarithm of x, where Logarithm::of_parts(k, f) computes it for x = 2^k (1 + f).
template <class Logarithm> struct logarithm : function<Logarithm> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        if (!xsimd::all((x >= V(smallest_normal)) & (x <= V(largest)))) [[unlikely]] {
            return of_any(x);
        }
        const auto [k, m] = split_exponent(x);
        return Logarithm::of_parts(k, m - V(1.0));
    }

    template <class V> static PICOKERNELS_RARE V of_any(V x) noexcept {
        const auto is_small = x < V(smallest_normal);
        const auto [k, m] = split_exponent(xsimd::select(is_small, x * V(0x1p54), x));
        const V finite = Logarithm::of_parts(k - xsimd::select(is_small, V(54.0), V(0.0)), m - V(1.0));
        return of_special(x, finite);
    }

    template <class V> static PICOKERNELS_INLINE V for_float32(V x) noexcept {
        const auto [k, m] = split_exponent(x);
        const V f = m - V(1.0);
        const auto parts = log_1_plus<log_coefficients_float32>(f);
        const V result = Logarithm::scaled(k, (f - parts.half_square) + parts.low);
        if (!xsimd::all((x > V(0.0)) & (x < V(infinity)))) [[unlikely]] {
            return of_special(x, result);
        }
        return result;
    }

    template <class V> static PICOKERNELS_INLINE V of_special(V x, V result) noexcept {
        result = xsimd::select(x > V(0.0), result, V(not_a_number));
        result = xsimd::select(x == V(0.0), V(-infinity), result);
        return xsimd::select(x == V(infinity), x, result);
    }
};

struct log : logarithm<log> {
    template <class V> static PICOKERNELS_INLINE V of_parts(V k, V f) noexcept { return log_of_parts(k, f, V(0.0)); }
    template <class V> static PICOKERNELS_INLINE V scaled(V k, V log_m) noexcept {
        return xsimd::fma(k, V(ln2_hi), log_m);
    }

    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept {
        const auto [k, m] = split_exponent(x);
        const F result = log_of_float32_parts(k, m - F(1.0F));
        const auto done = (x >= F(0x1p-126F)) & (x <= F(0x1.fffffep127F));
        if (!xsimd::all(done)) [[unlikely]] {
            return log::completed(x, result, done);
        }
        return result;
    }
};
struct log2 : logarithm<log2> {
    static constexpr double_double<double> factor{0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56};
    template <class V> static PICOKERNELS_INLINE V of_parts(V k, V f) noexcept {
        return log_to_base(k, f, factor, {1.0, 0.0});
    }
    template <class V> static PICOKERNELS_INLINE V scaled(V k, V log_m) noexcept {
        return xsimd::fma(log_m, V(factor.hi), k);
    }
};
struct log10 : logarithm<log10> {
    static constexpr double_double<double> factor{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
    static constexpr double_double<double> two{0x1.34413509f78p-2, 0x1.fef311f12b358p-46}; // 42 bits and the rest
    template <class V> static PICOKERNELS_INLINE V of_parts(V k, V f) noexcept {
        return log_to_base(k, f, factor, two);
    }
    template <class V> static PICOKERNELS_INLINE V scaled(V k, V log_m) noexcept {
        return xsimd::fma(log_m, V(factor.hi), k * V(0x1.34413509f79ffp-2));
    }
};

struct log1p : function<log1p> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const V result = of_finite(x);
        if (!xsimd::all((x > V(-1.0)) & (x <= V(largest)))) [[unlikely]] {
            return of_special(x, result);
        }
        return result;
    }

    // log(u + c) = log(u) + c / u, where u + c = 1 + x exactly. (fdlibm's log1p)
    template <class V> static PICOKERNELS_INLINE V of_finite(V x) noexcept {
        const auto [u, c] = two_sum(V(1.0), x);
        const auto [k, m] = split_exponent(u);
        return log_of_parts(k, m - V(1.0), c / u) | sign_bit(x); // the sign of -0
    }

    template <class V> static PICOKERNELS_INLINE V of_special(V x, V result) noexcept {
        result = xsimd::select(x >= V(-1.0), result, V(not_a_number));
        result = xsimd::select(x == V(-1.0), V(-infinity), result);
        return xsimd::select(x == V(infinity), x, result);
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_LOGARITHM_HPP
