// SPDX-License-Identifier: BSD-3-Clause
//
// The types of the elementwise kernels, and the table of one ISA's kernels.
#ifndef PICOKERNELS_ELEMENTWISE_TABLE_HPP
#define PICOKERNELS_ELEMENTWISE_TABLE_HPP

#include "operations.hpp"

#include <cstddef>
#include <type_traits>

namespace picokernels {

// The functions of a form. A kernel of the form scalar_array takes the array first, too.
template <class T> using unary_kernel = void (*)(const T* a, T* out, std::size_t n) noexcept;
template <class T, class Right> using binary_kernel = void (*)(const T* a, Right b, T* out, std::size_t n) noexcept;
template <class T> using array_kernel = binary_kernel<T, const T*>;
template <class T> using scalar_kernel = binary_kernel<T, T>;
template <form Form, class T>
using kernel = std::conditional_t<Form == form::unary, unary_kernel<T>,
                                  std::conditional_t<Form == form::array_array, array_kernel<T>, scalar_kernel<T>>>;

// One function for each kernel of the list, each in a Slot.
template <class T, template <class> class Slot> struct kernels_in {
#define PICOKERNELS_MEMBER(form_, op, name) Slot<kernel<form::form_, T>> name;
    PICOKERNELS_KERNELS(PICOKERNELS_MEMBER)
#undef PICOKERNELS_MEMBER
};

template <class Function> using plain_slot = Function;
template <class T> using typed_kernels = kernels_in<T, plain_slot>;

struct kernel_table {
    const char* isa;
    typed_kernels<double> f64;
    typed_kernels<float> f32;
};

template <class T> constexpr const typed_kernels<T>& typed(const kernel_table& table) noexcept {
    if constexpr (std::is_same_v<T, double>) {
        return table.f64;
    } else {
        return table.f32;
    }
}

} // namespace picokernels

#endif // PICOKERNELS_ELEMENTWISE_TABLE_HPP
