/* SPDX-License-Identifier: BSD-3-Clause
 *
 * picokernels: elementwise arithmetic on arrays of float64 and float32, in SIMD, the best ISA of the running CPU
 * chosen at run time. Plain C99; picokernels.hpp is the C++20 header over it.
 *
 * What holds for every kernel below:
 *
 *  - n counts elements and may be any number, 0 included; with n = 0 the pointers are not read and may be NULL.
 *  - Pointers need the alignment of the element type and no more.
 *  - out may be exactly a, exactly b, or both. Any other overlap between out and an input is an error of the
 *    caller, and the result is then unspecified. Inputs may overlap each other freely.
 *  - Exactly out[0] .. out[n-1] are written.
 *  - Every element is the correctly rounded IEEE 754-2019 result of its one operation (clause 5.4.1), in the
 *    rounding mode and with the denormal setting of the calling thread: true division, no reciprocal estimates, no
 *    contraction. So results have the same bits on every ISA, except which payload a NaN carries.
 *  - No kernel allocates, prints, aborts or throws, and all functions of this header may be called from any number
 *    of threads at once.
 */
#ifndef PICOKERNELS_PICOKERNELS_H
#define PICOKERNELS_PICOKERNELS_H

#include <stddef.h>

/* Version of this header; pk_version() tells that of the library that was loaded. */
#define PICOKERNELS_VERSION_MAJOR 0
#define PICOKERNELS_VERSION_MINOR 1
#define PICOKERNELS_VERSION_PATCH 0

#if defined(_WIN32)
#if defined(PICOKERNELS_STATIC)
#define PK_API
#elif defined(PICOKERNELS_BUILDING)
#define PK_API __declspec(dllexport)
#else
#define PK_API __declspec(dllimport)
#endif
#else
#define PK_API __attribute__((visibility("default")))
#endif

#if defined(__cplusplus)
#define PK_NOEXCEPT noexcept
#define PK_ENUM_OF_INT : int /* the C representation, and any int is a valid value */
extern "C" {
#else
#define PK_NOEXCEPT
#define PK_ENUM_OF_INT
#endif

/* ---- array with array: out[i] = a[i] op b[i] ---------------------------------------------------------------- */

PK_API void pk_add_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;

PK_API void pk_add_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;

/* ---- array with scalar: out[i] = a[i] op s; reversed (rsub, rdiv): out[i] = s op a[i] ----------------------- */

PK_API void pk_add_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rsub_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rdiv_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;

PK_API void pk_add_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rsub_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rdiv_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* ---- which ISA runs ----------------------------------------------------------------------------------------- */

typedef enum pk_status PK_ENUM_OF_INT {
    PK_OK = 0,
    PK_ERROR_UNKNOWN_ISA = 1,     /* no ISA of that name is built into this library               */
    PK_ERROR_UNSUPPORTED_ISA = 2, /* built in, but this CPU or operating system does not offer it */
} pk_status;

/* The ISA that serves calls from now on: "avx512", "avx2" or "sse2" on x86-64, "generic" elsewhere. Unless told
 * otherwise it is the best one available. Calls of at most 64 bytes an array run the same 128-bit instructions on
 * each. The string lives as long as the library. */
PK_API const char* pk_isa(void) PK_NOEXCEPT;

/* Stores up to capacity names of the ISAs that are built in and supported here, best first, and returns how many
 * there are in all. names may be NULL when capacity is 0. The strings live as long as the library. */
PK_API size_t pk_available_isas(const char** names, size_t capacity) PK_NOEXCEPT;

/* Makes the named ISA the active one, for all threads; a kernel call under way in another thread finishes on the
 * ISA it started with. On error nothing changes. A NULL name is an unknown one. */
PK_API pk_status pk_set_isa(const char* name) PK_NOEXCEPT;

/* The environment variable PICOKERNELS_ISA, read once at the first use of the library, asks for an ISA by name. A
 * request that can't be met leaves the best ISA active, and the library stays silent: this function tells.
 * Returns PK_OK when nothing was asked or the request was met, else why it was not. If name is not NULL, *name
 * becomes what was asked (cut to 31 characters; it lives as long as the library), or NULL if nothing was. */
PK_API pk_status pk_isa_request(const char** name) PK_NOEXCEPT;

/* One English sentence fragment for a status, never NULL, also for numbers that are no status. */
PK_API const char* pk_status_message(pk_status status) PK_NOEXCEPT;

/* "MAJOR.MINOR.PATCH" of the library that was loaded. */
PK_API const char* pk_version(void) PK_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif /* PICOKERNELS_PICOKERNELS_H */
