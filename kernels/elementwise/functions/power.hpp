// SPDX-License-Identifier: BSD-3-Clause
//
// pow, cbrt, hypot.
#ifndef PICOKERNELS_FUNCTIONS_POWER_HPP
#define PICOKERNELS_FUNCTIONS_POWER_HPP

#include "exponential.hpp"
#include "logarithm.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

// (atanh(s) / s - 1 - s^2 / 3) / s^4 in s^2, for s^2 <= 0.02945; s^4 times the error is below 2^-69.
constexpr double atanh_coefficients[] = {0x1.999999999999ap-3, 0x1.24924924922fep-3, 0x1.c71c71c74c77ap-4,
                                         0x1.745d173ce41bap-4, 0x1.3b13a9cbb9295p-4, 0x1.111551154f6e8p-4,
                                         0x1.e01971bc0ada5p-5, 0x1.daa559ed7685cp-5};

// log2(2^k m) with a relative error below 2^-64: as in logarithm.hpp, in double-double arithmetic (Handbook, 14.1).
template <class V> PICOKERNELS_INLINE double_double<V> accurate_log2(V k, V m) noexcept {
    constexpr double_double<double> third{0x1.5555555555555p-2, 0x1.5555555555555p-56};
    constexpr double_double<double> two_over_ln2{0x1.71547652b82fep1, 0x1.777d0ffda0d24p-55};
    // s = (m - 1) / (m + 1)
    const V f = m - V(1.0);
    const V sum = m + V(1.0);
    const V sum_low = m - (sum - V(1.0));
    const V reciprocal = V(1.0) / sum;
    const V s = f * reciprocal;
    const auto product = two_product(s, sum);
    const V s_low = (((f - product.hi) - product.lo) - s * sum_low) * reciprocal;
    // atanh(s) = s + s v, v = z / 3 + z^2 (...), z = s^2
    auto z = two_product(s, s);
    z.lo = xsimd::fma(s + s, s_low, z.lo);
    const auto z_third = two_product(z.hi, V(third.hi));
    const V z_third_low = xsimd::fma(z.hi, V(third.lo), xsimd::fma(z.lo, V(third.hi), z_third.lo));
    auto v = fast_two_sum(z_third.hi, z.hi * z.hi * polynomial<atanh_coefficients>(z.hi));
    v.lo = v.lo + z_third_low;
    const auto s_v = two_product(s, v.hi);
    const V s_v_low = xsimd::fma(s, v.lo, xsimd::fma(s_low, v.hi, s_v.lo));
    auto atanh = fast_two_sum(s, s_v.hi);
    atanh.lo = atanh.lo + (s_v_low + s_low);
    // log2(m) = 2 atanh(s) / ln 2
    const auto log2_m = two_product(atanh.hi, V(two_over_ln2.hi));
    const V log2_m_low =
        xsimd::fma(atanh.hi, V(two_over_ln2.lo), xsimd::fma(atanh.lo, V(two_over_ln2.hi), log2_m.lo));
    const auto result = fast_two_sum(k, log2_m.hi);
    return {result.hi, result.lo + log2_m_low};
}

struct pow : function<pow> {
    static constexpr double largest_exponent = 0x1p70; // raises any float64 number but 1 to 0 or infinity

    template <class V> static PICOKERNELS_INLINE double_double<V> log2_of_power(V k, V m, V y) noexcept {
        const auto log2_x = accurate_log2(k, m);
        const auto product = two_product(y, log2_x.hi);
        return {product.hi, xsimd::fma(y, log2_x.lo, product.lo)};
    }

    // 2^(exponent - n), where n is the next integer.
    template <class V> static PICOKERNELS_INLINE V exp2_of_rest(double_double<V> exponent, V n) noexcept {
        const auto rest = two_sum(exponent.hi - n, exponent.lo);
        return exp2::of_fraction(rest.hi, rest.lo);
    }

    template <class V> static PICOKERNELS_INLINE V for_float64(V x, V y) noexcept {
        const auto [k, m] = split_exponent(x);
        const auto exponent = log2_of_power(k, m, y);
        const auto ordinary = (x >= V(smallest_normal)) & (x <= V(largest)) & (xsimd::abs(y) <= V(largest_exponent)) &
                              (xsimd::abs(exponent.hi) <= V(1020.0));
        if (!xsimd::all(ordinary)) [[unlikely]] {
            return of_any(x, y);
        }
        const V sum = exponent.hi + V(round_to_integer);
        return times_power_of_two(exp2_of_rest(exponent, sum - V(round_to_integer)), sum);
    }

