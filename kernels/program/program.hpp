// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_PROGRAM_PROGRAM_HPP
#define PICOKERNELS_PROGRAM_PROGRAM_HPP

#include "code.hpp"
#include "lower.hpp"
#include "machine/machine_code.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

// Immutable from its creation on.
struct pk_program {
    pk_program(picokernels::program::code_storage of, std::span<const pk_instruction> from, unsigned with)
        : list(from.begin(), from.end()), options(with), storage(std::move(of)), code(storage.view()),
          machine_code(picokernels::program::machine::compile(code, with)) {}
    pk_program(const pk_program&) = delete; // code points into storage
    pk_program& operator=(const pk_program&) = delete;
    pk_program(pk_program&&) = delete;
    pk_program& operator=(pk_program&&) = delete;
    ~pk_program() = default;

    std::vector<pk_instruction> list; // as it was given
    unsigned options;
    picokernels::program::code_storage storage;
    picokernels::program::code code;
    std::unique_ptr<const picokernels::program::machine::machine_code> machine_code; // null: the interpreter runs it
};

namespace picokernels::program {

// The engine that runs the program.
const engine& engine_of(const pk_program& program) noexcept;

// The bodies of the functions of program.h that have these names.
pk_trouble run_point(const pk_program& program, const double* inputs, double* outputs) noexcept;
pk_trouble run(const pk_program& program, const pk_input* inputs, double* const* outputs, std::size_t n) noexcept;
pk_trouble iterate_point(const pk_program& program, const double* inputs, double* outputs, std::size_t count,
                         std::size_t every, double* stored) noexcept;
pk_trouble iterate(const pk_program& program, const pk_input* inputs, double* const* outputs, std::size_t n,
                   std::size_t count, std::size_t every, double* const* stored) noexcept;

std::size_t dump(const pk_program& program, char* text, std::size_t capacity) noexcept;

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_PROGRAM_HPP
