// SPDX-License-Identifier: BSD-3-Clause
//
// The list of peers; and those that are compiled once per ISA. CMake defines PEER_BUILDS: one PEER_BUILD(symbol) for
// each of their objects.
#include "peers.hpp"
#include "operations.hpp"

#include <cstring>

namespace picokernels::bench {

#define PEER_BUILD(symbol) extern const isa_build symbol;
PEER_BUILDS
#undef PEER_BUILD

namespace {

const isa_build* find_build(const char* peer, const char* isa) {
    const isa_build* const builds[] = {
#define PEER_BUILD(symbol) &symbol,
        PEER_BUILDS
#undef PEER_BUILD
        nullptr};
    for (const isa_build* build : builds) {
        if (build != nullptr && std::strcmp(build->peer, peer) == 0 &&
            (isa == nullptr || std::strcmp(build->kernels.isa, isa) == 0)) {
            return build;
        }
    }
    return nullptr;
}

peer built_per_isa(const char* name, const char* missing) {
    const isa_build* const any = find_build(name, nullptr);
    if (any == nullptr) {
        return absent(name, missing);
    }
    return {name,
            any->version,
            "",
            false,
            [name](const char* isa, bool) {
                const isa_build* const build = find_build(name, isa);
                return build == nullptr ? nullptr : &build->kernels;
            },
            nullptr};
}

} // namespace

std::vector<peer> all_peers() {
    peer sleef = built_per_isa("sleef", "SLEEF was not found (Debian: libsleef-dev), or this is not x86-64");
    // Their names tell: u10 is 1.0 ulp, u05 a half.
    sleef.error = [](std::string_view function) {
        return function == "fmod" ? 0 : function == "hypot" ? 0.5 : 1; // NOLINT(*-nested-conditional-operator)
    };
    return {built_per_isa("gcc", "g++ is not installed"),
            built_per_isa("clang", "clang++ is not installed"),
            built_per_isa("gcc_fast", "g++ is not installed"),
            built_per_isa("clang_fast", "clang++ is not installed"),
            built_per_isa("eigen", "Eigen was not found (Debian: libeigen3-dev)"),
            highway(),
            sleef,
            volk(),
            mkl()};
}

} // namespace picokernels::bench
