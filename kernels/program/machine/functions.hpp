// SPDX-License-Identifier: BSD-3-Clause
//
// The functors of steps as numbers, and the functions that machine code calls for them.
#ifndef PICOKERNELS_MACHINE_FUNCTIONS_HPP
#define PICOKERNELS_MACHINE_FUNCTIONS_HPP

#include "../code.hpp"
#include "../operations.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

namespace picokernels::program::machine {

// Constants that machine code needs beside those of the program.
enum class own : std::uint8_t { sign, magnitude, ones, exponent, share, least, greatest, zero, count };
inline constexpr int own_constant_count = static_cast<int>(own::count);
// Their bits, in that order.
std::span<const std::uint64_t, own_constant_count> own_constants() noexcept;

// Each functor once, whatever its form. Those without an instruction come last: the kernels' functions, and in the
// same order those of the C library.
enum class functor : std::uint8_t {
#define PICOKERNELS_NAME(OPCODE, name) name,
    PICOKERNELS_ELEMENTWISE_OPCODES(PICOKERNELS_NAME) PICOKERNELS_PROGRAM_OPCODES(PICOKERNELS_NAME)
#undef PICOKERNELS_NAME
        fast_square,
#define PICOKERNELS_NAME(X, OPCODE, function, ...) function,
    PICOKERNELS_LIBM_UNARY(PICOKERNELS_NAME, ) PICOKERNELS_LIBM_BINARY(PICOKERNELS_NAME, )
#undef PICOKERNELS_NAME
#define PICOKERNELS_NAME(X, OPCODE, function, ...) libm_##function,
        PICOKERNELS_LIBM_UNARY(PICOKERNELS_NAME, ) PICOKERNELS_LIBM_BINARY(PICOKERNELS_NAME, )
#undef PICOKERNELS_NAME
            square,
};

struct functor_step {
    form form_of;
    functor kind;
};
// What the steps with functors are, in the order of `operation`.
inline constexpr functor_step functor_steps[] = {
#define PICOKERNELS_STEP(form_, op, name) {form::form_, functor::op},
    PICOKERNELS_PROGRAM_FUNCTORS(PICOKERNELS_STEP)
#undef PICOKERNELS_STEP
};
inline constexpr std::size_t functor_step_count = sizeof functor_steps / sizeof functor_steps[0];
static_assert(functor_step_count == static_cast<std::size_t>(operation::fused_add));

constexpr bool has_functor(operation op) noexcept { return static_cast<std::size_t>(op) < functor_step_count; }
constexpr functor_step functor_of(operation op) noexcept { return functor_steps[static_cast<std::size_t>(op)]; }

constexpr bool is_kernel_function(functor kind) noexcept { return kind >= functor::sin && kind < functor::libm_sin; }
constexpr bool is_libm(functor kind) noexcept { return kind >= functor::libm_sin && kind < functor::square; }
// The C library's function of a kernel's function.
constexpr functor libm_function(functor kernel) noexcept {
    constexpr int offset = static_cast<int>(functor::libm_sin) - static_cast<int>(functor::sin);
    return static_cast<functor>(static_cast<int>(kernel) + offset);
}

// a * b + c, a * b - c, c - a * b
enum class fusion : std::uint8_t { fused_add, fused_sub, fused_rsub };
struct fused_step {
    fusion kind;
    bool b_is_constant;
    bool c_is_constant;
};
inline constexpr fused_step fused_steps[] = {
#define PICOKERNELS_STEP(functor, name, b, c) {fusion::functor, b, c},
    PICOKERNELS_PROGRAM_FUSED(PICOKERNELS_STEP)
#undef PICOKERNELS_STEP
};
static_assert(functor_step_count + std::size(fused_steps) == static_cast<std::size_t>(operation::sincos));

constexpr bool is_fused(operation op) noexcept {
    return static_cast<std::size_t>(op) - functor_step_count < std::size(fused_steps);
}
constexpr fused_step fused_of(operation op) noexcept {
    return fused_steps[static_cast<std::size_t>(op) - functor_step_count];
}

// Tells what trouble a suspicious result is.
using kind_function = pk_trouble_kind(double a, double b, double result);

// A function that machine code calls, by its address: double(double), or double(double, double), or the kernels'
// functions as step_functions has them.
struct callee {
    const void* address = nullptr; // null: there is none
    kind_function* kind = nullptr; // null: it never fails
    bool takes_batches = false;
};

// The function of a functor that is not a kernel's. Those that the CPU has instructions for have a function only if
// an old CPU needs it.
callee function_of(functor kind) noexcept;

// void(double a, double* sine, double* cosine)
callee sincos_function() noexcept;
// pow(x, 2) where it is not decided otherwise: `square::undecided`.
callee undecided_square_function() noexcept;

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_FUNCTIONS_HPP
