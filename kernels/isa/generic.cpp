// SPDX-License-Identifier: BSD-3-Clause
// xsimd's default, for architectures without an ISA file of their own.
#include "make_table.hpp"

namespace picokernels {
extern constinit const kernel_table generic_table = make_table<xsimd::default_arch>("generic");
} // namespace picokernels
