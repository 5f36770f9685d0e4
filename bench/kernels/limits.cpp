// SPDX-License-Identifier: BSD-3-Clause
#include "limits.hpp"

#include <iterator>
#include <string_view>

namespace picokernels::bench {

// CMake defines LIMITS_ISAS: one LIMITS_ISA(name) for each ISA of the build.
#define LIMITS_ISA(name) extern const limit_table name##_limits;
LIMITS_ISAS
#undef LIMITS_ISA

const traffic_kind& limit_table::kind(const char* name) const noexcept {
    std::size_t i = 0;
    while (i + 1 < std::size(kinds) && std::string_view(kinds[i].name) != name) {
        ++i;
    }
    return kinds[i];
}

const limit_table* limits_of(const char* isa) noexcept {
#define LIMITS_ISA(name) &name##_limits,
    for (const limit_table* table : {LIMITS_ISAS}) {
#undef LIMITS_ISA
        if (std::string_view(table->isa) == isa) {
            return table;
        }
    }
    return nullptr;
}

} // namespace picokernels::bench
