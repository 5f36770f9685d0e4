// SPDX-License-Identifier: BSD-3-Clause
//
// The C++ header: expressions become the instructions that they show, and wrong arguments are refused.
#include "picokernels/picokernels.hpp" // its function objects have names that formulas use too
#include "picokernels/program.hpp"
#include "support/message_of.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using picokernels::formula;
using picokernels::number;
using picokernels::program;

struct expression {
    pk_opcode op;
    std::function<number(number, number)> written;
};

// Each operation as C++ writes it, against the tests' own list.
TEST(Formula, writes_each_operation_on_numbers) {
    const std::vector<expression> expressions = {
        {PK_OP_ADD, [](number a, number b) { return a + b; }},
        {PK_OP_SUB, [](number a, number b) { return a - b; }},
        {PK_OP_MUL, [](number a, number b) { return a * b; }},
        {PK_OP_DIV, [](number a, number b) { return a / b; }},
        {PK_OP_MINIMUM, [](number a, number b) { return minimum(a, b); }},
        {PK_OP_MAXIMUM, [](number a, number b) { return maximum(a, b); }},
        {PK_OP_POW, [](number a, number b) { return pow(a, b); }},
        {PK_OP_ATAN2, [](number a, number b) { return atan2(a, b); }},
        {PK_OP_HYPOT, [](number a, number b) { return hypot(a, b); }},
        {PK_OP_FMOD, [](number a, number b) { return fmod(a, b); }},
        {PK_OP_NEG, [](number a, number) { return -a; }},
        {PK_OP_ABS, [](number a, number) { return abs(a); }},
        {PK_OP_SQRT, [](number a, number) { return sqrt(a); }},
        {PK_OP_FLOOR, [](number a, number) { return floor(a); }},
        {PK_OP_CEIL, [](number a, number) { return ceil(a); }},
        {PK_OP_TRUNC, [](number a, number) { return trunc(a); }},
        {PK_OP_SIN, [](number a, number) { return sin(a); }},
        {PK_OP_COS, [](number a, number) { return cos(a); }},
        {PK_OP_TAN, [](number a, number) { return tan(a); }},
        {PK_OP_ASIN, [](number a, number) { return asin(a); }},
        {PK_OP_ACOS, [](number a, number) { return acos(a); }},
        {PK_OP_ATAN, [](number a, number) { return atan(a); }},
        {PK_OP_SINH, [](number a, number) { return sinh(a); }},
        {PK_OP_COSH, [](number a, number) { return cosh(a); }},
        {PK_OP_TANH, [](number a, number) { return tanh(a); }},
        {PK_OP_EXP, [](number a, number) { return exp(a); }},
        {PK_OP_EXP2, [](number a, number) { return exp2(a); }},
        {PK_OP_EXPM1, [](number a, number) { return expm1(a); }},
        {PK_OP_LOG, [](number a, number) { return log(a); }},
        {PK_OP_LOG2, [](number a, number) { return log2(a); }},
        {PK_OP_LOG10, [](number a, number) { return log10(a); }},
        {PK_OP_LOG1P, [](number a, number) { return log1p(a); }},
        {PK_OP_CBRT, [](number a, number) { return cbrt(a); }},
        {PK_OP_LESS, [](number a, number b) { return select(a < b, 1.0, a.owner().constant(0)); }},
        {PK_OP_LESS_EQUAL, [](number a, number b) { return select(a <= b, 1.0, a.owner().constant(0)); }},
        {PK_OP_EQUAL, [](number a, number b) { return select(a == b, 1.0, a.owner().constant(0)); }},
        {PK_OP_NOT_EQUAL, [](number a, number b) { return select(a != b, 1.0, a.owner().constant(0)); }},
    };
    ASSERT_EQ(expressions.size(), tested::operations().size());
    for (const tested::operation& known : tested::operations()) {
        SCOPED_TRACE(known.name);
        const auto found = std::ranges::find(expressions, known.op, &expression::op);
        ASSERT_NE(found, expressions.end());
        formula f;
        const number a = f.input();
        const number b = f.input();
        f.output(found->written(a, b));
        for (const double x : {0.25, 0.75}) {
            double result = 0;
            program(f).run_point(std::array{x, 0.5}, {&result, 1});
            EXPECT_EQ(result, known.result(x, 0.5));
        }
    }
}

