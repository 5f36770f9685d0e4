// SPDX-License-Identifier: BSD-3-Clause
//
// Proof that the ISA that was chosen is the one that runs. The CPU's trap flag single-steps a call, and the first
// byte of every instruction tells its encoding.
#include "picokernels/picokernels.h"
#include "support/isas.hpp"
#include "support/single_step.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace {

volatile std::sig_atomic_t steps = 0;
volatile std::sig_atomic_t vex = 0;
volatile std::sig_atomic_t evex = 0;

void on_step(int, siginfo_t*, void* context) {
    const auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the instruction pointer comes as an integer
    const auto encoding = tested::encoding_of(*reinterpret_cast<const unsigned char*>(registers[REG_RIP]));
    steps = steps + 1;
    vex = vex + (encoding == tested::encoding::vex ? 1 : 0);
    evex = evex + (encoding == tested::encoding::evex ? 1 : 0);
}

struct encodings {
    int steps, vex, evex;
};

encodings executed_by_add(std::size_t n) {
    std::vector<double> a(n, 1.0);
    std::vector<double> out(n);
    pk_add_f64(a.data(), a.data(), out.data(), n); // binds the symbol, so that the dynamic linker is not counted

    steps = 0;
    vex = 0;
    evex = 0;
    {
        const single_step stepping(&on_step);
        pk_add_f64(a.data(), a.data(), out.data(), n);
    }
    EXPECT_EQ(out, std::vector<double>(n, 2.0));
    return {steps, vex, evex};
}

TEST(ExecutedInstructions, are_those_of_the_forced_isa) {
    constexpr int n = 200;
    for (const std::string& name : tested::available_isas()) {
        SCOPED_TRACE(name);
        ASSERT_EQ(pk_set_isa(name.c_str()), PK_OK);
        const tested::isa* isa = tested::find_isa(name);
        ASSERT_NE(isa, nullptr) << "tests/cpp/support/isas.hpp does not have it";
        const encodings ran = executed_by_add(n);
        EXPECT_GT(ran.steps, 20) << "nothing was stepped through";
        // At least two instructions of the ISA's own encoding a batch, and none of a later one.
        const int batches = n * static_cast<int>(sizeof(double)) / static_cast<int>(isa->batch_bytes);
        switch (isa->batches) {
        case tested::encoding::legacy:
            EXPECT_EQ(ran.vex, 0);
            EXPECT_EQ(ran.evex, 0);
            break;
        case tested::encoding::vex:
            EXPECT_GE(ran.vex, 2 * batches);
            EXPECT_EQ(ran.evex, 0);
            break;
        case tested::encoding::evex:
            EXPECT_GE(ran.evex, 2 * batches);
            break;
        }
    }
    pk_set_isa(tested::available_isas().front().c_str());
}

} // namespace
