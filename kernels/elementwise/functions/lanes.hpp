// SPDX-License-Identifier: BSD-3-Clause
//
// What the functions share: how a functor serves both element types, and exact arithmetic on batches of float64.
//
// References, by the names that the functions cite:
//   Dekker: T. J. Dekker, A floating-point technique for extending the available precision, 1971.
//   Muller: J.-M. Muller, Elementary Functions: Algorithms and Implementation, 3rd edition, 2016.
//   Handbook: Muller et al., Handbook of Floating-Point Arithmetic, 2nd edition, 2018.
//   Cody & Waite: W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980.
//   Payne & Hanek: M. Payne and R. Hanek, Radian reduction for trigonometric functions, 1983.
//
// Polynomials are minimax approximations. Sollya's fpminimax made their coefficients, with float64 as their format.
// A comment beside each names the function and the interval, so they can be made again.
#ifndef PICOKERNELS_FUNCTIONS_LANES_HPP
#define PICOKERNELS_FUNCTIONS_LANES_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

#include <xsimd/xsimd.hpp>

#include "../inline.hpp"
#include "../quotient.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

#if defined(__FMA__) || defined(__AVX2__) || defined(__aarch64__)
constexpr bool has_fma = true;
#else
constexpr bool has_fma = false;
#endif

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double smallest_normal = std::numeric_limits<double>::min();
constexpr double largest = std::numeric_limits<double>::max();

// ln 2 as a sum. The first part has 42 bits, so k times it is exact for |k| < 2^11.
constexpr double ln2_upper = 0x1.62e42fefa38p-1; // NOLINT(modernize-use-std-numbers)
constexpr double ln2_lower = 0x1.ef35793c7673p-45;
// ln 2 as a sum of float64 numbers.
constexpr double ln2_hi = std::numbers::ln2;
constexpr double ln2_lo = 0x1.abc9e3b39803fp-56;
// The same for float32, whose exponents have 8 bits; the first part has 16.
constexpr float ln2_upper_float32 = 0x1.62e4p-1F; // NOLINT(modernize-use-std-numbers)
constexpr float ln2_lower_float32 = 0x1.7f7d1cp-20F;
constexpr float ln2_hi_float32 = std::numbers::ln2_v<float>;
constexpr float ln2_lo_float32 = -0x1.05c61p-29F;

// ---- bits ---------------------------------------------------------------------------------------------------------

// Clang before version 16 wants `typename` where C++20 doesn't, and clang-tidy doesn't want it. So the types of a
// batch have names.
template <class V> using element_of = std::type_identity_t<typename V::value_type>;
template <class V> using truths_of = std::type_identity_t<typename V::batch_bool_type>;

template <class V> constexpr bool is_float64 = std::is_same_v<element_of<V>, double>;
template <class V> using unsigned_of = std::conditional_t<is_float64<V>, std::uint64_t, std::uint32_t>;
template <class V> using bits_of_lanes = xsimd::batch<unsigned_of<V>, typename V::arch_type>;

// A constant for batches of either type.
template <class V> PICOKERNELS_INLINE V constant(double for_float64, float for_float32) noexcept {
    if constexpr (is_float64<V>) {
        return V(for_float64);
    } else {
        return V(for_float32);
    }
}

template <class V> PICOKERNELS_INLINE bits_of_lanes<V> to_bits(V x) noexcept {
    return xsimd::bitwise_cast<unsigned_of<V>>(x);
}
template <class V> PICOKERNELS_INLINE V from_bits(bits_of_lanes<V> bits) noexcept {
    return xsimd::bitwise_cast<element_of<V>>(bits);
}
template <class V> PICOKERNELS_INLINE V sign_bit(V x) noexcept { return x & V(-0.0); }
template <class V> PICOKERNELS_INLINE V magnitude(V x) noexcept { return xsimd::bitwise_andnot(x, V(-0.0)); }
// x if the sign bit of `sign` is clear, else -x.
template <class V> PICOKERNELS_INLINE V flip_sign(V x, V sign) noexcept { return x ^ sign_bit(sign); }

// Whether the sign bit is set, that of -0 too.
template <class V> PICOKERNELS_INLINE truths_of<V> has_sign(V x) noexcept { return (sign_bit(x) | V(1.0)) < V(0.0); }
// Whether the lane is no nan.
template <class V> PICOKERNELS_INLINE truths_of<V> is_number(V x) noexcept {
    return x == x; // NOLINT(misc-redundant-expression)
}
// A nan stays one: of two operands of which one is a nan, xsimd's minimum and maximum return the first.
template <class V> PICOKERNELS_INLINE V at_most(V x, double limit) noexcept {
    return xsimd::min(x, V(static_cast<element_of<V>>(limit)));
}
template <class V> PICOKERNELS_INLINE V clamped(V x, double low, double high) noexcept {
    return xsimd::max(at_most(x, high), V(static_cast<element_of<V>>(low)));
}

