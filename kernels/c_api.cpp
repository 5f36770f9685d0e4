// SPDX-License-Identifier: BSD-3-Clause
//
// The bodies of the C ABI. Up to a few 128-bit batches there is nothing to choose: every ISA would run the same
// 128-bit instructions, so the baseline's are inlined here. What is longer jumps to the active ISA's function.
// (Measured at n = 4: the jump costs 0.3 to 0.5 ns of 2.2.)
#include "dispatch.hpp"
#include "kernel.hpp"

#include <algorithm>

using picokernels::active;

namespace {

using picokernels::array_operand;
using picokernels::scalar_operand;

// long_kernel() is that jump.
template <class Op, class T, class Right, class Call>
PICOKERNELS_INLINE void compute(const T* a, Right b, T* out, size_t n, Call long_kernel) noexcept {
    picokernels::elementwise<xsimd::default_arch, Op, T, Right> call{a, b, out, n};
    if (call.is_short()) [[likely]] {
        call.run_short();
    } else {
        long_kernel();
    }
}

} // namespace

extern "C" {

#define PK_ARRAY_KERNEL(op)                                                                                          \
    void pk_##op##_f64(const double* a, const double* b, double* out, size_t n) noexcept {                           \
        compute<picokernels::op>(a, array_operand<double>{b}, out, n,                                                \
                                 [&] { active.f64.op.load(std::memory_order_acquire)(a, b, out, n); });              \
    }                                                                                                                \
    void pk_##op##_f32(const float* a, const float* b, float* out, size_t n) noexcept {                              \
        compute<picokernels::op>(a, array_operand<float>{b}, out, n,                                                 \
                                 [&] { active.f32.op.load(std::memory_order_acquire)(a, b, out, n); });              \
    }
PICOKERNELS_ARRAY_OPERATIONS(PK_ARRAY_KERNEL)
#undef PK_ARRAY_KERNEL

#define PK_SCALAR_KERNEL(op)                                                                                         \
    void pk_##op##_scalar_f64(const double* a, double s, double* out, size_t n) noexcept {                           \
        compute<picokernels::op>(a, scalar_operand<double>{s}, out, n,                                               \
                                 [&] { active.f64.op##_scalar.load(std::memory_order_acquire)(a, s, out, n); });     \
    }                                                                                                                \
    void pk_##op##_scalar_f32(const float* a, float s, float* out, size_t n) noexcept {                              \
        compute<picokernels::op>(a, scalar_operand<float>{s}, out, n,                                                \
                                 [&] { active.f32.op##_scalar.load(std::memory_order_acquire)(a, s, out, n); });     \
    }
PICOKERNELS_SCALAR_OPERATIONS(PK_SCALAR_KERNEL)
#undef PK_SCALAR_KERNEL

const char* pk_isa() noexcept { return picokernels::active_table().isa; }

size_t pk_available_isas(const char** names, size_t capacity) noexcept {
    const auto tables = picokernels::available_tables();
    for (size_t i = 0; i < std::min(capacity, tables.size()); ++i) {
        names[i] = tables[i]->isa;
    }
    return tables.size();
}

pk_status pk_set_isa(const char* name) noexcept { return picokernels::set_active_isa(name); }

pk_status pk_isa_request(const char** name) noexcept { return picokernels::environment_request(name); }

const char* pk_status_message(pk_status status) noexcept {
    switch (status) {
    case PK_OK:
        return "no error";
    case PK_ERROR_UNKNOWN_ISA:
        return "no ISA of that name is built into libpicokernels";
    case PK_ERROR_UNSUPPORTED_ISA:
        return "this CPU or operating system does not support that ISA";
    }
    return "unknown status";
}

#define PK_TEXT_OF(x) #x
#define PK_TEXT(x) PK_TEXT_OF(x)
const char* pk_version() noexcept {
    return PK_TEXT(PICOKERNELS_VERSION_MAJOR) "." PK_TEXT(PICOKERNELS_VERSION_MINOR) "." PK_TEXT(
        PICOKERNELS_VERSION_PATCH);
}

} // extern "C"
