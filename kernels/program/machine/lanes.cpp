// SPDX-License-Identifier: BSD-3-Clause
//
// Machine code for lanes: a loop over batches, with AVX2 in 256 bits or with AVX-512 in 512 bits. All steps of a
// batch follow each other, so values stay in registers. Careful code knows all trouble and calls functions. Many
// programs have quick code too (quick_steps.hpp), which leaves to it what it can't do.
#include "lanes.hpp"

#include "../functors.hpp"
#include "quick_steps.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace picokernels::program::machine {

namespace {

using Xbyak::Address;
using Xbyak::Operand;
using Xbyak::Xmm;

// Registers:
//   r12  the pointers to the lanes of slots
//   rbx  the offset of the batch in bytes
//   r13  its end
//   rbp  the pool of constants
//   r14, r15  in a loop over the lanes of a batch: the lanes that are left as a mask, and the lane
//   rax, rcx, rdx, rsi, rdi, k1  free at any time
// Code that calls nothing, but in rare cases, has the addresses of rows in those of row_registers.
// In careful code, the last two vector registers are free at any time. The others have values.

// The frame: operands and results of calls for each lane, then what follows, then a mask of lanes for each depth of
// branches, then the homes of slots.
constexpr int first_arguments = 0;
constexpr int second_arguments = 64;
constexpr int call_results = 128;
constexpr int saved_stack = 192;
constexpr int failure_pointer = 200;
constexpr int undecided_lanes = 208;
constexpr int masks = 216;

constexpr std::size_t most_homes = 256;

// Notes the failures of those lanes in the mask whose results are not finite. The frame has operands and results. The
// upper half of `source` is 1 if the operation has one operand.
void examine(failure& failure, kind_function* kind, std::uint64_t source, const double* frame, std::uint64_t mask,
             std::size_t first_lane) noexcept {
    const bool is_unary = source >> 32U != 0;
    const double* const a = frame + first_arguments / 8;
    const double* const b = is_unary ? a : frame + second_arguments / 8;
    const double* const results = frame + call_results / 8;
    for (; mask != 0; mask &= mask - 1) {
        const auto k = static_cast<std::size_t>(std::countr_zero(mask));
        if (is_finite(results[k])) {
            continue;
        }
        if (const pk_trouble_kind found = kind(a[k], b[k], results[k]); found != PK_TROUBLE_NONE) {
            failure.note(found, static_cast<std::uint32_t>(source), first_lane + k);
        }
    }
}

int greatest_depth(const code& program) noexcept {
    int depth = 0;
    int greatest = 0;
    for (const step& now : std::span(program.steps, program.step_count)) {
        if (now.op == operation::branch) {
            ++depth;
        } else if (now.op == operation::end) {
            --depth;
        }
        greatest = std::max(greatest, depth);
    }
    return greatest;
}

// Whether a step calls the C library for single lanes. A square does so where only pow can decide it.
bool calls_library(const step& now) noexcept {
    if (has_functor(now.op)) {
        const functor kind = functor_of(now.op).kind;
        return is_libm(kind) || kind == functor::square;
    }
    return now.op == operation::sincos;
}

bool calls_library(const code& program) noexcept {
    return std::ranges::any_of(std::span(program.steps, program.step_count),
                               [](const step& now) { return calls_library(now); });
}

// Whether the code needs to know which lanes of a batch count.
bool needs_masks(const code& program) noexcept {
    return std::ranges::any_of(std::span(program.steps, program.step_count), [](const step& now) {
        return calls_library(now) || now.checked != 0 || now.op == operation::branch;
    });
}

// Whether the steps need neither calls nor masks.
bool is_plain(const code& program) noexcept {
    return !needs_masks(program) &&
           std::ranges::none_of(std::span(program.steps, program.step_count), [](const step& now) {
               return now.op == operation::fast_sincos ||
                      (has_functor(now.op) && is_kernel_function(functor_of(now.op).kind));
           });
}

// Plain and quick code have all registers for values, unless a minimum or maximum needs some.
int free_registers(const code& program, int all) noexcept {
    const auto needs_scratch = [](const step& now) {
        const functor kind = has_functor(now.op) ? functor_of(now.op).kind : functor::add;
        return kind == functor::minimum || kind == functor::maximum;
    };
    const std::span steps(program.steps, program.step_count);
    return all - (std::ranges::any_of(steps, needs_scratch) ? 2 : 0);
}

// How many constants of plain code stay in registers. More values than there are slots are never alive at once; a
// step may need two registers more.
int kept_constants(const code& program, int registers) noexcept {
    const auto values = static_cast<std::ptrdiff_t>(program.slot_count) + 2;
    return static_cast<int>(
        std::clamp<std::ptrdiff_t>(registers - values, 0, static_cast<std::ptrdiff_t>(program.constant_count)));
}

// Does what a block_function does, from that byte of each row.
using rest_function = void(std::size_t begin, double* const* at, std::size_t n, failure& failure) noexcept;

// A function in machine code, with its two entries.
struct lanes_part {
    block_function* block;
    rest_function* rest;
    std::size_t size;
};
constexpr std::size_t alignment = 64;
constexpr int most_ways = 2;

class lanes_compiler : public compiler {
  public:
    // `rows` are the outputs of the program for one batch. The first `kept` constants are in the registers after
    // those of values.
    lanes_compiler(const code& program, std::span<const next_uses> uses, const target& made_for,
                   std::span<std::uint8_t> memory, int registers, int kept, int ways, const output* rows)
        : compiler(program, uses, made_for, memory, registers), first_kept_(registers), kept_(kept), ways_(ways),
          rows_(rows), is_512_(made_for.instructions == isa::avx512), width_(is_512_ ? 64 : 32), lanes_(width_ / 8),
          scratch_(is_512_ ? 31 : 15), scratch2_(is_512_ ? 30 : 14),
          homes_((masks + 8 * (greatest_depth(program) + 1) + 63) / 64 * 64) {}

