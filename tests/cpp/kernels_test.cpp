// SPDX-License-Identifier: BSD-3-Clause
//
// Every kernel of every ISA's table, called directly: all small lengths, misalignments and in-place forms, with
// sentinels around the output, compared bit for bit with scalar code.
#include "bits.hpp"
#include "dispatch.hpp"
#include "scalar_reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using picokernels::kernel_table;
using picokernels::typed_kernels;
using reference::operation;

// The lists below are the test's own, so that an entry the library forgot or confused is found.
template <class T> struct array_case {
    const char* name;
    operation op;
    picokernels::array_kernel<T> typed_kernels<T>::* kernel;
};
template <class T> struct scalar_case {
    const char* name;
    operation op;
    picokernels::scalar_kernel<T> typed_kernels<T>::* kernel;
};

template <class T>
constexpr std::array array_cases{
    array_case<T>{"add", operation::add, &typed_kernels<T>::add},
    array_case<T>{"sub", operation::sub, &typed_kernels<T>::sub},
    array_case<T>{"mul", operation::mul, &typed_kernels<T>::mul},
    array_case<T>{"div", operation::div, &typed_kernels<T>::div},
};
template <class T>
constexpr std::array scalar_cases{
    scalar_case<T>{"add_scalar", operation::add, &typed_kernels<T>::add_scalar},
    scalar_case<T>{"sub_scalar", operation::sub, &typed_kernels<T>::sub_scalar},
    scalar_case<T>{"mul_scalar", operation::mul, &typed_kernels<T>::mul_scalar},
    scalar_case<T>{"div_scalar", operation::div, &typed_kernels<T>::div_scalar},
    scalar_case<T>{"rsub_scalar", operation::rsub, &typed_kernels<T>::rsub_scalar},
    scalar_case<T>{"rdiv_scalar", operation::rdiv, &typed_kernels<T>::rdiv_scalar},
};
static_assert(sizeof(typed_kernels<double>) / sizeof(void*) ==
                  array_cases<double>.size() + scalar_cases<double>.size(),
              "every kernel of the table is tested");

template <class T> const typed_kernels<T>& kernels_of(const kernel_table& table) {
    if constexpr (sizeof(T) == sizeof(double)) {
        return table.f64;
    } else {
        return table.f32;
    }
}

// Makes every kernel that can stream do so, or none, for a scope.
class streaming_from {
  public:
    explicit streaming_from(std::size_t bytes) : before_(picokernels::streaming_threshold_bytes) {
        picokernels::streaming_threshold_bytes = bytes;
    }
    ~streaming_from() { picokernels::streaming_threshold_bytes = before_; }
    streaming_from(const streaming_from&) = delete;
    streaming_from& operator=(const streaming_from&) = delete;

  private:
    std::size_t before_;
};

// An array at a chosen distance (in elements) from a 64-byte boundary, with sentinels on both sides.
template <class T> class guarded_array {
  public:
    guarded_array(std::size_t n, std::size_t offset) : storage_(n + offset + 2 * guard + line), n_(n) {
        std::fill(storage_.begin(), storage_.end(), sentinel());
        const auto address = reinterpret_cast<std::uintptr_t>(storage_.data() + guard);
        const std::size_t to_boundary = (-address % 64) / sizeof(T);
        begin_ = guard + to_boundary + offset;
    }

    T* data() { return storage_.data() + begin_; }
    std::span<T> elements() { return {data(), n_}; }

    bool sentinels_intact() const {
        const auto intact = [](T x) { return same_bits(x, sentinel()); };
        return std::all_of(storage_.begin(), storage_.begin() + static_cast<std::ptrdiff_t>(begin_), intact) &&
               std::all_of(storage_.begin() + static_cast<std::ptrdiff_t>(begin_ + n_), storage_.end(), intact);
    }

  private:
    static constexpr std::size_t line = 64 / sizeof(T);
    static constexpr std::size_t guard = 2 * line; // more than any store can overshoot
    static T sentinel() { return T(-123456.75); }

    std::vector<T> storage_;
    std::size_t n_;
    std::size_t begin_ = 0;
};

