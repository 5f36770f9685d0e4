// SPDX-License-Identifier: BSD-3-Clause
//
// Proof that the ISA that was forced is the one that ran: the call is single-stepped by the CPU's trap flag, and the
// prefix of every instruction tells its encoding. In 64-bit mode 0x62 starts EVEX (AVX-512) instructions and 0xC4 or
// 0xC5 starts VEX (AVX, AVX2, FMA) ones, and nothing else (Intel SDM, volume 2, 2.3 and 2.7).
#include "picokernels/picokernels.h"
#include "single_step.hpp"

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
    const unsigned char first = *reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
    steps = steps + 1;
    vex = vex + (first == 0xC4 || first == 0xC5 ? 1 : 0);
    evex = evex + (first == 0x62 ? 1 : 0);
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
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    for (const std::string name : names) {
        SCOPED_TRACE(name);
        ASSERT_EQ(pk_set_isa(name.c_str()), PK_OK);
        const encodings ran = executed_by_add(200);
        EXPECT_GT(ran.steps, 20) << "nothing was stepped through";
        if (name == "sse2") {
            EXPECT_EQ(ran.vex, 0);
            EXPECT_EQ(ran.evex, 0);
        } else if (name == "avx2") {
            EXPECT_GT(ran.vex, 50); // 50 batches of 4 doubles
            EXPECT_EQ(ran.evex, 0);
        } else if (name == "avx512") {
            EXPECT_GT(ran.evex, 25); // 25 batches of 8 doubles
        } else {
            ADD_FAILURE() << "this test does not know how to tell " << name;
        }
    }
    pk_set_isa(names.front());
}

} // namespace
