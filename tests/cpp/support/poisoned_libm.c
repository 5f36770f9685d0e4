/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Takes the place of the C library's functions in a whole process, with results that are wrong: what depends on one
 * of them shows. Not here are those that IEEE 754 defines, which every C library computes alike (floor, sqrt), and on
 * which the C++ runtime depends. Compiled without the compiler's knowledge of these functions. */

/* The linker must find them before those of the C library, for the shared libraries too. */
#define EVERYWHERE __attribute__((visibility("default")))

#define UNARY(name)                                                                                                  \
    EVERYWHERE double name(double x);                                                                                \
    EVERYWHERE float name##f(float x);                                                                               \
    double name(double x) { return x == x ? 42.0 : 43.0; }                                                           \
    float name##f(float x) { return x == x ? 42.0F : 43.0F; }
#define BINARY(name)                                                                                                 \
    EVERYWHERE double name(double x, double y);                                                                      \
    EVERYWHERE float name##f(float x, float y);                                                                      \
    double name(double x, double y) { return x == y ? 42.0 : 43.0; }                                                 \
    float name##f(float x, float y) { return x == y ? 42.0F : 43.0F; }

/* NOLINTBEGIN(misc-use-internal-linkage): other objects call them */
UNARY(sin)
UNARY(cos)
UNARY(tan)
UNARY(asin)
UNARY(acos)
UNARY(atan)
UNARY(sinh)
UNARY(cosh)
UNARY(tanh)
UNARY(exp)
UNARY(exp2)
UNARY(expm1)
UNARY(log)
UNARY(log2)
UNARY(log10)
UNARY(log1p)
UNARY(cbrt)
BINARY(pow)
BINARY(atan2)
BINARY(hypot)
BINARY(fmod)
BINARY(remainder)

EVERYWHERE void sincos(double x, double *sine, double *cosine);
void sincos(double x, double *sine, double *cosine) {
    *sine = x == x ? 42.0 : 43.0;
    *cosine = *sine;
}
/* NOLINTEND(misc-use-internal-linkage) */
