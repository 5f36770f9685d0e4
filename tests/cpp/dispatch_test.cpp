// SPDX-License-Identifier: BSD-3-Clause
#include "picokernels/picokernels.h"
#include "support/isas.hpp"
#include "support/probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using tested::available_isas;
using tested::probe;

// An ISA that is built in but not supported by this machine, or "" if there is none.
std::string unsupported_isa() {
    for (const tested::isa& isa : tested::isas) {
        std::string name(isa.name);
        if (pk_set_isa(name.c_str()) == PK_ERROR_UNSUPPORTED_ISA) {
            return name;
        }
    }
    return "";
}

class Dispatch : public testing::Test {
  protected:
    void TearDown() override { pk_set_isa(available_isas().front().c_str()); }
};

TEST_F(Dispatch, starts_with_the_best_isa) {
    EXPECT_EQ(probe("-u PICOKERNELS_ISA"), available_isas().front() + " 0 -\n");
    EXPECT_EQ(probe("PICOKERNELS_ISA="), available_isas().front() + " 0 -\n");
}

TEST_F(Dispatch, lists_no_more_names_than_there_is_room_for) {
    const size_t count = pk_available_isas(nullptr, 0);
    ASSERT_GE(count, 1U);
    std::array<const char*, 2> names{nullptr, nullptr};
    EXPECT_EQ(pk_available_isas(names.data(), 1), count);
    EXPECT_EQ(names[0], available_isas().front());
    EXPECT_EQ(names[1], nullptr);
    std::vector<const char*> roomy(count + 1, nullptr);
    EXPECT_EQ(pk_available_isas(roomy.data(), roomy.size()), count);
    EXPECT_EQ(roomy.back(), nullptr);
}

TEST_F(Dispatch, obeys_a_call) {
    for (const auto& name : available_isas()) {
        EXPECT_EQ(pk_set_isa(name.c_str()), PK_OK);
        EXPECT_EQ(pk_isa(), name);
    }
}

TEST_F(Dispatch, obeys_the_environment) {
    for (const auto& name : available_isas()) {
        std::string expected = name;
        expected.append(" 0 ").append(name).append("\n");
        EXPECT_EQ(probe("PICOKERNELS_ISA=" + name), expected);
    }
}

TEST_F(Dispatch, refuses_unknown_names_and_changes_nothing) {
    const std::string chosen = available_isas().back();
    ASSERT_EQ(pk_set_isa(chosen.c_str()), PK_OK);
    for (const char* name : {"sse9", "", "AVX2", "avx2 ", "avx51"}) {
        EXPECT_EQ(pk_set_isa(name), PK_ERROR_UNKNOWN_ISA) << name;
    }
    EXPECT_EQ(pk_set_isa(nullptr), PK_ERROR_UNKNOWN_ISA);
    EXPECT_EQ(pk_isa(), chosen);
}

TEST_F(Dispatch, falls_back_silently_and_tells_when_the_environment_names_an_unknown_isa) {
    EXPECT_EQ(probe("PICOKERNELS_ISA=sse9 2>&1"), available_isas().front() + " 1 sse9\n");
    // Longer than what is kept of it.
    const std::string kept(31, 'x');
    EXPECT_EQ(probe("PICOKERNELS_ISA=" + std::string(500, 'x')), available_isas().front() + " 1 " + kept + "\n");
}

TEST_F(Dispatch, tells_unsupported_from_unknown) {
    const std::string name = unsupported_isa();
    if (name.empty()) {
        GTEST_SKIP() << "this CPU offers every ISA that is built in";
    }
    EXPECT_EQ(pk_set_isa(name.c_str()), PK_ERROR_UNSUPPORTED_ISA);
    EXPECT_EQ(probe("PICOKERNELS_ISA=" + name), available_isas().front() + " 2 " + name + "\n");
}

// So that a report shows which ISAs no test has run.
class EachIsa : public testing::TestWithParam<std::string> {};

std::vector<std::string> built_isas() {
    std::vector<std::string> found;
    for (const tested::isa& isa : tested::isas) {
        if (pk_set_isa(std::string(isa.name).c_str()) != PK_ERROR_UNKNOWN_ISA) {
            found.emplace_back(isa.name);
        }
    }
    pk_set_isa(available_isas().front().c_str());
    return found;
}

TEST_P(EachIsa, is_run) {
    const std::vector<std::string> available = available_isas();
    if (std::ranges::find(available, GetParam()) == available.end()) {
        EXPECT_EQ(pk_set_isa(GetParam().c_str()), PK_ERROR_UNSUPPORTED_ISA);
        GTEST_SKIP() << GetParam() << ": not run, this CPU lacks it";
    }
    EXPECT_EQ(pk_set_isa(GetParam().c_str()), PK_OK);
    pk_set_isa(available.front().c_str());
}

INSTANTIATE_TEST_SUITE_P(Built, EachIsa, testing::ValuesIn(built_isas()),
                         [](const auto& test) { return test.param; });

TEST_F(Dispatch, can_be_switched_while_other_threads_compute) {
    const auto names = available_isas();
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    threads.reserve(3);
    while (threads.size() < 3) {
        threads.emplace_back([&] {
            std::vector<double> a(100, 1.5);
            std::vector<double> out(100);
            while (!stop) {
                pk_add_f64(a.data(), a.data(), out.data(), out.size());
                for (const double x : out) {
                    wrong += x != 3.0;
                }
            }
        });
    }
    for (int i = 0; i < 2000; ++i) {
        EXPECT_EQ(pk_set_isa(names[static_cast<size_t>(i) % names.size()].c_str()), PK_OK);
    }
    stop = true;
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

} // namespace
