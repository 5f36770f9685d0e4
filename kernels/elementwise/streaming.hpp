// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_STREAMING_HPP
#define PICOKERNELS_STREAMING_HPP

#include <cstddef>

// Hidden visibility: otherwise the compiler assumes that another library may define the variable, and reads its
// address from the global offset table.
#if defined(__GNUC__)
#define PICOKERNELS_HIDDEN __attribute__((visibility("hidden")))
#else
#define PICOKERNELS_HIDDEN
#endif

namespace picokernels {

// A call that touches more bytes than this stores past the caches; SIZE_MAX if the size of the last-level cache is
// unknown. The dispatcher writes it once, before it publishes the first table, so kernels read it without a lock.
PICOKERNELS_HIDDEN extern std::size_t streaming_threshold_bytes;

} // namespace picokernels

#endif // PICOKERNELS_STREAMING_HPP
