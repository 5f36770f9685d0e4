// SPDX-License-Identifier: BSD-3-Clause
//
// Random programs compute what a sequence of single operations computes: the same bits (any NaN equals any other) and
// the same trouble, for one point, in lanes, and iterated, by every engine.
#include "picokernels/program.h"
#include "support/amount.hpp"
#include "support/bits.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

// One random program with inputs for some lanes, and what it should compute.
struct experiment {
    tested::list list;
    std::size_t n;
    std::vector<std::vector<double>> inputs; // of each lane
    std::vector<tested::run_result> expected;
    tested::program program;
    bool reports_trouble;

    experiment(tested::random_engine& random, std::size_t lanes, int size, tested::mode mode = tested::mode::exact)
        : n(lanes), reports_trouble(random() % 8 != 0) {
        const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };
        const int input_count = pick(1, 5);
        list = tested::random_list(random, input_count, pick(1, 4), size);
        if (mode == tested::mode::fast) { // what is not fused, and no power that may be a square, has known bits
            for (pk_instruction& instruction : list) {
                instruction.op = replaced(instruction.op);
            }
        }
        program = tested::create(list, options(mode));
        for (std::size_t lane = 0; lane < n; ++lane) {
            std::vector<double>& point = inputs.emplace_back();
            std::ranges::generate_n(std::back_inserter(point), input_count,
                                    [&] { return tested::random_number(random); });
            expected.push_back(tested::compute(list, point, reports_trouble, mode));
        }
    }

    // A fast program with inputs for some lanes. Expected is what the interpreter computes, fused products included.
    experiment(tested::random_engine& random, std::size_t lanes, int size, const tested::engine& engine)
        : experiment(random, lanes, size) {
        compare_with_interpreter(engine);
    }
    // The same of a list.
    experiment(tested::random_engine& random, std::size_t lanes, tested::list of, int input_count,
               const tested::engine& engine)
        : list(std::move(of)), n(lanes), expected(lanes), reports_trouble(random() % 8 != 0) {
        for (std::size_t lane = 0; lane < n; ++lane) {
            std::ranges::generate_n(std::back_inserter(inputs.emplace_back()), input_count, [&] {
                return random() % 64 == 0 ? tested::random_number(random)
                                          : std::uniform_real_distribution(-9.0, 9.0)(random);
            });
        }
        compare_with_interpreter(engine);
    }

    void compare_with_interpreter(const tested::engine& engine) {
        const tested::engine interpreter{engine.isa, false};
        interpreter.use();
        const tested::program reference = tested::create(list, options(tested::mode::fast));
        std::ranges::transform(inputs, expected.begin(), [&](const auto& point) { return run(*reference, point); });
        engine.use();
        program = tested::create(list, options(tested::mode::fast));
    }

    unsigned options(tested::mode mode) const {
        return (reports_trouble ? 0U : unsigned{PK_PROGRAM_NO_TROUBLE}) |
               (mode == tested::mode::fast ? unsigned{PK_PROGRAM_FAST} : 0U);
    }

    // In one lane, which has results also if an operation fails.
    static tested::run_result run(const pk_program& of, const std::vector<double>& point) {
        std::vector<pk_input> lane;
        std::ranges::transform(point, std::back_inserter(lane), [](const double& x) { return pk_input{&x, 1}; });
        tested::run_result result{std::vector<double>(pk_program_outputs(&of)), PK_TROUBLE_NONE, -1};
        std::vector<double*> outputs;
        std::ranges::transform(result.outputs, std::back_inserter(outputs), [](double& x) { return &x; });
        pk_trouble trouble;
        pk_program_run(&of, lane.data(), outputs.data(), 1, &trouble);
        result.kind = trouble.kind;
        result.instruction = trouble.instruction;
        return result;
    }

    static pk_opcode replaced(pk_opcode op) {
        switch (op) {
        case PK_OP_MUL:
            return PK_OP_MAXIMUM;
        case PK_OP_POW:
            return PK_OP_HYPOT;
        default:
            return op;
        }
    }

    std::size_t output_count() const { return pk_program_outputs(program.get()); }
};

testing::AssertionResult outputs_agree(const experiment& of, std::size_t lane, const std::vector<double>& outputs) {
    for (std::size_t j = 0; j < outputs.size(); ++j) {
        if (!same_bits(outputs[j], of.expected[lane].outputs[j])) {
            return testing::AssertionFailure() << "lane " << lane << ", output " << j << " is " << outputs[j]
                                               << ", should be " << of.expected[lane].outputs[j] << '\n'
                                               << tested::dump(*of.program);
        }
    }
    return testing::AssertionSuccess();
}

testing::AssertionResult trouble_agrees(const experiment& of, const tested::run_result& expected,
                                        const pk_trouble& found) {
    if (found.kind == expected.kind && found.instruction == expected.instruction) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "trouble " << found.kind << " of instruction " << found.instruction
                                       << ", should be " << expected.kind << " of " << expected.instruction << '\n'
                                       << tested::dump(*of.program);
}

