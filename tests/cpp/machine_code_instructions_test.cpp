// SPDX-License-Identifier: BSD-3-Clause
//
// Decodes the machine code that programs become, for all ISAs, whether this CPU has them or not. It reaches all code,
// also what a run comes by in rare cases alone. For x86-64.
#include "integrate/step_program.hpp"
#include "program/lower.hpp"
#include "program/machine/lanes.hpp"
#include "program/machine/point.hpp"
#include "program/program.hpp"
#include "program/simplify.hpp"

#include "dispatch/dispatch.hpp"
#include "support/instructions.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace machine = picokernels::program::machine;

constexpr std::pair<machine::isa, const char*> isas[] = {
    {machine::isa::sse2, "sse2"}, {machine::isa::avx2, "avx2"}, {machine::isa::avx512, "avx512"}};

struct found_instructions {
    tested::instruction_sets point;
    tested::instruction_sets lanes;
};

// The code that the library would make of the list for that ISA.
void add_code(std::span<const pk_instruction> list, unsigned options, machine::isa isa, found_instructions& to) {
    const picokernels::program::code_storage storage =
        picokernels::program::lower(picokernels::program::simplify(list, options));
    const picokernels::program::code code = storage.view();
    const std::vector<machine::next_uses> uses = machine::find_next_uses(code);
    // The functions that the code calls are those of this CPU: they are not looked at.
    const machine::target made_for{isa, picokernels::active_table().step_functions};
    std::vector<std::uint8_t> memory((std::size_t{1} << 20U) + code.step_count * 1024);
    const machine::point_code point = machine::compile_point(code, uses, made_for, memory);
    const void* const points[] = {reinterpret_cast<const void*>(point.point),
                                  reinterpret_cast<const void*>(point.repeat)};
    tested::add_reachable(std::span(memory).first(point.size), points, to.point);
    if (machine::can_compile_lanes(code, made_for)) {
        const machine::lanes_code lanes = machine::compile_lanes(code, uses, made_for, memory);
        const void* const blocks[] = {reinterpret_cast<const void*>(lanes.block)};
        tested::add_reachable(std::span(memory).first(lanes.size), blocks, to.lanes);
    }
}

void expect_instructions_of(const std::string& isa, const found_instructions& found) {
    EXPECT_EQ(tested::forbidden_in(isa, found.point), "");
    EXPECT_EQ(tested::forbidden_in(isa, found.lanes), "");
    EXPECT_EQ(found.point.undecoded, 0U);
    EXPECT_EQ(found.lanes.undecoded, 0U);
    // Otherwise nothing was decoded.
    EXPECT_GT(found.point.total(), 1000U);
    EXPECT_EQ(found.point.count("SSE2") > 100, isa == "sse2");
    EXPECT_EQ(found.point.count("AVX") > 100, isa != "sse2");
    EXPECT_EQ(found.lanes.total() > 1000, isa != "sse2");
    EXPECT_EQ(found.lanes.count("AVX512") > 100, isa == "avx512");
}

class MachineCodeOf : public testing::TestWithParam<std::pair<machine::isa, const char*>> {};

TEST_P(MachineCodeOf, has_instructions_of_the_isa_alone_in_random_programs) {
    const auto [isa, name] = GetParam();
    for (const unsigned options : {0U, unsigned{PK_PROGRAM_NO_TROUBLE}, unsigned{PK_PROGRAM_FAST}}) {
        SCOPED_TRACE(options);
        found_instructions found;
        tested::random_engine random = tested::seeded(options);
        for (int i = 0; i < 100; ++i) {
            add_code(tested::random_list(random, 3, 2, 5 + i), options, isa, found);
        }
        expect_instructions_of(name, found);
    }
}

// Each operation by itself, so that none is missed by chance.
TEST_P(MachineCodeOf, has_instructions_of_the_isa_alone_in_every_operation) {
    const auto [isa, name] = GetParam();
    found_instructions found;
    for (const tested::operation& one : tested::operations()) {
        for (const unsigned options : {0U, unsigned{PK_PROGRAM_NO_TROUBLE}, unsigned{PK_PROGRAM_FAST}}) {
            tested::list list{{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_INPUT, 0, 0, 0, 0, 0}, {one.op, 0, 0, 1, 0, 0}};
            if (one.is_comparison) {
                list.push_back({PK_OP_SELECT, 0, 2, 0, 1, 0});
            }
            list.push_back({PK_OP_OUTPUT, 0, static_cast<std::int32_t>(list.size()) - 1, 0, 0, 0});
            add_code(list, options, isa, found);
        }
    }
    expect_instructions_of(name, found);
}

// Quick code, which has the steps of functions among its own, and fused ones.
TEST_P(MachineCodeOf, has_instructions_of_the_isa_alone_in_quick_code) {
    const auto [isa, name] = GetParam();
    found_instructions found;
    for (int terms = 1; terms < 40; ++terms) {
        tested::list list{{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_INPUT, 0, 0, 0, 0, 0}};
        for (int i = 0; i < terms; ++i) {
            const auto last = static_cast<std::int32_t>(list.size()) - 1;
            list.push_back({PK_OP_SIN, 0, last, 0, 0, 0});
            list.push_back({PK_OP_COS, 0, last, 0, 0, 0});
            list.push_back({PK_OP_MUL, 0, last + 1, last + 2, 0, 0});
            list.push_back({i % 2 == 0 ? PK_OP_ADD : PK_OP_SUB, 0, last + 3, 0, 0, 0});
            list.push_back({PK_OP_DIV, 0, last + 4, 1, 0, 0});
        }
        list.push_back({PK_OP_OUTPUT, 0, static_cast<std::int32_t>(list.size()) - 1, 0, 0, 0});
        add_code(list, PK_PROGRAM_FAST, isa, found);
    }
    expect_instructions_of(name, found);
    EXPECT_EQ(found.lanes.count("AVX512F_512") + found.lanes.count("FMA") > 1000, name != std::string("sse2"));
}

// The steps of integrators, for single runs and for lanes.
TEST_P(MachineCodeOf, has_instructions_of_the_isa_alone_in_plans) {
    const auto [isa, name] = GetParam();
    // A pendulum: t, angle, speed
    const tested::list right_hand_side{{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_INPUT, 0, 0, 0, 0, 0},
                                       {PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_SIN, 0, 1, 0, 0, 0},
                                       {PK_OP_NEG, 0, 3, 0, 0, 0},   {PK_OP_OUTPUT, 0, 2, 0, 0, 0},
                                       {PK_OP_OUTPUT, 0, 4, 0, 0, 0}};
    found_instructions found;
    int plans = 0;
    for (const unsigned options : {0U, unsigned{PK_PROGRAM_FAST}}) {
        const tested::program f = tested::create(right_hand_side, options);
        for (const pk_ode_method method : {PK_ODE_RK23, PK_ODE_RK45, PK_ODE_DOP853}) {
            for (const bool is_for_lanes : {false, true}) {
                const auto step = picokernels::integrate::make_step_program(f.get(), method, true, is_for_lanes);
                if (step != nullptr) {
                    ++plans;
                    add_code(step->list, step->options, isa, found);
                }
            }
        }
    }
    EXPECT_GE(plans, 8);
    expect_instructions_of(name, found);
}

INSTANTIATE_TEST_SUITE_P(Isas, MachineCodeOf, testing::ValuesIn(isas),
                         [](const auto& test) { return std::string(test.param.second); });

} // namespace
