// SPDX-License-Identifier: BSD-3-Clause
//
// VOLK, the kernels of GNU Radio, by their dispatchers. Those pick an implementation at the first call, and its
// aligned or unaligned variant at each call. A program cannot tell VOLK an ISA, so it runs on the best one only. Its
// minimum and maximum are one instruction: of two zeros, or of a number and a nan, they return any.
#include "peers.hpp"

#if defined(WITH_VOLK)
#include <volk/constants.h> // volk_version
#include <volk/volk.h>
#endif

namespace picokernels::bench {

#if defined(WITH_VOLK)

namespace {

// By address, because the dispatchers are variables, which the first call overwrites.
template <class T, auto* Function> void unary(const T* a, T* out, std::size_t n) noexcept {
    (*Function)(out, a, static_cast<unsigned>(n));
}
template <class T, auto* Function> void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    (*Function)(out, a, b, static_cast<unsigned>(n));
}
template <class T, auto* Function> void array_scalar(const T* a, T s, T* out, std::size_t n) noexcept {
    (*Function)(out, a, s, static_cast<unsigned>(n));
}

template <class T, auto* Function> T one_array(const T* a, std::size_t n) noexcept {
    T result = 0;
    (*Function)(&result, a, static_cast<unsigned>(n));
    return result;
}
template <class T, auto* Function> T two_arrays(const T* a, const T* b, std::size_t n) noexcept {
    T result = 0;
    (*Function)(&result, a, b, static_cast<unsigned>(n));
    return result;
}

// What VOLK lacks stays null.
constexpr typed_kernels<double> f64() {
    typed_kernels<double> kernels{};
    kernels.add = &array_array<double, &volk_64f_x2_add_64f>;
    kernels.mul = &array_array<double, &volk_64f_x2_multiply_64f>;
    kernels.minimum = &array_array<double, &volk_64f_x2_min_64f>;
    kernels.maximum = &array_array<double, &volk_64f_x2_max_64f>;
    return kernels;
}

constexpr typed_kernels<float> f32() {
    typed_kernels<float> kernels{};
    kernels.add = &array_array<float, &volk_32f_x2_add_32f>;
#if __has_include(<volk/volk_32f_s32f_add_32f.h>) // since 2.5
    kernels.add_scalar = &array_scalar<float, &volk_32f_s32f_add_32f>;
#endif
    kernels.sub = &array_array<float, &volk_32f_x2_subtract_32f>;
    kernels.mul = &array_array<float, &volk_32f_x2_multiply_32f>;
    kernels.mul_scalar = &array_scalar<float, &volk_32f_s32f_multiply_32f>;
    kernels.div = &array_array<float, &volk_32f_x2_divide_32f>;
    kernels.minimum = &array_array<float, &volk_32f_x2_min_32f>;
    kernels.maximum = &array_array<float, &volk_32f_x2_max_32f>;
    kernels.sqrt = &unary<float, &volk_32f_sqrt_32f>;
    kernels.sum = &one_array<float, &volk_32f_accumulator_s32f>;
    kernels.dot = &two_arrays<float, &volk_32f_x2_dot_prod_32f>;
    return kernels;
}

} // namespace

peer volk() {
    static constexpr kernel_table table{"", f64(), f32()};
    return {"volk", volk_version(), "", true, [](const char*, bool is_best) { return is_best ? &table : nullptr; },
            nullptr};
}

#else

peer volk() { return absent("volk", "VOLK was not found (Debian: libvolk2-dev or libvolk-dev)"); }

#endif

} // namespace picokernels::bench
