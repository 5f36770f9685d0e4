// SPDX-License-Identifier: BSD-3-Clause
//
// What program.h promises beside the results of operations: errors, limits, trouble, the text, lanes of any number
// and place, and iteration. program_random_test has the results.
#include "picokernels/program.h"
#include "support/bits.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

using tested::list;

constexpr double infinity = std::numeric_limits<double>::infinity();

pk_instruction make(pk_opcode op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0,
                    std::uint32_t flags = 0) {
    return {op, flags, a, b, c, 0};
}
pk_instruction constant(double value) { return {PK_OP_CONSTANT, 0, 0, 0, 0, value}; }

list outputs_of_one_input(int count) {
    list from{make(PK_OP_INPUT)};
    from.resize(1 + static_cast<std::size_t>(count), make(PK_OP_OUTPUT, 0));
    return from;
}

// ---- errors

struct refusal {
    const char* name;
    list instructions;
    pk_status status;
    std::int32_t instruction;
    const char* message;
};

std::vector<refusal> refusals() {
    const pk_instruction x = make(PK_OP_INPUT);
    const pk_instruction truth = make(PK_OP_LESS, 0, 0);
    const auto invalid = [](const char* name, const list& instructions, std::int32_t instruction,
                            const char* message) {
        return refusal{name, instructions, PK_ERROR_INVALID_PROGRAM, instruction, message};
    };
    return {
        invalid("zero_is_no_operation", {make(std::bit_cast<pk_opcode>(0))}, 0,
                "instruction 0 has no known operation: 0"),
        invalid("operation_unknown", {x, make(std::bit_cast<pk_opcode>(9))}, 1,
                "instruction 1 has no known operation: 9"),
        invalid("operation_negative", {make(std::bit_cast<pk_opcode>(-5))}, 0,
                "instruction 0 has no known operation: -5"),
        invalid("flags_unknown", {x, make(PK_OP_SQRT, 0, 0, 0, 6)}, 1, "instruction 1 (sqrt): unknown flags 0x6"),
        invalid("operand_negative", {x, make(PK_OP_SQRT, -1)}, 1,
                "instruction 1 (sqrt): operand a names value -1, but only values below 1 are defined"),
        invalid("operand_is_itself", {x, make(PK_OP_ADD, 0, 1)}, 1,
                "instruction 1 (add): operand b names value 1, but only values below 1 are defined"),
        invalid("operand_is_later", {x, make(PK_OP_ADD, 2, 0), x}, 1,
                "instruction 1 (add): operand a names value 2, but only values below 1 are defined"),
        invalid("operand_is_no_value", {x, make(PK_OP_OUTPUT, 0), make(PK_OP_NEG, 1)}, 2,
                "instruction 2 (neg): operand a names instruction 1 (output), which defines no value"),
        invalid("operand_should_be_number", {x, truth, make(PK_OP_NEG, 1)}, 2,
                "instruction 2 (neg): operand a, value 1, is a truth value and should be a number"),
        invalid("operand_should_be_truth", {x, make(PK_OP_NOT, 0)}, 1,
                "instruction 1 (not): operand a, value 0, is a number and should be a truth value"),
        invalid("output_should_be_number", {x, truth, make(PK_OP_OUTPUT, 1)}, 2,
                "instruction 2 (output): operand a, value 1, is a truth value and should be a number"),
        invalid("choices_differ_in_type", {x, truth, make(PK_OP_SELECT, 1, 0, 1)}, 2,
                "instruction 2 (select): operand c, value 1, is a truth value and should be a number"),
        invalid("results_differ_in_type",
                {x, truth, make(PK_OP_IF, 1), make(PK_OP_ELSE), make(PK_OP_END), make(PK_OP_RESULT, 0, 1)}, 5,
                "instruction 5 (result): operand b, value 1, is a truth value and should be a number"),
        invalid("else_alone", {x, make(PK_OP_ELSE)}, 1, "instruction 1 (else) has no if"),
        invalid("else_twice", {x, truth, make(PK_OP_IF, 1), make(PK_OP_ELSE), make(PK_OP_ELSE)}, 4,
                "instruction 4 (else) has no if"),
        invalid("end_alone", {x, make(PK_OP_END)}, 1, "instruction 1 (end) has no if"),
        invalid("if_open", {x, truth, make(PK_OP_IF, 1), x}, 3, "instruction 3 (input) is within a branch"),
        invalid("if_has_no_end", {x, truth, make(PK_OP_IF, 1), make(PK_OP_NEG, 0)}, 2,
                "instruction 2 (if) has no end"),
        invalid("output_in_branch", {x, truth, make(PK_OP_IF, 1), make(PK_OP_OUTPUT, 0)}, 3,
                "instruction 3 (output) is within a branch"),
        invalid("result_alone", {x, make(PK_OP_RESULT, 0, 0)}, 1, "instruction 1 (result) does not follow an end"),
        invalid("result_first", {make(PK_OP_RESULT, 0, 0)}, 0, "instruction 0 (result) does not follow an end"),
        invalid("result_late",
                {x, truth, make(PK_OP_IF, 1), make(PK_OP_END), make(PK_OP_NEG, 0), make(PK_OP_RESULT, 0, 0)}, 5,
                "instruction 5 (result) does not follow an end"),
        invalid("result_of_result",
                {x, truth, make(PK_OP_IF, 1), make(PK_OP_END), make(PK_OP_RESULT, 0, 0), make(PK_OP_RESULT, 4, 0)}, 5,
                "instruction 5 (result): operand a names value 4, but only values below 3 are defined"),
        invalid("value_of_a_closed_side",
                {x, truth, make(PK_OP_IF, 1), make(PK_OP_NEG, 0), make(PK_OP_END), make(PK_OP_NEG, 3)}, 5,
                "instruction 5 (neg): operand a names value 3, which belongs to another side of a branch"),
        invalid("value_of_the_first_side_in_the_second",
                {x, truth, make(PK_OP_IF, 1), make(PK_OP_NEG, 0), make(PK_OP_ELSE), make(PK_OP_NEG, 3)}, 5,
                "instruction 5 (neg): operand a names value 3, which belongs to another side of a branch"),
        invalid("result_from_the_wrong_side",
                {x, truth, make(PK_OP_IF, 1), make(PK_OP_NEG, 0), make(PK_OP_END), make(PK_OP_RESULT, 0, 3)}, 5,
                "instruction 5 (result): operand b names value 3, which belongs to another side of a branch"),
        invalid("no_kind_of_trouble", {make(PK_OP_FAIL, 0)}, 0, "instruction 0 (fail): 0 is no kind of trouble"),
        invalid("kind_of_trouble_unknown", {make(PK_OP_FAIL, 5)}, 0, "instruction 0 (fail): 5 is no kind of trouble"),
        {"too_long", list(PK_PROGRAM_MAX_INSTRUCTIONS + 1, constant(1)), PK_ERROR_LIMIT, -1,
         "the list has 65536 instructions, and at most 65535 are allowed"},
        {"too_many_inputs", list(PK_PROGRAM_MAX_INPUTS + 1, x), PK_ERROR_LIMIT, PK_PROGRAM_MAX_INPUTS,
         "instruction 1024: there are more than 1024 inputs"},
        {"too_many_outputs", outputs_of_one_input(PK_PROGRAM_MAX_OUTPUTS + 1), PK_ERROR_LIMIT,
         1 + PK_PROGRAM_MAX_OUTPUTS, "instruction 1025: there are more than 1024 outputs"},
    };
}

