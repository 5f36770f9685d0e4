// SPDX-License-Identifier: BSD-3-Clause
#include "compiler.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace picokernels::program::machine {

namespace {

// Whether the second operand of a step of this kind must be in a register: its code reads it twice.
bool needs_register(functor kind) noexcept { return kind == functor::minimum || kind == functor::maximum; }

} // namespace

// ---- next uses ------------------------------------------------------------------------------------------------

accesses accesses_of(const step& now) noexcept {
    if (has_functor(now.op)) {
        switch (functor_of(now.op).form_of) {
        case form::unary:
        case form::array_scalar:
            return {{now.a, no_slot, no_slot}, {now.out, no_slot}};
        case form::scalar_array:
            return {{now.b, no_slot, no_slot}, {now.out, no_slot}};
        case form::array_array:
            return {{now.a, now.b, no_slot}, {now.out, no_slot}};
        }
    }
    if (is_fused(now.op)) {
        const fused_step what = fused_of(now.op);
        return {{now.a, what.b_is_constant ? no_slot : now.b, what.c_is_constant ? no_slot : now.c},
                {now.out, no_slot}};
    }
    switch (now.op) {
    case operation::sincos:
    case operation::fast_sincos:
        return {{now.a, no_slot, no_slot}, {now.out, now.b}};
    case operation::both:
    case operation::either:
    case operation::exclusive_or:
        return {{now.a, now.b, no_slot}, {now.out, no_slot}};
    case operation::trust:
        return {{now.a, now.b, no_slot}, {}};
    case operation::opposite:
    case operation::sign_of:
    case operation::shift_left:
    case operation::move:
        return {{now.a, no_slot, no_slot}, {now.out, no_slot}};
    case operation::select:
        return {{now.a, now.b, now.c}, {now.out, no_slot}};
    case operation::constant:
        return {{no_slot, no_slot, no_slot}, {now.out, no_slot}};
    case operation::merge: // lanes of the first side keep what the slot has
        return {{now.b, now.out, now.a}, {now.out, no_slot}};
    case operation::merge_scalar:
        return {{now.b, now.out, no_slot}, {now.out, no_slot}};
    case operation::branch:
        return {{now.a, no_slot, no_slot}, {}};
    default:
        return {};
    }
}

std::vector<next_uses> find_next_uses(const code& program) {
    std::vector<std::uint32_t> next(program.slot_count, never);
    for (std::size_t j = 0; j < program.output_count; ++j) {
        if (!program.outputs[j].is_constant) {
            next[program.outputs[j].index] = static_cast<std::uint32_t>(program.step_count - 1);
        }
    }
    std::vector<next_uses> uses(program.step_count);
    for (std::size_t i = program.step_count; i-- > 0;) {
        const accesses of = accesses_of(program.steps[i]);
        for (std::size_t k = 0; k < of.writes.size(); ++k) {
            if (of.writes[k] != no_slot) {
                uses[i].writes[k] = std::exchange(next[of.writes[k]], never);
            }
        }
        for (std::size_t k = 0; k < of.reads.size(); ++k) {
            if (of.reads[k] != no_slot) {
                uses[i].reads[k] = next[of.reads[k]];
            }
        }
        for (const std::uint16_t slot : of.reads) {
            if (slot != no_slot) {
                next[slot] = static_cast<std::uint32_t>(i);
            }
        }
    }
    return uses;
}

std::uint8_t predicate_of(functor comparison) noexcept {
    switch (comparison) {
    case functor::less:
        return 1;
    case functor::less_equal:
        return 2;
    case functor::equal:
        return 0;
    default: // not_equal
        return 4;
    }
}

std::uint8_t rounding_of(functor rounding) noexcept {
    constexpr std::uint8_t quiet = 8; // no signal if the number was not an integer
    switch (rounding) {
    case functor::floor:
        return quiet + 1;
    case functor::ceil:
        return quiet + 2;
    default: // trunc
        return quiet + 3;
    }
}

