// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_CACHE_HPP
#define PICOKERNELS_CACHE_HPP

#include <cstddef>

namespace picokernels {

// Size of the last-level data cache of the CPU, in bytes, as the system tells it; 0 where it does not tell.
std::size_t last_level_cache_bytes() noexcept;

} // namespace picokernels

#endif // PICOKERNELS_CACHE_HPP
