// SPDX-License-Identifier: BSD-3-Clause
//
// Calls every kernel of every ISA's table: all small lengths, misalignments, and in-place forms, with sentinels
// around the output. The results must have the bits of scalar code. Those of functions must have the bits that the
// same kernel computes for each element by itself, and be close to those of the C library; accuracy_test.cpp judges
// their errors.
#include "dispatch/dispatch.hpp"
#include "support/amount.hpp"
#include "support/bits.hpp"
#include "support/isas.hpp"
#include "support/operations.hpp"
#include "support/reductions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using picokernels::typed_kernels;
using tested::form;

// A kernel of the tests' list, as an ISA's table has it.
template <class T> using table_entry = tested::function<T> (*)(const typed_kernels<T>&);
template <class T>
constexpr table_entry<T> table_entries[] = {
#define TABLE_ENTRY(form_, op, name, ...)                                                                            \
    [](const typed_kernels<T>& kernels) -> tested::function<T> { return kernels.name; },
    TESTED_KERNELS(TABLE_ENTRY)
#undef TABLE_ENTRY
};
#define ONE(...) +1
static_assert(sizeof(typed_kernels<double>) / sizeof(void*) ==
                  std::size(table_entries<double>) + (TESTED_REDUCTIONS(ONE)),
              "every kernel and every reduction of the table is tested");
#undef ONE

// Sets the streaming threshold for a scope.
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

// 0 to 4 of the widest batches + 3, lengths around multiples of the unrolled loop's step, and some large ones.
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
template <class T> constexpr std::size_t all_offsets[] = {0, 1, widest_batch<T> / 2 - 1};
template <class T> constexpr std::span<const std::size_t> offsets = all_offsets<T>;

enum class placement { apart, out_is_a, out_is_b, a_is_b, all_one };

constexpr placement all_placements[] = {placement::apart, placement::out_is_a, placement::out_is_b, placement::a_is_b,
                                        placement::all_one};
constexpr std::span array_placements(all_placements);
constexpr std::span other_placements = array_placements.first(2); // without a second array

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