TEST(ProgramErrors, name_what_is_wrong_and_leave_no_program) {
    for (const refusal& wrong : refusals()) {
        SCOPED_TRACE(wrong.name);
        pk_instruction not_null = constant(0);
        auto* program = reinterpret_cast<pk_program*>(&not_null);
        pk_program_error error;
        const list& from = wrong.instructions;
        EXPECT_EQ(pk_program_create(from.data(), from.size(), 0, &program, &error), wrong.status);
        EXPECT_EQ(program, nullptr);
        EXPECT_EQ(error.status, wrong.status);
        EXPECT_EQ(error.instruction, wrong.instruction);
        EXPECT_STREQ(error.message, wrong.message);
        EXPECT_EQ(pk_program_create(from.data(), from.size(), 0, &program, nullptr), wrong.status);
    }
}

TEST(ProgramErrors, are_reported_for_the_arguments_too) {
    pk_program* program = nullptr;
    pk_program_error error;
    const pk_instruction x = make(PK_OP_INPUT);
    EXPECT_EQ(pk_program_create(&x, 1, 0x80, &program, &error), PK_ERROR_INVALID_PROGRAM);
    EXPECT_STREQ(error.message, "unknown options 0x80");
    constexpr unsigned both = unsigned{PK_PROGRAM_ONLY_POINT} | unsigned{PK_PROGRAM_ONLY_LANES};
    EXPECT_EQ(pk_program_create(&x, 1, both, &program, &error), PK_ERROR_INVALID_PROGRAM);
    EXPECT_STREQ(error.message, "PK_PROGRAM_ONLY_POINT and PK_PROGRAM_ONLY_LANES are both set");
    EXPECT_EQ(pk_program_create(nullptr, 3, 0, &program, &error), PK_ERROR_INVALID_PROGRAM);
    EXPECT_STREQ(error.message, "the list is NULL");
    EXPECT_EQ(pk_program_create(nullptr, SIZE_MAX, 0, &program, &error), PK_ERROR_LIMIT);
    EXPECT_EQ(pk_program_create(nullptr, 0, 0, &program, &error), PK_OK);
    EXPECT_EQ(error.status, PK_OK);
    EXPECT_EQ(error.instruction, -1);
    EXPECT_STREQ(error.message, "");
    pk_program_destroy(program);
    pk_program_destroy(nullptr);
}

// ---- limits

list nested(int depth) {
    list from{make(PK_OP_INPUT), make(PK_OP_LESS, 0, 0)};
    for (int i = 0; i < depth; ++i) {
        // Conditions that differ: x < i
        from.push_back(constant(i));
        from.push_back(make(PK_OP_LESS, 0, static_cast<std::int32_t>(from.size()) - 1));
        from.push_back(make(PK_OP_IF, static_cast<std::int32_t>(from.size()) - 1));
        from.push_back(make(PK_OP_SIN, 0));
    }
    from.insert(from.end(), static_cast<std::size_t>(depth), make(PK_OP_END));
    from.push_back(make(PK_OP_OUTPUT, 0));
    return from;
}

TEST(ProgramLimits, allow_as_many_instructions_inputs_and_outputs_as_promised) {
    EXPECT_NE(tested::create(list(PK_PROGRAM_MAX_INSTRUCTIONS, constant(1))), nullptr);
    EXPECT_NE(tested::create(list(PK_PROGRAM_MAX_INPUTS, make(PK_OP_INPUT))), nullptr);
    EXPECT_NE(tested::create(outputs_of_one_input(PK_PROGRAM_MAX_OUTPUTS)), nullptr);
}

TEST(ProgramLimits, allow_branches_of_the_greatest_depth_and_no_deeper) {
    tested::create(nested(PK_PROGRAM_MAX_DEPTH));
    const list too_deep = nested(PK_PROGRAM_MAX_DEPTH + 1);
    pk_program* program = nullptr;
    pk_program_error error;
    EXPECT_EQ(pk_program_create(too_deep.data(), too_deep.size(), 0, &program, &error), PK_ERROR_LIMIT);
    EXPECT_EQ(error.instruction, 2 + 4 * PK_PROGRAM_MAX_DEPTH + 2);
    EXPECT_NE(std::strstr(error.message, "256 branches"), nullptr) << error.message;
}

// x * 1.5, x * 2.5, ..., and then their sum from the last to the first: all are alive at once.
list many_alive(int count) {
    list from{make(PK_OP_INPUT)};
    for (int i = 0; i < count; ++i) {
        from.push_back(constant(i + 1.5));
        from.push_back(make(PK_OP_MUL, 0, static_cast<std::int32_t>(from.size()) - 1));
    }
    for (int i = 0; i < count - 1; ++i) {
        const auto last = static_cast<std::int32_t>(from.size()) - 1;
        from.push_back(make(PK_OP_ADD, last, 2 * (count - 1 - i)));
    }
    from.push_back(make(PK_OP_OUTPUT, static_cast<std::int32_t>(from.size()) - 1));
    return from;
}

TEST(ProgramLimits, allow_as_many_values_alive_as_promised_and_no_more) {
    const int most = PK_PROGRAM_MAX_ALIVE - 1; // beside the input
    const list from = many_alive(most);
    const tested::program program = tested::create(from);
    std::vector<double> in(19);
    std::vector<double> out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
        in[i] = static_cast<double>(i) / 7;
    }
    double* const outputs[] = {out.data()};
    const pk_input inputs[] = {{in.data(), 1}};
    EXPECT_EQ(pk_program_run(program.get(), inputs, outputs, in.size(), nullptr), PK_OK);
    for (std::size_t i = 0; i < in.size(); ++i) {
        EXPECT_EQ(out[i], tested::compute(from, std::span(&in[i], 1)).outputs[0]);
    }
    EXPECT_EQ(pk_program_iterate(program.get(), inputs, outputs, in.size(), 1, 0, nullptr, nullptr), PK_OK);
    EXPECT_EQ(out[3], tested::compute(from, std::span(&in[3], 1)).outputs[0]);

    const list too_many = many_alive(most + 1);
    pk_program* refused = nullptr;
    pk_program_error error;
    EXPECT_EQ(pk_program_create(too_many.data(), too_many.size(), 0, &refused, &error), PK_ERROR_LIMIT);
    EXPECT_NE(std::strstr(error.message, "4096 values"), nullptr) << error.message;
}

// ---- trouble

struct failing_case {
    double a;
    double b;
    pk_opcode op;
    pk_trouble_kind kind;
};

