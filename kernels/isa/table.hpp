// SPDX-License-Identifier: BSD-3-Clause
//
// The table of what one ISA has: its kernels, and its interpreter of programs.
#ifndef PICOKERNELS_ISA_TABLE_HPP
#define PICOKERNELS_ISA_TABLE_HPP

#include "../elementwise/table.hpp"
#include "../program/code.hpp"
#include "../reduction/table.hpp"

namespace picokernels {

// One function for each kernel and each reduction of the lists, each in a Slot.
template <class T, template <class> class Slot> struct kernels_in {
#define PICOKERNELS_MEMBER(form_, op, name) Slot<kernel<form::form_, T>> name;
    PICOKERNELS_KERNELS(PICOKERNELS_MEMBER)
#undef PICOKERNELS_MEMBER
#define PICOKERNELS_MEMBER(inputs_, name) Slot<reduction_kernel<inputs::inputs_, T>> name;
    PICOKERNELS_REDUCTIONS(PICOKERNELS_MEMBER)
#undef PICOKERNELS_MEMBER
};

template <class Function> using plain_slot = Function;
template <class T> using typed_kernels = kernels_in<T, plain_slot>;

struct kernel_table {
    const char* isa;
    typed_kernels<double> f64;
    typed_kernels<float> f32;
    // None in the tables of the kernel benchmark's peers:
    program::engine interpreter{};
    program::step_function_finder* step_functions = nullptr;
};

template <class T> constexpr const typed_kernels<T>& typed(const kernel_table& table) noexcept {
    if constexpr (std::is_same_v<T, double>) {
        return table.f64;
    } else {
        return table.f32;
    }
}

} // namespace picokernels

#endif // PICOKERNELS_ISA_TABLE_HPP
