// SPDX-License-Identifier: BSD-3-Clause
//
// The interpreter for lanes: each step computes a block of lanes in batches of the ISA, before the next step begins.
// A block is small enough to stay in the first cache. isa/*.cpp compile this with the flags of their ISA.
#ifndef PICOKERNELS_PROGRAM_BLOCK_HPP
#define PICOKERNELS_PROGRAM_BLOCK_HPP

#include "../elementwise/loop.hpp"
#include "code.hpp"
#include "functors.hpp"

#include <cstdint>
#include <type_traits>

namespace picokernels::program {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

// State of one block: the lanes of each slot, and which of them take the side of a branch that runs.
template <class Arch> struct block {
    using batch = xsimd::batch<double, Arch>;
    using mask = xsimd::batch_bool<double, Arch>;
    static constexpr std::size_t lanes = batch::size;
    static_assert(lane_multiple % lanes == 0);

    const double* constants;
    double* const* at;
    std::size_t n;
    failure* first_failure;
    const double* active = nullptr; // truth values, or null: all lanes

    // ---- truth values: all bits 1 or all bits 0. The former is a NaN, and so differs from 0.

    static PICOKERNELS_INLINE batch load(const double* from) noexcept { return batch::load_unaligned(from); }
    static PICOKERNELS_INLINE mask load_truth(const double* from) noexcept { return load(from) != batch(0.0); }
    static PICOKERNELS_INLINE void store(double* to, batch result) noexcept { result.store_aligned(to); }
    static PICOKERNELS_INLINE void store(double* to, mask result) noexcept {
        const batch all_bits(__builtin_bit_cast(double, ~std::uint64_t{0}));
        xsimd::select(result, all_bits, batch(0.0)).store_aligned(to);
    }
    static PICOKERNELS_INLINE bool holds(double truth) noexcept {
        return __builtin_bit_cast(std::uint64_t, truth) != 0;
    }
    PICOKERNELS_INLINE bool is_active(std::size_t lane) const noexcept {
        return active == nullptr || holds(active[lane]);
    }

    // ---- operands

    template <form Form> PICOKERNELS_INLINE batch left_of(const step& now, std::size_t i) const noexcept {
        return Form == form::scalar_array ? batch(constants[now.a]) : load(at[now.a] + i);
    }
    template <form Form> PICOKERNELS_INLINE batch right_of(const step& now, std::size_t i) const noexcept {
        if constexpr (Form == form::unary) {
            return load(at[now.a] + i);
        } else {
            return Form == form::array_scalar ? batch(constants[now.b]) : load(at[now.b] + i);
        }
    }

    template <form Form> PICOKERNELS_INLINE double right_number(const step& now, std::size_t i) const noexcept {
        if constexpr (Form == form::unary) {
            return at[now.a][i];
        } else {
            return Form == form::array_scalar ? constants[now.b] : at[now.b][i];
        }
    }

    // ---- functors on batches

    template <form Form, class Op> PICOKERNELS_INLINE void run_batches(const step& now) const noexcept {
        double* const out = at[now.out];
        for (std::size_t i = 0; i < n; i += lanes) {
            const batch a = left_of<Form>(now, i);
            const batch b = right_of<Form>(now, i);
            const auto result = apply_to<Form, Op>(a, b);
            if constexpr (rule<Op>::can_fail) {
                if (xsimd::any(rule<Op>::suspects(a, b, result))) [[unlikely]] {
                    examine<Op>(now, i, a, b, result);
                }
            }
            store(out + i, result);
        }
    }

    // The kernels' own loop computes a function. Its operands are still there when the results are examined.
    template <form Form, class Op> PICOKERNELS_INLINE void run_function(const step& now) const noexcept {
        const std::size_t padded = (n + lanes - 1) / lanes * lanes;
        double* const out = at[now.out];
        using kernel = elementwise<Arch, Form, Op, double>;
        if constexpr (Form == form::unary) {
            kernel::run_whole_batches(at[now.a], {}, out, padded);
        } else if constexpr (Form == form::array_array) {
            kernel::run_whole_batches(at[now.a], {at[now.b]}, out, padded);
        } else if constexpr (Form == form::array_scalar) {
            kernel::run_whole_batches(at[now.a], {constants[now.b]}, out, padded);
        } else {
            kernel::run_whole_batches(at[now.b], {constants[now.a]}, out, padded);
        }
        if constexpr (rule<Op>::can_fail) {
            for (std::size_t i = 0; now.checked != 0 && i < n; i += lanes) {
                const batch result = load(out + i);
                if (xsimd::any(rule<Op>::suspects(result, result, result))) [[unlikely]] {
                    examine<Op>(now, i, left_of<Form>(now, i), right_of<Form>(now, i), result);
                }
            }
        }
    }

    // A step of the list of kernels.
    template <form Form, class Op> PICOKERNELS_INLINE void run_kernel(const step& now) const noexcept {
        if constexpr (Op::is_function) {
            run_function<Form, Op>(now);
        } else {
            run_batches<Form, Op>(now);
        }
    }

    template <class Op, bool b_is_constant, bool c_is_constant>
    PICOKERNELS_INLINE void run_fused(const step& now) const noexcept {
        for (std::size_t i = 0; i < n; i += lanes) {
            const batch b = b_is_constant ? batch(constants[now.b]) : load(at[now.b] + i);
            const batch c = c_is_constant ? batch(constants[now.c]) : load(at[now.c] + i);
            store(at[now.out] + i, Op::apply(load(at[now.a] + i), b, c));
        }
    }

    PICOKERNELS_NOINLINE void run_fast_sincos(const step& now) const noexcept {
        for (std::size_t i = 0; i < n; i += lanes) {
            const batch x = load(at[now.a] + i);
            const auto result = fast_sincos(x);
            if (xsimd::any(rule<libm_sin>::suspects(x, x, result.sine))) [[unlikely]] {
                examine<libm_sin>(now, i, x, x, result.sine);
            }
            store(at[now.out] + i, result.sine);
            store(at[now.b] + i, result.cosine);
        }
    }

    template <class Op>
    [[gnu::noinline, gnu::cold]] void examine(const step& now, std::size_t i, batch a, batch b,
                                              batch result) const noexcept {
        alignas(batch) double as[lanes];
        alignas(batch) double bs[lanes];
        alignas(batch) double results[lanes];
        a.store_aligned(as);
        b.store_aligned(bs);
        result.store_aligned(results);
        for (std::size_t k = 0; k < lanes && i + k < n; ++k) {
            examine_lane<Op>(now, i + k, as[k], bs[k], results[k]);
        }
    }

    template <class Op>
    PICOKERNELS_INLINE void examine_lane(const step& now, std::size_t lane, double a, double b,
                                         double result) const noexcept {
        if (now.checked != 0 && is_active(lane) && rule<Op>::suspects(a, b, result)) {
            if (const pk_trouble_kind kind = rule<Op>::kind(a, b, result); kind != PK_TROUBLE_NONE) {
                first_failure->note(kind, now.link, lane);
            }
        }
    }

    // ---- functors on numbers: the C library's functions

    // Lanes that don't take the side keep what the slot had.
    template <form Form, class Op> PICOKERNELS_INLINE void run_numbers(const step& now) const noexcept {
        double* const out = at[now.out];
        for (std::size_t i = 0; i < n; ++i) {
            if (!is_active(i)) {
                continue;
            }
            const double a = Form == form::scalar_array ? constants[now.a] : at[now.a][i];
            const double b = right_number<Form>(now, i);
            const double result = apply_to<Form, Op>(a, b);
            out[i] = result;
            if constexpr (rule<Op>::can_fail) {
                if (rule<Op>::suspects(a, b, result)) [[unlikely]] {
                    examine_lane<Op>(now, i, a, b, result);
                }
            }
        }
        fill(out);
    }

    // Lanes from n on get the number of the last one.
    PICOKERNELS_INLINE void fill(double* out) const noexcept {
        for (std::size_t i = n; i % lanes != 0; ++i) {
            out[i] = out[n - 1];
        }
    }

    PICOKERNELS_INLINE void run_sincos(const step& now) const noexcept {
        const double* const a = at[now.a];
        double* const sine = at[now.out];
        double* const cosine = at[now.b];
        for (std::size_t i = 0; i < n; ++i) {
            if (!is_active(i)) {
                continue;
            }
            const double x = a[i];
            const sine_cosine result = libm_sincos(x);
            sine[i] = result.sine;
            cosine[i] = result.cosine;
            if (!is_finite(result.sine)) [[unlikely]] {
                examine_lane<libm_sin>(now, i, x, x, result.sine);
            }
        }
        fill(sine);
        fill(cosine);
    }

    PICOKERNELS_INLINE void run_square(const step& now) const noexcept {
        const double* const a = at[now.a];
        double* const out = at[now.out];
        for (std::size_t i = 0; i < n; i += lanes) {
            const batch x = load(a + i);
            const batch hi = x * x;
            const mask decided = square::is_decided(x, hi);
            store(out + i, hi);
            if (!xsimd::all(decided)) {
                square_undecided(now, i, x, decided.mask());
            }
        }
    }

    [[gnu::noinline]] void square_undecided(const step& now, std::size_t i, batch x,
                                            std::uint64_t decided) const noexcept {
        alignas(batch) double xs[lanes];
        x.store_aligned(xs);
        double* const out = at[now.out] + i;
        for (std::size_t k = 0; k < lanes; ++k) {
            if ((decided >> k & 1U) == 0) {
                out[k] = square::undecided(xs[k]);
                if (i + k < n) {
                    examine_lane<square>(now, i + k, xs[k], xs[k], out[k]);
                }
            }
        }
    }

    // ---- logic and moves

    template <class Combine> PICOKERNELS_INLINE void run_logic(const step& now, Combine combine) const noexcept {
        for (std::size_t i = 0; i < n; i += lanes) {
            store(at[now.out] + i, combine(load(at[now.a] + i), load(at[now.b] + i)));
        }
    }

    PICOKERNELS_INLINE void run_select(const step& now) const noexcept {
        for (std::size_t i = 0; i < n; i += lanes) {
            const mask condition = load_truth(at[now.a] + i);
            store(at[now.out] + i, xsimd::select(condition, load(at[now.b] + i), load(at[now.c] + i)));
        }
    }

    PICOKERNELS_INLINE void run_constant(const step& now) const noexcept {
        const batch value(constants[now.a]);
        for (std::size_t i = 0; i < n; i += lanes) {
            store(at[now.out] + i, value);
        }
    }

    PICOKERNELS_INLINE void run_move(const step& now) const noexcept {
        for (std::size_t i = 0; i < n; i += lanes) {
            store(at[now.out] + i, load(at[now.a] + i));
        }
    }

    template <form Form> PICOKERNELS_INLINE void run_merge(const step& now) const noexcept {
        double* const out = at[now.out];
        for (std::size_t i = 0; i < n; i += lanes) {
            const mask first_side = load_truth(at[now.b] + i);
            const batch second = Form == form::array_scalar ? batch(constants[now.a]) : load(at[now.a] + i);
            store(out + i, xsimd::select(first_side, load(out + i), second));
        }
    }

    // ---- branches

    // A side begins: its lanes are those of the surrounding side for which the condition has this value. Returns
    // whether there are any.
    PICOKERNELS_INLINE bool begin_side(const step& now, bool value) noexcept {
        double* const taken = at[now.out];
        mask any(false);
        for (std::size_t i = 0; i < n; i += lanes) {
            const mask condition = load_truth(at[now.a] + i);
            mask takes = value ? condition : !condition;
            if (now.b != no_slot) {
                takes = takes & load_truth(at[now.b] + i);
            }
            store(taken + i, takes);
            any = any | takes;
        }
        active = taken;
        return xsimd::any(any);
    }

    PICOKERNELS_INLINE void end_branch(const step& now) noexcept { active = now.b == no_slot ? nullptr : at[now.b]; }
};

template <class Arch>
void run_block(const code& program, double* const* at, std::size_t n, failure& failure) noexcept {
    using batch = xsimd::batch<double, Arch>;
    block<Arch> here{program.constants, at, n, &failure};
    for (const step* now = program.steps;; ++now) {
        switch (now->op) {
#define PICOKERNELS_STEP(form_, functor, name)                                                                       \
    case operation::name:                                                                                            \
        here.template run_kernel<form::form_, functor>(*now);                                                        \
        break;
            PICOKERNELS_KERNELS(PICOKERNELS_STEP)
            PICOKERNELS_UNARY(PICOKERNELS_STEP, fast_square)
            PICOKERNELS_PROGRAM_ROUNDINGS(PICOKERNELS_STEP)
            PICOKERNELS_PROGRAM_COMPARISONS(PICOKERNELS_STEP)
#undef PICOKERNELS_STEP
#define PICOKERNELS_STEP(form_, functor, name)                                                                       \
    case operation::name:                                                                                            \
        here.template run_numbers<form::form_, functor>(*now);                                                       \
        break;
            PICOKERNELS_LIBM_UNARY(PICOKERNELS_LIBM_UNARY_STEP, PICOKERNELS_STEP)
            PICOKERNELS_LIBM_BINARY(PICOKERNELS_LIBM_BINARY_STEP, PICOKERNELS_STEP)
#undef PICOKERNELS_STEP
#define PICOKERNELS_STEP(functor, name, b_is_constant, c_is_constant)                                                \
    case operation::name:                                                                                            \
        here.template run_fused<functor, b_is_constant, c_is_constant>(*now);                                        \
        break;
            PICOKERNELS_PROGRAM_FUSED(PICOKERNELS_STEP)
#undef PICOKERNELS_STEP
        case operation::fast_sincos:
            here.run_fast_sincos(*now);
            break;
        case operation::square:
            here.run_square(*now);
            break;
        case operation::sincos:
            here.run_sincos(*now);
            break;
        case operation::both:
            here.run_logic(*now, [](batch a, batch b) { return a & b; });
            break;
        case operation::either:
            here.run_logic(*now, [](batch a, batch b) { return a | b; });
            break;
        case operation::opposite:
            here.run_logic(*now, [](batch a, batch) { return ~a; });
            break;
        case operation::select:
            here.run_select(*now);
            break;
        case operation::constant:
            here.run_constant(*now);
            break;
        case operation::move:
            here.run_move(*now);
            break;
        case operation::merge:
            here.template run_merge<form::array_array>(*now);
            break;
        case operation::merge_scalar:
            here.template run_merge<form::array_scalar>(*now);
            break;
        case operation::branch:
            if (!here.begin_side(*now, true)) {
                now = program.steps + now->link - 1; // `otherwise` comes next
            }
            break;
        case operation::otherwise:
            if (!here.begin_side(*now, false)) {
                now = program.steps + now->link - 1; // `end` comes next
            }
            break;
        case operation::end:
            here.end_branch(*now);
            break;
        case operation::fail:
            for (std::size_t lane = 0; lane < n; ++lane) {
                if (here.is_active(lane)) {
                    failure.note(static_cast<pk_trouble_kind>(now->a), now->link, lane);
                    break;
                }
            }
            break;
        case operation::sign_of: // machine code's own
        case operation::exclusive_or:
        case operation::shift_left:
        case operation::trust:
        case operation::finish:
            return;
        }
    }
}

} // namespace
} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_BLOCK_HPP
