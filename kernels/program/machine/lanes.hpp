// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_MACHINE_LANES_HPP
#define PICOKERNELS_MACHINE_LANES_HPP

#include "compiler.hpp"

#include <cstdint>
#include <span>

namespace picokernels::program::machine {

struct lanes_code {
    block_function* block;
    std::size_t size;
    std::size_t batch; // in lanes
};

// Whether lanes can be machine code. Otherwise the interpreter runs them: the ISA is SSE2, or so many values are
// alive that the stack would be too large.
bool can_compile_lanes(const code& program, const target& made_for) noexcept;

// Writes machine code for lanes. Throws Xbyak::Error if the memory is too small.
lanes_code compile_lanes(const code& program, std::span<const next_uses> uses, const target& made_for,
                         std::span<std::uint8_t> memory);

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_LANES_HPP
