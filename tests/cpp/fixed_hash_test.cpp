// SPDX-License-Identifier: BSD-3-Clause
//
// Hashes of results for fixed inputs. They are constants of this file. So whatever passes this test has the same bits
// as everything else that does: ISAs, engines, CPUs, architectures, compilers, and types of builds. Other tests
// compare within one process alone.
//
// The functions of the C library, which differ between machines, are wrong in this process: poisoned_libm.c takes
// their place. So results that are right do not depend on them.
//
// After a change that adds an operation, or its form, the test names the new hash. Before you commit it, see that it
// is the same on another architecture: make test-aarch64.
#include "picokernels/picokernels.h"
#include "picokernels/program.h"
#include "support/bits.hpp"
#include "support/isas.hpp"
#include "support/operations.hpp"
#include "support/programs.hpp"
#include "support/reductions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

// Operations of IEEE 754 and fmod, in float64 and float32.
constexpr std::uint64_t hash_of_kernels = 0x5da64e5d7a2c0935U;
constexpr std::uint64_t hash_of_reductions = 0x7f4d8660d65a5ad6U;
// The other functions, on ISAs with fused multiply-add. Without it they have other bits.
constexpr std::uint64_t hash_of_functions = 0x8060e9dc33d5525fU;
// Exact programs without functions of the C library, whose bits are those of the machine's.
constexpr std::uint64_t hash_of_programs = 0x49d7325ecadd6c3cU;
constexpr std::uint64_t hash_of_iterations = 0xc7c01accade6951dU;

// FNV-1a over the bytes of numbers, lowest first. All NaNs are one.
class hash {
  public:
    template <class T> void add(T x) {
        auto bits = std::bit_cast<bits_of<T>>(std::isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x);
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            value_ = (value_ ^ (bits & 0xFFU)) * 0x100000001b3U;
            bits >>= 8U;
        }
    }
    template <class T> void add(const std::vector<T>& numbers) {
        for (const T x : numbers) {
            add(x);
        }
    }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

testing::AssertionResult is(std::uint64_t expected, const hash& actual) {
    if (actual.value() == expected) {
        return testing::AssertionSuccess();
    }
    std::ostringstream message; // in which std::hex holds for all numbers
    message << std::hex << "the hash is 0x" << actual.value() << ", should be 0x" << expected;
    return testing::AssertionFailure() << message.str();
}

// The standard defines the numbers of this engine (mt19937_64), but not those of its distributions.
using random_bits = tested::random_engine;

std::size_t below(std::size_t bound, random_bits& random) { return random() % bound; }

// Between -32 and 32.
template <class T> T ordinary(random_bits& random) {
    return static_cast<T>(std::bit_cast<std::int64_t>(random())) * T(0x1p-58);
}
// Of any magnitude.
template <class T> T any(random_bits& random) {
    return std::bit_cast<T>(static_cast<bits_of<T>>(random() >> (64 - 8 * sizeof(T))));
}

template <class T> std::vector<T> numbers(std::size_t n, std::uint64_t seed) {
    random_bits random = tested::seeded(seed);
    const std::vector<T> special = special_values<T>();
    std::vector<T> found(n);
    std::ranges::generate(found, [&] {
        switch (below(4, random)) {
        case 0:
            return special[below(special.size(), random)];
        case 1:
            return any<T>(random);
        default:
            return ordinary<T>(random);
        }
    });
    return found;
}

// Each length up to three of the widest batches and more, and one of many batches.
const std::vector<std::size_t>& lengths() {
    static const std::vector<std::size_t> found = [] {
        std::vector<std::size_t> all(68);
        for (std::size_t n = 0; n < all.size(); ++n) {
            all[n] = n;
        }
        all.push_back(3001);
        return all;
    }();
    return found;
}

template <class T> void add_kernels(hash& to, bool (*selects)(const tested::kernel<T>&)) {
    const std::vector<T> a = numbers<T>(lengths().back(), 1);
    const std::vector<T> b = numbers<T>(lengths().back(), 2);
    for (const tested::kernel<T>& kernel : tested::kernels<T>()) {
        if (selects(kernel)) {
            for (const std::size_t n : lengths()) {
                std::vector<T> out(n);
                tested::call(kernel.c_function, a.data(), &b[b.size() - std::max<std::size_t>(n, 1)], out.data(), n);
                to.add(out);
            }
        }
    }
}

// Infinities and NaNs would end most sums as such.
template <class T> std::vector<T> summands(std::size_t n, std::uint64_t seed) {
    random_bits random = tested::seeded(seed);
    std::vector<T> found(n);
    std::ranges::generate(found, [&] { return ordinary<T>(random); });
    return found;
}

template <class T> void add_reductions(hash& to) {
    for (const auto& [a, b] : {std::pair(summands<T>(3001, 3), summands<T>(3001, 4)),
                               std::pair(numbers<T>(3001, 5), numbers<T>(3001, 6))}) {
        for (const tested::reduction<T>& reduction : tested::reductions<T>()) {
            for (const std::size_t n : lengths()) {
                to.add(tested::call(reduction.c_function, a.data(), b.data(), n));
            }
        }
    }
}

