// SPDX-License-Identifier: BSD-3-Clause
//
// VOLK, the kernels of GNU Radio, by their dispatchers: those pick an implementation at the first call, and at each
// call its aligned or its unaligned form. VOLK cannot be told an ISA by a program, so it runs on the best one only.
// It has no subtraction and division of doubles, and of the forms with a scalar only two.
#include "absent.hpp"

#if defined(WITH_VOLK)
#include <volk/constants.h> // volk_version
#include <volk/volk.h>
#endif

namespace picokernels::bench {

#if defined(WITH_VOLK)

namespace {

// By address, since the dispatchers are variables, which the first call overwrites.
template <class T, auto* Function> void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    (*Function)(out, a, b, static_cast<unsigned>(n));
}

template <class T, auto* Function> void array_scalar(const T* a, T s, T* out, std::size_t n) noexcept {
    (*Function)(out, a, s, static_cast<unsigned>(n));
}

const kernel_table* select(const char* isa, bool is_best) {
    static kernel_table table{isa, {}, {}};
    table.f32.add = &array_array<float, &volk_32f_x2_add_32f>;
    table.f32.sub = &array_array<float, &volk_32f_x2_subtract_32f>;
    table.f32.mul = &array_array<float, &volk_32f_x2_multiply_32f>;
    table.f32.div = &array_array<float, &volk_32f_x2_divide_32f>;
#if __has_include(<volk/volk_32f_s32f_add_32f.h>) // since 2.5
    table.f32.add_scalar = &array_scalar<float, &volk_32f_s32f_add_32f>;
#endif
    table.f32.mul_scalar = &array_scalar<float, &volk_32f_s32f_multiply_32f>;
    table.f64.add = &array_array<double, &volk_64f_x2_add_64f>;
    table.f64.mul = &array_array<double, &volk_64f_x2_multiply_64f>;
    return is_best ? &table : nullptr;
}

} // namespace

peer volk() { return {"volk", volk_version(), "", true, select}; }

#else

peer volk() { return absent("volk", "VOLK was not found (Debian: libvolk2-dev or libvolk-dev)"); }

#endif

} // namespace picokernels::bench
