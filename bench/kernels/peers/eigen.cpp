// SPDX-License-Identifier: BSD-3-Clause
//
// Eigen, as eigen_loop.cpp uses it.
#include "absent.hpp"
#include "isa_build.hpp"

namespace picokernels::bench {

#if defined(WITH_EIGEN)

#define PEER_ISA(isa) extern const isa_build eigen_##isa;
PEER_ISAS
#undef PEER_ISA

namespace {

constexpr const isa_build* builds[] = {
#define PEER_ISA(isa) &eigen_##isa,
    PEER_ISAS
#undef PEER_ISA
};

} // namespace

peer eigen() {
    return {"eigen", builds[0]->version, "", false, [](const char* isa, bool) { return kernels_for(isa, builds); }};
}

#else

peer eigen() { return absent("eigen", "Eigen was not found (Debian: libeigen3-dev)"); }

#endif

} // namespace picokernels::bench
