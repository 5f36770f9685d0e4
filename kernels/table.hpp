// SPDX-License-Identifier: BSD-3-Clause
//
// What an ISA offers: one table of function pointers, made from the operation lists.
#ifndef PICOKERNELS_TABLE_HPP
#define PICOKERNELS_TABLE_HPP

#include "operations.hpp"

#include <cstddef>

namespace picokernels {

template <class T> using array_kernel = void (*)(const T* a, const T* b, T* out, std::size_t n) noexcept;
template <class T> using scalar_kernel = void (*)(const T* a, T s, T* out, std::size_t n) noexcept;

// A function an operation, each in a Slot.
template <class T, template <class> class Slot> struct kernels_in {
#define PICOKERNELS_MEMBER(op) Slot<array_kernel<T>> op;
    PICOKERNELS_ARRAY_OPERATIONS(PICOKERNELS_MEMBER)
#undef PICOKERNELS_MEMBER
#define PICOKERNELS_MEMBER(op) Slot<scalar_kernel<T>> op##_scalar;
    PICOKERNELS_SCALAR_OPERATIONS(PICOKERNELS_MEMBER)
#undef PICOKERNELS_MEMBER
};

template <class Function> using plain_slot = Function;
template <class T> using typed_kernels = kernels_in<T, plain_slot>;

struct kernel_table {
    const char* isa;
    typed_kernels<double> f64;
    typed_kernels<float> f32;
};

// Declared hidden, since a compiler assumes of what is only declared that another library may provide it, and goes
// the long way through the global offset table.
#if defined(__GNUC__)
#define PICOKERNELS_HIDDEN __attribute__((visibility("hidden")))
#else
#define PICOKERNELS_HIDDEN
#endif

// Working sets larger than this go past the caches (bytes; SIZE_MAX where the cache's size is not known). Written
// once, before the first table is handed out, and constant from then on; so kernels may read it without a lock.
PICOKERNELS_HIDDEN extern std::size_t streaming_threshold_bytes;

// One table an ISA, each defined in isa/NAME.cpp, where that file is part of the build.
extern const kernel_table sse2_table;
extern const kernel_table avx2_table;
extern const kernel_table avx512_table;
extern const kernel_table generic_table;

} // namespace picokernels

#endif // PICOKERNELS_TABLE_HPP
