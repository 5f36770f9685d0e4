// SPDX-License-Identifier: BSD-3-Clause
//
// Machine code for one point: scalar instructions, in VEX encodings if the ISA has AVX, else in those of SSE2.
#include "point.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace picokernels::program::machine {

namespace {

using Xbyak::Address;
using Xbyak::Operand;
using Xbyak::Xmm;

// Registers:
//   rbx  the inputs, the home of slots that are inputs
//   r12  the outputs
//   r13  the failure
//   r14  how many runs are left, this one included
//   r15  how many runs there are in all
//   rbp  the pool of constants
//   rax, rcx, rdx, rsi, rdi  free at any time
// xmm14 and xmm15 are free at any time, the others have values.
constexpr int value_registers = 14;
constexpr int scratch = 15;
constexpr int scratch2 = 14;

// The frame: operands and results of a call, then the homes of slots.
constexpr int first_argument = 0;
constexpr int second_argument = 8;
constexpr int call_result = 16;
constexpr int second_result = 24;
constexpr int homes = 32;

class point_compiler : public compiler {
  public:
    point_compiler(const code& program, std::span<const next_uses> uses, const target& made_for,
                   std::span<std::uint8_t> memory)
        : compiler(program, uses, made_for, memory, value_registers), has_avx_(made_for.instructions != isa::sse2) {}

    point_code compile() {
        write_pool(2, 1);
        const std::size_t point = getSize();
        begin();
        mov(r12, rdx);
        mov(r14d, 1);
        const pending start = jump();
        align(16);
        const std::size_t repeat = getSize();
        begin();
        mov(r12, rsi);
        mov(r14, rdx);
        land(start);
        mov(rbx, rsi);
        mov(r13, rcx);
        mov(r15, r14);
        mov(rbp, pool_address());
        align(16);
        top_ = getSize();
        compile_steps();
        write_rare();
        write_failure();
        return {function_at<point_function>(point), function_at<repeat_function>(repeat), getSize()};
    }

  private:
    bool has_avx_;
    std::size_t top_ = 0;           // where a run begins
    std::vector<pending> failures_; // jumps to the end of a run that fails, with eax and edx set

    // ---- frame and pool

    Address own_constant(own which) { return memory_at(rbp, 16 * static_cast<int>(which) - 128); }

    // Six registers and the return address are on the stack, which must be aligned to 16 bytes in a call.
    std::uint32_t frame_bytes() const {
        return static_cast<std::uint32_t>(homes + (program_.slot_count * 8 + 15) / 16 * 16 + 8);
    }
    void begin() {
        push_saved();
        sub(rsp, frame_bytes());
    }
    void leave() {
        mov(rax, r15);
        sub(rax, r14);
        add(rsp, frame_bytes());
        pop_saved();
        ret();
    }
    Address frame(int offset) { return memory_at(rsp, offset); }
    Address own_home(std::uint16_t slot) { return memory_at(rsp, homes + 8 * slot); }
    Address home(std::uint16_t slot) {
        return slot < program_.input_count ? memory_at(rbx, std::ptrdiff_t{8} * slot) : own_home(slot);
    }

    // The registers as they are when a run fails: eax is the kind, edx the instruction.
    void write_failure() {
        if (failures_.empty()) {
            return;
        }
        for (const pending from : failures_) {
            land(from);
        }
        mov(dword[r13 + offsetof(failure, kind)], eax);
        mov(dword[r13 + offsetof(failure, source)], edx);
        xor_(eax, eax);
        mov(qword[r13 + offsetof(failure, lane)], rax);
        leave();
    }
    void fail_with(pk_trouble_kind kind, const step& now) {
        mov(eax, static_cast<std::uint32_t>(kind));
        mov(edx, now.link);
        failures_.push_back(jump());
    }

    // ---- moves

