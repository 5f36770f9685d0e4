// SPDX-License-Identifier: BSD-3-Clause
// The baseline of aarch64.
#include "make_table.hpp"

namespace picokernels {
extern constinit const kernel_table neon_table = make_table<xsimd::neon64>("neon");
} // namespace picokernels
