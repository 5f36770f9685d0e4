// SPDX-License-Identifier: BSD-3-Clause
// AVX2 with FMA.
#include "make_table.hpp"

namespace picokernels {
extern constinit const kernel_table avx2_table = make_table<xsimd::fma3<xsimd::avx2>>("avx2");
} // namespace picokernels