    // Code that knows all trouble.
    lanes_part compile_careful() {
        if (is_plain(program_)) {
            choose_row_registers();
        }
        lanes_part made = begin_part();
        const std::size_t top = getSize();
        if (needs_masks(program_)) {
            write_valid_mask();
        }
        compile_steps();
        add(rbx, static_cast<std::uint32_t>(width_));
        cmp(rbx, r13);
        jump_back_if(condition::below, top);
        write_exit();
        write_rare();
        write_note();
        made.size = getSize();
        return made;
    }

    // Code that leaves whole batches to `careful` if it finds that trouble is possible, and the last ones to `next`
    // if they are fewer than its ways.
    lanes_part compile_quick(const lanes_part& careful, const lanes_part* next) {
        careful_ = careful.rest;
        choose_row_registers();
        lanes_part made = begin_part();
        const std::size_t top = getSize();
        lea(rax, ptr[rbx + static_cast<std::size_t>((ways_ - 1) * width_)]);
        cmp(rax, r13);
        const pending fewer = jump_if(condition::not_below);
        compile_steps();
        after_steps_ = getSize();
        add(rbx, static_cast<std::uint32_t>(ways_ * width_));
        jump_back(top);
        land(fewer);
        if (next != nullptr) {
            cmp(rbx, r13);
            const pending complete = jump_if(condition::not_below);
            pass_rest(r13);
            call_address(reinterpret_cast<const void*>(next->rest));
            land(complete);
        }
        write_exit();
        write_rare();
        made.size = getSize();
        return made;
    }

  private:
    int first_kept_;
    int kept_;
    int ways_; // how many batches the steps are for
    const output* rows_;
    rest_function* careful_ = nullptr;
    std::size_t after_steps_ = 0;
    bool is_512_;
    int width_; // of a batch in bytes
    int lanes_;
    int scratch_;
    int scratch2_;
    int homes_;                  // where they are in the frame
    std::vector<pending> notes_; // calls of the code that write_note() writes
    struct row_register {
        std::uint16_t slot;
        Xbyak::Reg64 address;
    };
    std::vector<row_register> row_registers_;

    std::uint32_t all_lanes() const { return (1U << static_cast<unsigned>(lanes_)) - 1; }

    // ---- frame and pool

    // AVX-512 broadcasts a number from memory in any instruction.
    int constant_bytes() const { return is_512_ ? 8 : width_; }
    int pool_offset(int index) const { return index * constant_bytes() - 128; }
    Address pool(int index) {
        if (is_512_) {
            return ptr_b[rbp + static_cast<std::size_t>(pool_offset(index))];
        }
        return memory_at(rbp, pool_offset(index));
    }
    Address own_constant(own which) { return pool(static_cast<int>(which)); }
    Address constant_operand(std::uint16_t constant) override { return pool(own_constant_count + constant); }