    Xmm vector(int index) const override { return Xmm(index); }
    void copy(int to, int from) override {
        if (to == from) {
            return;
        }
        if (has_avx_) {
            vmovapd(Xmm(to), Xmm(from));
        } else {
            movapd(Xmm(to), Xmm(from));
        }
    }
    void load_from(int to, const Address& from) {
        if (has_avx_) {
            vmovsd(Xmm(to), from);
        } else {
            movsd(Xmm(to), from);
        }
    }
    void store_to(const Address& to, int from) {
        if (has_avx_) {
            vmovsd(to, Xmm(from));
        } else {
            movsd(to, Xmm(from));
        }
    }
    void load(int to, std::uint16_t slot) override { load_from(to, home(slot)); }
    void store(std::uint16_t slot, int from) override { store_to(home(slot), from); }
    void load_constant(int to, std::uint16_t constant) override { load_from(to, constant_operand(constant)); }
    Address slot_operand(std::uint16_t slot) override { return home(slot); }
    Address constant_operand(std::uint16_t constant) override {
        return memory_at(rbp, 16 * own_constant_count + 8 * constant - 128);
    }

    // ---- arithmetic

    using vex_instruction = void (CodeGenerator::*)(const Xmm&, const Operand&, const Operand&);
    using sse_instruction = void (CodeGenerator::*)(const Xmm&, const Operand&);

    // to = a op b. SSE's instructions replace their first operand.
    void emit(vex_instruction with_vex, sse_instruction with_sse, int to, int a, const Operand& b) {
        if (has_avx_) {
            (this->*with_vex)(Xmm(to), Xmm(a), b);
            return;
        }
        into_first_operand(to, a, b,
                           [&](const Xmm& first, const Operand& second) { (this->*with_sse)(first, second); });
    }
    template <class Write> void into_first_operand(int to, int a, const Operand& b, Write write) {
        if (to != a && b.isXMM() && b.getIdx() == to) {
            copy(scratch, a);
            write(Xmm(scratch), b);
            copy(to, scratch);
        } else {
            copy(to, a);
            write(Xmm(to), b);
        }
    }
    void emit_and(int to, int a, const Operand& b) { emit(&CodeGenerator::vandpd, &CodeGenerator::andpd, to, a, b); }
    void emit_or(int to, int a, const Operand& b) { emit(&CodeGenerator::vorpd, &CodeGenerator::orpd, to, a, b); }
    void emit_xor(int to, int a, const Operand& b) { emit(&CodeGenerator::vxorpd, &CodeGenerator::xorpd, to, a, b); }
    void emit_compare(int to, int a, const Operand& b, std::uint8_t predicate) {
        if (has_avx_) {
            vcmpsd(Xmm(to), Xmm(a), b, predicate);
        } else {
            into_first_operand(to, a, b,
                               [&](const Xmm& first, const Operand& second) { cmpsd(first, second, predicate); });
        }
    }
    void compare_flags(int a, const Operand& b) {
        if (has_avx_) {
            vucomisd(Xmm(a), b);
        } else {
            ucomisd(Xmm(a), b);
        }
    }

    void unary(functor kind, int to, int a) override {
        switch (kind) {
        case functor::sqrt:
            if (has_avx_) {
                vsqrtsd(Xmm(to), Xmm(a), Xmm(a));
            } else {
                sqrtsd(Xmm(to), Xmm(a));
            }
            break;
        case functor::neg:
            emit_xor(to, a, own_constant(own::sign));
            break;
        case functor::fast_square:
            emit(&CodeGenerator::vmulsd, &CodeGenerator::mulsd, to, a, Xmm(a));
            break;
        case functor::abs:
            emit_and(to, a, own_constant(own::magnitude));
            break;
        default:
            vroundsd(Xmm(to), Xmm(a), Xmm(a), rounding_of(kind));
        }
    }

