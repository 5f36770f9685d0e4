// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_BENCH_PEERS_ABSENT_HPP
#define PICOKERNELS_BENCH_PEERS_ABSENT_HPP

#include "peers.hpp"

namespace picokernels::bench {

inline peer absent(const char* name, const char* missing) {
    return {name, "", missing, false, [](const char*, bool) -> const kernel_table* { return nullptr; }};
}

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_PEERS_ABSENT_HPP
