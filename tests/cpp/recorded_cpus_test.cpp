// SPDX-License-Identifier: BSD-3-Clause
//
// What the library chooses on CPUs that were recorded, and under systems that do not save the registers of AVX or of
// AVX-512. The CPU's trap flag single-steps the unchanged library in a child process. Where it asks the CPU what it
// has (cpuid) and the system which registers it saves (xgetbv), it gets the recorded answers. For x86-64 Linux.
#include "picokernels/picokernels.h"
#include "picokernels/program.h"
#include "support/isas.hpp"
#include "support/mappings.hpp"
#include "support/single_step.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

namespace {

// ---- records

struct leaf {
    std::uint32_t number;
    std::uint32_t eax, ebx, ecx, edx; // of subleaf 0
};

struct cpu {
    std::string name;
    std::vector<leaf> leaves;
    std::uint32_t xcr0; // ignored if cpuid says that the system does not use XSAVE
    std::string isa;    // that the library should choose
};
std::ostream& operator<<(std::ostream& stream, const cpu& of) { return stream << of.name; }

// Bits of leaf 1, ecx.
constexpr std::uint32_t fma = 1U << 12U;
constexpr std::uint32_t osxsave = 1U << 27U; // the system uses XSAVE
// Bits of leaf 7, ebx.
constexpr std::uint32_t avx2 = 1U << 5U;
constexpr std::uint32_t avx512dq = 1U << 17U;
constexpr std::uint32_t avx512vl = 1U << 31U;
// XCR0: registers that the system saves. (Intel SDM, volume 1, 13.3)
constexpr std::uint32_t saves_sse = 0x3; // the older ones
constexpr std::uint32_t saves_avx = 0x7;
constexpr std::uint32_t saves_mask_registers = 0x27;
constexpr std::uint32_t saves_avx512 = 0xE7;

// The leaves are those of https://github.com/InstLatx64/InstLatx64, of the first logical CPU.
std::vector<leaf> pentium4() { // has five leaves: a CPU answers a later one as the last
    return {{0x00000000, 0x00000005, 0x756E6547, 0x6C65746E, 0x49656E69},
            {0x00000001, 0x00000F43, 0x00020800, 0x0000641D, 0xBFEBFBFF},
            {0x00000005, 0x00000040, 0x00000040, 0x00000000, 0x00000000},
            {0x80000000, 0x80000008, 0x00000000, 0x00000000, 0x00000000},
            {0x80000001, 0x00000000, 0x00000000, 0x00000000, 0x20100000}};
}
std::vector<leaf> sandy_bridge() { // i5-2400
    return {{0x00000000, 0x0000000D, 0x756E6547, 0x6C65746E, 0x49656E69},
            {0x00000001, 0x000206A7, 0x00100800, 0x1FBAE3FF, 0xBFEBFBFF},
            {0x00000007, 0x00000000, 0x00000000, 0x00000000, 0x00000000},
            {0x80000000, 0x80000008, 0x00000000, 0x00000000, 0x00000000},
            {0x80000001, 0x00000000, 0x00000000, 0x00000001, 0x28100000}};
}
std::vector<leaf> haswell() { // i7-4770
    return {{0x00000000, 0x0000000D, 0x756E6547, 0x6C65746E, 0x49656E69},
            {0x00000001, 0x000306C3, 0x00100800, 0x7FFAFBFF, 0xBFEBFBFF},
            {0x00000007, 0x00000000, 0x000027AB, 0x00000000, 0x00000000},
            {0x80000000, 0x80000008, 0x00000000, 0x00000000, 0x00000000},
            {0x80000001, 0x00000000, 0x00000000, 0x00000021, 0x2C100000}};
}
std::vector<leaf> skylake_x() { // i9-7900X
    return {{0x00000000, 0x00000016, 0x756E6547, 0x6C65746E, 0x49656E69},
            {0x00000001, 0x00050654, 0x00200800, 0x7FFEFBBF, 0xBFEBFBFF},
            {0x00000007, 0x00000000, 0xD39FFFFB, 0x00000000, 0x00000000},
            {0x80000000, 0x80000008, 0x00000000, 0x00000000, 0x00000000},
            {0x80000001, 0x00000000, 0x00000000, 0x00000121, 0x2C100000}};
}

// The same without features, as a hypervisor hides them.
std::vector<leaf> hide(std::uint32_t in_ecx_of_1, std::uint32_t in_ebx_of_7, std::vector<leaf> from) {
    for (leaf& one : from) {
        one.ecx &= ~(one.number == 1 ? in_ecx_of_1 : 0U);
        one.ebx &= ~(one.number == 7 ? in_ebx_of_7 : 0U);
    }
    return from;
}

std::vector<cpu> cpus() {
    return {
        {"pentium4", pentium4(), 0, "sse2"},
        {"sandy_bridge_with_avx_alone", sandy_bridge(), saves_avx, "sse2"},
        {"haswell", haswell(), saves_avx, "avx2"},
        {"haswell_whose_system_saves_no_avx", haswell(), saves_sse, "sse2"},
        {"haswell_whose_system_has_no_xsave", hide(osxsave, 0, haswell()), saves_avx, "sse2"},
        {"haswell_with_hidden_fma", hide(fma, 0, haswell()), saves_avx, "sse2"},
        {"haswell_with_hidden_avx2", hide(0, avx2, haswell()), saves_avx, "sse2"},
        {"skylake_x", skylake_x(), saves_avx512, "avx512"},
        {"skylake_x_with_hidden_avx512vl", hide(0, avx512vl, skylake_x()), saves_avx512, "avx2"},
        {"skylake_x_with_hidden_avx512dq", hide(0, avx512dq, skylake_x()), saves_avx512, "avx2"},
        {"skylake_x_whose_system_saves_mask_registers_alone", skylake_x(), saves_mask_registers, "avx2"},
        {"skylake_x_whose_system_saves_no_avx512", skylake_x(), saves_avx, "avx2"},
        {"skylake_x_whose_system_saves_no_avx", skylake_x(), saves_sse, "sse2"},
        {"skylake_x_whose_system_has_no_xsave", hide(osxsave, 0, skylake_x()), saves_avx512, "sse2"},
    };
}

// ---- what happens in the child process

// In memory that parent and child share.
struct outcome {
    char isa[16];
    char all_isas[64]; // each with a blank behind it
    char engine[32];
    bool has_run;
    bool is_right; // the results
    int questions; // of both kinds
    int unknown_questions;
    int unsafe_questions; // xgetbv where the system does not use XSAVE: the CPU would end the process
    int steps, vex, evex; // instructions of the library and of machine code
};

const cpu* emulated = nullptr;
outcome* noted = nullptr;
std::vector<tested::mapping> own_code; // the C library's may ask the real CPU, and use all that it has

const leaf* find_leaf(std::uint32_t number) {
    const leaf* last = nullptr;
    for (const leaf& one : emulated->leaves) {
        if (one.number == number) {
            return &one;
        }
        if (one.number < 0x80000000U) {
            last = &one;
        }
    }
    const std::uint32_t greatest = emulated->leaves.front().eax;
    return number > greatest && number < 0x80000000U ? last : nullptr; // as Intel's CPUs do (SDM, volume 2, CPUID)
}

// Answers in place of the CPU. False if the instruction does not ask.
bool answer(greg_t* registers) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the instruction pointer comes as an integer
    const auto* at = reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
    const leaf& first = *find_leaf(1);
    if (at[0] == 0x0F && at[1] == 0xA2) { // cpuid
        const leaf* found = find_leaf(static_cast<std::uint32_t>(registers[REG_RAX]));
        static constexpr leaf nothing{};
        const bool is_known = found != nullptr && static_cast<std::uint32_t>(registers[REG_RCX]) == 0;
        const leaf& with = is_known ? *found : nothing;
        noted->unknown_questions += is_known ? 0 : 1;
        registers[REG_RAX] = with.eax;
        registers[REG_RBX] = with.ebx;
        registers[REG_RCX] = with.ecx;
        registers[REG_RDX] = with.edx;
        registers[REG_RIP] += 2;
    } else if (at[0] == 0x0F && at[1] == 0x01 && at[2] == 0xD0) { // xgetbv
        noted->unsafe_questions += (first.ecx & osxsave) == 0 ? 1 : 0;
        registers[REG_RAX] = emulated->xcr0;
        registers[REG_RDX] = 0;
        registers[REG_RIP] += 3;
    } else {
        return false;
    }
    ++noted->questions;
    return true;
}

