// SPDX-License-Identifier: BSD-3-Clause
//
// For callgrind: makes each call once on each ISA, and dumps the count of its instructions as "ISA CALL". The counts
// contain what it takes to make a call; the dump "nothing CALL" has that alone.
#include "support/call_cost.hpp"
#include "support/isas.hpp"

#include <valgrind/callgrind.h>

namespace {

template <class Result, class... Parameters> Result nothing(Parameters...) noexcept { return Result(); }

call_cost::call nothing_instead_of(call_cost::call call) {
    std::visit([]<class Result, class... Parameters>(
                   Result (*& function)(Parameters...) noexcept) { function = &nothing<Result, Parameters...>; },
               call.callee.pointer);
    return call;
}

// Not inlined, so that the same instructions call the kernel and `nothing`.
__attribute__((noinline)) void dump_cost(const call_cost::call& call, const std::string& name) {
    CALLGRIND_ZERO_STATS;
    call_cost::run(call, [] { CALLGRIND_TOGGLE_COLLECT; }, [] { CALLGRIND_TOGGLE_COLLECT; });
    CALLGRIND_DUMP_STATS_AT(name.c_str());
}

} // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): an exception ends the test, as it should
int main() {
    const std::vector<call_cost::call> calls = call_cost::calls();
    for (const call_cost::call& call : calls) {
        dump_cost(nothing_instead_of(call), "nothing " + call.name());
    }
    for (const std::string& isa : tested::available_isas()) {
        pk_set_isa(isa.c_str());
        for (const call_cost::call& call : calls) {
            dump_cost(call, isa + " " + call.name());
        }
    }
}