TEST(ProgramTrouble, is_what_python_raises_for) {
    const failing_case cases[] = {
        {1, 0, PK_OP_DIV, PK_TROUBLE_ZERO_DIVISION},
        {0, -0.0, PK_OP_DIV, PK_TROUBLE_ZERO_DIVISION},
        {infinity, 0, PK_OP_DIV, PK_TROUBLE_ZERO_DIVISION}, // sets no flag of IEEE 754
        {NAN, 0, PK_OP_DIV, PK_TROUBLE_ZERO_DIVISION},
        {1e300, 1e-300, PK_OP_DIV, PK_TROUBLE_NONE},
        {1e300, 1e300, PK_OP_MUL, PK_TROUBLE_NONE},
        {infinity, infinity, PK_OP_SUB, PK_TROUBLE_NONE},
        {-1, 0, PK_OP_SQRT, PK_TROUBLE_DOMAIN},
        {-0.0, 0, PK_OP_SQRT, PK_TROUBLE_NONE},
        {-infinity, 0, PK_OP_SQRT, PK_TROUBLE_DOMAIN},
        {NAN, 0, PK_OP_SQRT, PK_TROUBLE_NONE},
        {0, 0, PK_OP_LOG, PK_TROUBLE_DOMAIN},
        {-1, 0, PK_OP_LOG, PK_TROUBLE_DOMAIN},
        {infinity, 0, PK_OP_LOG, PK_TROUBLE_NONE},
        {-1, 0, PK_OP_LOG1P, PK_TROUBLE_DOMAIN},
        {infinity, 0, PK_OP_SIN, PK_TROUBLE_DOMAIN},
        {-infinity, 0, PK_OP_COS, PK_TROUBLE_DOMAIN},
        {NAN, 0, PK_OP_SIN, PK_TROUBLE_NONE},
        {1.5, 0, PK_OP_ACOS, PK_TROUBLE_DOMAIN},
        {1000, 0, PK_OP_EXP, PK_TROUBLE_OVERFLOW},
        {-1000, 0, PK_OP_EXP, PK_TROUBLE_NONE},
        {infinity, 0, PK_OP_EXP, PK_TROUBLE_NONE},
        {-1000, 0, PK_OP_SINH, PK_TROUBLE_OVERFLOW},
        {1e200, 2, PK_OP_POW, PK_TROUBLE_OVERFLOW},
        {infinity, 2, PK_OP_POW, PK_TROUBLE_NONE},
        {-8, 1.0 / 3, PK_OP_POW, PK_TROUBLE_DOMAIN},
        {0, -1, PK_OP_POW, PK_TROUBLE_ZERO_DIVISION},
        {-0.0, -1, PK_OP_POW, PK_TROUBLE_ZERO_DIVISION},
        {0, -infinity, PK_OP_POW, PK_TROUBLE_NONE},
        {-infinity, 0.5, PK_OP_POW, PK_TROUBLE_NONE},
        {-1, NAN, PK_OP_POW, PK_TROUBLE_NONE},
        {infinity, 2, PK_OP_FMOD, PK_TROUBLE_DOMAIN},
        {1, 0, PK_OP_FMOD, PK_TROUBLE_DOMAIN},
        {1, infinity, PK_OP_FMOD, PK_TROUBLE_NONE},
        {1.7e308, 1.7e308, PK_OP_HYPOT, PK_TROUBLE_NONE},
        {0, 0, PK_OP_ATAN2, PK_TROUBLE_NONE},
        {infinity, 0, PK_OP_FLOOR, PK_TROUBLE_NONE},
    };
    for (const failing_case& failing : cases) {
        SCOPED_TRACE(std::string(pk_opcode_name(failing.op)) + " " + std::to_string(failing.a) + " " +
                     std::to_string(failing.b));
        // Of inputs, of constants, and, for pow, of the exponent only: each is simplified in another way.
        const std::array<list, 3> forms{
            list{make(PK_OP_INPUT), make(PK_OP_INPUT), make(failing.op, 0, 1)},
            list{constant(failing.a), constant(failing.b), make(failing.op, 0, 1)},
            list{make(PK_OP_INPUT), constant(failing.b), make(failing.op, 0, 1)},
        };
        for (const list& from : forms) { // there is no output: an operation that may fail stays all the same
            const double inputs[] = {failing.a, failing.b};
            pk_trouble trouble;
            const pk_status status = pk_program_run_point(tested::create(from).get(), inputs, nullptr, &trouble);
            EXPECT_EQ(status, failing.kind == PK_TROUBLE_NONE ? PK_OK : PK_ERROR_TROUBLE);
            EXPECT_EQ(trouble.kind, failing.kind);
            EXPECT_EQ(trouble.instruction, failing.kind == PK_TROUBLE_NONE ? -1 : 2);
            const tested::program fast = tested::create(from, PK_PROGRAM_FAST);
            EXPECT_EQ(pk_program_run_point(fast.get(), inputs, nullptr, &trouble), status);
            EXPECT_EQ(trouble.kind, failing.kind);
            const tested::program untroubled = tested::create(from, PK_PROGRAM_NO_TROUBLE);
            EXPECT_EQ(pk_program_run_point(untroubled.get(), inputs, nullptr, &trouble), PK_OK);
            EXPECT_EQ(trouble.kind, PK_TROUBLE_NONE);
        }
    }
}

TEST(ProgramOptions, machine_code_for_a_part_gives_the_same_bits) {
    const list from{make(PK_OP_INPUT),     constant(3),           make(PK_OP_SIN, 0),
                    make(PK_OP_DIV, 1, 0), make(PK_OP_MUL, 2, 3), make(PK_OP_OUTPUT, 4)};
    const double x[] = {0.5, -2, 1e-3, 40, 7};
    constexpr std::size_t n = std::size(x);
    const pk_input inputs[] = {{x, 1}};
    for (const unsigned mode : {0U, unsigned{PK_PROGRAM_FAST}}) {
        const tested::program whole = tested::create(from, mode);
        double wanted_lanes[n];
        double* const outputs[] = {wanted_lanes};
        ASSERT_EQ(pk_program_run(whole.get(), inputs, outputs, n, nullptr), PK_OK);
        for (const unsigned only : {unsigned{PK_PROGRAM_ONLY_POINT}, unsigned{PK_PROGRAM_ONLY_LANES}}) {
            const tested::program part = tested::create(from, mode | only);
            EXPECT_EQ(pk_program_options(part.get()), mode | only);
            // SSE2 has machine code for one point alone.
            const bool is_interpreted = only == PK_PROGRAM_ONLY_LANES && std::string(pk_isa()) == "sse2";
            EXPECT_STREQ(pk_program_engine(part.get()),
                         is_interpreted ? "interpreter" : pk_program_engine(whole.get()));
            double lanes[n];
            double* const found[] = {lanes};
            ASSERT_EQ(pk_program_run(part.get(), inputs, found, n, nullptr), PK_OK);
            for (std::size_t i = 0; i < n; ++i) {
                double point = 0;
                double wanted = 0;
                ASSERT_EQ(pk_program_run_point(part.get(), x + i, &point, nullptr), PK_OK);
                ASSERT_EQ(pk_program_run_point(whole.get(), x + i, &wanted, nullptr), PK_OK);
                EXPECT_EQ(point, wanted);
                EXPECT_EQ(lanes[i], wanted_lanes[i]);
            }
        }
    }
}