template <class T> std::vector<T> random_values(std::size_t n, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<T> distribution(T(-100), T(100));
    std::vector<T> values(n);
    std::generate(values.begin(), values.end(), [&] { return distribution(generator); });
    return values;
}

template <class T> constexpr std::size_t widest_batch = 64 / sizeof(T);

// 0 to 4 of the widest batches + 3, the seams of the unrolled loop beyond, and some large ones.
template <class T> std::vector<std::size_t> lengths() {
    std::vector<std::size_t> all;
    for (std::size_t n = 0; n <= 4 * widest_batch<T> + 3; ++n) {
        all.push_back(n);
    }
    for (const std::size_t batches : {5U, 8U, 9U, 12U, 16U}) {
        for (const std::size_t n :
             {batches * widest_batch<T> - 1, batches * widest_batch<T>, batches * widest_batch<T> + 1}) {
            all.push_back(n);
        }
    }
    all.insert(all.end(), {1000, 4099});
    return all;
}

// Offsets in elements from a 64-byte boundary: aligned, off by one, and off by half a line less one.
template <class T> constexpr std::array<std::size_t, 3> offsets{0, 1, widest_batch<T> / 2 - 1};

enum class placement { apart, out_is_a, out_is_b, a_is_b, all_one };

constexpr std::array array_placements{placement::apart, placement::out_is_a, placement::out_is_b, placement::a_is_b,
                                      placement::all_one};
constexpr std::array scalar_placements{placement::apart, placement::out_is_a};

constexpr std::array<std::size_t, 2> streaming_thresholds{0, SIZE_MAX}; // always, never

struct geometry {
    std::size_t n;
    std::size_t a_offset;
    std::size_t b_offset;
    std::size_t out_offset;
    placement place;

    std::string text() const {
        return "n=" + std::to_string(n) + " offsets a=" + std::to_string(a_offset) +
               " b=" + std::to_string(b_offset) + " out=" + std::to_string(out_offset) +
               " placement=" + std::to_string(static_cast<int>(place));
    }
};

template <class T> std::size_t first_difference(std::span<const T> actual, std::span<const T> expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!same_bits(actual[i], expected[i])) {
            return i;
        }
    }
    return expected.size();
}

// Lays out a, b and out, calls the kernel on them, and checks output, inputs and sentinels. call(a, b, out, n) runs
// the kernel; expect(a, b) is one element of the truth.
template <class T, class Call, class Expect>
void check(const geometry& g, const std::vector<T>& a_values, const std::vector<T>& b_values, Call call,
           Expect expect) {
    guarded_array<T> a_storage(g.n, g.a_offset);
    guarded_array<T> b_storage(g.n, g.b_offset);
    guarded_array<T> out_storage(g.n, g.out_offset);
    guarded_array<T>& out = out_storage;
    const bool all_one = g.place == placement::all_one;
    guarded_array<T>& a = g.place == placement::out_is_a || all_one ? out : a_storage;
    guarded_array<T>& other_b = g.place == placement::out_is_b || all_one ? out : b_storage;
    guarded_array<T>& b = g.place == placement::a_is_b ? a : other_b;
    std::copy_n(a_values.begin(), g.n, a.elements().begin());
    if (&b != &a) {
        std::copy_n(b_values.begin(), g.n, b.elements().begin());
    }
    const std::vector<T> a_before(a.elements().begin(), a.elements().end());
    const std::vector<T> b_before(b.elements().begin(), b.elements().end());
    std::vector<T> expected(g.n);
    for (std::size_t i = 0; i < g.n; ++i) {
        expected[i] = expect(a_before[i], b_before[i]);
    }

    call(a.data(), b.data(), out.data(), g.n);

    const std::size_t wrong = first_difference<T>(out.elements(), expected);
    ASSERT_EQ(wrong, g.n) << g.text() << ": out[" << wrong << "] is " << out.elements()[wrong] << ", should be "
                          << expected[wrong];
    ASSERT_TRUE(out.sentinels_intact()) << g.text() << ": written outside out";
    if (&a != &out) {
        ASSERT_EQ(first_difference<T>(a.elements(), a_before), g.n) << g.text() << ": a was changed";
        ASSERT_TRUE(a.sentinels_intact()) << g.text() << ": written around a";
    }
    if (&b != &out) {
        ASSERT_EQ(first_difference<T>(b.elements(), b_before), g.n) << g.text() << ": b was changed";
        ASSERT_TRUE(b.sentinels_intact()) << g.text() << ": written around b";
    }
}

