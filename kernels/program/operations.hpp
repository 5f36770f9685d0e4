// SPDX-License-Identifier: BSD-3-Clause
//
// What programs compute: the elementwise operations from their list, the further operations of programs from the
// lists here, and the table of all instructions of program.h.
#ifndef PICOKERNELS_PROGRAM_OPERATIONS_HPP
#define PICOKERNELS_PROGRAM_OPERATIONS_HPP

#include "../elementwise/operations.hpp"
#include "picokernels/program.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The elementwise operations of programs, and the name of each in program.h. X(OPCODE, operation)
#define PICOKERNELS_ELEMENTWISE_OPCODES(X)                                                                           \
    X(ADD, add)                                                                                                      \
    X(SUB, sub)                                                                                                      \
    X(MUL, mul)                                                                                                      \
    X(DIV, div)                                                                                                      \
    X(MINIMUM, minimum)                                                                                              \
    X(MAXIMUM, maximum)                                                                                              \
    X(SQRT, sqrt)                                                                                                    \
    X(NEG, neg)                                                                                                      \
    X(ABS, abs)

// Operations that only programs have. X(form, functor, name) as in PICOKERNELS_KERNELS.
#define PICOKERNELS_PROGRAM_ROUNDINGS(X)                                                                             \
    PICOKERNELS_UNARY(X, floor)                                                                                      \
    PICOKERNELS_UNARY(X, ceil)                                                                                       \
    PICOKERNELS_UNARY(X, trunc)
#define PICOKERNELS_PROGRAM_COMPARISONS(X)                                                                           \
    PICOKERNELS_BINARY(X, less)                                                                                      \
    PICOKERNELS_BINARY(X, less_equal)                                                                                \
    PICOKERNELS_COMMUTATIVE(X, equal)                                                                                \
    PICOKERNELS_COMMUTATIVE(X, not_equal)
#define PICOKERNELS_PROGRAM_OPCODES(X)                                                                               \
    X(FLOOR, floor)                                                                                                  \
    X(CEIL, ceil)                                                                                                    \
    X(TRUNC, trunc)                                                                                                  \
    X(LESS, less)                                                                                                    \
    X(LESS_EQUAL, less_equal)                                                                                        \
    X(EQUAL, equal)                                                                                                  \
    X(NOT_EQUAL, not_equal)

// Functions of the C library. F(X, OPCODE, function, trouble): the kind of trouble if a result is infinite and the
// operand finite, or NONE for a function that never fails. functors.hpp says how binary functions fail. The step of a
// function has the name libm_FUNCTION.
#define PICOKERNELS_LIBM_UNARY(F, X)                                                                                 \
    F(X, SIN, sin, DOMAIN)                                                                                           \
    F(X, COS, cos, DOMAIN)                                                                                           \
    F(X, TAN, tan, DOMAIN)                                                                                           \
    F(X, ASIN, asin, DOMAIN)                                                                                         \
    F(X, ACOS, acos, DOMAIN)                                                                                         \
    F(X, ATAN, atan, NONE)                                                                                           \
    F(X, SINH, sinh, OVERFLOW)                                                                                       \
    F(X, COSH, cosh, OVERFLOW)                                                                                       \
    F(X, TANH, tanh, NONE)                                                                                           \
    F(X, EXP, exp, OVERFLOW)                                                                                         \
    F(X, EXP2, exp2, OVERFLOW)                                                                                       \
    F(X, EXPM1, expm1, OVERFLOW)                                                                                     \
    F(X, LOG, log, DOMAIN)                                                                                           \
    F(X, LOG2, log2, DOMAIN)                                                                                         \
    F(X, LOG10, log10, DOMAIN)                                                                                       \
    F(X, LOG1P, log1p, DOMAIN)                                                                                       \
    F(X, CBRT, cbrt, DOMAIN)
#define PICOKERNELS_LIBM_BINARY(F, X)                                                                                \
    F(X, POW, pow)                                                                                                   \
    F(X, ATAN2, atan2)                                                                                               \
    F(X, HYPOT, hypot)                                                                                               \
    F(X, FMOD, fmod)