    void binary(functor kind, int to, int a, const Operand& b) override {
        switch (kind) {
        case functor::add:
            emit(&CodeGenerator::vaddsd, &CodeGenerator::addsd, to, a, b);
            break;
        case functor::sub:
            emit(&CodeGenerator::vsubsd, &CodeGenerator::subsd, to, a, b);
            break;
        case functor::mul:
            emit(&CodeGenerator::vmulsd, &CodeGenerator::mulsd, to, a, b);
            break;
        case functor::div:
            emit(&CodeGenerator::vdivsd, &CodeGenerator::divsd, to, a, b);
            break;
        case functor::minimum:
            emit(&CodeGenerator::vminsd, &CodeGenerator::minsd, scratch, a, b);
            emit(&CodeGenerator::vminsd, &CodeGenerator::minsd, scratch2, b.getIdx(), Xmm(a));
            emit_or(to, scratch, Xmm(scratch2));
            break;
        case functor::maximum: // a NaN: all bits 1
            emit(&CodeGenerator::vmaxsd, &CodeGenerator::maxsd, scratch, a, b);
            emit(&CodeGenerator::vmaxsd, &CodeGenerator::maxsd, scratch2, b.getIdx(), Xmm(a));
            emit_and(scratch, scratch, Xmm(scratch2));
            emit_compare(scratch2, a, b, unordered);
            emit_or(to, scratch, Xmm(scratch2));
            break;
        default:
            emit_compare(to, a, b, predicate_of(kind));
            break;
        }
    }

    void logic(operation kind, int to, int a, const Operand& b) override {
        switch (kind) {
        case operation::both:
            emit_and(to, a, b);
            break;
        case operation::either:
            emit_or(to, a, b);
            break;
        default:
            emit_xor(to, a, own_constant(own::ones));
            break;
        }
    }
    void select(int to, int truth, int b, int c) override {
        if (has_avx_) {
            vblendvpd(Xmm(to), Xmm(c), Xmm(b), Xmm(truth));
        } else {
            copy(scratch2, truth);
            copy(scratch, truth);
            andnpd(Xmm(scratch), Xmm(c));
            andpd(Xmm(scratch2), Xmm(b));
            orpd(Xmm(scratch), Xmm(scratch2));
            copy(to, scratch);
        }
    }

    // ---- trouble

    // An operation fails if the flags are those of `when`, except for a NaN, for which `when` holds too.
    void fail_if(condition when, pk_trouble_kind kind, const step& now) {
        const pending suspicious = jump_if(when);
        const std::size_t back = getSize();
        later([=, this] {
            land(suspicious);
            jump_back_if(condition::parity, back);
            fail_with(kind, now);
        });
    }
    void check_divisor(const step& now, int b) override {
        compare_flags(b, own_constant(own::zero));
        fail_if(condition::equal, PK_TROUBLE_ZERO_DIVISION, now);
    }
    void check_radicand(const step& now, int a) override {
        compare_flags(a, own_constant(own::zero));
        fail_if(condition::below, PK_TROUBLE_DOMAIN, now);
    }

    // The result of a call is in a register, and its operands are in the frame. A number minus itself is a NaN only
    // if it is not finite.
    // A second result comes back too.
    void check_result(const step& now, kind_function* kind, int result, int second = -1) {
        emit(&CodeGenerator::vsubsd, &CodeGenerator::subsd, scratch, result, Xmm(result));
        compare_flags(scratch, Xmm(scratch));
        const pending suspicious = jump_if(condition::parity);
        const std::size_t back = getSize();
        later([=, this] {
            land(suspicious);
            store_to(frame(call_result), result);
            if (second >= 0) {
                store_to(frame(second_result), second);
            }
            ask_kind(kind, now);
            load_from(result, frame(call_result));
            if (second >= 0) {
                load_from(second, frame(second_result));
            }
            jump_back(back);
        });
    }
    // Calls `kind` for the operands and the result in the frame, and fails if it tells trouble.
    void ask_kind(kind_function* kind, const step& now) {
        load_from(0, frame(first_argument));
        load_from(1, frame(is_unary(now) ? first_argument : second_argument));
        load_from(2, frame(call_result));
        call_address(reinterpret_cast<const void*>(kind));
        test(eax, eax);
        const pending fine = jump_if(condition::equal);
        mov(edx, now.link);
        failures_.push_back(jump());
        land(fine);
    }

    // ---- calls

    bool is_call(functor kind) const override {
        return is_libm(kind) || is_kernel_function(kind) ||
               (!has_avx_ && (kind == functor::square || is_rounding(kind)));
    }

    const void* choose(const step_functions& functions) const override { return functions.of_numbers; }

    // Values leave the registers, and the arguments get into xmm0 and xmm1.
    void pass_arguments(const step& now, const next_uses& uses, std::span<const argument> arguments, bool keep) {
        pass_in_registers(now, uses, arguments, scratch);
        for (std::size_t k = 0; keep && k < arguments.size(); ++k) {
            store_to(frame(k == 0 ? first_argument : second_argument), static_cast<int>(k));
        }
    }

