// SPDX-License-Identifier: BSD-3-Clause
//
// Calls every reduction of every ISA's table, and compares the bits with scalar code in the order that picokernels.h
// states.
#include "dispatch/dispatch.hpp"
#include "support/bits.hpp"
#include "support/fenced.hpp"
#include "support/reductions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using picokernels::typed_kernels;
using tested::partial_results;

// A reduction of the tests' list, as an ISA's table has it.
template <class T> using table_entry = tested::reduction_function<T> (*)(const typed_kernels<T>&);
template <class T>
constexpr table_entry<T> table_entries[] = {
#define TABLE_ENTRY(inputs_, name, ...)                                                                              \
    [](const typed_kernels<T>& kernels) -> tested::reduction_function<T> { return kernels.name; },
    TESTED_REDUCTIONS(TABLE_ENTRY)
#undef TABLE_ENTRY
};

template <class T> constexpr std::size_t longest = 4 * partial_results<T> + 3;

// Of both signs, and of magnitudes around 1: products stay in range, and every order of operations rounds otherwise.
template <class T> std::vector<T> random_values(std::size_t n, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<T> exponent(-1, 1);
    std::vector<T> values(n);
    std::ranges::generate(values,
                          [&] { return std::exp2(exponent(generator)) * (generator() % 2 == 0 ? T(1) : T(-1)); });
    return values;
}

template <class T>
void expect_bits(T actual, T expected, std::size_t n, std::size_t a_offset = 0, std::size_t b_offset = 0) {
    ASSERT_TRUE(same_bits(actual, expected)) << "n=" << n << " offsets a=" << a_offset << " b=" << b_offset << ": "
                                             << actual << ", should be " << expected;
}

class EveryIsaReduces : public testing::TestWithParam<picokernels::isa_entry> {
  protected:
    void SetUp() override {
        if (!GetParam().is_supported()) {
            GTEST_SKIP() << "this CPU or operating system does not offer " << GetParam().table->isa;
        }
    }

    // Runs work(reduction, function) on every reduction of the ISA, until one fails.
    template <class T, class Work> static void for_each_reduction(Work work) {
        const typed_kernels<T>& kernels = picokernels::typed<T>(*GetParam().table);
        for (std::size_t i = 0; i < std::size(table_entries<T>) && !HasFatalFailure(); ++i) {
            const tested::reduction<T>& reduction = tested::reductions<T>()[i];
            SCOPED_TRACE(reduction.name);
            work(reduction, table_entries<T>[i](kernels));
        }
    }

    // Arrays that begin at every offset from a 64-byte boundary, the second one at other offsets than the first.
    template <class T> static void at_every_length_and_alignment() {
        constexpr std::size_t offsets = 64 / sizeof(T);
        const auto a_values = random_values<T>(5000, 1);
        const auto b_values = random_values<T>(5000, 2);
        std::vector<std::size_t> lengths{1000, 4099};
        for (std::size_t n = 0; n <= longest<T>; ++n) {
            lengths.push_back(n);
        }
        std::vector<T> a_storage(5000 + 2 * offsets);
        std::vector<T> b_storage(5000 + 2 * offsets);
        for_each_reduction<T>([&](const tested::reduction<T>& reduction, const auto& function) {
            for (const std::size_t n : lengths) {
                const auto a = std::span(a_values).first(n);
                const auto b = std::span(b_values).first(n);
                const T expected = reduction.expected(a, b);
                for (std::size_t offset = 0; offset < offsets && !HasFatalFailure(); ++offset) {
                    const std::size_t b_offset = offset * 3 % offsets;
                    T* const placed_a = tested::to_boundary(a_storage.data()) + offset;
                    T* const placed_b = tested::to_boundary(b_storage.data()) + b_offset;
                    std::ranges::copy(a, placed_a);
                    std::ranges::copy(b, placed_b);
                    expect_bits(tested::call(function, placed_a, placed_b, n), expected, n, offset, b_offset);
                }
            }
        });
    }

    template <class T> static void nothing_is_read_outside() {
        const auto values = random_values<T>(longest<T>, 3);
        for (const tested::fence_at side : {tested::fence_at::begin, tested::fence_at::end}) {
            tested::fenced_array<T> a(values, side);
            tested::fenced_array<T> b(values, side);
            for_each_reduction<T>([&](const tested::reduction<T>& reduction, const auto& function) {
                for (std::size_t n = 0; n <= longest<T> && !HasFatalFailure(); ++n) {
                    expect_bits(tested::call(function, a.data(n), b.data(n), n),
                                reduction.expected({a.data(n), n}, {b.data(n), n}), n);
                }
            });
        }
    }

