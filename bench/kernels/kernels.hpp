// SPDX-License-Identifier: BSD-3-Clause
//
// The kernels and reductions as data: what a table holds, and how to call it.
#ifndef PICOKERNELS_BENCH_KERNELS_HPP
#define PICOKERNELS_BENCH_KERNELS_HPP

#include "isa/table.hpp"
#include "operands.hpp"
#include "picokernels/picokernels.h"

#include <cmath>
#include <variant>

namespace picokernels::bench {

// The C ABI as a table, so that it is called as the peers are.
inline constexpr kernel_table c_abi = {"c_abi",
                                       {
#define ENTRY(form_, op, name) .name = pk_##name##_f64,
                                           PICOKERNELS_KERNELS(ENTRY)
#undef ENTRY
#define ENTRY(inputs_, name) .name = pk_##name##_f64,
                                               PICOKERNELS_REDUCTIONS(ENTRY)
#undef ENTRY
                                       },
                                       {
#define ENTRY(form_, op, name) .name = pk_##name##_f32,
                                           PICOKERNELS_KERNELS(ENTRY)
#undef ENTRY
#define ENTRY(inputs_, name) .name = pk_##name##_f32,
                                               PICOKERNELS_REDUCTIONS(ENTRY)
#undef ENTRY
                                       }};

template <class T> using any_kernel = std::variant<unary_kernel<T>, array_kernel<T>, scalar_kernel<T>>;

template <class T> struct operation {
    const char* name;
    picokernels::form form;
    any_kernel<T> (*kernel_in)(const kernel_table& table);
    // Of functions, which have error bounds: the result of a[i] and of b[i] or the scalar, far more exact than T.
    long double (*exact)(long double a, long double b) = nullptr;

    bool is_function() const { return exact != nullptr; }
};

template <class T>
inline constexpr operation<T> operations[] = {
#define ENTRY(form_, op, name)                                                                                       \
    {#op, form::form_, [](const kernel_table& table) { return any_kernel<T>(typed<T>(table).name); }},
    PICOKERNELS_EXACT_KERNELS(ENTRY)
#undef ENTRY
};

template <form Form, class Function> long double result_of(Function function, long double a, long double b) {
    if constexpr (Form == form::unary) {
        return function(a);
    } else if constexpr (Form == form::scalar_array) {
        return function(b, a);
    } else {
        return function(a, b);
    }
}

template <class T>
inline constexpr operation<T> functions[] = {
#define ENTRY(form_, op, name)                                                                                       \
    {#op, form::form_, [](const kernel_table& table) { return any_kernel<T>(typed<T>(table).name); },                \
     [](long double a, long double b) {                                                                              \
         return result_of<form::form_>([](auto... x) { return std::op(x...); }, a, b);                               \
     }},
    PICOKERNELS_FUNCTIONS(ENTRY)
#undef ENTRY
};

template <class T> using any_reduction = std::variant<one_array_reduction<T>, two_array_reduction<T>>;

template <class T> struct reduction {
    const char* name;
    any_reduction<T> (*kernel_in)(const kernel_table& table);
};

template <class T>
inline constexpr reduction<T> reductions[] = {
#define ENTRY(inputs_, name)                                                                                         \
    {#name, [](const kernel_table& table) { return any_reduction<T>(typed<T>(table).name); }},
    PICOKERNELS_REDUCTIONS(ENTRY)
#undef ENTRY
};

template <class T> inline constexpr const char* type_name = std::is_same_v<T, double> ? "f64" : "f32";

template <class... Functions> bool is_null(const std::variant<Functions...>& kernel) {
    return std::visit([](auto function) { return function == nullptr; }, kernel);
}

template <class T> void call(unary_kernel<T> kernel, const operands<T>& x, std::size_t n) { kernel(x.a, x.out, n); }
template <class T> void call(array_kernel<T> kernel, const operands<T>& x, std::size_t n) {
    kernel(x.a, x.b, x.out, n);
}
template <class T> void call(scalar_kernel<T> kernel, const operands<T>& x, std::size_t n) {
    kernel(x.a, x.scalar, x.out, n);
}
template <class T> T call(one_array_reduction<T> kernel, const operands<T>& x, std::size_t n) {
    return kernel(x.a, n);
}
template <class T> T call(two_array_reduction<T> kernel, const operands<T>& x, std::size_t n) {
    return kernel(x.a, x.b, n);
}

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_KERNELS_HPP