TEST(ProgramTrouble, is_found_though_the_result_is_finite) {
    // 1 / (1 / x) is 0 for x = 0.
    const tested::program program = tested::create(
        {make(PK_OP_INPUT), constant(1), make(PK_OP_DIV, 1, 0), make(PK_OP_DIV, 1, 2), make(PK_OP_OUTPUT, 3)});
    const double x[] = {4, 0, 2, 0};
    double y[4];
    const pk_input inputs[] = {{x, 1}};
    double* const outputs[] = {y};
    pk_trouble trouble;
    EXPECT_EQ(pk_program_run(program.get(), inputs, outputs, 4, &trouble), PK_ERROR_TROUBLE);
    EXPECT_EQ(trouble.kind, PK_TROUBLE_ZERO_DIVISION);
    EXPECT_EQ(trouble.lane, 1U);
    EXPECT_EQ(trouble.instruction, 2);
    EXPECT_EQ(y[1], 0);
    EXPECT_EQ(y[2], 2);
}

TEST(ProgramTrouble, counts_only_on_the_side_that_is_taken) {
    // x < 0 ? 0 : sqrt(x)
    const list from{make(PK_OP_INPUT),    constant(0),         make(PK_OP_LESS, 0, 1), make(PK_OP_IF, 2),
                    make(PK_OP_ELSE),     make(PK_OP_SQRT, 0), make(PK_OP_END),        make(PK_OP_RESULT, 1, 5),
                    make(PK_OP_OUTPUT, 7)};
    const tested::program program = tested::create(from);
    std::vector<double> x{-4, 4, -9, 9, -1, 25};
    std::vector<double> y(x.size());
    const pk_input inputs[] = {{x.data(), 1}};
    double* const outputs[] = {y.data()};
    EXPECT_EQ(pk_program_run(program.get(), inputs, outputs, x.size(), nullptr), PK_OK);
    EXPECT_EQ(y, (std::vector<double>{0, 2, 0, 3, 0, 5}));
    for (std::size_t i = 0; i < x.size(); ++i) {
        double result = 0;
        EXPECT_EQ(pk_program_run_point(program.get(), &x[i], &result, nullptr), PK_OK);
        EXPECT_EQ(result, y[i]);
    }
}

// ---- simplification, as the text shows it

std::string text_of(const list& from) { return tested::dump(*tested::create(from)); }

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) {
        ++found;
    }
    return found;
}

TEST(ProgramSimplification, computes_common_expressions_once) {
    const std::string text = text_of({make(PK_OP_INPUT), make(PK_OP_INPUT), make(PK_OP_MUL, 0, 1),
                                      make(PK_OP_MUL, 1, 0), make(PK_OP_ADD, 2, 3), make(PK_OP_OUTPUT, 4)});
    EXPECT_EQ(count(text, "mul"), 1U) << text;
}

TEST(ProgramSimplification, uses_expressions_from_outside_within_branches_but_not_across_sides) {
    const std::string text =
        text_of({make(PK_OP_INPUT), make(PK_OP_EXP, 0), make(PK_OP_LESS, 0, 1), make(PK_OP_IF, 2), make(PK_OP_EXP, 0),
                 make(PK_OP_LOG, 4), make(PK_OP_ELSE), make(PK_OP_LOG, 1), make(PK_OP_SIN, 7), make(PK_OP_END),
                 make(PK_OP_RESULT, 5, 8), make(PK_OP_OUTPUT, 10)});
    EXPECT_EQ(count(text, "exp"), 1U) << text;
    EXPECT_EQ(count(text, "log"), 2U) << text;
}

TEST(ProgramSimplification, folds_constants_and_drops_what_is_not_used_and_cannot_fail) {
    const std::string text =
        text_of({make(PK_OP_INPUT), constant(2), constant(3), make(PK_OP_MUL, 1, 2), make(PK_OP_ADD, 0, 3),
                 make(PK_OP_SUB, 0, 1), make(PK_OP_DIV, 0, 2), make(PK_OP_OUTPUT, 4)});
    EXPECT_EQ(count(text, "mul"), 0U) << text;
    EXPECT_EQ(count(text, "sub"), 0U) << text;
    EXPECT_EQ(count(text, "div"), 0U) << text; // by 3: can't fail
    EXPECT_EQ(count(text, "add x0 6"), 1U) << text;
}

TEST(ProgramSimplification, keeps_what_is_not_used_but_may_fail) {
    const std::string text =
        text_of({make(PK_OP_INPUT), make(PK_OP_LOG, 0), make(PK_OP_SQRT, 0, 0, 0, PK_QUIET), make(PK_OP_OUTPUT, 0)});
    EXPECT_EQ(count(text, "log"), 1U) << text;
    EXPECT_EQ(count(text, "sqrt"), 0U) << text;
}

TEST(ProgramSimplification, knows_the_condition_within_a_side) {
    // x < 1 ? (x < 1 ? exp(x) : log(x)) : sin(x)
    const std::string text =
        text_of({make(PK_OP_INPUT), constant(1), make(PK_OP_LESS, 0, 1), make(PK_OP_IF, 2), make(PK_OP_LESS, 0, 1),
                 make(PK_OP_IF, 4), make(PK_OP_EXP, 0), make(PK_OP_ELSE), make(PK_OP_LOG, 0), make(PK_OP_END),
                 make(PK_OP_RESULT, 6, 8), make(PK_OP_ELSE), make(PK_OP_SIN, 0), make(PK_OP_END),
                 make(PK_OP_RESULT, 10, 12), make(PK_OP_OUTPUT, 14)});
    EXPECT_EQ(count(text, "if"), 1U) << text;
    EXPECT_EQ(count(text, "log"), 0U) << text;
}

TEST(ProgramSimplification, makes_selections_of_short_sides) {
    // x < 0 ? -x : x
    const std::string text =
        text_of({make(PK_OP_INPUT), constant(0), make(PK_OP_LESS, 0, 1), make(PK_OP_IF, 2), make(PK_OP_NEG, 0),
                 make(PK_OP_END), make(PK_OP_RESULT, 4, 0), make(PK_OP_OUTPUT, 6)});
    EXPECT_EQ(count(text, "if"), 0U) << text;
    EXPECT_EQ(count(text, "select"), 1U) << text;
}

TEST(ProgramSimplification, keeps_the_sines_of_both_sides_behind_one_cosine) {
    // c = cos(x); x < 0 ? exp(sin(x)) : log(sin(x)) + c
    const tested::program program = tested::create(
        {make(PK_OP_INPUT), constant(0), make(PK_OP_COS, 0), make(PK_OP_LESS, 0, 1), make(PK_OP_IF, 3),
         make(PK_OP_SIN, 0), make(PK_OP_EXP, 5), make(PK_OP_ELSE), make(PK_OP_SIN, 0), make(PK_OP_LOG, 8),
         make(PK_OP_ADD, 9, 2), make(PK_OP_END), make(PK_OP_RESULT, 6, 10), make(PK_OP_OUTPUT, 12)});
    for (const double x : {-0.5, 0.5}) {
        double result = 0;
        ASSERT_EQ(pk_program_run_point(program.get(), &x, &result, nullptr), PK_OK);
        EXPECT_EQ(result, x < 0 ? std::exp(std::sin(x)) : std::log(std::sin(x)) + std::cos(x));
    }
}

