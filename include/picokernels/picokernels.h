/* SPDX-License-Identifier: BSD-3-Clause
 *
 * picokernels: elementwise arithmetic and functions on arrays of float64 and float32, and reductions of them, in
 * SIMD. The library chooses the best ISA of the running CPU at run time. Plain C99, which any C++ standard takes too;
 * picokernels.hpp is the C++20 header over it.
 *
 * Every kernel below keeps these promises:
 *
 *  - n counts elements and may be any number. If n is 0, the pointers are not read and may be NULL.
 *  - Pointers need the alignment of the element type and no more.
 *  - out may be exactly a, exactly b, or both. Any other overlap between out and an input is an error of the caller,
 *    and the result is then unspecified. Inputs may overlap each other.
 *  - A call reads nothing outside its arrays, and writes out[0] to out[n-1] and nothing else. Reductions have no out.
 *  - Every element of an operation is its IEEE 754-2019 result, correctly rounded, in the rounding mode and with the
 *    denormal setting of the calling thread. There are no reciprocal estimates and no contraction. So results have
 *    the same bits on every ISA, except for the sign and payload of a NaN that an arithmetic operation returns. The
 *    functions, from pk_sin on, promise error bounds instead.
 *  - No kernel allocates, prints, aborts, or throws. Any number of threads may call the functions of this header at
 *    the same time, and fork the process meanwhile: the functions serve the child too.
 */
#ifndef PICOKERNELS_PICOKERNELS_H
#define PICOKERNELS_PICOKERNELS_H

#include <stddef.h>

/* Version of this header. pk_version() returns the version of the library that was loaded. */
#define PICOKERNELS_VERSION_MAJOR 0
#define PICOKERNELS_VERSION_MINOR 2
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

#if defined(__cplusplus) && (__cplusplus >= 201103L || defined(_MSC_VER))
#define PK_NOEXCEPT noexcept
#define PK_ENUM_OF_INT : int /* the C representation, and any int is a valid value */
#elif defined(__cplusplus)
#define PK_NOEXCEPT throw()
#define PK_ENUM_OF_INT
#else
#define PK_NOEXCEPT
#define PK_ENUM_OF_INT
#endif

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- operations of two operands ------------------------------------------------------------------------------
 *
 * pk_OP: out[i] = a[i] OP b[i]. pk_OP_scalar: out[i] = a[i] OP s. pk_rOP_scalar: out[i] = s OP a[i]; operations that
 * are commutative need none. */

/* Addition. */
PK_API void pk_add_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_add_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_add_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_add_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* Subtraction. */
PK_API void pk_sub_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rsub_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sub_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rsub_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* Multiplication. */
PK_API void pk_mul_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_mul_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* Division. Division by zero gives an infinity or, for 0 / 0, a NaN. */
PK_API void pk_div_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rdiv_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_div_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rdiv_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* The lesser number (IEEE 754-2019, 9.6, minimum). If an operand is a NaN, the result is a quiet NaN. -0 is less than
 * +0. (fmin of C differs in both.) */
PK_API void pk_minimum_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_minimum_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_minimum_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_minimum_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* The greater number (IEEE 754-2019, 9.6, maximum). If an operand is a NaN, the result is a quiet NaN. +0 is greater
 * than -0. */
PK_API void pk_maximum_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_maximum_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_maximum_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_maximum_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* ---- operations of one operand: out[i] = OP a[i] -------------------------------------------------------------- */

/* Square root, correctly rounded. The root of -0 is -0, that of any other negative number a NaN. */
PK_API void pk_sqrt_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sqrt_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Negation: flips the sign bit, that of a zero or NaN too (IEEE 754-2019, 5.5.1). */
PK_API void pk_neg_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_neg_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Absolute value: clears the sign bit, that of a zero or NaN too (IEEE 754-2019, 5.5.1). */
PK_API void pk_abs_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_abs_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* ---- functions ------------------------------------------------------------------------------------------------
 *
 * pk_FUNCTION: out[i] = FUNCTION(a[i]) or FUNCTION(a[i], b[i]). pk_FUNCTION_scalar: FUNCTION(a[i], s).
 * pk_rFUNCTION_scalar: FUNCTION(s, a[i]).
 *
 * The errors are bounds for all arguments, huge and denormal ones included, for float64 and float32.
 * They are in units in the last place of the exact result (ulp). The bounds are measured, not proved: against MPFR on
 * millions of arguments a function, most of them close to where errors are large. Special values are those of C99,
 * annex F. The results are for rounding to nearest, with denormal numbers; other settings give other errors. A call
 * may raise any floating-point exception flag.
 *
 * The value of an element depends on its operands alone, and not on its place, on n, or on the alignment. ISAs with
 * fused multiply-add give the same bits, except for the sign and payload of a NaN. They are avx2, avx512, and neon.
 * sse2 has other bits within the same bounds, and takes 2 to 5 times as long. The bounds have not been measured for
 * generic. fmod has the same bits on every ISA. */