    void call(const step& now, const next_uses& uses, const callee& function,
              std::span<const argument> arguments) override {
        const bool is_checked = now.checked != 0 && function.kind != nullptr;
        pass_arguments(now, uses, arguments, is_checked);
        if (function.takes_batches) {
            for (std::size_t k = 0; k < arguments.size(); ++k) {
                write_to_all_lanes(static_cast<int>(k));
            }
        }
        call_address(function.address);
        if (function.takes_batches && has_avx_) {
            vzeroupper();
        }
        if (is_checked) {
            check_result(now, function.kind, 0);
        }
        define(now.out, 0, uses.writes[0]);
    }

    void write_to_all_lanes(int index) {
        if (has_avx_) {
            vbroadcastsd(Xbyak::Ymm(index), Xmm(index));
        } else {
            unpcklpd(Xmm(index), Xmm(index));
        }
    }

    // The C library's function writes both results to their homes. Ours returns them in xmm0 and xmm1.
    void sincos(const step& now, const next_uses& uses) override {
        const callee function = sincos_function();
        const argument a{false, now.a};
        pass_arguments(now, uses, std::span(&a, 1), now.checked != 0);
        if (now.op == operation::fast_sincos) {
            call_address(choose(target_.functions(now.op)));
            if (now.checked != 0) {
                check_result(now, function.kind, 0, 1);
            }
            define(now.out, 0, uses.writes[0]);
            define(now.b, 1, uses.writes[1]);
            return;
        }
        lea(rdi, own_home(now.out));
        lea(rsi, own_home(now.b));
        call_address(function.address);
        load_from(0, own_home(now.out));
        if (now.checked != 0) {
            check_result(now, function.kind, 0);
        }
        define(now.out, 0, uses.writes[0]);
        load_from(1, own_home(now.b));
        define(now.b, 1, uses.writes[1]);
        for (const int clean : {0, 1}) {
            registers_[static_cast<std::size_t>(clean)].is_dirty = false;
        }
    }

    // See `square` in ../functors.hpp. Without fused multiply-add, it is a call.
    void square(const step& now, const next_uses& uses) override {
        const int x = bring(now.a);
        const int to = take();
        lock(to);
        const Xmm hi(to);
        const Xmm lo(scratch);
        const Xmm bound(scratch2);
        vmulsd(hi, Xmm(x), Xmm(x));
        vmovapd(lo, Xmm(x));
        vfmsub213sd(lo, lo, hi);
        vpaddq(bound, hi, own_constant(own::ones));
        vandpd(bound, bound, own_constant(own::exponent));
        vmulsd(bound, bound, own_constant(own::share));
        vandpd(lo, lo, own_constant(own::magnitude));
        vucomisd(bound, lo);
        const pending inexact = jump_if(condition::below);
        vucomisd(hi, own_constant(own::least));
        const pending small = jump_if(condition::below);
        vucomisd(hi, own_constant(own::greatest));
        const pending great = jump_if(condition::above);
        const std::size_t back = getSize();
        retire_reads(now, uses);
        unlock(to);
        const register_state kept = registers_;
        define(now.out, to, uses.writes[0]);
        later([=, this] {
            for (const pending from : {inexact, small, great}) {
                land(from);
            }
            write_undecided_square(now, x, to, kept);
            jump_back(back);
        });
    }

    void write_undecided_square(const step& now, int x, int to, const register_state& kept) {
        const callee function = undecided_square_function();
        send_home(kept);
        store_to(frame(first_argument), x);
        copy(0, x);
        call_address(function.address);
        if (now.checked != 0) {
            store_to(frame(call_result), 0);
            check_square(now, function.kind);
            load_from(0, frame(call_result));
        }
        copy(to, 0); // a register that is free in `kept`
        bring_back(kept);
    }
    void check_square(const step& now, kind_function* kind) {
        emit(&CodeGenerator::vsubsd, &CodeGenerator::subsd, scratch, 0, Xmm(0));
        compare_flags(scratch, Xmm(scratch));
        const pending fine = jump_if(condition::not_parity);
        ask_kind(kind, now);
        land(fine);
    }

