// SPDX-License-Identifier: BSD-3-Clause
//
// What a peer's source leaves behind that is compiled once per ISA, with that ISA's flags: the constant PEER_BUILD,
// and nothing else that the linker could hand to other files. CMake defines PEER and PEER_ISA there, and for the
// other sources PEER_ISAS: one PEER_ISA(name) after the other, for whatever PEER_ISA is defined as.
#ifndef PICOKERNELS_BENCH_PEERS_ISA_BUILD_HPP
#define PICOKERNELS_BENCH_PEERS_ISA_BUILD_HPP

#include "table.hpp"

#include <cstring>
#include <span>

namespace picokernels::bench {

struct isa_build {
    kernel_table kernels;
    const char* version; // of what it was built with
};

inline const kernel_table* kernels_for(const char* isa, std::span<const isa_build* const> builds) {
    for (const isa_build* build : builds) {
        if (std::strcmp(build->kernels.isa, isa) == 0) {
            return &build->kernels;
        }
    }
    return nullptr;
}

} // namespace picokernels::bench

#define PEER_TEXT_OF(x) #x
#define PEER_TEXT(x) PEER_TEXT_OF(x)
#define PEER_PASTE_OF(x, y) x##_##y
#define PEER_PASTE(x, y) PEER_PASTE_OF(x, y)
#define PEER_BUILD PEER_PASTE(PEER, PEER_ISA)

#endif // PICOKERNELS_BENCH_PEERS_ISA_BUILD_HPP
