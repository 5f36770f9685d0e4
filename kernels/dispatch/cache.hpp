// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_CACHE_HPP
#define PICOKERNELS_CACHE_HPP

#include <cstddef>

namespace picokernels {

// Size of the CPU's last-level data cache in bytes, as the operating system reports it; 0 if it doesn't.
std::size_t last_level_cache_bytes() noexcept;

} // namespace picokernels

#endif // PICOKERNELS_CACHE_HPP
