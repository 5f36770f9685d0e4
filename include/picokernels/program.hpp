// SPDX-License-Identifier: BSD-3-Clause
//
// The C++20 header over program.h: formulas written as C++ expressions, and programs that own themselves.
//
//     picokernels::formula f;
//     const auto x = f.input();
//     const auto y = f.input();
//     f.output(sqrt(x * x + y * y));
//     const picokernels::program distance(f);
//
//     double result;
//     distance.run_point(std::array{3.0, 4.0}, {&result, 1});  // 5
//     distance.run({xs, ys}, {distances});                     // vectors of one length: all points at once
//
// For the operations, the bits of the results, trouble, aliasing, and threads, see program.h.
#ifndef PICOKERNELS_PROGRAM_HPP
#define PICOKERNELS_PROGRAM_HPP

#if __cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L)
#error "program.hpp needs C++20; program.h, the C ABI, takes any C++ standard"
#endif

#include "program.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picokernels {

// A namespace of its own, because picokernels::sqrt and its like are function objects on arrays. Functions of
// numbers, such as sqrt(x), are found by the type of their argument.
namespace formulas {

class formula;

// A value in a formula that is being written.
class value {
  public:
    formula& owner() const noexcept { return *owner_; }
    std::int32_t index() const noexcept { return index_; } // of its instruction

  protected:
    value(formula& owner, std::int32_t index) noexcept : owner_(&owner), index_(index) {}

  private:
    formula* owner_;
    std::int32_t index_;
};

// A float64 number. Operators and functions append instructions to the formula; a double becomes a constant.
class number : public value {
    friend class formula;
    using value::value;
};

// A truth value: the result of a comparison.
class truth : public value {
    friend class formula;
    using value::value;
};

// Instructions in the order in which the formula is written. Its values refer to it, so it can't be copied or moved.
class formula {
  public:
    formula() = default;
    formula(const formula&) = delete;
    formula& operator=(const formula&) = delete;
    formula(formula&&) = delete;
    formula& operator=(formula&&) = delete;
    ~formula() = default;

    /// The next input.
    number input() { return {*this, append(PK_OP_INPUT)}; }
    /// A constant. (Where there is a number beside it, a double does as well.)
    number constant(double of) {
        const std::int32_t index = append(PK_OP_CONSTANT);
        list_.back().value = of;
        return {*this, index};
    }
    /// Makes a number the next output.
    void output(number of) { append(PK_OP_OUTPUT, operand(of)); }
    /// Reports trouble if the program gets here.
    void fail(pk_trouble_kind kind) { append(PK_OP_FAIL, kind); }

    /// first() if the condition holds, else second(): functions that write a part of the formula each and return its
    /// result, a number. Only one side runs for a point; in lanes, a side that no lane takes is skipped.
    template <class First, class Second> number branch(truth condition, First first, Second second) {
        return branch<1>(
            condition, [&] { return std::array{number(first())}; }, [&] { return std::array{number(second())}; })[0];
    }
    /// The same with several results: first and second return a std::array<number, count>.
    template <std::size_t count, class First, class Second>
    std::array<number, count> branch(truth condition, First first, Second second) {
        append(PK_OP_IF, operand(condition));
        const std::array<number, count> a = first();
        append(PK_OP_ELSE);
        const std::array<number, count> b = second();
        append(PK_OP_END);
        return results(a, b, std::make_index_sequence<count>());
    }

    std::span<const pk_instruction> instructions() const noexcept { return list_; }

    // Appends an operation that makes a number or a truth value. The operators and functions below call it.
    number make_number(pk_opcode op, value a) { return {*this, append(op, operand(a))}; }
    number make_number(pk_opcode op, value a, value b) { return {*this, append(op, operand(a), operand(b))}; }
    truth make_truth(pk_opcode op, value a) { return {*this, append(op, operand(a))}; }
    truth make_truth(pk_opcode op, value a, value b) { return {*this, append(op, operand(a), operand(b))}; }
    template <class T> T make_selection(truth condition, T a, T b) {
        return {*this, append(PK_OP_SELECT, operand(condition), operand(a), operand(b))};
    }
    void make_quiet(number of) { list_[static_cast<std::size_t>(operand(of))].flags |= PK_QUIET; }

  private:
    std::int32_t append(pk_opcode op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0) {
        list_.push_back({op, 0, a, b, c, 0});
        return static_cast<std::int32_t>(list_.size()) - 1;
    }

    std::int32_t operand(value of) const {
        if (&of.owner() != this) {
            throw std::invalid_argument("picokernels: value " + std::to_string(of.index()) +
                                        " belongs to another formula");
        }
        return of.index();
    }

