// SPDX-License-Identifier: BSD-3-Clause
//
// The operations: one functor each, for scalars and batches alike, and the lists from which the kernel tables and
// the C ABI's bodies are made. A new operation is a functor and an entry in a list (and its lines in the header).
#ifndef PICOKERNELS_OPERATIONS_HPP
#define PICOKERNELS_OPERATIONS_HPP

// What an ISA's translation unit leaves behind as an out-of-line symbol, the linker may hand to every caller, also
// on CPUs without that ISA. Hence everything here is inlined even in debug builds, and of internal linkage.
#if defined(__GNUC__)
#define PICOKERNELS_INLINE inline __attribute__((always_inline))
#else
#define PICOKERNELS_INLINE inline
#endif

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose, see above
namespace {

// An operation that takes several cycles a batch, however short the batch, is slow.
struct add {
    static constexpr bool is_slow = false;
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a + b; }
};
struct sub {
    static constexpr bool is_slow = false;
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a - b; }
};
struct mul {
    static constexpr bool is_slow = false;
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a * b; }
};
struct div {
    static constexpr bool is_slow = true;
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return a / b; }
};
// The reversed forms, for a scalar on the left: s - a[i], s / a[i].
struct rsub {
    static constexpr bool is_slow = false;
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return b - a; }
};
struct rdiv {
    static constexpr bool is_slow = true;
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b) noexcept { return b / a; }
};

} // namespace
} // namespace picokernels

// Names of exported C functions can only be pasted by the preprocessor; these two lists are the only macros that
// stand for code.
#define PICOKERNELS_ARRAY_OPERATIONS(X) X(add) X(sub) X(mul) X(div)
#define PICOKERNELS_SCALAR_OPERATIONS(X) X(add) X(sub) X(mul) X(div) X(rsub) X(rdiv)

#endif // PICOKERNELS_OPERATIONS_HPP
