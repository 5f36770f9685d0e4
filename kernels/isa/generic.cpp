// SPDX-License-Identifier: BSD-3-Clause
// whatever xsimd takes for the default on an architecture without ISA files of its own.
#include "../kernel.hpp"

namespace picokernels {
constinit const kernel_table generic_table = make_table<xsimd::default_arch>("generic");
} // namespace picokernels