    template <std::size_t count, std::size_t... k>
    std::array<number, count> results(const std::array<number, count>& a, const std::array<number, count>& b,
                                      std::index_sequence<k...>) {
        return {make_number(PK_OP_RESULT, a[k], b[k])...};
    }

    std::vector<pk_instruction> list_;
};

// Only the preprocessor can write the operators and functions of the three kinds of operands.
#define PICOKERNELS_DETAIL_UNARY(function, OPCODE)                                                                   \
    inline number function(number a) { return a.owner().make_number(PK_OP_##OPCODE, a); }
#define PICOKERNELS_DETAIL_BINARY(result, function, OPCODE, first, second)                                           \
    inline result function(number a, number b) { return a.owner().make_##result(PK_OP_##OPCODE, first, second); }    \
    inline result function(number a, double b) { return function(a, a.owner().constant(b)); }                        \
    inline result function(double a, number b) { return function(b.owner().constant(a), b); }
PICOKERNELS_DETAIL_BINARY(number, operator+, ADD, a, b)
PICOKERNELS_DETAIL_BINARY(number, operator-, SUB, a, b)
PICOKERNELS_DETAIL_BINARY(number, operator*, MUL, a, b)
PICOKERNELS_DETAIL_BINARY(number, operator/, DIV, a, b)
PICOKERNELS_DETAIL_BINARY(number, minimum, MINIMUM, a, b)
PICOKERNELS_DETAIL_BINARY(number, maximum, MAXIMUM, a, b)
PICOKERNELS_DETAIL_BINARY(number, pow, POW, a, b)
PICOKERNELS_DETAIL_BINARY(number, atan2, ATAN2, a, b)
PICOKERNELS_DETAIL_BINARY(number, hypot, HYPOT, a, b)
PICOKERNELS_DETAIL_BINARY(number, fmod, FMOD, a, b)
PICOKERNELS_DETAIL_BINARY(truth, operator<, LESS, a, b)
PICOKERNELS_DETAIL_BINARY(truth, operator<=, LESS_EQUAL, a, b)
PICOKERNELS_DETAIL_BINARY(truth, operator>, LESS, b, a)
PICOKERNELS_DETAIL_BINARY(truth, operator>=, LESS_EQUAL, b, a)
PICOKERNELS_DETAIL_BINARY(truth, operator==, EQUAL, a, b)
PICOKERNELS_DETAIL_BINARY(truth, operator!=, NOT_EQUAL, a, b)
PICOKERNELS_DETAIL_UNARY(operator-, NEG)
PICOKERNELS_DETAIL_UNARY(abs, ABS)
PICOKERNELS_DETAIL_UNARY(sqrt, SQRT)
PICOKERNELS_DETAIL_UNARY(floor, FLOOR)
PICOKERNELS_DETAIL_UNARY(ceil, CEIL)
PICOKERNELS_DETAIL_UNARY(trunc, TRUNC)
PICOKERNELS_DETAIL_UNARY(sin, SIN)
PICOKERNELS_DETAIL_UNARY(cos, COS)
PICOKERNELS_DETAIL_UNARY(tan, TAN)
PICOKERNELS_DETAIL_UNARY(asin, ASIN)
PICOKERNELS_DETAIL_UNARY(acos, ACOS)
PICOKERNELS_DETAIL_UNARY(atan, ATAN)
PICOKERNELS_DETAIL_UNARY(sinh, SINH)
PICOKERNELS_DETAIL_UNARY(cosh, COSH)
PICOKERNELS_DETAIL_UNARY(tanh, TANH)
PICOKERNELS_DETAIL_UNARY(exp, EXP)
PICOKERNELS_DETAIL_UNARY(exp2, EXP2)
PICOKERNELS_DETAIL_UNARY(expm1, EXPM1)
PICOKERNELS_DETAIL_UNARY(log, LOG)
PICOKERNELS_DETAIL_UNARY(log2, LOG2)
PICOKERNELS_DETAIL_UNARY(log10, LOG10)
PICOKERNELS_DETAIL_UNARY(log1p, LOG1P)
PICOKERNELS_DETAIL_UNARY(cbrt, CBRT)
#undef PICOKERNELS_DETAIL_UNARY
#undef PICOKERNELS_DETAIL_BINARY

// Both operands are computed: hence & and |, and not && and ||.
inline truth operator&(truth a, truth b) { return a.owner().make_truth(PK_OP_AND, a, b); }
inline truth operator|(truth a, truth b) { return a.owner().make_truth(PK_OP_OR, a, b); }
inline truth operator!(truth a) { return a.owner().make_truth(PK_OP_NOT, a); }

/// a if the condition holds, else b. Both are computed.
inline number select(truth condition, number a, number b) { return a.owner().make_selection(condition, a, b); }
inline number select(truth condition, number a, double b) { return select(condition, a, a.owner().constant(b)); }
inline number select(truth condition, double a, number b) { return select(condition, b.owner().constant(a), b); }
inline truth select(truth condition, truth a, truth b) { return a.owner().make_selection(condition, a, b); }

/// The number itself. The operation that makes it no longer reports trouble: quiet(a / b).
inline number quiet(number of) {
    of.owner().make_quiet(of);
    return of;
}

} // namespace formulas

using formulas::formula;
using formulas::number;
using formulas::truth;

/// Thrown for a list of instructions that breaks a rule or exceeds a limit.
class program_error : public std::invalid_argument {
  public:
    explicit program_error(const pk_program_error& details)
        : std::invalid_argument("picokernels: " + std::string(details.message)), details_(details) {}
    /// The index of the instruction that is wrong, or -1.
    std::int32_t instruction() const noexcept { return details_.instruction; }
    pk_status status() const noexcept { return details_.status; }

  private:
    pk_program_error details_;
};

/// An input of many lanes: an array with a number for each, or one number for all.
class lanes_input {
  public:
    lanes_input(std::span<const double> array) noexcept : array_(array) {}     // NOLINT(*-explicit-*)
    lanes_input(const std::vector<double>& array) noexcept : array_(array) {}  // NOLINT(*-explicit-*)
    lanes_input(double scalar) noexcept : scalar_(scalar), is_scalar_(true) {} // NOLINT(*-explicit-*)

    pk_input get() const noexcept { return is_scalar_ ? pk_input{&scalar_, 0} : pk_input{array_.data(), 1}; }
    bool has_length(std::size_t n) const noexcept { return is_scalar_ || array_.size() == n; }
    std::size_t length() const noexcept { return array_.size(); }

  private:
    std::span<const double> array_;
    double scalar_ = 0;
    bool is_scalar_ = false;
};

/// A program that frees itself. Running it allocates nothing unless it throws.
class program {
  public:
    /// Throws program_error if the list has an error, std::bad_alloc if there is no memory.
    explicit program(std::span<const pk_instruction> list, unsigned options = 0) : program_(make(list, options)) {}
    explicit program(const formula& from, unsigned options = 0) : program(from.instructions(), options) {}

    std::size_t inputs() const noexcept { return pk_program_inputs(get()); }
    std::size_t outputs() const noexcept { return pk_program_outputs(get()); }
    std::string_view engine() const noexcept { return pk_program_engine(get()); }
    const pk_program* get() const noexcept { return program_.get(); }

    /// What will run, as text.
    std::string dump() const {
        std::string text(pk_program_dump(get(), nullptr, 0), '\0');
        pk_program_dump(get(), text.data(), text.size() + 1);
        return text;
    }

    /// One point: see pk_program_run_point(). Throws std::invalid_argument if there are too few or too many numbers.
    pk_trouble run_point(std::span<const double> in, std::span<double> out) const {
        require_count("inputs", inputs(), in.size());
        require_count("outputs", outputs(), out.size());
        pk_trouble trouble;
        pk_program_run_point(get(), in.data(), out.data(), &trouble);
        return trouble;
    }

    /// Lanes: see pk_program_run(). All arrays have the length of the first output; else throws
    /// std::invalid_argument.
    pk_trouble run(std::span<const lanes_input> in, std::span<const std::span<double>> out) const {
        const std::size_t n = require_lanes(in, out);
        const raw_arrays raw(in, out);
        pk_trouble trouble;
        pk_program_run(get(), raw.inputs.data(), raw.outputs.data(), n, &trouble);
        return trouble;
    }
    pk_trouble run(std::initializer_list<lanes_input> in, std::initializer_list<std::span<double>> out) const {
        return run(as_span(in), as_span(out));
    }

    /// `count` steps of one point: see pk_program_iterate_point(). `stored` takes the states after each every-th
    /// step, and must have room for all of them. Throws std::invalid_argument if it has not, if there are too few or
    /// too many numbers, or if the program has more outputs than inputs.
    pk_trouble iterate_point(std::span<const double> in, std::span<double> out, std::size_t count,
                             std::size_t every = 0, std::span<double> stored = {}) const {
        require_count("inputs", inputs(), in.size());
        require_count("outputs", outputs(), out.size());
        require_iterable();
        require_room(outputs(), count, every, stored.size());
        pk_trouble trouble;
        pk_program_iterate_point(get(), in.data(), out.data(), count, every, stored.data(), &trouble);
        return trouble;
    }

    /// `count` steps of lanes: see pk_program_iterate(). `stored` has an array for each output, or is empty if
    /// `every` is 0. Throws std::invalid_argument as run() and iterate_point() do.
    pk_trouble iterate(std::span<const lanes_input> in, std::span<const std::span<double>> out, std::size_t count,
                       std::size_t every = 0, std::span<const std::span<double>> stored = {}) const {
        const std::size_t n = require_lanes(in, out);
        require_iterable();
        require_count("stored arrays", every == 0 ? 0 : outputs(), stored.size());
        for (const std::span<double> array : stored) {
            require_room(n, count, every, array.size());
        }
        const raw_arrays raw(in, out);
        const raw_arrays raw_stored({}, stored);
        pk_trouble trouble;
        pk_program_iterate(get(), raw.inputs.data(), raw.outputs.data(), n, count, every, raw_stored.outputs.data(),
                           &trouble);
        return trouble;
    }
    pk_trouble iterate(std::initializer_list<lanes_input> in, std::initializer_list<std::span<double>> out,
                       std::size_t count, std::size_t every = 0,
                       std::initializer_list<std::span<double>> stored = {}) const {
        return iterate(as_span(in), as_span(out), count, every, as_span(stored));
    }

  private:
    struct deleter {
        void operator()(pk_program* program) const noexcept { pk_program_destroy(program); }
    };

    // What the C functions take, on the stack.
    struct raw_arrays {
        std::array<pk_input, PK_PROGRAM_MAX_INPUTS> inputs;
        std::array<double*, PK_PROGRAM_MAX_OUTPUTS> outputs;

        raw_arrays(std::span<const lanes_input> in, std::span<const std::span<double>> out) noexcept {
            for (std::size_t i = 0; i < in.size(); ++i) {
                inputs[i] = in[i].get();
            }
            for (std::size_t j = 0; j < out.size(); ++j) {
                outputs[j] = out[j].data();
            }
        }
    };

    template <class T> static std::span<const T> as_span(std::initializer_list<T> list) noexcept {
        return {list.begin(), list.size()};
    }

    static pk_program* make(std::span<const pk_instruction> list, unsigned options) {
        pk_program* created = nullptr;
        pk_program_error error;
        switch (pk_program_create(list.data(), list.size(), options, &created, &error)) {
        case PK_OK:
            return created;
        case PK_ERROR_OUT_OF_MEMORY:
            throw std::bad_alloc();
        default:
            throw program_error(error);
        }
    }

    static void require_count(const char* what, std::size_t wanted, std::size_t given) {
        if (wanted != given) {
            throw std::invalid_argument("picokernels: " + std::to_string(given) + " " + what +
                                        " are given, the program needs " + std::to_string(wanted));
        }
    }

    std::size_t require_lanes(std::span<const lanes_input> in, std::span<const std::span<double>> out) const {
        require_count("inputs", inputs(), in.size());
        require_count("outputs", outputs(), out.size());
        const std::size_t n = out.empty() ? 0 : out.front().size();
        for (std::size_t i = 0; i < in.size(); ++i) {
            if (!in[i].has_length(n)) {
                throw_length("input", i, in[i].length(), n);
            }
        }
        for (std::size_t j = 0; j < out.size(); ++j) {
            if (out[j].size() != n) {
                throw_length("output", j, out[j].size(), n);
            }
        }
        return n;
    }

    [[noreturn]] static void throw_length(const char* what, std::size_t index, std::size_t length, std::size_t n) {
        throw std::invalid_argument("picokernels: " + std::string(what) + " " + std::to_string(index) +
                                    " has length " + std::to_string(length) + ", output 0 has length " +
                                    std::to_string(n));
    }

    void require_iterable() const {
        if (outputs() > inputs()) {
            throw std::invalid_argument("picokernels: the program has " + std::to_string(outputs()) +
                                        " outputs, which can't replace its " + std::to_string(inputs()) + " inputs");
        }
    }

    static void require_room(std::size_t width, std::size_t count, std::size_t every, std::size_t room) {
        const std::size_t rows = every == 0 ? 0 : count / every;
        if (width != 0 && room / width < rows) {
            throw std::invalid_argument("picokernels: stored has room for " + std::to_string(room) + " numbers, " +
                                        std::to_string(rows) + " states of " + std::to_string(width) +
                                        " are to be stored");
        }
    }

    std::unique_ptr<pk_program, deleter> program_;
};

} // namespace picokernels

#endif // PICOKERNELS_PROGRAM_HPP
