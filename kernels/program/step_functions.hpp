// SPDX-License-Identifier: BSD-3-Clause
//
// The kernels' functions on one batch each, for machine code and for the interpreter of one point. isa/*.cpp compile
// them for their ISA.
#ifndef PICOKERNELS_PROGRAM_STEP_FUNCTIONS_HPP
#define PICOKERNELS_PROGRAM_STEP_FUNCTIONS_HPP

#include "code.hpp"
#include "functors.hpp"
#include "recorded.hpp"

#include <type_traits>

namespace picokernels::program {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

template <class Arch> using batch_of = xsimd::batch<double, Arch>;
template <class Arch> using register_of = std::type_identity_t<typename batch_of<Arch>::register_type>;

// Not inlined: a function's code is long.
template <class Arch, form Form, class Op>
PICOKERNELS_NOINLINE register_of<Arch> on_batch(register_of<Arch> a, register_of<Arch> b) noexcept {
    return apply_to<Form, Op>(batch_of<Arch>(a), batch_of<Arch>(b));
}

template <class Arch> PICOKERNELS_NOINLINE sine_cosine fast_sincos_of_number(double a) noexcept {
    const auto result = fast_sincos(batch_of<Arch>(a));
    return {result.sine.first(), result.cosine.first()};
}

template <class Arch> void sincos_of_batch(register_of<Arch> a, double* sines, double* cosines) noexcept {
    const auto result = fast_sincos(batch_of<Arch>(a));
    result.sine.store_unaligned(sines);
    result.cosine.store_unaligned(cosines);
}

// The other functions decide by lanes what they compute.
template <class Op> constexpr step_recorder* recorder_of() noexcept {
    if constexpr (std::is_same_v<Op, picokernels::sin>) {
        return &record_sin;
    } else if constexpr (std::is_same_v<Op, picokernels::cos>) {
        return &record_cos;
    } else {
        return nullptr;
    }
}

template <class Arch, class NumberArch, form Form, class Op> step_functions functions_of() noexcept {
    if constexpr (Op::is_function) {
        constexpr form on_batches = Form == form::unary ? form::unary : form::array_array;
        return {reinterpret_cast<const void*>(&on_batch<Arch, on_batches, Op>),
                reinterpret_cast<const void*>(&on_batch<NumberArch, on_batches, Op>), recorder_of<Op>()};
    } else {
        return {};
    }
}

template <class Arch, class NumberArch> step_functions find_step_functions(operation op) noexcept {
    switch (op) {
#define PICOKERNELS_CASE(form_, functor, name)                                                                       \
    case operation::name:                                                                                            \
        return functions_of<Arch, NumberArch, form::form_, functor>();
        PICOKERNELS_KERNELS(PICOKERNELS_CASE)
#undef PICOKERNELS_CASE
    case operation::fast_sincos:
        return {reinterpret_cast<const void*>(&sincos_of_batch<Arch>),
                reinterpret_cast<const void*>(&fast_sincos_of_number<NumberArch>), &record_sincos};
    default:
        return {};
    }
}

} // namespace
} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_STEP_FUNCTIONS_HPP
