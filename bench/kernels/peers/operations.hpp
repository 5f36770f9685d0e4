// SPDX-License-Identifier: BSD-3-Clause
//
// How a peer says what it has. After `template <class Op> struct expression;`, PEER_EXPRESSION(div, x / y) is what
// its users write for an operation. Operations of one operand leave y out. Operations without an expression have no
// kernel. In the same way, after `template <class Op> struct reduced;`, PEER_REDUCTION(sum, x.sum()) is what they
// write for a reduction of n elements.
#ifndef PICOKERNELS_BENCH_PEERS_OPERATIONS_HPP
#define PICOKERNELS_BENCH_PEERS_OPERATIONS_HPP

#include "isa/table.hpp"

namespace picokernels::bench {

// The operations as types.
namespace op {
#define PEER_TYPE(form_, op_, name) struct op_;
PICOKERNELS_KERNELS(PEER_TYPE)
#undef PEER_TYPE
#define PEER_TYPE(inputs_, name) struct name;
PICOKERNELS_REDUCTIONS(PEER_TYPE)
#undef PEER_TYPE
} // namespace op

template <class Type>
concept complete = requires { sizeof(Type); };

// A peer that is compiled once per ISA, with that ISA's flags.
struct isa_build {
    const char* peer;
    const char* version; // of the compiler or library
    kernel_table kernels;
};

} // namespace picokernels::bench

#if !defined(PEER_INLINE)
#define PEER_INLINE inline
#endif
#define PEER_EXPRESSION(op_, value)                                                                                  \
    template <> struct expression<op::op_> {                                                                         \
        template <class X, class Y>                                                                                  \
        static PEER_INLINE auto of([[maybe_unused]] const X& x, [[maybe_unused]] const Y& y) {                       \
            return value;                                                                                            \
        }                                                                                                            \
    };

#define PEER_REDUCTION(op_, value)                                                                                   \
    template <> struct reduced<op::op_> {                                                                            \
        template <class X, class Y>                                                                                  \
        static PEER_INLINE auto of([[maybe_unused]] const X& x, [[maybe_unused]] const Y& y,                         \
                                   [[maybe_unused]] std::size_t n) {                                                 \
            return value;                                                                                            \
        }                                                                                                            \
    };

#endif // PICOKERNELS_BENCH_PEERS_OPERATIONS_HPP
