// SPDX-License-Identifier: BSD-3-Clause
// The elementwise operations: one list of functors, and one loop for all of them and all kinds of operands. The loop
// computes short arrays, inlined into the caller. Kernels of libpicokernels compute long ones.
#ifndef PICONUMPY_ELEMENTWISE_HPP
#define PICONUMPY_ELEMENTWISE_HPP

#include "storage.hpp"

#include <picokernels/picokernels.h>

#include <cmath>
#include <type_traits>

namespace piconumpy {

// The minimum of IEEE 754-2019: a nan propagates, and -0 is less than +0. The maximum is -lesser(-a, -b).
template <class T> T lesser(T a, T b) {
    if (a < b || a > b) {
        return a < b ? a : b;
    }
    if (a == b) {
        return std::signbit(a) ? a : b;
    }
    return a + b;
}

// The operations, each with its name in Python, its kernel, and its result for one element:
//
//   BINARY(name, kernel, kernel with the scalar on the left, element of a and b)
//   UNARY(name, kernel, element of a)
#define PICONUMPY_OPERATIONS(BINARY, UNARY)                                                                          \
    BINARY(add, add, add, a + b)                                                                                     \
    BINARY(subtract, sub, rsub, a - b)                                                                               \
    BINARY(multiply, mul, mul, (a * b))                                                                              \
    BINARY(divide, div, rdiv, a / b)                                                                                 \
    BINARY(minimum, minimum, minimum, lesser(a, b))                                                                  \
    BINARY(maximum, maximum, maximum, -lesser(-a, -b))                                                               \
    UNARY(sqrt, sqrt, std::sqrt(a))                                                                                  \
    UNARY(negative, neg, -a)                                                                                         \
    UNARY(absolute, abs, std::fabs(a))

// The functions. Their kernels compute arrays of every length, so that a value does not depend on the length:
//
//   BINARY(name and kernel, kernel with the scalar on the left)
//   UNARY(name and kernel)
#define PICONUMPY_FUNCTIONS(BINARY, UNARY)                                                                           \
    UNARY(sin)                                                                                                       \
    UNARY(cos)                                                                                                       \
    UNARY(tan)                                                                                                       \
    UNARY(asin)                                                                                                      \
    UNARY(acos)                                                                                                      \
    UNARY(atan)                                                                                                      \
    UNARY(sinh)                                                                                                      \
    UNARY(cosh)                                                                                                      \
    UNARY(tanh)                                                                                                      \
    UNARY(exp)                                                                                                       \
    UNARY(exp2)                                                                                                      \
    UNARY(expm1)                                                                                                     \
    UNARY(log)                                                                                                       \
    UNARY(log2)                                                                                                      \
    UNARY(log10)                                                                                                     \
    UNARY(log1p)                                                                                                     \
    UNARY(cbrt)                                                                                                      \
    BINARY(pow, rpow)                                                                                                \
    BINARY(atan2, ratan2)                                                                                            \
    BINARY(hypot, hypot)                                                                                             \
    BINARY(fmod, rfmod)

// The kernels of a binary operation for one type. All take the array first.
template <class T> struct BinaryKernels {
    void (*array_array)(const T*, const T*, T*, std::size_t) noexcept;
    void (*array_scalar)(const T*, T, T*, std::size_t) noexcept;
    void (*scalar_array)(const T*, T, T*, std::size_t) noexcept;
};

// The struct of an operation. What follows the kernels computes an element. A function has the C library's value of
// numbers there, which no element of an array has: its kernels have other last bits.
#define PICONUMPY_BINARY_OF(function, kernel, left_scalar_kernel, ...)                                               \
    struct function {                                                                                                \
        static constexpr const char* name = #function;                                                               \
        static constexpr const char* parameters[] = {"a", "b", "out"};                                               \
        static constexpr std::size_t arity = 2;                                                                      \
        static constexpr BinaryKernels<double> f64{pk_##kernel##_f64, pk_##kernel##_scalar_f64,                      \
                                                   pk_##left_scalar_kernel##_scalar_f64};                            \
        static constexpr BinaryKernels<float> f32{pk_##kernel##_f32, pk_##kernel##_scalar_f32,                       \
                                                  pk_##left_scalar_kernel##_scalar_f32};                             \
        __VA_ARGS__                                                                                                  \
    };
#define PICONUMPY_UNARY_OF(function, kernel, ...)                                                                    \
    struct function {                                                                                                \
        static constexpr const char* name = #function;                                                               \
        static constexpr const char* parameters[] = {"a", "out"};                                                    \
        static constexpr std::size_t arity = 1;                                                                      \
        static constexpr auto f64 = pk_##kernel##_f64;                                                               \
        static constexpr auto f32 = pk_##kernel##_f32;                                                               \
        __VA_ARGS__                                                                                                  \
    };

#define PICONUMPY_BINARY(function, kernel, left_scalar_kernel, element)                                              \
    PICONUMPY_BINARY_OF(                                                                                             \
        function, kernel, left_scalar_kernel, template <class T> T operator()(T a, T b) const { return element; })
#define PICONUMPY_UNARY(function, kernel, element)                                                                   \
    PICONUMPY_UNARY_OF(function, kernel, template <class T> T operator()(T a) const { return element; })
#define PICONUMPY_BINARY_FUNCTION(function, left_scalar_kernel)                                                      \
    PICONUMPY_BINARY_OF(                                                                                             \
        function, function, left_scalar_kernel,                                                                      \
        static double of_numbers(double a, double b) { return std::function(a, b); })
#define PICONUMPY_UNARY_FUNCTION(function)                                                                           \
    PICONUMPY_UNARY_OF(function, function, static double of_numbers(double a) { return std::function(a); })

struct Quotient {
    double floor, remainder;
};

// Python's `//` and `%`: the remainder has the sign of b. A zero divisor gives a / b and nan, as in NumPy.
inline Quotient floor_quotient(double a, double b) {
    double remainder = std::fmod(a, b);
    if (b == 0) {
        return {a / b, remainder};
    }
    double quotient = (a - remainder) / b;
    if (remainder == 0) {
        remainder = std::copysign(0.0, b);
    } else if ((b < 0) != (remainder < 0)) {
        remainder += b;
        quotient -= 1;
    }
    if (quotient == 0) {
        return {std::copysign(0.0, a / b), remainder};
    }
    const double floor = std::floor(quotient);
    return {quotient - floor > 0.5 ? floor + 1 : floor, remainder};
}

// The operators that have no kernel.
#define PICONUMPY_OPERATOR(operator_name, element)                                                                   \
    struct operator_name {                                                                                           \
        static constexpr const char* name = #operator_name;                                                          \
        double operator()(double a, double b) const { return element; }                                              \
    };

namespace operations {
PICONUMPY_OPERATIONS(PICONUMPY_BINARY, PICONUMPY_UNARY)
PICONUMPY_FUNCTIONS(PICONUMPY_BINARY_FUNCTION, PICONUMPY_UNARY_FUNCTION)
PICONUMPY_OPERATOR(power, std::pow(a, b)) // Python's bits; Python raises where IEEE 754 has inf or nan
PICONUMPY_OPERATOR(floor_divide, floor_quotient(a, b).floor)
PICONUMPY_OPERATOR(remainder, floor_quotient(a, b).remainder)
} // namespace operations

template <class T> struct Elements {
    const T* data;
    T operator[](std::size_t i) const { return data[i]; }
};
template <class T> struct Scalar {
    T value;
    T operator[](std::size_t) const { return value; }
};

// out may be exactly an operand's memory. The loop reads two elements before it writes them, so that gcc computes
// both by one vector instruction, without the run-time checks that it adds to a plain loop.
template <class Op, class T, class... Operands> inline void loop(T* out, std::size_t n, Operands... operands) {
    const std::size_t even = n & ~std::size_t{1};
    for (std::size_t i = 0; i != even; i += 2) {
        const T first = Op{}(operands[i]...);
        const T second = Op{}(operands[i + 1]...);
        out[i] = first;
        out[i + 1] = second;
    }
    if (even != n) {
        out[even] = Op{}(operands[even]...);
    }
}

template <class Op, class T> constexpr const auto& kernels() {
    if constexpr (sizeof(T) == sizeof(double)) {
        return Op::f64;
    } else {
        return Op::f32;
    }
}

template <class Op, class T> void kernel(T* out, std::size_t n, Elements<T> a) { kernels<Op, T>()(a.data, out, n); }
template <class Op, class T> void kernel(T* out, std::size_t n, Elements<T> a, Elements<T> b) {
    kernels<Op, T>().array_array(a.data, b.data, out, n);
}
template <class Op, class T> void kernel(T* out, std::size_t n, Elements<T> a, Scalar<T> b) {
    kernels<Op, T>().array_scalar(a.data, b.value, out, n);
}
template <class Op, class T> void kernel(T* out, std::size_t n, Scalar<T> a, Elements<T> b) {
    kernels<Op, T>().scalar_array(b.data, a.value, out, n);
}

// Operations without kernels run the loop.
template <class Op, class T, class... Operands> void compute(T* out, std::size_t n, Operands... operands) {
    if constexpr (requires { Op::f64; }) {
        kernel<Op>(out, n, operands...);
    } else {
        loop<Op>(out, n, operands...);
    }
}

// From this length on, a kernel takes longer than releasing and acquiring the GIL. (kernels/README.md lists all
// limits.)
inline constexpr std::size_t releases_gil_from = 32768;

// Lets other threads run during a call on n numbers that is long enough. acquire_gil() takes what it returns.
inline PyThreadState* release_gil(std::size_t n) { return n >= releases_gil_from ? PyEval_SaveThread() : nullptr; }

template <class Op, class T, class... Operands>
[[gnu::noinline]] void apply_kernel(T* out, std::size_t n, Operands... operands) {
    PyThreadState* thread = release_gil(n);
    compute<Op>(out, n, operands...);
    acquire_gil(thread);
}

template <class Op, class T, class... Operands> inline void apply(T* out, std::size_t n, Operands... operands) {
    if constexpr (std::is_invocable_v<Op, decltype(operands[0])...>) {
        if (n <= small_capacity) {
            loop<Op>(out, n, operands...);
            return;
        }
    }
    apply_kernel<Op>(out, n, operands...);
}

} // namespace piconumpy

#endif // PICONUMPY_ELEMENTWISE_HPP
