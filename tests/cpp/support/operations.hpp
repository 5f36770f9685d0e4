// SPDX-License-Identifier: BSD-3-Clause
//
// The tests' own list of the kernels. It does not follow from the library's list, so the tests find an entry that the
// library forgot or confused.
#ifndef PICOKERNELS_TESTS_OPERATIONS_HPP
#define PICOKERNELS_TESTS_OPERATIONS_HPP

#include "bits.hpp"
#include "picokernels/picokernels.h"

#include <cstddef>
#include <span>
#include <variant>

// X(form, operation, name, result, instructions, speed, ulp): the kernel pk_NAME_f64 or pk_NAME_f32. `result`
// computes it from x and y, the operands in the order of the operation; operations.cpp defines what it calls.
// `instructions` is how many a batch may take for the operation itself; those of functions are not bounded. A slow
// operation takes several cycles a batch, however short the batch is. `ulp` is the largest error that picokernels.h
// states; 0 promises the bits of scalar code.
#define TESTED_KERNELS(X)                                                                                            \
    TESTED_COMMUTATIVE(X, add, x + y, 1, fast, 0)                                                                    \
    TESTED_BINARY(X, sub, x - y, 1, fast, 0)                                                                         \
    TESTED_COMMUTATIVE(X, mul, (x * y), 1, fast, 0)                                                                  \
    TESTED_BINARY(X, div, x / y, 1, slow, 0)                                                                         \
    TESTED_COMMUTATIVE(X, minimum, lesser(x, y), 11, fast, 0)                                                        \
    TESTED_COMMUTATIVE(X, maximum, -lesser(-x, -y), 13, fast, 0)                                                     \
    TESTED_UNARY(X, sqrt, std::sqrt(x), 1, slow, 0)                                                                  \
    TESTED_UNARY(X, neg, -x, 1, fast, 0)                                                                             \
    TESTED_UNARY(X, abs, std::fabs(x), 1, fast, 0)                                                                   \
    TESTED_UNARY(X, sin, std::sin(x), 0, elementary, 0.9)                                                            \
    TESTED_UNARY(X, cos, std::cos(x), 0, elementary, 0.9)                                                            \
    TESTED_UNARY(X, tan, std::tan(x), 0, elementary, 2.4)                                                            \
    TESTED_UNARY(X, asin, std::asin(x), 0, elementary, 2.2)                                                          \
    TESTED_UNARY(X, acos, std::acos(x), 0, elementary, 1.2)                                                          \
    TESTED_UNARY(X, atan, std::atan(x), 0, elementary, 2.1)                                                          \
    TESTED_UNARY(X, sinh, std::sinh(x), 0, elementary, 1.5)                                                          \
    TESTED_UNARY(X, cosh, std::cosh(x), 0, elementary, 1.6)                                                          \
    TESTED_UNARY(X, tanh, std::tanh(x), 0, elementary, 2.2)                                                          \
    TESTED_UNARY(X, exp, std::exp(x), 0, elementary, 1.0)                                                            \
    TESTED_UNARY(X, exp2, std::exp2(x), 0, elementary, 1.0)                                                          \
    TESTED_UNARY(X, expm1, std::expm1(x), 0, elementary, 1.3)                                                        \
    TESTED_UNARY(X, log, std::log(x), 0, elementary, 0.9)                                                            \
    TESTED_UNARY(X, log2, std::log2(x), 0, elementary, 0.9)                                                          \
    TESTED_UNARY(X, log10, std::log10(x), 0, elementary, 0.8)                                                        \
    TESTED_UNARY(X, log1p, std::log1p(x), 0, elementary, 1.0)                                                        \
    TESTED_UNARY(X, cbrt, std::cbrt(x), 0, elementary, 0.6)                                                          \
    TESTED_BINARY(X, pow, std::pow(x, y), 0, elementary, 1.8)                                                        \
    TESTED_BINARY(X, atan2, std::atan2(x, y), 0, elementary, 2.1)                                                    \
    TESTED_COMMUTATIVE(X, hypot, std::hypot(x, y), 0, elementary, 1.3)                                               \
    TESTED_BINARY(X, fmod, std::fmod(x, y), 0, elementary, 0)

#define TESTED_UNARY(X, op, ...) X(unary, op, op, __VA_ARGS__)
#define TESTED_COMMUTATIVE(X, op, ...)                                                                               \
    X(array_array, op, op, __VA_ARGS__) X(array_scalar, op, op##_scalar, __VA_ARGS__)
#define TESTED_BINARY(X, op, ...)                                                                                    \
    TESTED_COMMUTATIVE(X, op, __VA_ARGS__) X(scalar_array, op, r##op##_scalar, __VA_ARGS__)

namespace tested {

enum class form { unary, array_array, array_scalar, scalar_array };
enum speed { fast, slow, elementary };

template <class T> using unary_function = void (*)(const T*, T*, std::size_t) noexcept;
template <class T> using array_function = void (*)(const T*, const T*, T*, std::size_t) noexcept;
template <class T> using scalar_function = void (*)(const T*, T, T*, std::size_t) noexcept;
template <class T> using function = std::variant<unary_function<T>, array_function<T>, scalar_function<T>>;

template <class T> struct kernel {
    const char* name; // of the C function
    tested::form form;
    T (*result)(T x, T y);
    int instructions;
    tested::speed speed;
    double ulp;
    function<T> c_function;

    // The result for one element; `right` is the element of the second array, or the scalar.
    T expected(T a, T right) const { return form == form::scalar_array ? result(right, a) : result(a, right); }
    // Whether a result is right. The C library's functions compute the expected ones with errors of their own: up to
    // 4 ulp, says glibc's manual.
    bool accepts(T actual, T expected) const {
        return same_bits(actual, expected) || (ulp > 0 && are_within(actual, expected, ulp + 4));
    }
};

// Every kernel. The results are compiled for the baseline and never vectorised: they are the truth for every ISA.
template <class T> std::span<const kernel<T>> kernels();

// Calls a kernel of any form. *b is the scalar of a kernel that takes one; a unary kernel does not read b.
template <class T> void call(unary_function<T> kernel, const T* a, const T*, T* out, std::size_t n) {
    kernel(a, out, n);
}
template <class T> void call(array_function<T> kernel, const T* a, const T* b, T* out, std::size_t n) {
    kernel(a, b, out, n);
}
template <class T> void call(scalar_function<T> kernel, const T* a, const T* b, T* out, std::size_t n) {
    kernel(a, *b, out, n);
}
template <class T> void call(const function<T>& kernel, const T* a, const T* b, T* out, std::size_t n) {
    std::visit([&](auto pointer) { call(pointer, a, b, out, n); }, kernel);
}

} // namespace tested

#endif // PICOKERNELS_TESTS_OPERATIONS_HPP
