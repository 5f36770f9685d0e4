// SPDX-License-Identifier: BSD-3-Clause
//
// Halves of batches, which xsimd does not offer.
#ifndef PICOKERNELS_HALVES_HPP
#define PICOKERNELS_HALVES_HPP

#include "../elementwise/functors.hpp"

#include <type_traits>

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see functors.hpp
namespace {

// Whether a batch has halves that are batches. One of 128 bits has none.
template <class Batch> constexpr bool has_halves = sizeof(Batch) > 16;
template <class Batch> using half_of = xsimd::make_sized_batch_t<typename Batch::value_type, Batch::size / 2>;

#if defined(__AVX__)
PICOKERNELS_INLINE __m128d lower(__m256d x) noexcept { return _mm256_castpd256_pd128(x); }
PICOKERNELS_INLINE __m128d upper(__m256d x) noexcept { return _mm256_extractf128_pd(x, 1); }
PICOKERNELS_INLINE __m256d join(__m128d low, __m128d high) noexcept { return _mm256_set_m128d(high, low); }
PICOKERNELS_INLINE __m128 lower(__m256 x) noexcept { return _mm256_castps256_ps128(x); }
PICOKERNELS_INLINE __m128 upper(__m256 x) noexcept { return _mm256_extractf128_ps(x, 1); }
PICOKERNELS_INLINE __m256 join(__m128 low, __m128 high) noexcept { return _mm256_set_m128(high, low); }
#endif
#if defined(__AVX512F__) && defined(__AVX512DQ__)
PICOKERNELS_INLINE __m256d lower(__m512d x) noexcept { return _mm512_castpd512_pd256(x); }
PICOKERNELS_INLINE __m256d upper(__m512d x) noexcept { return _mm512_extractf64x4_pd(x, 1); }
PICOKERNELS_INLINE __m512d join(__m256d low, __m256d high) noexcept {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}
PICOKERNELS_INLINE __m256 lower(__m512 x) noexcept { return _mm512_castps512_ps256(x); }
PICOKERNELS_INLINE __m256 upper(__m512 x) noexcept { return _mm512_extractf32x8_ps(x, 1); }
PICOKERNELS_INLINE __m512 join(__m256 low, __m256 high) noexcept {
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
#endif

template <class Batch> PICOKERNELS_INLINE half_of<Batch> lower_half(Batch x) noexcept { return lower(x); }
template <class Batch> PICOKERNELS_INLINE half_of<Batch> upper_half(Batch x) noexcept { return upper(x); }
template <class Batch> PICOKERNELS_INLINE Batch joined(half_of<Batch> low, half_of<Batch> high) noexcept {
    return join(low, high);
}

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_HALVES_HPP
