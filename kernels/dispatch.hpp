// SPDX-License-Identifier: BSD-3-Clause
//
// Which table serves calls. The table pointer is resolved at first use, never by a static initialiser: nothing of
// this library runs before somebody calls it.
#ifndef PICOKERNELS_DISPATCH_HPP
#define PICOKERNELS_DISPATCH_HPP

#include "picokernels/picokernels.h"
#include "table.hpp"

#include <atomic>
#include <span>
#include <type_traits>

namespace picokernels {

// One ISA of this build.
struct isa_entry {
    const kernel_table* table;
    bool (*is_supported)() noexcept; // by this CPU and its operating system
};

std::span<const isa_entry> built_isas() noexcept;                 // best first
std::span<const kernel_table* const> available_tables() noexcept; // those supported here, best first

// Before first use a table of its own, whose functions find the best table and pass the call on: so no call has to
// test for it. Acquire: whoever sees a table also sees what was set up before it was published.
PICOKERNELS_HIDDEN extern constinit std::atomic<const kernel_table*> active_table;
inline const kernel_table& active_kernels() noexcept { return *active_table.load(std::memory_order_acquire); }

// The table of an ISA that is active; found now if this is the first use.
const kernel_table& resolved_table() noexcept;

template <class T> constexpr const typed_kernels<T>& typed(const kernel_table& table) noexcept {
    if constexpr (std::is_same_v<T, double>) {
        return table.f64;
    } else {
        return table.f32;
    }
}

pk_status set_active_isa(const char* name) noexcept;
pk_status environment_request(const char** name) noexcept;

} // namespace picokernels

#endif // PICOKERNELS_DISPATCH_HPP