// ---- registers ------------------------------------------------------------------------------------------------

compiler::compiler(const code& program, std::span<const next_uses> uses, const target& made_for,
                   std::span<std::uint8_t> memory, int registers)
    : Xbyak::CodeGenerator(memory.size(), memory.data()), program_(program), target_(made_for), memory_(memory),
      variables_(program.slot_count), uses_(uses), register_count_(registers) {
    for (variable& input : std::span(variables_).first(program.input_count)) {
        input.next = 0; // used or not: its home has it
    }
}

int compiler::take() {
    int furthest = -1;
    for (int i = 0; i < register_count_; ++i) {
        const contents& candidate = registers_[static_cast<std::size_t>(i)];
        if (candidate.is_locked) {
            continue;
        }
        if (candidate.slot == no_slot) {
            return i;
        }
        if (furthest < 0 ||
            variables_[candidate.slot].next > variables_[registers_[static_cast<std::size_t>(furthest)].slot].next) {
            furthest = i;
        }
    }
    const contents& leaving = registers_[static_cast<std::size_t>(furthest)];
    if (leaving.is_dirty && is_alive(leaving.slot)) {
        store(leaving.slot, furthest);
    }
    forget(furthest);
    return furthest;
}

int compiler::bring(std::uint16_t slot) {
    if (register_of(slot) < 0) {
        const int taken = take();
        load(taken, slot);
        variables_[slot].in = static_cast<std::int8_t>(taken);
        registers_[static_cast<std::size_t>(taken)] = {slot, false, false, variables_[slot].version};
    }
    lock(register_of(slot));
    return register_of(slot);
}

void compiler::define(std::uint16_t slot, int index, std::uint32_t next_use) {
    if (register_of(slot) >= 0) {
        forget(register_of(slot));
    }
    if (registers_[static_cast<std::size_t>(index)].slot != no_slot) {
        forget(index);
    }
    variable& defined = variables_[slot];
    defined.next = next_use;
    ++defined.version;
    if (next_use == never) {
        return;
    }
    defined.in = static_cast<std::int8_t>(index);
    registers_[static_cast<std::size_t>(index)] = {slot, true, false, defined.version};
}

void compiler::retire(std::uint16_t slot, std::uint32_t next_use) {
    variables_[slot].next = next_use;
    const int index = register_of(slot);
    if (index >= 0) {
        unlock(index);
        if (next_use == never) {
            forget(index);
        }
    }
}

void compiler::retire_reads(const step& now, const next_uses& uses) {
    const accesses of = accesses_of(now);
    for (std::size_t k = 0; k < of.reads.size(); ++k) {
        if (of.reads[k] != no_slot) {
            retire(of.reads[k], uses.reads[k]);
        }
    }
}

void compiler::flush() {
    for (std::size_t i = 0; i < registers_.size(); ++i) {
        contents& here = registers_[i];
        if (here.slot != no_slot && here.is_dirty && is_alive(here.slot)) {
            store(here.slot, static_cast<int>(i));
            here.is_dirty = false;
        }
    }
}

void compiler::forget(int index) {
    contents& here = registers_[static_cast<std::size_t>(index)];
    if (here.slot != no_slot) {
        variables_[here.slot].in = -1;
    }
    here = {};
}

void compiler::forget_all() {
    for (int i = 0; i < register_count_; ++i) {
        forget(i);
    }
}

void compiler::restore(const register_state& earlier) {
    forget_all();
    for (std::size_t i = 0; i < earlier.size(); ++i) {
        const std::uint16_t slot = earlier[i].slot;
        if (slot != no_slot && is_alive(slot) && variables_[slot].version == earlier[i].version) {
            registers_[i] = {slot, false, false, earlier[i].version};
            variables_[slot].in = static_cast<std::int8_t>(i);
        }
    }
}

