// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include "bits.hpp"
#include "isas.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace tested {

namespace {

// ---- operations: trouble as the sources of CPython say it (Objects/floatobject.c, Modules/mathmodule.c)

pk_trouble_kind never(double, double, double) { return PK_TROUBLE_NONE; }

pk_trouble_kind of_division(double, double b, double) { return b == 0 ? PK_TROUBLE_ZERO_DIVISION : PK_TROUBLE_NONE; }

// math_1(): a NaN from a number is a domain error, an infinity from a finite number an overflow, or a domain error
// for functions that can't overflow.
template <pk_trouble_kind infinite> pk_trouble_kind of_math(double a, double, double result) {
    if (std::isnan(result) && !std::isnan(a)) {
        return PK_TROUBLE_DOMAIN;
    }
    return std::isinf(result) && std::isfinite(a) ? infinite : PK_TROUBLE_NONE;
}

// float_pow()
pk_trouble_kind of_pow(double a, double b, double result) {
    if (b == 0 || std::isnan(a) || std::isnan(b) || std::isinf(a) || std::isinf(b)) {
        return PK_TROUBLE_NONE;
    }
    if (a == 0) {
        return b < 0 ? PK_TROUBLE_ZERO_DIVISION : PK_TROUBLE_NONE;
    }
    if (a < 0 && b != std::floor(b)) {
        return PK_TROUBLE_DOMAIN;
    }
    return std::isinf(result) ? PK_TROUBLE_OVERFLOW : PK_TROUBLE_NONE;
}

// math_fmod()
pk_trouble_kind of_fmod(double a, double b, double) {
    const bool fails = !std::isnan(a) && !std::isnan(b) && (std::isinf(a) || b == 0);
    return fails ? PK_TROUBLE_DOMAIN : PK_TROUBLE_NONE;
}

// The minimum of IEEE 754-2019, 9.6, as the standard words it.
double lesser(double x, double y) {
    if (std::isnan(x) || std::isnan(y)) {
        return x + y;
    }
    if (x == y) {
        return std::signbit(x) ? x : y;
    }
    return x < y ? x : y;
}

constexpr auto overflow = of_math<PK_TROUBLE_OVERFLOW>;
constexpr auto domain = of_math<PK_TROUBLE_DOMAIN>;

#define LAMBDA(value) [](double a, [[maybe_unused]] double b) -> double { return value; }
#define UNARY(OPCODE, name, trouble, value)                                                                          \
    operation { PK_OP_##OPCODE, name, 1, false, LAMBDA(value), LAMBDA(value), trouble }
#define BINARY(OPCODE, name, trouble, value)                                                                         \
    operation { PK_OP_##OPCODE, name, 2, false, LAMBDA(value), LAMBDA(value), trouble }
#define COMPARISON(OPCODE, name, value)                                                                              \
    operation { PK_OP_##OPCODE, name, 2, true, LAMBDA(value), LAMBDA(value), never }
#define UNARY_FUNCTION(OPCODE, function, trouble)                                                                    \
    operation {                                                                                                      \
        PK_OP_##OPCODE, #function, 1, false, LAMBDA(std::function(a)),                                               \
            [](double a, double) {                                                                                   \
                pk_##function##_f64(&a, &a, 1);                                                                      \
                return a;                                                                                            \
            },                                                                                                       \
            trouble                                                                                                  \
    }
#define BINARY_FUNCTION(OPCODE, function, trouble)                                                                   \
    operation {                                                                                                      \
        PK_OP_##OPCODE, #function, 2, false, LAMBDA(std::function(a, b)),                                            \
            [](double a, double b) {                                                                                 \
                pk_##function##_f64(&a, &b, &a, 1);                                                                  \
                return a;                                                                                            \
            },                                                                                                       \
            trouble                                                                                                  \
    }

constexpr std::array all_operations = {
    BINARY(ADD, "add", never, a + b),
    BINARY(SUB, "sub", never, a - b),
    BINARY(MUL, "mul", never, (a * b)),
    BINARY(DIV, "div", of_division, a / b),
    BINARY(MINIMUM, "minimum", never, lesser(a, b)),
    BINARY(MAXIMUM, "maximum", never, -lesser(-a, -b)),
    UNARY(SQRT, "sqrt", domain, std::sqrt(a)),
    UNARY(NEG, "neg", never, -a),
    UNARY(ABS, "abs", never, std::fabs(a)),
    UNARY(FLOOR, "floor", never, std::floor(a)),
    UNARY(CEIL, "ceil", never, std::ceil(a)),
    UNARY(TRUNC, "trunc", never, std::trunc(a)),
    UNARY_FUNCTION(SIN, sin, domain),
    UNARY_FUNCTION(COS, cos, domain),
    UNARY_FUNCTION(TAN, tan, domain),
    UNARY_FUNCTION(ASIN, asin, domain),
    UNARY_FUNCTION(ACOS, acos, domain),
    UNARY_FUNCTION(ATAN, atan, domain),
    UNARY_FUNCTION(SINH, sinh, overflow),
    UNARY_FUNCTION(COSH, cosh, overflow),
    UNARY_FUNCTION(TANH, tanh, domain),
    UNARY_FUNCTION(EXP, exp, overflow),
    UNARY_FUNCTION(EXP2, exp2, overflow),
    UNARY_FUNCTION(EXPM1, expm1, overflow),
    UNARY_FUNCTION(LOG, log, domain),
    UNARY_FUNCTION(LOG2, log2, domain),
    UNARY_FUNCTION(LOG10, log10, domain),
    UNARY_FUNCTION(LOG1P, log1p, domain),
    UNARY_FUNCTION(CBRT, cbrt, domain),
    BINARY_FUNCTION(POW, pow, of_pow),
    BINARY_FUNCTION(ATAN2, atan2, never),
    BINARY_FUNCTION(HYPOT, hypot, never),
    BINARY_FUNCTION(FMOD, fmod, of_fmod),
    COMPARISON(LESS, "less", a < b),
    COMPARISON(LESS_EQUAL, "less_equal", a <= b),
    COMPARISON(EQUAL, "equal", a == b),
    COMPARISON(NOT_EQUAL, "not_equal", a != b),
};

const operation* find(pk_opcode op) {
    for (const operation& known : all_operations) {
        if (known.op == op) {
            return &known;
        }
    }
    return nullptr;
}

// ---- the reference

// Truth values are 0 and 1.
class computation {
  public:
    computation(const list& of, std::span<const double> inputs, bool reports_trouble, mode functions)
        : list_(of), inputs_(inputs), reports_trouble_(reports_trouble), functions_(functions), values_(of.size()) {}

    run_result run() {
        for (std::size_t i = 0; i < list_.size(); ++i) {
            i = visit(i);
        }
        return result_;
    }

  private:
    double value(std::int32_t index) const { return values_[static_cast<std::size_t>(index)]; }

    // Returns the last instruction that is done with.
    std::size_t visit(std::size_t i) {
        const pk_instruction& now = list_[i];
        switch (now.op) {
        case PK_OP_INPUT:
            values_[i] = inputs_[next_input_++];
            return i;
        case PK_OP_CONSTANT:
            values_[i] = now.value;
            return i;
        case PK_OP_OUTPUT:
            result_.outputs.push_back(value(now.a));
            return i;
        case PK_OP_AND:
            values_[i] = value(now.a) * value(now.b);
            return i;
        case PK_OP_OR:
            values_[i] = std::fmax(value(now.a), value(now.b));
            return i;
        case PK_OP_NOT:
            values_[i] = 1 - value(now.a);
            return i;
        case PK_OP_SELECT:
            values_[i] = value(value(now.a) != 0 ? now.b : now.c);
            return i;
        case PK_OP_IF:
            taken_.push_back(value(now.a) != 0);
            return taken_.back() ? i : skip(i);
        case PK_OP_ELSE: // at the end of a first side that was taken
            return skip(i) - 1;
        case PK_OP_END:
            last_taken_ = taken_.back();
            taken_.pop_back();
            return i;
        case PK_OP_RESULT:
            values_[i] = value(last_taken_ ? now.a : now.b);
            return i;
        case PK_OP_FAIL:
            report(static_cast<pk_trouble_kind>(now.a), i);
            return i;
        default:
            const operation& known = *find(now.op);
            const double b = known.operands == 2 ? value(now.b) : 0;
            values_[i] = (functions_ == mode::exact ? known.result : known.fast)(value(now.a), b);
            report(known.trouble(value(now.a), b, values_[i]), i);
            return i;
        }
    }

    // From an `if` to its `else`, or to the instruction before its `end`; from an `else` to its `end`.
    std::size_t skip(std::size_t from) const {
        int depth = 0;
        for (std::size_t i = from + 1;; ++i) {
            if (depth == 0 && list_[i].op == PK_OP_ELSE) {
                return i;
            }
            if (list_[i].op == PK_OP_END && depth-- == 0) {
                return list_[from].op == PK_OP_IF ? i - 1 : i;
            }
            depth += list_[i].op == PK_OP_IF ? 1 : 0;
        }
    }

    void report(pk_trouble_kind kind, std::size_t i) {
        const bool is_quiet = !reports_trouble_ || (list_[i].flags & PK_QUIET) != 0;
        if (kind != PK_TROUBLE_NONE && !is_quiet && result_.kind == PK_TROUBLE_NONE) {
            result_.kind = kind;
            result_.instruction = static_cast<std::int32_t>(i);
        }
    }

    const list& list_;
    std::span<const double> inputs_;
    bool reports_trouble_;
    mode functions_;
    std::vector<double> values_;
    std::size_t next_input_ = 0;
    std::vector<bool> taken_;
    bool last_taken_ = false;
    run_result result_;
};

// ---- the generator

class generator {
  public:
    generator(random_engine& random, int size) : random_(random), left_(size) {}

    list run(int inputs, int outputs) {
        for (int i = 0; i < inputs; ++i) {
            numbers_.push_back(append(PK_OP_INPUT));
        }
        numbers_.push_back(append_constant());
        while (left_ > 0) {
            add_something(0);
        }
        for (int i = 0; i < outputs; ++i) {
            append(PK_OP_OUTPUT, pick(numbers_));
        }
        return list_;
    }

  private:
    int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random_); }
    bool chance(int percent) { return below(100) < percent; }

    std::int32_t append(const pk_instruction& added) {
        list_.push_back(added);
        return static_cast<std::int32_t>(list_.size()) - 1;
    }
    std::int32_t append(pk_opcode op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0,
                        std::uint32_t flags = 0) {
        return append(pk_instruction{op, flags, a, b, c, 0});
    }
    std::int32_t append_constant() { return append(pk_instruction{PK_OP_CONSTANT, 0, 0, 0, 0, constant()}); }

    // Recent values are taken more often, so that expressions grow deep.
    std::int32_t pick(const std::vector<std::int32_t>& from) {
        const int count = static_cast<int>(from.size());
        const int back = chance(60) ? below(std::min(count, 4)) : below(count);
        return from[static_cast<std::size_t>(count - 1 - back)];
    }

    double constant() {
        static constexpr double frequent[] = {2, 0, 1, -0.0, -1, 0.5, 3, -2, 0.25, 10, 1e300, 0x1p1000, 5e-324};
        return chance(70) ? frequent[below(std::size(frequent))] : random_number(random_);
    }

    // NOLINTBEGIN(misc-no-recursion): branches have branches
    void add_something(int depth) {
        --left_;
        if (chance(8)) {
            numbers_.push_back(append_constant());
        } else if (chance(10) && depth < 4 && !truths_.empty()) {
            add_branch(depth);
        } else if (chance(12) && !truths_.empty()) {
            add_logic();
        } else {
            add_operation();
        }
    }

    void add_operation() {
        const operation& chosen = all_operations[static_cast<std::size_t>(below(std::size(all_operations)))];
        pk_instruction added{chosen.op, quiet(), pick(numbers_), pick(numbers_), 0, 0};
        if (chosen.op == PK_OP_POW && chance(50)) {
            added.b = append_constant();
        }
        (chosen.is_comparison ? truths_ : numbers_).push_back(append(added));
        // Half of the sines meet a cosine, and some operations occur again.
        if ((chosen.op == PK_OP_SIN || chosen.op == PK_OP_COS) && chance(50)) {
            added.op = chosen.op == PK_OP_SIN ? PK_OP_COS : PK_OP_SIN;
            numbers_.push_back(append(added));
        } else if (chance(5)) {
            (chosen.is_comparison ? truths_ : numbers_).push_back(append(added));
        }
    }

    std::uint32_t quiet() { return chance(25) ? PK_QUIET : 0; }

    void add_logic() {
        switch (below(5)) {
        case 0:
            truths_.push_back(append(PK_OP_AND, pick(truths_), pick(truths_)));
            break;
        case 1:
            truths_.push_back(append(PK_OP_OR, pick(truths_), pick(truths_)));
            break;
        case 2:
            truths_.push_back(append(PK_OP_NOT, pick(truths_)));
            break;
        case 3:
            truths_.push_back(append(PK_OP_SELECT, pick(truths_), pick(truths_), pick(truths_)));
            break;
        default:
            numbers_.push_back(append(PK_OP_SELECT, pick(truths_), pick(numbers_), pick(numbers_)));
        }
    }

    struct side {
        std::vector<std::int32_t> numbers;
        std::vector<std::int32_t> truths;
    };

    // Adds what a side has, and returns what its end can see. The values of the side are forgotten.
    side add_side(int depth) {
        const side outside{numbers_, truths_};
        for (int count = below(6); count > 0; --count) {
            add_something(depth + 1);
        }
        if (chance(10)) {
            append(PK_OP_FAIL, PK_TROUBLE_ZERO_DIVISION + below(4), 0, 0, quiet());
        }
        const side inside{numbers_, truths_};
        numbers_ = outside.numbers;
        truths_ = outside.truths;
        return inside;
    }

    void add_branch(int depth) {
        append(PK_OP_IF, pick(truths_));
        const side first = add_side(depth);
        side second{numbers_, truths_};
        if (chance(80)) {
            append(PK_OP_ELSE);
            second = add_side(depth);
        }
        append(PK_OP_END);
        std::vector<std::int32_t> new_numbers;
        std::vector<std::int32_t> new_truths;
        for (int count = below(4); count > 0; --count) {
            if (chance(25)) {
                new_truths.push_back(append(PK_OP_RESULT, pick(first.truths), pick(second.truths)));
            } else {
                new_numbers.push_back(append(PK_OP_RESULT, pick(first.numbers), pick(second.numbers)));
            }
        }
        numbers_.insert(numbers_.end(), new_numbers.begin(), new_numbers.end());
        truths_.insert(truths_.end(), new_truths.begin(), new_truths.end());
    }
    // NOLINTEND(misc-no-recursion)

    random_engine& random_;
    int left_;
    list list_;
    std::vector<std::int32_t> numbers_;
    std::vector<std::int32_t> truths_;
};

} // namespace

std::span<const operation> operations() { return all_operations; }

run_result compute(const list& of, std::span<const double> inputs, bool reports_trouble, mode functions) {
    return computation(of, inputs, reports_trouble, functions).run();
}

void engine::use() const {
    ASSERT_EQ(pk_set_isa(isa.c_str()), PK_OK);
    pk_set_jit(is_machine_code ? 1 : 0);
}

std::string name_of(const engine& of) { return of.isa + (of.is_machine_code ? "_machine_code" : "_interpreter"); }

std::vector<engine> available_engines() {
    std::vector<engine> engines;
    for (const std::string& isa : available_isas()) {
        engines.push_back({isa, false});
        if (pk_jit() != 0) {
            engines.push_back({isa, true});
        }
    }
    return engines;
}

program create(const list& from, unsigned options) {
    pk_program* created = nullptr;
    pk_program_error error;
    EXPECT_EQ(pk_program_create(from.data(), from.size(), options, &created, &error), PK_OK) << error.message;
    return program(created);
}

std::string dump(const pk_program& of) {
    std::string text(pk_program_dump(&of, nullptr, 0), '\0');
    pk_program_dump(&of, text.data(), text.size() + 1);
    return text;
}

list random_list(random_engine& random, int inputs, int outputs, int size) {
    return generator(random, size).run(inputs, outputs);
}

double random_number(random_engine& random) {
    static const std::vector<double> special = special_values<double>();
    switch (std::uniform_int_distribution(0, 9)(random)) {
    case 0:
        return special[std::uniform_int_distribution<std::size_t>(0, special.size() - 1)(random)];
    case 1: {
        const auto number = std::bit_cast<double>(random());
        return std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number; // no signaling NaN
    }
    case 2:
        return std::uniform_int_distribution(-3, 3)(random);
    case 3:
        return std::exp(std::uniform_real_distribution(-300.0, 300.0)(random));
    default:
        return std::normal_distribution<>(0, 2)(random);
    }
}

} // namespace tested