void check_points(const experiment& of) {
    for (std::size_t lane = 0; lane < of.n; ++lane) {
        const tested::run_result& expected = of.expected[lane];
        std::vector<double> outputs(of.output_count(), 7.0);
        pk_trouble trouble;
        const pk_status status =
            pk_program_run_point(of.program.get(), of.inputs[lane].data(), outputs.data(), &trouble);
        ASSERT_EQ(status, expected.kind == PK_TROUBLE_NONE ? PK_OK : PK_ERROR_TROUBLE);
        ASSERT_TRUE(trouble_agrees(of, expected, trouble));
        ASSERT_EQ(trouble.lane, 0U);
        if (status == PK_OK) {
            ASSERT_TRUE(outputs_agree(of, lane, outputs));
        } else {
            ASSERT_EQ(std::ranges::count(outputs, 7.0), std::ssize(outputs)) << "a run that failed wrote an output";
        }
    }
}

void check_lanes(const experiment& of) {
    std::vector<std::vector<double>> arrays(of.list.empty() ? 0 : pk_program_inputs(of.program.get()));
    std::vector<pk_input> inputs;
    inputs.reserve(arrays.size());
    for (std::size_t k = 0; k < arrays.size(); ++k) {
        for (const std::vector<double>& point : of.inputs) {
            arrays[k].push_back(point[k]);
        }
        inputs.push_back({arrays[k].data(), 1});
    }
    std::vector<std::vector<double>> results(of.output_count(), std::vector<double>(of.n));
    std::vector<double*> outputs;
    std::ranges::transform(results, std::back_inserter(outputs), [](auto& result) { return result.data(); });
    pk_trouble trouble;
    const pk_status status = pk_program_run(of.program.get(), inputs.data(), outputs.data(), of.n, &trouble);
    for (std::size_t lane = 0; lane < of.n; ++lane) {
        std::vector<double> row;
        row.reserve(results.size());
        for (const std::vector<double>& result : results) {
            row.push_back(result[lane]);
        }
        ASSERT_TRUE(outputs_agree(of, lane, row));
    }
    const auto first =
        std::ranges::find_if(of.expected, [](const auto& lane) { return lane.kind != PK_TROUBLE_NONE; });
    if (first == of.expected.end()) {
        ASSERT_EQ(status, PK_OK);
        ASSERT_EQ(trouble.kind, PK_TROUBLE_NONE);
    } else {
        ASSERT_EQ(status, PK_ERROR_TROUBLE) << tested::dump(*of.program);
        ASSERT_EQ(static_cast<std::ptrdiff_t>(trouble.lane), first - of.expected.begin());
        ASSERT_TRUE(trouble_agrees(of, *first, trouble));
    }
}

// One step after the other, by the reference, until one fails.
struct iteration {
    std::vector<std::vector<double>> states; // before each step, and after the last
    tested::run_result failed;               // the last step, if it failed

    iteration(const experiment& of, std::size_t lane, std::size_t steps) : states{of.inputs[lane]} {
        while (states.size() <= steps) {
            tested::run_result next = tested::compute(of.list, states.back(), of.reports_trouble);
            if (next.kind != PK_TROUBLE_NONE) {
                failed = std::move(next);
                return;
            }
            states.push_back(states.back());
            std::ranges::copy(next.outputs, states.back().begin());
        }
    }
};

testing::AssertionResult is_state(const double* found, const std::vector<double>& state, std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) {
        if (!same_bits(found[j], state[j])) {
            return testing::AssertionFailure() << "output " << j << " is " << found[j] << ", should be " << state[j];
        }
    }
    return testing::AssertionSuccess();
}

void check_iteration_of_points(const experiment& of, std::size_t steps) {
    const std::size_t width = of.output_count();
    for (std::size_t lane = 0; lane < of.n; ++lane) {
        const iteration expected(of, lane, steps);
        const std::size_t complete = expected.states.size() - 1;
        std::vector<double> point = of.inputs[lane];
        std::vector<double> stored(steps * width, 7.0);
        pk_trouble trouble;
        pk_program_iterate_point(of.program.get(), point.data(), point.data(), steps, 1, stored.data(), &trouble);
        ASSERT_TRUE(trouble_agrees(of, expected.failed, trouble));
        ASSERT_EQ(trouble.step, complete == steps ? 0 : complete);
        ASSERT_TRUE(is_state(point.data(), expected.states.back(), width)) << tested::dump(*of.program);
        for (std::size_t step = 0; step < complete; ++step) {
            ASSERT_TRUE(is_state(&stored[step * width], expected.states[step + 1], width));
        }
        // The same without stops.
        std::vector<double> end(width);
        pk_program_iterate_point(of.program.get(), of.inputs[lane].data(), end.data(), steps, 0, nullptr, nullptr);
        ASSERT_TRUE(is_state(end.data(), expected.states.back(), width)) << tested::dump(*of.program);
    }
}

