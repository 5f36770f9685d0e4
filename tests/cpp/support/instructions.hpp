// SPDX-License-Identifier: BSD-3-Clause
//
// Which instruction sets machine code needs, by the decoder Zydis.
#ifndef PICOKERNELS_TESTS_INSTRUCTIONS_HPP
#define PICOKERNELS_TESTS_INSTRUCTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tested {

// How often instructions of each set occur, by Zydis's names, for example "AVX2"; and what could not be decoded.
struct instruction_sets {
    std::map<std::string, std::size_t> counts;
    std::size_t undecoded = 0;

    std::size_t total() const;
    // Of all sets whose name starts so.
    std::size_t count(std::string_view prefix) const;
};

// Whether code for an ISA of the library may have instructions of the set. Those of "sse2" are those of every x86-64
// CPU.
bool may_have(std::string_view isa, std::string_view set);

// The sets that code for the ISA has and must not have, as text; "" if there is none.
std::string forbidden_in(std::string_view isa, const instruction_sets& found);

// Decodes one instruction after the other. There must be no data in between.
void add_all(std::span<const std::uint8_t> code, instruction_sets& to);

// Decodes what can be reached from the entries, which are addresses within the code, by jumps and calls to addresses
// that the code has. So data is skipped. Code elsewhere is not looked at.
void add_reachable(std::span<const std::uint8_t> code, std::span<const void* const> entries, instruction_sets& to);

} // namespace tested

#endif // PICOKERNELS_TESTS_INSTRUCTIONS_HPP
