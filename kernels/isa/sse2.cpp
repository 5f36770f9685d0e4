// SPDX-License-Identifier: BSD-3-Clause
// x86-64's baseline.
#include "../kernel.hpp"

namespace picokernels {
constinit const kernel_table sse2_table = make_table<xsimd::sse2>("sse2");
} // namespace picokernels
