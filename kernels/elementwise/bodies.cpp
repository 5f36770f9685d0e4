// SPDX-License-Identifier: BSD-3-Clause
//
// The bodies of the elementwise C functions. Short calls are inlined here for the baseline, because every ISA would
// run the same 128-bit instructions. Longer ones jump to the active ISA's function. (At n = 4 the jump costs 0.3 to
// 0.5 ns of 2.2.)
#include "../dispatch/dispatch.hpp"
#include "loop.hpp"

using picokernels::active;

namespace {

// right: the right-hand operand, or nothing for a unary operation.
template <picokernels::form Form, class Op, class T, class... Right>
PICOKERNELS_INLINE void compute(const std::atomic<picokernels::kernel<Form, T>>& long_kernel, const T* a, T* out,
                                size_t n, Right... right) noexcept {
    picokernels::elementwise<xsimd::default_arch, Form, Op, T> call{a, {right...}, out, n};
    if (call.is_short()) [[likely]] {
        call.run_short();
    } else {
        long_kernel.load(std::memory_order_acquire)(a, right..., out, n);
    }
}

} // namespace

// The right-hand operand of a form, as parameter and as argument.
#define PK_PARAMETER_unary(T)
#define PK_PARAMETER_array_array(T) const T *b,
#define PK_PARAMETER_array_scalar(T) T b,
#define PK_PARAMETER_scalar_array(T) T b,
#define PK_ARGUMENT_unary
#define PK_ARGUMENT_array_array , b
#define PK_ARGUMENT_array_scalar , b
#define PK_ARGUMENT_scalar_array , b

#define PK_BODY(form_, op, name, T, suffix)                                                                          \
    void pk_##name##_##suffix(const T* a, PK_PARAMETER_##form_(T) T* out, size_t n) noexcept {                       \
        compute<picokernels::form::form_, picokernels::op>(active.suffix.name, a, out, n PK_ARGUMENT_##form_);       \
    }
#define PK_BODIES(form_, op, name) PK_BODY(form_, op, name, double, f64) PK_BODY(form_, op, name, float, f32)

extern "C" {
PICOKERNELS_KERNELS(PK_BODIES)
}