class FixedHash : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_EQ(pk_set_isa(GetParam().c_str()), PK_OK); }
    void TearDown() override { pk_set_isa(tested::available_isas().front().c_str()); }
};

TEST_P(FixedHash, of_exact_kernels) {
    hash found;
    add_kernels<double>(found, [](const auto& kernel) { return kernel.ulp == 0; });
    add_kernels<float>(found, [](const auto& kernel) { return kernel.ulp == 0; });
    EXPECT_TRUE(is(hash_of_kernels, found));
}

TEST_P(FixedHash, of_reductions) {
    hash found;
    add_reductions<double>(found);
    add_reductions<float>(found);
    EXPECT_TRUE(is(hash_of_reductions, found));
}

TEST_P(FixedHash, of_functions) {
    if (!tested::find_isa(GetParam())->has_fma) {
        GTEST_SKIP() << GetParam() << " has no fused multiply-add";
    }
    hash found;
    add_kernels<double>(found, [](const auto& kernel) { return kernel.ulp != 0; });
    add_kernels<float>(found, [](const auto& kernel) { return kernel.ulp != 0; });
    EXPECT_TRUE(is(hash_of_functions, found));
}

INSTANTIATE_TEST_SUITE_P(Available, FixedHash, testing::ValuesIn(tested::available_isas()),
                         [](const auto& test) { return test.param; });

// A program of operations whose bits IEEE 754 defines, with comparisons, choices, and a branch.
class fixed_list {
  public:
    explicit fixed_list(random_bits& random) : random_(random) {}

    tested::list make() {
        for (std::size_t k = 0; k < inputs; ++k) {
            numbers_.push_back(append(PK_OP_INPUT));
        }
        list_.push_back({PK_OP_CONSTANT, 0, 0, 0, 0, ordinary<double>(random_)});
        numbers_.push_back(last());
        add_operations(20);
        const std::int32_t left = pick();
        append(PK_OP_IF, append(PK_OP_LESS, left, pick()));
        const std::vector<std::int32_t> outside = numbers_;
        add_operations(4);
        const std::int32_t first = numbers_.back();
        append(PK_OP_ELSE);
        numbers_ = outside;
        add_operations(4);
        const std::int32_t second = numbers_.back();
        append(PK_OP_END);
        numbers_ = outside;
        numbers_.push_back(append(PK_OP_RESULT, first, second));
        add_operations(8);
        for (std::size_t k = 0; k < outputs; ++k) {
            append(PK_OP_OUTPUT, numbers_[numbers_.size() - 1 - k]);
        }
        return list_;
    }

    static constexpr std::size_t inputs = 4;
    static constexpr std::size_t outputs = 3;

  private:
    std::int32_t last() const { return static_cast<std::int32_t>(list_.size()) - 1; }
    std::int32_t append(pk_opcode op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0) {
        list_.push_back({op, 0, a, b, c, 0});
        return last();
    }
    std::int32_t pick() { return numbers_[below(numbers_.size(), random_)]; }

    void add_operations(int count) {
        static constexpr pk_opcode operations[] = {PK_OP_ADD,     PK_OP_SUB,     PK_OP_MUL,  PK_OP_DIV,
                                                   PK_OP_MINIMUM, PK_OP_MAXIMUM, PK_OP_SQRT, PK_OP_NEG,
                                                   PK_OP_ABS,     PK_OP_FLOOR,   PK_OP_CEIL, PK_OP_TRUNC};
        static constexpr pk_opcode comparisons[] = {PK_OP_LESS, PK_OP_LESS_EQUAL, PK_OP_EQUAL, PK_OP_NOT_EQUAL};
        static constexpr pk_opcode logic[] = {PK_OP_AND, PK_OP_OR};
        for (int i = 0; i < count; ++i) {
            // One operand after the other: compilers compute arguments in any order.
            const std::int32_t a = pick();
            const std::int32_t b = pick();
            if (below(6, random_) == 0) {
                const std::int32_t first = append(comparisons[below(std::size(comparisons), random_)], a, b);
                const std::int32_t second = append(PK_OP_LESS, b, a);
                const std::int32_t both = append(logic[below(std::size(logic), random_)], first, second);
                const std::int32_t truth = below(2, random_) == 0 ? both : append(PK_OP_NOT, both);
                numbers_.push_back(append(PK_OP_SELECT, truth, b, a));
            } else {
                numbers_.push_back(append(operations[below(std::size(operations), random_)], a, b));
            }
        }
    }

    random_bits& random_;
    tested::list list_;
    std::vector<std::int32_t> numbers_;
};

class FixedHashOfPrograms : public testing::TestWithParam<tested::engine> {
  protected:
    static constexpr std::size_t lanes = 37;

    void SetUp() override { GetParam().use(); }
    void TearDown() override { pk_set_isa(tested::available_isas().front().c_str()); }

