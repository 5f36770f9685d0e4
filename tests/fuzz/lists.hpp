// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_TESTS_LISTS_HPP
#define PICOKERNELS_TESTS_LISTS_HPP

#include "../cpp/support/programs.hpp"
#include "bytes.hpp"

namespace fuzz {

// Reads a list of instructions up to a zero byte. Most bytes make a valid list with that many inputs and outputs;
// escapes make any instruction.
tested::list read_list(bytes& from, std::size_t inputs, std::size_t outputs);

} // namespace fuzz

#endif // PICOKERNELS_TESTS_LISTS_HPP