    template <class V> static PICOKERNELS_RARE V of_any(V x, V y) noexcept {
        const V size = magnitude(x);
        const auto is_small = size < V(smallest_normal);
        const auto [k, m] = split_exponent(xsimd::select(is_small, size * V(0x1p54), size));
        const V limited_y = clamped(y, -largest_exponent, largest_exponent);
        auto exponent = log2_of_power(k - xsimd::select(is_small, V(54.0), V(0.0)), m, limited_y);
        const auto is_far = xsimd::abs(exponent.hi) > V(1100.0);
        exponent.lo = xsimd::select(is_far, V(0.0), exponent.lo);
        exponent.hi = clamped(exponent.hi, -1100.0, 1100.0);
        const V n = (exponent.hi + V(round_to_integer)) - V(round_to_integer);
        return of_special(x, y, times_any_power_of_two(exp2_of_rest(exponent, n), n));
    }

    // C99, F.9.4.4; `result` is that of |x|, where neither x nor y is special.
    template <class V> static PICOKERNELS_INLINE V of_special(V x, V y, V result) noexcept {
        const V size = magnitude(x);
        const V limited_y = clamped(y, -largest_exponent, largest_exponent);
        const V half_y = limited_y * V(0.5);
        const auto is_integer = xsimd::trunc(limited_y) == limited_y;
        const auto is_odd_integer = is_integer & (xsimd::trunc(half_y) != half_y);
        const auto is_zero = size == V(0.0);
        const auto is_infinite = size == V(infinity);
        const V limit = xsimd::select((is_zero & (y < V(0.0))) | (is_infinite & (y > V(0.0))), V(infinity), V(0.0));
        result = xsimd::select(is_zero | is_infinite, limit, result);
        result = xsimd::select((x < V(0.0)) & !is_infinite & !is_integer, V(not_a_number), result);
        result = flip_sign(result, xsimd::select(is_odd_integer, x, V(0.0)));
        result = xsimd::select(is_number(x) & is_number(y), result, V(not_a_number));
        return xsimd::select((x == V(1.0)) | (y == V(0.0)), V(1.0), result);
    }

    // float64's log2 has enough bits for float32's exponents.
    template <class V> static PICOKERNELS_INLINE V for_float32(V x, V y) noexcept {
        const auto [k, m] = split_exponent(magnitude(x));
        const V f = m - V(1.0);
        const auto parts = log_1_plus<log_coefficients>(f);
        const V log2_x = xsimd::fma((f - parts.half_square) + parts.low, V(std::numbers::log2e), k);
        const V limited_y = clamped(y, -largest_exponent, largest_exponent);
        const V result = exp2::for_float32(limited_y * log2_x);
        if (!xsimd::all((x > V(0.0)) & (x < V(infinity)) & (xsimd::abs(y) < V(infinity)))) [[unlikely]] {
            return of_special(x, y, result);
        }
        return result;
    }
};

struct cbrt : function<cbrt> {
    // m^(-1/3) on [1, 2]; error 2^-14.
    static constexpr double start_coefficients[] = {0x1.ac184fcbea94fp0, -0x1.2de11e87e0506p0, 0x1.6775b5d60c2bfp-1,
                                                    -0x1.cb34e76f49cb4p-3, 0x1.dc96565995e1bp-6};

    // |x| = 2^(3 q) t, 1 <= t < 8. `root` approximates t^(1/3), `inverse` t^(-1/3), to 49 bits and more.
    template <class V> struct approximation {
        V sum; // round_to_integer + q
        V t;
        V root;
        V inverse;
    };
    template <class V> static PICOKERNELS_INLINE approximation<V> approximate(V size) noexcept {
        using bits = bits_of_lanes<V>;
        const V k = from_bits<V>((to_bits(size) >> 52) | bits(0x4330000000000000)) - V(0x1p52 + 1023);
        const V m = from_bits<V>((to_bits(size) & bits(0x000fffffffffffff)) | bits(0x3ff0000000000000));
        const V sum = xsimd::fma(k - V(1.0), V(0x1.5555555555555p-2), V(round_to_integer));
        const V rest = k - V(3.0) * (sum - V(round_to_integer)); // 0, 1, or 2
        const V t = times_power_of_two(m, rest + V(round_to_integer));
        const V rest_root = xsimd::select(
            rest == V(0.0), V(1.0), xsimd::select(rest == V(1.0), V(0x1.965fea53d6e3dp-1), V(0x1.428a2f98d728bp-1)));
        const V start = polynomial<start_coefficients>(m) * rest_root;
        // y (1 - h)^(-1/3) with h = 1 - t y^3, to the third power of h
        const V h = minus_product(t * start, start * start, V(1.0));
        const V series = xsimd::fma(xsimd::fma(h, V(14.0 / 81), V(2.0 / 9)), h, V(1.0 / 3));
        const V inverse = xsimd::fma(start * h, series, start);
        return {sum, t, t * inverse * inverse, inverse};
    }