    // Calls run(program, input arrays, output arrays) for fixed programs, and hashes the outputs.
    template <class Run> static hash of(Run run) {
        hash found;
        random_bits random = tested::seeded(7);
        for (unsigned i = 0; i < 300; ++i) {
            const tested::program program = tested::create(fixed_list(random).make(), PK_PROGRAM_NO_TROUBLE);
            std::vector<std::vector<double>> inputs(fixed_list::inputs);
            for (std::size_t k = 0; k < inputs.size(); ++k) {
                inputs[k] = numbers<double>(lanes, 100 + i * inputs.size() + k);
            }
            std::vector<std::vector<double>> outputs(fixed_list::outputs, std::vector<double>(lanes));
            run(*program, inputs, outputs);
            for (const std::vector<double>& output : outputs) {
                found.add(output);
            }
        }
        return found;
    }
};

TEST_P(FixedHashOfPrograms, in_lanes) {
    const hash found = of([](const pk_program& program, const auto& inputs, auto& outputs) {
        std::vector<pk_input> arrays(inputs.size());
        std::vector<double*> results(outputs.size());
        std::ranges::transform(inputs, arrays.begin(), [](const auto& input) { return pk_input{input.data(), 1}; });
        std::ranges::transform(outputs, results.begin(), [](auto& output) { return output.data(); });
        ASSERT_EQ(pk_program_run(&program, arrays.data(), results.data(), lanes, nullptr), PK_OK);
    });
    EXPECT_TRUE(is(hash_of_programs, found));
}

TEST_P(FixedHashOfPrograms, for_one_point) {
    const hash found = of([](const pk_program& program, const auto& inputs, auto& outputs) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::vector<double> point(inputs.size());
            std::vector<double> results(outputs.size());
            std::ranges::transform(inputs, point.begin(), [&](const auto& input) { return input[lane]; });
            ASSERT_EQ(pk_program_run_point(&program, point.data(), results.data(), nullptr), PK_OK);
            for (std::size_t k = 0; k < results.size(); ++k) {
                outputs[k][lane] = results[k];
            }
        }
    });
    EXPECT_TRUE(is(hash_of_programs, found));
}

// The states after each of a few steps. A lane's own steps are those of all lanes.
constexpr std::size_t steps = 5;

TEST_P(FixedHashOfPrograms, iterated_in_lanes) {
    const hash found = of([](const pk_program& program, const auto& inputs, auto& outputs) {
        std::vector<pk_input> arrays(inputs.size());
        std::vector<double*> results(outputs.size());
        std::vector<std::vector<double>> states(outputs.size(), std::vector<double>(steps * lanes));
        std::vector<double*> stored(outputs.size());
        std::ranges::transform(inputs, arrays.begin(), [](const auto& input) { return pk_input{input.data(), 1}; });
        std::ranges::transform(outputs, results.begin(), [](auto& output) { return output.data(); });
        std::ranges::transform(states, stored.begin(), [](auto& state) { return state.data(); });
        ASSERT_EQ(
            pk_program_iterate(&program, arrays.data(), results.data(), lanes, steps, 1, stored.data(), nullptr),
            PK_OK);
        outputs = std::move(states);
    });
    EXPECT_TRUE(is(hash_of_iterations, found));
}

TEST_P(FixedHashOfPrograms, iterated_for_one_point) {
    const hash found = of([](const pk_program& program, const auto& inputs, auto& outputs) {
        const std::size_t count = outputs.size();
        outputs.assign(count, std::vector<double>(steps * lanes));
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::vector<double> point(inputs.size());
            std::vector<double> results(count);
            std::vector<double> stored(steps * count);
            std::ranges::transform(inputs, point.begin(), [&](const auto& input) { return input[lane]; });
            ASSERT_EQ(
                pk_program_iterate_point(&program, point.data(), results.data(), steps, 1, stored.data(), nullptr),
                PK_OK);
            for (std::size_t i = 0; i < stored.size(); ++i) {
                outputs[i % count][i / count * lanes + lane] = stored[i];
            }
        }
    });
    EXPECT_TRUE(is(hash_of_iterations, found));
}

// Otherwise the cases above would not show that programs without such functions don't need them.
TEST_P(FixedHashOfPrograms, functions_of_the_c_library_are_poisoned) {
    const tested::list list{{PK_OP_INPUT, 0, 0, 0, 0, 0}, {PK_OP_TAN, 0, 0, 0, 0, 0}, {PK_OP_OUTPUT, 0, 1, 0, 0, 0}};
    const tested::program program = tested::create(list);
    const double x = 0.5;
    double result = 0;
    ASSERT_EQ(pk_program_run_point(program.get(), &x, &result, nullptr), PK_OK);
    EXPECT_EQ(result, 42);
    const pk_input inputs[] = {{&x, 1}};
    double* const outputs[] = {&result};
    result = 0;
    ASSERT_EQ(pk_program_run(program.get(), inputs, outputs, 1, nullptr), PK_OK);
    EXPECT_EQ(result, 42);
}

INSTANTIATE_TEST_SUITE_P(Available, FixedHashOfPrograms, testing::ValuesIn(tested::available_engines()),
                         [](const auto& test) { return tested::name_of(test.param); });

} // namespace