double value_of(const std::function<number(number)>& written, double x) {
    formula f;
    f.output(written(f.input()));
    double result = 0;
    program(f).run_point({&x, 1}, {&result, 1});
    return result;
}

TEST(Formula, takes_doubles_on_either_side) {
    EXPECT_EQ(value_of([](number x) { return 2 - x; }, 0.5), 1.5);
    EXPECT_EQ(value_of([](number x) { return x - 2; }, 0.5), -1.5);
    EXPECT_EQ(value_of([](number x) { return 2 / x; }, 0.5), 4);
    EXPECT_EQ(value_of([](number x) { return pow(x, 3); }, 0.5), 0.125);
    EXPECT_EQ(value_of([](number x) { return pow(3, x); }, 2), 9);
}

TEST(Formula, compares_and_combines_truth_values) {
    const auto between = [](number x) { return select((x > 1) & (x <= 2), x, -1.0); };
    EXPECT_EQ(value_of(between, 1), -1);
    EXPECT_EQ(value_of(between, 1.5), 1.5);
    EXPECT_EQ(value_of(between, 2), 2);
    const auto outside = [](number x) { return select((!(x >= 1)) | (2 < x), 1.0, x * 10); };
    EXPECT_EQ(value_of(outside, 0), 1);
    EXPECT_EQ(value_of(outside, 1), 10);
    EXPECT_EQ(value_of(outside, 3), 1);
    EXPECT_EQ(value_of(outside, NAN), 1);
    const auto chosen = [](number x) { return select(select(x < 0, x == -1, x == 1), 1.0, x); };
    EXPECT_EQ(value_of(chosen, -1), 1);
    EXPECT_EQ(value_of(chosen, 2), 2);
}

TEST(Formula, branches_with_one_or_several_results) {
    const auto root = [](number x) { return x.owner().branch(x < 0, [&] { return -x; }, [&] { return sqrt(x); }); };
    EXPECT_EQ(value_of(root, -3), 3);
    EXPECT_EQ(value_of(root, 9), 3);

    formula f;
    const number x = f.input();
    const auto [low, high] = f.branch<2>(
        x < 10, [&] { return std::array{exp(x), x}; },
        [&] {
            f.fail(PK_TROUBLE_FAIL);
            return std::array{x, x};
        });
    f.output(low + high);
    const program p(f);
    double result = 0;
    EXPECT_EQ(p.run_point(std::array{0.0}, {&result, 1}).kind, PK_TROUBLE_NONE);
    EXPECT_EQ(result, 1);
    EXPECT_EQ(p.run_point(std::array{11.0}, {&result, 1}).kind, PK_TROUBLE_FAIL);
}

TEST(Formula, lets_quiet_operations_fail_in_silence) {
    formula f;
    const number x = f.input();
    f.output(quiet(1 / x));
    double result = 0;
    EXPECT_EQ(program(f).run_point(std::array{0.0}, {&result, 1}).kind, PK_TROUBLE_NONE);
    EXPECT_EQ(result, std::numeric_limits<double>::infinity());
}

TEST(Formula, refuses_values_of_another_formula) {
    formula f;
    formula g;
    const number x = f.input();
    const number y = g.input();
    EXPECT_EQ(message_of([&] { x + y; }), "picokernels: value 0 belongs to another formula");
    EXPECT_EQ(message_of([&] { g.output(x); }), "picokernels: value 0 belongs to another formula");
}

