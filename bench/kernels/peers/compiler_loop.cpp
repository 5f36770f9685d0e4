// SPDX-License-Identifier: BSD-3-Clause
//
// The plain loop: what a user would write instead of calling a library. GCC and Clang compile it at -O3, once per
// ISA. Nothing tells them that the arrays are apart, because in-place calls must work. A reduction keeps the order of
// its loop, unless -ffast-math allows another: that is a peer of its own, gcc_fast or clang_fast.
#include "operations.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>

namespace picokernels::bench {
namespace {

template <class Op> struct expression;
template <class Op> struct reduced;

template <class T, class Step> T folded(const T*, std::size_t n, std::type_identity_t<T> result, Step step) {
    for (std::size_t i = 0; i < n; ++i) {
        result = step(result, i);
    }
    return result;
}

PEER_REDUCTION(sum, folded(x, n, 0, [&](auto s, auto i) { return s + x[i]; }))
PEER_REDUCTION(prod, folded(x, n, 1, [&](auto s, auto i) { return s * x[i]; }))
PEER_REDUCTION(min, folded(x, n, x[0], [&](auto s, auto i) { return std::min(s, x[i]); }))
PEER_REDUCTION(max, folded(x, n, x[0], [&](auto s, auto i) { return std::max(s, x[i]); }))
PEER_REDUCTION(dot, folded(x, n, 0, [&](auto s, auto i) { return s + x[i] * y[i]; }))

#if !defined(__FAST_MATH__)
// std::fmin and `x < y ? x : y` lose a nan or the sign of a zero, so the minimum is spelled out as IEEE 754 has it.
PEER_EXPRESSION(add, x + y)
PEER_EXPRESSION(sub, x - y)
PEER_EXPRESSION(mul, (x * y))
PEER_EXPRESSION(div, x / y)
PEER_EXPRESSION(minimum, x<y ? x : x> y ? y : x == y ? (std::signbit(x) ? x : y) : x + y)
PEER_EXPRESSION(maximum, x > y ? x : x < y ? y : x == y ? (std::signbit(x) ? y : x) : x + y)
PEER_EXPRESSION(sqrt, std::sqrt(x))
PEER_EXPRESSION(neg, -x)
PEER_EXPRESSION(abs, std::fabs(x))
#endif

template <class T> const T* operand(const T* data, std::size_t) { return data; }
template <class T> T element(const T* data, std::size_t i) { return data[i]; }
template <class T> T element(T scalar, std::size_t) { return scalar; }

template <class Op, class T, class X, class Y> void evaluate(T* out, std::size_t n, X x, Y y) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = expression<Op>::of(element(x, i), element(y, i));
    }
}

} // namespace
} // namespace picokernels::bench

#if defined(__clang__)
#define PEER_VERSION(text) text(__clang_major__) "." text(__clang_minor__) "." text(__clang_patchlevel__)
#else
#define PEER_VERSION(text) text(__GNUC__) "." text(__GNUC_MINOR__) "." text(__GNUC_PATCHLEVEL__)
#endif
#include "make_build.hpp"
