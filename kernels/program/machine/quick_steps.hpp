// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of quick code: those of a program for several batches of lanes at a time.
//
// A step waits for the one before it for 3 to 13 cycles, in which the CPU could do a dozen others. It finds them if
// the same step of other batches comes next. (Loop unrolling with renamed registers: J. L. Hennessy and D. A.
// Patterson, Computer Architecture: A Quantitative Approach, 3.2.) Functions of the kernels are part of the steps.
//
// Quick code does not know what trouble there is, but only that some is possible: `trust` says where. Then, and for
// arguments that are rare, nothing has been written yet, and careful code computes these batches.
#ifndef PICOKERNELS_MACHINE_QUICK_STEPS_HPP
#define PICOKERNELS_MACHINE_QUICK_STEPS_HPP

#include "compiler.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace picokernels::program::machine {

class quick_steps {
  public:
    // Whether the program has quick code: with functions, for others gain nothing, and without branches, calls, and
    // squares that are undecided every now and then. It must not be too long, or need a large frame.
    static bool exist_for(const code& program, const target& made_for) {
        constexpr std::size_t most_steps = 2048;
        constexpr std::size_t most_slots = 64;
        constexpr std::size_t steps_of_function = 80;
        std::size_t count = 0;
        bool has_functions = false;
        for (const step& now : std::span(program.steps, program.step_count)) {
            if (!is_possible(now, made_for)) {
                return false;
            }
            count += is_function(now) ? steps_of_function : 1;
            has_functions = has_functions || is_function(now);
        }
        return has_functions && count <= most_steps && program.slot_count - program.input_count <= most_slots;
    }

    quick_steps(const code& program, const target& made_for, int ways)
        : program_(program), target_(made_for), ways_(static_cast<std::size_t>(ways)),
          constants_(program.constants, program.constants + program.constant_count) {
        own_slots_ = program.slot_count - program.input_count;
        first_free_ = ways_ * program.slot_count;
        agreed_ = free_slot(0);
        finite_ = free_slot(1);
        temporary_ = free_slot(2);
        begin_function_ = first_free_ + 3;
        slot_count_ = begin_function_;
        emit({.op = operation::constant, .out = agreed_, .a = constant(std::bit_cast<double>(~std::uint64_t{0}))});
        emit({.op = operation::constant, .out = finite_, .a = constant(0)});
        for (const step& now : std::span(program.steps, program.step_count)) {
            if (now.op == operation::finish) {
                emit({.op = operation::trust, .a = agreed_, .b = finite_});
                emit(now);
                break;
            }
            for (way_ = 0; way_ < ways_; ++way_) {
                expand(now);
            }
        }
        for (way_ = 0; way_ < ways_; ++way_) {
            for (const output& from : std::span(program.outputs, program.output_count)) {
                outputs_.push_back({from.is_constant, from.is_constant ? from.index : slot(from.index)});
            }
        }
        code_ = program;
        code_.steps = steps_.data();
        code_.step_count = steps_.size();
        code_.constants = constants_.data();
        code_.constant_count = constants_.size();
        code_.outputs = outputs_.data();
        code_.output_count = outputs_.size();
        code_.input_count = ways_ * program.input_count;
        code_.slot_count = slot_count_;
    }
    quick_steps(const quick_steps&) = delete;
    quick_steps& operator=(const quick_steps&) = delete;

    // Input i of way w is input w * input_count + i, and output j is output w * output_count + j.
    const code& result() const { return code_; }

  private:
    static bool is_function(const step& now) {
        return now.op == operation::fast_sincos ||
               (has_functor(now.op) && is_kernel_function(functor_of(now.op).kind));
    }
    static bool is_possible(const step& now, const target& made_for) {
        if (is_function(now)) {
            return made_for.functions(now.op).record != nullptr;
        }
        if (has_functor(now.op)) {
            const functor kind = functor_of(now.op).kind;
            const bool divides_by_zero = now.op == operation::div_scalar && now.checked != 0;
            return !is_libm(kind) && kind != functor::square && !divides_by_zero;
        }
        switch (now.op) {
        case operation::sincos:
        case operation::merge:
        case operation::merge_scalar:
        case operation::branch:
        case operation::otherwise:
        case operation::end:
        case operation::fail:
            return false;
        default:
            return true;
        }
    }

    std::uint16_t free_slot(std::size_t index) const { return static_cast<std::uint16_t>(first_free_ + index); }
    // A slot of the program for this way: all inputs come first.
    std::uint16_t slot(std::uint16_t of) const {
        const std::size_t inputs = program_.input_count;
        const std::size_t index =
            of < inputs ? way_ * inputs + of : ways_ * inputs + way_ * own_slots_ + (of - inputs);
        return static_cast<std::uint16_t>(index);
    }
    std::uint16_t constant(double value) {
        const auto found = std::ranges::find(constants_, std::bit_cast<std::uint64_t>(value),
                                             [](double known) { return std::bit_cast<std::uint64_t>(known); });
        const auto index = static_cast<std::uint16_t>(found - constants_.begin());
        if (found == constants_.end()) {
            constants_.push_back(value);
        }
        return index;
    }
    void emit(step added) { steps_.push_back(added); }

