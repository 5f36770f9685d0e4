// SPDX-License-Identifier: BSD-3-Clause
// The baseline of x86-64.
#include "make_table.hpp"

namespace picokernels {
extern constinit const kernel_table sse2_table = make_table<xsimd::sse2>("sse2");
} // namespace picokernels
