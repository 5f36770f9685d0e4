// SPDX-License-Identifier: BSD-3-Clause
//
// The engine that makes machine code of a program when it is created. README.md beside this folder describes it.
#ifndef PICOKERNELS_MACHINE_CODE_HPP
#define PICOKERNELS_MACHINE_CODE_HPP

#include "../code.hpp"

#include <memory>

namespace picokernels::program::machine {

class machine_code {
  public:
    machine_code() = default;
    machine_code(const machine_code&) = delete;
    machine_code& operator=(const machine_code&) = delete;
    machine_code(machine_code&&) = delete;
    machine_code& operator=(machine_code&&) = delete;
    virtual ~machine_code() = default;

    virtual const engine& functions() const noexcept = 0;
};

// Machine code for the active ISA; options are those of the program. Null if the interpreter has to run the program:
// machine code is not built or switched off, the program is too long, or the system refuses executable memory.
std::unique_ptr<const machine_code> compile(const code& program, unsigned options);

// Whether new programs get machine code. The first use reads the environment.
bool is_enabled() noexcept;
void set_enabled(bool to) noexcept;

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_CODE_HPP