#define PICOKERNELS_LIBM_UNARY_STEP(X, OPCODE, function, trouble) PICOKERNELS_UNARY(X, libm_##function)
#define PICOKERNELS_LIBM_BINARY_STEP(X, OPCODE, function) PICOKERNELS_BINARY(X, libm_##function)

// All steps that compute their result with a functor, from slots and constants: for a step, the "array" of a form is
// a slot, and the "scalar" is a constant. Among the kernels are functions, such as sin: those of fast programs.
#define PICOKERNELS_PROGRAM_FUNCTORS(X)                                                                              \
    PICOKERNELS_KERNELS(X)                                                                                           \
    PICOKERNELS_PROGRAM_ROUNDINGS(X)                                                                                 \
    PICOKERNELS_PROGRAM_COMPARISONS(X)                                                                               \
    PICOKERNELS_LIBM_UNARY(PICOKERNELS_LIBM_UNARY_STEP, X)                                                           \
    PICOKERNELS_LIBM_BINARY(PICOKERNELS_LIBM_BINARY_STEP, X)                                                         \
    PICOKERNELS_UNARY(X, square)                                                                                     \
    PICOKERNELS_UNARY(X, fast_square)

// Fused steps of fast programs: X(functor, name, is b a constant, is c a constant).
#define PICOKERNELS_PROGRAM_FUSED(X)                                                                                 \
    PICOKERNELS_FUSED(X, fused_add)                                                                                  \
    PICOKERNELS_FUSED(X, fused_sub)                                                                                  \
    PICOKERNELS_FUSED(X, fused_rsub)
