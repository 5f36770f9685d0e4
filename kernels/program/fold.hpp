// SPDX-License-Identifier: BSD-3-Clause
//
// Single operations on constants, as the engines compute them.
#ifndef PICOKERNELS_PROGRAM_FOLD_HPP
#define PICOKERNELS_PROGRAM_FOLD_HPP

#include "picokernels/program.h"

namespace picokernels::program {

struct folded {
    double value = 0; // for a truth value: all bits 1 or all 0
    pk_trouble_kind trouble = PK_TROUBLE_NONE;
};

// The result of an operation that has a functor. b is ignored if the operation has one operand.
folded fold(pk_opcode op, double a, double b) noexcept;

// Whether an operation can fail for any operands.
bool can_fail(pk_opcode op) noexcept;

double truth_bits(bool value) noexcept;

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_FOLD_HPP