// Adding this number rounds |x| < 2^51 to an integer, which the lowest bits of the sum hold in two's complement. For
// float32, |x| < 2^22.
constexpr double round_to_integer = 0x1.8p52;
constexpr float round_to_integer_float32 = 0x1.8p23F;

// 2^k, or x * 2^k, where `sum` = round_to_integer + k. The exponents of result and x must be those of normal numbers.
template <class V> PICOKERNELS_INLINE V power_of_two(V sum) noexcept {
    return from_bits<V>((to_bits(sum) + bits_of_lanes<V>(1023)) << 52);
}
template <class V> PICOKERNELS_INLINE V times_power_of_two(V x, V sum) noexcept {
    return from_bits<V>(to_bits(x) + (to_bits(sum) << (is_float64<V> ? 52 : 23)));
}
// x * 2^k for any k from -2000 to 2000. Rounds once: the first product is exact.
template <class V> PICOKERNELS_INLINE V times_any_power_of_two(V x, V k) noexcept {
    const V half = xsimd::fma(k, V(0.5), V(round_to_integer));
    const V rest = k - (half - V(round_to_integer));
    return x * power_of_two(half) * power_of_two(rest + V(round_to_integer));
}

// ---- exact arithmetic ---------------------------------------------------------------------------------------------

// z - x y, rounded once if has_fma. (xsimd's fnma rounds twice on aarch64.)
template <class V> PICOKERNELS_INLINE V minus_product(V x, V y, V z) noexcept {
#if defined(__aarch64__)
    return xsimd::fma(-x, y, z);
#else
    return xsimd::fnma(x, y, z);
#endif
}

// The unevaluated sum hi + lo.
template <class V> struct double_double {
    V hi;
    V lo;
};

// hi = x + y rounded, lo = its error. fast_two_sum needs |x| >= |y| or x = 0 (Dekker); two_sum is Knuth's.
template <class V> PICOKERNELS_INLINE double_double<V> fast_two_sum(V x, V y) noexcept {
    const V sum = x + y;
    return {sum, (x - sum) + y};
}
template <class V> PICOKERNELS_INLINE double_double<V> two_sum(V x, V y) noexcept {
    const V sum = x + y;
    const V part = sum - x;
    return {sum, (x - (sum - part)) + (y - part)};
}

// The upper half of the bits of x (Dekker). |x| must be less than 2^995, of float32 2^115.
template <class V> PICOKERNELS_INLINE V upper_bits(V x) noexcept {
    const V scaled = x * V(static_cast<element_of<V>>(is_float64<V> ? 0x1p27 + 1 : 0x1p12 + 1));
    return scaled - (scaled - x);
}
// hi = x * y rounded, lo = its error.
template <class V> PICOKERNELS_INLINE double_double<V> two_product(V x, V y) noexcept {
    const V product = x * y;
    if constexpr (has_fma) {
        return {product, xsimd::fms(x, y, product)};
    } else {
        const V x_hi = upper_bits(x);
        const V x_lo = x - x_hi;
        const V y_hi = upper_bits(y);
        const V y_lo = y - y_hi;
        return {product, ((x_hi * y_hi - product) + x_hi * y_lo + x_lo * y_hi) + x_lo * y_lo};
    }
}

// ---- polynomials --------------------------------------------------------------------------------------------------

// The logarithm is rounded down; n is not 0.
constexpr std::size_t log2_of(std::size_t n) noexcept { return static_cast<std::size_t>(std::bit_width(n)) - 1; }

template <const auto& coefficients, std::size_t first, std::size_t count, class V>
PICOKERNELS_INLINE V polynomial_part(const V* powers) noexcept {
    if constexpr (count == 1) {
        return V(coefficients[first]);
    } else {
        constexpr std::size_t level = log2_of(count - 1);
        constexpr std::size_t split = std::size_t{1} << level;
        return xsimd::fma(polynomial_part<coefficients, first + split, count - split>(powers), powers[level],
                          polynomial_part<coefficients, first, split>(powers));
    }
}

// c[0] + c[1] x + c[2] x^2 + ..., by Estrin's scheme (Muller, 5.4): half of the steps do not wait for each other.
template <const auto& coefficients, class V> PICOKERNELS_INLINE V polynomial(V x) noexcept {
    constexpr std::size_t count = std::extent_v<std::remove_reference_t<decltype(coefficients)>>;
    constexpr std::size_t levels = log2_of(count - 1) + 1;
    V powers[levels] = {x};
    for (std::size_t i = 1; i < levels; ++i) {
        powers[i] = powers[i - 1] * powers[i - 1];
    }
    return polynomial_part<coefficients, 0, count>(powers);
}

