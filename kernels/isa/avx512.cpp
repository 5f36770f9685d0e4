// SPDX-License-Identifier: BSD-3-Clause
// AVX-512 F, CD, VL, DQ, and BW.
#include "make_table.hpp"

namespace picokernels {
extern constinit const kernel_table avx512_table = make_table<xsimd::avx512bw>("avx512");
} // namespace picokernels
