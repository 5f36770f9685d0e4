// SPDX-License-Identifier: BSD-3-Clause
//
// The one list of operations. Tables, C functions, dispatch, and the benchmark's cases follow from it. The functor of
// an operation is in functors.hpp or functions/.
#ifndef PICOKERNELS_OPERATIONS_HPP
#define PICOKERNELS_OPERATIONS_HPP

namespace picokernels {

// What a kernel reads: out[i] = op(a[i]), a[i] op b[i], a[i] op s, s op a[i].
enum class form { unary, array_array, array_scalar, scalar_array };

} // namespace picokernels

// The preprocessor makes the kernels, because only it can paste the names of C functions. X(form, operation, name)
// stands for one kernel, whose C functions are pk_NAME_f64 and pk_NAME_f32.
#define PICOKERNELS_KERNELS(X) PICOKERNELS_EXACT_KERNELS(X) PICOKERNELS_FUNCTIONS(X)

// The bits of IEEE 754.
#define PICOKERNELS_EXACT_KERNELS(X)                                                                                 \
    PICOKERNELS_COMMUTATIVE(X, add)                                                                                  \
    PICOKERNELS_BINARY(X, sub)                                                                                       \
    PICOKERNELS_COMMUTATIVE(X, mul)                                                                                  \
    PICOKERNELS_BINARY(X, div)                                                                                       \
    PICOKERNELS_COMMUTATIVE(X, minimum)                                                                              \
    PICOKERNELS_COMMUTATIVE(X, maximum)                                                                              \
    PICOKERNELS_UNARY(X, sqrt)                                                                                       \
    PICOKERNELS_UNARY(X, neg)                                                                                        \
    PICOKERNELS_UNARY(X, abs)

// Functions, which have error bounds.
#define PICOKERNELS_FUNCTIONS(X)                                                                                     \
    PICOKERNELS_UNARY(X, sin)                                                                                        \
    PICOKERNELS_UNARY(X, cos)                                                                                        \
    PICOKERNELS_UNARY(X, tan)                                                                                        \
    PICOKERNELS_UNARY(X, asin)                                                                                       \
    PICOKERNELS_UNARY(X, acos)                                                                                       \
    PICOKERNELS_UNARY(X, atan)                                                                                       \
    PICOKERNELS_UNARY(X, sinh)                                                                                       \
    PICOKERNELS_UNARY(X, cosh)                                                                                       \
    PICOKERNELS_UNARY(X, tanh)                                                                                       \
    PICOKERNELS_UNARY(X, exp)                                                                                        \
    PICOKERNELS_UNARY(X, exp2)                                                                                       \
    PICOKERNELS_UNARY(X, expm1)                                                                                      \
    PICOKERNELS_UNARY(X, log)                                                                                        \
    PICOKERNELS_UNARY(X, log2)                                                                                       \
    PICOKERNELS_UNARY(X, log10)                                                                                      \
    PICOKERNELS_UNARY(X, log1p)                                                                                      \
    PICOKERNELS_UNARY(X, cbrt)                                                                                       \
    PICOKERNELS_BINARY(X, pow)                                                                                       \
    PICOKERNELS_BINARY(X, atan2)                                                                                     \
    PICOKERNELS_COMMUTATIVE(X, hypot)                                                                                \
    PICOKERNELS_BINARY(X, fmod)

// The forms of an operation, by its arity. A commutative operation needs no form for a scalar on the left.
#define PICOKERNELS_UNARY(X, op) X(unary, op, op)
#define PICOKERNELS_COMMUTATIVE(X, op) X(array_array, op, op) X(array_scalar, op, op##_scalar)
#define PICOKERNELS_BINARY(X, op) PICOKERNELS_COMMUTATIVE(X, op) X(scalar_array, op, r##op##_scalar)

#endif // PICOKERNELS_OPERATIONS_HPP