/* Sine of an angle in radians, of any size: the reduction is exact enough for the largest numbers. Error: 0.9 ulp. */
PK_API void pk_sin_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sin_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Cosine of an angle in radians, of any size. Error: 0.9 ulp. */
PK_API void pk_cos_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_cos_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Tangent of an angle in radians, of any size. Error: 2.4 ulp. */
PK_API void pk_tan_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_tan_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Arc sine, in [-pi/2, pi/2]; NaN outside of [-1, 1]. Error: 2.2 ulp. */
PK_API void pk_asin_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_asin_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Arc cosine, in [0, pi]; NaN outside of [-1, 1]. Error: 1.2 ulp. */
PK_API void pk_acos_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_acos_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Arc tangent, in [-pi/2, pi/2]. Error: 2.1 ulp. */
PK_API void pk_atan_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_atan_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Hyperbolic sine. Error: 1.5 ulp. */
PK_API void pk_sinh_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_sinh_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Hyperbolic cosine. Error: 1.6 ulp. */
PK_API void pk_cosh_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_cosh_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Hyperbolic tangent. Error: 2.2 ulp. */
PK_API void pk_tanh_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_tanh_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* e to the power a[i]. Error: 1.0 ulp. */
PK_API void pk_exp_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_exp_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* 2 to the power a[i]; exact for integers. Error: 1.0 ulp. */
PK_API void pk_exp2_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_exp2_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* exp(a[i]) - 1, without cancellation near 0. Error: 1.3 ulp. */
PK_API void pk_expm1_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_expm1_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Natural logarithm. That of a zero is -infinity, that of a negative number a NaN. Error: 0.9 ulp. */
PK_API void pk_log_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_log_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Logarithm to base 2; exact for powers of 2. Error: 0.9 ulp. */
PK_API void pk_log2_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_log2_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Logarithm to base 10. Error: 0.8 ulp. */
PK_API void pk_log10_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_log10_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* log(1 + a[i]), without cancellation near 0. Error: 1.0 ulp. */
PK_API void pk_log1p_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_log1p_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* Cube root. That of a negative number is negative. Error: 0.6 ulp. */
PK_API void pk_cbrt_f64(const double* a, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_cbrt_f32(const float* a, float* out, size_t n) PK_NOEXCEPT;

/* a[i] to the power b[i]. A negative number to a power that is not an integer gives a NaN; x to the power 0 and 1 to
 * any power give 1. Error: 1.8 ulp. */
PK_API void pk_pow_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_pow_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rpow_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_pow_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_pow_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rpow_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* Angle of the point (x, y) = (b[i], a[i]) in [-pi, pi]: atan(a[i] / b[i]) in the right quadrant. Error: 2.1 ulp. */
PK_API void pk_atan2_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_atan2_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_ratan2_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_atan2_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_atan2_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_ratan2_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* sqrt(a[i]^2 + b[i]^2) without spurious overflow or underflow. Error: 1.3 ulp. */
PK_API void pk_hypot_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_hypot_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_hypot_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_hypot_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* Remainder of a[i] / b[i] cut off to an integer, with the sign of a[i], as fmod of C. Exact for all operands,
 * however large the quotient is. A division by zero, or of an infinity, gives a NaN. */
PK_API void pk_fmod_f64(const double* a, const double* b, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_fmod_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rfmod_scalar_f64(const double* a, double s, double* out, size_t n) PK_NOEXCEPT;
PK_API void pk_fmod_f32(const float* a, const float* b, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_fmod_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;
PK_API void pk_rfmod_scalar_f32(const float* a, float s, float* out, size_t n) PK_NOEXCEPT;

/* ---- reductions: one result from all elements -----------------------------------------------------------------
 *
 * The order of the operations depends on n alone, so results have the same bits on every ISA and at every alignment,
 * except for the sign and payload of a NaN.
 *
 * Order. Let P be 256 bytes' worth of elements: 32 for float64, 64 for float32. There are P partial results. Partial
 * result k starts as a[k], and takes a[k+P], a[k+2*P], and so on, one after the other. Then for w = P/2, P/4, ..., 1,
 * partial result k takes partial result k+w, for each k < w. The last one, 0, is the result. If n < P, partial
 * results from n on have no element and are left out. For example, the sum of four elements is (a[0] + a[2]) + (a[1]
 * + a[3]).
 *
 * Errors. An element goes through at most h = ceil(n / P) - 1 + log2(P) of these operations, each of which rounds
 * once. The bounds below use gamma(k) = k * u / (1 - k * u), with u = 2^-53 for float64 and 2^-24 for float32. They
 * hold if nothing overflows. They follow from N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition,
 * 3.1 and 4.2.
 *
 * A partial result may overflow though the exact result is in range, and infinities of both signs add to a NaN. While
 * the calling thread rounds toward negative infinity, the sign of a sum of zero is unspecified. */

/* The sum, +0 if n is 0. |error| <= gamma(h) * (|a[0]| + ... + |a[n-1]|). */
PK_API double pk_sum_f64(const double* a, size_t n) PK_NOEXCEPT;
PK_API float pk_sum_f32(const float* a, size_t n) PK_NOEXCEPT;

/* The product, 1 if n is 0. |error| <= gamma(n - 1) * |exact product|, if nothing underflows either. */
PK_API double pk_prod_f64(const double* a, size_t n) PK_NOEXCEPT;
PK_API float pk_prod_f32(const float* a, size_t n) PK_NOEXCEPT;

/* The least element, +infinity if n is 0. As in pk_minimum, a NaN among the elements makes the result a quiet NaN,
 * and -0 is less than +0. */
PK_API double pk_min_f64(const double* a, size_t n) PK_NOEXCEPT;
PK_API float pk_min_f32(const float* a, size_t n) PK_NOEXCEPT;

/* The greatest element, -infinity if n is 0. As in pk_maximum, a NaN among the elements makes the result a quiet NaN,
 * and +0 is greater than -0. */
PK_API double pk_max_f64(const double* a, size_t n) PK_NOEXCEPT;
PK_API float pk_max_f32(const float* a, size_t n) PK_NOEXCEPT;

/* The dot product: the sum, in the order above, of the products a[i] * b[i], each rounded by itself; +0 if n is 0. b
 * may be a, or overlap it. |error| <= gamma(h + 1) * (|a[0] * b[0]| + ... + |a[n-1] * b[n-1]|), if no product
 * underflows. */
PK_API double pk_dot_f64(const double* a, const double* b, size_t n) PK_NOEXCEPT;
PK_API float pk_dot_f32(const float* a, const float* b, size_t n) PK_NOEXCEPT;

/* ---- which ISA runs ----------------------------------------------------------------------------------------- */

typedef enum pk_status PK_ENUM_OF_INT {
    PK_OK = 0,
    PK_ERROR_UNKNOWN_ISA = 1,     /* no ISA of that name is built into this library               */
    PK_ERROR_UNSUPPORTED_ISA = 2, /* this CPU or operating system does not support it             */
    PK_ERROR_INVALID_PROGRAM = 3, /* programs (program.h): the list of instructions has an error  */
    PK_ERROR_LIMIT = 4,           /* the list exceeds a limit                                     */
    PK_ERROR_OUT_OF_MEMORY = 5,   /* there is not enough memory                                   */
    PK_ERROR_NOT_ITERABLE = 6,    /* the program has more outputs than inputs                     */
    PK_ERROR_TROUBLE = 7,         /* an operation failed: see pk_trouble                          */
    PK_ERROR_INVALID_PROBLEM = 8, /* integrators (integrate.h): a member of the problem is wrong  */
    PK_ERROR_CALLBACK = 9,        /* a function of the problem ended the run                      */
    PK_ERROR_NOT_DENSE = 10       /* the solution has no dense output                             */
} pk_status;

/* The name of the active ISA, which serves calls from now on: "avx512", "avx2", or "sse2" on x86-64, "neon" on
 * aarch64, and "generic" on other architectures. The best available ISA is active unless the environment or
 * pk_set_isa() chooses another. Short calls, of at most 64 bytes an array, run the same 128-bit instructions on every
 * ISA. The string lives as long as the library. */
PK_API const char* pk_isa(void) PK_NOEXCEPT;

/* Stores the names of the available ISAs, best first, but at most capacity of them. An ISA is available if it is
 * built in, and the CPU and the operating system support it. Returns how many there are in all. names may be NULL if
 * capacity is 0. The strings live as long as the library. */
PK_API size_t pk_available_isas(const char** names, size_t capacity) PK_NOEXCEPT;

/* Makes the named ISA the active one, for all threads. A call that is under way in another thread finishes on the ISA
 * it started with. On error nothing changes. NULL is an unknown name. */
PK_API pk_status pk_set_isa(const char* name) PK_NOEXCEPT;

/* Tells whether the request of the environment was met. The library reads the variable PICOKERNELS_ISA once, at its
 * first use. If the ISA that it names is not available, the best one is active, and the library prints nothing.
 * Returns PK_OK if nothing was requested or the request was met, else the reason. If name is not NULL, *name becomes
 * the requested name (at most 31 characters of it; it lives as long as the library), or NULL if there was none. */
PK_API pk_status pk_isa_request(const char** name) PK_NOEXCEPT;

/* A short English text for a status, never NULL, also for numbers that are no status. */
PK_API const char* pk_status_message(pk_status status) PK_NOEXCEPT;

/* "MAJOR.MINOR.PATCH" of the library that was loaded. */
PK_API const char* pk_version(void) PK_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif /* PICOKERNELS_PICOKERNELS_H */