class EveryIsa : public testing::TestWithParam<picokernels::isa_entry> {
  protected:
    void SetUp() override {
        if (!GetParam().is_supported()) {
            GTEST_SKIP() << "this CPU or operating system does not offer " << GetParam().table->isa;
        }
    }

    template <class T> const typed_kernels<T>& kernels() const { return kernels_of<T>(*GetParam().table); }

    template <class T> void array_kernels_at_every_length_alignment_and_placement() const {
        const auto a = random_values<T>(5000, 1);
        const auto b = random_values<T>(5000, 2);
        for (const auto& c : array_cases<T>) {
            SCOPED_TRACE(c.name);
            const auto kernel = kernels<T>().*c.kernel;
            const auto call = [&](const T* x, const T* y, T* out, std::size_t n) { kernel(x, y, out, n); };
            const auto expect = [&](T x, T y) { return reference::compute(c.op, x, y); };
            for (const std::size_t threshold : streaming_thresholds) {
                const streaming_from scope(threshold);
                for (const std::size_t n : lengths<T>()) {
                    for (const placement place : array_placements) {
                        for (const std::size_t a_offset : offsets<T>) {
                            for (const std::size_t b_offset : offsets<T>) {
                                for (const std::size_t out_offset : offsets<T>) {
                                    check<T>({n, a_offset, b_offset, out_offset, place}, a, b, call, expect);
                                    if (HasFatalFailure()) {
                                        return;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    template <class T> void scalar_kernels_at_every_length_alignment_and_placement() const {
        const auto a = random_values<T>(5000, 3);
        const T s = T(-7.3);
        for (const auto& c : scalar_cases<T>) {
            SCOPED_TRACE(c.name);
            const auto kernel = kernels<T>().*c.kernel;
            const auto call = [&](const T* x, const T*, T* out, std::size_t n) { kernel(x, s, out, n); };
            const auto expect = [&](T x, T) { return reference::compute(c.op, x, s); };
            for (const std::size_t threshold : streaming_thresholds) {
                const streaming_from scope(threshold);
                for (const std::size_t n : lengths<T>()) {
                    for (const placement place : scalar_placements) {
                        for (const std::size_t a_offset : offsets<T>) {
                            for (const std::size_t out_offset : offsets<T>) {
                                check<T>({n, a_offset, 0, out_offset, place}, a, a, call, expect);
                                if (HasFatalFailure()) {
                                    return;
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    // Every pair of special values, in every lane of the widest batch and in the narrower ones: lengths that select
    // each of the paths through the loop.
    template <class T> void special_values_have_the_bits_of_scalar_code() const {
        const auto specials = special_values<T>();
        std::vector<T> a;
        std::vector<T> b;
        for (const T x : specials) {
            for (const T y : specials) {
                a.push_back(x);
                b.push_back(y);
            }
        }
        for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{8},
                                    3 * widest_batch<T>, a.size()}) {
            for (std::size_t begin = 0; begin + n <= a.size(); begin += n) {
                compare_on<T>(std::span(a).subspan(begin, n), std::span(b).subspan(begin, n));
                if (HasFatalFailure()) {
                    return;
                }
            }
        }
    }

    template <class T> void compare_on(std::span<const T> a, std::span<const T> b) const {
        std::vector<T> out(a.size());
        for (const auto& c : array_cases<T>) {
            (kernels<T>().*c.kernel)(a.data(), b.data(), out.data(), out.size());
            for (std::size_t i = 0; i < out.size(); ++i) {
                const T expected = reference::compute(c.op, a[i], b[i]);
                ASSERT_TRUE(same_bits(out[i], expected))
                    << c.name << "(" << a[i] << ", " << b[i] << ") gave " << out[i] << ", should be " << expected;
            }
        }
        for (const auto& c : scalar_cases<T>) {
            const T s = b[0];
            (kernels<T>().*c.kernel)(a.data(), s, out.data(), out.size());
            for (std::size_t i = 0; i < out.size(); ++i) {
                const T expected = reference::compute(c.op, a[i], s);
                ASSERT_TRUE(same_bits(out[i], expected))
                    << c.name << "(" << a[i] << ", " << s << ") gave " << out[i] << ", should be " << expected;
            }
        }
    }

    template <class T> void no_elements_need_no_memory() const {
        for (const auto& c : array_cases<T>) {
            (kernels<T>().*c.kernel)(nullptr, nullptr, nullptr, 0);
        }
        for (const auto& c : scalar_cases<T>) {
            (kernels<T>().*c.kernel)(nullptr, T{1}, nullptr, 0);
        }
    }

    template <class T> void large_arrays_stream_and_match() const {
        const std::size_t n = (std::size_t{1} << 20U) + 5;
        const auto a = random_values<T>(n, 4);
        const auto b = random_values<T>(n, 5);
        const streaming_from scope(std::size_t{1} << 16U);
        for (const auto& c : array_cases<T>) {
            check<T>({n, 1, 2, 3, placement::apart}, a, b, kernels<T>().*c.kernel,
                     [&](T x, T y) { return reference::compute(c.op, x, y); });
        }
    }
};

TEST_P(EveryIsa, f64_array_kernels_at_every_length_alignment_and_placement) {
    array_kernels_at_every_length_alignment_and_placement<double>();
}
TEST_P(EveryIsa, f32_array_kernels_at_every_length_alignment_and_placement) {
    array_kernels_at_every_length_alignment_and_placement<float>();
}
TEST_P(EveryIsa, f64_scalar_kernels_at_every_length_alignment_and_placement) {
    scalar_kernels_at_every_length_alignment_and_placement<double>();
}
TEST_P(EveryIsa, f32_scalar_kernels_at_every_length_alignment_and_placement) {
    scalar_kernels_at_every_length_alignment_and_placement<float>();
}
TEST_P(EveryIsa, f64_special_values_have_the_bits_of_scalar_code) {
    special_values_have_the_bits_of_scalar_code<double>();
}
TEST_P(EveryIsa, f32_special_values_have_the_bits_of_scalar_code) {
    special_values_have_the_bits_of_scalar_code<float>();
}
TEST_P(EveryIsa, no_elements_need_no_memory) {
    no_elements_need_no_memory<double>();
    no_elements_need_no_memory<float>();
}
TEST_P(EveryIsa, large_arrays_stream_and_match) {
    large_arrays_stream_and_match<double>();
    large_arrays_stream_and_match<float>();
}

INSTANTIATE_TEST_SUITE_P(Built, EveryIsa,
                         testing::ValuesIn(picokernels::built_isas().begin(), picokernels::built_isas().end()),
                         [](const auto& test) { return std::string(test.param.table->isa); });

TEST(IsaList, is_best_first_and_ends_with_the_baseline) {
    const std::vector<std::string> best_first{"avx512", "avx2", "sse2", "generic"};
    std::vector<std::ptrdiff_t> ranks;
    for (const auto& isa : picokernels::built_isas()) {
        ranks.push_back(std::ranges::find(best_first, isa.table->isa) - best_first.begin());
    }
    ASSERT_FALSE(ranks.empty());
    EXPECT_TRUE(std::ranges::is_sorted(ranks));
    EXPECT_LT(ranks.back(), std::ssize(best_first)) << "this test does not know every ISA";
    EXPECT_TRUE(picokernels::built_isas().back().is_supported());
}

} // namespace
