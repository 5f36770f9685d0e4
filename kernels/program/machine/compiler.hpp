// SPDX-License-Identifier: BSD-3-Clause
//
// What machine code for one point and for lanes have in common: which register or memory has which value, and how a
// step's operands get there. A slot is a variable. It is in a register or in its home in memory or in both. If all
// registers are taken, the value whose next use is furthest leaves its register (L. A. Belady, IBM Systems Journal
// 5(2), 1966). All is done in one pass over the steps, after one pass backwards that finds the next uses.
#ifndef PICOKERNELS_MACHINE_COMPILER_HPP
#define PICOKERNELS_MACHINE_COMPILER_HPP

#include "../code.hpp"
#include "functions.hpp"
#include "xbyak.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace picokernels::program::machine {

enum class isa : std::uint8_t { sse2, avx2, avx512 };

// What code is made for. The functions are those of the ISA.
struct target {
    isa instructions;
    step_function_finder* functions;
};

inline constexpr std::uint32_t never = UINT32_MAX;

// The slots that a step reads and writes; no_slot where there are fewer.
struct accesses {
    std::array<std::uint16_t, 3> reads{no_slot, no_slot, no_slot};
    std::array<std::uint16_t, 2> writes{no_slot, no_slot};
};
accesses accesses_of(const step& now) noexcept;

// For each read and write of a step: at which step the value is read next, or `never`.
struct next_uses {
    std::array<std::uint32_t, 3> reads{never, never, never};
    std::array<std::uint32_t, 2> writes{never, never};
};
std::vector<next_uses> find_next_uses(const code& program);

// Operands of instructions that compare and round.
inline constexpr std::uint8_t unordered = 3;
std::uint8_t predicate_of(functor comparison) noexcept;
std::uint8_t rounding_of(functor rounding) noexcept;
constexpr bool is_rounding(functor kind) noexcept {
    return kind == functor::floor || kind == functor::ceil || kind == functor::trunc;
}

class compiler : protected Xbyak::CodeGenerator {
  public:
    compiler(const compiler&) = delete;
    compiler& operator=(const compiler&) = delete;
    compiler(compiler&&) = delete;
    compiler& operator=(compiler&&) = delete;

  protected:
    // Registers from `registers` on are not given to values.
    compiler(const code& program, std::span<const next_uses> uses, const target& made_for,
             std::span<std::uint8_t> memory, int registers);
    ~compiler() override = default;

    const code& program_;
    const target target_;

    // The product and the sum of the operands (first, which is the result too; second; third).
    enum class fused_operands : std::uint8_t {
        first_third_plus_second,
        second_first_plus_third,
        second_third_plus_first
    };

    // ---- entry, exit, and constants

    // The registers of the caller that code uses.
    void push_saved();
    void pop_saved();
    // Our own constants and those of the program, each that many times.
    void write_pool(int own_copies, int copies);
    // The middle of what addresses with one byte reach.
    std::uint64_t pool_address() const { return reinterpret_cast<std::uint64_t>(getCode()) + 128; }

    // ---- the code of all steps

    void compile_steps();

    // An operand of a call.
    struct argument {
        bool is_constant;
        std::uint16_t index;
    };

    // ---- registers

    struct contents {
        std::uint16_t slot = no_slot;
        bool is_dirty = false;  // the home does not have the value
        bool is_locked = false; // must not be taken now
        std::uint32_t version = 0;
    };
    using register_state = std::array<contents, 32>;
    register_state registers_{};

    int register_of(std::uint16_t slot) const { return variables_[slot].in; }
    bool is_alive(std::uint16_t slot) const { return variables_[slot].next != never; }

    // A register for something new. Values in registers leave if there is no other way.
    int take();
    void lock(int index) { registers_[static_cast<std::size_t>(index)].is_locked = true; }
    void unlock(int index) { registers_[static_cast<std::size_t>(index)].is_locked = false; }
    // Brings the value of a slot into a register, which stays locked.
    int bring(std::uint16_t slot);
    // The register has the new value of the slot from now on.
    void define(std::uint16_t slot, int index, std::uint32_t next_use);
    // Whether an operand that is read next at that step stays where it is: one that is read again is worth a
    // register.
    bool is_better_in_memory(std::uint16_t slot, std::uint32_t next_use) const {
        return register_of(slot) < 0 && next_use == never;
    }
    // A value has been read.
    void retire(std::uint16_t slot, std::uint32_t next_use);
    void retire_reads(const step& now, const next_uses& uses);
    // Writes values that are not at home yet and alive.
    void flush();
    void forget(int index);
    void forget_all();
    // Registers have what they had then, as far as that is alive and no newer value of the slot exists.
    void restore(const register_state& earlier);
    // Registers have only what they have in both states.
    void intersect(const register_state& other);

    // Rare code stores what registers have before it calls a function, and loads it again afterwards. `kept` is what
    // they have at the jump to that code.
    void send_home(const register_state& kept);
    void bring_back(const register_state& kept);

    // ---- arguments of calls