    Address frame(int offset) { return memory_at(rsp, offset); }
    Address lane_of(int offset) { return ptr[rsp + r15 * 8 + static_cast<std::size_t>(offset)]; }
    Address mask_at(std::size_t depth) { return frame(masks + 8 * static_cast<int>(depth)); }
    Address active_mask() { return mask_at(branches_.size()); }

    lanes_part begin_part() {
        write_pool(constant_bytes() / 8, constant_bytes() / 8);
        const std::size_t block = getSize();
        xor_(edi, edi);
        const std::size_t rest = getSize();
        write_entry();
        if (calls_library(program_)) {
            clear_results();
        }
        load_row_registers();
        for (int i = 0; i < kept_; ++i) {
            load_from_pool(first_kept_ + i, static_cast<std::uint16_t>(i));
        }
        align(32);
        return {function_at<block_function>(block), function_at<rest_function>(rest), 0};
    }

    void write_entry() {
        push_saved();
        const std::size_t own_slots = program_.slot_count - program_.input_count;
        const std::size_t bytes = static_cast<std::size_t>(homes_) + own_slots * static_cast<std::size_t>(width_);
        mov(rax, rsp);
        sub(rsp, static_cast<std::uint32_t>(bytes));
        and_(rsp, static_cast<std::uint32_t>(-64));
        mov(frame(saved_stack), rax);
        mov(frame(failure_pointer), rcx);
        mov(r12, rsi);
        lea(r13, ptr[rdx * 8]);
        mov(rbx, rdi);
        mov(rbp, pool_address());
    }
    // Tests for trouble read the results of all lanes, also of those that a call leaves out.
    void clear_results() {
        vxorpd(xmm0, xmm0, xmm0);
        store_to(frame(call_results), 0);
        store_to(frame(second_arguments), 0);
    }
    void write_exit() {
        vzeroupper();
        mov(rsp, frame(saved_stack));
        pop_saved();
        ret();
    }

    // The arguments for a rest_function: the batches from this one to that end.
    void pass_rest(const Xbyak::Reg64& end) {
        mov(rdx, end);
        shr(rdx, 3);
        mov(rdi, rbx);
        mov(rsi, r12);
        mov(rcx, frame(failure_pointer));
        vzeroupper();
    }

    // The last batch may be shorter.
    void write_valid_mask() {
        mov(rcx, r13);
        sub(rcx, rbx);
        shr(rcx, 3);
        mov(edx, all_lanes());
        cmp(rcx, static_cast<std::uint32_t>(lanes_));
        const pending whole = jump_if(condition::not_below);
        mov(edx, 1);
        shl(edx, cl);
        sub(edx, 1);
        land(whole);
        mov(mask_at(0), rdx);
    }

    // ---- moves

