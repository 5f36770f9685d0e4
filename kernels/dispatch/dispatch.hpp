// SPDX-License-Identifier: BSD-3-Clause
//
// Which ISA serves calls. The first call chooses it, not a static initialiser: the library runs nothing by itself.
#ifndef PICOKERNELS_DISPATCH_HPP
#define PICOKERNELS_DISPATCH_HPP

#include "../elementwise/streaming.hpp"
#include "../isa/table.hpp"
#include "picokernels/picokernels.h"

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

// The functions that serve calls, copied from the active table. Each has an atomic of its own: a call through the
// table would load two pointers, one after the other (n = 128, AVX-512: 6.3 ns instead of 5.8). Before first use they
// are functions that choose the ISA and pass the call on, so no call has to test for it. While an ISA is being set,
// some functions are still the old ISA's; results show it at most in the last bits of the functions from sin on.
// Loads acquire, so a caller of a function also sees what was written before it was published.
template <class Function> using atomic_slot = std::atomic<Function>;
struct active_kernels {
    kernels_in<double, atomic_slot> f64;
    kernels_in<float, atomic_slot> f32;
};
PICOKERNELS_HIDDEN extern constinit active_kernels active;

// The table of the active ISA. The first use chooses it.
const kernel_table& active_table() noexcept;

// The same, and copies its functions to the active ones again: a child process may have inherited a choice that
// another thread was still copying.
const kernel_table& publish_active_table() noexcept;

pk_status set_active_isa(const char* name) noexcept;
pk_status environment_request(const char** name) noexcept;

} // namespace picokernels

#endif // PICOKERNELS_DISPATCH_HPP
