// SPDX-License-Identifier: BSD-3-Clause
//
// The types of the reductions.
#ifndef PICOKERNELS_REDUCTION_TABLE_HPP
#define PICOKERNELS_REDUCTION_TABLE_HPP

#include "reductions.hpp"

#include <cstddef>
#include <type_traits>

namespace picokernels {

template <class T> using one_array_reduction = T (*)(const T* a, std::size_t n) noexcept;
template <class T> using two_array_reduction = T (*)(const T* a, const T* b, std::size_t n) noexcept;
template <inputs Inputs, class T>
using reduction_kernel =
    std::conditional_t<Inputs == inputs::one_array, one_array_reduction<T>, two_array_reduction<T>>;

} // namespace picokernels

#endif // PICOKERNELS_REDUCTION_TABLE_HPP
