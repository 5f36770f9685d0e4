// SPDX-License-Identifier: BSD-3-Clause
#include "limits.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <iterator>

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
        cache_sizes found;
        for (const auto& cache : benchmark::CPUInfo::Get().caches) {
            if (cache.type != "Instruction" && cache.level >= 1 && cache.level < 4) {
                found.bytes[cache.level] = static_cast<std::size_t>(cache.size);
            }
        }
        return found;
    }();
    return sizes;
}

} // namespace picokernels::bench
