// SPDX-License-Identifier: BSD-3-Clause
//
// To be run under callgrind: makes each call once on each ISA, and has the count of its instructions dumped as "ISA
// CALL". The counts contain what it takes to make a call; "nothing CALL" tells how much that is.
#include "call_cost.hpp"

#include <valgrind/callgrind.h>

namespace {

template <class... Parameters> void nothing(Parameters...) {}

call_cost::call nothing_instead_of(call_cost::call call) {
    std::visit([]<class... Parameters>(void (*& function)(Parameters...)) { function = &nothing<Parameters...>; },
               call.callee.pointer);
    return call;
}

// Not inlined, so that nothing and something are called by the same instructions.
__attribute__((noinline)) void dump_cost(const call_cost::call& call, const std::string& name) {
    CALLGRIND_ZERO_STATS;
    call_cost::run(call, [] { CALLGRIND_TOGGLE_COLLECT; }, [] { CALLGRIND_TOGGLE_COLLECT; });
    CALLGRIND_DUMP_STATS_AT(name.c_str());
}

} // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what is thrown here ends the test, as it should
int main() {
    const std::vector<call_cost::call> calls = call_cost::calls();
    for (const call_cost::call& call : calls) {
        dump_cost(nothing_instead_of(call), "nothing " + call.name());
    }
    for (const std::string& isa : call_cost::available_isas()) {
        pk_set_isa(isa.c_str());
        for (const call_cost::call& call : calls) {
            dump_cost(call, isa + " " + call.name());
        }
    }
}
