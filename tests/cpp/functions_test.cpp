// SPDX-License-Identifier: BSD-3-Clause
//
// What picokernels.h promises about the bits of functions, on every ISA. accuracy_test.cpp judges their errors, and
// kernels_test.cpp their special values.
#include "support/amount.hpp"
#include "support/bits.hpp"
#include "support/isas.hpp"
#include "support/operations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using tested::form;

// Operands of a call, as many of each.
template <class T> struct operands {
    std::vector<T> a;
    std::vector<T> b;

    void add(T x, T y) {
        a.push_back(x);
        b.push_back(y);
    }
};

template <class T> class generator {
  public:
    explicit generator(unsigned seed) : bits_(seed) {}

    // Any bits: all exponents, with infinities and nans.
    T any() { return std::bit_cast<T>(static_cast<bits_of<T>>(bits_())); }
    T any_finite() {
        const T x = any();
        return std::isfinite(x) ? x : T{1};
    }
    T uniform(double limit) { return T(std::uniform_real_distribution<double>(-limit, limit)(bits_)); }
    int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(bits_); }

  private:
    std::mt19937_64 bits_;
};

// Blocks of ordinary numbers, which take the functions' fast paths alone; numbers of all exponents; special values;
// and ordinary numbers among hard ones.
template <class T> operands<T> operands_of_all_kinds() {
    operands<T> all;
    generator<T> random(1);
    for (const double limit : {1.0, 20.0, 100.0, 1e5}) {
        for (int i = 0; i < tested::amount(2000); ++i) {
            all.add(random.uniform(limit), random.uniform(20));
        }
    }
    for (int i = 0; i < tested::amount(2000); ++i) {
        all.add(std::fabs(random.uniform(50)), random.uniform(20));
    }
    for (int i = 0; i < tested::amount(20000); ++i) {
        all.add(random.any(), random.any());
    }
    for (const T x : special_values<T>()) {
        for (const T y : special_values<T>()) {
            all.add(x, y);
            all.add(random.uniform(1), random.uniform(20));
        }
    }
    all.add(T{1}, T{1}); // an odd number in all
    return all;
}

template <class T> std::vector<const tested::kernel<T>*> functions() {
    std::vector<const tested::kernel<T>*> found;
    for (const tested::kernel<T>& kernel : tested::kernels<T>()) {
        if (kernel.speed == tested::elementary) {
            found.push_back(&kernel);
        }
    }
    return found;
}

template <class T>
std::vector<T> results_of(const tested::kernel<T>& kernel, std::span<const T> a, std::span<const T> b) {
    std::vector<T> out(a.size());
    tested::call(kernel.c_function, a.data(), b.data(), out.data(), out.size());
    return out;
}

template <class T> class Functions : public testing::Test {
  protected:
    void TearDown() override { pk_set_isa(tested::available_isas().front().c_str()); }

    // Expects results for the operands. The first element of b is the scalar of a kernel that takes one.
    static void expect_bits(const tested::kernel<T>& kernel, std::string_view isa, std::span<const T> a,
                            std::span<const T> b, std::span<const T> actual, std::span<const T> expected) {
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const T right = b[kernel.form == form::array_array ? i : 0];
            ASSERT_TRUE(same_bits(actual[i], expected[i]))
                << kernel.name << " on " << isa << ", element " << i << " of " << expected.size() << ": of "
                << std::hexfloat << a[i] << " and " << right << ": " << actual[i] << ", should be " << expected[i];
        }
    }
};
using element_types = testing::Types<double, float>;
TYPED_TEST_SUITE(Functions, element_types);

TYPED_TEST(Functions, have_the_same_bits_on_all_isas_with_fused_multiply_add) {
    using T = TypeParam;
    std::vector<std::string> isas = tested::available_isas();
    std::erase_if(isas, [](const std::string& isa) { return !tested::find_isa(isa)->has_fma; });
    if (isas.size() < 2) {
        GTEST_SKIP() << "this machine offers fewer than two of them";
    }
    const operands<T> all = operands_of_all_kinds<T>();
    std::vector<std::size_t> lengths{all.a.size()};
    for (std::size_t n = 1; n <= 128 / sizeof(T) + 3; ++n) {
        lengths.push_back(n);
    }
    for (const tested::kernel<T>* kernel : functions<T>()) {
        for (const std::size_t n : lengths) {
            const std::size_t begin = all.a.size() - n;
            const auto a = std::span(all.a).subspan(begin);
            const auto b = std::span(all.b).subspan(begin);
            ASSERT_EQ(pk_set_isa(isas[0].c_str()), PK_OK);
            const std::vector<T> expected = results_of<T>(*kernel, a, b);
            ASSERT_EQ(pk_set_isa(isas[1].c_str()), PK_OK);
            this->expect_bits(*kernel, isas[1], a, b, results_of<T>(*kernel, a, b), expected);
            if (this->HasFatalFailure()) {
                return;
            }
        }
    }
}

