// SPDX-License-Identifier: BSD-3-Clause
#include "libm.hpp"

#include "functors.hpp"

#include <bit>
#include <cstdint>

namespace picokernels::program {

// Only glibc is known to have these properties: libm_test tries millions of arguments. The samples here are for a
// glibc that some day changes its algorithms, or a libm that replaces it.
#if defined(__GLIBC__)
namespace {

constexpr int samples = 512;

// A reproducible sequence of mantissas (Knuth's MMIX generator).
std::uint64_t next(std::uint64_t& state) noexcept {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return state;
}

// A number with those bits of mantissa and a binary exponent between -range and range - 1.
double number(std::uint64_t bits, std::uint64_t range) noexcept {
    const std::uint64_t exponent = 1023 - range + bits % (2 * range);
    return std::bit_cast<double>(exponent << 52U | bits >> 12U);
}

// Volatile: compilers compute a sine and a cosine of one number by sincos, and pow(x, 2) by x * x.
double (*const volatile library_sin)(double) = ::sin;
double (*const volatile library_cos)(double) = ::cos;
double (*const volatile library_pow)(double, double) = ::pow;

bool same(double x, double y) noexcept { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); }

bool try_sincos() noexcept {
    std::uint64_t state = 1;
    for (int i = 0; i < samples; ++i) {
        const double x = number(next(state), 24);
        const sine_cosine both = libm_sincos(x);
        if (!same(both.sine, library_sin(x)) || !same(both.cosine, library_cos(x))) {
            return false;
        }
    }
    return true;
}

// Tries numbers whose squares lie almost in the middle between two neighbours. A pow with a greater error than
// glibc's fails on about half of them.
bool try_square() noexcept {
    std::uint64_t state = 2;
    for (int i = 0; i < samples;) {
        const double x = number(next(state), 8);
        const double hi = x * x;
        const double lo = __builtin_fabs(square::error(x, hi));
        if (square::is_decided(x, hi) && lo > 0.9 * square::bound(hi)) {
            if (!same(hi, library_pow(x, 2.0))) {
                return false;
            }
            ++i;
        }
    }
    return true;
}

} // namespace

const libm_facts& libm() noexcept {
    static const libm_facts facts{try_sincos(), try_square()};
    return facts;
}
#else
const libm_facts& libm() noexcept {
    static constexpr libm_facts facts{false, false};
    return facts;
}
#endif

} // namespace picokernels::program
