// SPDX-License-Identifier: BSD-3-Clause
//
// The C++20 header over picokernels.h: the same kernels on std::span, with lengths checked.
//
//     std::vector<double> a{1, 2, 3}, b{4, 5, 6}, out(3);
//     picokernels::add(a, b, out);      // out = {5, 7, 9}
//     picokernels::mul(a, 2.0, out);    // out = {2, 4, 6}
//     picokernels::div(1.0, a, out);    // out = {1, 0.5, 0.333...}
//     picokernels::sqrt(a, out);        // out = {1, 1.414..., 1.732...}
//     picokernels::sum(a);              // 6
//     picokernels::dot(a, b);           // 32
//
// Each operation of picokernels.h is a function object here, listed below. Operations of two operands take float64 or
// float32 spans in three forms: (array, array, out), (array, scalar, out), and (scalar, array, out). Operations of
// one operand take (array, out). They write all of out. If the length of an input differs from that of out, they
// throw std::invalid_argument and write nothing. out may be exactly one of the inputs; any other overlap is an error
// of the caller. Reductions take (array) or, as dot does, (array, array), and return the result. For the numerical
// promises and thread safety, see picokernels.h.
#ifndef PICOKERNELS_PICOKERNELS_HPP
#define PICOKERNELS_PICOKERNELS_HPP

#if __cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L)
#error "picokernels.hpp needs C++20; picokernels.h, the C ABI, takes any C++ standard"
#endif

#include "picokernels.h"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace picokernels {

namespace detail {

[[noreturn]] inline void throw_length_mismatch(const char* name, std::size_t length, const char* other,
                                               std::size_t other_length) {
    throw std::invalid_argument("picokernels: " + std::string(name) + " has length " + std::to_string(length) + ", " +
                                other + " has length " + std::to_string(other_length));
}

inline void require_length(const char* input, std::size_t length, std::size_t out_length) {
    if (length != out_length) [[unlikely]] {
        throw_length_mismatch(input, length, "out", out_length);
    }
}

template <class T> using unary_function = void (*)(const T*, T*, std::size_t) noexcept;
template <class T> using array_function = void (*)(const T*, const T*, T*, std::size_t) noexcept;
template <class T> using scalar_function = void (*)(const T*, T, T*, std::size_t) noexcept;
template <class T> using one_array_reduction = T (*)(const T*, std::size_t) noexcept;
template <class T> using two_array_reduction = T (*)(const T*, const T*, std::size_t) noexcept;

// One operation on one element type, of one operand or of two. Reversed computes s op a[i].
template <class T, unary_function<T> Function> struct unary {
    void operator()(std::span<const T> a, std::span<T> out) const {
        require_length("a", a.size(), out.size());
        Function(a.data(), out.data(), out.size());
    }
};

template <class T, array_function<T> Array, scalar_function<T> Scalar, scalar_function<T> Reversed> struct binary {
    void operator()(std::span<const T> a, std::span<const T> b, std::span<T> out) const {
        require_length("a", a.size(), out.size());
        require_length("b", b.size(), out.size());
        Array(a.data(), b.data(), out.data(), out.size());
    }
    void operator()(std::span<const T> a, T s, std::span<T> out) const {
        require_length("a", a.size(), out.size());
        Scalar(a.data(), s, out.data(), out.size());
    }
    void operator()(T s, std::span<const T> a, std::span<T> out) const {
        require_length("a", a.size(), out.size());
        Reversed(a.data(), s, out.data(), out.size());
    }
};

// One reduction of one element type, of one array or of two.
template <class T, one_array_reduction<T> Function> struct reduction_of_one {
    T operator()(std::span<const T> a) const noexcept { return Function(a.data(), a.size()); }
};

template <class T, two_array_reduction<T> Function> struct reduction_of_two {
    T operator()(std::span<const T> a, std::span<const T> b) const {
        if (a.size() != b.size()) [[unlikely]] {
            throw_length_mismatch("a", a.size(), "b", b.size());
        }
        return Function(a.data(), b.data(), a.size());
    }
};

template <class F64, class F32> struct operation : F64, F32 {
    using F64::operator();
    using F32::operator();
};

} // namespace detail

