// SPDX-License-Identifier: BSD-3-Clause
#include "operations.hpp"

#include "lesser.hpp"

#include <cmath>

namespace tested {
namespace {

#define TESTED_F64(form_, op, name, value, instructions, speed, ulp)                                                 \
    {"pk_" #name "_f64", form::form_, [](double x, [[maybe_unused]] double y) { return value; },                                   \
     instructions,       speed,       ulp,                                                                           \
     pk_##name##_f64},
constexpr kernel<double> f64_kernels[] = {TESTED_KERNELS(TESTED_F64)};

#define TESTED_F32(form_, op, name, value, instructions, speed, ulp)                                                 \
    {"pk_" #name "_f32", form::form_, [](float x, [[maybe_unused]] float y) { return value; },                                     \
     instructions,       speed,       ulp,                                                                           \
     pk_##name##_f32},
constexpr kernel<float> f32_kernels[] = {TESTED_KERNELS(TESTED_F32)};

} // namespace

template <> std::span<const kernel<double>> kernels() { return f64_kernels; }
template <> std::span<const kernel<float>> kernels() { return f32_kernels; }

} // namespace tested
