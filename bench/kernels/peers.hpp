// SPDX-License-Identifier: BSD-3-Clause
//
// The peers of the kernels: libraries and compilers' loops that a user could take instead. Each fills the kernels'
// own table (kernels/table.hpp), with null where it has no such operation, and is called through it by pointer, as
// libpicokernels is.
#ifndef PICOKERNELS_BENCH_PEERS_HPP
#define PICOKERNELS_BENCH_PEERS_HPP

#include "table.hpp"

#include <string>
#include <vector>

namespace picokernels::bench {

using picokernels::kernel_table;

struct peer {
    std::string name;    // one word, as in the results: gcc, clang, eigen, highway, volk, mkl
    std::string version; // of the library or compiler
    std::string missing; // why it cannot take part; empty if it can
    bool dispatches;     // chooses its instructions at run time
    // Makes the peer run on that ISA and returns its functions; null if it cannot be made to. A library that is not
    // to be forced is measured as it chooses, where isa is the best one of this machine.
    const kernel_table* (*select)(const char* isa, bool is_best);
};

// One a file: peers/NAME.cpp. Those that were not there to build with say so in `missing`.
peer gcc_loop();
peer clang_loop();
peer eigen();
peer highway();
peer volk();
peer mkl();

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_PEERS_HPP
