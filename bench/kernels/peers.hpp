// SPDX-License-Identifier: BSD-3-Clause
//
// The peers of the kernels: libraries and compilers' loops that a user could take instead. Each fills the kernels'
// own table (kernels/isa/table.hpp), with null where it has no such kernel, and is called through it by pointer, as
// libpicokernels is.
#ifndef PICOKERNELS_BENCH_PEERS_HPP
#define PICOKERNELS_BENCH_PEERS_HPP

#include "isa/table.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace picokernels::bench {

struct peer {
    std::string name;        // one word, as in the results: gcc, clang, eigen, highway, sleef, ...
    std::string version;     // of the library or compiler
    std::string missing;     // why it cannot take part; empty if it can
    bool dispatches = false; // chooses its instructions at run time
    // Makes the peer run on that ISA and returns its table; null if it cannot run there. A library that cannot be
    // told its ISA is measured on its own choice, where isa is the best one of this machine.
    std::function<const kernel_table*(const char* isa, bool is_best)> select;
    // The largest error that its documentation states for a function such as sin, in ulp; null if it has no
    // functions.
    std::function<double(std::string_view function)> error;
};

inline peer absent(const char* name, const char* missing) { return {name, "", missing, false, nullptr, nullptr}; }

// What was not found when this was built, or cannot be opened, says so in `missing`.
std::vector<peer> all_peers();
peer highway();
peer volk();
peer mkl();

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_PEERS_HPP
