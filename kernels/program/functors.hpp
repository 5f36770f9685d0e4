// SPDX-License-Identifier: BSD-3-Clause
//
// The functors of the operations that only programs have, and for every operation the rule by which it fails.
// Compiled for each ISA, so everything has internal linkage (elementwise/functors.hpp says why).
#ifndef PICOKERNELS_PROGRAM_FUNCTORS_HPP
#define PICOKERNELS_PROGRAM_FUNCTORS_HPP

#include "../elementwise/functors.hpp"
#include "operations.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace picokernels::program {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

// ---- numbers and batches

// Whether xsimd's functions that round are instructions. Elsewhere it converts to integers and back: without SSE4.1,
// that makes a NaN of infinity, and on aarch64 it makes +0 of -0 and of -0.5.
#if defined(__SSE4_1__)
inline constexpr bool has_rounding = true;
#else
inline constexpr bool has_rounding = false;
#endif

// Adding 2^52 rounds a smaller positive number to an integer, perhaps up. Greater numbers are integers (and NaNs
// stay).
template <class Batch> PICOKERNELS_INLINE Batch floor_by_addition(Batch a) noexcept {
    const Batch sign_bit(-0.0);
    const Batch size = xsimd::abs(a);
    const Batch rounded = ((size + Batch(0x1p52)) - Batch(0x1p52)) | (a & sign_bit);
    const Batch down = rounded - xsimd::select(rounded > a, Batch(1.0), Batch(0.0));
    return xsimd::select(size < Batch(0x1p52), down, a);
}

template <class Batch> PICOKERNELS_INLINE Batch floor_of(Batch a) noexcept {
    if constexpr (has_rounding) {
        return xsimd::floor(a);
    } else {
        return floor_by_addition(a);
    }
}
template <class Batch> PICOKERNELS_INLINE Batch ceil_of(Batch a) noexcept {
    if constexpr (has_rounding) {
        return xsimd::ceil(a);
    } else {
        return neg::apply(floor_by_addition(neg::apply(a)));
    }
}
template <class Batch> PICOKERNELS_INLINE Batch trunc_of(Batch a) noexcept {
    if constexpr (has_rounding) {
        return xsimd::trunc(a);
    } else {
        return floor_by_addition(xsimd::abs(a)) | (a & Batch(-0.0));
    }
}
#if defined(__aarch64__)
template <class Arch> using float64_batch = xsimd::batch<double, Arch>;
template <class Arch> PICOKERNELS_INLINE float64_batch<Arch> floor_of(float64_batch<Arch> a) noexcept {
    return vrndmq_f64(a);
}
template <class Arch> PICOKERNELS_INLINE float64_batch<Arch> ceil_of(float64_batch<Arch> a) noexcept {
    return vrndpq_f64(a);
}
template <class Arch> PICOKERNELS_INLINE float64_batch<Arch> trunc_of(float64_batch<Arch> a) noexcept {
    return vrndq_f64(a);
}
#endif

struct floor : fast_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return __builtin_floor(a); }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept { return floor_of(a); }
};
struct ceil : fast_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return __builtin_ceil(a); }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept { return ceil_of(a); }
};
struct trunc : fast_operation {
    static PICOKERNELS_INLINE double apply(double a) noexcept { return __builtin_trunc(a); }
    template <class Batch> static PICOKERNELS_INLINE Batch apply(Batch a) noexcept { return trunc_of(a); }
};

struct less : fast_operation {
    template <class V> static PICOKERNELS_INLINE auto apply(V a, V b) noexcept { return a < b; }
};
struct less_equal : fast_operation {
    template <class V> static PICOKERNELS_INLINE auto apply(V a, V b) noexcept { return a <= b; }
};
struct equal : fast_operation {
    template <class V> static PICOKERNELS_INLINE auto apply(V a, V b) noexcept { return a == b; }
};
struct not_equal : fast_operation {
    template <class V> static PICOKERNELS_INLINE auto apply(V a, V b) noexcept { return a != b; }
};

// a * b + c, a * b - c, c - a * b: rounded once where the ISA can do so, else twice.
template <class V> PICOKERNELS_INLINE V multiply_add(V a, V b, V c) noexcept {
    if constexpr (!has_fma) {
        return a * b + c;
    } else if constexpr (std::is_same_v<V, double>) {
        return __builtin_fma(a, b, c);
    } else {
        return xsimd::fma(a, b, c);
    }
}
struct fused_add {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b, V c) noexcept { return multiply_add(a, b, c); }
};
struct fused_sub {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b, V c) noexcept { return multiply_add(a, b, -c); }
};
struct fused_rsub {
    template <class V> static PICOKERNELS_INLINE V apply(V a, V b, V c) noexcept { return multiply_add(-a, b, c); }
};

