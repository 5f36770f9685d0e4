// SPDX-License-Identifier: BSD-3-Clause
//
// The plain loop: what a user would write instead of calling a library. GCC and Clang compile it at -O3, once per
// ISA. Nothing tells them that the arrays are apart, because in-place calls must work.
#include "operations.hpp"

#include <cmath>
#include <cstddef>

namespace picokernels::bench {
namespace {

template <class Op> struct expression;

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