// Lays out a, b, and out, calls the function on them, and checks output, inputs, and sentinels. The first element of
// b is the scalar of a kernel that takes one.
template <class T>
void check(const geometry& g, const tested::kernel<T>& kernel, const tested::function<T>& function,
           const std::vector<T>& a_values, const std::vector<T>& b_values) {
    const std::size_t b_size = kernel.form == form::array_array ? g.n : 1;
    guarded_array<T> a_storage(g.n, g.a_offset);
    guarded_array<T> b_storage(b_size, g.b_offset);
    guarded_array<T> out_storage(g.n, g.out_offset);
    guarded_array<T>& out = out_storage;
    const bool all_one = g.place == placement::all_one;
    guarded_array<T>& a = g.place == placement::out_is_a || all_one ? out : a_storage;
    guarded_array<T>& other_b = g.place == placement::out_is_b || all_one ? out : b_storage;
    guarded_array<T>& b = g.place == placement::a_is_b ? a : other_b;
    std::copy_n(a_values.begin(), g.n, a.elements().begin());
    if (&b != &a) {
        std::copy_n(b_values.begin(), b_size, b.elements().begin());
    }
    const std::vector<T> a_before(a.elements().begin(), a.elements().end());
    const std::vector<T> b_before(b.elements().begin(), b.elements().end());
    std::vector<T> expected(g.n);
    for (std::size_t i = 0; i < g.n; ++i) {
        const T& right = b_before[kernel.form == form::array_array ? i : 0];
        if (kernel.speed == tested::elementary) {
            tested::call(function, &a_before[i], &right, &expected[i], 1); // an element by itself
        } else {
            expected[i] = kernel.expected(a_before[i], right);
        }
    }

    tested::call(function, a.data(), b.data(), out.data(), g.n);

    const std::size_t wrong = first_difference<T>(out.elements(), expected);
    ASSERT_EQ(wrong, g.n) << g.text() << ": out[" << wrong << "] is " << out.elements()[wrong] << ", should be "
                          << expected[wrong];
    ASSERT_TRUE(out.sentinels_intact()) << g.text() << ": written outside out";
    if (&a != &out) {
        ASSERT_EQ(first_difference<T>(a.elements(), a_before), g.n) << g.text() << ": a was changed";
        ASSERT_TRUE(a.sentinels_intact()) << g.text() << ": written around a";
    }
    if (&b != &out) {
        ASSERT_EQ(first_difference<T>(b.elements(), b_before), b_size) << g.text() << ": b was changed";
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

    // Runs work(kernel, function) on every kernel of the ISA, until one fails.
    template <class T, class Work> static void for_each_kernel(Work work) {
        const typed_kernels<T>& kernels = picokernels::typed<T>(*GetParam().table);
        for (std::size_t i = 0; i < std::size(table_entries<T>) && !HasFatalFailure(); ++i) {
            const tested::kernel<T>& kernel = tested::kernels<T>()[i];
            SCOPED_TRACE(kernel.name);
            work(kernel, table_entries<T>[i](kernels));
        }
    }

    // Of how many cases one is run: 1 on a real CPU. It has no factor in common with the numbers of offsets and of
    // placements, so that all of them occur.
    static std::size_t cases_for_one() {
        std::size_t count = 100 / tested::amount<std::size_t>(100);
        while (count > 1 && (count % 2 == 0 || count % 3 == 0 || count % 5 == 0)) {
            ++count;
        }
        return count;
    }

    template <class T> static void kernels_at_every_length_alignment_and_placement() {
        const auto a = random_values<T>(5000, 1);
        const auto b = random_values<T>(5000, 2);
        const std::size_t every = cases_for_one();
        std::size_t turn = 0;
        for_each_kernel<T>([&](const tested::kernel<T>& kernel, const tested::function<T>& function) {
            const bool has_arrays = kernel.form == form::array_array;
            const bool streams = kernel.speed != tested::elementary;
            for (const std::size_t threshold : std::span(streaming_thresholds).first(streams ? 2 : 1)) {
                const streaming_from scope(threshold);
                for (const std::size_t n : lengths<T>()) {
                    for (const placement place : has_arrays ? array_placements : other_placements) {
                        for (const std::size_t a_offset : offsets<T>) {
                            for (const std::size_t b_offset : has_arrays ? offsets<T> : offsets<T>.first(1)) {
                                for (const std::size_t out_offset : offsets<T>) {
                                    if (++turn % every != 0) {
                                        continue;
                                    }
                                    check<T>({n, a_offset, b_offset, out_offset, place}, kernel, function, a, b);
                                    if (HasFatalFailure()) {
                                        return;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        });
    }

    // Every pair of special values, in every lane of the widest batch and in the narrower ones: lengths that select
    // each path through the loop.
    template <class T> static void special_values_match_scalar_code() {
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

    template <class T> static void compare_on(std::span<const T> a, std::span<const T> b) {
        std::vector<T> out(a.size());
        for_each_kernel<T>([&](const tested::kernel<T>& kernel, const tested::function<T>& function) {
            tested::call(function, a.data(), b.data(), out.data(), out.size());
            for (std::size_t i = 0; i < out.size(); ++i) {
                const T right = b[kernel.form == form::array_array ? i : 0];
                const T expected = kernel.expected(a[i], right);
                ASSERT_TRUE(kernel.accepts(out[i], expected))
                    << "of " << a[i] << " and " << right << ": " << out[i] << ", should be " << expected;
            }
        });
    }

    // Quiet-computational operations keep the payload of a nan, and change its sign like that of a number.
    template <class T> static void sign_operations_change_the_sign_bit_of_a_nan_alone() {
        const auto bits = std::bit_cast<bits_of<T>>(std::numeric_limits<T>::quiet_NaN()) | bits_of<T>{0x12345};
        const auto sign = bits_of<T>{1} << (8 * sizeof(T) - 1);
        const std::vector<T> nans(2 * widest_batch<T> + 1, std::bit_cast<T>(bits | sign));
        std::vector<T> out(nans.size());
        for_each_kernel<T>([&](const tested::kernel<T>& kernel, const tested::function<T>& function) {
            if (std::string_view(kernel.name).starts_with("pk_neg") ||
                std::string_view(kernel.name).starts_with("pk_abs")) {
                tested::call(function, nans.data(), nans.data(), out.data(), out.size());
                for (const T value : out) {
                    ASSERT_EQ(std::bit_cast<bits_of<T>>(value), bits);
                }
            }
        });
    }

    // A signaling nan must not pass minimum and maximum as it is.
    template <class T> static void minimum_and_maximum_return_quiet_nans() {
        const auto quiet_bit = bits_of<T>{1} << unsigned{std::numeric_limits<T>::digits - 2};
        const auto infinity = std::bit_cast<bits_of<T>>(std::numeric_limits<T>::infinity());
        for (const std::size_t n : {std::size_t{1}, std::size_t{2}, 2 * widest_batch<T>}) {
            const std::vector<T> signaling(n, std::bit_cast<T>(infinity | bits_of<T>{1}));
            const std::vector<T> ones(n, T{1});
            std::vector<T> out(n);
            for_each_kernel<T>([&](const tested::kernel<T>& kernel, const tested::function<T>& function) {
                if (std::string_view(kernel.name).find("imum") != std::string_view::npos) {
                    for (const auto& [a, b] : {std::pair(&signaling, &ones), std::pair(&ones, &signaling)}) {
                        tested::call(function, a->data(), b->data(), out.data(), n);
                        for (const T value : out) {
                            ASSERT_EQ(std::bit_cast<bits_of<T>>(value) & (infinity | quiet_bit),
                                      infinity | quiet_bit);
                        }
                    }
                }
            });
        }
    }

    template <class T> static void no_elements_need_no_memory() {
        const T scalar{1};
        for_each_kernel<T>([&](const tested::kernel<T>& kernel, const tested::function<T>& function) {
            const T* b = kernel.form == form::array_array ? nullptr : &scalar;
            tested::call<T>(function, nullptr, b, nullptr, 0);
        });
    }

    template <class T> static void large_arrays_stream_and_match() {
        const std::size_t n = std::max(tested::amount(std::size_t{1} << 20U), std::size_t{1} << 16U) + 5;
        const auto a = random_values<T>(n, 4);
        const auto b = random_values<T>(n, 5);
        const streaming_from scope(std::size_t{1} << 16U);
        for_each_kernel<T>([&](const tested::kernel<T>& kernel, const tested::function<T>& function) {
            if (kernel.speed != tested::elementary) { // functions do not stream
                check<T>({n, 1, 2, 3, placement::apart}, kernel, function, a, b);
            }
        });
    }
};

TEST_P(EveryIsa, f64_kernels_at_every_length_alignment_and_placement) {
    kernels_at_every_length_alignment_and_placement<double>();
}
TEST_P(EveryIsa, f32_kernels_at_every_length_alignment_and_placement) {
    kernels_at_every_length_alignment_and_placement<float>();
}
TEST_P(EveryIsa, f64_special_values_match_scalar_code) { special_values_match_scalar_code<double>(); }
TEST_P(EveryIsa, f32_special_values_match_scalar_code) { special_values_match_scalar_code<float>(); }
TEST_P(EveryIsa, sign_operations_change_the_sign_bit_of_a_nan_alone) {
    sign_operations_change_the_sign_bit_of_a_nan_alone<double>();
    sign_operations_change_the_sign_bit_of_a_nan_alone<float>();
}
TEST_P(EveryIsa, minimum_and_maximum_return_quiet_nans) {
    minimum_and_maximum_return_quiet_nans<double>();
    minimum_and_maximum_return_quiet_nans<float>();
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
    std::vector<const tested::isa*> built;
    for (const auto& isa : picokernels::built_isas()) {
        built.push_back(tested::find_isa(isa.table->isa));
        ASSERT_NE(built.back(), nullptr) << "tests/cpp/support/isas.hpp does not have " << isa.table->isa;
    }
    ASSERT_FALSE(built.empty());
    EXPECT_TRUE(std::ranges::is_sorted(built));
    EXPECT_TRUE(picokernels::built_isas().back().is_supported());
}

} // namespace
