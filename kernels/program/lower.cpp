// SPDX-License-Identifier: BSD-3-Clause
#include "lower.hpp"

#include "check.hpp"

#include <bit>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <unordered_map>
#include <utility>

namespace picokernels::program {

namespace {

// Slots are given to values in the order of the nodes. There are no loops, so a value is alive from its node to its
// last use in that order, whichever sides are taken.
class lowering {
  public:
    explicit lowering(const graph& of)
        : graph_(of), slots_(of.nodes.size(), no_slot), last_uses_(of.nodes.size(), 0), results_(of.nodes.size()) {
        code_.input_count = of.inputs;
        code_.slot_count = of.inputs;
    }

    code_storage run() {
        find_last_uses();
        for (here_ = 0; here_ < graph_.nodes.size(); ++here_) {
            const node& next = graph_.nodes[here_];
            if (next.op == PK_OP_INPUT) {
                take_input(next);
            } else if (is_needed(next)) {
                lower_node(next);
            }
        }
        for (const std::int32_t index : graph_.outputs) {
            const bool is_constant = at(index).op == PK_OP_CONSTANT;
            code_.outputs.push_back({is_constant, is_constant ? constant(index) : slot(index)});
        }
        emit({.op = operation::finish});
        return std::move(code_);
    }

  private:
    const node& at(std::int32_t index) const { return graph_.nodes[static_cast<std::size_t>(index)]; }
    std::uint16_t& slot(std::int32_t index) { return slots_[static_cast<std::size_t>(index)]; }
    std::size_t& last_use(std::int32_t index) { return last_uses_[static_cast<std::size_t>(index)]; }
    bool is_constant(std::int32_t index) const { return at(index).op == PK_OP_CONSTANT; }
    bool is_needed(const node& of) const {
        return of.op == PK_OP_ELSE || of.op == PK_OP_END ? at(of.a).is_needed : of.is_needed;
    }
    // The sine or cosine that an earlier node computes together with its partner.
    bool is_done_by_partner(const node& of, std::size_t index) const {
        return of.partner != no_node && at(of.partner).is_needed && std::cmp_less(of.partner, index);
    }

    // ---- how long values live

    void use(std::int32_t index, std::size_t where) {
        if (index != no_node && last_use(index) < where) {
            last_use(index) = where;
        }
    }

    void find_last_uses() {
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            const node& user = graph_.nodes[i];
            if (!user.is_needed) {
                continue;
            }
            switch (static_cast<int>(user.op)) {
            case PK_OP_CONSTANT:
            case PK_OP_INPUT:
            case PK_OP_ELSE:
            case PK_OP_END:
            case PK_OP_FAIL:
                break;
            case PK_OP_IF:
                use(user.a, static_cast<std::size_t>(user.c));
                break;
            case PK_OP_RESULT: // its operands are read at the ends of the sides
                results_[static_cast<std::size_t>(user.c)].push_back(static_cast<std::int32_t>(i));
                use(user.a, static_cast<std::size_t>(at(user.c).b));
                use(user.b, static_cast<std::size_t>(at(user.c).c));
                break;
            default:
                if (!is_done_by_partner(user, i)) {
                    use(user.a, i);
                    use(user.b, i);
                    use(user.c, i);
                }
            }
        }
        for (const std::int32_t index : graph_.outputs) {
            use(index, graph_.nodes.size());
        }
    }

    // ---- slots and constants

    std::uint16_t take_slot() {
        if (!free_.empty()) {
            const std::uint16_t taken = free_.back(); // the one that was in use last is in the nearest cache
            free_.pop_back();
            return taken;
        }
        if (code_.slot_count == PK_PROGRAM_MAX_ALIVE) {
            const std::uint32_t source = graph_.nodes[here_].source;
            throw invalid_list(PK_ERROR_LIMIT, source, "instruction %u: more than %d values are alive at once",
                               source, PK_PROGRAM_MAX_ALIVE);
        }
        return static_cast<std::uint16_t>(code_.slot_count++);
    }

    // Gives the slot of a value back if it is not used after this node. Inputs keep theirs.
    void release(std::int32_t index) {
        if (index == no_node || is_constant(index) || at(index).op == PK_OP_INPUT) {
            return;
        }
        if (last_use(index) <= here_ && slot(index) != no_slot) {
            free_.push_back(slot(index));
            slot(index) = no_slot;
        }
    }

    void take_input(const node& input) {
        slots_[here_] = static_cast<std::uint16_t>(input.a);
        if (last_uses_[here_] != 0) {
            const bool is_output = last_uses_[here_] == graph_.nodes.size();
            code_.used_inputs.push_back({static_cast<std::uint16_t>(input.a), is_output});
        }
    }

