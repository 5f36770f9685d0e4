// SPDX-License-Identifier: BSD-3-Clause
//
// The tests' own meaning of programs: a list of the operations that does not follow from the library's, a reference
// that computes one instruction after the other, and a generator of random programs.
#ifndef PICOKERNELS_TESTS_PROGRAMS_HPP
#define PICOKERNELS_TESTS_PROGRAMS_HPP

#include "picokernels/program.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace tested {

// An operation on numbers. `result` and `trouble` ignore b if the operation has one operand.
struct operation {
    pk_opcode op;
    const char* name;
    int operands;
    bool is_comparison;
    double (*result)(double a, double b); // of a comparison: 0 or 1
    double (*fast)(double a, double b);   // of fast programs
    pk_trouble_kind (*trouble)(double a, double b, double result);
};

std::span<const operation> operations();

using list = std::vector<pk_instruction>;

struct run_result {
    std::vector<double> outputs;
    pk_trouble_kind kind = PK_TROUBLE_NONE;
    std::int32_t instruction = -1; // of the first failure
};

// Whether functions are the C library's, or the kernels of the active ISA, and pow(x, 2) is x * x.
enum class mode { exact, fast };

// Computes a valid list for one point, instruction by instruction. If reports_trouble is false, nothing fails. Goes
// on after a failure, as lanes do.
run_result compute(const list& of, std::span<const double> inputs, bool reports_trouble = true,
                   mode functions = mode::exact);

// Owns a program.
struct program_deleter {
    void operator()(pk_program* program) const noexcept { pk_program_destroy(program); }
};
using program = std::unique_ptr<pk_program, program_deleter>;

// The program of a valid list. Fails the test if the library refuses it.
program create(const list& from, unsigned options = 0);

std::string dump(const pk_program& of);

// What runs a program: the interpreter or machine code, for an ISA.
struct engine {
    std::string isa;
    bool is_machine_code;

    // For programs that are created from now on.
    void use() const;
};
// The name of a parameter of a test.
std::string name_of(const engine& of);
inline std::ostream& operator<<(std::ostream& stream, const engine& of) { return stream << name_of(of); }

// All that this build and this machine have.
std::vector<engine> available_engines();

using random_engine = std::mt19937_64;
inline random_engine seeded(std::uint64_t seed) { return random_engine(seed); }

// A random valid list with that many inputs and outputs and about `size` operations, with branches, quiet operations,
// and constants that invite simplification.
list random_list(random_engine& random, int inputs, int outputs, int size);

// A number for an input: special, or of any magnitude, or ordinary.
double random_number(random_engine& random);

} // namespace tested

#endif // PICOKERNELS_TESTS_PROGRAMS_HPP
