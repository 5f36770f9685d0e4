// SPDX-License-Identifier: BSD-3-Clause
//
// What simplification and lowering make of a list, as pk_program_dump() shows it: each rule by a small program. The
// results of programs would be the same without these rules, so no other test notices if one is lost.
#include "picokernels/program.h"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using tested::list;

// A list that grows: each member adds an instruction and returns its index.
class builder {
  public:
    std::int32_t op(pk_opcode op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0,
                    std::uint32_t flags = 0) {
        list_.push_back({op, flags, a, b, c, 0});
        return static_cast<std::int32_t>(list_.size()) - 1;
    }
    std::int32_t quiet(pk_opcode operation, std::int32_t a, std::int32_t b = 0) {
        return op(operation, a, b, 0, PK_QUIET);
    }
    std::int32_t input() { return op(PK_OP_INPUT); }
    std::int32_t number(double value) {
        list_.push_back({PK_OP_CONSTANT, 0, 0, 0, 0, value});
        return static_cast<std::int32_t>(list_.size()) - 1;
    }
    // A truth value that simplification knows.
    std::int32_t truth(bool value) { return op(PK_OP_LESS, number(value ? 1 : 2), number(value ? 2 : 1)); }
    void output(std::int32_t a) { op(PK_OP_OUTPUT, a); }

    // The text without its first line, which counts.
    std::string text(unsigned options = 0) const {
        const std::string whole = tested::dump(*tested::create(list_, options));
        return whole.substr(whole.find('\n') + 1);
    }
    std::string first_line() const {
        const std::string whole = tested::dump(*tested::create(list_));
        return whole.substr(0, whole.find('\n'));
    }

  private:
    list list_;
};

// The text of op(x, value), or of op(value, x).
std::string with_constant(pk_opcode op, double value, bool is_first = false) {
    builder of;
    const std::int32_t x = of.input();
    const std::int32_t constant = of.number(value);
    of.output(is_first ? of.op(op, constant, x) : of.op(op, x, constant));
    return of.text();
}

constexpr const char* nothing_but_x = "output 0 = x0\n";

TEST(ProgramRules, numbers_that_change_nothing_are_dropped) {
    EXPECT_EQ(with_constant(PK_OP_ADD, -0.0), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_ADD, -0.0, true), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_SUB, 0.0), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_MUL, 1.0), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_MUL, 1.0, true), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_DIV, 1.0), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_POW, 1.0), nothing_but_x);
    EXPECT_EQ(with_constant(PK_OP_POW, 0.0), "output 0 = 1\n");
}

TEST(ProgramRules, numbers_that_change_zeros_or_the_order_stay) {
    EXPECT_EQ(with_constant(PK_OP_ADD, 0.0), "r0 = add x0 0\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_SUB, -0.0), "r0 = sub x0 -0\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_SUB, 0.0, true), "r0 = sub 0 x0\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_DIV, 1.0, true), "r0 = div 1 x0 !\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_MUL, -1.0), "r0 = mul x0 -1\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_MINIMUM, 1.0), "r0 = minimum x0 1\noutput 0 = r0\n");
}

TEST(ProgramRules, a_division_by_a_power_of_two_is_a_product) {
    EXPECT_EQ(with_constant(PK_OP_DIV, 4.0), "r0 = mul x0 0.25\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_DIV, -0.5), "r0 = mul x0 -2\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_DIV, 3.0), "r0 = div x0 3\noutput 0 = r0\n");
    // The reciprocals of these are denormal or infinite.
    EXPECT_EQ(with_constant(PK_OP_DIV, 0x1p1023), "r0 = div x0 8.9884656743115795e+307\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_DIV, 0x1p-1074), "r0 = div x0 4.9406564584124654e-324\noutput 0 = r0\n");
    EXPECT_EQ(with_constant(PK_OP_DIV, 0.0), "r0 = div x0 0 !\noutput 0 = r0\n");
}

TEST(ProgramRules, negations_and_absolute_values_cancel) {
    const auto twice = [](pk_opcode first, pk_opcode second) {
        builder of;
        const std::int32_t x = of.input();
        of.output(of.op(second, of.op(first, x)));
        return of.text();
    };
    EXPECT_EQ(twice(PK_OP_NEG, PK_OP_NEG), nothing_but_x);
    EXPECT_EQ(twice(PK_OP_NEG, PK_OP_ABS), "r0 = abs x0\noutput 0 = r0\n");
    EXPECT_EQ(twice(PK_OP_ABS, PK_OP_ABS), "r0 = abs x0\noutput 0 = r0\n");
    EXPECT_EQ(twice(PK_OP_ABS, PK_OP_NEG), "r0 = abs x0\nr0 = neg r0\noutput 0 = r0\n");
    EXPECT_EQ(twice(PK_OP_FLOOR, PK_OP_CEIL), "r0 = floor x0\nr0 = ceil r0\noutput 0 = r0\n");
}