void compiler::intersect(const register_state& other) {
    for (std::size_t i = 0; i < other.size(); ++i) {
        const contents& here = registers_[i];
        if (here.slot != no_slot && (here.slot != other[i].slot || here.version != other[i].version)) {
            forget(static_cast<int>(i));
        }
    }
}

void compiler::send_home(const register_state& kept) {
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i].slot != no_slot && kept[i].is_dirty) {
            store(kept[i].slot, static_cast<int>(i));
        }
    }
}

void compiler::bring_back(const register_state& kept) {
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i].slot != no_slot) {
            load(static_cast<int>(i), kept[i].slot);
        }
    }
}

std::array<int, 2> compiler::leave_registers(const step& now, const next_uses& uses,
                                             std::span<const argument> arguments) {
    std::array<int, 2> in{-1, -1};
    std::ranges::transform(arguments, in.begin(),
                           [this](argument from) { return from.is_constant ? -1 : register_of(from.index); });
    retire_reads(now, uses);
    flush();
    forget_all();
    return in;
}

void compiler::load_argument(int to, const argument& from, int in) {
    if (in >= 0) {
        copy(to, in);
    } else if (from.is_constant) {
        load_constant(to, from.index);
    } else {
        load(to, from.index);
    }
}

void compiler::pass_in_registers(const step& now, const next_uses& uses, std::span<const argument> arguments,
                                 int spare) {
    std::array<int, 2> in = leave_registers(now, uses, arguments);
    if (in[1] == 0) {
        copy(spare, 0);
        in[1] = spare;
    }
    for (std::size_t k = 0; k < arguments.size(); ++k) {
        load_argument(static_cast<int>(k), arguments[k], in[k]);
    }
}

// ---- entry, exit, and constants -------------------------------------------------------------------------------

void compiler::push_saved() {
    for (const auto& saved : {rbx, rbp, r12, r13, r14, r15}) {
        push(saved);
    }
}

void compiler::pop_saved() {
    for (const auto& saved : {r15, r14, r13, r12, rbp, rbx}) {
        pop(saved);
    }
}

void compiler::write_pool(int own_copies, int copies) {
    const auto write = [this](std::uint64_t bits, int times) {
        for (int i = 0; i < times; ++i) {
            dq(bits);
        }
    };
    for (const std::uint64_t bits : own_constants()) {
        write(bits, own_copies);
    }
    for (const double constant : std::span(program_.constants, program_.constant_count)) {
        write(std::bit_cast<std::uint64_t>(constant), copies);
    }
    align(16);
}

// ---- jumps ----------------------------------------------------------------------------------------------------

compiler::pending compiler::jump_if(condition when) {
    db(0x0f);
    db(0x80 + static_cast<int>(when));
    dd(0);
    return getSize();
}

compiler::pending compiler::jump() {
    db(0xe9);
    dd(0);
    return getSize();
}

void compiler::patch(std::size_t end, std::size_t target) { rewrite(end - 4, target - end, 4); }

void compiler::land(pending from) { patch(from, getSize()); }

void compiler::jump_back(std::size_t target) { patch(jump(), target); }

void compiler::jump_back_if(condition when, std::size_t target) { patch(jump_if(when), target); }

void compiler::write_rare() {
    for (const auto& write : rare_) {
        write();
    }
}

void compiler::call_address(const void* function) {
    mov(rax, reinterpret_cast<std::uint64_t>(function));
    Xbyak::CodeGenerator::call(rax);
}

// ---- steps ----------------------------------------------------------------------------------------------------

void compiler::compile_steps() {
    for (std::size_t i = 0; i < program_.step_count; ++i) {
        compile_step(program_.steps[i], uses_[i]);
    }
}

