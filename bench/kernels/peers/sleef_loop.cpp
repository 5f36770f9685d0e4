// SPDX-License-Identifier: BSD-3-Clause
//
// SLEEF's functions with errors of up to 1.0 ulp, called for vectors of the widest kind that the compiler's flags
// allow. So this is compiled once per ISA. Its hypot has an error of 0.5 or of 3.5 ulp: this takes the better one.
#include "operations.hpp"

#include <algorithm>
#include <cstring>
#include <sleef.h>
#include <type_traits>

namespace picokernels::bench {
namespace {

// SLEEF_F64(sin, u10) is a function of vectors of doubles; its name ends in the largest error and the ISA.
#if defined(__AVX512F__)
using f64_vector = __m512d;
using f32_vector = __m512;
#define SLEEF_F64(function, error) Sleef_##function##d8_##error##avx512f
#define SLEEF_F32(function, error) Sleef_##function##f16_##error##avx512f
#elif defined(__AVX2__)
using f64_vector = __m256d;
using f32_vector = __m256;
#define SLEEF_F64(function, error) Sleef_##function##d4_##error##avx2
#define SLEEF_F32(function, error) Sleef_##function##f8_##error##avx2
#else
using f64_vector = __m128d;
using f32_vector = __m128;
#define SLEEF_F64(function, error) Sleef_##function##d2_##error##sse2
#define SLEEF_F32(function, error) Sleef_##function##f4_##error##sse2
#endif

template <class Op> struct expression;
template <class Op> struct reduced; // SLEEF has none

#define SLEEF_UNARY(function, error)                                                                                 \
    template <> struct expression<op::function> {                                                                    \
        static f64_vector of(f64_vector x, f64_vector) { return SLEEF_F64(function, error)(x); }                     \
        static f32_vector of(f32_vector x, f32_vector) { return SLEEF_F32(function, error)(x); }                     \
    };
#define SLEEF_BINARY(function, error)                                                                                \
    template <> struct expression<op::function> {                                                                    \
        static f64_vector of(f64_vector x, f64_vector y) { return SLEEF_F64(function, error)(x, y); }                \
        static f32_vector of(f32_vector x, f32_vector y) { return SLEEF_F32(function, error)(x, y); }                \
    };
SLEEF_UNARY(sin, u10)
SLEEF_UNARY(cos, u10)
SLEEF_UNARY(tan, u10)
SLEEF_UNARY(asin, u10)
SLEEF_UNARY(acos, u10)
SLEEF_UNARY(atan, u10)
SLEEF_UNARY(sinh, u10)
SLEEF_UNARY(cosh, u10)
SLEEF_UNARY(tanh, u10)
SLEEF_UNARY(exp, u10)
SLEEF_UNARY(exp2, u10)
SLEEF_UNARY(expm1, u10)
SLEEF_UNARY(log, u10)
SLEEF_UNARY(log2, u10)
SLEEF_UNARY(log10, u10)
SLEEF_UNARY(log1p, u10)
SLEEF_UNARY(cbrt, u10)
SLEEF_BINARY(pow, u10)
SLEEF_BINARY(atan2, u10)
SLEEF_BINARY(hypot, u05)
SLEEF_BINARY(fmod, ) // exact

template <class T> struct vector_of;
template <> struct vector_of<double> {
    using type = f64_vector;
};
template <> struct vector_of<float> {
    using type = f32_vector;
};
// Clang before version 16 wants `typename` where C++20 doesn't, and clang-tidy doesn't want it.
template <class T> using vector = std::type_identity_t<typename vector_of<T>::type>;
template <class T> constexpr std::size_t lanes = sizeof(vector<T>) / sizeof(T);

template <class T> const T* operand(const T* data, std::size_t) { return data; }

template <class T> vector<T> load(const T* data, std::size_t i) {
    vector<T> loaded;
    std::memcpy(&loaded, data + i, sizeof loaded);
    return loaded;
}
template <class T> vector<T> load(T scalar, std::size_t) {
    T copies[lanes<T>];
    std::ranges::fill(copies, scalar);
    return load(static_cast<const T*>(copies), 0);
}

// The last elements of an array, in a vector of their own. The lanes behind them compute something, too.
template <class T> vector<T> load_rest(const T* data, std::size_t i, std::size_t n) {
    T rest[lanes<T>] = {};
    std::copy_n(data + i, n - i, rest);
    return load(static_cast<const T*>(rest), 0);
}
template <class T> vector<T> load_rest(T scalar, std::size_t, std::size_t) { return load(scalar, 0); }

template <class Op, class T, class X, class Y> void evaluate(T* out, std::size_t n, X x, Y y) {
    std::size_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) {
        const auto results = expression<Op>::of(load(x, i), load(y, i));
        std::memcpy(out + i, &results, sizeof results);
    }
    if (i < n) {
        const auto results = expression<Op>::of(load_rest(x, i, n), load_rest(y, i, n));
        std::memcpy(out + i, &results, (n - i) * sizeof(T));
    }
}

} // namespace
} // namespace picokernels::bench

#define PEER_VERSION(text) text(SLEEF_VERSION_MAJOR) "." text(SLEEF_VERSION_MINOR) "." text(SLEEF_VERSION_PATCHLEVEL)
#include "make_build.hpp"
