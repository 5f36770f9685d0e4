// SPDX-License-Identifier: BSD-3-Clause
// AVX-512 F, CD, VL, DQ, and BW.
#include "make_table.hpp"

namespace picokernels {
// One number takes three quarters of the time in 256-bit batches.
extern constinit const kernel_table avx512_table = make_table<xsimd::avx512bw, xsimd::fma3<xsimd::avx2>>("avx512");
} // namespace picokernels
