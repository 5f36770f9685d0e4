// SPDX-License-Identifier: BSD-3-Clause
//
// The interpreter for one point. isa/*.cpp compile it for their ISA, which may have fused multiply-add for `square`.
#ifndef PICOKERNELS_PROGRAM_POINT_HPP
#define PICOKERNELS_PROGRAM_POINT_HPP

#include "code.hpp"
#include "functors.hpp"
#include "step_functions.hpp"

#include <cstdint>

// With the address of a label, each step jumps to the next one's code by a jump of its own, which the CPU predicts
// better than the one jump of a switch.
#if defined(__GNUC__)
#define PICOKERNELS_COMPUTED_GOTO 1
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#else
#define PICOKERNELS_COMPUTED_GOTO 0
#endif

namespace picokernels::program {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

union slot {
    double number;
    std::uint64_t truth; // all bits 1 or all 0
};

// An operand of a step, as the form has it.
template <form Form> PICOKERNELS_INLINE double left_of(const step& now, const slot* slots, const double* constants) {
    return Form == form::scalar_array ? constants[now.a] : slots[now.a].number;
}
template <form Form> PICOKERNELS_INLINE double right_of(const step& now, const slot* slots, const double* constants) {
    if constexpr (Form == form::unary) {
        return slots[now.a].number;
    } else {
        return Form == form::array_scalar ? constants[now.b] : slots[now.b].number;
    }
}

PICOKERNELS_INLINE void store(slot& out, double result) { out.number = result; }
PICOKERNELS_INLINE void store(slot& out, bool result) { out.truth = result ? ~std::uint64_t{0} : 0; }

// A function of the kernels takes batches alone.
template <class Arch, form Form, class Op> PICOKERNELS_INLINE auto apply_to_numbers(double a, double b) noexcept {
    if constexpr (Op::is_function) {
        constexpr form on_batches = Form == form::unary ? form::unary : form::array_array;
        return batch_of<Arch>(on_batch<Arch, on_batches, Op>(batch_of<Arch>(a), batch_of<Arch>(b))).first();
    } else {
        return apply_to<Form, Op>(a, b);
    }
}

// Runs a step that has a functor. Returns the trouble that it has to report.
template <class Arch, form Form, class Op>
PICOKERNELS_INLINE pk_trouble_kind run_functor(const step& now, slot* slots, const double* constants) {
    const double a = left_of<Form>(now, slots, constants);
    const double b = right_of<Form>(now, slots, constants);
    const auto result = apply_to_numbers<Arch, Form, Op>(a, b);
    store(slots[now.out], result);
    if constexpr (rule<Op>::can_fail) {
        if (rule<Op>::suspects(a, b, result)) [[unlikely]] {
            return now.checked != 0 ? rule<Op>::kind(a, b, result) : PK_TROUBLE_NONE;
        }
    }
    return PK_TROUBLE_NONE;
}

// Only an undecided square can be infinite.
PICOKERNELS_INLINE pk_trouble_kind run_square(const step& now, slot* slots) {
    const double a = slots[now.a].number;
    const double hi = a * a;
    slots[now.out].number = hi;
    if (!square::is_decided(a, hi)) [[unlikely]] {
        const double result = square::undecided(a);
        slots[now.out].number = result;
        if (now.checked != 0 && rule<square>::suspects(a, a, result)) {
            return rule<square>::kind(a, a, result);
        }
    }
    return PK_TROUBLE_NONE;
}

PICOKERNELS_INLINE pk_trouble_kind finish_sincos(const step& now, slot* slots, sine_cosine result) {
    const double a = slots[now.a].number;
    slots[now.out].number = result.sine;
    slots[now.b].number = result.cosine;
    if (!is_finite(result.sine)) [[unlikely]] {
        return now.checked != 0 ? rule<libm_sin>::kind(a, a, result.sine) : PK_TROUBLE_NONE;
    }
    return PK_TROUBLE_NONE;
}

#if PICOKERNELS_COMPUTED_GOTO
#define PICOKERNELS_LABEL(name) step_##name
#define PICOKERNELS_DISPATCH goto* labels[static_cast<std::size_t>(now->op)]
#else
#define PICOKERNELS_LABEL(name) case operation::name
#define PICOKERNELS_DISPATCH break
#endif
#define PICOKERNELS_NEXT                                                                                             \
    ++now;                                                                                                           \
    PICOKERNELS_DISPATCH
#define PICOKERNELS_CHECKED(call)                                                                                    \
    if (const pk_trouble_kind kind = call; kind != PK_TROUBLE_NONE) [[unlikely]] {                                   \
        failure.note(kind, now->link, 0);                                                                            \
        return false;                                                                                                \
    }

// NOLINTBEGIN(readability-function-cognitive-complexity, readability-function-size): an interpreter's loop
template <class Arch> bool run_point(const code& program, const double* in, double* out, failure& failure) noexcept {
    slot slots[PK_PROGRAM_MAX_ALIVE];
    for (std::size_t i = 0; i < program.used_input_count; ++i) {
        const std::uint16_t input = program.used_inputs[i].slot;
        slots[input].number = in[input];
    }
    const double* constants = program.constants;
    const step* first = program.steps;
    const step* now = first;
#if PICOKERNELS_COMPUTED_GOTO
    static const void* const labels[operation_count] = {
#define PICOKERNELS_ADDRESS(form_, functor, name) &&step_##name,
        PICOKERNELS_PROGRAM_FUNCTORS(PICOKERNELS_ADDRESS)
#undef PICOKERNELS_ADDRESS
#define PICOKERNELS_ADDRESS(functor, name, b, c) &&step_##name,
                PICOKERNELS_PROGRAM_FUSED(PICOKERNELS_ADDRESS)
#undef PICOKERNELS_ADDRESS
            && step_sincos,
        &&step_fast_sincos,
        &&step_both,
        &&step_either,
        &&step_opposite,
        &&step_select,
        &&step_constant,
        &&step_move,
        &&step_merge,
        &&step_merge_scalar,
        &&step_branch,
        &&step_otherwise,
        &&step_end,
        &&step_fail,
        &&step_finish,
    };
    PICOKERNELS_DISPATCH;
#else
    for (;;) {
        switch (now->op) {
#endif
#define PICOKERNELS_STEP(form_, functor, name)                                                                       \
    PICOKERNELS_LABEL(name)                                                                                          \
        : PICOKERNELS_CHECKED((run_functor<Arch, form::form_, functor>(*now, slots, constants)));                    \
    PICOKERNELS_NEXT;
    PICOKERNELS_KERNELS(PICOKERNELS_STEP)
    PICOKERNELS_PROGRAM_ROUNDINGS(PICOKERNELS_STEP)
    PICOKERNELS_PROGRAM_COMPARISONS(PICOKERNELS_STEP)
    PICOKERNELS_LIBM_UNARY(PICOKERNELS_LIBM_UNARY_STEP, PICOKERNELS_STEP)
    PICOKERNELS_LIBM_BINARY(PICOKERNELS_LIBM_BINARY_STEP, PICOKERNELS_STEP)
    PICOKERNELS_UNARY(PICOKERNELS_STEP, fast_square)
#undef PICOKERNELS_STEP
#define PICOKERNELS_STEP(functor, name, b_is_constant, c_is_constant)                                                \
    PICOKERNELS_LABEL(name)                                                                                          \
        : slots[now->out].number =                                                                                   \
        functor::apply(slots[now->a].number, (b_is_constant) ? constants[now->b] : slots[now->b].number,             \
                       (c_is_constant) ? constants[now->c] : slots[now->c].number);                                  \
    PICOKERNELS_NEXT;
    PICOKERNELS_PROGRAM_FUSED(PICOKERNELS_STEP)
#undef PICOKERNELS_STEP
    PICOKERNELS_LABEL(square) : PICOKERNELS_CHECKED(run_square(*now, slots));
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(sincos) : PICOKERNELS_CHECKED(finish_sincos(*now, slots, libm_sincos(slots[now->a].number)));
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(fast_sincos)
        : PICOKERNELS_CHECKED(finish_sincos(*now, slots, fast_sincos_of_number<Arch>(slots[now->a].number)));
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(both) : slots[now->out].truth = slots[now->a].truth & slots[now->b].truth;
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(either) : slots[now->out].truth = slots[now->a].truth | slots[now->b].truth;
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(opposite) : slots[now->out].truth = ~slots[now->a].truth;
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(select) : slots[now->out] = slots[now->a].truth != 0 ? slots[now->b] : slots[now->c];
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(constant) : PICOKERNELS_LABEL(merge_scalar) : slots[now->out].number = constants[now->a];
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(move) : PICOKERNELS_LABEL(merge) : slots[now->out] = slots[now->a];
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(branch) : now = slots[now->a].truth != 0 ? now : first + now->link;
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(otherwise) : now = first + now->link; // the first side is done
    PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(end) : PICOKERNELS_NEXT;
    PICOKERNELS_LABEL(fail) : failure.note(static_cast<pk_trouble_kind>(now->a), now->link, 0);
    return false;
    PICOKERNELS_LABEL(finish) : for (std::size_t i = 0; i < program.output_count; ++i) {
        const output from = program.outputs[i];
        out[i] = from.is_constant ? constants[from.index] : slots[from.index].number;
    }
    return true;
#if !PICOKERNELS_COMPUTED_GOTO
}
}
#endif
}
// NOLINTEND(readability-function-cognitive-complexity, readability-function-size)

template <class Arch>
std::size_t repeat_point(const code& program, double* state, std::size_t count, failure& failure) noexcept {
    std::size_t done = 0;
    while (done < count && run_point<Arch>(program, state, state, failure)) {
        ++done;
    }
    return done;
}

#undef PICOKERNELS_LABEL
#undef PICOKERNELS_DISPATCH
#undef PICOKERNELS_NEXT
#undef PICOKERNELS_CHECKED

} // namespace
} // namespace picokernels::program

#if PICOKERNELS_COMPUTED_GOTO
#pragma GCC diagnostic pop
#endif
#undef PICOKERNELS_COMPUTED_GOTO

#endif // PICOKERNELS_PROGRAM_POINT_HPP
