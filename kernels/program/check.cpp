// SPDX-License-Identifier: BSD-3-Clause
#include "check.hpp"

#include "operations.hpp"

#include <cstdarg>
#include <cstdio>
#include <utility>
#include <vector>

namespace picokernels::program {

// NOLINTNEXTLINE(cert-dcl50-cpp, modernize-avoid-variadic-functions): as declared
invalid_list::invalid_list(pk_status status, std::ptrdiff_t instruction, const char* format, ...)
    : details_{status, static_cast<std::int32_t>(instruction), ""} {
    std::va_list arguments;
    va_start(arguments, format);
    static_cast<void>(std::vsnprintf(details_.message, sizeof details_.message, format, arguments));
    va_end(arguments);
}

namespace {

// A value belongs to a scope: the whole list, or a side of a branch.
struct value {
    type of = type::none; // none: the instruction defines no value
    std::int32_t scope = 0;
};

struct open_branch {
    std::int32_t instruction = 0;
    std::int32_t first_side = 0;  // its scope
    std::int32_t second_side = 0; // or 0 without PK_OP_ELSE
};

// The branch that PK_OP_RESULT may refer to.
struct closed_branch {
    open_branch branch;
    std::int32_t end = -1;
};

class checker {
  public:
    explicit checker(std::span<const pk_instruction> list) : list_(list) {}

    void run() {
        values_.reserve(list_.size());
        scope_is_open_.push_back(true);
        for (index_ = 0; std::cmp_less(index_, list_.size()); ++index_) {
            values_.push_back({check_instruction(), current_scope()});
        }
        if (!branches_.empty()) {
            const std::int32_t start = branches_.back().instruction;
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, start, "instruction %d (if) has no end", start);
        }
    }

  private:
    const pk_instruction& here() const { return list_[static_cast<std::size_t>(index_)]; }
    const char* name() const { return find_opcode(here().op)->name; }
    std::int32_t current_scope() const {
        if (branches_.empty()) {
            return 0;
        }
        const open_branch& branch = branches_.back();
        return branch.second_side != 0 ? branch.second_side : branch.first_side;
    }

    // Opens a scope and returns its number.
    std::int32_t open_scope() {
        scope_is_open_.push_back(true);
        return static_cast<std::int32_t>(scope_is_open_.size()) - 1;
    }
    void close_scope(std::int32_t scope) { scope_is_open_[static_cast<std::size_t>(scope)] = false; }

