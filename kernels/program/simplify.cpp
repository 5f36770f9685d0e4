// SPDX-License-Identifier: BSD-3-Clause
#include "simplify.hpp"

#include "fold.hpp"
#include "libm.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <unordered_map>
#include <utility>

namespace picokernels::program {

namespace {

struct key {
    pk_opcode op;
    bool checked;
    std::int32_t a;
    std::int32_t b;
    std::int32_t c;
    bool operator==(const key&) const = default;
};

struct key_hash {
    std::size_t operator()(const key& of) const noexcept {
        std::uint64_t hash = static_cast<std::uint64_t>(of.op) * 2 + static_cast<std::uint64_t>(of.checked);
        for (const std::int32_t operand : {of.a, of.b, of.c}) {
            hash = (hash ^ static_cast<std::uint32_t>(operand)) * 0x9e3779b97f4a7c15U; // Fibonacci hashing
            hash ^= hash >> 32U;
        }
        return static_cast<std::size_t>(hash);
    }
};

// Which sides of a branch can be reached.
enum class reach : std::uint8_t { both, first, second };

struct frame {
    reach sides = reach::both;
    std::int32_t if_node = no_node;
    std::int32_t else_node = no_node;
    std::size_t expressions = 0; // how many were known when the side began
};

class simplifier {
  public:
    simplifier(std::span<const pk_instruction> list, unsigned options)
        : list_(list), reports_trouble_((options & PK_PROGRAM_NO_TROUBLE) == 0), values_(list.size(), no_node),
          ends_(list.size()) {
        graph_.is_fast = (options & PK_PROGRAM_FAST) != 0;
        find_ends();
    }

    graph run() {
        for (std::size_t i = 0; i < list_.size(); ++i) {
            i = visit(i);
        }
        mark_needed();
        if (graph_.is_fast) {
            contract();
        }
        return std::move(graph_);
    }

  private:
    // For each PK_OP_IF the index of its PK_OP_ELSE or else PK_OP_END; for each PK_OP_ELSE that of its PK_OP_END.
    void find_ends() {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < list_.size(); ++i) {
            const pk_opcode op = list_[i].op;
            if (op == PK_OP_ELSE || op == PK_OP_END) {
                ends_[open.back()] = i;
                open.pop_back();
            }
            if (op == PK_OP_ELSE || op == PK_OP_IF) {
                open.push_back(i);
            }
        }
    }

    node& at(std::int32_t index) { return graph_.nodes[static_cast<std::size_t>(index)]; }
    bool is_constant(std::int32_t index) { return at(index).op == PK_OP_CONSTANT; }
    bool is_constant(std::int32_t index, double value) { return is_constant(index) && same(at(index).value, value); }
    static bool same(double x, double y) {
        return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
    }

    std::int32_t append(node added) {
        graph_.nodes.push_back(added);
        return static_cast<std::int32_t>(graph_.nodes.size()) - 1;
    }

    std::int32_t constant(double value) {
        const auto [found, is_new] = constants_.try_emplace(std::bit_cast<std::uint64_t>(value), no_node);
        if (is_new) {
            found->second = append({.op = PK_OP_CONSTANT, .value = value});
        }
        return found->second;
    }

    std::int32_t value_of(std::int32_t index) const { return values_[static_cast<std::size_t>(index)]; }

    // A truth value. Within a side of a branch, the branch's condition is known.
    std::int32_t truth_of(std::int32_t index) {
        const std::int32_t found = value_of(index);
        for (const frame& open : frames_) {
            if (open.sides == reach::both && at(open.if_node).a == found) {
                return constant(truth_bits(open.else_node == no_node));
            }
        }
        return found;
    }

