// SPDX-License-Identifier: BSD-3-Clause
//
// Google Highway: one source, compiled for every target that it knows, and dispatched at each call. The loop is that
// of its hwy/contrib/algo/transform-inl.h (whole vectors, then a masked one, or single elements where masked loads
// might fault), with an output of its own: Transform1 there overwrites its first operand.
#if !defined(WITH_HIGHWAY)

#include "absent.hpp"

namespace picokernels::bench {

peer highway() { return absent("highway", "Highway was not found (Debian: libhwy-dev)"); }

} // namespace picokernels::bench

#else

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "highway.cpp" // which includes this file once per target
#include "hwy/foreach_target.h"

#include "hwy/highway.h"

// The functions, by the operation's name and by what Highway's users write for it. What is added to operations.hpp is
// missing here, and its entries are null, until it is added to these lists.
#ifndef HIGHWAY_PEER_LISTS
#define HIGHWAY_PEER_LISTS
#define HIGHWAY_ARRAY_OPERATIONS(X)                                                                                  \
    X(add, hn::Add(x, y)) X(sub, hn::Sub(x, y)) X(mul, hn::Mul(x, y)) X(div, hn::Div(x, y))
#define HIGHWAY_SCALAR_OPERATIONS(X) HIGHWAY_ARRAY_OPERATIONS(X) X(rsub, hn::Sub(y, x)) X(rdiv, hn::Div(y, x))
#endif

HWY_BEFORE_NAMESPACE();
namespace picokernels::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The right-hand operand: an array, or a scalar in every lane.
template <class T> struct array_operand {
    const T* data;

    template <class D> HWY_INLINE hn::Vec<D> load(D d, std::size_t i) const { return hn::LoadU(d, data + i); }
    template <class D, class M> HWY_INLINE hn::Vec<D> load(D d, M mask, std::size_t i) const {
        return hn::MaskedLoad(mask, d, data + i);
    }
};

template <class T> struct scalar_operand {
    T value;

    template <class D> HWY_INLINE hn::Vec<D> load(D d, std::size_t) const { return hn::Set(d, value); }
    template <class D, class M> HWY_INLINE hn::Vec<D> load(D d, M, std::size_t) const { return hn::Set(d, value); }
};

template <class T, class Right, class Op>
HWY_INLINE void elementwise(const T* a, Right b, T* out, std::size_t n, Op op) {
    const hn::ScalableTag<T> d;
    const std::size_t lanes = hn::Lanes(d);
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        hn::StoreU(op(hn::LoadU(d, a + i), b.load(d, i)), d, out + i);
    }
    if (i == n) {
        return;
    }
#if HWY_MEM_OPS_MIGHT_FAULT
    const hn::CappedTag<T, 1> one;
    for (; i < n; ++i) {
        hn::StoreU(op(hn::LoadU(one, a + i), b.load(one, i)), one, out + i);
    }
#else
    const auto mask = hn::FirstN(d, n - i);
    hn::BlendedStore(op(hn::MaskedLoad(mask, d, a + i), b.load(d, mask, i)), mask, d, out + i);
#endif
}

// Dispatched functions are looked up by plain names, so every operation and type needs one.
#define HIGHWAY_DEFINE(op, expression)                                                                               \
    struct op {                                                                                                      \
        template <class V> HWY_INLINE V operator()(V x, V y) const { return expression; }                            \
    };
HIGHWAY_SCALAR_OPERATIONS(HIGHWAY_DEFINE)
#undef HIGHWAY_DEFINE

#define HIGHWAY_DEFINE(op, expression)                                                                               \
    HWY_ATTR void op##_f64(const double* a, const double* b, double* out, std::size_t n) {                           \
        elementwise(a, array_operand<double>{b}, out, n, op{});                                                      \
    }                                                                                                                \
    HWY_ATTR void op##_f32(const float* a, const float* b, float* out, std::size_t n) {                              \
        elementwise(a, array_operand<float>{b}, out, n, op{});                                                       \
    }
HIGHWAY_ARRAY_OPERATIONS(HIGHWAY_DEFINE)
#undef HIGHWAY_DEFINE

#define HIGHWAY_DEFINE(op, expression)                                                                               \
    HWY_ATTR void op##_scalar_f64(const double* a, double s, double* out, std::size_t n) {                           \
        elementwise(a, scalar_operand<double>{s}, out, n, op{});                                                     \
    }                                                                                                                \
    HWY_ATTR void op##_scalar_f32(const float* a, float s, float* out, std::size_t n) {                              \
        elementwise(a, scalar_operand<float>{s}, out, n, op{});                                                      \
    }
