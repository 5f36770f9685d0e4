// SPDX-License-Identifier: BSD-3-Clause
//
// Machine code: how it is switched off, what happens if the system refuses it, and what its memory and its
// instructions are. For x86-64 Linux.
#include "picokernels/program.h"
#include "support/isas.hpp"
#include "support/mappings.hpp"
#include "support/probe.hpp"
#include "support/programs.hpp"
#include "support/single_step.hpp"

#include <gtest/gtest.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

// (x / y < 1 ? sqrt(x) : x * y) - 3, without calls
tested::list formula() {
    const auto make = [](pk_opcode op, std::int32_t a = 0, std::int32_t b = 0) {
        return pk_instruction{op, 0, a, b, 0, 3};
    };
    return {make(PK_OP_INPUT),         make(PK_OP_INPUT),      make(PK_OP_CONSTANT),      make(PK_OP_DIV, 0, 1),
            make(PK_OP_LESS, 3, 2),    make(PK_OP_IF, 4),      make(PK_OP_SQRT, 0),       make(PK_OP_DIV, 6, 1),
            make(PK_OP_ELSE),          make(PK_OP_MUL, 0, 1),  make(PK_OP_MAXIMUM, 9, 0), make(PK_OP_END),
            make(PK_OP_RESULT, 7, 10), make(PK_OP_SUB, 12, 2), make(PK_OP_OUTPUT, 13)};
}

bool computes_the_formula(const pk_program& program) {
    const double point[] = {4, 2};
    double result = 0;
    return pk_program_run_point(&program, point, &result, nullptr) == PK_OK &&
           result == tested::compute(formula(), point).outputs[0];
}

std::string engine_name() { return pk_program_engine(tested::create(formula()).get()); }

// Runs a function in a child process. Returns what it returns, below 100.
template <class Function> int in_child(Function run) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(run());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

class MachineCode : public testing::Test {
  protected:
    void SetUp() override {
        if (pk_jit() == 0) {
            GTEST_SKIP() << "not built, or switched off";
        }
    }
    void TearDown() override {
        pk_set_jit(1);
        pk_set_isa(tested::available_isas().front().c_str());
    }
};

TEST_F(MachineCode, runs_programs_by_default) { EXPECT_EQ(engine_name(), "machine code"); }

TEST_F(MachineCode, is_switched_off_and_on_by_a_call_for_new_programs) {
    const tested::program before = tested::create(formula());
    pk_set_jit(0);
    EXPECT_EQ(pk_jit(), 0);
    EXPECT_EQ(engine_name(), "interpreter");
    EXPECT_STREQ(pk_program_engine(before.get()), "machine code");
    pk_set_jit(1);
    EXPECT_EQ(pk_jit(), 1);
    EXPECT_EQ(engine_name(), "machine code");
}

TEST_F(MachineCode, is_switched_off_by_the_environment) {
    EXPECT_EQ(tested::probe("PICOKERNELS_JIT=0", "jit"), "0\n");
    EXPECT_EQ(tested::probe("PICOKERNELS_JIT=1", "jit"), "1\n");
    EXPECT_EQ(tested::probe("PICOKERNELS_JIT=", "jit"), "1\n");
}

TEST_F(MachineCode, is_left_to_the_interpreter_if_the_program_is_very_long) {
    tested::list list{{PK_OP_INPUT, 0, 0, 0, 0, 0}};
    for (std::int32_t i = 0; i < 40000; ++i) {
        list.push_back({i % 2 == 0 ? PK_OP_MUL : PK_OP_SUB, 0, i, 0, 0, 0});
    }
    list.push_back({PK_OP_OUTPUT, 0, 40000, 0, 0, 0});
    EXPECT_STREQ(pk_program_engine(tested::create(list).get()), "interpreter");
}

// ---- memory

