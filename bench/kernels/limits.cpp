// SPDX-License-Identifier: BSD-3-Clause
#include "limits.hpp"

#include <iterator>
#include <string_view>

namespace picokernels::bench {

extern const limit_table sse2_limits;
extern const limit_table avx2_limits;
extern const limit_table avx512_limits;
extern const limit_table generic_limits;

const traffic_kind& limit_table::kind(const char* name) const noexcept {
    std::size_t i = 0;
    while (i + 1 < std::size(kinds) && std::string_view(kinds[i].name) != name) {
        ++i;
    }
    return kinds[i];
}

const limit_table* limits_of(const char* isa) noexcept {
    for (const limit_table* table : {
#if defined(WITH_LIMITS_avx512)
             &avx512_limits,
#endif
#if defined(WITH_LIMITS_avx2)
             &avx2_limits,
#endif
#if defined(WITH_LIMITS_sse2)
             &sse2_limits,
#endif
#if defined(WITH_LIMITS_generic)
             &generic_limits,
#endif
         }) {
        if (std::string_view(table->isa) == isa) {
            return table;
        }
    }
    return nullptr;
}

} // namespace picokernels::bench