    std::uint16_t constant(std::int32_t index) { return constant(at(index).value); }
    std::uint16_t constant(double value) {
        const auto [found, is_new] = constants_.try_emplace(std::bit_cast<std::uint64_t>(value), std::uint16_t{0});
        if (is_new) {
            found->second = static_cast<std::uint16_t>(code_.constants.size());
            code_.constants.push_back(value);
        }
        return found->second;
    }

    // The slot of an operand. A constant moves into a slot that is free again after this node.
    std::uint16_t operand(std::int32_t index) {
        if (index == no_node) {
            return 0;
        }
        if (!is_constant(index)) {
            return slot(index);
        }
        const std::uint16_t taken = take_slot();
        emit({.op = operation::constant, .out = taken, .a = constant(index)});
        temporaries_.push_back(taken);
        return taken;
    }

    // ---- steps

    void emit(step added) { code_.steps.push_back(added); }

    void lower_node(const node& next) {
        switch (static_cast<int>(next.op)) {
        case PK_OP_IF:
            lower_if(next);
            break;
        case PK_OP_ELSE:
            lower_else();
            break;
        case PK_OP_END:
            lower_end();
            break;
        case PK_OP_CONSTANT:
        case PK_OP_RESULT: // its slot comes from lower_else()
            break;
        case PK_OP_FAIL:
            emit({.op = operation::fail, .a = static_cast<std::uint16_t>(next.a), .checked = 1, .link = next.source});
            break;
        case PK_OP_AND:
            lower_plain(operation::both, next);
            break;
        case PK_OP_OR:
            lower_plain(operation::either, next);
            break;
        case PK_OP_NOT:
            lower_plain(operation::opposite, next);
            break;
        case PK_OP_SELECT:
            lower_plain(operation::select, next);
            break;
        case op_square:
            lower_square(next);
            break;
        case op_fused_add:
            lower_fused(operation::fused_add, next);
            break;
        case op_fused_sub:
            lower_fused(operation::fused_sub, next);
            break;
        case op_fused_rsub:
            lower_fused(operation::fused_rsub, next);
            break;
        case PK_OP_SIN:
        case PK_OP_COS:
            lower_sin_or_cos(next);
            break;
        default:
            lower_functor(next);
        }
    }

    // Frees the operands, takes a slot for the result, which may be an operand's, and emits the step.
    void place(step added, const node& next) {
        if (!may_read_operands_again(next)) {
            release_operands(next);
        }
        added.out = take_slot();
        slots_[here_] = added.out;
        emit(added);
        release_operands(next);
        release(static_cast<std::int32_t>(here_));
    }

    // An engine may compute a function of a fast program for all lanes, and then look for those that failed.
    bool may_read_operands_again(const node& next) const {
        const opcode_entry* entry = find_opcode(next.op);
        const bool is_fast_function = entry != nullptr && entry->steps.on_slots != entry->fast_steps.on_slots;
        return graph_.is_fast && next.checked && is_fast_function;
    }

    void release_operands(const node& next) {
        for (const std::int32_t index : {next.a, next.b, next.c}) {
            release(index);
        }
        free_.insert(free_.end(), temporaries_.begin(), temporaries_.end());
        temporaries_.clear();
    }

    void lower_plain(operation op, const node& next) {
        place({.op = op, .a = operand(next.a), .b = operand(next.b), .c = operand(next.c)}, next);
    }

    void lower_functor(const node& next) {
        const opcode_entry& entry = *find_opcode(next.op);
        const forms& steps = graph_.is_fast ? entry.fast_steps : entry.steps;
        step added{.checked = static_cast<std::uint16_t>(next.checked), .link = next.source};
        if (steps.is_unary) {
            added.op = steps.on_slots;
            added.a = operand(next.a);
        } else if (is_constant(next.b)) {
            added.op = steps.slot_scalar;
            added.a = operand(next.a);
            added.b = constant(next.b);
        } else if (is_constant(next.a)) {
            added.op = steps.is_commutative ? steps.slot_scalar : steps.scalar_slot;
            added.a = steps.is_commutative ? slot(next.b) : constant(next.a);
            added.b = steps.is_commutative ? constant(next.a) : slot(next.b);
        } else {
            added.op = steps.on_slots;
            added.a = slot(next.a);
            added.b = slot(next.b);
        }
        place(added, next);
    }

    void lower_square(const node& next) {
        place({.op = graph_.is_fast ? operation::fast_square : operation::square,
               .a = operand(next.a),
               .checked = static_cast<std::uint16_t>(next.checked),
               .link = next.source},
              next);
    }