#if defined(__GLIBC__)
TEST(ProgramSimplification, uses_what_glibc_allows) {
    const std::string text =
        text_of({make(PK_OP_INPUT), constant(2), make(PK_OP_SIN, 0), make(PK_OP_POW, 0, 1), make(PK_OP_COS, 0),
                 make(PK_OP_MUL, 2, 4), make(PK_OP_ADD, 5, 3), make(PK_OP_OUTPUT, 6)});
    EXPECT_EQ(count(text, "sincos"), 1U) << text;
    EXPECT_EQ(count(text, "square"), 1U) << text;
    EXPECT_EQ(count(text, "pow"), 0U) << text;
}
#endif

// ---- the text, names, and counts

TEST(ProgramText, is_cut_as_snprintf_cuts) {
    const tested::program program = tested::create({make(PK_OP_INPUT), make(PK_OP_EXP, 0), make(PK_OP_OUTPUT, 1)});
    const std::string whole = tested::dump(*program);
    EXPECT_EQ(whole, "1 inputs, 1 outputs, 1 steps, 0 constants, 2 slots\nr0 = libm_exp x0 !\noutput 0 = r0\n");
    for (std::size_t capacity = 0; capacity <= whole.size() + 2; ++capacity) {
        std::string text(whole.size() + 2, '#');
        EXPECT_EQ(pk_program_dump(program.get(), text.data(), capacity), whole.size());
        const std::size_t kept = capacity == 0 ? 0 : std::min(capacity - 1, whole.size());
        EXPECT_EQ(text.substr(0, kept), whole.substr(0, kept));
        if (capacity > 0) {
            EXPECT_EQ(text[kept], '\0');
            EXPECT_EQ(text.find_first_not_of('#', kept + 1), std::string::npos);
        }
    }
}

TEST(ProgramText, names_each_operation) {
    for (const tested::operation& known : tested::operations()) {
        EXPECT_STREQ(pk_opcode_name(known.op), known.name);
    }
    EXPECT_STREQ(pk_opcode_name(PK_OP_IF), "if");
    for (const int number : {-1, 0, 9, 1000}) {
        EXPECT_EQ(pk_opcode_name(std::bit_cast<pk_opcode>(number)), nullptr);
    }
}

TEST(Program, counts_its_inputs_and_outputs_and_names_its_engine) {
    const tested::program program =
        tested::create({make(PK_OP_INPUT), make(PK_OP_INPUT), make(PK_OP_INPUT), make(PK_OP_OUTPUT, 2)});
    EXPECT_EQ(pk_program_inputs(program.get()), 3U);
    EXPECT_EQ(pk_program_outputs(program.get()), 1U);
    EXPECT_STREQ(pk_program_engine(program.get()), pk_jit() != 0 ? "machine code" : "interpreter");
}

// ---- lanes of any number and place

class ProgramLanes : public testing::TestWithParam<tested::engine> {
  protected:
    void SetUp() override { GetParam().use(); }
};

// Three inputs; outputs that are computed, that are an input, and that are constant.
list mixed() {
    return {make(PK_OP_INPUT),         make(PK_OP_INPUT),      make(PK_OP_INPUT),      constant(3),
            make(PK_OP_MUL, 0, 1),     make(PK_OP_ADD, 4, 2),  make(PK_OP_LESS, 0, 1), make(PK_OP_IF, 6),
            make(PK_OP_SIN, 5),        make(PK_OP_ELSE),       make(PK_OP_ATAN, 0),    make(PK_OP_END),
            make(PK_OP_RESULT, 8, 10), make(PK_OP_OUTPUT, 12), make(PK_OP_OUTPUT, 0),  make(PK_OP_OUTPUT, 3),
            make(PK_OP_OUTPUT, 5)};
}

// The same with a sum of `width` sines, all alive at once, so that blocks are small.
list wide(int width) {
    list from{make(PK_OP_INPUT), make(PK_OP_INPUT), make(PK_OP_INPUT)};
    const int first = 3;
    for (int i = 0; i < width; ++i) {
        from.push_back(constant(i));
        from.push_back(make(PK_OP_ADD, 0, static_cast<std::int32_t>(from.size()) - 1));
    }
    std::int32_t sum = 1;
    for (int i = width - 1; i >= 0; --i) {
        from.push_back(make(PK_OP_MUL, sum, first + 2 * i + 1));
        from.push_back(make(PK_OP_SUB, 2, static_cast<std::int32_t>(from.size()) - 1));
        sum = static_cast<std::int32_t>(from.size()) - 1;
    }
    for (const std::int32_t output : {sum, 1, 0, sum}) {
        from.push_back(make(PK_OP_OUTPUT, output));
    }
    return from;
}

constexpr double sentinel = 12345;
constexpr std::size_t margin = 8;

// Runs n lanes with arrays at that offset from an aligned place. Outputs are arrays of their own, or, in place, those
// of other inputs than the one of their number.
void check_lanes(const list& from, std::size_t n, std::size_t offset, bool in_place, bool scalar) {
    SCOPED_TRACE("n " + std::to_string(n) + ", offset " + std::to_string(offset) + (in_place ? ", in place" : "") +
                 (scalar ? ", scalar" : ""));
    const tested::program program = tested::create(from);
    constexpr std::size_t arrays = 3 + 4;
    const std::size_t stride = (n + 2 * margin + 8 + 7) / 8 * 8;
    std::vector<double> memory(arrays * stride + 8, sentinel);
    double* base = memory.data();
    while (reinterpret_cast<std::uintptr_t>(base) % 64 != 0) {
        ++base;
    }
    const auto array = [&](std::size_t k) { return base + k * stride + margin + (k % 2 == 0 ? offset : 7 - offset); };
    tested::random_engine random = tested::seeded(n);
    std::vector<std::vector<double>> points(n, std::vector<double>(3));
    for (std::size_t k = 0; k < 3; ++k) {
        for (std::size_t i = 0; i < n; ++i) {
            array(k)[i] = std::normal_distribution<>(0, 2)(random);
        }
        for (std::size_t i = 0; i < n; ++i) {
            points[i][k] = array(k)[scalar && k == 2 ? 0 : i];
        }
    }
    const pk_input inputs[] = {{array(0), 1}, {array(1), 1}, {array(2), scalar ? 0U : 1U}};
    double* outputs[4];
    for (std::size_t j = 0; j < 4; ++j) {
        const bool replaces = in_place && (j == 0 || j == 1);
        outputs[j] = replaces ? array(1 - j) : array(3 + j);
    }
    ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, n, nullptr), PK_OK);
    for (std::size_t i = 0; i < n; ++i) {
        const tested::run_result expected = tested::compute(from, points[i]);
        for (std::size_t j = 0; j < 4; ++j) {
            ASSERT_TRUE(same_bits(outputs[j][i], expected.outputs[j])) << "output " << j << ", lane " << i;
        }
    }
    for (std::size_t k = 0; k < arrays; ++k) {
        if (n > 0 || k >= 3) {
            ASSERT_EQ(array(k)[-1], sentinel) << "array " << k;
            ASSERT_EQ(array(k)[n], sentinel) << "array " << k;
        }
    }
}