TEST(ProgramClass, refuses_lists_with_the_error_of_the_library) {
    const pk_instruction wrong[] = {{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_SQRT, 0, 5, 0, 0, 0}};
    try {
        const program p(wrong);
        FAIL() << "nothing thrown";
    } catch (const picokernels::program_error& error) {
        EXPECT_STREQ(
            error.what(),
            "picokernels: instruction 1 (sqrt): operand a names value 5, but only values below 1 are defined");
        EXPECT_EQ(error.instruction(), 1);
        EXPECT_EQ(error.status(), PK_ERROR_INVALID_PROGRAM);
    }
}

program hypotenuse() {
    formula f;
    const number x = f.input();
    const number y = f.input();
    f.output(sqrt(x * x + y * y));
    return program(f);
}

TEST(ProgramClass, runs_points_and_lanes_with_arrays_and_scalars) {
    const program p = hypotenuse();
    EXPECT_EQ(p.inputs(), 2U);
    EXPECT_EQ(p.outputs(), 1U);
    EXPECT_EQ(p.engine(), std::string_view(pk_jit() != 0 ? "machine code" : "interpreter"));
    EXPECT_NE(p.dump().find("sqrt"), std::string::npos);
    double result = 0;
    EXPECT_EQ(p.run_point(std::array{3.0, 4.0}, {&result, 1}).kind, PK_TROUBLE_NONE);
    EXPECT_EQ(result, 5);
    std::vector<double> x{3, 0, 5};
    std::vector<double> out(3);
    p.run({x, std::vector<double>{4, 2, 12}}, {out});
    EXPECT_EQ(out, (std::vector<double>{5, 2, 13}));
    p.run({x, 0}, {x}); // in place
    EXPECT_EQ(x, (std::vector<double>{3, 0, 5}));
}

TEST(ProgramClass, iterates_and_stores) {
    formula f;
    const number x = f.input();
    const number rate = f.input();
    f.output(x * rate);
    const program p(f);
    std::array<double, 1> end{};
    std::vector<double> stored(2);
    p.iterate_point(std::array{1.0, 2.0}, end, 5, 2, stored);
    EXPECT_EQ(end[0], 32);
    EXPECT_EQ(stored, (std::vector<double>{4, 16}));
    std::vector<double> lanes{1, 2, 3};
    std::vector<double> rows(6);
    p.iterate({lanes, 2}, {lanes}, 5, 2, {rows});
    EXPECT_EQ(lanes, (std::vector<double>{32, 64, 96}));
    EXPECT_EQ(rows, (std::vector<double>{4, 8, 12, 16, 32, 48}));
}

TEST(ProgramClass, refuses_arguments_of_wrong_number_or_length) {
    const program p = hypotenuse();
    std::vector<double> two(2);
    std::vector<double> three(3);
    EXPECT_EQ(message_of([&] { p.run_point(three, {two.data(), 1}); }),
              "picokernels: 3 inputs are given, the program needs 2");
    EXPECT_EQ(message_of([&] { p.run_point(two, two); }), "picokernels: 2 outputs are given, the program needs 1");
    EXPECT_EQ(message_of([&] { p.run({two, three}, {two}); }),
              "picokernels: input 1 has length 3, output 0 has length 2");
    EXPECT_EQ(message_of([&] { p.run({two}, {two}); }), "picokernels: 1 inputs are given, the program needs 2");
    EXPECT_EQ(message_of([&] { p.iterate_point(two, {two.data(), 1}, 10, 1, three); }),
              "picokernels: stored has room for 3 numbers, 10 states of 1 are to be stored");
    EXPECT_EQ(message_of([&] { p.iterate({two, two}, {two}, 10, 1); }),
              "picokernels: 0 stored arrays are given, the program needs 1");

    formula f;
    const number x = f.input();
    f.output(x);
    f.output(x);
    EXPECT_EQ(message_of([&] { program(f).iterate_point(std::array{1.0}, two, 1); }),
              "picokernels: the program has 2 outputs, which can't replace its 1 inputs");
}

} // namespace
