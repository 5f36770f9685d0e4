// SPDX-License-Identifier: BSD-3-Clause
//
// A program in the form that engines run, and what an engine provides. README.md beside this file explains both.
#ifndef PICOKERNELS_PROGRAM_CODE_HPP
#define PICOKERNELS_PROGRAM_CODE_HPP

#include "operations.hpp"
#include "picokernels/program.h"

#include <cstddef>
#include <cstdint>

namespace picokernels::program {

inline constexpr std::uint16_t no_slot = UINT16_MAX;

// One instruction for an engine. Operands are slots; the operands named "constant" are indices of code::constants.
//
//   step                       operands
//   unary functors             out = f(a)
//   binary functors            out = f(a, b); NAME_scalar: b is a constant; rNAME_scalar: a is a constant
//   fused functors             out = f(a, b, c); NAME_b, NAME_c, NAME_bc: b, c, or both are constants
//   sincos, fast_sincos        out = sin(a), b = cos(a): b is a second result
//   both, either, opposite     out = a and b, a or b, not a
//   select                     out = a ? b : c
//   constant                   out = the constant a
//   move                       out = a
//   merge, merge_scalar        at the end of a second side: out = a, where the second side is taken. Elsewhere out
//                              keeps its value. merge_scalar: a is a constant. b: the condition
//   branch                     the first side begins. a: the condition. out: a slot for the engine's own use until
//                              the end of the branch, for example for a mask of the lanes that take the side.
//                              b: that slot of the branch around this one, or no_slot.
//                              link: the index of the step `otherwise`
//   otherwise                  the second side begins. a, b, out as in branch. link: the index of the step `end`
//   end                        b as in branch
//   fail                       a: the kind of trouble
//   finish                     the last step, and only the last
//
// Engines get no steps of these kinds. Machine code makes them of others.
//
//   sign_of                    out = the sign bit of a
//   exclusive_or               out = the bits that differ in a and b
//   shift_left                 out = the bits of a, shifted by b, a number of bits
//   trust                      a: a truth value. b: a number. Trouble is possible, or results are wrong, where a does
//                              not hold or b is not finite
//
// A result may replace an operand: out may be the slot a, b, or c. Not so for a checked function of a fast program:
// an engine may compute all lanes of it, and then look for those that failed.
struct step {
    operation op{};
    std::uint16_t out = 0;
    std::uint16_t a = 0;
    std::uint16_t b = 0;
    std::uint16_t c = 0;
    std::uint16_t checked = 0; // 1: report trouble. 0: the operation is quiet
    std::uint32_t link = 0; // branch, otherwise: the target. Other steps: the index in the user's list, for trouble
};
static_assert(sizeof(step) == 16);

// Where an output is when the program has finished.
struct output {
    bool is_constant = false;
    std::uint16_t index = 0; // of the slot or the constant
};

// An input that is read, or that is an output.
struct used_input {
    std::uint16_t slot = 0;
    bool is_output = false;
};

// A program for an engine. Slots hold numbers and truth values. Slot i < input_count has input i, and no step writes
// it. (Plain pointers: the ISAs' files use no part of the standard library that emits code.)
struct code {
    const step* steps = nullptr;
    const double* constants = nullptr; // a truth value is all bits 1 or all bits 0
    const output* outputs = nullptr;
    const used_input* used_inputs = nullptr;
    std::size_t step_count = 0;
    std::size_t constant_count = 0;
    std::size_t output_count = 0;
    std::size_t used_input_count = 0;
    std::size_t input_count = 0;
    std::size_t slot_count = 0; // inputs included
    bool has_branches = false;
};

// What a run knows of its first failure.
struct failure {
    pk_trouble_kind kind = PK_TROUBLE_NONE;
    std::uint32_t source = 0;
    std::size_t lane = 0;

    // Steps come in the order of the program, and a lower lane goes first.
    void note(pk_trouble_kind new_kind, std::uint32_t new_source, std::size_t new_lane) noexcept {
        if (kind == PK_TROUBLE_NONE || new_lane < lane) {
            *this = {new_kind, new_source, new_lane};
        }
    }
};

// Runs one point: reads in[0..input_count), then writes out[0..output_count). in and out may be one array. At the
// first failure of a checked step, it fills `failure`, writes nothing, and returns false.
using point_function = bool(const code& program, const double* in, double* out, failure& failure) noexcept;

// Runs n >= 1 lanes. at[i] points to the lanes of slot i, which has room for n rounded up to lane_multiple. From n
// on, inputs have numbers that may be computed with, but whose failures must not be reported. The engine writes the
// slots that steps write, and leaves each output's lanes in its slot. All lanes are computed, also if operations
// fail. `failure` gets the first failure of the lowest lane that has one.
using block_function = void(const code& program, double* const* at, std::size_t n, failure& failure) noexcept;

// Runs one point count >= 1 times. After each run, the outputs replace the first numbers in state[0..input_count).
// Ends before the run that fails, and returns how many were complete. Only for programs with no more outputs than
// inputs.
using repeat_function = std::size_t(const code& program, double* state, std::size_t count, failure& failure) noexcept;

// Steps of a function of one number, in static single assignment form: slot 0 has the operand, and each step writes
// a slot of its own. Both results are right where the slot `done` has true.
struct recorded_steps {
    static constexpr std::size_t most_steps = 128;
    step steps[most_steps];
    double constants[most_steps];
    std::size_t step_count = 0;
    std::size_t constant_count = 0;
    std::uint16_t slot_count = 1;
    std::uint16_t results[2] = {no_slot, no_slot};
    std::uint16_t done = no_slot;
};

// The functions of an ISA that machine code calls for a step of a fast program; null where the step is no function.
// V is a vector register of the ISA. A unary function ignores b.
//   of_batches: V(V a, V b); for fast_sincos void(V a, double* sines, double* cosines)
//   of_numbers: the same in vectors of at most 256 bits, for a number in all lanes; for fast_sincos
//               sine_cosine(double a)
//   record:     writes the function as steps; null for most functions
using step_recorder = void(recorded_steps& to) noexcept;
struct step_functions {
    const void* of_batches = nullptr;
    const void* of_numbers = nullptr;
    step_recorder* record = nullptr;
};
using step_function_finder = step_functions(operation op) noexcept;

// An engine: the interpreter of an ISA, or the machine code of one program.
struct engine {
    const char* name;
    point_function* point;
    repeat_function* repeat;
    block_function* block;
    // Whether `block` writes no slots but those of outputs, and these only when it has read all inputs of their
    // lanes. Then the slots of outputs can be the caller's arrays, also in place.
    bool writes_only_outputs;
    // How many lanes `block` works on at a time.
    std::size_t batch;
};

inline constexpr std::size_t lane_multiple = 8; // the batch of the widest ISA

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_CODE_HPP