std::size_t bytes_with(const std::string& permissions) {
    std::size_t bytes = 0;
    for (const tested::mapping& found : tested::anonymous_with(permissions)) {
        bytes += found.end - found.begin;
    }
    return bytes;
}

TEST_F(MachineCode, is_executable_and_never_writable_too) {
    const std::size_t before = bytes_with("r-x");
    const std::size_t writable_before = bytes_with("rwx");
    {
        const std::array programs{tested::create(formula()), tested::create(formula()), tested::create(formula())};
        EXPECT_GT(bytes_with("r-x"), before);
        EXPECT_EQ(bytes_with("rwx"), writable_before);
    }
    EXPECT_EQ(bytes_with("r-x"), before) << "memory of destroyed programs is not given back";
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
// From now on, the process gets EACCES if it asks for executable memory by this system call.
bool refuse_executable_memory(int call) {
    const sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(filter), const_cast<sock_filter*>(filter)};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(MachineCode, is_replaced_by_the_interpreter_if_the_system_refuses_executable_memory) {
    const int result = in_child([] {
        if (!refuse_executable_memory(SYS_mprotect)) {
            return 2;
        }
        const tested::program program = tested::create(formula());
        return pk_program_engine(program.get()) == std::string("interpreter") && computes_the_formula(*program) ? 0
                                                                                                                : 1;
    });
    if (result == 2) {
        GTEST_SKIP() << "no seccomp here";
    }
    EXPECT_EQ(result, 0);
}
#endif

// ---- instructions

std::vector<tested::mapping> machine_code; // the library's other code and the C library's may have any instruction
volatile std::sig_atomic_t legacy = 0;
volatile std::sig_atomic_t vex = 0;
volatile std::sig_atomic_t evex = 0;

void on_step(int, siginfo_t*, void* context) {
    const auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto at = static_cast<std::uintptr_t>(registers[REG_RIP]);
    if (!tested::contain(machine_code, at)) {
        return;
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the instruction pointer comes as an integer
    const auto encoding = tested::encoding_of(*reinterpret_cast<const unsigned char*>(at));
    legacy = legacy + (encoding == tested::encoding::legacy ? 1 : 0);
    vex = vex + (encoding == tested::encoding::vex ? 1 : 0);
    evex = evex + (encoding == tested::encoding::evex ? 1 : 0);
}

TEST_F(MachineCode, has_instructions_of_the_isa_only) {
    for (const std::string& isa : tested::available_isas()) {
        SCOPED_TRACE(isa);
        ASSERT_EQ(pk_set_isa(isa.c_str()), PK_OK);
        const tested::program program = tested::create(formula());
        std::vector<double> x(37, 5.0);
        const std::vector<double> y(x.size(), 2.0);
        std::vector<double> out(x.size());
        const pk_input inputs[] = {{x.data(), 1}, {y.data(), 1}};
        double* const outputs[] = {out.data()};
        ASSERT_TRUE(computes_the_formula(*program)); // binds symbols
        ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, x.size(), nullptr), PK_OK);
        machine_code = tested::anonymous_with("r-x");
        legacy = 0;
        vex = 0;
        evex = 0;
        const double point[] = {4, 2};
        double result = 0;
        {
            const single_step stepping(&on_step);
            pk_program_run_point(program.get(), point, &result, nullptr);
            pk_program_run(program.get(), inputs, outputs, x.size(), nullptr);
        }
        EXPECT_EQ(result, tested::compute(formula(), point).outputs[0]);
        const tested::encoding batches = tested::find_isa(isa)->batches;
        EXPECT_GT(legacy, 10);
        EXPECT_EQ(vex > 10, batches != tested::encoding::legacy) << vex;
        EXPECT_EQ(vex == 0, batches == tested::encoding::legacy) << vex;
        EXPECT_EQ(evex > 10, batches == tested::encoding::evex) << evex;
        EXPECT_EQ(evex == 0, batches != tested::encoding::evex) << evex;
    }
}

} // namespace