    Xmm vector(int index) const override { return {is_512_ ? Operand::ZMM : Operand::YMM, index}; }
    Address home(std::uint16_t slot) {
        return frame(homes_ + (slot - static_cast<int>(program_.input_count)) * width_);
    }
    // Rows with addresses in registers: as many as there are registers.
    void choose_row_registers() {
        const std::array all{rcx, rdx, rsi, rdi, r8, r9, r10, r11, r14, r15};
        const auto choose = [&](std::uint16_t slot) {
            if (row_registers_.size() < all.size() &&
                std::ranges::find(row_registers_, slot, &row_register::slot) == row_registers_.end()) {
                row_registers_.push_back({slot, all[row_registers_.size()]});
            }
        };
        for (const used_input& input : std::span(program_.used_inputs, program_.used_input_count)) {
            choose(input.slot);
        }
        const std::size_t inputs = program_.input_count / static_cast<std::size_t>(ways_);
        for (const output& to : std::span(rows_, program_.output_count / static_cast<std::size_t>(ways_))) {
            if (!to.is_constant && to.index >= inputs) {
                choose(to.index);
            }
        }
    }
    void load_row_registers() {
        for (const row_register& row : row_registers_) {
            mov(row.address, memory_at(r12, std::ptrdiff_t{8} * row.slot));
        }
    }
    // Of an input or output array.
    Address row(std::uint16_t slot, int way = 0) {
        const auto known = std::ranges::find(row_registers_, slot, &row_register::slot);
        if (known == row_registers_.end()) {
            mov(rax, memory_at(r12, std::ptrdiff_t{8} * slot));
        }
        const Xbyak::Reg64& address = known == row_registers_.end() ? rax : known->address;
        return ptr[address + rbx + static_cast<std::size_t>(way * width_)];
    }
    Address slot_operand(std::uint16_t slot) override {
        const std::size_t inputs = program_.input_count / static_cast<std::size_t>(ways_);
        return slot < program_.input_count
                   ? row(static_cast<std::uint16_t>(slot % inputs), static_cast<int>(slot / inputs))
                   : home(slot);
    }
    void copy(int to, int from) override {
        if (to != from) {
            vmovapd(vector(to), vector(from));
        }
    }
    void load_from(int to, const Address& from) { vmovupd(vector(to), from); }
    void store_to(const Address& to, int from) { vmovupd(to, vector(from)); }
    void load(int to, std::uint16_t slot) override { load_from(to, slot_operand(slot)); }
    void store(std::uint16_t slot, int from) override { store_to(home(slot), from); }
    int constant_register(std::uint16_t constant) const override {
        const int index = constant;
        return index < kept_ ? first_kept_ + index : -1;
    }
    void load_constant(int to, std::uint16_t constant) override {
        if (const int kept = constant_register(constant); kept >= 0) {
            copy(to, kept);
        } else {
            load_from_pool(to, constant);
        }
    }
    void load_from_pool(int to, std::uint16_t constant) {
        const Address from = memory_at(rbp, pool_offset(own_constant_count + constant));
        if (is_512_) {
            vbroadcastsd(Xbyak::Zmm(to), from);
        } else {
            load_from(to, from);
        }
    }

    // ---- arithmetic

    void compare(int to, int a, const Operand& b, std::uint8_t predicate) {
        if (is_512_) {
            vcmppd(k1, vector(a), b, predicate);
            vpmovm2q(vector(to), k1);
        } else {
            vcmppd(vector(to), vector(a), b, predicate);
        }
    }

    void unary(functor kind, int to, int a) override {
        switch (kind) {
        case functor::sqrt:
            vsqrtpd(vector(to), vector(a));
            break;
        case functor::neg:
            vxorpd(vector(to), vector(a), own_constant(own::sign));
            break;
        case functor::fast_square:
            vmulpd(vector(to), vector(a), vector(a));
            break;
        case functor::abs:
            vandpd(vector(to), vector(a), own_constant(own::magnitude));
            break;
        default:
            if (is_512_) {
                vrndscalepd(vector(to), vector(a), rounding_of(kind));
            } else {
                vroundpd(vector(to), vector(a), rounding_of(kind));
            }
        }
    }

    void binary(functor kind, int to, int a, const Operand& b) override {
        switch (kind) {
        case functor::add:
            vaddpd(vector(to), vector(a), b);
            break;
        case functor::sub:
            vsubpd(vector(to), vector(a), b);
            break;
        case functor::mul:
            vmulpd(vector(to), vector(a), b);
            break;
        case functor::div:
            vdivpd(vector(to), vector(a), b);
            break;
        case functor::minimum:
            vminpd(vector(scratch_), vector(a), b);
            vminpd(vector(scratch2_), vector(b.getIdx()), vector(a));
            vorpd(vector(to), vector(scratch_), vector(scratch2_));
            break;
        case functor::maximum: // a NaN: all bits 1
            vmaxpd(vector(scratch_), vector(a), b);
            vmaxpd(vector(scratch2_), vector(b.getIdx()), vector(a));
            vandpd(vector(scratch_), vector(scratch_), vector(scratch2_));
            compare(scratch2_, a, b, unordered);
            vorpd(vector(to), vector(scratch_), vector(scratch2_));
            break;
        default:
            compare(to, a, b, predicate_of(kind));
            break;
        }
    }

