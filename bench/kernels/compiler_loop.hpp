// SPDX-License-Identifier: BSD-3-Clause
//
// A plain loop per operation, compiled once for each ISA: what a user would write instead of calling the library.
#ifndef PICOKERNELS_BENCH_COMPILER_LOOP_HPP
#define PICOKERNELS_BENCH_COMPILER_LOOP_HPP

#include <cstddef>

template <class T> using array_function = void (*)(const T* a, const T* b, T* out, std::size_t n) noexcept;

struct compiler_loops {
    const char* isa;
    array_function<double> add_f64, sub_f64, mul_f64, div_f64;
    array_function<float> add_f32, sub_f32, mul_f32, div_f32;
};

extern const compiler_loops compiler_loops_sse2;
extern const compiler_loops compiler_loops_avx2;
extern const compiler_loops compiler_loops_avx512;
extern const compiler_loops compiler_loops_generic;

#endif // PICOKERNELS_BENCH_COMPILER_LOOP_HPP