void on_step(int, siginfo_t*, void* context) {
    greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    if (!tested::contain(own_code, static_cast<std::uintptr_t>(registers[REG_RIP]))) {
        return;
    }
    while (answer(registers)) { // the instruction behind it runs before the next step
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): as above
    const auto encoding = tested::encoding_of(*reinterpret_cast<const unsigned char*>(registers[REG_RIP]));
    ++noted->steps;
    noted->vex += encoding == tested::encoding::vex ? 1 : 0;
    noted->evex += encoding == tested::encoding::evex ? 1 : 0;
}

template <std::size_t Size> void note(const std::string& text, char (&to)[Size]) { text.copy(to, Size - 1); }

bool runs_here(const std::string& isa) {
    if (isa == "sse2") {
        return true;
    }
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return isa == "avx2" ? has_avx2
                         : has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                               __builtin_cpu_supports("avx512dq");
}

// A kernel, and a program in both manners: sqrt(x * x + y).
void compute(const pk_program* program) {
    const std::vector<double> x(37, 3.0);
    const std::vector<double> y(x.size(), 16.0);
    std::vector<double> sums(x.size());
    std::vector<double> roots(x.size());
    const pk_input inputs[] = {{x.data(), 1}, {y.data(), 1}};
    double* const outputs[] = {roots.data()};
    const double point[] = {3, 16};
    double root = 0;
    pk_status status = PK_OK;
    {
        const single_step stepping(&on_step);
        pk_add_f64(x.data(), y.data(), sums.data(), x.size());
        pk_program_run(program, inputs, outputs, x.size(), nullptr);
        status = pk_program_run_point(program, point, &root, nullptr);
    }
    noted->has_run = true;
    noted->is_right = status == PK_OK && root == 5 && roots == std::vector<double>(x.size(), 5.0) &&
                      sums == std::vector<double>(x.size(), 19.0);
}