void check(const experiment& of) {
    check_points(of);
    check_lanes(of);
    if (of.output_count() <= pk_program_inputs(of.program.get())) {
        check_iteration_of_points(of, 3);
    }
}

class ProgramOnEveryEngine : public testing::TestWithParam<tested::engine> {
  protected:
    void SetUp() override { GetParam().use(); }
};

// 8000 programs with 20 lanes on average: 160,000 programs with inputs, for one point and in lanes.
TEST_P(ProgramOnEveryEngine, computes_what_single_operations_compute) {
    tested::random_engine random = tested::seeded(1);
    for (int i = 0; i < tested::amount(8000); ++i) {
        const experiment of(random, random() % 41, static_cast<int>(random() % 60));
        SCOPED_TRACE("program " + std::to_string(i));
        check(of);
        if (HasFatalFailure()) {
            return;
        }
    }
}

// So many that values need more memory than usual, and lanes come in the smallest blocks.
TEST_P(ProgramOnEveryEngine, computes_large_programs) {
    tested::random_engine random = tested::seeded(2);
    for (int i = 0; i < tested::amount(30); ++i) {
        const experiment of(random, random() % 70, 4000);
        SCOPED_TRACE("program " + std::to_string(i));
        check(of);
        if (HasFatalFailure()) {
            return;
        }
    }
}

// Fast programs without products and powers have the bits of the kernels.
TEST_P(ProgramOnEveryEngine, computes_fast_functions_with_the_kernels) {
    tested::random_engine random = tested::seeded(3);
    for (int i = 0; i < tested::amount(4000); ++i) {
        const experiment of(random, random() % 41, static_cast<int>(random() % 60), tested::mode::fast);
        SCOPED_TRACE("program " + std::to_string(i));
        check_points(of);
        check_lanes(of);
        if (HasFatalFailure()) {
            return;
        }
    }
}

TEST_P(ProgramOnEveryEngine, computes_fast_programs_as_the_interpreter_does) {
    tested::random_engine random = tested::seeded(4);
    for (int i = 0; i < tested::amount(4000); ++i) {
        const experiment of(random, random() % 41, static_cast<int>(random() % 60), GetParam());
        SCOPED_TRACE("program " + std::to_string(i));
        check_points(of);
        check_lanes(of);
        if (HasFatalFailure()) {
            return;
        }
    }
}

// Straight programs of operations and functions that machine code computes for several batches at a time, mostly
// without trouble.
tested::list straight_list(tested::random_engine& random, int input_count, int size) {
    static constexpr pk_opcode operations[] = {
        PK_OP_SIN, PK_OP_COS,  PK_OP_SIN, PK_OP_COS, PK_OP_ADD,     PK_OP_SUB, PK_OP_MUL,     PK_OP_ADD,
        PK_OP_DIV, PK_OP_SQRT, PK_OP_NEG, PK_OP_ABS, PK_OP_MINIMUM, PK_OP_POW, PK_OP_MAXIMUM, PK_OP_FLOOR};
    tested::list list;
    for (int i = 0; i < input_count; ++i) {
        list.push_back({PK_OP_INPUT, 0, 0, 0, 0, 0});
    }
    for (const double constant : {2.0, 0.75}) {
        list.push_back({PK_OP_CONSTANT, 0, 0, 0, 0, constant});
    }
    const std::int32_t two = input_count;
    const auto any = [&] { return static_cast<std::int32_t>(random() % list.size()); };
    for (int i = 0; i < size; ++i) {
        const pk_opcode op = operations[random() % std::size(operations)];
        const std::int32_t a = any();
        const std::int32_t b = op == PK_OP_POW ? two : any();
        list.push_back({op, 0, a, b, 0, 0});
    }
    const auto last = static_cast<std::int32_t>(list.size()) - 1;
    list.push_back({PK_OP_OUTPUT, 0, last, 0, 0, 0});
    list.push_back({PK_OP_OUTPUT, 0, last - 1, 0, 0, 0});
    return list;
}

TEST_P(ProgramOnEveryEngine, computes_fast_straight_programs_as_the_interpreter_does) {
    tested::random_engine random = tested::seeded(5);
    for (int i = 0; i < 4000; ++i) {
        const int input_count = 2 + static_cast<int>(random() % 3);
        const tested::list list = straight_list(random, input_count, 2 + static_cast<int>(random() % 40));
        const experiment of(random, 1 + random() % 41, list, input_count, GetParam());
        SCOPED_TRACE("program " + std::to_string(i));
        check_lanes(of);
        if (HasFatalFailure()) {
            return;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Available, ProgramOnEveryEngine, testing::ValuesIn(tested::available_engines()),
                         [](const auto& test) { return tested::name_of(test.param); });

} // namespace
