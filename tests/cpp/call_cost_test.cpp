// SPDX-License-Identifier: BSD-3-Clause
//
// No call costs more instructions than its batches need, on any ISA of this CPU. The trap flag counts them, so
// neither the clock nor other processes matter.
#include "support/call_cost.hpp"
#include "support/isas.hpp"
#include "support/single_step.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace {

// From the function's first instruction to the one after its return.
volatile std::uintptr_t entry = 0;
volatile std::uintptr_t return_address = 0; // 0 outside of the function
volatile std::sig_atomic_t steps = 0;

void on_step(int, siginfo_t*, void* context) {
    const auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto at = static_cast<std::uintptr_t>(registers[REG_RIP]);
    if (at == entry) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the stack pointer comes as an integer
        return_address = *reinterpret_cast<const std::uintptr_t*>(registers[REG_RSP]);
    } else if (at == return_address) {
        return_address = 0;
    }
    if (return_address != 0) {
        steps = steps + 1;
    }
}

int instructions_of(const call_cost::call& call) {
    entry = reinterpret_cast<std::uintptr_t>(call.callee.address());
    steps = 0;
    {
        const single_step stepping(&on_step);
        call_cost::run(call, [] {}, [] {});
    }
    return steps;
}

class CallCost : public testing::TestWithParam<tested::isa> {};

TEST_P(CallCost, is_bounded_by_the_number_of_batches) {
    const std::string isa(GetParam().name);
    if (pk_set_isa(isa.c_str()) != PK_OK) {
        GTEST_SKIP() << "this CPU (or this build) has no " << isa;
    }
    std::vector<call_cost::count> counts;
    for (const call_cost::call& call : call_cost::calls()) {
        counts.push_back({call, instructions_of(call)});
    }
    const std::string verdict = call_cost::verdict(isa, counts);
    EXPECT_TRUE(verdict.empty()) << verdict;
    pk_set_isa(tested::available_isas().front().c_str());
}

INSTANTIATE_TEST_SUITE_P(Isa, CallCost, testing::ValuesIn(tested::isas),
                         [](const auto& test) { return std::string(test.param.name); });

} // namespace