    void logic(operation kind, int to, int a, const Operand& b) override {
        switch (kind) {
        case operation::both:
            vandpd(vector(to), vector(a), b);
            break;
        case operation::either:
            vorpd(vector(to), vector(a), b);
            break;
        case operation::exclusive_or:
            vxorpd(vector(to), vector(a), b);
            break;
        case operation::sign_of:
            vandpd(vector(to), vector(a), own_constant(own::sign));
            break;
        default:
            vxorpd(vector(to), vector(a), own_constant(own::ones));
            break;
        }
    }
    void shift_left(int to, int a, int bits) override {
        vpsllq(vector(to), vector(a), static_cast<std::uint8_t>(bits));
    }
    void select(int to, int truth, int b, int c) override {
        if (is_512_) {
            vpmovq2m(k1, vector(truth));
            vblendmpd(vector(to) | k1, vector(c), vector(b));
        } else {
            vblendvpd(vector(to), vector(c), vector(b), vector(truth));
        }
    }

    // ---- trouble

    // Jumps if the comparison holds for a lane. Then write_suspects() tells which.
    pending jump_if_any(int a, const Operand& b, std::uint8_t predicate) {
        if (is_512_) {
            vcmppd(k1, vector(a), b, predicate);
            kortestb(k1, k1);
        } else {
            vcmppd(vector(scratch_), vector(a), b, predicate);
            vmovmskpd(eax, vector(scratch_));
            test(eax, eax);
        }
        return jump_if(condition::not_equal);
    }
    // eax has the suspicious lanes that count. Jumps back if there are none.
    void write_suspects(const Address& active, std::size_t back) {
        if (is_512_) {
            kmovb(eax, k1);
        }
        and_(eax, active);
        jump_back_if(condition::equal, back);
    }

    void fail_if(int value, std::uint8_t predicate, pk_trouble_kind kind, const step& now) {
        const pending suspicious = jump_if_any(value, own_constant(own::zero), predicate);
        const std::size_t back = getSize();
        later([=, this, active = active_mask()] {
            land(suspicious);
            write_suspects(active, back);
            note(kind, now);
            jump_back(back);
        });
    }
    void check_divisor(const step& now, int b) override {
        fail_if(b, predicate_of(functor::equal), PK_TROUBLE_ZERO_DIVISION, now);
    }
    void check_radicand(const step& now, int a) override {
        fail_if(a, predicate_of(functor::less), PK_TROUBLE_DOMAIN, now);
    }

    // Notes a failure of the lowest lane in eax.
    void note(pk_trouble_kind kind, const step& now) {
        mov(ecx, static_cast<std::uint32_t>(kind));
        mov(edx, now.link);
        db(0xe8);
        dd(0);
        notes_.push_back(getSize());
    }
    // failure::note(), with the return address on the stack.
    void write_note() {
        for (const pending from : notes_) {
            land(from);
        }
        bsf(eax, eax);
        mov(rdi, rbx);
        shr(rdi, 3);
        add(rax, rdi);
        mov(rsi, frame(failure_pointer + 8));
        cmp(dword[rsi + offsetof(failure, kind)], 0);
        const pending first = jump_if(condition::equal);
        cmp(rax, qword[rsi + offsetof(failure, lane)]);
        const pending later = jump_if(condition::not_below);
        land(first);
        mov(dword[rsi + offsetof(failure, kind)], ecx);
        mov(dword[rsi + offsetof(failure, source)], edx);
        mov(qword[rsi + offsetof(failure, lane)], rax);
        land(later);
        ret();
    }

    // Calls examine() for the lanes in eax, with operands and results in the frame.
    void call_examine(const step& now, kind_function* kind) {
        mov(r8d, eax);
        mov(rdi, frame(failure_pointer));
        mov(rsi, reinterpret_cast<std::uint64_t>(kind));
        mov(rdx, std::uint64_t{now.link} | std::uint64_t{is_unary(now)} << 32U);
        mov(rcx, rsp);
        mov(r9, rbx);
        shr(r9, 3);
        vzeroupper();
        call_address(reinterpret_cast<const void*>(&examine));
    }
    // A number minus itself is a NaN only if it is not finite.
    void check_results(const step& now, kind_function* kind, int results) {
        vsubpd(vector(scratch_), vector(results), vector(results));
        const pending suspicious = jump_if_any(scratch_, vector(scratch_), unordered);
        const std::size_t back = getSize();
        later([=, this, active = active_mask()] {
            land(suspicious);
            write_suspects(active, back);
            store_to(frame(call_results), results);
            call_examine(now, kind);
            load_from(results, frame(call_results));
            jump_back(back);
        });
    }

