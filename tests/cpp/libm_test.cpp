// SPDX-License-Identifier: BSD-3-Clause
//
// What programs rely on in the C library: sincos has the bits of sin and cos, and the functor `square` those of pow.
// program/libm.cpp tries a few arguments at run time, this test millions.
#include "program/functors.hpp"
#include "program/libm.hpp"
#include "support/bits.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace picokernels::program;

#if defined(__GLIBC__)

constexpr int arguments = 2'000'000;

// Of every magnitude, and near the multiples of pi / 2, where sines and cosines are small.
double any_angle(tested::random_engine& random) {
    if (random() % 2 == 0) {
        return std::bit_cast<double>(random());
    }
    const double multiple = std::ldexp(static_cast<double>(random() >> 40U), -static_cast<int>(random() % 24));
    return multiple * 1.5707963267948966 + std::ldexp(1.0, -static_cast<int>(random() % 60));
}

TEST(Libm, sincos_has_the_bits_of_sin_and_cos) {
    ASSERT_TRUE(libm().sincos_has_the_bits_of_sin_and_cos);
    tested::random_engine random = tested::seeded(5);
    for (int i = 0; i < arguments; ++i) {
        const double x = any_angle(random);
        const sine_cosine both = libm_sincos(x);
        ASSERT_TRUE(same_bits(both.sine, std::sin(x))) << x;
        ASSERT_TRUE(same_bits(both.cosine, std::cos(x))) << x;
    }
}

TEST(Libm, square_has_the_bits_of_pow) {
    ASSERT_TRUE(libm().square_has_the_bits_of_pow);
    tested::random_engine random = tested::seeded(6);
    int decided = 0;
    int within_bounds = 0;
    for (int i = 0; i < arguments; ++i) {
        // Squares within the bounds of `square`; beyond, pow itself computes them.
        const double x =
            std::ldexp(1 + static_cast<double>(random() >> 12U) * 0x1p-52, static_cast<int>(random() % 101) - 50);
        const double hi = x * x;
        decided += square::is_decided(x, hi) ? 1 : 0;
        ++within_bounds;
        ASSERT_TRUE(same_bits(square::apply(x), std::pow(x, 2.0))) << x;
    }
    EXPECT_GT(decided, 0.95 * within_bounds) << "pow is called more often than it should";
    for (int i = 0; i < arguments / 10; ++i) {
        const double x = std::bit_cast<double>(random());
        ASSERT_TRUE(same_bits(square::apply(x), std::pow(x, 2.0))) << x;
    }
}

// Numbers whose squares are powers of two, nearly: the neighbours below are closer than those above.
TEST(Libm, square_has_the_bits_of_pow_near_powers_of_two) {
    for (int exponent = -120; exponent <= 120; ++exponent) {
        double x = std::sqrt(std::ldexp(1.0, exponent));
        for (int i = 0; i < 50; ++i) {
            x = std::nextafter(x, 0.0);
        }
        for (int i = 0; i < 100; ++i) {
            ASSERT_TRUE(same_bits(square::apply(x), std::pow(x, 2.0))) << x;
            x = std::nextafter(x, 1e300);
        }
    }
}

#endif

// Simplification replaces these.
TEST(Libm, powers_of_zero_and_one_are_what_simplification_makes_of_them) {
    tested::random_engine random = tested::seeded(7);
    for (int i = 0; i < 200'000; ++i) {
        const double x = tested::random_number(random);
        ASSERT_TRUE(same_bits(std::pow(x, 1.0), x)) << x;
        ASSERT_TRUE(same_bits(std::pow(x, 0.0), 1.0)) << x;
        ASSERT_TRUE(same_bits(std::pow(x, -0.0), 1.0)) << x;
    }
}

} // namespace
