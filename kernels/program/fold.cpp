// SPDX-License-Identifier: BSD-3-Clause
#include "fold.hpp"

#include "functors.hpp"
#include "simplify.hpp"

#include <bit>
#include <cstdint>

namespace picokernels::program {

double truth_bits(bool value) noexcept { return std::bit_cast<double>(value ? ~std::uint64_t{0} : std::uint64_t{0}); }

namespace {

template <class Op> folded fold_with(double a, double b) noexcept {
    constexpr bool is_unary = requires { Op::apply(a); };
    const auto result = [&] {
        if constexpr (is_unary) {
            return Op::apply(a);
        } else {
            return Op::apply(a, b);
        }
    }();
    if constexpr (std::is_same_v<decltype(result), const bool>) {
        return {truth_bits(result), PK_TROUBLE_NONE};
    } else if constexpr (rule<Op>::can_fail) {
        const double right = is_unary ? a : b;
        const bool suspects = rule<Op>::suspects(a, right, result);
        return {result, suspects ? rule<Op>::kind(a, right, result) : PK_TROUBLE_NONE};
    } else {
        return {result, PK_TROUBLE_NONE};
    }
}

// Calls visit with a null pointer to the functor of the operation.
template <class Visit> auto with_functor(pk_opcode op, Visit visit) noexcept {
    switch (static_cast<int>(op)) {
#define PICOKERNELS_CASE(OPCODE, functor)                                                                            \
    case PK_OP_##OPCODE:                                                                                             \
        return visit(static_cast<functor*>(nullptr));
        PICOKERNELS_ELEMENTWISE_OPCODES(PICOKERNELS_CASE)
        PICOKERNELS_PROGRAM_OPCODES(PICOKERNELS_CASE)
#undef PICOKERNELS_CASE
#define PICOKERNELS_CASE(X, OPCODE, function, ...)                                                                   \
    case PK_OP_##OPCODE:                                                                                             \
        return visit(static_cast<libm_##function*>(nullptr));
        PICOKERNELS_LIBM_UNARY(PICOKERNELS_CASE, )
        PICOKERNELS_LIBM_BINARY(PICOKERNELS_CASE, )
#undef PICOKERNELS_CASE
    default: // op_square
        return visit(static_cast<square*>(nullptr));
    }
}

} // namespace

folded fold(pk_opcode op, double a, double b) noexcept {
    return with_functor(op, [=]<class Op>(Op*) { return fold_with<Op>(a, b); });
}

bool can_fail(pk_opcode op) noexcept {
    const opcode_entry* entry = find_opcode(op);
    if (entry != nullptr && !entry->steps.exists) {
        return op == PK_OP_FAIL;
    }
    return with_functor(op, []<class Op>(Op*) { return rule<Op>::can_fail; });
}

} // namespace picokernels::program