    // After the step on slots come those with b, with c, and with both as constants.
    void lower_fused(operation on_slots, const node& next) {
        const bool b_is_constant = is_constant(next.b);
        const bool c_is_constant = is_constant(next.c);
        const int form = static_cast<int>(b_is_constant) + 2 * static_cast<int>(c_is_constant);
        place({.op = static_cast<operation>(static_cast<int>(on_slots) + form),
               .a = operand(next.a),
               .b = b_is_constant ? constant(next.b) : slot(next.b),
               .c = c_is_constant ? constant(next.c) : slot(next.c)},
              next);
    }

    void lower_sin_or_cos(const node& next) {
        if (next.partner == no_node || !at(next.partner).is_needed) {
            lower_functor(next);
        } else if (!is_done_by_partner(next, here_)) {
            step added{.op = graph_.is_fast ? operation::fast_sincos : operation::sincos,
                       .a = operand(next.a),
                       .checked = static_cast<std::uint16_t>(next.checked),
                       .link = next.source};
            release_operands(next);
            std::uint16_t& sine = next.op == PK_OP_SIN ? slots_[here_] : slot(next.partner);
            std::uint16_t& cosine = next.op == PK_OP_SIN ? slot(next.partner) : slots_[here_];
            added.out = sine = take_slot();
            added.b = cosine = take_slot();
            emit(added);
            release(static_cast<std::int32_t>(here_));
            release(next.partner);
        }
    }

    // ---- branches

    struct open_branch {
        std::size_t if_node;
        std::size_t step; // of the branch, and then of `otherwise`: its target is not known yet
        std::uint16_t condition;
        std::uint16_t own;    // the slot for the engine's use
        std::uint16_t around; // that of the branch around this one
    };

    void lower_if(const node& next) {
        const std::uint16_t around = branches_.empty() ? no_slot : branches_.back().own;
        const open_branch opened{here_, code_.steps.size(), slot(next.a), take_slot(), around};
        branches_.push_back(opened);
        emit({.op = operation::branch, .out = opened.own, .a = opened.condition, .b = opened.around, .link = 0});
        code_.has_branches = true;
    }

    // The first side ends: moves its results to their slots. A result takes over the slot of a value that ends here.
    void lower_else() {
        open_branch& open = branches_.back();
        const std::span<const std::int32_t> results = results_[open.if_node];
        for (std::size_t k = 0; k < results.size(); ++k) {
            const std::int32_t a = at(results[k]).a;
            if (is_constant(a)) {
                slot(results[k]) = take_slot();
                emit({.op = operation::constant, .out = slot(results[k]), .a = constant(a)});
            } else if (ends_here(a, results.subspan(k + 1))) {
                std::swap(slot(results[k]), slot(a));
            } else {
                slot(results[k]) = take_slot();
                emit({.op = operation::move, .out = slot(results[k]), .a = slot(a)});
            }
        }
        for (const std::int32_t result : results) {
            release(at(result).a);
        }
        code_.steps[open.step].link = static_cast<std::uint32_t>(code_.steps.size());
        open.step = code_.steps.size();
        emit({.op = operation::otherwise, .out = open.own, .a = open.condition, .b = open.around, .link = 0});
    }

    // Whether a value is used neither by further results nor after this node.
    bool ends_here(std::int32_t index, std::span<const std::int32_t> further_results) const {
        for (const std::int32_t result : further_results) {
            if (at(result).a == index) {
                return false;
            }
        }
        return at(index).op != PK_OP_INPUT && last_uses_[static_cast<std::size_t>(index)] <= here_;
    }

    void lower_end() {
        const open_branch closed = branches_.back();
        branches_.pop_back();
        const std::span<const std::int32_t> results = results_[closed.if_node];
        for (const std::int32_t result : results) {
            const std::int32_t b = at(result).b;
            const bool scalar = is_constant(b);
            emit({.op = scalar ? operation::merge_scalar : operation::merge,
                  .out = slot(result),
                  .a = scalar ? constant(b) : slot(b),
                  .b = closed.condition});
        }
        for (const std::int32_t result : results) {
            release(at(result).b);
        }
        code_.steps[closed.step].link = static_cast<std::uint32_t>(code_.steps.size());
        emit({.op = operation::end, .b = closed.around});
        free_.push_back(closed.own);
        release(graph_.nodes[closed.if_node].a);
    }

    const graph& graph_;
    code_storage code_;
    std::size_t here_ = 0;                           // the node
    std::vector<std::uint16_t> slots_;               // of each node, while it is alive
    std::vector<std::size_t> last_uses_;             // of each node
    std::vector<std::vector<std::int32_t>> results_; // of each PK_OP_IF: the needed ones
    std::vector<open_branch> branches_;
    std::vector<std::uint16_t> free_;
    std::vector<std::uint16_t> temporaries_; // slots of constants, until the next step
    std::unordered_map<std::uint64_t, std::uint16_t> constants_;
};

} // namespace

code_storage lower(const graph& of) { return lowering(of).run(); }

} // namespace picokernels::program