    // Arrays of special values alone, and with one of them among ordinary numbers, at every place.
    template <class T> static void special_values_have_the_bits_of_scalar_code() {
        const std::vector<T> specials = special_values<T>();
        std::mt19937 generator(4); // NOLINT(*-random-generator-seed,cert-*): every run tests the same
        const auto any_of = [&](const std::vector<T>& values) { return values[generator() % values.size()]; };
        for (const std::vector<T>& pool : {specials, std::vector<T>{T{0}, -T{0}}, std::vector<T>{-T{0}}}) {
            for (std::size_t n = 1; n <= longest<T> && !HasFatalFailure(); ++n) {
                std::vector<T> a(n);
                std::vector<T> b(n);
                std::ranges::generate(a, [&] { return any_of(pool); });
                std::ranges::generate(b, [&] { return any_of(pool); });
                compare_on<T>(a, b);
            }
        }
        for (const std::size_t n : {1U, 2U, 3U, 7U, 8U, 20U, 33U, 100U, 150U}) {
            for (std::size_t place = 0; place < n && !HasFatalFailure(); ++place) {
                for (const T special : specials) {
                    std::vector<T> a(n, T{1});
                    a[place] = special;
                    compare_on<T>(a, std::vector<T>(n, T{-1}));
                }
            }
        }
    }

    template <class T> static void compare_on(const std::vector<T>& a, const std::vector<T>& b) {
        for_each_reduction<T>([&](const tested::reduction<T>& reduction, const auto& function) {
            expect_bits(tested::call(function, a.data(), b.data(), a.size()), reduction.expected(a, b), a.size());
        });
    }

    template <class T> static void min_and_max_return_quiet_nans() {
        const auto quiet_bit = bits_of<T>{1} << unsigned{std::numeric_limits<T>::digits - 2};
        const auto infinity = std::bit_cast<bits_of<T>>(std::numeric_limits<T>::infinity());
        for (const std::size_t n : {std::size_t{1}, std::size_t{3}, std::size_t{8}, longest<T>}) {
            std::vector<T> a(n, T{1});
            a[n / 2] = std::bit_cast<T>(infinity | bits_of<T>{1});
            for_each_reduction<T>([&](const tested::reduction<T>& reduction, const auto& function) {
                if (std::string_view(reduction.name).starts_with("pk_m")) {
                    const T result = tested::call(function, a.data(), a.data(), n);
                    ASSERT_EQ(std::bit_cast<bits_of<T>>(result) & (infinity | quiet_bit), infinity | quiet_bit);
                }
            });
        }
    }

    template <class T> static void no_elements_need_no_memory() {
        for_each_reduction<T>([&](const tested::reduction<T>& reduction, const auto& function) {
            expect_bits<T>(tested::call<T>(function, nullptr, nullptr, 0), reduction.empty, 0);
        });
    }
};

TEST_P(EveryIsaReduces, f64_at_every_length_and_alignment) { at_every_length_and_alignment<double>(); }
TEST_P(EveryIsaReduces, f32_at_every_length_and_alignment) { at_every_length_and_alignment<float>(); }
TEST_P(EveryIsaReduces, nothing_outside_the_arrays) {
    nothing_is_read_outside<double>();
    nothing_is_read_outside<float>();
}
TEST_P(EveryIsaReduces, f64_special_values_to_the_bits_of_scalar_code) {
    special_values_have_the_bits_of_scalar_code<double>();
}
TEST_P(EveryIsaReduces, f32_special_values_to_the_bits_of_scalar_code) {
    special_values_have_the_bits_of_scalar_code<float>();
}
TEST_P(EveryIsaReduces, nans_to_quiet_nans_in_min_and_max) {
    min_and_max_return_quiet_nans<double>();
    min_and_max_return_quiet_nans<float>();
}
TEST_P(EveryIsaReduces, no_elements_without_memory) {
    no_elements_need_no_memory<double>();
    no_elements_need_no_memory<float>();
}

INSTANTIATE_TEST_SUITE_P(Built, EveryIsaReduces,
                         testing::ValuesIn(picokernels::built_isas().begin(), picokernels::built_isas().end()),
                         [](const auto& test) { return std::string(test.param.table->isa); });

// The bounds of picokernels.h, for float32. In float64 these sums and products of few elements are as good as exact.
TEST(ReductionErrors, stay_within_the_bounds_of_the_header) {
    const auto gamma = [](std::size_t k) {
        const double ku = static_cast<double>(k) * std::exp2(-24);
        return ku / (1 - ku);
    };
    for (const std::size_t n : {1U, 2U, 8U, 64U, 65U, 1000U, 100'000U}) {
        const auto a = random_values<float>(n, 5);
        const auto b = random_values<float>(n, 6);
        double sum = 0;
        double absolute_sum = 0;
        double dot = 0;
        double absolute_dot = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double x = a[i];
            const double product = x * b[i];
            sum += x;
            absolute_sum += std::fabs(x);
            dot += product;
            absolute_dot += std::fabs(product);
        }
        const std::size_t h = (n + 63) / 64 - 1 + 6;
        EXPECT_LE(std::fabs(pk_sum_f32(a.data(), n) - sum), gamma(h) * absolute_sum) << n;
        EXPECT_LE(std::fabs(pk_dot_f32(a.data(), b.data(), n) - dot), gamma(h + 1) * absolute_dot) << n;
    }
}

} // namespace