    // Simplifies instruction i. Returns the index of the last one that is done with.
    std::size_t visit(std::size_t i) {
        const pk_instruction& instruction = list_[i];
        source_ = static_cast<std::uint32_t>(i);
        switch (instruction.op) {
        case PK_OP_INPUT:
            values_[i] = append({.op = PK_OP_INPUT, .a = static_cast<std::int32_t>(graph_.inputs++)});
            return i;
        case PK_OP_CONSTANT:
            values_[i] = constant(instruction.value);
            return i;
        case PK_OP_OUTPUT:
            graph_.outputs.push_back(value_of(instruction.a));
            return i;
        case PK_OP_IF:
            return visit_if(i);
        case PK_OP_ELSE:
            return visit_else(i);
        case PK_OP_END:
            visit_end();
            return i;
        case PK_OP_RESULT:
            values_[i] = result(instruction);
            return i;
        case PK_OP_FAIL:
            if (is_checked(instruction)) {
                append({.op = PK_OP_FAIL, .checked = true, .a = instruction.a, .source = source_});
            }
            return i;
        default:
            values_[i] = visit_operation(instruction);
            return i;
        }
    }

    bool is_checked(const pk_instruction& instruction) const {
        return reports_trouble_ && (instruction.flags & PK_QUIET) == 0 && can_fail(instruction.op);
    }

    // ---- branches

    std::size_t visit_if(std::size_t i) {
        const std::int32_t condition = truth_of(list_[i].a);
        if (is_constant(condition)) {
            const bool holds = !same(at(condition).value, truth_bits(false));
            frames_.push_back({.sides = holds ? reach::first : reach::second, .expressions = log_.size()});
            // Goes on with the second side, or with the end if there is none.
            return holds ? i : ends_[i] - static_cast<std::size_t>(list_[ends_[i]].op == PK_OP_END);
        }
        const std::int32_t if_node = append({.op = PK_OP_IF, .a = condition, .source = source_});
        frames_.push_back({.if_node = if_node, .expressions = log_.size()});
        return i;
    }

    std::size_t visit_else(std::size_t i) {
        if (frames_.back().sides == reach::first) {
            return ends_[i] - 1;
        }
        begin_second_side();
        return i;
    }

    void begin_second_side() {
        frame& open = frames_.back();
        if (open.sides == reach::both) {
            forget_expressions(open.expressions);
            open.else_node = append({.op = PK_OP_ELSE, .a = open.if_node, .source = source_});
        }
    }

    void visit_end() {
        if (frames_.back().sides == reach::both && frames_.back().else_node == no_node) {
            begin_second_side();
        }
        closed_ = frames_.back();
        frames_.pop_back();
        if (closed_.sides != reach::both) {
            return; // its instructions are part of what surrounds the branch
        }
        forget_expressions(closed_.expressions);
        if (is_cheap(closed_.if_node)) {
            at(closed_.if_node).op = op_nothing;
            at(closed_.else_node).op = op_nothing;
            return;
        }
        const std::int32_t end_node = append({.op = PK_OP_END, .a = closed_.if_node, .source = source_});
        at(closed_.if_node).b = closed_.else_node;
        at(closed_.if_node).c = end_node;
    }

    // Whether both sides of a branch together, which end here, are less work than a jump. If nothing in them can fail
    // either, both are computed, and the results become selections.
    bool is_cheap(std::int32_t if_node) const {
        constexpr int most = 4;
        int count = 0;
        for (std::size_t i = static_cast<std::size_t>(if_node) + 1; i < graph_.nodes.size(); ++i) {
            const node& within = graph_.nodes[i];
            switch (static_cast<int>(within.op)) {
            case PK_OP_CONSTANT:
            case PK_OP_ELSE:
            case op_nothing:
                break;
            case PK_OP_ADD:
            case PK_OP_SUB:
            case PK_OP_MUL:
            case PK_OP_MINIMUM:
            case PK_OP_MAXIMUM:
            case PK_OP_NEG:
            case PK_OP_ABS:
            case PK_OP_LESS:
            case PK_OP_LESS_EQUAL:
            case PK_OP_EQUAL:
            case PK_OP_NOT_EQUAL:
            case PK_OP_AND:
            case PK_OP_OR:
            case PK_OP_NOT:
            case PK_OP_SELECT:
                ++count;
                break;
            default:
                return false;
            }
        }
        return count <= most;
    }

