// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_PROGRAM_CHECK_HPP
#define PICOKERNELS_PROGRAM_CHECK_HPP

#include "picokernels/program.h"

#include <cstddef>
#include <exception>
#include <span>

namespace picokernels::program {

// A list that can't become a program. `instruction` is -1 if none is to blame.
class invalid_list : public std::exception {
  public:
    // NOLINTNEXTLINE(cert-dcl50-cpp, modernize-avoid-variadic-functions): compilers check the format
    [[gnu::format(printf, 4, 5)]] invalid_list(pk_status status, std::ptrdiff_t instruction, const char* format, ...);
    const char* what() const noexcept override { return details_.message; }
    const pk_program_error& details() const noexcept { return details_; }

  private:
    pk_program_error details_;
};

// Throws invalid_list unless the list keeps all rules of program.h.
void check(std::span<const pk_instruction> list);

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_CHECK_HPP
