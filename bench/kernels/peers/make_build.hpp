// SPDX-License-Identifier: BSD-3-Clause
//
// Makes the one visible symbol of a peer that is compiled once per ISA, for example eigen_avx2. The peer's source
// includes this last. Before, it defines expressions and reductions (operations.hpp), PEER_VERSION, and two
// functions:
//   operand(a, n)                what an array is in an expression
//   evaluate<Op>(out, n, x, y)   out = expression<Op> of x and y, which are operands or numbers
#ifndef PICOKERNELS_BENCH_PEERS_MAKE_BUILD_HPP
#define PICOKERNELS_BENCH_PEERS_MAKE_BUILD_HPP

#include "operations.hpp"

namespace picokernels::bench {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): the linker must not merge several ISAs' copies
namespace {

template <class Op, class T> void unary(const T* a, T* out, std::size_t n) noexcept {
    evaluate<Op>(out, n, operand(a, n), operand(a, n));
}
template <class Op, class T> void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    evaluate<Op>(out, n, operand(a, n), operand(b, n));
}
template <class Op, class T> void array_scalar(const T* a, T s, T* out, std::size_t n) noexcept {
    evaluate<Op>(out, n, operand(a, n), s);
}
template <class Op, class T> void scalar_array(const T* a, T s, T* out, std::size_t n) noexcept {
    evaluate<Op>(out, n, s, operand(a, n));
}

template <class Op, class T> T one_array(const T* a, std::size_t n) noexcept {
    return reduced<Op>::of(operand(a, n), operand(a, n), n);
}
template <class Op, class T> T two_arrays(const T* a, const T* b, std::size_t n) noexcept {
    return reduced<Op>::of(operand(a, n), operand(b, n), n);
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): the same lines for each kernel
template <class T> constexpr typed_kernels<T> make_kernels() noexcept {
    typed_kernels<T> kernels{};
#define PEER_ENTRY(form_, op_, name)                                                                                 \
    if constexpr (complete<expression<op::op_>>) {                                                                   \
        kernels.name = &form_<op::op_, T>;                                                                           \
    }
    PICOKERNELS_KERNELS(PEER_ENTRY)
#undef PEER_ENTRY
#define PEER_ENTRY(inputs_, name)                                                                                    \
    if constexpr (complete<reduced<op::name>>) {                                                                     \
        kernels.name = &inputs_<op::name, T>;                                                                        \
    }
    PICOKERNELS_REDUCTIONS(PEER_ENTRY)
#undef PEER_ENTRY
    return kernels;
}

} // namespace

#define PEER_TEXT_OF(x) #x
#define PEER_TEXT(x) PEER_TEXT_OF(x)
#define PEER_PASTE_OF(x, y) x##_##y
#define PEER_PASTE(x, y) PEER_PASTE_OF(x, y)
#define PEER_BUILD PEER_PASTE(PEER, ISA)

extern const isa_build PEER_BUILD;
// NOLINTNEXTLINE(misc-definitions-in-headers): one file for each value of the macro includes this
constinit const isa_build PEER_BUILD{
    PEER_TEXT(PEER), PEER_VERSION(PEER_TEXT), {PEER_TEXT(ISA), make_kernels<double>(), make_kernels<float>()}};

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_PEERS_MAKE_BUILD_HPP
