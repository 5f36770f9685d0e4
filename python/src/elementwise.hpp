// SPDX-License-Identifier: BSD-3-Clause
// Elementwise operations: one functor each, one loop for all of them, whatever the operands are. Short arrays are
// computed here, inlined into the caller; long ones by libpicokernels.
#ifndef PICONUMPY_ELEMENTWISE_HPP
#define PICONUMPY_ELEMENTWISE_HPP

#include "storage.hpp"

#include <picokernels/picokernels.h>

#include <cmath>

namespace piconumpy {

// The kernels of one operation for one element type; scalar_array takes the array first too.
template <class T> struct Kernels {
    void (*array_array)(const T*, const T*, T*, std::size_t) noexcept;
    void (*array_scalar)(const T*, T, T*, std::size_t) noexcept;
    void (*scalar_array)(const T*, T, T*, std::size_t) noexcept;
};

// To add an operation: a functor with its kernels here, then its slots in operators.cpp and its function in
// functions.cpp.
struct Add {
    static constexpr const char* name = "add";
    template <class T> T operator()(T a, T b) const { return a + b; }
    static constexpr Kernels<double> f64{pk_add_f64, pk_add_scalar_f64, pk_add_scalar_f64};
    static constexpr Kernels<float> f32{pk_add_f32, pk_add_scalar_f32, pk_add_scalar_f32};
};

struct Subtract {
    static constexpr const char* name = "subtract";
    template <class T> T operator()(T a, T b) const { return a - b; }
    static constexpr Kernels<double> f64{pk_sub_f64, pk_sub_scalar_f64, pk_rsub_scalar_f64};
    static constexpr Kernels<float> f32{pk_sub_f32, pk_sub_scalar_f32, pk_rsub_scalar_f32};
};

struct Multiply {
    static constexpr const char* name = "multiply";
    template <class T> T operator()(T a, T b) const { return a * b; }
    static constexpr Kernels<double> f64{pk_mul_f64, pk_mul_scalar_f64, pk_mul_scalar_f64};
    static constexpr Kernels<float> f32{pk_mul_f32, pk_mul_scalar_f32, pk_mul_scalar_f32};
};

struct Divide {
    static constexpr const char* name = "divide";
    template <class T> T operator()(T a, T b) const { return a / b; }
    static constexpr Kernels<double> f64{pk_div_f64, pk_div_scalar_f64, pk_rdiv_scalar_f64};
    static constexpr Kernels<float> f32{pk_div_f32, pk_div_scalar_f32, pk_rdiv_scalar_f32};
};

// Operations on one array, which libpicokernels has no kernels for: the loop below serves every length.
struct Negative {
    double operator()(double a) const { return -a; }
};
struct Positive {
    double operator()(double a) const { return a; }
};
struct Absolute {
    double operator()(double a) const { return std::fabs(a); }
};

template <class T> struct Elements {
    const T* data;
    T operator[](std::size_t i) const { return data[i]; }
};
template <class T> struct Scalar {
    T value;
    T operator[](std::size_t) const { return value; }
};

// out may be exactly an operand's memory. In pairs, both read before either is written, which gcc turns into one
// two-wide instruction each without the run-time checks that vectorising a plain loop brings.
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

template <class Op, class T> constexpr const Kernels<T>& kernels() {
    if constexpr (sizeof(T) == sizeof(double)) {
        return Op::f64;
    } else {
        return Op::f32;
    }
}

template <class Op, class T> void kernel(T* out, std::size_t n, Elements<T> a, Elements<T> b) {
    kernels<Op, T>().array_array(a.data, b.data, out, n);
}
template <class Op, class T> void kernel(T* out, std::size_t n, Elements<T> a, Scalar<T> b) {
    kernels<Op, T>().array_scalar(a.data, b.value, out, n);
}
template <class Op, class T> void kernel(T* out, std::size_t n, Scalar<T> a, Elements<T> b) {
    kernels<Op, T>().scalar_array(b.data, a.value, out, n);
}

// From this length up a kernel takes longer than handing the GIL over, so other threads may run meanwhile.
inline constexpr std::size_t releases_gil_from = 32768;

template <class Op, class T, class L, class R>
[[gnu::noinline]] void long_apply(T* out, std::size_t n, L left, R right) {
    PyThreadState* thread = n >= releases_gil_from ? PyEval_SaveThread() : nullptr;
    kernel<Op>(out, n, left, right);
    if (thread) {
        PyEval_RestoreThread(thread);
    }
}

template <class Op, class T, class L, class R> inline void apply(T* out, std::size_t n, L left, R right) {
    if (n <= small_capacity) {
        loop<Op>(out, n, left, right);
    } else {
        long_apply<Op>(out, n, left, right);
    }
}

} // namespace piconumpy

#endif // PICONUMPY_ELEMENTWISE_HPP
