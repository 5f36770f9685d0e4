// SPDX-License-Identifier: BSD-3-Clause
//
// Reduces an angle to a multiple of pi / 2 and a rest of at most pi / 4.
#ifndef PICOKERNELS_FUNCTIONS_ANGLE_HPP
#define PICOKERNELS_FUNCTIONS_ANGLE_HPP

#include "lanes.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

// pi / 2 as a sum of float64 numbers.
constexpr double half_pi[] = {0x1.921fb54442d18p0, 0x1.1a62633145c07p-54};
// pi / 2 as a sum, whose first two parts have 33 bits: for k < 2^20, k times such a part is exact.
constexpr double half_pi_short[] = {0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
constexpr double two_over_pi = 0x1.45f306dc9c883p-1;

// x = k pi / 2 + r.hi + r.lo. The lowest bits of `sum` hold k, or k modulo 4. Where the lanes are not `done`, the
// numbers are wrong, and reduce_any_angle has to compute them.
template <class V> struct reduced_angle {
    V sum;
    double_double<V> r;
    truths_of<V> done;
};

// ---- any angle, one at a time -------------------------------------------------------------------------------------

// The bits of 2 / pi after the point, behind 64 zeros.
constexpr std::uint64_t two_over_pi_bits[] = {0,
                                              0xa2f9836e4e441529,
                                              0xfc2757d1f534ddc0,
                                              0xdb6295993c439041,
                                              0xfe5163abdebbc561,
                                              0xb7246e3a424dd2e0,
                                              0x06492eea09d1921c,
                                              0xfe1deb1cb129a73e,
                                              0xe88235f52ebb4484,
                                              0xe99c7026b45f7e41,
                                              0x3991d639835339f4,
                                              0x9c845f8bbdf9283b,
                                              0x1ff897ffde05980f,
                                              0xef2f118b5a0a6d1f,
                                              0x6d367ecf27cb09b7,
                                              0x4f463f669e5fea2d,
                                              0x7527bac7ebe5f17b,
                                              0x3d0739f78a5292ea,
                                              0x6bfb5fb11f8d5d08,
                                              0x56033046fc7b6bab,
                                              0xf0cfbc209af4361d};

// The product of two 64-bit integers, of which `high` has the upper half.
PICOKERNELS_INLINE std::uint64_t multiply(std::uint64_t x, std::uint64_t y, std::uint64_t& high) noexcept {
    constexpr std::uint64_t lower_half = 0xffffffff;
    const std::uint64_t low = (x & lower_half) * (y & lower_half);
    const std::uint64_t middle = (x >> 32U) * (y & lower_half) + (low >> 32U);
    const std::uint64_t other = (x & lower_half) * (y >> 32U) + (middle & lower_half);
    high = (x >> 32U) * (y >> 32U) + (middle >> 32U) + (other >> 32U);
    return (other << 32U) | (low & lower_half);
}

// x = (quadrant + turn.hi + turn.lo) pi / 2, |turn| <= 0.5, quadrant modulo 4. For finite x >= pi / 4.
struct quarter_turns {
    std::uint64_t quadrant;
    double_double<double> turn;
};

// Payne & Hanek: of the product of the integer m and 2 / pi, only those bits matter that are neither multiples of
// four turns nor far behind the point. The fraction below has 128 bits, of which at most 62 are leading zeros
// (Muller, 10.2.3: no float64 number is closer to a multiple of pi / 2).
PICOKERNELS_INLINE quarter_turns payne_hanek(double x) noexcept {
    const auto bits = __builtin_bit_cast(std::uint64_t, x);
    const std::uint64_t m = (bits & 0x000fffffffffffffU) | 0x0010000000000000U;
    // x = m 2^e, with e = exponent - 1075. The bit of 2 / pi after the point that is worth 4 in the product is bit e
    // - 2.
    const std::uint64_t begin = (bits >> 52U) - 1075 - 2 + 64;
    const std::uint64_t* word = two_over_pi_bits + begin / 64;
    const auto shift = static_cast<unsigned>(begin % 64);
    const auto shifted = [&](unsigned i) {
        return shift == 0 ? word[i] : (word[i] << shift) | (word[i + 1] >> (64 - shift));
    };

    std::uint64_t carry_middle;
    std::uint64_t carry_low;
    (void)multiply(m, shifted(2), carry_low);
    std::uint64_t middle = multiply(m, shifted(1), carry_middle);
    middle += carry_low;
    std::uint64_t high = m * shifted(0) + carry_middle + (middle < carry_low ? 1 : 0);
    // Two bits before the point, 126 after it. To the nearest integer:
    const std::uint64_t quadrant = (high + (std::uint64_t{1} << 61U)) >> 62U;
    high = (high << 2U) | (middle >> 62U);
    middle <<= 2U;
    const bool is_negative = (high >> 63U) != 0;
    if (is_negative) {
        middle = -middle;
        high = ~high + (middle == 0 ? 1 : 0);
    }
    const int zeros = high != 0 ? __builtin_clzll(high) : 63;
    const auto left = static_cast<unsigned>(zeros);
    if (left != 0) {
        high = (high << left) | (middle >> (64 - left));
        middle <<= left;
    }
    const double scale = __builtin_bit_cast(double, static_cast<std::uint64_t>(1023 - zeros) << 52U);
    const double sign = is_negative ? -scale : scale;
    return {quadrant,
            {static_cast<double>(static_cast<std::int64_t>(high >> 11U)) * 0x1p-53 * sign,
             static_cast<double>(static_cast<std::int64_t>(((high & 0x7ffU) << 42U) | (middle >> 22U))) * 0x1p-106 *
                 sign}};
}

// ---- lanes --------------------------------------------------------------------------------------------------------

// Reduces any x >= 0; an infinity gives nans. Slow.
template <class V> PICOKERNELS_INLINE reduced_angle<V> reduce_any_angle(V x) noexcept {
    alignas(V) double angles[V::size];
    alignas(V) double sums[V::size];
    alignas(V) double turns_hi[V::size];
    alignas(V) double turns_lo[V::size];
    x.store_aligned(angles);
    for (std::size_t i = 0; i < V::size; ++i) {
        const double angle = angles[i];
        if (!(angle < infinity)) {
            sums[i] = turns_hi[i] = turns_lo[i] = not_a_number;
        } else if (angle < 0.5) {
            sums[i] = turns_hi[i] = turns_lo[i] = 0.0; // not needed
        } else {
            const quarter_turns result = payne_hanek(angle);
            sums[i] = round_to_integer + static_cast<double>(static_cast<std::int64_t>(result.quadrant));
            turns_hi[i] = result.turn.hi;
            turns_lo[i] = result.turn.lo;
        }
    }
    const V hi = V::load_aligned(turns_hi);
    const auto product = two_product(hi, V(half_pi[0]));
    const V low = xsimd::fma(hi, V(half_pi[1]), xsimd::fma(V::load_aligned(turns_lo), V(half_pi[0]), product.lo));
    return {V::load_aligned(sums), fast_two_sum(product.hi, low), is_number(x)};
}

// Reduces x >= 0 (Cody & Waite), unless x is huge, or so close to a multiple of pi / 2 that few bits remain. The
// first difference is exact. The second one, r, has a rounding error that can be computed exactly if the subtrahend
// is at most half of the result. So r must not be much smaller than x.
template <class V> PICOKERNELS_INLINE reduced_angle<V> reduce_angle(V x) noexcept {
    constexpr double limit = has_fma ? 0x1p30 : 0x1p20;
    constexpr double smallest_ratio = has_fma ? 0x1p-42 : 0x1p-32;
    const V sum = xsimd::fma(x, V(two_over_pi), V(round_to_integer));
    const V k = sum - V(round_to_integer);
    reduced_angle<V> reduced{sum, {}, {}};
    if constexpr (has_fma) {
        const V rest = minus_product(k, V(half_pi[0]), x);
        reduced.r.hi = minus_product(k, V(half_pi[1]), rest);
        reduced.r.lo = minus_product(k, V(half_pi[1]), rest - reduced.r.hi);
    } else {
        const V rest = x - k * V(half_pi_short[0]);
        const V second = k * V(half_pi_short[1]);
        const V difference = rest - second;
        const V third = k * V(half_pi_short[2]);
        reduced.r.hi = difference - third;
        reduced.r.lo = ((rest - difference) - second) + ((difference - reduced.r.hi) - third);
    }
    reduced.done = (xsimd::abs(reduced.r.hi) >= x * V(smallest_ratio)) & (x <= V(limit));
    return reduced;
}

// As reduce_angle, in lanes of float32.
template <class F> PICOKERNELS_INLINE reduced_angle<F> reduce_angle_in_float32_lanes(F x) noexcept {
    constexpr float half_pi_float32[] = {0x1.921fb6p0F, -0x1.777a5cp-25F};
    const F sum = xsimd::fma(x, F(0x1.45f306p-1F), F(round_to_integer_float32));
    const F k = sum - F(round_to_integer_float32);
    const F rest = minus_product(k, F(half_pi_float32[0]), x);
    const F hi = minus_product(k, F(half_pi_float32[1]), rest);
    const F lo = minus_product(k, F(half_pi_float32[1]), rest - hi);
    return {sum, {hi, lo}, (xsimd::abs(hi) >= x * F(0x1p-21F)) & (x <= F(0x1p13F))};
}

// For angles that are float32 numbers, which need no second part of the rest.
template <class V> PICOKERNELS_INLINE reduced_angle<V> reduce_float32_angle(V x) noexcept {
    constexpr double limit = has_fma ? 0x1p28 : 0x1p20;
    const V sum = xsimd::fma(x, V(two_over_pi), V(round_to_integer));
    const V k = sum - V(round_to_integer);
    reduced_angle<V> reduced{sum, {V(0.0), V(0.0)}, x <= V(limit)};
    if constexpr (has_fma) {
        reduced.r.hi = minus_product(k, V(half_pi[1]), minus_product(k, V(half_pi[0]), x));
    } else {
        reduced.r.hi = ((x - k * V(half_pi_short[0])) - k * V(half_pi_short[1])) - k * V(half_pi_short[2]);
    }
    return reduced;
}

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_FUNCTIONS_ANGLE_HPP
