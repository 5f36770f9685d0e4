// SPDX-License-Identifier: BSD-3-Clause
//
// The bodies of the reductions' C functions. As in ../elementwise/bodies.cpp, short calls are inlined for the
// baseline.
#include "../dispatch/dispatch.hpp"
#include "loop.hpp"

using picokernels::active;

namespace {

template <picokernels::inputs Inputs, class Reduction, class T, class... Arrays>
PICOKERNELS_INLINE T compute(const std::atomic<picokernels::reduction_kernel<Inputs, T>>& long_kernel, size_t n,
                             Arrays... arrays) noexcept {
    const picokernels::reduction<xsimd::default_arch, Inputs, Reduction, T> call{{arrays...}, n};
    if (call.is_short()) [[likely]] {
        return call.run_short();
    }
    return long_kernel.load(std::memory_order_acquire)(arrays..., n);
}

} // namespace

#define PK_PARAMETERS_one_array(T) const T* a
#define PK_PARAMETERS_two_arrays(T) const T *a, const T *b
#define PK_ARGUMENTS_one_array a
#define PK_ARGUMENTS_two_arrays a, b

#define PK_BODY(inputs_, name, T, suffix)                                                                            \
    T pk_##name##_##suffix(PK_PARAMETERS_##inputs_(T), size_t n) noexcept {                                          \
        return compute<picokernels::inputs::inputs_, picokernels::name, T>(active.suffix.name, n,                    \
                                                                           PK_ARGUMENTS_##inputs_);                  \
    }
#define PK_BODIES(inputs_, name) PK_BODY(inputs_, name, double, f64) PK_BODY(inputs_, name, float, f32)

extern "C" {
PICOKERNELS_REDUCTIONS(PK_BODIES)
}
