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

namespace picokernels {

// One ISA of this build.
struct isa_entry {
    const kernel_table* table;
    bool (*is_supported)() noexcept; // by this CPU and its operating system
};

std::span<const isa_entry> built_isas() noexcept;                 // best first
std::span<const kernel_table* const> available_tables() noexcept; // those supported here, best first

PICOKERNELS_HIDDEN extern constinit std::atomic<const kernel_table*> active_table; // null before first use

const kernel_table& resolve_active_table() noexcept;

inline const kernel_table& active() noexcept {
    // Acquire: whoever sees the table also sees what was set up before it was published.
    const kernel_table* table = active_table.load(std::memory_order_acquire);
    if (table == nullptr) [[unlikely]] {
        return resolve_active_table();
    }
    return *table;
}

pk_status set_active_isa(const char* name) noexcept;
pk_status environment_request(const char** name) noexcept;

} // namespace picokernels

#endif // PICOKERNELS_DISPATCH_HPP