    // Nothing of these batches has been written yet.
    void trust(int truth, int number) override {
        constexpr std::uint8_t ordered = 7;
        pending doubt = 0;
        vsubpd(vector(number), vector(number), vector(number)); // a NaN if the number is not finite
        if (is_512_) {
            vpmovq2m(k1, vector(truth));
            vcmppd(k1 | k1, vector(number), vector(number), ordered);
            kortestb(k1, k1);
            doubt = jump_if(condition::not_below); // the carry flag: all bits are 1
        } else {
            vcmppd(vector(number), vector(number), vector(number), ordered);
            vandpd(vector(number), vector(number), vector(truth));
            vmovmskpd(eax, vector(number));
            cmp(eax, all_lanes());
            doubt = jump_if(condition::not_equal);
        }
        later([=, this] {
            land(doubt);
            lea(rax, ptr[rbx + static_cast<std::size_t>(ways_ * width_)]);
            cmp(rax, r13);
            cmova(rax, r13);
            pass_rest(rax);
            call_address(reinterpret_cast<const void*>(careful_));
            load_row_registers();
            jump_back(after_steps_);
        });
    }

    // ---- calls: of the C library lane by lane, of the kernels' functions with a batch

    bool is_call(functor kind) const override { return is_libm(kind) || is_kernel_function(kind); }
    const void* choose(const step_functions& functions) const override { return functions.of_batches; }

    void store_argument(std::size_t k, int from) {
        store_to(frame(k == 0 ? first_arguments : second_arguments), from);
    }

    // Lane by lane, arguments come from the frame.
    void pass_lanes(const step& now, const next_uses& uses, std::span<const argument> arguments) {
        const std::array<int, 2> in = leave_registers(now, uses, arguments);
        for (std::size_t k = 0; k < arguments.size(); ++k) {
            if (in[k] < 0) {
                load_argument(scratch_, arguments[k], -1);
            }
            store_argument(k, in[k] < 0 ? scratch_ : in[k]);
        }
        vzeroupper();
    }

    // Batches come in registers. Those who examine results find them in the frame.
    void pass_batches(const step& now, const next_uses& uses, std::span<const argument> arguments) {
        pass_in_registers(now, uses, arguments, scratch_);
        for (std::size_t k = 0; now.checked != 0 && k < arguments.size(); ++k) {
            store_argument(k, static_cast<int>(k));
        }
    }

    // Runs the code that `write` writes for each lane of the mask in memory, with its number in r15.
    template <class Write> void for_each_lane(const Address& mask, Write write) {
        mov(r14, mask);
        const std::size_t again = getSize();
        bsf(r15, r14);
        write();
        lea(rax, ptr[r14 - 1]);
        and_(r14, rax);
        jump_back_if(condition::not_equal, again);
    }

    void call(const step& now, const next_uses& uses, const callee& function,
              std::span<const argument> arguments) override {
        if (function.takes_batches) {
            pass_batches(now, uses, arguments);
            call_address(function.address);
        } else {
            pass_lanes(now, uses, arguments);
            call_for_each_lane(function, arguments.size());
            load_from(0, frame(call_results));
        }
        if (now.checked != 0 && function.kind != nullptr) {
            check_results(now, function.kind, 0);
        }
        define(now.out, 0, uses.writes[0]);
    }
    void call_for_each_lane(const callee& function, std::size_t argument_count) {
        for_each_lane(active_mask(), [&] {
            vmovsd(xmm0, lane_of(first_arguments));
            if (argument_count > 1) {
                vmovsd(xmm1, lane_of(second_arguments));
            }
            call_address(function.address);
            vmovsd(lane_of(call_results), xmm0);
        });
    }

    void sincos(const step& now, const next_uses& uses) override {
        const callee function = sincos_function();
        const argument a{false, now.a};
        if (now.op == operation::fast_sincos) {
            pass_batches(now, uses, std::span(&a, 1));
            lea(rdi, frame(call_results));
            lea(rsi, frame(second_arguments));
            call_address(choose(target_.functions(now.op)));
        } else {
            pass_lanes(now, uses, std::span(&a, 1));
            for_each_lane(active_mask(), [&] {
                vmovsd(xmm0, lane_of(first_arguments));
                lea(rdi, lane_of(call_results));
                lea(rsi, lane_of(second_arguments));
                call_address(function.address);
            });
        }
        load_from(0, frame(call_results));
        if (now.checked != 0) {
            check_results(now, function.kind, 0);
        }
        load_from(1, frame(second_arguments));
        define(now.out, 0, uses.writes[0]);
        define(now.b, 1, uses.writes[1]);
    }