// ---- float32 ------------------------------------------------------------------------------------------------------

template <class F> using float64_lanes = xsimd::batch<double, typename F::arch_type>;

// The halves of a batch of float32, as float64, and back. (xsimd's own go through memory on some ISAs.)
template <class F> struct halves {
    float64_lanes<F> lower;
    float64_lanes<F> upper;
};

#if defined(__AVX512F__)
template <class F> PICOKERNELS_INLINE halves<F> widened(F x) noexcept {
    const __m512d whole = _mm512_castps_pd(x);
    return {_mm512_cvtps_pd(_mm512_castps512_ps256(x)),
            _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(whole, 1)))};
}
template <class F> PICOKERNELS_INLINE F narrowed(float64_lanes<F> lower, float64_lanes<F> upper) noexcept {
    const __m512d low = _mm512_castpd256_pd512(_mm256_castps_pd(_mm512_cvtpd_ps(lower)));
    return _mm512_castpd_ps(_mm512_insertf64x4(low, _mm256_castps_pd(_mm512_cvtpd_ps(upper)), 1));
}
#elif defined(__AVX2__)
template <class F> PICOKERNELS_INLINE halves<F> widened(F x) noexcept {
    return {_mm256_cvtps_pd(_mm256_castps256_ps128(x)), _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1))};
}
template <class F> PICOKERNELS_INLINE F narrowed(float64_lanes<F> lower, float64_lanes<F> upper) noexcept {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(lower)), _mm256_cvtpd_ps(upper), 1);
}
#elif defined(__SSE2__)
template <class F> PICOKERNELS_INLINE halves<F> widened(F x) noexcept {
    return {_mm_cvtps_pd(x), _mm_cvtps_pd(_mm_movehl_ps(x, x))};
}
template <class F> PICOKERNELS_INLINE F narrowed(float64_lanes<F> lower, float64_lanes<F> upper) noexcept {
    return _mm_movelh_ps(_mm_cvtpd_ps(lower), _mm_cvtpd_ps(upper));
}
#else
template <class F> PICOKERNELS_INLINE halves<F> widened(F x) noexcept {
    float from[F::size];
    double to[F::size];
    x.store_unaligned(from);
    for (std::size_t i = 0; i < F::size; ++i) {
        to[i] = from[i];
    }
    return {float64_lanes<F>::load_unaligned(to), float64_lanes<F>::load_unaligned(to + F::size / 2)};
}
template <class F> PICOKERNELS_INLINE F narrowed(float64_lanes<F> lower, float64_lanes<F> upper) noexcept {
    double from[F::size];
    float to[F::size];
    lower.store_unaligned(from);
    upper.store_unaligned(from + F::size / 2);
    for (std::size_t i = 0; i < F::size; ++i) {
        to[i] = static_cast<float>(from[i]);
    }
    return F::load_unaligned(to);
}
#endif

// ---- functors -----------------------------------------------------------------------------------------------------

// Base of the functions. `Function` has for_float64(x...) on batches of float64. Float32 numbers are computed in
// lanes of float64 too, by for_float32(x...), which may be less exact; the default is for_float64. Where lanes of
// float32 are exact enough and faster, `Function` has in_float32_lanes(x...) for batches of float32.
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): nobody constructs functors
template <class Function> struct function {
    static constexpr bool is_slow = true;
    static constexpr bool is_function = true;

    template <class Batch, class... Rest> static PICOKERNELS_INLINE Batch apply(Batch a, Rest... b) noexcept {
        if constexpr (is_float64<Batch>) {
            return Function::for_float64(a, b...);
        } else if constexpr (requires { Function::in_float32_lanes(a, b...); }) {
            return Function::in_float32_lanes(a, b...);
        } else {
            return in_float64_lanes(a, b...);
        }
    }

    template <class Batch, class... Rest>
    static PICOKERNELS_INLINE Batch in_float64_lanes(Batch a, Rest... b) noexcept {
        const halves<Batch> a_halves = widened(a);
        return narrowed<Batch>(Function::for_float32(a_halves.lower, widened(b).lower...),
                               Function::for_float32(a_halves.upper, widened(b).upper...));
    }

    // The results where they are `done`, else those of float64 lanes.
    template <class Batch>
    static PICOKERNELS_RARE Batch completed(Batch a, Batch results, truths_of<Batch> done) noexcept {
        return xsimd::select(done, results, in_float64_lanes(a));
    }

    template <class V, class... Rest> static PICOKERNELS_INLINE V for_float32(V a, Rest... b) noexcept {
        return Function::for_float64(a, b...);
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_LANES_HPP
