// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_MACHINE_POINT_HPP
#define PICOKERNELS_MACHINE_POINT_HPP

#include "compiler.hpp"

#include <cstdint>
#include <span>

namespace picokernels::program::machine {

struct point_code {
    point_function* point;
    repeat_function* repeat;
    std::size_t size;
};

// Writes machine code for one point. Throws Xbyak::Error if the memory is too small.
point_code compile_point(const code& program, std::span<const next_uses> uses, const target& made_for,
                         std::span<std::uint8_t> memory);

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_POINT_HPP