    std::int32_t result(const pk_instruction& instruction) {
        if (closed_.sides == reach::first) {
            return value_of(instruction.a);
        }
        if (closed_.sides == reach::second) {
            return value_of(instruction.b);
        }
        const std::int32_t a = value_of(instruction.a);
        const std::int32_t b = value_of(instruction.b);
        if (a == b) {
            return a;
        }
        if (at(closed_.if_node).op == op_nothing) {
            return operation({.op = PK_OP_SELECT, .a = at(closed_.if_node).a, .b = a, .c = b, .source = source_});
        }
        return find_or_append({.op = PK_OP_RESULT, .a = a, .b = b, .c = closed_.if_node, .source = source_});
    }

    // ---- operations

    std::int32_t visit_operation(const pk_instruction& instruction) {
        const opcode_entry& entry = *find_opcode(instruction.op);
        const auto operand = [&](std::size_t k, std::int32_t index) -> std::int32_t {
            switch (entry.operands[k]) {
            case type::none:
                return no_node;
            case type::truth:
                return truth_of(index);
            default:
                return value_of(index);
            }
        };
        return operation({.op = instruction.op,
                          .checked = is_checked(instruction),
                          .a = operand(0, instruction.a),
                          .b = operand(1, instruction.b),
                          .c = operand(2, instruction.c),
                          .source = source_});
    }

    // The node that computes this, or an equal one, or one that is less work.
    std::int32_t operation(node wanted) {
        switch (static_cast<int>(wanted.op)) {
        case PK_OP_AND:
            return logic(wanted, false);
        case PK_OP_OR:
            return logic(wanted, true);
        case PK_OP_NOT:
            if (is_constant(wanted.a)) {
                return constant(truth_bits(same(at(wanted.a).value, truth_bits(false))));
            }
            return at(wanted.a).op == PK_OP_NOT ? at(wanted.a).a : find_or_append(wanted);
        case PK_OP_SELECT:
            if (wanted.b == wanted.c || is_constant(wanted.a)) {
                return is_constant(wanted.a, truth_bits(false)) ? wanted.c : wanted.b;
            }
            return find_or_append(wanted);
        default:
            return arithmetic(wanted);
        }
    }

    // A truth value that is `decisive` decides, whatever the other one is. One that is not leaves it to the other.
    std::int32_t logic(node wanted, bool decisive) {
        order_operands(wanted);
        if (is_constant(wanted.b)) {
            return same(at(wanted.b).value, truth_bits(decisive)) ? wanted.b : wanted.a;
        }
        return wanted.a == wanted.b ? wanted.a : find_or_append(wanted);
    }

    // Puts a constant last, so that equal operations have equal operands, and so that steps find their form.
    void order_operands(node& wanted) {
        const auto rank = [this](std::int32_t index) { return std::pair(is_constant(index), index); };
        if (rank(wanted.b) < rank(wanted.a)) {
            std::swap(wanted.a, wanted.b);
        }
    }

    std::int32_t arithmetic(node wanted) {
        const bool is_unary = wanted.b == no_node;
        if (can_fold(wanted.op) && is_constant(wanted.a) && (is_unary || is_constant(wanted.b))) {
            const folded result = fold(wanted.op, at(wanted.a).value, is_unary ? 0 : at(wanted.b).value);
            if (!wanted.checked || result.trouble == PK_TROUBLE_NONE) {
                return constant(result.value);
            }
        }
        const opcode_entry* entry = find_opcode(wanted.op);
        if (entry != nullptr && entry->steps.is_commutative) {
            order_operands(wanted);
        }
        const std::int32_t simpler = is_unary ? simpler_unary(wanted) : simpler_binary(wanted);
        return simpler != no_node ? simpler : find_or_append(wanted);
    }