    // Values leave the registers. Returns which registers still have the arguments; -1: it is in memory.
    std::array<int, 2> leave_registers(const step& now, const next_uses& uses, std::span<const argument> arguments);
    void load_argument(int to, const argument& from, int in);
    // Values leave the registers, and the arguments get into registers 0 and 1. `spare` is given to no value.
    void pass_in_registers(const step& now, const next_uses& uses, std::span<const argument> arguments, int spare);
    static bool is_unary(const step& now) {
        return !has_functor(now.op) || functor_of(now.op).form_of == form::unary;
    }

    // ---- jumps

    enum class condition : std::uint8_t {
        below = 2,
        not_below = 3,
        equal = 4,
        not_equal = 5,
        above = 7,
        parity = 10,
        not_parity = 11
    };

    // A jump whose target comes later: the position of its end.
    using pending = std::size_t;
    pending jump_if(condition when);
    pending jump();
    void land(pending from);
    void jump_back(std::size_t target);
    void jump_back_if(condition when, std::size_t target);

    struct open_branch {
        pending skip;             // the jump over a side
        register_state registers; // at its begin, and then at its middle
    };
    std::vector<open_branch> branches_;

    // Code that is seldom needed, placed behind the rest.
    void later(std::function<void()> write) { rare_.push_back(std::move(write)); }
    void write_rare();

    void call_address(const void* function);

    template <class Function> Function* function_at(std::size_t offset) const {
        return reinterpret_cast<Function*>(memory_.data() + offset);
    }

    // Memory of a vector's or a number's size, which the instruction tells.
    Xbyak::Address memory_at(const Xbyak::Reg64& base, std::ptrdiff_t offset) {
        return ptr[base + static_cast<std::size_t>(offset)];
    }

  private:
    // ---- instructions, for one point or for lanes

    virtual Xbyak::Xmm vector(int index) const = 0;
    virtual void copy(int to, int from) = 0;
    virtual void load(int to, std::uint16_t slot) = 0;
    virtual void store(std::uint16_t slot, int from) = 0;
    virtual void load_constant(int to, std::uint16_t constant) = 0;
    // For the next instruction only.
    virtual Xbyak::Address slot_operand(std::uint16_t slot) = 0;
    virtual Xbyak::Address constant_operand(std::uint16_t constant) = 0;
    virtual void unary(functor kind, int to, int a) = 0;
    virtual void binary(functor kind, int to, int a, const Xbyak::Operand& b) = 0;
    virtual void logic(operation kind, int to, int a, const Xbyak::Operand& b) = 0;
    virtual void select(int to, int truth, int b, int c) = 0;
    // The register that has the constant all the time; -1: none.
    virtual int constant_register(std::uint16_t /*constant*/) const { return -1; }
    // Of quick code for lanes alone.
    virtual void shift_left(int /*to*/, int /*a*/, int /*bits*/) {}
    virtual void trust(int /*truth*/, int /*number*/) {}

    // The operation is about to be computed: jump elsewhere if it fails.
    virtual void check_divisor(const step& now, int b) = 0;
    virtual void check_radicand(const step& now, int a) = 0;

    // Whether the functor has no instruction.
    virtual bool is_call(functor kind) const = 0;
    virtual const void* choose(const step_functions& functions) const = 0;
    virtual void call(const step& now, const next_uses& uses, const callee& function,
                      std::span<const argument> arguments) = 0;
    virtual void sincos(const step& now, const next_uses& uses) = 0;
    virtual void square(const step& now, const next_uses& uses) = 0;
    // x * x, which is checked.
    virtual void checked_square(const step& now, const next_uses& uses, kind_function* kind) = 0;
    // One of the instructions that multiply and add. `to` is an operand as well: `which` says how.
    virtual void fuse(fusion kind, fused_operands which, int to, int second, const Xbyak::Operand& third) = 0;
    virtual bool has_fused() const = 0;
    // Whether instructions on bits, which read whole vectors, can read homes.
    virtual bool homes_are_vectors() const = 0;
    virtual void merge(const step& now, const next_uses& uses) = 0;
    virtual void begin_branch(const step& now, const next_uses& uses) = 0;
    virtual void begin_second_side(const step& now) = 0;
    virtual void fail(const step& now) = 0;
    virtual void finish() = 0;

    // ---- state

    struct variable {
        std::int8_t in = -1; // the register
        std::uint32_t next = never;
        std::uint32_t version = 0;
    };
    std::span<std::uint8_t> memory_;
    std::vector<variable> variables_;
    std::span<const next_uses> uses_;
    std::vector<std::function<void()>> rare_;
    int register_count_;

    void compile_step(const step& now, const next_uses& uses);
    void compile_functor(const step& now, const next_uses& uses);
    void compile_unary(functor kind, const step& now, const next_uses& uses);
    void compile_binary(functor_step what, const step& now, const next_uses& uses);
    void compile_call(functor_step what, const step& now, const next_uses& uses);
    void compile_fused(const step& now, const next_uses& uses);
    void compile_product_and_sum(const step& now, const next_uses& uses);
    void compile_move(const step& now, const next_uses& uses);
    void end_branch();
    void patch(std::size_t end, std::size_t target);
};

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_COMPILER_HPP