// The sine and cosine of the kernels, with one reduction of the angle.
template <class Batch> struct fast_sine_cosine {
    Batch sine;
    Batch cosine;
};
// Where `done` does not hold, the results are wrong.
template <class Batch> struct usual_sine_cosine {
    fast_sine_cosine<Batch> of;
    truths_of<Batch> done;
};
template <class Batch> PICOKERNELS_INLINE usual_sine_cosine<Batch> sincos_of_usual_angle(Batch x) noexcept {
    const auto angle = reduce_angle(magnitude(x));
    const auto of_rest = sincos_of_reduced(angle.r);
    return {{picokernels::sin::of(of_rest, angle.sum, x), picokernels::cos::of(of_rest, angle.sum, x)}, angle.done};
}
template <class Batch> PICOKERNELS_INLINE fast_sine_cosine<Batch> fast_sincos(Batch x) noexcept {
    const auto [of, done] = sincos_of_usual_angle(x);
    if (!xsimd::all(done)) [[unlikely]] {
        return {picokernels::sin::with_any_angle(x, of.sine, done),
                picokernels::cos::with_any_angle(x, of.cosine, done)};
    }
    return of;
}

// ---- functions of the C library: numbers only

#define PICOKERNELS_FUNCTOR(X, OPCODE, function, trouble)                                                            \
    struct libm_##function : slow_operation {                                                                        \
        static PICOKERNELS_INLINE double apply(double a) noexcept { return ::function(a); }                          \
    };
PICOKERNELS_LIBM_UNARY(PICOKERNELS_FUNCTOR, )
#undef PICOKERNELS_FUNCTOR
#define PICOKERNELS_FUNCTOR(X, OPCODE, function)                                                                     \
    struct libm_##function : slow_operation {                                                                        \
        static PICOKERNELS_INLINE double apply(double a, double b) noexcept { return ::function(a, b); }             \
    };
PICOKERNELS_LIBM_BINARY(PICOKERNELS_FUNCTOR, )
#undef PICOKERNELS_FUNCTOR

struct sine_cosine {
    double sine;
    double cosine;
};
PICOKERNELS_INLINE sine_cosine libm_sincos(double a) noexcept {
#if defined(__GLIBC__)
    sine_cosine result;
    ::sincos(a, &result.sine, &result.cosine);
    return result;
#else
    return {::sin(a), ::cos(a)};
#endif
}

// pow(x, 2), mostly decided without pow. libm.hpp says where that is right.
//
// hi + lo is exactly x * x. glibc's pow has an error of at most 0.509 ulp + |log(result)| * 1.5 * 2^-15 ulp (its
// comments in sysdeps/ieee754/dbl-64/e_pow.c; the algorithm is that of ARM's optimized routines). That is less than
// 0.513 for results between 2^-100 and 2^100. So if |lo| <= 0.485 ulp, no neighbour of hi is that close to x * x, and
// hi is pow's answer. Else, in 3 % of cases, pow itself decides.
struct square : fast_operation {
    static constexpr double greatest = 0x1p100;
    static constexpr double least = 0x1p-100;
    static constexpr double share = 0.485 * 0x1p-52;

    // The error of hi = x * x; exact if hi is within the bounds above.
    template <class V> static PICOKERNELS_INLINE V error(V x, V hi) noexcept {
        if constexpr (has_fma) {
            return multiply_add(x, x, -hi);
        } else { // Dekker's product (T. J. Dekker, Numerische Mathematik 18, 1971)
            const V scaled = V(134217729.0) * x;
            const V high = scaled - (scaled - x);
            const V low = x - high;
            return ((high * high - hi) + (high + high) * low) + low * low;
        }
    }

    // What |lo| may be. The unit is that of the number below |hi|: a power of two has closer neighbours below it.
    static PICOKERNELS_INLINE double bound(double hi) noexcept {
        const auto below = __builtin_bit_cast(std::uint64_t, hi) - 1;
        return __builtin_bit_cast(double, below & 0x7ff0000000000000U) * share;
    }
    template <class Arch> static PICOKERNELS_INLINE auto bound(xsimd::batch<double, Arch> hi) noexcept {
        using integers = xsimd::batch<std::uint64_t, Arch>;
        const auto below = xsimd::bitwise_cast<std::uint64_t>(hi) - integers(std::uint64_t{1});
        const auto exponent = below & integers(std::uint64_t{0x7ff0000000000000U});
        return xsimd::bitwise_cast<double>(exponent) * xsimd::batch<double, Arch>(share);
    }