TYPED_TEST(Functions, value_does_not_depend_on_the_neighbours) {
    using T = TypeParam;
    const operands<T> all = operands_of_all_kinds<T>();
    for (const std::string& isa : tested::available_isas()) {
        ASSERT_EQ(pk_set_isa(isa.c_str()), PK_OK);
        for (const tested::kernel<T>* kernel : functions<T>()) {
            std::vector<T> alone(all.a.size());
            for (std::size_t i = 0; i < alone.size(); ++i) {
                const T* right = &all.b[kernel->form == form::array_array ? i : 0];
                tested::call(kernel->c_function, &all.a[i], right, &alone[i], 1);
            }
            this->expect_bits(*kernel, isa, all.a, all.b, results_of<T>(*kernel, all.a, all.b), alone);
            if (this->HasFatalFailure()) {
                return;
            }
        }
    }
}

// Quotients from below 1 to the largest one, many of them 1, close to an integer, or to the limit of one division.
template <class T> operands<T> operands_of_fmod() {
    operands<T> all;
    generator<T> random(2);
    constexpr int precision = std::numeric_limits<T>::digits;
    for (int i = 0; i < tested::amount(10000); ++i) {
        all.add(random.any_finite(), random.any_finite());
        all.add(random.any_finite(), random.any_finite() * std::numeric_limits<T>::min()); // many are denormal
        const T same = random.any_finite();
        all.add(same, -same);
        const T divisor = std::ldexp(T{1} + std::fabs(random.uniform(1)), random.integer(-20, 20));
        for (const int exponent : {random.integer(0, 4), random.integer(precision - 3, precision + 3)}) {
            const T quotient = std::ldexp(T{1} + std::fabs(random.uniform(1)), exponent);
            all.add(divisor * quotient, divisor);
            const T multiple = divisor * std::trunc(quotient);
            all.add(multiple, divisor);
            all.add(-std::nextafter(multiple, T{0}), divisor);
            all.add(std::nextafter(multiple, std::numeric_limits<T>::infinity()), -divisor);
        }
    }
    return all;
}

TYPED_TEST(Functions, fmod_has_the_bits_of_the_c_library_for_any_quotient) {
    using T = TypeParam;
    const operands<T> all = operands_of_fmod<T>();
    for (const tested::kernel<T>* kernel : functions<T>()) {
        if (std::string_view(kernel->name).find("fmod") == std::string_view::npos) {
            continue;
        }
        std::vector<T> expected(all.a.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            expected[i] = kernel->expected(all.a[i], all.b[kernel->form == form::array_array ? i : 0]);
        }
        for (const std::string& isa : tested::available_isas()) {
            ASSERT_EQ(pk_set_isa(isa.c_str()), PK_OK);
            this->expect_bits(*kernel, isa, all.a, all.b, results_of<T>(*kernel, all.a, all.b), expected);
            if (this->HasFatalFailure()) {
                return;
            }
        }
    }
}

TYPED_TEST(Functions, exp2_of_integers_and_log2_of_powers_of_two_are_exact) {
    using T = TypeParam;
    using limits = std::numeric_limits<T>;
    std::vector<T> exponents;
    std::vector<T> powers;
    for (int k = limits::min_exponent - limits::digits; k < limits::max_exponent; ++k) {
        exponents.push_back(T(k));
        powers.push_back(std::ldexp(T{1}, k));
    }
    for (const std::string& isa : tested::available_isas()) {
        ASSERT_EQ(pk_set_isa(isa.c_str()), PK_OK);
        for (const tested::kernel<T>* kernel : functions<T>()) {
            const std::string_view name = kernel->name;
            if (name.starts_with("pk_exp2")) {
                this->expect_bits(*kernel, isa, exponents, exponents, results_of<T>(*kernel, exponents, exponents),
                                  powers);
            } else if (name.starts_with("pk_log2")) {
                this->expect_bits(*kernel, isa, powers, powers, results_of<T>(*kernel, powers, powers), exponents);
            }
        }
    }
}

} // namespace
