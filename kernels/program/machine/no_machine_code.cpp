// SPDX-License-Identifier: BSD-3-Clause
//
// For builds without machine code.
#include "machine_code.hpp"

namespace picokernels::program::machine {

std::unique_ptr<const machine_code> compile(const code&, unsigned) { return nullptr; }

bool is_enabled() noexcept { return false; }

void set_enabled(bool) noexcept {}

} // namespace picokernels::program::machine