    static PICOKERNELS_INLINE bool is_decided(double x, double hi) noexcept {
        return __builtin_fabs(error(x, hi)) <= bound(hi) && hi >= least && hi <= greatest;
    }
    template <class Batch> static PICOKERNELS_INLINE auto is_decided(Batch x, Batch hi) noexcept {
        return (xsimd::abs(error(x, hi)) <= bound(hi)) & (hi >= Batch(least)) & (hi <= Batch(greatest));
    }

    static PICOKERNELS_INLINE double undecided(double x) noexcept {
        const volatile double two = 2; // compilers replace pow(x, 2.0) by x * x
        return x == 0 ? 0.0 : ::pow(x, two);
    }

    static PICOKERNELS_INLINE double apply(double x) noexcept {
        const double hi = x * x;
        return is_decided(x, hi) ? hi : undecided(x);
    }
};

// pow(x, 2) of fast programs.
struct fast_square : fast_operation {
    template <class V> static PICOKERNELS_INLINE V apply(V x) noexcept { return x * x; }
};

// The result of an operation; b is ignored if it has one operand.
template <form Form, class Op, class V> PICOKERNELS_INLINE auto apply_to(V a, V b) noexcept {
    if constexpr (Form == form::unary) {
        return Op::apply(a);
    } else {
        return Op::apply(a, b);
    }
}

// ---- how operations fail

PICOKERNELS_INLINE bool is_finite(double x) noexcept {
    return __builtin_fabs(x) <= std::numeric_limits<double>::max();
}
PICOKERNELS_INLINE bool is_nan(double x) noexcept { return x != x; }

// rule<Op>: can_fail; suspects(a, b, r), which is cheap, for numbers (and for batches, where Op has batches); and
// kind(a, b, r), for numbers under suspicion. r is the result, and b equals a for unary operations. Most operations
// never fail.
template <class Op> struct rule {
    static constexpr bool can_fail = false;
};

template <> struct rule<picokernels::div> {
    static constexpr bool can_fail = true;
    template <class V> static PICOKERNELS_INLINE auto suspects(V, V b, V) noexcept { return b == V(0.0); }
    static pk_trouble_kind kind(double, double, double) noexcept { return PK_TROUBLE_ZERO_DIVISION; }
};
template <> struct rule<picokernels::sqrt> {
    static constexpr bool can_fail = true;
    template <class V> static PICOKERNELS_INLINE auto suspects(V a, V, V) noexcept { return a < V(0.0); }
    static pk_trouble_kind kind(double, double, double) noexcept { return PK_TROUBLE_DOMAIN; }
};

// What Python's math module does: a NaN from numbers is a domain error, an infinity from finite numbers is
// `Infinite`.
template <pk_trouble_kind Infinite> struct math_rule {
    static constexpr bool can_fail = Infinite != PK_TROUBLE_NONE;
    static PICOKERNELS_INLINE bool suspects(double, double, double r) noexcept { return !is_finite(r); }
    template <class Batch> static PICOKERNELS_INLINE auto suspects(Batch, Batch, Batch r) noexcept {
        return !(xsimd::abs(r) <= Batch(std::numeric_limits<double>::max()));
    }
    static pk_trouble_kind kind(double a, double b, double r) noexcept {
        if (is_nan(r)) {
            return is_nan(a) || is_nan(b) ? PK_TROUBLE_NONE : PK_TROUBLE_DOMAIN;
        }
        return is_finite(a) && is_finite(b) ? Infinite : PK_TROUBLE_NONE;
    }
};
#define PICOKERNELS_RULE(X, OPCODE, function, trouble)                                                               \
    template <> struct rule<libm_##function> : math_rule<PK_TROUBLE_##trouble> {};
PICOKERNELS_LIBM_UNARY(PICOKERNELS_RULE, )
template <> struct rule<square> : math_rule<PK_TROUBLE_OVERFLOW> {};
template <> struct rule<libm_fmod> : math_rule<PK_TROUBLE_DOMAIN> {};
template <> struct rule<libm_pow> : math_rule<PK_TROUBLE_OVERFLOW> {
    static pk_trouble_kind kind(double a, double b, double r) noexcept {
        const bool has_pole = a == 0 && is_finite(b) && !is_nan(r);
        return has_pole ? PK_TROUBLE_ZERO_DIVISION : math_rule::kind(a, b, r);
    }
};
#undef PICOKERNELS_RULE
// The functions of fast programs fail as those of the C library do.
#define PICOKERNELS_RULE(X, OPCODE, function, ...)                                                                   \
    template <> struct rule<picokernels::function> : rule<libm_##function> {};
PICOKERNELS_LIBM_UNARY(PICOKERNELS_RULE, )
PICOKERNELS_LIBM_BINARY(PICOKERNELS_RULE, )
#undef PICOKERNELS_RULE
template <> struct rule<fast_square> : rule<square> {};

} // namespace
} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_FUNCTORS_HPP