    // The same step with other slots and constants.
    template <class Slot, class Constant> static step renamed(step now, Slot slot, Constant constant) {
        const auto rename = [](std::uint16_t& operand, auto to) { operand = to(operand); };
        now.out = slot(now.out);
        if (has_functor(now.op)) {
            const form form_of = functor_of(now.op).form_of;
            form_of == form::scalar_array ? rename(now.a, constant) : rename(now.a, slot);
            if (form_of != form::unary) {
                form_of == form::array_scalar ? rename(now.b, constant) : rename(now.b, slot);
            }
        } else if (is_fused(now.op)) {
            const fused_step what = fused_of(now.op);
            rename(now.a, slot);
            what.b_is_constant ? rename(now.b, constant) : rename(now.b, slot);
            what.c_is_constant ? rename(now.c, constant) : rename(now.c, slot);
        } else if (now.op == operation::constant) {
            rename(now.a, constant);
        } else {
            const accesses of = accesses_of(now);
            rename(now.a, slot);
            if (of.reads[1] != no_slot) {
                rename(now.b, slot);
            }
            if (of.reads[2] != no_slot) {
                rename(now.c, slot);
            }
        }
        return now;
    }

    void expand(const step& now) {
        if (is_function(now)) {
            expand_function(now);
            return;
        }
        const auto own_slot = [this](std::uint16_t of) { return slot(of); };
        step added = renamed(now, own_slot, [](std::uint16_t same) { return same; });
        added.checked = 0;
        if (now.op == operation::mul_scalar && program_.constants[now.b] == 2) { // CPUs have most work in products
            added.op = operation::add;
            added.b = added.a;
        }
        if (now.checked == 0 || !has_functor(now.op)) { // only functors and functions fail here
            emit(added);
            return;
        }
        switch (functor_of(now.op).kind) {
        case functor::div: // of two slots or with a constant on the left
            emit({.op = operation::not_equal_scalar, .out = temporary_, .a = added.b, .b = constant(0)});
            require(temporary_);
            emit(added);
            break;
        case functor::sqrt:
            emit({.op = operation::rless_equal_scalar, .out = temporary_, .a = constant(0), .b = added.a});
            require(temporary_);
            emit(added);
            break;
        default: // a square
            emit(added);
            emit({.op = operation::add, .out = finite_, .a = added.out, .b = finite_});
        }
    }
    void require(std::uint16_t truth) { emit({.op = operation::both, .out = agreed_, .a = truth, .b = agreed_}); }

    // An argument that is not finite is not `done`.
    void expand_function(const step& now) {
        const recorded& known = recorded_of(now.op);
        const recorded_steps& function = known.steps;
        const auto function_slot = [&](std::uint16_t of) {
            return of == 0 ? slot(now.a) : static_cast<std::uint16_t>(begin_function_ + of);
        };
        const auto function_constant = [&](std::uint16_t of) { return known.constants[of]; };
        for (std::size_t i = 0; i < function.step_count; ++i) {
            emit(renamed(function.steps[i], function_slot, function_constant));
        }
        require(function_slot(function.done));
        emit({.op = operation::move, .out = slot(now.out), .a = function_slot(function.results[0])});
        if (function.results[1] != no_slot) {
            emit({.op = operation::move, .out = slot(now.b), .a = function_slot(function.results[1])});
        }
        slot_count_ = std::max(slot_count_, begin_function_ + function.slot_count);
    }

    struct recorded {
        operation op;
        recorded_steps steps;
        std::vector<std::uint16_t> constants; // where they are among all constants
    };
    const recorded& recorded_of(operation op) {
        const auto known = std::ranges::find(functions_, op, &recorded::op);
        if (known != functions_.end()) {
            return *known;
        }
        recorded& added = functions_.emplace_back();
        added.op = op;
        target_.functions(op).record(added.steps);
        drop_unused(added.steps);
        for (const double value : std::span(added.steps.constants, added.steps.constant_count)) {
            added.constants.push_back(constant(value));
        }
        return added;
    }
    static void drop_unused(recorded_steps& function) {
        std::vector<bool> is_used(function.slot_count + 1U);
        const auto use = [&](std::uint16_t slot) {
            if (slot != no_slot) {
                is_used[slot] = true;
            }
        };
        use(function.done);
        use(function.results[0]);
        use(function.results[1]);
        std::size_t end = function.step_count;
        for (std::size_t i = function.step_count; i-- > 0;) {
            const step& now = function.steps[i];
            if (is_used[now.out]) {
                for (const std::uint16_t slot : accesses_of(now).reads) {
                    use(slot);
                }
                function.steps[--end] = now;
            }
        }
        std::copy(function.steps + end, function.steps + function.step_count, function.steps);
        function.step_count -= end;
    }

    const code& program_;
    const target& target_;
    std::size_t ways_;
    std::size_t way_ = 0;
    std::size_t own_slots_ = 0;
    std::size_t first_free_ = 0;
    std::size_t begin_function_ = 0; // slots of the function that is expanded
    std::size_t slot_count_ = 0;
    std::uint16_t agreed_ = 0; // the truth that no argument was rare and no operand wrong
    std::uint16_t finite_ = 0; // the sum of results that must be finite: of squares, so none makes up for another
    std::uint16_t temporary_ = 0;
    std::vector<step> steps_;
    std::vector<double> constants_;
    std::vector<output> outputs_;
    std::vector<recorded> functions_;
    code code_;
};

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_QUICK_STEPS_HPP