// and, or, and select of x < 1 with what is known.
TEST(ProgramRules, truth_values_that_are_known_decide) {
    const auto logic = [](pk_opcode op, bool known, bool is_first) {
        builder of;
        const std::int32_t x = of.input();
        const std::int32_t is_less = of.op(PK_OP_LESS, x, of.number(1));
        const std::int32_t truth = of.truth(known);
        const std::int32_t result = is_first ? of.op(op, truth, is_less) : of.op(op, is_less, truth);
        of.output(of.op(PK_OP_SELECT, result, x, of.number(7)));
        return of.text();
    };
    const std::string undecided = logic(PK_OP_AND, true, false); // x < 1 ? x : 7
    EXPECT_NE(undecided.find("less"), std::string::npos) << undecided;
    EXPECT_NE(undecided.find("select"), std::string::npos) << undecided;
    EXPECT_EQ(undecided.find("and"), std::string::npos) << undecided;
    EXPECT_EQ(logic(PK_OP_AND, true, true), undecided);
    EXPECT_EQ(logic(PK_OP_OR, false, false), undecided);
    EXPECT_EQ(logic(PK_OP_OR, false, true), undecided);
    EXPECT_EQ(logic(PK_OP_AND, false, false), "output 0 = 7\n");
    EXPECT_EQ(logic(PK_OP_AND, false, true), "output 0 = 7\n");
    EXPECT_EQ(logic(PK_OP_OR, true, false), nothing_but_x);
    EXPECT_EQ(logic(PK_OP_OR, true, true), nothing_but_x);

    // Of one truth value with itself, and negated twice.
    const auto of_itself = [](pk_opcode op) {
        builder of;
        const std::int32_t x = of.input();
        const std::int32_t is_less = of.op(PK_OP_LESS, x, of.number(1));
        const std::int32_t result =
            op == PK_OP_NOT ? of.op(PK_OP_NOT, of.op(PK_OP_NOT, is_less)) : of.op(op, is_less, is_less);
        of.truth(true);
        of.output(of.op(PK_OP_SELECT, result, x, of.number(7)));
        return of.text();
    };
    for (const pk_opcode op : {PK_OP_AND, PK_OP_OR, PK_OP_NOT}) {
        EXPECT_EQ(of_itself(op), undecided);
    }

    const auto select = [](bool known, bool is_negated) {
        builder of;
        const std::int32_t x = of.input();
        const std::int32_t truth = of.truth(known);
        of.output(of.op(PK_OP_SELECT, is_negated ? of.op(PK_OP_NOT, truth) : truth, x, of.number(7)));
        return of.text();
    };
    EXPECT_EQ(select(true, false), nothing_but_x);
    EXPECT_EQ(select(false, false), "output 0 = 7\n");
    EXPECT_EQ(select(true, true), "output 0 = 7\n");
    EXPECT_EQ(select(false, true), nothing_but_x);
}

TEST(ProgramRules, a_selection_between_equals_is_none) {
    builder of;
    const std::int32_t x = of.input();
    of.output(of.op(PK_OP_SELECT, of.op(PK_OP_LESS, x, of.number(1)), x, x));
    EXPECT_EQ(of.text(), nothing_but_x);
}

// x < 1 ? -x - ... : x with that many operations on the first side.
std::string branch_of(int operations, pk_opcode op) {
    builder of;
    const std::int32_t x = of.input();
    const std::int32_t y = of.input();
    of.op(PK_OP_IF, of.op(PK_OP_LESS, x, y));
    std::int32_t value = x;
    for (int i = 0; i < operations; ++i) {
        value = of.op(op, value, y);
    }
    of.op(PK_OP_END);
    of.output(of.op(PK_OP_RESULT, value, x));
    return of.text();
}

TEST(ProgramRules, sides_of_up_to_four_quick_operations_become_selections) {
    EXPECT_EQ(branch_of(4, PK_OP_ADD).find("if"), std::string::npos);
    EXPECT_NE(branch_of(4, PK_OP_ADD).find("select"), std::string::npos);
    EXPECT_NE(branch_of(5, PK_OP_ADD).find("if"), std::string::npos);
    EXPECT_NE(branch_of(1, PK_OP_DIV).find("if"), std::string::npos);
    EXPECT_NE(branch_of(1, PK_OP_ATAN2).find("if"), std::string::npos);
}

TEST(ProgramRules, only_the_side_that_is_known_to_run_stays) {
    const auto known = [](bool condition, bool has_else) {
        builder of;
        const std::int32_t x = of.input();
        of.op(PK_OP_IF, of.truth(condition));
        const std::int32_t first = of.op(PK_OP_EXP, x);
        std::int32_t second = x;
        if (has_else) {
            of.op(PK_OP_ELSE);
            second = of.op(PK_OP_SIN, x);
        }
        of.op(PK_OP_END);
        of.output(of.op(PK_OP_RESULT, first, second));
        return of.text();
    };
    EXPECT_EQ(known(true, true), "r0 = libm_exp x0 !\noutput 0 = r0\n");
    EXPECT_EQ(known(true, false), "r0 = libm_exp x0 !\noutput 0 = r0\n");
    EXPECT_EQ(known(false, true), "r0 = libm_sin x0 !\noutput 0 = r0\n");
    EXPECT_EQ(known(false, false), nothing_but_x);
}

