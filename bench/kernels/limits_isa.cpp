// SPDX-License-Identifier: BSD-3-Clause
//
// Compiled once per ISA, with its flags, which make it xsimd's default architecture. ISA is its name.
#include "limits.hpp"

#include <xsimd/xsimd.hpp>

#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

namespace picokernels::bench {
namespace {

template <class T> using batch = xsimd::batch<T>;
using doubles = batch<double>;
constexpr std::size_t unroll = 8;

// The compiler must take the value as used, and must not know it. The constraint means a vector register.
template <class Batch> ALWAYS_INLINE void keep(Batch& value) noexcept {
    auto data = value.data; // NOLINT(misc-const-correctness): the assembler writes it
#if defined(__GNUC__) && defined(__SSE2__)
    asm volatile("" : "+x"(data)); // NOLINT(portability-no-assembler)
#elif defined(__GNUC__) && defined(__aarch64__)
    asm volatile("" : "+w"(data)); // NOLINT(portability-no-assembler)
#endif
    value = Batch(data);
}

template <std::size_t lanes = doubles::size, class Step>
ALWAYS_INLINE void for_each_batch(std::size_t n, Step step) noexcept {
    std::size_t i = 0;
    for (; i + unroll * lanes <= n; i += unroll * lanes) {
        for (std::size_t k = 0; k < unroll; ++k) {
            step(i + k * lanes);
        }
    }
    for (; i + lanes <= n; i += lanes) {
        step(i);
    }
}

ALWAYS_INLINE void fence() noexcept {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

template <class Store> ALWAYS_INLINE void finish() noexcept {
    if constexpr (std::is_same_v<Store, xsimd::stream_mode>) {
        fence();
    }
}

void read(const double* a, const double*, double*, std::size_t n) noexcept {
    for_each_batch(n, [=](std::size_t i) {
        doubles x = doubles::load_aligned(a + i);
        keep(x);
    });
}

template <class Store> void write(const double*, const double*, double* out, std::size_t n) noexcept {
    const doubles x(1.0);
    for_each_batch(n, [=](std::size_t i) { x.store(out + i, Store{}); });
    finish<Store>();
}

template <class Store> void copy(const double* a, const double*, double* out, std::size_t n) noexcept {
    for_each_batch(n, [=](std::size_t i) {
        doubles x = doubles::load_aligned(a + i);
        keep(x); // else it might become a call of memcpy
        x.store(out + i, Store{});
    });
    finish<Store>();
}

// STREAM's triad (J. D. McCalpin, 1995) with a factor of one would be an addition; so it is one.
template <class Store> void triad(const double* a, const double* b, double* out, std::size_t n) noexcept {
    for_each_batch(n, [=](std::size_t i) {
        (doubles::load_aligned(a + i) + doubles::load_aligned(b + i)).store(out + i, Store{});
    });
    finish<Store>();
}

constexpr auto quotient = [](const auto& x, const auto& y) { return x / y; };
constexpr auto root = [](const auto& x, const auto&) { return xsimd::sqrt(x); };

template <class T, auto Op> void arithmetic(std::size_t n) noexcept {
    batch<T> x(T(3));
    batch<T> y(T(1.0000001));
    for_each_batch<batch<T>::size>(n, [&](std::size_t) {
        keep(x);
        keep(y);
        batch<T> result = Op(x, y);
        keep(result);
    });
}

} // namespace

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define PASTE_OF(x, y) x##y
#define PASTE(x, y) PASTE_OF(x, y)
#define TABLE PASTE(ISA, _limits)

extern const limit_table TABLE;
const limit_table TABLE{TEXT(ISA),
                        sizeof(doubles),
                        {{"read", 1, read},
                         {"write", 1, write<xsimd::aligned_mode>},
                         {"copy", 2, copy<xsimd::aligned_mode>},
                         {"triad", 3, triad<xsimd::aligned_mode>},
                         {"write_nt", 1, write<xsimd::stream_mode>},
                         {"copy_nt", 2, copy<xsimd::stream_mode>},
                         {"triad_nt", 3, triad<xsimd::stream_mode>}},
                        {{"div", "f64", arithmetic<double, quotient>},
                         {"div", "f32", arithmetic<float, quotient>},
                         {"sqrt", "f64", arithmetic<double, root>},
                         {"sqrt", "f32", arithmetic<float, root>}}};

} // namespace picokernels::bench