#define PICOKERNELS_FUSED(X, op)                                                                                     \
    X(op, op, false, false) X(op, op##_b, true, false) X(op, op##_c, false, true) X(op, op##_bc, true, true)

namespace picokernels::program {

// What a step does. code.hpp describes the operands.
enum class operation : std::uint16_t {
#define PICOKERNELS_OPERATION(form_, functor, name) name,
    PICOKERNELS_PROGRAM_FUNCTORS(PICOKERNELS_OPERATION)
#undef PICOKERNELS_OPERATION
#define PICOKERNELS_OPERATION(functor, name, b, c) name,
        PICOKERNELS_PROGRAM_FUSED(PICOKERNELS_OPERATION)
#undef PICOKERNELS_OPERATION
            sincos, // sine and cosine of one number
    fast_sincos,    // the same for fast programs
    both,           // logical and
    either,         // logical or
    opposite,       // logical not
    select,         // one of two values
    constant,       // a constant into a slot
    move,           // a slot into a slot
    merge,          // the result of a branch, if its second side was taken
    merge_scalar,   // the same from a constant
    branch,         // the first side of a branch begins
    otherwise,      // the second side begins
    end,            // the branch ends
    fail,           // reports trouble
    finish,         // the program ends
    // Steps that functions are recorded as (recorded.hpp), and that machine code adds (machine/quick_steps.hpp).
    sign_of,      // the sign bit of a number
    exclusive_or, // of bits
    shift_left,   // of the bits of a number
    trust,        // leaves the code unless the results so far can be trusted
};
inline constexpr std::size_t operation_count = static_cast<std::size_t>(operation::finish) + 1;

// An operation on slots and constants in up to three forms. A commutative one has no form with the constant first.
struct forms {
    bool exists = false;
    bool is_unary = false;
    bool is_commutative = false;
    operation on_slots{};    // also of a unary operation
    operation slot_scalar{}; // a op constant
    operation scalar_slot{}; // constant op a
};

// The forms of the functor of that name.
constexpr forms find_forms(std::string_view functor) noexcept {
    struct row {
        std::string_view functor;
        form form_of;
        operation step;
    };
    constexpr row rows[] = {
#define PICOKERNELS_ROW(form_, functor, name) {#functor, form::form_, operation::name},
        PICOKERNELS_PROGRAM_FUNCTORS(PICOKERNELS_ROW)
#undef PICOKERNELS_ROW
    };
    forms found;
    found.is_commutative = true;
    for (const row& candidate : rows) {
        if (candidate.functor != functor) {
            continue;
        }
        found.exists = true;
        switch (candidate.form_of) {
        case form::unary:
            found.is_unary = true;
            found.is_commutative = false;
            [[fallthrough]];
        case form::array_array:
            found.on_slots = candidate.step;
            break;
        case form::array_scalar:
            found.slot_scalar = candidate.step;
            break;
        case form::scalar_array:
            found.scalar_slot = candidate.step;
            found.is_commutative = false;
            break;
        }
    }
    return found;
}

// The type of a value or of an operand.
enum class type : std::uint8_t { none, number, truth, any };

// An instruction of program.h.
struct opcode_entry {
    const char* name = nullptr; // null: there is no such instruction
    type result = type::none;
    std::array<type, 3> operands{};
    forms steps{};      // of an operation with a functor
    forms fast_steps{}; // the same for fast programs: other ones if the operation is a function
};

namespace detail {

constexpr opcode_entry functor_entry(const char* name, std::string_view functor, type result) noexcept {
    const forms steps = find_forms(functor);
    const std::array<type, 3> operands = {type::number, steps.is_unary ? type::none : type::number, type::none};
    return {name, result, operands, steps, find_forms(name)};
}

constexpr bool is_comparison(std::string_view functor) noexcept {
    bool found = false;
#define PICOKERNELS_COMPARE(form_, op, name) found = found || functor == #op;
    PICOKERNELS_PROGRAM_COMPARISONS(PICOKERNELS_COMPARE)
#undef PICOKERNELS_COMPARE
    return found;
}

} // namespace detail

inline constexpr std::size_t opcode_limit = PK_OP_FAIL + 1; // one more than the greatest opcode

constexpr std::array<opcode_entry, opcode_limit> make_opcode_table() noexcept {
    using enum type;
    std::array<opcode_entry, opcode_limit> table{};
#define PICOKERNELS_OPCODE(OPCODE, functor)                                                                          \
    table[PK_OP_##OPCODE] =                                                                                          \
        detail::functor_entry(#functor, #functor, detail::is_comparison(#functor) ? truth : number);
    PICOKERNELS_ELEMENTWISE_OPCODES(PICOKERNELS_OPCODE)
    PICOKERNELS_PROGRAM_OPCODES(PICOKERNELS_OPCODE)
#undef PICOKERNELS_OPCODE
#define PICOKERNELS_OPCODE(X, OPCODE, function, ...)                                                                 \
    table[PK_OP_##OPCODE] = detail::functor_entry(#function, "libm_" #function, number);
    PICOKERNELS_LIBM_UNARY(PICOKERNELS_OPCODE, )
    PICOKERNELS_LIBM_BINARY(PICOKERNELS_OPCODE, )
#undef PICOKERNELS_OPCODE
    table[PK_OP_INPUT] = {"input", number, {}, {}, {}};
    table[PK_OP_CONSTANT] = {"constant", number, {}, {}, {}};
    table[PK_OP_OUTPUT] = {"output", none, {number}, {}, {}};
    table[PK_OP_AND] = {"and", truth, {truth, truth}, {}, {}};
    table[PK_OP_OR] = {"or", truth, {truth, truth}, {}, {}};
    table[PK_OP_NOT] = {"not", truth, {truth}, {}, {}};
    table[PK_OP_SELECT] = {"select", any, {truth, any, any}, {}, {}};
    table[PK_OP_IF] = {"if", none, {truth}, {}, {}};
    table[PK_OP_ELSE] = {"else", none, {}, {}, {}};
    table[PK_OP_END] = {"end", none, {}, {}, {}};
    table[PK_OP_RESULT] = {"result", any, {any, any}, {}, {}};
    table[PK_OP_FAIL] = {"fail", none, {}, {}, {}};
    return table;
}
inline constexpr std::array<opcode_entry, opcode_limit> opcode_table = make_opcode_table();

// The entry of an opcode, or null for a number that is none.
constexpr const opcode_entry* find_opcode(pk_opcode op) noexcept {
    const auto index = static_cast<std::size_t>(op);
    return index < opcode_limit && opcode_table[index].name != nullptr ? &opcode_table[index] : nullptr;
}

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_OPERATIONS_HPP