    // The functions of fast programs are those of the ISA that runs them, so only a run knows their results.
    bool can_fold(pk_opcode op) const {
        const opcode_entry* entry = find_opcode(op);
        return !graph_.is_fast || entry == nullptr || entry->steps.on_slots == entry->fast_steps.on_slots;
    }

    // Less work with the same bits, or no_node. Signs and payloads of NaNs may change.
    std::int32_t simpler_unary(const node& wanted) {
        const node& a = at(wanted.a);
        if (wanted.op == PK_OP_NEG && a.op == PK_OP_NEG) {
            return a.a;
        }
        if (wanted.op == PK_OP_ABS && (a.op == PK_OP_NEG || a.op == PK_OP_ABS)) {
            return find_or_append({.op = PK_OP_ABS, .a = a.a, .source = wanted.source});
        }
        return no_node;
    }

    std::int32_t simpler_binary(node& wanted) {
        if (!is_constant(wanted.b)) {
            return no_node;
        }
        const double b = at(wanted.b).value;
        switch (static_cast<int>(wanted.op)) {
        case PK_OP_ADD: // x + 0.0 is not x for x = -0.0
            return same(b, -0.0) ? wanted.a : no_node;
        case PK_OP_SUB:
            return same(b, 0.0) ? wanted.a : no_node;
        case PK_OP_MUL:
            return b == 1 ? wanted.a : no_node;
        case PK_OP_DIV:
            return divided_by(wanted, b);
        case PK_OP_POW:
            return to_the_power(wanted, b);
        default:
            return no_node;
        }
    }

    std::int32_t divided_by(node& wanted, double b) {
        wanted.checked = wanted.checked && b == 0;
        if (b == 1) {
            return wanted.a;
        }
        // The reciprocal of a power of two is exact, so the product is rounded from the same number.
        int exponent = 0;
        if (std::isnormal(b) && std::fabs(std::frexp(b, &exponent)) == 0.5 && std::isnormal(1 / b)) {
            return find_or_append({.op = PK_OP_MUL, .a = wanted.a, .b = constant(1 / b), .source = wanted.source});
        }
        return no_node;
    }

    std::int32_t to_the_power(const node& wanted, double b) {
        if (b == 0) {
            return constant(1);
        }
        if (b == 1) {
            return wanted.a;
        }
        if (b == 2 && (graph_.is_fast || libm().square_has_the_bits_of_pow)) {
            return find_or_append(
                {.op = op_square, .checked = wanted.checked, .a = wanted.a, .source = wanted.source});
        }
        return no_node;
    }

    // ---- common subexpressions: those of the sides that surround this place

    std::int32_t find(key wanted) const {
        const auto found = expressions_.find(wanted);
        return found == expressions_.end() ? no_node : found->second;
    }

    std::int32_t find_or_append(const node& wanted) {
        const key of{wanted.op, wanted.checked, wanted.a, wanted.b, wanted.c};
        std::int32_t found = find(of);
        if (found == no_node && !wanted.checked) { // one that also reports trouble has done so before
            found = find({wanted.op, true, wanted.a, wanted.b, wanted.c});
        }
        if (found != no_node) {
            return found;
        }
        found = append(wanted);
        expressions_.emplace(of, found);
        log_.push_back(of);
        if (wanted.op == PK_OP_SIN || wanted.op == PK_OP_COS) {
            find_partner(found);
        }
        return found;
    }

    void find_partner(std::int32_t index) {
        const node& added = at(index);
        const pk_opcode other = added.op == PK_OP_SIN ? PK_OP_COS : PK_OP_SIN;
        const std::int32_t partner = find({other, added.checked, added.a, no_node, no_node});
        // The sides of a branch can each have a sine of what has its cosine before: one of them gets it.
        const bool is_free = partner != no_node && at(partner).partner == no_node;
        if (is_free && (graph_.is_fast || libm().sincos_has_the_bits_of_sin_and_cos)) {
            at(index).partner = partner;
            at(partner).partner = index;
        }
    }