TEST(ProgramRules, a_branch_stays_if_something_in_it_is_needed) {
    const auto branch = [](pk_opcode op, bool is_quiet, bool is_used) {
        builder of;
        const std::int32_t x = of.input();
        of.op(PK_OP_IF, of.op(PK_OP_LESS, x, of.number(1)));
        const std::int32_t value = is_quiet ? of.quiet(op, x) : of.op(op, x);
        of.op(PK_OP_END);
        const std::int32_t result = of.op(PK_OP_RESULT, value, x);
        of.output(is_used ? result : x);
        return of.text();
    };
    EXPECT_EQ(branch(PK_OP_LOG, true, false), nothing_but_x);
    EXPECT_NE(branch(PK_OP_LOG, false, false).find("log"), std::string::npos);
    EXPECT_NE(branch(PK_OP_LOG, true, true).find("log"), std::string::npos);
}

TEST(ProgramRules, equal_operations_are_computed_once_if_they_report_the_same) {
    const auto both = [](bool first_is_quiet, bool second_is_quiet) {
        builder of;
        const std::int32_t x = of.input();
        of.output(first_is_quiet ? of.quiet(PK_OP_LOG, x) : of.op(PK_OP_LOG, x));
        of.output(second_is_quiet ? of.quiet(PK_OP_LOG, x) : of.op(PK_OP_LOG, x));
        return of.text();
    };
    EXPECT_EQ(both(false, false), "r0 = libm_log x0 !\noutput 0 = r0\noutput 1 = r0\n");
    EXPECT_EQ(both(true, true), "r0 = libm_log x0\noutput 0 = r0\noutput 1 = r0\n");
    EXPECT_EQ(both(false, true), both(false, false));
    EXPECT_EQ(both(true, false), "r0 = libm_log x0\nr1 = libm_log x0 !\noutput 0 = r0\noutput 1 = r1\n");
}

TEST(ProgramRules, operands_change_places_only_where_that_changes_nothing) {
    const auto steps_of_both_orders = [](pk_opcode op) {
        builder of;
        const std::int32_t x = of.input();
        const std::int32_t y = of.input();
        of.output(of.quiet(op, x, y));
        of.output(of.quiet(op, y, x));
        const std::string text = of.text();
        return text.find("output 1 = r0") != std::string::npos ? 1 : 2;
    };
    for (const pk_opcode op : {PK_OP_ADD, PK_OP_MUL, PK_OP_MINIMUM, PK_OP_MAXIMUM}) {
        EXPECT_EQ(steps_of_both_orders(op), 1) << pk_opcode_name(op);
    }
    for (const pk_opcode op : {PK_OP_SUB, PK_OP_DIV, PK_OP_POW, PK_OP_ATAN2, PK_OP_FMOD}) {
        EXPECT_EQ(steps_of_both_orders(op), 2) << pk_opcode_name(op);
    }
}

// The lines of each kind of step, with branches in branches.
TEST(ProgramText, shows_each_step_in_a_line_of_its_own_and_indents_sides) {
    builder of;
    const std::int32_t x = of.input();
    const std::int32_t y = of.input();
    of.op(PK_OP_IF, of.op(PK_OP_LESS, x, y));
    of.op(PK_OP_IF, of.op(PK_OP_NOT, of.op(PK_OP_EQUAL, x, of.number(0))));
    const std::int32_t quotient = of.op(PK_OP_DIV, y, x);
    of.op(PK_OP_ELSE);
    of.op(PK_OP_FAIL, PK_TROUBLE_DOMAIN);
    of.op(PK_OP_END);
    const std::int32_t inner = of.op(PK_OP_RESULT, quotient, y);
    of.op(PK_OP_ELSE);
    const std::int32_t sine = of.op(PK_OP_SIN, x);
    const std::int32_t power = of.op(PK_OP_EXP, x);
    const std::int32_t product = of.op(PK_OP_MUL, sine, power);
    of.op(PK_OP_END);
    of.output(of.op(PK_OP_RESULT, inner, product));
    of.output(of.number(2.5));
    EXPECT_EQ(of.text(), "r0 = less x0 x1\n"
                         "if r0\n"
                         "  r2 = equal x0 0\n"
                         "  r2 = not r2\n"
                         "  if r2\n"
                         "    r4 = div x1 x0 !\n"
                         "  else\n"
                         "    fail 2 !\n"
                         "    r4 = x1\n"
                         "  end\n"
                         "else\n"
                         "  r2 = libm_sin x0 !\n"
                         "  r3 = libm_exp x0 !\n"
                         "  r3 = mul r2 r3\n"
                         "  r4 = r3\n"
                         "end\n"
                         "output 0 = r4\n"
                         "output 1 = 2.5\n");
    EXPECT_EQ(of.first_line(), "2 inputs, 2 outputs, 16 steps, 2 constants, 7 slots");
}

} // namespace