TEST_P(ProgramLanes, have_any_number_and_place) {
    for (std::size_t n = 0; n <= 40; ++n) {
        for (std::size_t offset = 0; offset < 8; ++offset) {
            for (const bool in_place : {false, true}) {
                check_lanes(mixed(), n, offset, in_place, offset % 2 == 1);
            }
        }
    }
}

// More than four blocks, whose size is the library's secret: at most 512 lanes, and 16 for that many values alive.
TEST_P(ProgramLanes, come_in_blocks_that_do_not_show) {
    for (std::size_t n = 0; n <= 4 * 16 + 3; ++n) {
        check_lanes(wide(230), n, n % 8, n % 2 == 0, n % 3 == 0);
    }
    for (const std::size_t size : {128U, 256U, 384U, 512U}) {
        for (const std::size_t blocks : {1U, 2U, 3U, 4U}) {
            for (std::size_t n = size * blocks - 3; n <= size * blocks + 3; ++n) {
                check_lanes(mixed(), n, n % 8, n % 2 == 0, n % 3 == 0);
            }
        }
    }
}

// In one of 1200 cases pow(x, 2) is not x * x: too few for random programs.
TEST_P(ProgramLanes, have_the_bits_of_pow_sin_and_cos_in_squares_and_pairs) {
    const tested::program program =
        tested::create({make(PK_OP_INPUT), constant(2), make(PK_OP_POW, 0, 1), make(PK_OP_SIN, 0), make(PK_OP_COS, 0),
                        make(PK_OP_OUTPUT, 2), make(PK_OP_OUTPUT, 3), make(PK_OP_OUTPUT, 4)});
    const auto expected = [](pk_opcode op, double x) {
        return std::ranges::find(tested::operations(), op, &tested::operation::op)->result(x, 2);
    };
    constexpr std::size_t n = 100'000;
    tested::random_engine random = tested::seeded(11);
    std::normal_distribution<> normal(0, 10);
    std::vector<double> x(n);
    std::ranges::generate(x, [&] { return normal(random); });
    std::vector<std::vector<double>> results(3, std::vector<double>(n));
    double* const outputs[] = {results[0].data(), results[1].data(), results[2].data()};
    const pk_input inputs[] = {{x.data(), 1}};
    ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, n, nullptr), PK_OK);
    int differences = 0;
    for (std::size_t i = 0; i < n; ++i) {
        double point[3];
        ASSERT_EQ(pk_program_run_point(program.get(), &x[i], point, nullptr), PK_OK);
        const pk_opcode ops[] = {PK_OP_POW, PK_OP_SIN, PK_OP_COS};
        for (std::size_t j = 0; j < 3; ++j) {
            const double wanted = expected(ops[j], x[i]);
            ASSERT_TRUE(same_bits(results[j][i], wanted)) << pk_opcode_name(ops[j]) << " of " << x[i];
            ASSERT_TRUE(same_bits(point[j], wanted)) << pk_opcode_name(ops[j]) << " of " << x[i];
        }
        differences += results[0][i] != x[i] * x[i] ? 1 : 0;
    }
#if defined(__GLIBC__)
    EXPECT_GT(differences, 20) << "the reference does not call pow";
#endif
}

TEST_P(ProgramLanes, may_exchange_their_arrays_in_place) {
    const tested::program program =
        tested::create({make(PK_OP_INPUT), make(PK_OP_INPUT), make(PK_OP_OUTPUT, 1), make(PK_OP_OUTPUT, 0)});
    for (const std::size_t n : {1U, 8U, 13U, 512U, 1500U}) {
        std::vector<double> a(n, 1);
        std::vector<double> b(n, 2);
        const pk_input inputs[] = {{a.data(), 1}, {b.data(), 1}};
        double* const outputs[] = {a.data(), b.data()};
        ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, n, nullptr), PK_OK);
        ASSERT_EQ(std::ranges::count(a, 2), std::ssize(a));
        ASSERT_EQ(std::ranges::count(b, 1), std::ssize(b));
    }
}

TEST_P(ProgramLanes, without_lanes_need_no_memory) {
    const tested::program program = tested::create(mixed());
    const pk_input inputs[3] = {};
    double* const outputs[4] = {};
    pk_trouble trouble{PK_TROUBLE_FAIL, 5, 5, 5};
    EXPECT_EQ(pk_program_run(program.get(), inputs, outputs, 0, &trouble), PK_OK);
    EXPECT_EQ(trouble.kind, PK_TROUBLE_NONE);
    EXPECT_EQ(trouble.instruction, -1);
}

// Arithmetic alone, with any number of inputs and constants: machine code keeps as many of both in registers as it
// can. Two outputs are one value.
list plain_list(int inputs, int constants) {
    list from(static_cast<std::size_t>(inputs), make(PK_OP_INPUT));
    std::int32_t sum = 0;
    const auto append = [&](const pk_instruction& added) {
        from.push_back(added);
        return static_cast<std::int32_t>(from.size() - 1);
    };
    for (int i = 1; i < inputs; ++i) {
        sum = append(make(i % 3 == 0 ? PK_OP_MINIMUM : PK_OP_SUB, sum, i));
    }
    for (int i = 0; i < constants; ++i) {
        const std::int32_t value = append(constant(1.5 + i));
        const std::int32_t product = append(make(PK_OP_MUL, sum, value));
        sum = append(i % 2 == 0 ? make(PK_OP_ADD, product, value) : make(PK_OP_SUB, value, product));
    }
    append(make(PK_OP_OUTPUT, sum));
    append(make(PK_OP_OUTPUT, append(make(PK_OP_NEG, sum))));
    append(make(PK_OP_OUTPUT, sum));
    return from;
}