void run_child(const std::string& expected_isa) {
    unsetenv("PICOKERNELS_ISA"); // NOLINT(concurrency-mt-unsafe): there is one thread
    unsetenv("PICOKERNELS_JIT"); // NOLINT(concurrency-mt-unsafe)
    static constexpr pk_instruction list[] = {
        {PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_MUL, 0, 0, 0, 0, 0},
        {PK_OP_ADD, 0, 2, 1, 0, 0},   {PK_OP_SQRT, 0, 3, 0, 0, 0},  {PK_OP_OUTPUT, 0, 4, 0, 0, 0},
    };
    const bool may_run = runs_here(expected_isa);
    own_code = tested::code_of_this_library();
    const char* names[8] = {};
    std::size_t count = 0;
    const char* isa = nullptr;
    {
        const single_step stepping(&on_step);
        isa = pk_isa();
        count = pk_available_isas(names, std::size(names));
    }
    note(isa, noted->isa);
    std::string all;
    for (std::size_t i = 0; i < std::min(count, std::size(names)); ++i) {
        all.append(names[i]).append(" ");
    }
    note(all, noted->all_isas);
    if (isa != expected_isa || !may_run) {
        return;
    }
    // Not stepped, which would take a second. If it asked the real CPU, its code would show.
    pk_program* program = nullptr;
    pk_program_create(list, std::size(list), 0, &program, nullptr);
    note(pk_program_engine(program), noted->engine);
    own_code = tested::code_of_this_library(); // machine code too
    compute(program);
    pk_program_destroy(program);
}

class RecordedCpu : public testing::TestWithParam<cpu> {
  protected:
    void SetUp() override {
        void* memory = mmap(nullptr, sizeof(outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(memory, MAP_FAILED);
        noted = static_cast<outcome*>(memory);
        emulated = &GetParam();
        // The parent must not have used the library, which asks the CPU once.
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            run_child(GetParam().isa);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child process ended with " << status;
    }
    void TearDown() override { munmap(noted, sizeof(outcome)); }
};

TEST_P(RecordedCpu, gets_the_isa_that_cpu_and_system_have) {
    const std::string isa = noted->isa;
    EXPECT_EQ(isa, GetParam().isa);
    EXPECT_EQ(noted->all_isas, std::string(isa == "avx512" ? "avx512 avx2 sse2 "
                                           : isa == "avx2" ? "avx2 sse2 "
                                                           : "sse2 "));
    EXPECT_GT(noted->questions, 2) << "the library did not ask the emulated CPU";
    EXPECT_EQ(noted->unknown_questions, 0);
    EXPECT_EQ(noted->unsafe_questions, 0);
    if (!noted->has_run) {
        // The choice has been tested. What it runs needs a CPU that has it.
        ASSERT_NE(GetParam().isa, "sse2");
        return;
    }
    EXPECT_TRUE(noted->is_right);
    EXPECT_GT(noted->steps, 300);
    EXPECT_EQ(noted->vex > 0, isa != "sse2") << noted->vex;
    EXPECT_EQ(noted->evex > 0, isa == "avx512") << noted->evex;
    EXPECT_EQ(noted->engine, std::string(MACHINE_CODE != 0 ? "machine code" : "interpreter"));
}

INSTANTIATE_TEST_SUITE_P(Recorded, RecordedCpu, testing::ValuesIn(cpus()),
                         [](const auto& test) { return test.param.name; });

} // namespace