// Only the preprocessor can paste the names of the C functions.
#define PICOKERNELS_DETAIL_UNARY(op)                                                                                 \
    inline constexpr detail::operation<detail::unary<double, &pk_##op##_f64>, detail::unary<float, &pk_##op##_f32>>  \
        op{};
#define PICOKERNELS_DETAIL_BINARY(op, reversed)                                                                      \
    inline constexpr detail::operation<                                                                              \
        detail::binary<double, &pk_##op##_f64, &pk_##op##_scalar_f64, &pk_##reversed##_scalar_f64>,                  \
        detail::binary<float, &pk_##op##_f32, &pk_##op##_scalar_f32, &pk_##reversed##_scalar_f32>>                   \
        op{};
#define PICOKERNELS_DETAIL_REDUCTION(inputs, name)                                                                   \
    inline constexpr detail::operation<detail::reduction_##inputs<double, &pk_##name##_f64>,                         \
                                       detail::reduction_##inputs<float, &pk_##name##_f32>>                          \
        name{};
PICOKERNELS_DETAIL_BINARY(add, add)
PICOKERNELS_DETAIL_BINARY(sub, rsub)
PICOKERNELS_DETAIL_BINARY(mul, mul)
PICOKERNELS_DETAIL_BINARY(div, rdiv)
PICOKERNELS_DETAIL_BINARY(minimum, minimum)
PICOKERNELS_DETAIL_BINARY(maximum, maximum)
PICOKERNELS_DETAIL_UNARY(sqrt)
PICOKERNELS_DETAIL_UNARY(neg)
PICOKERNELS_DETAIL_UNARY(abs)
PICOKERNELS_DETAIL_UNARY(sin)
PICOKERNELS_DETAIL_UNARY(cos)
PICOKERNELS_DETAIL_UNARY(tan)
PICOKERNELS_DETAIL_UNARY(asin)
PICOKERNELS_DETAIL_UNARY(acos)
PICOKERNELS_DETAIL_UNARY(atan)
PICOKERNELS_DETAIL_UNARY(sinh)
PICOKERNELS_DETAIL_UNARY(cosh)
PICOKERNELS_DETAIL_UNARY(tanh)
PICOKERNELS_DETAIL_UNARY(exp)
PICOKERNELS_DETAIL_UNARY(exp2)
PICOKERNELS_DETAIL_UNARY(expm1)
PICOKERNELS_DETAIL_UNARY(log)
PICOKERNELS_DETAIL_UNARY(log2)
PICOKERNELS_DETAIL_UNARY(log10)
PICOKERNELS_DETAIL_UNARY(log1p)
PICOKERNELS_DETAIL_UNARY(cbrt)
PICOKERNELS_DETAIL_BINARY(pow, rpow)
PICOKERNELS_DETAIL_BINARY(atan2, ratan2)
PICOKERNELS_DETAIL_BINARY(hypot, hypot)
PICOKERNELS_DETAIL_BINARY(fmod, rfmod)
PICOKERNELS_DETAIL_REDUCTION(of_one, sum)
PICOKERNELS_DETAIL_REDUCTION(of_one, prod)
PICOKERNELS_DETAIL_REDUCTION(of_one, min)
PICOKERNELS_DETAIL_REDUCTION(of_one, max)
PICOKERNELS_DETAIL_REDUCTION(of_two, dot)
#undef PICOKERNELS_DETAIL_UNARY
#undef PICOKERNELS_DETAIL_BINARY
#undef PICOKERNELS_DETAIL_REDUCTION

/// The name of the active ISA, for example "avx2".
inline std::string_view isa() noexcept { return pk_isa(); }

/// The names of the available ISAs, best first.
inline std::vector<std::string_view> available_isas() {
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    return {names.begin(), names.end()};
}

/// Makes the named ISA the active one, for all threads. If it is not available, throws std::invalid_argument and
/// changes nothing.
inline void set_isa(const std::string& name) {
    if (const pk_status status = pk_set_isa(name.c_str()); status != PK_OK) {
        std::string message =
            "picokernels: cannot use ISA \"" + name + "\": " + pk_status_message(status) + "; available:";
        for (const std::string_view available : available_isas()) {
            message.append(" ").append(available);
        }
        throw std::invalid_argument(message);
    }
}

} // namespace picokernels

#endif // PICOKERNELS_PICOKERNELS_HPP
