// SPDX-License-Identifier: BSD-3-Clause
//
// Quotients and square roots of batches, correctly rounded on every architecture.
#ifndef PICOKERNELS_QUOTIENT_HPP
#define PICOKERNELS_QUOTIENT_HPP

#include <xsimd/xsimd.hpp>

#include "inline.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see inline.hpp
namespace {

template <class V> PICOKERNELS_INLINE V quotient_of(V a, V b) noexcept { return a / b; }
template <class Batch> PICOKERNELS_INLINE Batch root_of(Batch a) noexcept { return xsimd::sqrt(a); }

#if defined(__aarch64__) // xsimd computes those of float32 from estimates, with other bits
template <class Arch> using float32_batch = xsimd::batch<float, Arch>;
template <class Arch>
PICOKERNELS_INLINE float32_batch<Arch> quotient_of(float32_batch<Arch> a, float32_batch<Arch> b) noexcept {
    return vdivq_f32(a, b);
}
template <class Arch> PICOKERNELS_INLINE float32_batch<Arch> root_of(float32_batch<Arch> a) noexcept {
    return vsqrtq_f32(a);
}
#endif

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_QUOTIENT_HPP
