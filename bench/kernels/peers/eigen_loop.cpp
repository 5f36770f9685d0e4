// SPDX-License-Identifier: BSD-3-Clause
//
// Eigen's expressions over memory of any alignment. Eigen takes the ISA from the compiler's flags, so this is
// compiled once per ISA. Its inline functions have external linkage, so CMake renames its namespace each time.
#include "operations.hpp"

#include <Eigen/Core>

namespace picokernels::bench {
namespace {

template <class Op> struct expression;

// Eigen's min and max are one instruction: of two zeros, or of a number and a nan, they return any. On AVX-512, its
// negation loses the sign of a zero. Its square root is a refined estimate, unless EIGEN_FAST_MATH is 0.
PEER_EXPRESSION(add, x + y)
PEER_EXPRESSION(sub, x - y)
PEER_EXPRESSION(mul, (x * y))
PEER_EXPRESSION(div, x / y)
PEER_EXPRESSION(minimum, x.min(y))
PEER_EXPRESSION(maximum, x.max(y))
PEER_EXPRESSION(sqrt, x.sqrt())
PEER_EXPRESSION(neg, -x)
PEER_EXPRESSION(abs, x.abs())

template <class Op> struct reduced;

PEER_REDUCTION(sum, x.sum())
PEER_REDUCTION(prod, x.prod())
PEER_REDUCTION(min, x.minCoeff())
PEER_REDUCTION(max, x.maxCoeff())
PEER_REDUCTION(dot, x.matrix().dot(y.matrix()))

template <class T> using vector = Eigen::Array<T, Eigen::Dynamic, 1>;
template <class T> Eigen::Map<const vector<T>> operand(const T* data, std::size_t n) {
    return {data, static_cast<Eigen::Index>(n)};
}

template <class Op, class T, class X, class Y> void evaluate(T* out, std::size_t n, const X& x, const Y& y) {
    Eigen::Map<vector<T>>(out, static_cast<Eigen::Index>(n)) = expression<Op>::of(x, y);
}

} // namespace
} // namespace picokernels::bench

#if defined(EIGEN_PATCH_VERSION) // since Eigen 5 the "world" is no part of the version
#define PEER_VERSION(text) text(EIGEN_MAJOR_VERSION) "." text(EIGEN_MINOR_VERSION) "." text(EIGEN_PATCH_VERSION)
#else
#define PEER_VERSION(text) text(EIGEN_WORLD_VERSION) "." text(EIGEN_MAJOR_VERSION) "." text(EIGEN_MINOR_VERSION)
#endif
#include "make_build.hpp"