    void forget_expressions(std::size_t but) {
        while (log_.size() > but) {
            expressions_.erase(log_.back());
            log_.pop_back();
        }
    }

    // ---- what is needed

    void need(std::int32_t index) {
        if (index != no_node) {
            at(index).is_needed = true;
        }
    }

    // From the last node to the first, so that a node's users come before it. A branch is needed if something within
    // it or one of its results is.
    void mark_needed() {
        for (const std::int32_t output : graph_.outputs) {
            need(output);
        }
        std::vector<bool> branch_is_needed;
        for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
            node& here = graph_.nodes[i];
            switch (static_cast<int>(here.op)) {
            case PK_OP_CONSTANT:
            case PK_OP_INPUT:
            case PK_OP_ELSE:
            case op_nothing:
                continue;
            case PK_OP_END:
                branch_is_needed.push_back(here.is_needed); // by a result
                continue;
            case PK_OP_IF:
                here.is_needed = branch_is_needed.back();
                branch_is_needed.pop_back();
                break;
            default:
                here.is_needed = here.is_needed || here.checked;
            }
            if (here.is_needed) {
                need_operands(here);
                if (!branch_is_needed.empty()) {
                    branch_is_needed.back() = true;
                }
            }
        }
    }

    void need_operands(const node& of) {
        if (of.op == PK_OP_FAIL) {
            return; // its operand is a kind of trouble
        }
        need(of.a);
        need(of.b);
        need(of.op == PK_OP_RESULT ? at(of.c).c : of.c);
    }

    // ---- contraction

    // Fuses each product that only one sum or difference uses with it.
    void contract() {
        const std::vector<int> uses = count_uses();
        const auto is_fusible = [&](std::int32_t index) {
            return at(index).op == PK_OP_MUL && uses[static_cast<std::size_t>(index)] == 1;
        };
        for (node& sum : graph_.nodes) {
            if (!sum.is_needed || (sum.op != PK_OP_ADD && sum.op != PK_OP_SUB)) {
                continue;
            }
            const bool is_difference = sum.op == PK_OP_SUB;
            if (is_fusible(sum.a)) {
                fuse(sum, is_difference ? op_fused_sub : op_fused_add, sum.a, sum.b);
            } else if (is_fusible(sum.b)) {
                fuse(sum, is_difference ? op_fused_rsub : op_fused_add, sum.b, sum.a);
            }
        }
    }

    std::vector<int> count_uses() const {
        std::vector<int> uses(graph_.nodes.size());
        const auto count = [&](std::int32_t index) {
            if (index != no_node) {
                ++uses[static_cast<std::size_t>(index)];
            }
        };
        for (const node& user : graph_.nodes) {
            const bool has_operands = user.op != PK_OP_INPUT && user.op != PK_OP_FAIL;
            if (user.is_needed && has_operands) {
                count(user.a);
                count(user.b);
                count(user.c);
            }
        }
        for (const std::int32_t output : graph_.outputs) {
            count(output);
        }
        return uses;
    }

    void fuse(node& sum, pk_opcode op, std::int32_t product, std::int32_t addend) {
        node& fused = at(product);
        sum.op = op;
        sum.a = fused.a;
        sum.b = fused.b;
        sum.c = addend;
        fused.is_needed = false;
    }

    std::span<const pk_instruction> list_;
    bool reports_trouble_;
    std::uint32_t source_ = 0;
    graph graph_;
    std::vector<std::int32_t> values_; // the node of each instruction
    std::vector<std::size_t> ends_;
    std::vector<frame> frames_;
    frame closed_;
    std::unordered_map<std::uint64_t, std::int32_t> constants_;
    std::unordered_map<key, std::int32_t, key_hash> expressions_;
    std::vector<key> log_; // the keys of expressions_, in the order of their arrival
};

} // namespace

graph simplify(std::span<const pk_instruction> list, unsigned options) { return simplifier(list, options).run(); }

} // namespace picokernels::program