TEST_P(ProgramLanes, of_plain_programs_have_the_results_of_points) {
    for (const unsigned options : {0U, unsigned{PK_PROGRAM_FAST}}) {
        for (const int inputs : {1, 2, 5, 14}) {
            for (const int constants : {0, 1, 6, 12, 40}) {
                const tested::program program = tested::create(plain_list(inputs, constants), options);
                const auto m = static_cast<std::size_t>(inputs);
                for (const std::size_t n : {1U, 3U, 4U, 5U, 8U, 13U, 16U, 23U}) {
                    // One array after the other. In place, the first ones are outputs too.
                    for (const std::size_t in_place : {std::size_t{0}, std::min<std::size_t>(m, 3)}) {
                        std::vector<double> x(m * n);
                        for (std::size_t i = 0; i < x.size(); ++i) {
                            x[i] = std::sin(static_cast<double>(i * 7 + 1));
                        }
                        const std::vector<double> before = x;
                        std::vector<double> y(3 * n, sentinel);
                        std::vector<pk_input> from(m);
                        for (std::size_t k = 0; k < m; ++k) {
                            from[k] = {&x[k * n], 1};
                        }
                        double* to[3];
                        for (std::size_t j = 0; j < 3; ++j) {
                            to[j] = j < in_place ? &x[j * n] : &y[j * n];
                        }
                        ASSERT_EQ(pk_program_run(program.get(), from.data(), to, n, nullptr), PK_OK);
                        for (std::size_t i = 0; i < n; ++i) {
                            std::vector<double> point(m);
                            for (std::size_t k = 0; k < m; ++k) {
                                point[k] = before[k * n + i];
                            }
                            double expected[3];
                            pk_program_run_point(program.get(), point.data(), expected, nullptr);
                            for (std::size_t j = 0; j < 3; ++j) {
                                ASSERT_TRUE(same_bits(to[j][i], expected[j]) || options != 0);
                                ASSERT_NEAR(to[j][i], expected[j], 1e-9 * std::fabs(expected[j]));
                            }
                        }
                    }
                }
            }
        }
    }
}

TEST_P(ProgramLanes, report_a_failure_in_the_last_lanes_once_and_at_its_place) {
    const tested::program program =
        tested::create({make(PK_OP_INPUT), constant(1), make(PK_OP_DIV, 1, 0), make(PK_OP_OUTPUT, 2)});
    for (std::size_t n = 1; n < 20; ++n) {
        for (std::size_t bad = 0; bad < n; ++bad) {
            std::vector<double> x(n, 2);
            std::vector<double> y(n);
            x[bad] = 0;
            const pk_input inputs[] = {{x.data(), 1}};
            double* const outputs[] = {y.data()};
            pk_trouble trouble;
            ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, n, &trouble), PK_ERROR_TROUBLE);
            ASSERT_EQ(trouble.lane, bad);
            ASSERT_EQ(trouble.step, 0U);
            ASSERT_EQ(std::ranges::count(y, 0.5), std::ssize(y) - 1);
        }
    }
}

// ---- fast programs

// Sums and differences with a product: each operand a variable or a constant, on either side.
TEST_P(ProgramLanes, of_fast_programs_round_products_once_or_twice) {
    tested::random_engine random = tested::seeded(9);
    std::normal_distribution<> normal;
    for (const pk_opcode op : {PK_OP_ADD, PK_OP_SUB}) {
        for (unsigned form = 0; form < 16; ++form) {
            const double constants[] = {normal(random), normal(random), normal(random)};
            list from(3, make(PK_OP_INPUT));
            for (const double value : constants) {
                from.push_back(constant(value));
            }
            // Operand k is the input k or the constant 3 + k.
            const auto operand = [&](int k) { return (form >> static_cast<unsigned>(k) & 1U) != 0 ? 3 + k : k; };
            const bool product_first = (form & 8U) != 0;
            from.push_back(make(PK_OP_MUL, operand(0), operand(1)));
            from.push_back(product_first ? make(op, 6, operand(2)) : make(op, operand(2), 6));
            from.push_back(make(PK_OP_OUTPUT, 7));
            const tested::program program = tested::create(from, PK_PROGRAM_FAST);
            for (int i = 0; i < 20; ++i) {
                const double x[] = {normal(random), normal(random), normal(random)};
                double of[3];
                for (int k = 0; k < 3; ++k) {
                    of[k] = operand(k) < 3 ? x[k] : constants[k];
                }
                const double sign_of_product = op == PK_OP_SUB && !product_first ? -1 : 1;
                const double sign_of_addend = op == PK_OP_SUB && product_first ? -1 : 1;
                const double twice = sign_of_product * (of[0] * of[1]) + sign_of_addend * of[2];
                const double once = std::fma(sign_of_product * of[0], of[1], sign_of_addend * of[2]);
                double point = 0;
                ASSERT_EQ(pk_program_run_point(program.get(), x, &point, nullptr), PK_OK);
                ASSERT_TRUE(point == once || point == twice) << tested::dump(*program);
                double lane = 0;
                const pk_input inputs[] = {{&x[0], 1}, {&x[1], 1}, {&x[2], 1}};
                double* const outputs[] = {&lane};
                ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, 1, nullptr), PK_OK);
                ASSERT_TRUE(lane == once || lane == twice) << tested::dump(*program);
            }
        }
    }
}

TEST_P(ProgramLanes, of_fast_programs_compute_squares_as_products_and_other_powers_with_the_kernel) {
    const tested::program program =
        tested::create({make(PK_OP_INPUT), make(PK_OP_INPUT), constant(2), make(PK_OP_POW, 0, 2),
                        make(PK_OP_POW, 0, 1), make(PK_OP_OUTPUT, 3), make(PK_OP_OUTPUT, 4)},
                       PK_PROGRAM_FAST);
    tested::random_engine random = tested::seeded(10);
    for (int i = 0; i < 1000; ++i) {
        const double x[] = {std::fabs(tested::random_number(random)), std::normal_distribution<>(0, 1)(random)};
        double powers[2];
        pk_program_run_point(program.get(), x, powers, nullptr);
        double power = 0;
        pk_pow_f64(&x[0], &x[1], &power, 1);
        if (std::isfinite(x[0] * x[0]) && std::isfinite(power)) {
            EXPECT_TRUE(same_bits(powers[0], x[0] * x[0]));
            EXPECT_TRUE(same_bits(powers[1], power));
        }
    }
}

TEST(ProgramSimplification, of_fast_programs_fuses_products_that_one_sum_uses) {
    const auto fast_text = [](const list& from) { return tested::dump(*tested::create(from, PK_PROGRAM_FAST)); };
    const std::string once = fast_text(
        {make(PK_OP_INPUT), make(PK_OP_INPUT), make(PK_OP_MUL, 0, 1), make(PK_OP_SUB, 1, 2), make(PK_OP_OUTPUT, 3)});
    EXPECT_EQ(count(once, "fused_rsub x0 x1 x1"), 1U) << once;
    EXPECT_EQ(count(once, "mul"), 0U) << once;
    const std::string twice = fast_text({make(PK_OP_INPUT), make(PK_OP_MUL, 0, 0), make(PK_OP_ADD, 1, 0),
                                         make(PK_OP_SUB, 1, 0), make(PK_OP_OUTPUT, 2), make(PK_OP_OUTPUT, 3)});
    EXPECT_EQ(count(twice, "fused"), 0U) << twice;
    const std::string power =
        fast_text({make(PK_OP_INPUT), constant(2), make(PK_OP_POW, 0, 1), make(PK_OP_SIN, 0), make(PK_OP_COS, 0),
                   make(PK_OP_OUTPUT, 2), make(PK_OP_OUTPUT, 3), make(PK_OP_OUTPUT, 4)});
    EXPECT_EQ(count(power, "fast_square x0 !"), 1U) << power;
    EXPECT_EQ(count(power, " = sincos x0 !"), 1U) << power;
}

