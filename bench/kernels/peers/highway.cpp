// SPDX-License-Identifier: BSD-3-Clause
//
// Google Highway: one source, compiled for every target that it knows, and dispatched at each call. The loop is that
// of its hwy/contrib/algo/transform-inl.h (whole vectors, then a masked one, or single elements where masked loads
// might fault), with an output of its own: Transform1 there overwrites its first operand.
#if !defined(WITH_HIGHWAY)

#include "peers.hpp"

namespace picokernels::bench {

peer highway() { return absent("highway", "Highway was not found (Debian: libhwy-dev)"); }

} // namespace picokernels::bench

#else

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "highway.cpp" // which includes this file once per target
#include "hwy/foreach_target.h"

#include "hwy/contrib/dot/dot-inl.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

#define PEER_INLINE HWY_INLINE
#include "operations.hpp"
#include "peers.hpp"

HWY_BEFORE_NAMESPACE();
namespace picokernels::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class Op> struct expression;

// Highway's minimum and maximum are the CPU's: of two zeros, or of a number and a nan, x86 returns the second.
PEER_EXPRESSION(add, hn::Add(x, y))
PEER_EXPRESSION(sub, hn::Sub(x, y))
PEER_EXPRESSION(mul, hn::Mul(x, y))
PEER_EXPRESSION(div, hn::Div(x, y))
PEER_EXPRESSION(minimum, hn::Min(x, y))
PEER_EXPRESSION(maximum, hn::Max(x, y))
PEER_EXPRESSION(sqrt, hn::Sqrt(x))
PEER_EXPRESSION(neg, hn::Neg(x))
PEER_EXPRESSION(abs, hn::Abs(x))

// The errors of its contrib/math are in stated_errors below.
PEER_EXPRESSION(sin, hn::Sin(hn::DFromV<X>(), x))
PEER_EXPRESSION(cos, hn::Cos(hn::DFromV<X>(), x))
PEER_EXPRESSION(asin, hn::Asin(hn::DFromV<X>(), x))
PEER_EXPRESSION(acos, hn::Acos(hn::DFromV<X>(), x))
PEER_EXPRESSION(atan, hn::Atan(hn::DFromV<X>(), x))
PEER_EXPRESSION(sinh, hn::Sinh(hn::DFromV<X>(), x))
PEER_EXPRESSION(tanh, hn::Tanh(hn::DFromV<X>(), x))
PEER_EXPRESSION(exp, hn::Exp(hn::DFromV<X>(), x))
PEER_EXPRESSION(expm1, hn::Expm1(hn::DFromV<X>(), x))
PEER_EXPRESSION(log, hn::Log(hn::DFromV<X>(), x))
PEER_EXPRESSION(log2, hn::Log2(hn::DFromV<X>(), x))
PEER_EXPRESSION(log10, hn::Log10(hn::DFromV<X>(), x))
PEER_EXPRESSION(log1p, hn::Log1p(hn::DFromV<X>(), x))

// An operand: an array, or a scalar in every lane.
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

template <class Op, class T, class X, class Y> HWY_INLINE void evaluate(T* out, std::size_t n, X x, Y y) {
    if constexpr (complete<expression<Op>>) {
        using Out = expression<Op>;
        const hn::ScalableTag<T> d;
        const std::size_t lanes = hn::Lanes(d);
        std::size_t i = 0;
        for (; i + lanes <= n; i += lanes) {
            hn::StoreU(Out::of(x.load(d, i), y.load(d, i)), d, out + i);
        }
        if (i == n) {
            return;
        }
#if HWY_MEM_OPS_MIGHT_FAULT
        const hn::CappedTag<T, 1> one;
        for (; i < n; ++i) {
            hn::StoreU(Out::of(x.load(one, i), y.load(one, i)), one, out + i);
        }
#else
        const auto mask = hn::FirstN(d, n - i);
        hn::BlendedStore(Out::of(x.load(d, mask, i), y.load(d, mask, i)), mask, d, out + i);
#endif
    }
}

template <class Op, class T> HWY_ATTR void unary(const T* a, T* out, std::size_t n) {
    evaluate<Op>(out, n, array_operand<T>{a}, array_operand<T>{a});
}
template <class Op, class T> HWY_ATTR void array_array(const T* a, const T* b, T* out, std::size_t n) {
    evaluate<Op>(out, n, array_operand<T>{a}, array_operand<T>{b});
}
template <class Op, class T> HWY_ATTR void array_scalar(const T* a, T s, T* out, std::size_t n) {
    evaluate<Op>(out, n, array_operand<T>{a}, scalar_operand<T>{s});
}
template <class Op, class T> HWY_ATTR void scalar_array(const T* a, T s, T* out, std::size_t n) {
    evaluate<Op>(out, n, scalar_operand<T>{s}, array_operand<T>{a});
}

