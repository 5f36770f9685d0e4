// SPDX-License-Identifier: BSD-3-Clause
#include "lists.hpp"

#include <algorithm>
#include <utility>

namespace fuzz {

namespace {

constexpr std::size_t most_instructions = 1000;

// Bytes that are no opcode.
constexpr std::uint8_t repeats = 200; // adds the last instructions again, many times
constexpr std::uint8_t raw = 201;     // and above: any instruction
constexpr std::uint8_t escape = 0xF0; // of an operand

class reader {
  public:
    explicit reader(bytes& from) : from_(from) {}

    tested::list run(std::size_t inputs, std::size_t outputs) {
        for (std::size_t i = 0; i < inputs; ++i) {
            visible_.numbers.push_back(append({PK_OP_INPUT, 0, 0, 0, 0, 0}));
        }
        while (const std::uint8_t kind = from_.byte()) {
            if (list_.size() > most_instructions) {
                break;
            }
            add(kind);
        }
        while (!open_.empty()) {
            add(PK_OP_END);
        }
        for (std::size_t i = 0; i < outputs; ++i) {
            append({PK_OP_OUTPUT, 0, operand(visible_.numbers), 0, 0, 0});
        }
        return std::move(list_);
    }

  private:
    struct values {
        std::vector<std::int32_t> numbers;
        std::vector<std::int32_t> truths;
    };

    std::int32_t append(const pk_instruction& added) {
        list_.push_back(added);
        return static_cast<std::int32_t>(list_.size()) - 1;
    }

    // Counts from the last value, so that an input stays the same where others are added before it.
    std::int32_t operand(const std::vector<std::int32_t>& among) {
        const std::uint8_t back = from_.byte();
        if (back >= escape) {
            return static_cast<std::int32_t>(from_.bits<std::uint32_t>());
        }
        return among.empty() ? 0 : among[among.size() - 1 - back % among.size()];
    }
    std::int32_t number() { return operand(visible_.numbers); }
    std::int32_t truth() { return operand(visible_.truths); }

    std::uint32_t flags() { return from_.below(4) == 1 ? std::uint32_t{PK_QUIET} : 0; }

    void add(std::uint8_t kind) {
        const auto op = static_cast<pk_opcode>(kind);
        if (kind == repeats) {
            repeat();
        } else if (kind >= raw) {
            add_raw();
        } else if (const tested::operation* known = find(op)) {
            add_operation(*known);
        } else {
            add_other(op);
        }
    }

    static const tested::operation* find(pk_opcode op) {
        const auto known = tested::operations();
        const auto found = std::ranges::find(known, op, &tested::operation::op);
        return found == known.end() ? nullptr : &*found;
    }

    void add_operation(const tested::operation& known) {
        const std::int32_t a = number();
        const std::int32_t b = known.operands == 2 ? number() : 0;
        (known.is_comparison ? visible_.truths : visible_.numbers).push_back(append({known.op, flags(), a, b, 0, 0}));
    }