HIGHWAY_SCALAR_OPERATIONS(HIGHWAY_DEFINE)
#undef HIGHWAY_DEFINE

} // namespace
} // namespace picokernels::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "peers.hpp"

#include <cstdint>
#include <string_view>

namespace picokernels::bench {
namespace {

#define HIGHWAY_EXPORT(op, expression)                                                                               \
    HWY_EXPORT(op##_f64);                                                                                            \
    HWY_EXPORT(op##_f32);
HIGHWAY_ARRAY_OPERATIONS(HIGHWAY_EXPORT)
#undef HIGHWAY_EXPORT
#define HIGHWAY_EXPORT(op, expression)                                                                               \
    HWY_EXPORT(op##_scalar_f64);                                                                                     \
    HWY_EXPORT(op##_scalar_f32);
HIGHWAY_SCALAR_OPERATIONS(HIGHWAY_EXPORT)
#undef HIGHWAY_EXPORT

kernel_table make_table(const char* isa) {
    kernel_table table{isa, {}, {}};
#define HIGHWAY_ENTRY(op, expression)                                                                                \
    table.f64.op = [](const double* a, const double* b, double* out, std::size_t n) noexcept {                       \
        HWY_DYNAMIC_DISPATCH(op##_f64)(a, b, out, n);                                                                \
    };                                                                                                               \
    table.f32.op = [](const float* a, const float* b, float* out, std::size_t n) noexcept {                          \
        HWY_DYNAMIC_DISPATCH(op##_f32)(a, b, out, n);                                                                \
    };
    HIGHWAY_ARRAY_OPERATIONS(HIGHWAY_ENTRY)
#undef HIGHWAY_ENTRY
#define HIGHWAY_ENTRY(op, expression)                                                                                \
    table.f64.op##_scalar = [](const double* a, double s, double* out, std::size_t n) noexcept {                     \
        HWY_DYNAMIC_DISPATCH(op##_scalar_f64)(a, s, out, n);                                                         \
    };                                                                                                               \
    table.f32.op##_scalar = [](const float* a, float s, float* out, std::size_t n) noexcept {                        \
        HWY_DYNAMIC_DISPATCH(op##_scalar_f32)(a, s, out, n);                                                         \
    };
    HIGHWAY_SCALAR_OPERATIONS(HIGHWAY_ENTRY)
#undef HIGHWAY_ENTRY
    return table;
}

// Highway's targets that are this ISA, and not one between it and the next; none if this version has none. (Highway
// keeps sets of bits in signed integers.)
std::uint64_t targets_of(std::string_view isa) {
    if (isa == "avx512") {
        std::uint64_t targets = std::uint64_t{HWY_AVX3} | std::uint64_t{HWY_AVX3_DL};
#if defined(HWY_AVX3_ZEN4)
        targets |= std::uint64_t{HWY_AVX3_ZEN4};
#endif
#if defined(HWY_AVX3_SPR)
        targets |= std::uint64_t{HWY_AVX3_SPR};
#endif
        return targets;
    }
    if (isa == "avx2") {
        return HWY_AVX2;
    }
#if defined(HWY_SSE2)
    if (isa == "sse2") {
        return HWY_SSE2;
    }
#endif
    return isa == "generic" ? ~std::uint64_t{0} : 0;
}

const kernel_table* select(const char* isa, bool) {
    hwy::SetSupportedTargetsForTest(0); // all that the CPU has
    const auto built = std::uint64_t{HWY_TARGETS};
    const auto supported = static_cast<std::uint64_t>(hwy::SupportedTargets());
    const std::uint64_t targets = built & supported & targets_of(isa);
    if (targets == 0) {
        return nullptr;
    }
    hwy::SetSupportedTargetsForTest(static_cast<std::int64_t>(targets));
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    static kernel_table table = make_table(isa);
    table.isa = isa;
    return &table;
}

} // namespace

#define HIGHWAY_TEXT_OF(x) #x
#define HIGHWAY_TEXT(x) HIGHWAY_TEXT_OF(x)

peer highway() {
    return {"highway", HIGHWAY_TEXT(HWY_MAJOR) "." HIGHWAY_TEXT(HWY_MINOR) "." HIGHWAY_TEXT(HWY_PATCH), "", true,
            select};
}

} // namespace picokernels::bench

#endif // HWY_ONCE
#endif // WITH_HIGHWAY
