// SPDX-License-Identifier: BSD-3-Clause
//
// The types of the elementwise kernels.
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

} // namespace picokernels

#endif // PICOKERNELS_ELEMENTWISE_TABLE_HPP