void compiler::compile_step(const step& now, const next_uses& uses) {
    if (has_functor(now.op)) {
        compile_functor(now, uses);
        return;
    }
    if (is_fused(now.op)) {
        compile_fused(now, uses);
        return;
    }
    switch (now.op) {
    case operation::sincos:
    case operation::fast_sincos:
        sincos(now, uses);
        break;
    case operation::both:
    case operation::either:
    case operation::exclusive_or:
    case operation::opposite:
    case operation::sign_of: {
        const int a = bring(now.a);
        const bool has_second = accesses_of(now).reads[1] != no_slot;
        const bool is_in_memory = has_second && homes_are_vectors() && is_better_in_memory(now.b, uses.reads[1]);
        const int b = has_second && !is_in_memory ? bring(now.b) : a;
        retire_reads(now, uses);
        const int to = take();
        if (is_in_memory) {
            logic(now.op, to, a, slot_operand(now.b));
        } else {
            logic(now.op, to, a, vector(b));
        }
        define(now.out, to, uses.writes[0]);
        break;
    }
    case operation::shift_left: {
        const int a = bring(now.a);
        retire_reads(now, uses);
        const int to = take();
        shift_left(to, a, now.b);
        define(now.out, to, uses.writes[0]);
        break;
    }
    case operation::trust: {
        const int truth = bring(now.a);
        const int number = bring(now.b);
        retire_reads(now, uses);
        trust(truth, number);
        break;
    }
    case operation::select: {
        const int a = bring(now.a);
        const int b = bring(now.b);
        const int c = bring(now.c);
        retire_reads(now, uses);
        const int to = take();
        select(to, a, b, c);
        define(now.out, to, uses.writes[0]);
        break;
    }
    case operation::constant: {
        const int to = take();
        load_constant(to, now.a);
        define(now.out, to, uses.writes[0]);
        break;
    }
    case operation::move:
        compile_move(now, uses);
        break;
    case operation::merge:
    case operation::merge_scalar:
        merge(now, uses);
        break;
    case operation::branch:
        begin_branch(now, uses);
        break;
    case operation::otherwise:
        begin_second_side(now);
        break;
    case operation::end:
        end_branch();
        break;
    case operation::fail:
        fail(now);
        break;
    default:
        finish();
    }
}

void compiler::end_branch() {
    flush();
    land(branches_.back().skip);
    intersect(branches_.back().registers);
    branches_.pop_back();
}

// A value that is not needed elsewhere gets a new name.
void compiler::compile_move(const step& now, const next_uses& uses) {
    const int from = bring(now.a);
    retire_reads(now, uses);
    const int to = is_alive(now.a) ? take() : from;
    if (to != from) {
        copy(to, from);
    }
    define(now.out, to, uses.writes[0]);
}

void compiler::compile_functor(const step& now, const next_uses& uses) {
    const functor_step what = functor_of(now.op);
    if (is_call(what.kind)) {
        compile_call(what, now, uses);
    } else if (what.kind == functor::square) {
        square(now, uses);
    } else if (what.kind == functor::fast_square && now.checked != 0) {
        checked_square(now, uses, function_of(functor::square).kind);
    } else if (what.form_of == form::unary) {
        compile_unary(what.kind, now, uses);
    } else {
        compile_binary(what, now, uses);
    }
}

void compiler::compile_unary(functor kind, const step& now, const next_uses& uses) {
    const int a = bring(now.a);
    if (kind == functor::sqrt && now.checked != 0) {
        check_radicand(now, a);
    }
    retire_reads(now, uses);
    const int to = take();
    unary(kind, to, a);
    define(now.out, to, uses.writes[0]);
}

