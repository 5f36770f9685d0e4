// SPDX-License-Identifier: BSD-3-Clause
//
// Which ISA serves calls. It is chosen at first use, never by a static initialiser: nothing of this library runs
// before somebody calls it.
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

// The functions that serve calls: each a copy from the active table, in an atomic of its own, because a call through
// the table itself would load two pointers one after the other (n = 128, AVX-512: 5.8 ns and 6.3). Before first use
// they are functions that find the best ISA and pass the call on, so no call has to test for it. While an ISA is
// being set, some are of the one before: that only time tells, as the results are the same bits. Acquire: whoever
// sees a function also sees what was set up before it was published.
template <class Function> using atomic_slot = std::atomic<Function>;
struct active_kernels {
    kernels_in<double, atomic_slot> f64;
    kernels_in<float, atomic_slot> f32;
};
PICOKERNELS_HIDDEN extern constinit active_kernels active;

// The table of the ISA that is active; chosen now if this is the first use.
const kernel_table& active_table() noexcept;

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
