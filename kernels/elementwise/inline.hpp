// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INLINE_HPP
#define PICOKERNELS_INLINE_HPP

// The linker may keep any ISA's copy of an inline function, which would crash older CPUs. Hence internal linkage, and
// inlining even in debug builds. PICOKERNELS_RARE marks what few calls reach: it stays out of the loops.
#if defined(__GNUC__)
#define PICOKERNELS_INLINE inline __attribute__((always_inline))
#define PICOKERNELS_NOINLINE __attribute__((noinline))
#define PICOKERNELS_RARE __attribute__((noinline, cold))
#else
#define PICOKERNELS_INLINE inline
#define PICOKERNELS_NOINLINE
#define PICOKERNELS_RARE
#endif

#endif // PICOKERNELS_INLINE_HPP
