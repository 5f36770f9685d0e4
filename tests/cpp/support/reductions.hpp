// SPDX-License-Identifier: BSD-3-Clause
//
// The tests' own list of the reductions, beside that of the kernels in operations.hpp.
#ifndef PICOKERNELS_TESTS_REDUCTIONS_HPP
#define PICOKERNELS_TESTS_REDUCTIONS_HPP

#include "picokernels/picokernels.h"

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

// X(inputs, name, term, operation, empty, instructions): the reduction pk_NAME_f64 or pk_NAME_f32. `term` computes a
// term from x and y, an element of each array, and `operation` a partial result from two; reductions.cpp defines what
// they call. `empty` is the result for no elements. `instructions` is how many a batch may take for term and
// operation.
#define TESTED_REDUCTIONS(X)                                                                                         \
    X(one_array, sum, x, x + y, 0, 1)                                                                                \
    X(one_array, prod, x, (x * y), 1, 1)                                                                             \
    X(one_array, min, x, lesser(x, y), limits::infinity(), 5)                                                        \
    X(one_array, max, x, -lesser(-x, -y), -limits::infinity(), 6)                                                    \
    X(two_arrays, dot, (x * y), x + y, 0, 2)

namespace tested {

enum class inputs { one_array, two_arrays };

template <class T> using one_array_function = T (*)(const T*, std::size_t) noexcept;
template <class T> using two_arrays_function = T (*)(const T*, const T*, std::size_t) noexcept;
template <class T> using reduction_function = std::variant<one_array_function<T>, two_arrays_function<T>>;

template <class T> struct reduction {
    const char* name; // of the C function
    T (*term)(T x, T y);
    T (*operation)(T x, T y);
    T empty;
    tested::inputs inputs;
    int instructions;
    reduction_function<T> c_function;

    // The result, in the order of operations that picokernels.h states.
    T expected(std::span<const T> a, std::span<const T> b) const;
};

// Every reduction. Like the results of kernels(), the expected ones are compiled for the baseline and never
// vectorised.
template <class T> std::span<const reduction<T>> reductions();

// The number of partial results.
template <class T> constexpr std::size_t partial_results = 256 / sizeof(T);

// Calls a reduction of any inputs. One of one array does not read b.
template <class T> T call(one_array_function<T> function, const T* a, const T*, std::size_t n) {
    return function(a, n);
}
template <class T> T call(two_arrays_function<T> function, const T* a, const T* b, std::size_t n) {
    return function(a, b, n);
}
template <class T> T call(const reduction_function<T>& function, const T* a, const T* b, std::size_t n) {
    return std::visit([&](auto pointer) { return call(pointer, a, b, n); }, function);
}

} // namespace tested

#endif // PICOKERNELS_TESTS_REDUCTIONS_HPP