// Of the reductions, Highway's contrib has dot alone.
template <class T> HWY_ATTR T dot(const T* a, const T* b, std::size_t n) {
    return hn::Dot::Compute<0>(hn::ScalableTag<T>(), a, b, n);
}
constexpr auto& dot_f64 = dot<double>;
constexpr auto& dot_f32 = dot<float>;

// Dispatched functions are looked up by plain names, so every kernel needs two.
#define HIGHWAY_DEFINE(form_, op_, name)                                                                             \
    constexpr auto& name##_f64 = form_<op::op_, double>;                                                             \
    constexpr auto& name##_f32 = form_<op::op_, float>;
PICOKERNELS_KERNELS(HIGHWAY_DEFINE)
#undef HIGHWAY_DEFINE

} // namespace
} // namespace picokernels::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace picokernels::bench {
namespace {

#define HIGHWAY_EXPORT(form_, op_, name)                                                                             \
    HWY_EXPORT(name##_f64);                                                                                          \
    HWY_EXPORT(name##_f32);
PICOKERNELS_KERNELS(HIGHWAY_EXPORT)
#undef HIGHWAY_EXPORT
HWY_EXPORT(dot_f64);
HWY_EXPORT(dot_f32);

// NOLINTNEXTLINE(readability-function-cognitive-complexity): the same lines for each kernel
constexpr kernel_table table = [] {
    kernel_table kernels{};
#define HIGHWAY_ENTRY(form_, op_, name)                                                                              \
    if constexpr (complete<HWY_NAMESPACE::expression<op::op_>>) {                                                    \
        kernels.f64.name = [](auto... x) noexcept { HWY_DYNAMIC_DISPATCH(name##_f64)(x...); };                       \
        kernels.f32.name = [](auto... x) noexcept { HWY_DYNAMIC_DISPATCH(name##_f32)(x...); };                       \
    }
    PICOKERNELS_KERNELS(HIGHWAY_ENTRY)
#undef HIGHWAY_ENTRY
    kernels.f64.dot = [](auto... x) noexcept { return HWY_DYNAMIC_DISPATCH(dot_f64)(x...); };
    kernels.f32.dot = [](auto... x) noexcept { return HWY_DYNAMIC_DISPATCH(dot_f32)(x...); };
    return kernels;
}();

// How the names of those of Highway's targets begin that are an ISA, and not one between it and the next.
constexpr std::pair<std::string_view, std::string_view> target_names[] = {
    {"avx512", "AVX3"}, {"avx2", "AVX2"}, {"sse2", "SSE2"}, {"neon", "NEON"}, {"generic", ""}};

const kernel_table* select(std::string_view isa, bool) {
    hwy::SetSupportedTargetsForTest(0); // all that the CPU has
    const auto* const names = std::ranges::find(target_names, isa, [](const auto& one) { return one.first; });
    std::uint64_t targets = 0; // Highway keeps sets of bits in signed integers
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        if (names != std::end(target_names) && std::string_view(hwy::TargetName(target)).starts_with(names->second)) {
            targets |= static_cast<std::uint64_t>(target);
        }
    }
    if (targets == 0) {
        return nullptr;
    }
    hwy::SetSupportedTargetsForTest(static_cast<std::int64_t>(targets));
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    return &table;
}

// As hwy/contrib/math/math-inl.h states them, in ulp.
constexpr std::pair<std::string_view, double> stated_errors[] = {
    {"sin", 3}, {"cos", 3},   {"asin", 2}, {"acos", 2}, {"atan", 3},  {"sinh", 4}, {"tanh", 4},
    {"exp", 1}, {"expm1", 4}, {"log", 4},  {"log2", 2}, {"log10", 2}, {"log1p", 2}};

double error(std::string_view function) {
    return std::ranges::find(stated_errors, function, [](const auto& one) { return one.first; })->second;
}

} // namespace

#define HIGHWAY_TEXT_OF(x) #x
#define HIGHWAY_TEXT(x) HIGHWAY_TEXT_OF(x)

peer highway() {
    return {"highway", HIGHWAY_TEXT(HWY_MAJOR) "." HIGHWAY_TEXT(HWY_MINOR) "." HIGHWAY_TEXT(HWY_PATCH),
            "",        true,
            select,    error};
}

} // namespace picokernels::bench

#endif // HWY_ONCE
#endif // WITH_HIGHWAY
