// SPDX-License-Identifier: BSD-3-Clause
//
// The plain loop: what a user would write instead of calling a library. Compiled at -O3 by GCC and by Clang, once per
// ISA. Nothing says that the arrays are apart, since in place must stay right.
#include "isa_build.hpp"

namespace picokernels::bench {
namespace {

template <class T, class Op> void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = Op::apply(a[i], b[i]);
    }
}

template <class T, class Op> void array_scalar(const T* a, T s, T* out, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = Op::apply(a[i], s);
    }
}

template <class T> constexpr typed_kernels<T> make_kernels() noexcept {
    typed_kernels<T> kernels{};
#define PEER_ENTRY(op) kernels.op = &array_array<T, op>;
    PICOKERNELS_ARRAY_OPERATIONS(PEER_ENTRY)
#undef PEER_ENTRY
#define PEER_ENTRY(op) kernels.op##_scalar = &array_scalar<T, op>;
    PICOKERNELS_SCALAR_OPERATIONS(PEER_ENTRY)
#undef PEER_ENTRY
    return kernels;
}

} // namespace

#if defined(__clang__)
#define PEER_VERSION(text) text(__clang_major__) "." text(__clang_minor__) "." text(__clang_patchlevel__)
#else
#define PEER_VERSION(text) text(__GNUC__) "." text(__GNUC_MINOR__) "." text(__GNUC_PATCHLEVEL__)
#endif

extern const isa_build PEER_BUILD;
constinit const isa_build PEER_BUILD{{PEER_TEXT(PEER_ISA), make_kernels<double>(), make_kernels<float>()},
                                     PEER_VERSION(PEER_TEXT)};

} // namespace picokernels::bench
