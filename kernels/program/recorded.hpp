// SPDX-License-Identifier: BSD-3-Clause
//
// A kernel's function as a list of steps, which machine code puts between its own: a call costs more than it seems,
// because no vector register survives it. The function's template runs once, for a batch whose operations record
// what they should compute. So nothing is written twice, and the bits are the same.
#ifndef PICOKERNELS_PROGRAM_RECORDED_HPP
#define PICOKERNELS_PROGRAM_RECORDED_HPP

#include "code.hpp"
#include "functors.hpp"

#include <cstddef>
#include <cstdint>

namespace picokernels::program {

// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

// The architecture of batches that record.
struct recording {};

[[maybe_unused]] bool has_room(const recorded_steps& in) noexcept {
    return in.step_count < recorded_steps::most_steps && in.constant_count < recorded_steps::most_steps;
}
// The slot of the step's result. A step that is there already is not repeated.
[[maybe_unused]] std::uint16_t append_step(recorded_steps& to, step next) noexcept {
    for (std::size_t i = 0; i < to.step_count; ++i) {
        const step& known = to.steps[i];
        if (known.op == next.op && known.a == next.a && known.b == next.b && known.c == next.c) {
            return known.out;
        }
    }
    next.out = to.slot_count++;
    if (has_room(to)) {
        to.steps[to.step_count++] = next;
    }
    return next.out;
}
[[maybe_unused]] std::uint16_t find_constant(recorded_steps& to, double value) noexcept {
    const auto bits = __builtin_bit_cast(std::uint64_t, value);
    std::size_t i = 0;
    while (i < to.constant_count && __builtin_bit_cast(std::uint64_t, to.constants[i]) != bits) {
        ++i;
    }
    if (i == to.constant_count && has_room(to)) {
        to.constants[to.constant_count++] = value;
    }
    return static_cast<std::uint16_t>(i);
}

constexpr forms addition = find_forms("add");
constexpr forms subtraction = find_forms("sub");
constexpr forms multiplication = find_forms("mul");
constexpr forms comparison = find_forms("less_equal");

} // namespace
} // namespace picokernels::program

