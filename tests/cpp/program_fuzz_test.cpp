// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile lists: mutations of valid ones, and random bytes. Each is refused with an error that names an instruction,
// or becomes a program that runs. The preset asan-ubsan runs this under AddressSanitizer and
// UndefinedBehaviorSanitizer.
#include "picokernels/program.h"
#include "support/amount.hpp"
#include "support/isas.hpp"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

namespace {

class mutator {
  public:
    explicit mutator(tested::random_engine& random) : random_(random) {}

    void mutate(tested::list& target) {
        for (int count = 1 + below(4); count > 0 && !target.empty(); --count) {
            change(target);
        }
    }

  private:
    int below(std::size_t bound) {
        return static_cast<int>(std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_));
    }

    void change(tested::list& target) {
        const auto at = target.begin() + below(target.size());
        switch (below(9)) {
        case 0:
            at->op = static_cast<pk_opcode>(below(90) - 2);
            break;
        case 1:
            at->a = operand(target.size());
            break;
        case 2:
            at->b = operand(target.size());
            break;
        case 3:
            at->c = operand(target.size());
            break;
        case 4:
            at->flags = below(20) == 0 ? static_cast<std::uint32_t>(random_()) : at->flags ^ std::uint32_t{PK_QUIET};
            break;
        case 5:
            target.erase(at);
            break;
        case 6:
            target.insert(at, pk_instruction(*at));
            break;
        case 7:
            std::iter_swap(at, target.begin() + below(target.size()));
            break;
        default:
            at->value = tested::random_number(random_);
        }
    }

    std::int32_t operand(std::size_t size) {
        switch (below(8)) {
        case 0:
            return static_cast<std::int32_t>(random_());
        case 1:
            return -1;
        default:
            return below(size + 2);
        }
    }

    tested::random_engine& random_;
};

struct tally {
    int accepted = 0;
    int refused = 0;
};

void try_list(const tested::list& from, tested::random_engine& random, tally& count) {
    pk_program* created = nullptr;
    pk_program_error error;
    // The options are bits up to 8. 12 and more have PK_PROGRAM_ONLY_POINT and PK_PROGRAM_ONLY_LANES both.
    const auto options = static_cast<unsigned>(random() % 12);
    if (pk_program_create(from.data(), from.size(), options, &created, &error) != PK_OK) {
        ++count.refused;
        ASSERT_EQ(created, nullptr);
        ASSERT_GE(error.instruction, 0);
        ASSERT_LT(error.instruction, static_cast<std::int32_t>(from.size()));
        const std::string number = "instruction " + std::to_string(error.instruction);
        ASSERT_NE(std::strstr(error.message, number.c_str()), nullptr) << error.message;
        ASSERT_LT(std::strlen(error.message), sizeof error.message - 1) << "cut off: " << error.message;
        return;
    }
    ++count.accepted;
    const tested::program program(created);
    ASSERT_FALSE(tested::dump(*program).empty());

    constexpr std::size_t n = 19;
    std::vector<std::vector<double>> arrays(pk_program_inputs(created), std::vector<double>(n));
    std::vector<double> point;
    std::vector<pk_input> inputs;
    for (std::vector<double>& array : arrays) {
        std::ranges::generate(array, [&] { return tested::random_number(random); });
        inputs.push_back({array.data(), random() % 2});
        point.push_back(array[0]);
    }
    std::vector<std::vector<double>> results(pk_program_outputs(created), std::vector<double>(n));
    std::vector<double*> outputs;
    std::ranges::transform(results, std::back_inserter(outputs), [](auto& result) { return result.data(); });
    pk_trouble trouble;
    const pk_status in_lanes = pk_program_run(created, inputs.data(), outputs.data(), n, &trouble);
    ASSERT_TRUE(in_lanes == PK_OK || trouble.lane < n);

    // Lane 0 and the point agree about trouble.
    std::vector<double> result(results.size());
    const pk_status of_point = pk_program_run_point(created, point.data(), result.data(), nullptr);
    ASSERT_EQ(of_point == PK_ERROR_TROUBLE, in_lanes == PK_ERROR_TROUBLE && trouble.lane == 0);
}

TEST(ProgramFuzz, mutated_lists_are_refused_or_run) {
    tested::random_engine random = tested::seeded(3);
    tally count;
    for (int i = 0; i < tested::amount(4000); ++i) {
        const tested::list valid = tested::random_list(random, 2, 2, static_cast<int>(random() % 50));
        tested::list mutated = valid;
        for (int generation = 0; generation < 10; ++generation) {
            mutator(random).mutate(mutated);
            try_list(mutated, random, count);
            if (HasFatalFailure()) {
                return;
            }
            if (random() % 4 == 0) {
                mutated = valid;
            }
        }
    }
    EXPECT_GT(count.accepted, tested::amount(2000));
    EXPECT_GT(count.refused, tested::amount(2000));
}

TEST(ProgramFuzz, random_bytes_are_refused_or_run) {
    tested::random_engine random = tested::seeded(4);
    tally count;
    for (int i = 0; i < 20000; ++i) {
        tested::list list(1 + random() % 6);
        for (pk_instruction& instruction : list) {
            for (std::size_t k = 0; k < sizeof instruction / sizeof(std::uint64_t); ++k) {
                const std::uint64_t bits = random();
                std::memcpy(reinterpret_cast<char*>(&instruction) + k * sizeof bits, &bits, sizeof bits);
            }
            if (random() % 2 == 0) {
                instruction.op = static_cast<pk_opcode>(random() % 90);
                instruction.flags = 0;
                instruction.a = static_cast<std::int32_t>(random() % 4);
                instruction.b = static_cast<std::int32_t>(random() % 4);
            }
        }
        try_list(list, random, count);
        if (HasFatalFailure()) {
            return;
        }
    }
    EXPECT_GT(count.accepted, 10);
    EXPECT_GT(count.refused, 1000);
}

} // namespace