    void add_other(pk_opcode op) {
        switch (op) {
        case PK_OP_INPUT:
            visible_.numbers.push_back(append({op, 0, 0, 0, 0, 0}));
            break;
        case PK_OP_CONSTANT:
            visible_.numbers.push_back(append({op, 0, 0, 0, 0, from_.number()}));
            break;
        case PK_OP_OUTPUT:
            append({op, 0, number(), 0, 0, 0});
            break;
        case PK_OP_AND:
        case PK_OP_OR:
        case PK_OP_NOT: {
            const std::int32_t a = truth();
            const std::int32_t b = op == PK_OP_NOT ? 0 : truth();
            visible_.truths.push_back(append({op, 0, a, b, 0, 0}));
            break;
        }
        case PK_OP_SELECT: {
            const std::int32_t condition = truth();
            std::vector<std::int32_t>& among = from_.flag() ? visible_.truths : visible_.numbers;
            const std::int32_t b = operand(among);
            const std::int32_t c = operand(among);
            among.push_back(append({op, 0, condition, b, c, 0}));
            break;
        }
        case PK_OP_IF:
            append({op, 0, truth(), 0, 0, 0});
            open_.push_back({visible_, {}, false});
            break;
        case PK_OP_ELSE:
            append({op, 0, 0, 0, 0, 0});
            if (!open_.empty()) {
                open_.back().first = std::exchange(visible_, open_.back().outside);
                open_.back().has_else = true;
            }
            break;
        case PK_OP_END:
            append({op, 0, 0, 0, 0, 0});
            end();
            break;
        case PK_OP_RESULT: {
            const bool is_truth = from_.flag();
            const std::int32_t a = operand(is_truth ? first_.truths : first_.numbers);
            const std::int32_t b = operand(is_truth ? second_.truths : second_.numbers);
            (is_truth ? visible_.truths : visible_.numbers).push_back(append({op, 0, a, b, 0, 0}));
            break;
        }
        case PK_OP_FAIL:
            append({op, flags(), 1 + static_cast<std::int32_t>(from_.below(4)), 0, 0, 0});
            break;
        default:
            append({op, 0, number(), number(), 0, 0});
        }
    }

    void end() {
        if (open_.empty()) {
            return;
        }
        branch& last = open_.back();
        if (last.has_else) {
            first_ = std::move(last.first);
            second_ = std::exchange(visible_, last.outside);
        } else {
            first_ = std::exchange(visible_, last.outside);
            second_ = last.outside;
        }
        open_.pop_back();
    }

    void repeat() {
        const std::size_t length = std::min<std::size_t>(1 + from_.below(16), list_.size());
        for (std::size_t times = from_.byte() * std::size_t{8}; times > 0 && list_.size() < most_instructions;
             --times) {
            for (std::size_t i = 0; i < length; ++i) {
                pk_instruction copy = list_[list_.size() - length];
                const tested::operation* known = find(copy.op);
                for (std::int32_t* operand : {&copy.a, &copy.b}) {
                    *operand = moved(*operand, static_cast<std::int32_t>(length));
                }
                const std::int32_t made = append(copy);
                if (known != nullptr) {
                    (known->is_comparison ? visible_.truths : visible_.numbers).push_back(made);
                }
            }
        }
    }

    // An operand of a repeated instruction: the value so much later, if that is a number too. So a repetition
    // computes something new.
    std::int32_t moved(std::int32_t operand, std::int32_t by) const {
        const auto is_number = [this](std::int64_t index) {
            if (index < 0 || index >= std::ssize(list_)) {
                return false;
            }
            const pk_opcode op = list_[static_cast<std::size_t>(index)].op;
            const tested::operation* known = find(op);
            return op == PK_OP_INPUT || op == PK_OP_CONSTANT || (known != nullptr && !known->is_comparison);
        };
        return is_number(operand) && is_number(std::int64_t{operand} + by) ? operand + by : operand;
    }

    void add_raw() {
        pk_instruction made{PK_OP_FAIL, 0, 0, 0, 0, 0};
        // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a list may have any number there
        made.op = static_cast<pk_opcode>(from_.flag() ? from_.byte() : from_.bits<std::uint32_t>());
        made.flags = from_.flag() ? from_.byte() : from_.bits<std::uint32_t>();
        for (std::int32_t* operand : {&made.a, &made.b, &made.c}) {
            *operand = from_.flag() ? from_.byte() : static_cast<std::int32_t>(from_.bits<std::uint32_t>());
        }
        made.value = from_.number();
        append(made);
    }

    struct branch {
        values outside;
        values first;
        bool has_else;
    };

    bytes& from_;
    tested::list list_;
    values visible_;
    std::vector<branch> open_;
    values first_; // what the sides of the last branch had
    values second_;
};

} // namespace

tested::list read_list(bytes& from, std::size_t inputs, std::size_t outputs) {
    return reader(from).run(inputs, outputs);
}

} // namespace fuzz