// xsimd's names for the batches and operations that the functions use. What is missing here does not compile.
namespace xsimd {

using picokernels::program::append_step;
using picokernels::program::find_constant;
using picokernels::program::forms;
using picokernels::program::operation;
using picokernels::program::recorded_steps;
using picokernels::program::recording;
using picokernels::program::step;

template <> struct batch_bool<double, recording> {
    recorded_steps* to;
    std::uint16_t slot;

    friend batch_bool operator&(batch_bool a, batch_bool b) noexcept {
        return {a.to, append_step(*a.to, {.op = operation::both, .a = a.slot, .b = b.slot})};
    }
};

template <> struct batch<std::uint64_t, recording> {
    recorded_steps* to;
    std::uint16_t slot;

    friend batch operator<<(batch a, int bits) noexcept {
        const auto count = static_cast<std::uint16_t>(bits);
        return {a.to, append_step(*a.to, {.op = operation::shift_left, .a = a.slot, .b = count})};
    }
};

// A slot, or a constant.
template <> struct batch<double, recording> {
    using value_type = double;
    using arch_type = recording;
    using batch_bool_type = batch_bool<double, recording>;

    recorded_steps* to = nullptr; // null: a constant
    std::uint16_t slot = 0;
    std::uint16_t minus_slot = picokernels::program::no_slot; // a slot with -a, if there is one
    double value = 0;

    batch() noexcept = default;
    explicit batch(double constant) noexcept : value(constant) {}
    batch(recorded_steps* steps, std::uint16_t of) noexcept : to(steps), slot(of) {}

    bool is_constant() const noexcept { return to == nullptr; }
    std::uint16_t operand(recorded_steps& steps) const noexcept {
        return is_constant() ? find_constant(steps, value) : slot;
    }

    // Not for two constants.
    static std::uint16_t binary(const forms& op, const batch& first, const batch& second) noexcept {
        const bool swaps = first.is_constant() && op.is_commutative;
        const batch& a = swaps ? second : first;
        const batch& b = swaps ? first : second;
        recorded_steps& steps = a.is_constant() ? *b.to : *a.to;
        step next{.op = op.on_slots, .a = a.operand(steps), .b = b.operand(steps)};
        if (a.is_constant()) {
            next.op = op.scalar_slot;
        } else if (b.is_constant()) {
            next.op = op.slot_scalar;
        }
        return append_step(steps, next);
    }
    static batch number(const forms& op, const batch& a, const batch& b) noexcept {
        return {a.is_constant() ? b.to : a.to, binary(op, a, b)};
    }
    // Not for two constants in the product.
    static batch fused(operation on_slots, const batch& first, const batch& second, const batch& c) noexcept {
        const batch& a = first.is_constant() ? second : first;
        const batch& b = first.is_constant() ? first : second;
        const int form = static_cast<int>(b.is_constant()) + 2 * static_cast<int>(c.is_constant());
        const auto op = static_cast<operation>(static_cast<int>(on_slots) + form);
        return {a.to, append_step(*a.to, {.op = op, .a = a.slot, .b = b.operand(*a.to), .c = c.operand(*a.to)})};
    }
    batch unary(operation op) const noexcept { return {to, append_step(*to, {.op = op, .a = slot})}; }

    friend batch operator+(const batch& a, const batch& b) noexcept {
        return number(picokernels::program::addition, a, b);
    }
    friend batch operator-(const batch& a, const batch& b) noexcept {
        return number(picokernels::program::subtraction, a, b);
    }
    friend batch operator*(const batch& a, const batch& b) noexcept {
        return number(picokernels::program::multiplication, a, b);
    }
    friend batch operator-(const batch& a) noexcept {
        batch result = a.unary(operation::neg);
        result.minus_slot = a.slot;
        return result;
    }
    friend batch_bool_type operator<=(const batch& a, const batch& b) noexcept {
        return {a.is_constant() ? b.to : a.to, binary(picokernels::program::comparison, a, b)};
    }
    friend batch_bool_type operator>=(const batch& a, const batch& b) noexcept { return b <= a; }
    // The functions have no other mask than the sign bit.
    friend batch operator&(const batch& a, [[maybe_unused]] const batch& sign_mask) noexcept {
        return a.unary(operation::sign_of);
    }
    friend batch operator^(const batch& a, const batch& b) noexcept {
        return {a.to, append_step(*a.to, {.op = operation::exclusive_or, .a = a.slot, .b = b.slot})};
    }
};

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): xsimd declares it with two names
template <> inline batch<double, recording> abs(const batch<double, recording>& x) noexcept {
    return x.unary(operation::abs);
}
template <>
inline batch<double, recording> bitwise_andnot(const batch<double, recording>& x,
                                               const batch<double, recording>& /*y: the sign bit*/) noexcept {
    return abs(x);
}
template <>
inline batch<double, recording> fma(const batch<double, recording>& x, const batch<double, recording>& y,
                                    const batch<double, recording>& z) noexcept {
    if (z.minus_slot != picokernels::program::no_slot) {
        return batch<double, recording>::fused(operation::fused_sub, x, y, {z.to, z.minus_slot});
    }
    return batch<double, recording>::fused(operation::fused_add, x, y, z);
}
template <>
inline batch<double, recording> fnma(const batch<double, recording>& x, const batch<double, recording>& y,
                                     const batch<double, recording>& z) noexcept {
    return batch<double, recording>::fused(operation::fused_rsub, x, y, z);
}
template <>
inline batch<double, recording> select(const batch_bool<double, recording>& truth, const batch<double, recording>& a,
                                       const batch<double, recording>& b) noexcept {
    return {truth.to, append_step(*truth.to, {.op = operation::select, .a = truth.slot, .b = a.slot, .c = b.slot})};
}
template <>
inline batch<std::uint64_t, recording> bitwise_cast<std::uint64_t>(const batch<double, recording>& x) noexcept {
    return {x.to, x.slot};
}
template <> inline batch<double, recording> bitwise_cast<double>(const batch<std::uint64_t, recording>& x) noexcept {
    return {x.to, x.slot};
}

} // namespace xsimd

namespace picokernels::program {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

using recorded = xsimd::batch<double, recording>;

// The sign bit alone decides a selection. (Found by the type of the argument.)
[[maybe_unused]] xsimd::batch_bool<double, recording> has_sign(recorded a) noexcept { return {a.to, a.slot}; }

[[maybe_unused]] void record_sincos(recorded_steps& to) noexcept {
    const auto [of, done] = sincos_of_usual_angle(recorded(&to, 0));
    to.results[0] = of.sine.slot;
    to.results[1] = of.cosine.slot;
    to.done = done.slot;
}
[[maybe_unused]] void record_sin(recorded_steps& to) noexcept {
    record_sincos(to);
    to.results[1] = no_slot;
}
[[maybe_unused]] void record_cos(recorded_steps& to) noexcept {
    record_sincos(to);
    to.results[0] = to.results[1];
    to.results[1] = no_slot;
}

} // namespace
} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_RECORDED_HPP