void compiler::compile_binary(functor_step what, const step& now, const next_uses& uses) {
    int temporary = -1;
    const auto bring_constant = [&](std::uint16_t constant) {
        if (const int kept = constant_register(constant); kept >= 0) {
            return kept;
        }
        temporary = take();
        lock(temporary);
        load_constant(temporary, constant);
        return temporary;
    };
    const int a = what.form_of == form::scalar_array ? bring_constant(now.a) : bring(now.a);
    const bool is_checked = what.kind == functor::div && now.checked != 0;
    const bool is_constant = what.form_of == form::array_scalar;
    const bool is_register = needs_register(what.kind) || is_checked;
    int b = -1;
    if (is_constant) {
        b = is_register ? bring_constant(now.b) : constant_register(now.b);
    } else {
        const std::size_t read = what.form_of == form::array_array ? 1 : 0;
        if (is_register || !is_better_in_memory(now.b, uses.reads[read])) {
            b = bring(now.b);
        }
    }
    if (is_checked) {
        check_divisor(now, b);
    }
    retire_reads(now, uses);
    if (temporary >= 0) {
        unlock(temporary);
    }
    const int to = take();
    if (b >= 0) {
        binary(what.kind, to, a, vector(b));
    } else {
        binary(what.kind, to, a, is_constant ? constant_operand(now.b) : slot_operand(now.b));
    }
    define(now.out, to, uses.writes[0]);
}

void compiler::compile_call(functor_step what, const step& now, const next_uses& uses) {
    const argument a{what.form_of == form::scalar_array, now.a};
    const argument b{what.form_of == form::array_scalar, now.b};
    const std::array arguments{a, b};
    callee function;
    if (is_kernel_function(what.kind)) {
        function = {choose(target_.functions(now.op)), function_of(libm_function(what.kind)).kind, true};
    } else {
        function = function_of(what.kind);
    }
    call(now, uses, function, std::span(arguments).first(what.form_of == form::unary ? 1 : 2));
}

// The result is in the register of an operand if that is free then, which saves a copy.
void compiler::compile_fused(const step& now, const next_uses& uses) {
    if (!has_fused()) {
        compile_product_and_sum(now, uses);
        return;
    }
    const fused_step what = fused_of(now.op);
    const int a = bring(now.a);
    int b = what.b_is_constant ? constant_register(now.b) : bring(now.b);
    const int c = what.c_is_constant ? constant_register(now.c) : bring(now.c);
    const bool both_are_constant = b < 0 && c < 0; // one of them can come from memory
    if (both_are_constant) {
        b = take();
        load_constant(b, now.b);
        lock(b);
    }
    retire_reads(now, uses);
    if (both_are_constant) {
        unlock(b);
    }
    const int to = take();
    const auto fuse_with = [&](fused_operands which, int second, int third, std::uint16_t constant) {
        if (third >= 0) {
            fuse(what.kind, which, to, second, vector(third));
        } else {
            fuse(what.kind, which, to, second, constant_operand(constant));
        }
    };
    if (to == c) {
        fuse_with(fused_operands::second_third_plus_first, a, b, now.b);
    } else if (to == b) {
        fuse_with(fused_operands::second_first_plus_third, a, c, now.c);
    } else {
        copy(to, a);
        if (b >= 0) {
            fuse_with(fused_operands::second_first_plus_third, b, c, now.c);
        } else {
            fuse_with(fused_operands::first_third_plus_second, c, b, now.b);
        }
    }
    define(now.out, to, uses.writes[0]);
}

void compiler::compile_product_and_sum(const step& now, const next_uses& uses) {
    const fused_step what = fused_of(now.op);
    const int a = bring(now.a);
    const int product = take();
    lock(product);
    if (what.b_is_constant) {
        binary(functor::mul, product, a, constant_operand(now.b));
    } else {
        binary(functor::mul, product, a, vector(bring(now.b)));
    }
    int c = -1;
    if (what.c_is_constant) {
        c = take();
        lock(c);
        load_constant(c, now.c);
    } else {
        c = bring(now.c);
    }
    retire_reads(now, uses);
    unlock(product);
    unlock(c);
    const int to = take();
    if (what.kind == fusion::fused_rsub) {
        binary(functor::sub, to, c, vector(product));
    } else {
        binary(what.kind == fusion::fused_add ? functor::add : functor::sub, to, product, vector(c));
    }
    define(now.out, to, uses.writes[0]);
}

} // namespace picokernels::program::machine
