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
// The same for float32; the error is below 2^-33 s.
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
    return {biased - V(static_cast<element_of<V>>(wide ? 0x1p52 + 1023 : 0x1p23 + 127)),
            from_bits<V>((moved & bits(fraction)) + bits(sqrt_half))};
}

// log(1 + f) = (f - half_square) + low.
template <class V> struct log_of_mantissa {
    V half_square;
    V low;
};
template <const auto& coefficients, class V> PICOKERNELS_INLINE log_of_mantissa<V> log_1_plus(V f) noexcept {
    const V s = quotient_of(f, V(2.0) + f);
    const V z = s * s;
    const V half_square = f * f * V(0.5);
    return {half_square, s * xsimd::fma(z, polynomial<coefficients>(z), half_square)};
}

template <class V> PICOKERNELS_INLINE log_of_mantissa<V> accurate_log_1_plus(V f) noexcept {
    if constexpr (is_float64<V>) {
        return log_1_plus<log_coefficients>(f);
    } else {
        return log_1_plus<log_coefficients_float32_lanes>(f);
    }
}

// log(2^k (1 + f)) + low, for |low| far below ulp(f).
template <class V> PICOKERNELS_INLINE V log_of_parts(V k, V f, V low) noexcept {
    const auto parts = accurate_log_1_plus(f);
    const auto sum = fast_two_sum(k * constant<V>(ln2_upper, ln2_upper_float32), f);
    const V rest = xsimd::fma(k, constant<V>(ln2_lower, ln2_lower_float32), parts.low + low) - parts.half_square;
    return sum.hi + (sum.lo + rest);
}

// 2^k (1 + f) to another base, of which `factor` is 1 / ln(base), and `two` is log(2), the first part of it so short
// that k times it is exact.
template <class V>
PICOKERNELS_INLINE V log_to_base(V k, V f, double_double<V> factor, double_double<V> two) noexcept {
    const auto parts = accurate_log_1_plus(f);
    const V hi = f - parts.half_square;
    const V lo = ((f - hi) - parts.half_square) + parts.low;
    const auto product = two_product(hi, factor.hi);
    const V product_low = xsimd::fma(lo, factor.hi, xsimd::fma(hi, factor.lo, product.lo));
    const auto sum = fast_two_sum(k * two.hi, product.hi);
    return sum.hi + (sum.lo + xsimd::fma(k, two.lo, product_low));
}

// A logarithm of x, where Logarithm::of_parts(k, f) computes it for x = 2^k (1 + f).
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): as function
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

    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept {
        const auto [k, m] = split_exponent(x);
        const F result = Logarithm::of_parts(k, m - F(1.0F));
        const auto done = (x >= F(0x1p-126F)) & (x <= F(0x1.fffffep127F));
        if (!xsimd::all(done)) [[unlikely]] {
            return logarithm::completed(x, result, done);
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
};
struct log2 : logarithm<log2> {
    template <class V> static PICOKERNELS_INLINE V of_parts(V k, V f) noexcept {
        return log_to_base<V>(k, f,
                              {constant<V>(std::numbers::log2e, std::numbers::log2e_v<float>),
                               constant<V>(0x1.777d0ffda0d24p-56, 0x1.4ae0cp-26F)},
                              {V(1.0), V(0.0)});
    }
};
struct log10 : logarithm<log10> {
    template <class V> static PICOKERNELS_INLINE V of_parts(V k, V f) noexcept {
        return log_to_base<V>(k, f,
                              {constant<V>(std::numbers::log10e, std::numbers::log10e_v<float>),
                               constant<V>(0x1.95355baaafad3p-57, -0x1.5b235ep-27F)},
                              {constant<V>(0x1.34413509f78p-2, 0x1.344p-2F), // 42 and 16 bits
                               constant<V>(0x1.fef311f12b358p-46, 0x1.3509f8p-18F)});
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

    template <class F> static PICOKERNELS_INLINE F in_float32_lanes(F x) noexcept {
        const F result = of_finite(x);
        const auto done = (x > F(-1.0F)) & (x <= F(0x1.fffffep127F));
        if (!xsimd::all(done)) [[unlikely]] {
            return completed(x, result, done);
        }
        return result;
    }

    // log(u + c) = log(u) + c / u, where u + c = 1 + x exactly. (fdlibm's log1p)
    template <class V> static PICOKERNELS_INLINE V of_finite(V x) noexcept {
        const auto [u, c] = two_sum(V(1.0), x);
        const auto [k, m] = split_exponent(u);
        return log_of_parts(k, m - V(1.0), quotient_of(c, u)) | sign_bit(x); // the sign of -0
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
