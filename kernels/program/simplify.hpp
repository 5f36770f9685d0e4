// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_PROGRAM_SIMPLIFY_HPP
#define PICOKERNELS_PROGRAM_SIMPLIFY_HPP

#include "operations.hpp"
#include "picokernels/program.h"

#include <cstdint>
#include <span>
#include <vector>

namespace picokernels::program {

inline constexpr std::int32_t no_node = -1;
// Operations that lists can't have. pow(x, 2) where the functor `square` has its bits, or in fast programs.
inline constexpr auto op_square = static_cast<pk_opcode>(opcode_limit);

// Of fast programs: a * b + c, a * b - c, c - a * b.
inline constexpr auto op_fused_add = static_cast<pk_opcode>(opcode_limit + 2);
inline constexpr auto op_fused_sub = static_cast<pk_opcode>(opcode_limit + 3);
inline constexpr auto op_fused_rsub = static_cast<pk_opcode>(opcode_limit + 4);
// A branch that became straight code.
inline constexpr auto op_nothing = static_cast<pk_opcode>(opcode_limit + 1);

// An instruction after simplification. a, b, and c are indices of nodes, with these exceptions:
//
//   PK_OP_INPUT      a is the number of the input
//   PK_OP_FAIL       a is the kind of trouble
//   PK_OP_IF         a is the condition, b the node PK_OP_ELSE (each branch has one), c the node PK_OP_END
//   PK_OP_ELSE, PK_OP_END   a is the node PK_OP_IF
//   PK_OP_RESULT     c is the node PK_OP_IF
//
// Constants and inputs are nodes too, but take no place in the order of the others.
struct node {
    pk_opcode op;
    bool checked = false; // reports trouble
    std::int32_t a = no_node;
    std::int32_t b = no_node;
    std::int32_t c = no_node;
    double value = 0;               // of a constant; of a truth value: all bits 1 or all 0
    std::uint32_t source = 0;       // index in the user's list
    std::int32_t partner = no_node; // sine and cosine of one value: the other one
    bool is_needed = false;         // for an output or for trouble
};

struct graph {
    std::vector<node> nodes;
    std::vector<std::int32_t> outputs;
    std::uint32_t inputs = 0;
    bool is_fast = false;
};

// Simplifies a list that check() has accepted. Keeps all bits, unless PK_PROGRAM_FAST is among the options, and all
// trouble, unless PK_PROGRAM_NO_TROUBLE is.
graph simplify(std::span<const pk_instruction> list, unsigned options);

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_SIMPLIFY_HPP
