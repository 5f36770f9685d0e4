// SPDX-License-Identifier: BSD-3-Clause
//
// Makes the table of an ISA. Each isa/NAME.cpp includes this and leaves one symbol that others see, its table.
#ifndef PICOKERNELS_MAKE_TABLE_HPP
#define PICOKERNELS_MAKE_TABLE_HPP

#include "../elementwise/loop.hpp"
#include "../program/block.hpp"
#include "../program/point.hpp"
#include "../program/step_functions.hpp"
#include "../reduction/loop.hpp"
#include "table.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see functors.hpp
namespace {

template <class Arch, class Op, class T> void run_unary(const T* a, T* out, std::size_t n) noexcept {
    elementwise<Arch, form::unary, Op, T>{a, {}, out, n}.run();
}

template <class Arch, form Form, class Op, class T, class Right>
void run_binary(const T* a, Right b, T* out, std::size_t n) noexcept {
    elementwise<Arch, Form, Op, T>{a, {b}, out, n}.run();
}

template <class Arch, form Form, class Op, class T> constexpr kernel<Form, T> make_kernel() noexcept {
    if constexpr (Form == form::unary) {
        return &run_unary<Arch, Op, T>;
    } else {
        return &run_binary<Arch, Form, Op, T>;
    }
}

template <class Arch, class Reduction, class T> T reduce_one_array(const T* a, std::size_t n) noexcept {
    return reduction<Arch, inputs::one_array, Reduction, T>{{a}, n}.run();
}

template <class Arch, class Reduction, class T> T reduce_two_arrays(const T* a, const T* b, std::size_t n) noexcept {
    return reduction<Arch, inputs::two_arrays, Reduction, T>{{a, b}, n}.run();
}

template <class Arch, inputs Inputs, class Reduction, class T>
constexpr reduction_kernel<Inputs, T> make_reduction() noexcept {
    if constexpr (Inputs == inputs::one_array) {
        return &reduce_one_array<Arch, Reduction, T>;
    } else {
        return &reduce_two_arrays<Arch, Reduction, T>;
    }
}

template <class Arch, class T> constexpr typed_kernels<T> make_typed_kernels() noexcept {
    return {
#define PICOKERNELS_ENTRY(form_, op, name) .name = make_kernel<Arch, form::form_, op, T>(),
        PICOKERNELS_KERNELS(PICOKERNELS_ENTRY)
#undef PICOKERNELS_ENTRY
#define PICOKERNELS_ENTRY(inputs_, name) .name = make_reduction<Arch, inputs::inputs_, name, T>(),
            PICOKERNELS_REDUCTIONS(PICOKERNELS_ENTRY)
#undef PICOKERNELS_ENTRY
    };
}

// NumberArch: the batches by which programs compute functions of one number.
template <class Arch, class NumberArch = Arch> constexpr kernel_table make_table(const char* isa) noexcept {
    return {isa,
            make_typed_kernels<Arch, double>(),
            make_typed_kernels<Arch, float>(),
            {"interpreter", &program::run_point<NumberArch>, &program::repeat_point<NumberArch>,
             &program::run_block<Arch>, false, program::lane_multiple},
            &program::find_step_functions<Arch, NumberArch>};
}

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_MAKE_TABLE_HPP
