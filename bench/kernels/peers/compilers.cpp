// SPDX-License-Identifier: BSD-3-Clause
//
// compiler_loop.cpp as GCC and Clang compile it. One of them is the project's compiler as a rule; the other one takes
// part if it is there.
#include "absent.hpp"
#include "isa_build.hpp"

namespace picokernels::bench {

#if defined(WITH_GCC_LOOP)
#define PEER_ISA(isa) extern const isa_build gcc_loop_##isa;
PEER_ISAS
#undef PEER_ISA
#endif

#if defined(WITH_CLANG_LOOP)
#define PEER_ISA(isa) extern const isa_build clang_loop_##isa;
PEER_ISAS
#undef PEER_ISA
#endif

namespace {

#if defined(WITH_GCC_LOOP)
constexpr const isa_build* gcc_builds[] = {
#define PEER_ISA(isa) &gcc_loop_##isa,
    PEER_ISAS
#undef PEER_ISA
};
#endif

#if defined(WITH_CLANG_LOOP)
constexpr const isa_build* clang_builds[] = {
#define PEER_ISA(isa) &clang_loop_##isa,
    PEER_ISAS
#undef PEER_ISA
};
#endif

} // namespace

peer gcc_loop() {
#if defined(WITH_GCC_LOOP)
    return {"gcc", gcc_builds[0]->version, "", false,
            [](const char* isa, bool) { return kernels_for(isa, gcc_builds); }};
#else
    return absent("gcc", "g++ is not installed");
#endif
}

peer clang_loop() {
#if defined(WITH_CLANG_LOOP)
    return {"clang", clang_builds[0]->version, "", false,
            [](const char* isa, bool) { return kernels_for(isa, clang_builds); }};
#else
    return absent("clang", "clang++ is not installed");
#endif
}

} // namespace picokernels::bench
