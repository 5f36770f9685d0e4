// SPDX-License-Identifier: BSD-3-Clause
//
// The tests' own list of ISAs, best first.
#ifndef PICOKERNELS_TESTS_ISAS_HPP
#define PICOKERNELS_TESTS_ISAS_HPP

#include "picokernels/picokernels.h"

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tested {

// How x86-64 encodes an instruction. In 64-bit mode the byte 0x62 starts EVEX instructions (AVX-512), and 0xC4 or
// 0xC5 starts VEX ones (AVX, AVX2, FMA); neither starts anything else (Intel SDM, volume 2, 2.3 and 2.7).
enum class encoding { legacy, vex, evex };

constexpr encoding encoding_of(std::uint8_t first_byte) {
    if (first_byte == 0x62) {
        return encoding::evex;
    }
    return first_byte == 0xC4 || first_byte == 0xC5 ? encoding::vex : encoding::legacy;
}

struct isa {
    std::string_view name;
    std::size_t batch_bytes;
    encoding batches; // how the instructions on whole batches are encoded
    bool has_fma;     // fused multiply-add
};

inline constexpr isa isas[] = {
    {"avx512", 64, encoding::evex, true},     {"avx2", 32, encoding::vex, true},
    {"sse2", 16, encoding::legacy, false},    {"neon", 16, encoding::legacy, true},
    {"generic", 16, encoding::legacy, false},
};

// How a test that has an ISA as its parameter shows it.
inline std::ostream& operator<<(std::ostream& stream, const isa& isa) { return stream << isa.name; }

// Null if the list does not have the name.
constexpr const isa* find_isa(std::string_view name) {
    for (const isa& isa : isas) {
        if (isa.name == name) {
            return &isa;
        }
    }
    return nullptr;
}

// The names of the ISAs that the library offers on this machine, best first.
inline std::vector<std::string> available_isas() {
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    return {names.begin(), names.end()};
}

} // namespace tested

#endif // PICOKERNELS_TESTS_ISAS_HPP
