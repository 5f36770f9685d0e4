// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_FUNCTIONS_REMAINDER_HPP
#define PICOKERNELS_FUNCTIONS_REMAINDER_HPP

#include "lanes.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

struct fmod : function<fmod> {
    // If |a / b| < 2^53, the rounded quotient is the true one cut off, or one more. Either way a - q b is a float64
    // number, which fma computes without error.
    template <class V> static PICOKERNELS_INLINE V for_float64(V a, V b) noexcept {
        const V a_size = magnitude(a);
        const V b_size = magnitude(b);
        const V quotient = a_size / b_size;
        const auto done = (quotient < V(has_fma ? 0x1p53 : 0x1p52)) & is_in_range(a_size, b_size);
        const V q = cut_off(quotient);
        V rest;
        if constexpr (has_fma) {
            rest = minus_product(q, b_size, a_size);
        } else {
            const auto product = two_product(q, b_size);
            rest = (a_size - product.hi) - product.lo;
        }
        rest = magnitude(xsimd::select(rest < V(0.0), rest + b_size, rest)) | sign_bit(a);
        if (!xsimd::all(done)) [[unlikely]] {
            return of_any(a, b, rest, done);
        }
        return rest;
    }

    // Without SSE4.1, xsimd converts to integers and back.
    template <class V> static PICOKERNELS_INLINE V cut_off(V quotient) noexcept {
        if constexpr (has_fma) {
            return xsimd::trunc(quotient);
        } else {
            const V rounded = (quotient + V(0x1p52)) - V(0x1p52);
            return rounded - xsimd::select(rounded > quotient, V(1.0), V(0.0));
        }
    }

    // Where Dekker's product overflows or loses bits, there is another way.
    template <class V> static PICOKERNELS_INLINE auto is_in_range(V a_size, V b_size) noexcept {
        if constexpr (has_fma) {
            return b_size <= V(largest);
        } else {
            return (b_size <= V(0x1p990)) & (b_size >= V(0x1p-900)) & (a_size <= V(0x1p990));
        }
    }

    template <class V> static PICOKERNELS_RARE V of_any(V a, V b, V rest, truths_of<V> done) noexcept {
        alignas(V) double dividends[V::size];
        alignas(V) double divisors[V::size];
        a.store_aligned(dividends);
        b.store_aligned(divisors);
        for (std::size_t i = 0; i < V::size; ++i) {
            dividends[i] = of_number(dividends[i], divisors[i]);
        }
        return xsimd::select(done, rest, V::load_aligned(dividends));
    }

    // By long division of the integers that the mantissas are, 11 bits at a time.
    static PICOKERNELS_INLINE double of_number(double a, double b) noexcept {
        constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
        const auto a_bits = __builtin_bit_cast(std::uint64_t, a);
        const auto a_size = a_bits & ~sign;
        const auto b_size = __builtin_bit_cast(std::uint64_t, b) & ~sign;
        constexpr auto infinite = std::uint64_t{0x7ff} << 52U;
        if (a_size >= infinite || b_size > infinite || b_size == 0) {
            return not_a_number;
        }
        if (a_size < b_size) {
            return a;
        }
        const std::uint64_t b_exponent = exponent_of(b_size);
        const std::uint64_t divisor = mantissa_of(b_size);
        std::uint64_t rest = mantissa_of(a_size) % divisor;
        for (std::uint64_t places = exponent_of(a_size) - b_exponent; places != 0 && rest != 0;) {
            const std::uint64_t step = places < 11 ? places : 11;
            rest = (rest << step) % divisor;
            places -= step;
        }
        const double scale = __builtin_bit_cast(double, b_exponent << 52U);
        const double size = static_cast<double>(static_cast<std::int64_t>(rest)) * 0x1p-52 * scale;
        return __builtin_bit_cast(double, __builtin_bit_cast(std::uint64_t, size) | (a_bits & sign));
    }

    // The number is mantissa times 2^(exponent - 1075); denormal numbers have the exponent 1.
    static PICOKERNELS_INLINE std::uint64_t exponent_of(std::uint64_t size) noexcept {
        return size >> 52U == 0 ? 1 : size >> 52U;
    }
    static PICOKERNELS_INLINE std::uint64_t mantissa_of(std::uint64_t size) noexcept {
        const std::uint64_t fraction = size & 0x000fffffffffffffU;
        return size >> 52U == 0 ? fraction : fraction | 0x0010000000000000U;
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_REMAINDER_HPP