    // The type of the value that the instruction defines.
    type check_instruction() {
        const pk_instruction& instruction = here();
        const opcode_entry* entry = find_opcode(instruction.op);
        if (entry == nullptr) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_, "instruction %d has no known operation: %d", index_,
                               static_cast<int>(instruction.op));
        }
        if ((instruction.flags & ~std::uint32_t{PK_QUIET}) != 0) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_, "instruction %d (%s): unknown flags 0x%x", index_,
                               entry->name, static_cast<unsigned>(instruction.flags));
        }
        switch (instruction.op) {
        case PK_OP_INPUT:
            count_top_level(inputs_, PK_PROGRAM_MAX_INPUTS);
            return type::number;
        case PK_OP_OUTPUT:
            count_top_level(outputs_, PK_PROGRAM_MAX_OUTPUTS);
            break;
        case PK_OP_IF:
            require('a', instruction.a, type::truth);
            open_if();
            return type::none;
        case PK_OP_ELSE:
            open_else();
            return type::none;
        case PK_OP_END:
            close_if();
            return type::none;
        case PK_OP_RESULT:
            return check_result();
        case PK_OP_FAIL:
            if (instruction.a < PK_TROUBLE_ZERO_DIVISION || instruction.a > PK_TROUBLE_FAIL) {
                throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_,
                                   "instruction %d (fail): %d is no kind of trouble", index_,
                                   static_cast<int>(instruction.a));
            }
            return type::none;
        default:
            break;
        }
        return check_operands(*entry);
    }

    void count_top_level(int& count, int limit) const {
        if (!branches_.empty()) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_, "instruction %d (%s) is within a branch", index_,
                               name());
        }
        if (++count > limit) {
            throw invalid_list(PK_ERROR_LIMIT, index_, "instruction %d: there are more than %d %ss", index_, limit,
                               name());
        }
    }

    // A choice of `any` type is settled by operand b, and c has to match.
    type check_operands(const opcode_entry& entry) const {
        const std::int32_t operands[] = {here().a, here().b, here().c};
        type any = type::any;
        for (std::size_t k = 0; k < 3; ++k) {
            if (entry.operands[k] == type::none) {
                break;
            }
            const bool is_any = entry.operands[k] == type::any;
            const type found = require(static_cast<char>('a' + k), operands[k], is_any ? any : entry.operands[k]);
            any = is_any ? found : any;
        }
        return entry.result == type::any ? any : entry.result;
    }

    // The type of an operand, which must be visible and of the wanted type.
    type require(char operand, std::int32_t index, type wanted) const {
        const value& found = defined(operand, index, index_);
        if (!scope_is_open_[static_cast<std::size_t>(found.scope)]) {
            refuse_scope(operand, index);
        }
        return require_type(operand, index, found.of, wanted);
    }

    const value& defined(char operand, std::int32_t index, std::int32_t before) const {
        if (index < 0 || index >= before) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_,
                               "instruction %d (%s): operand %c names value %d, but only values below %d are defined",
                               index_, name(), operand, static_cast<int>(index), static_cast<int>(before));
        }
        const value& found = values_[static_cast<std::size_t>(index)];
        if (found.of == type::none) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_,
                               "instruction %d (%s): operand %c names instruction %d (%s), which defines no value",
                               index_, name(), operand, static_cast<int>(index),
                               find_opcode(list_[static_cast<std::size_t>(index)].op)->name);
        }
        return found;
    }

    [[noreturn]] void refuse_scope(char operand, std::int32_t index) const {
        throw invalid_list(
            PK_ERROR_INVALID_PROGRAM, index_,
            "instruction %d (%s): operand %c names value %d, which belongs to another side of a branch", index_,
            name(), operand, static_cast<int>(index));
    }

    type require_type(char operand, std::int32_t index, type found, type wanted) const {
        if (wanted != type::any && found != wanted) {
            const auto text = [](type of) { return of == type::number ? "a number" : "a truth value"; };
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_,
                               "instruction %d (%s): operand %c, value %d, is %s and should be %s", index_, name(),
                               operand, static_cast<int>(index), text(found), text(wanted));
        }
        return found;
    }

    void open_if() {
        if (branches_.size() == PK_PROGRAM_MAX_DEPTH) {
            throw invalid_list(PK_ERROR_LIMIT, index_, "instruction %d (if): more than %d branches within each other",
                               index_, PK_PROGRAM_MAX_DEPTH);
        }
        branches_.push_back({index_, open_scope(), 0});
    }

    void open_else() {
        if (branches_.empty() || branches_.back().second_side != 0) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_, "instruction %d (else) has no if", index_);
        }
        close_scope(branches_.back().first_side);
        branches_.back().second_side = open_scope();
    }

    void close_if() {
        if (branches_.empty()) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_, "instruction %d (end) has no if", index_);
        }
        close_scope(current_scope());
        closed_ = {branches_.back(), index_};
        branches_.pop_back();
    }

    type check_result() const {
        const bool follows = index_ > 0 && (list_[static_cast<std::size_t>(index_) - 1].op == PK_OP_END ||
                                            list_[static_cast<std::size_t>(index_) - 1].op == PK_OP_RESULT);
        if (!follows) {
            throw invalid_list(PK_ERROR_INVALID_PROGRAM, index_, "instruction %d (result) does not follow an end",
                               index_);
        }
        const type a = require_in_side('a', here().a, closed_.branch.first_side, type::any);
        require_in_side('b', here().b, closed_.branch.second_side, a);
        return a;
    }

    // An operand as it is visible at the end of a side.
    type require_in_side(char operand, std::int32_t index, std::int32_t side, type wanted) const {
        const value& found = defined(operand, index, closed_.end);
        const bool is_of_side = side != 0 && found.scope == side;
        if (!is_of_side && !scope_is_open_[static_cast<std::size_t>(found.scope)]) {
            refuse_scope(operand, index);
        }
        return require_type(operand, index, found.of, wanted);
    }

    std::span<const pk_instruction> list_;
    std::int32_t index_ = 0;
    std::vector<value> values_;
    std::vector<bool> scope_is_open_;
    std::vector<open_branch> branches_;
    closed_branch closed_;
    int inputs_ = 0;
    int outputs_ = 0;
};

} // namespace

void check(std::span<const pk_instruction> list) {
    if (list.size() > PK_PROGRAM_MAX_INSTRUCTIONS) {
        throw invalid_list(PK_ERROR_LIMIT, -1, "the list has %zu instructions, and at most %d are allowed",
                           list.size(), PK_PROGRAM_MAX_INSTRUCTIONS);
    }
    if (list.data() == nullptr && !list.empty()) {
        throw invalid_list(PK_ERROR_INVALID_PROGRAM, -1, "the list is NULL");
    }
    checker(list).run();
}

} // namespace picokernels::program
