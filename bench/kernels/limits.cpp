// SPDX-License-Identifier: BSD-3-Clause
#include "limits.hpp"
#include "dispatch/cache.hpp"

#include <algorithm>
#include <iterator>
#include <unistd.h>
#include <utility>

namespace picokernels::bench {

// CMake defines LIMITS_ISAS: one LIMITS_ISA(name) for each ISA of the build.
#define LIMITS_ISA(name) extern const limit_table name##_limits;
LIMITS_ISAS
#undef LIMITS_ISA

const traffic_kind& limit_table::kind(std::string_view name) const noexcept {
    return *std::ranges::find(kinds, name, &traffic_kind::name);
}

const limit_table* limits_of(std::string_view isa) noexcept {
#define LIMITS_ISA(name) &name##_limits,
    static constexpr const limit_table* tables[] = {LIMITS_ISAS};
#undef LIMITS_ISA
    const auto* const found = std::ranges::find(tables, isa, &limit_table::isa);
    return found == std::end(tables) ? nullptr : *found;
}

std::size_t cache_sizes::last() const noexcept { return *std::ranges::max_element(bytes); }

const cache_sizes& caches() {
    static const cache_sizes sizes = [] {
        cache_sizes found{{0, 0, 0, last_level_cache_bytes()}};
#if defined(_SC_LEVEL1_DCACHE_SIZE)
        for (const auto& [level, name] :
             {std::pair(1, _SC_LEVEL1_DCACHE_SIZE), std::pair(2, _SC_LEVEL2_CACHE_SIZE)}) {
            found.bytes[level] = static_cast<std::size_t>(std::max(sysconf(name), 0L));
        }
#endif
        return found;
    }();
    return sizes;
}

} // namespace picokernels::bench