    template <class V> static PICOKERNELS_INLINE V for_float64(V x) noexcept {
        const V size = magnitude(x);
        if (!xsimd::all((size >= V(smallest_normal)) & (size <= V(largest)))) [[unlikely]] {
            return of_any(x);
        }
        return flip_sign(of_normal(size), x);
    }

    // One Newton step for the root, with the residual in double-double arithmetic.
    template <class V> static PICOKERNELS_INLINE V of_normal(V size) noexcept {
        const auto [sum, t, root, inverse] = approximate(size);
        const auto square = two_product(root, root);
        const auto cube = two_product(square.hi, root);
        const V residual = ((t - cube.hi) - cube.lo) - square.lo * root;
        return times_power_of_two(xsimd::fma(residual, inverse * inverse * V(1.0 / 3), root), sum);
    }

    template <class V> static PICOKERNELS_RARE V of_any(V x) noexcept {
        const V size = magnitude(x);
        const auto is_small = size < V(smallest_normal);
        const V root = of_normal(xsimd::select(is_small, size * V(0x1p54), size));
        const V result = flip_sign(xsimd::select(is_small, root * V(0x1p-18), root), x);
        return xsimd::select((size > V(0.0)) & (size <= V(largest)), result, x + x);
    }

    template <class V> static PICOKERNELS_INLINE V for_float32(V x) noexcept {
        const V size = magnitude(x);
        const auto root = approximate(size);
        const V result = flip_sign(times_power_of_two(root.root, root.sum), x);
        return xsimd::select((size > V(0.0)) & (size <= V(largest)), result, x + x);
    }
};

struct hypot : function<hypot> {
    template <class V> static PICOKERNELS_INLINE V for_float64(V x, V y) noexcept {
        const V longer = xsimd::max(xsimd::abs(x), xsimd::abs(y));
        if (!xsimd::all((longer <= V(0x1p510)) & (longer >= V(0x1p-450)) & is_number(x) & is_number(y)))
            [[unlikely]] {
            return of_any(x, y);
        }
        return of_squares(x, y);
    }

    template <class V> static PICOKERNELS_INLINE V of_squares(V x, V y) noexcept {
        const V x_size = xsimd::abs(x);
        const V y_size = xsimd::abs(y);
        const V longer = xsimd::max(x_size, y_size);
        const V shorter = xsimd::min(x_size, y_size);
        return xsimd::sqrt(xsimd::fma(longer, longer, shorter * shorter));
    }

    // The squares of scaled numbers neither overflow nor vanish. An infinity outweighs a nan (C99, F.9.4.3).
    template <class V> static PICOKERNELS_RARE V of_any(V x, V y) noexcept {
        const auto is_huge = (xsimd::abs(x) > V(0x1p510)) | (xsimd::abs(y) > V(0x1p510));
        const auto is_tiny = (xsimd::abs(x) < V(0x1p-450)) & (xsimd::abs(y) < V(0x1p-450));
        const V scale = xsimd::select(is_huge, V(0x1p-600), xsimd::select(is_tiny, V(0x1p600), V(1.0)));
        const V back = xsimd::select(is_huge, V(0x1p600), xsimd::select(is_tiny, V(0x1p-600), V(1.0)));
        const V result = of_squares(x * scale, y * scale) * back;
        const auto is_infinite = (xsimd::abs(x) == V(infinity)) | (xsimd::abs(y) == V(infinity));
        const V finite = xsimd::select(is_number(x) & is_number(y), result, V(not_a_number));
        return xsimd::select(is_infinite, V(infinity), finite);
    }

    // The squares of float32 numbers are float64 numbers.
    template <class V> static PICOKERNELS_INLINE V for_float32(V x, V y) noexcept {
        const V result = xsimd::sqrt(x * x + y * y);
        const auto is_infinite = (xsimd::abs(x) == V(infinity)) | (xsimd::abs(y) == V(infinity));
        return xsimd::select(is_infinite, V(infinity), result);
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_POWER_HPP