    void checked_square(const step& now, const next_uses& uses, kind_function* kind) override {
        const int x = bring(now.a);
        const int to = take();
        unary(functor::fast_square, to, x);
        emit(&CodeGenerator::vsubsd, &CodeGenerator::subsd, scratch, to, Xmm(to));
        compare_flags(scratch, Xmm(scratch));
        const pending suspicious = jump_if(condition::parity);
        const std::size_t back = getSize();
        retire_reads(now, uses);
        const register_state kept = registers_;
        define(now.out, to, uses.writes[0]);
        later([=, this] {
            land(suspicious);
            send_home(kept);
            store_to(frame(first_argument), x);
            store_to(frame(call_result), to);
            ask_kind(kind, now);
            bring_back(kept);
            load_from(to, frame(call_result));
            jump_back(back);
        });
    }
    bool has_fused() const override { return has_avx_; }
    bool homes_are_vectors() const override { return false; }
    void fuse(fusion kind, fused_operands which, int to, int second, const Operand& third) override {
        using instruction = void (CodeGenerator::*)(const Xmm&, const Xmm&, const Operand&);
        static constexpr instruction instructions[][3] = {
            {&CodeGenerator::vfmadd132sd, &CodeGenerator::vfmadd213sd, &CodeGenerator::vfmadd231sd},
            {&CodeGenerator::vfmsub132sd, &CodeGenerator::vfmsub213sd, &CodeGenerator::vfmsub231sd},
            {&CodeGenerator::vfnmadd132sd, &CodeGenerator::vfnmadd213sd, &CodeGenerator::vfnmadd231sd}};
        const instruction write = instructions[static_cast<int>(kind)][static_cast<int>(which)];
        (this->*write)(vector(to), vector(second), third);
    }

    // ---- branches: jumps. Where two ways meet, values that are needed are at home.

    void merge(const step& now, const next_uses& uses) override {
        int from = -1;
        if (now.op == operation::merge) {
            from = bring(now.a);
        }
        retire_reads(now, uses);
        const int to = take();
        if (from >= 0) {
            copy(to, from);
        } else {
            load_constant(to, now.a);
        }
        define(now.out, to, uses.writes[0]);
    }
    void begin_branch(const step& now, const next_uses& uses) override {
        const int truth = bring(now.a);
        retire_reads(now, uses);
        flush();
        if (has_avx_) {
            vmovq(rax, Xmm(truth));
        } else {
            movq(rax, Xmm(truth));
        }
        test(eax, eax);
        branches_.push_back({jump_if(condition::equal), registers_});
    }
    void begin_second_side(const step&) override {
        flush();
        const pending over = jump();
        const open_branch first = std::exchange(branches_.back(), {over, registers_});
        land(first.skip);
        restore(first.registers);
    }
    void fail(const step& now) override { fail_with(static_cast<pk_trouble_kind>(now.a), now); }

    // ---- the end of a run

    // Outputs may replace inputs, so inputs that are outputs leave first.
    void finish() override {
        for (const output& from : std::span(program_.outputs, program_.output_count)) {
            if (!from.is_constant && from.index < program_.input_count && register_of(from.index) < 0) {
                load_from(scratch, home(from.index));
                store_to(own_home(from.index), scratch);
            }
        }
        for (std::size_t j = 0; j < program_.output_count; ++j) {
            const Address to = memory_at(r12, static_cast<std::ptrdiff_t>(8 * j));
            const output from = program_.outputs[j];
            if (!from.is_constant && register_of(from.index) >= 0) {
                store_to(to, register_of(from.index));
                continue;
            }
            load_from(scratch, from.is_constant ? constant_operand(from.index) : own_home(from.index));
            store_to(to, scratch);
        }
        sub(r14, 1);
        jump_back_if(condition::not_equal, top_);
        leave();
    }
};

} // namespace

point_code compile_point(const code& program, std::span<const next_uses> uses, const target& made_for,
                         std::span<std::uint8_t> memory) {
    return point_compiler(program, uses, made_for, memory).compile();
}

} // namespace picokernels::program::machine
