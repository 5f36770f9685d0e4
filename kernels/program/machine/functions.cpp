// SPDX-License-Identifier: BSD-3-Clause
#include "functions.hpp"

#include "../functors.hpp"

#include <bit>

namespace picokernels::program::machine {

namespace {

template <class Op> constexpr kind_function* kind_of() noexcept {
    if constexpr (rule<Op>::can_fail) {
        return &rule<Op>::kind;
    } else {
        return nullptr;
    }
}

using unary_function = double(double);
using binary_function = double(double, double);

template <class Op> callee unary(unary_function* function) noexcept {
    return {reinterpret_cast<const void*>(function), kind_of<Op>()};
}
template <class Op> callee binary(binary_function* function) noexcept {
    return {reinterpret_cast<const void*>(function), kind_of<Op>()};
}

// The functors for the baseline.
template <class Op> double apply(double a) noexcept { return Op::apply(a); }

#if !defined(__GLIBC__)
void sine_and_cosine(double a, double* sine, double* cosine) noexcept {
    const sine_cosine result = libm_sincos(a);
    *sine = result.sine;
    *cosine = result.cosine;
}
#endif

} // namespace

std::span<const std::uint64_t, own_constant_count> own_constants() noexcept {
    static constexpr std::uint64_t bits[own_constant_count] = {
        0x8000000000000000U, // sign
        0x7fffffffffffffffU, // magnitude
        0xffffffffffffffffU, // ones
        0x7ff0000000000000U, // exponent
        std::bit_cast<std::uint64_t>(square::share),
        std::bit_cast<std::uint64_t>(square::least),
        std::bit_cast<std::uint64_t>(square::greatest),
        0, // zero
    };
    return bits;
}

callee function_of(functor kind) noexcept {
    switch (kind) {
#define PICOKERNELS_CASE(X, OPCODE, function, ...)                                                                   \
    case functor::libm_##function:                                                                                   \
        return unary<libm_##function>(static_cast<unary_function*>(&::function));
        PICOKERNELS_LIBM_UNARY(PICOKERNELS_CASE, )
#undef PICOKERNELS_CASE
#define PICOKERNELS_CASE(X, OPCODE, function)                                                                        \
    case functor::libm_##function:                                                                                   \
        return binary<libm_##function>(static_cast<binary_function*>(&::function));
        PICOKERNELS_LIBM_BINARY(PICOKERNELS_CASE, )
#undef PICOKERNELS_CASE
    case functor::floor:
        return unary<floor>(&apply<floor>);
    case functor::ceil:
        return unary<ceil>(&apply<ceil>);
    case functor::trunc:
        return unary<trunc>(&apply<trunc>);
    case functor::square:
        return unary<square>(&apply<square>);
    default:
        return {};
    }
}

callee sincos_function() noexcept {
#if defined(__GLIBC__)
    return {reinterpret_cast<const void*>(&::sincos), kind_of<libm_sin>()};
#else
    return {reinterpret_cast<const void*>(&sine_and_cosine), kind_of<libm_sin>()};
#endif
}

callee undecided_square_function() noexcept { return unary<square>(&square::undecided); }

} // namespace picokernels::program::machine