// ---- iteration

// The state (x, y) of a map with a parameter p: x' = y, y' = p * sin(x) - y.
list map_list() {
    return {make(PK_OP_INPUT),     make(PK_OP_INPUT),     make(PK_OP_INPUT),     make(PK_OP_SIN, 0),
            make(PK_OP_MUL, 2, 3), make(PK_OP_SUB, 4, 1), make(PK_OP_OUTPUT, 1), make(PK_OP_OUTPUT, 5)};
}

TEST_P(ProgramLanes, iterate_as_single_steps_do) {
    const list from = map_list();
    const tested::program program = tested::create(from);
    constexpr std::size_t steps = 11;
    for (const std::size_t n : {1U, 7U, 8U, 100U, 1100U}) {
        for (const std::size_t every : {0U, 1U, 3U, 11U, 20U}) {
            SCOPED_TRACE("n " + std::to_string(n) + ", every " + std::to_string(every));
            std::vector<double> x(n);
            std::vector<double> y(n);
            for (std::size_t i = 0; i < n; ++i) {
                x[i] = static_cast<double>(i) / 10;
                y[i] = 1 - x[i];
            }
            const double p = 1.75;
            const pk_input inputs[] = {{x.data(), 1}, {y.data(), 1}, {&p, 0}};
            const std::size_t rows = every == 0 ? 0 : steps / every;
            std::vector<double> stored_x(rows * n + 1, sentinel);
            std::vector<double> stored_y(rows * n + 1, sentinel);
            double* const stored[] = {stored_x.data(), stored_y.data()};
            const std::vector<double> x0 = x;
            const std::vector<double> y0 = y;
            double* const outputs[] = {x.data(), y.data()}; // in place
            ASSERT_EQ(pk_program_iterate(program.get(), inputs, outputs, n, steps, every, stored, nullptr), PK_OK);
            ASSERT_EQ(stored_x[rows * n], sentinel);
            ASSERT_EQ(stored_y[rows * n], sentinel);
            for (std::size_t i = 0; i < n; ++i) {
                std::vector<double> state{x0[i], y0[i], p};
                const double start[] = {x0[i], y0[i], p};
                double end[2];
                std::vector<double> stored_point(2 * rows);
                ASSERT_EQ(
                    pk_program_iterate_point(program.get(), start, end, steps, every, stored_point.data(), nullptr),
                    PK_OK);
                for (std::size_t step = 1; step <= steps; ++step) {
                    const tested::run_result next = tested::compute(from, state);
                    std::ranges::copy(next.outputs, state.begin());
                    if (every != 0 && step % every == 0) {
                        const std::size_t row = step / every - 1;
                        ASSERT_TRUE(same_bits(stored_x[row * n + i], state[0]));
                        ASSERT_TRUE(same_bits(stored_y[row * n + i], state[1]));
                        ASSERT_TRUE(same_bits(stored_point[2 * row], state[0]));
                        ASSERT_TRUE(same_bits(stored_point[2 * row + 1], state[1]));
                    }
                }
                ASSERT_TRUE(same_bits(x[i], state[0]));
                ASSERT_TRUE(same_bits(y[i], state[1]));
                ASSERT_TRUE(same_bits(end[0], state[0]));
                ASSERT_TRUE(same_bits(end[1], state[1]));
            }
        }
    }
}

// x' = 1 / (x - 1): from x = 1 it fails in the first step, from x = 2 in the second, from x = 1.5 in the third.
list failing_list() {
    return {make(PK_OP_INPUT), constant(1), make(PK_OP_SUB, 0, 1), make(PK_OP_DIV, 1, 2), make(PK_OP_OUTPUT, 3)};
}

TEST(ProgramIteration, of_a_point_stops_before_the_step_that_fails) {
    const tested::program program = tested::create(failing_list());
    double x = 1.5;
    double stored[5] = {sentinel, sentinel, sentinel, sentinel, sentinel};
    pk_trouble trouble;
    EXPECT_EQ(pk_program_iterate_point(program.get(), &x, &x, 5, 1, stored, &trouble), PK_ERROR_TROUBLE);
    EXPECT_EQ(trouble.kind, PK_TROUBLE_ZERO_DIVISION);
    EXPECT_EQ(trouble.step, 2U);
    EXPECT_EQ(trouble.instruction, 3);
    EXPECT_EQ(x, 1);
    EXPECT_EQ(stored[0], 2);
    EXPECT_EQ(stored[1], 1);
    EXPECT_EQ(stored[2], sentinel);
}

TEST_P(ProgramLanes, report_the_earliest_step_that_fails_and_its_lowest_lane) {
    const tested::program program = tested::create(failing_list());
    constexpr std::size_t n = 2000;
    std::vector<double> x(n, 3); // does not fail in three steps
    x[40] = 1.5;
    x[1200] = 2;
    x[1300] = 2;
    std::vector<double> y(n);
    const pk_input inputs[] = {{x.data(), 1}};
    double* const outputs[] = {y.data()};
    pk_trouble trouble;
    EXPECT_EQ(pk_program_iterate(program.get(), inputs, outputs, n, 3, 0, nullptr, &trouble), PK_ERROR_TROUBLE);
    EXPECT_EQ(trouble.step, 1U);
    EXPECT_EQ(trouble.lane, 1200U);
    EXPECT_EQ(pk_program_iterate(program.get(), inputs, outputs, n, trouble.step, 0, nullptr, &trouble), PK_OK);
    EXPECT_EQ(y[1200], 1); // the state before the step
}

TEST(ProgramIteration, of_no_steps_copies_the_state) {
    const tested::program program = tested::create(map_list());
    const double start[] = {1, 2, 3};
    double end[2] = {};
    EXPECT_EQ(pk_program_iterate_point(program.get(), start, end, 0, 0, nullptr, nullptr), PK_OK);
    EXPECT_EQ(end[0], 1);
    EXPECT_EQ(end[1], 2);
}

TEST(ProgramIteration, needs_an_input_for_each_output) {
    const tested::program program = tested::create({make(PK_OP_INPUT), make(PK_OP_OUTPUT, 0), make(PK_OP_OUTPUT, 0)});
    const double x = 1;
    double y[2] = {sentinel, sentinel};
    EXPECT_EQ(pk_program_iterate_point(program.get(), &x, y, 1, 0, nullptr, nullptr), PK_ERROR_NOT_ITERABLE);
    const pk_input inputs[] = {{&x, 1}};
    double* const outputs[] = {&y[0], &y[1]};
    EXPECT_EQ(pk_program_iterate(program.get(), inputs, outputs, 1, 1, 0, nullptr, nullptr), PK_ERROR_NOT_ITERABLE);
    EXPECT_EQ(y[0], sentinel);
}

INSTANTIATE_TEST_SUITE_P(Available, ProgramLanes, testing::ValuesIn(tested::available_engines()),
                         [](const auto& test) { return tested::name_of(test.param); });

} // namespace