    // See `square` in ../functors.hpp.
    void square(const step& now, const next_uses& uses) override {
        const int x = bring(now.a);
        const int to = take();
        lock(to);
        const Xmm hi = vector(to);
        const Xmm lo = vector(scratch_);
        const Xmm bound = vector(scratch2_);
        vmulpd(hi, vector(x), vector(x));
        vmovapd(lo, vector(x));
        vfmsub213pd(lo, lo, hi);
        vpaddq(bound, hi, own_constant(own::ones));
        vandpd(bound, bound, own_constant(own::exponent));
        vmulpd(bound, bound, own_constant(own::share));
        vandpd(lo, lo, own_constant(own::magnitude));
        const pending undecided = jump_unless_decided(lo, bound, hi);
        const std::size_t back = getSize();
        retire_reads(now, uses);
        unlock(to);
        const register_state kept = registers_;
        define(now.out, to, uses.writes[0]);
        later([=, this, active = active_mask()] {
            land(undecided);
            if (is_512_) {
                kmovb(eax, k1);
            }
            xor_(eax, all_lanes());
            and_(eax, active);
            jump_back_if(condition::equal, back);
            write_undecided_squares(now, x, to, kept);
            jump_back(back);
        });
    }
    // eax or k1 has the lanes that are decided.
    pending jump_unless_decided(const Xmm& lo, const Xmm& bound, const Xmm& hi) {
        constexpr std::uint8_t less_equal = 18; // of ordered numbers, without a signal, as the next
        constexpr std::uint8_t greater_equal = 29;
        if (is_512_) {
            vcmppd(k1, lo, bound, less_equal);
            vcmppd(k1 | k1, hi, own_constant(own::least), greater_equal);
            vcmppd(k1 | k1, hi, own_constant(own::greatest), less_equal);
            kortestb(k1, k1);
            return jump_if(condition::not_below); // the carry flag: all bits are 1
        }
        vcmppd(lo, lo, bound, less_equal);
        vcmppd(bound, hi, own_constant(own::least), greater_equal);
        vandpd(lo, lo, bound);
        vcmppd(bound, hi, own_constant(own::greatest), less_equal);
        vandpd(lo, lo, bound);
        vmovmskpd(eax, lo);
        cmp(eax, all_lanes());
        return jump_if(condition::not_equal);
    }
    void write_undecided_squares(const step& now, int x, int to, const register_state& kept) {
        const callee function = undecided_square_function();
        mov(frame(undecided_lanes), rax);
        send_home(kept);
        store_to(frame(first_arguments), x);
        store_to(frame(call_results), to);
        vzeroupper();
        for_each_lane(frame(undecided_lanes), [&] {
            vmovsd(xmm0, lane_of(first_arguments));
            call_address(function.address);
            vmovsd(lane_of(call_results), xmm0);
        });
        if (now.checked != 0) {
            mov(rax, frame(undecided_lanes));
            call_examine(now, function.kind);
        }
        bring_back(kept);
        load_from(to, frame(call_results));
    }

    void checked_square(const step& now, const next_uses& uses, kind_function* kind) override {
        const int x = bring(now.a);
        const int to = take();
        unary(functor::fast_square, to, x);
        vsubpd(vector(scratch_), vector(to), vector(to));
        const pending suspicious = jump_if_any(scratch_, vector(scratch_), unordered);
        const std::size_t back = getSize();
        retire_reads(now, uses);
        const register_state kept = registers_;
        define(now.out, to, uses.writes[0]);
        later([=, this, active = active_mask()] {
            land(suspicious);
            write_suspects(active, back);
            send_home(kept);
            store_to(frame(first_arguments), x);
            store_to(frame(call_results), to);
            call_examine(now, kind);
            bring_back(kept);
            load_from(to, frame(call_results));
            jump_back(back);
        });
    }
    bool has_fused() const override { return true; }
    bool homes_are_vectors() const override { return true; }
    void fuse(fusion kind, fused_operands which, int to, int second, const Operand& third) override {
        using instruction = void (CodeGenerator::*)(const Xmm&, const Xmm&, const Operand&);
        static constexpr instruction instructions[][3] = {
            {&CodeGenerator::vfmadd132pd, &CodeGenerator::vfmadd213pd, &CodeGenerator::vfmadd231pd},
            {&CodeGenerator::vfmsub132pd, &CodeGenerator::vfmsub213pd, &CodeGenerator::vfmsub231pd},
            {&CodeGenerator::vfnmadd132pd, &CodeGenerator::vfnmadd213pd, &CodeGenerator::vfnmadd231pd}};
        const instruction write = instructions[static_cast<int>(kind)][static_cast<int>(which)];
        (this->*write)(vector(to), vector(second), third);
    }

    // ---- branches: sides that no lane takes are skipped. What their values then are does not matter.

    void merge(const step& now, const next_uses& uses) override {
        const int truth = bring(now.b);
        const int first = bring(now.out);
        int second = -1;
        if (now.op == operation::merge) {
            second = bring(now.a);
        } else {
            second = take();
            load_constant(second, now.a);
        }
        retire_reads(now, uses);
        const int to = take();
        select(to, truth, first, second);
        define(now.out, to, uses.writes[0]);
    }
    void begin_branch(const step& now, const next_uses& uses) override {
        const int truth = bring(now.a);
        retire_reads(now, uses);
        flush();
        if (is_512_) {
            vpmovq2m(k1, vector(truth));
            kmovb(eax, k1);
        } else {
            vmovmskpd(eax, vector(truth));
        }
        and_(eax, active_mask());
        mov(mask_at(branches_.size() + 1), rax);
        branches_.push_back({jump_if(condition::equal), registers_});
    }
    void begin_second_side(const step&) override {
        flush();
        land(branches_.back().skip);
        intersect(branches_.back().registers);
        mov(rax, mask_at(branches_.size() - 1));
        xor_(rax, active_mask());
        mov(active_mask(), rax);
        branches_.back() = {jump_if(condition::equal), registers_};
    }
    void fail(const step& now) override {
        mov(eax, active_mask());
        note(static_cast<pk_trouble_kind>(now.a), now);
    }

    // ---- the end of a batch

    void finish() override {
        const std::size_t outputs = program_.output_count / static_cast<std::size_t>(ways_);
        for (std::size_t j = 0; j < program_.output_count; ++j) {
            const output from = program_.outputs[j];
            if (from.is_constant || from.index < program_.input_count) {
                continue; // run.cpp has them
            }
            const int value = bring(from.index);
            const Address to = row(rows_[j % outputs].index, static_cast<int>(j / outputs));
            store_to(to, value);
            unlock(value);
        }
    }
};

} // namespace

bool can_compile_lanes(const code& program, const target& made_for) noexcept {
    return made_for.instructions != isa::sse2 && program.slot_count - program.input_count <= most_homes;
}

lanes_code compile_lanes(const code& program, std::span<const next_uses> uses, const target& made_for,
                         std::span<std::uint8_t> memory) {
    const int registers = made_for.instructions == isa::avx512 ? 32 : 16;
    const std::size_t batch = made_for.instructions == isa::avx512 ? 8 : 4;
    std::size_t used = 0;
    const auto add = [&](lanes_part part) {
        used += (part.size + alignment - 1) / alignment * alignment;
        return part;
    };
    const bool plain = is_plain(program);
    const int all = plain ? free_registers(program, registers) : registers - 2;
    const int kept = plain ? kept_constants(program, all) : 0;
    const lanes_part careful =
        add(lanes_compiler(program, uses, made_for, memory, all - kept, kept, 1, program.outputs).compile_careful());
    if (!quick_steps::exist_for(program, made_for)) {
        return {careful.block, used, batch};
    }
    const auto quick = [&](int ways, const lanes_part* next) {
        const quick_steps steps(program, made_for, ways);
        const code& of = steps.result();
        const std::vector<next_uses> uses_of_steps = find_next_uses(of);
        return add(lanes_compiler(of, uses_of_steps, made_for, memory.subspan(used), free_registers(of, registers), 0,
                                  ways, program.outputs)
                       .compile_quick(careful, next));
    };
    const lanes_part single = quick(1, nullptr);
    return {quick(most_ways, &single).block, used, batch};
}

} // namespace picokernels::program::machine
