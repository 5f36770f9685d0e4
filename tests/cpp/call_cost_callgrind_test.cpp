// SPDX-License-Identifier: BSD-3-Clause
//
// The bounds of call_cost_test, for counts from callgrind, which has run call_cost_probe.
#include "support/call_cost.hpp"
#include "support/isas.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace {

// Instruction counts by the names of call_cost_probe's dumps.
std::map<std::string, int> read_dumps(const char* path) {
    static const std::string trigger = "desc: Trigger: Client Request: ";
    static const std::string summary = "summary: ";
    std::map<std::string, int> counts;
    std::ifstream file(path);
    std::string name;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(trigger)) {
            name = line.substr(trigger.size());
        } else if (line.starts_with(summary) && !name.empty()) {
            counts[name] = std::stoi(line.substr(summary.size()));
            name.clear(); // the last dump, at exit, has no name
        }
    }
    return counts;
}

TEST(CallCost, is_bounded_by_the_number_of_batches_in_callgrind) {
    const std::map<std::string, int> dumps = read_dumps(CALL_COST_DUMPS);
    const auto dumped = [&](const std::string& name) {
        const auto found = dumps.find(name);
        return found == dumps.end() ? 0 : found->second;
    };
    int isas = 0;
    for (const std::string& isa : tested::available_isas()) {
        if (dumps.lower_bound(isa + " ") == dumps.lower_bound(isa + "!")) {
            continue; // valgrind's CPU does not have it
        }
        ++isas;
        std::vector<call_cost::count> counts;
        for (const call_cost::call& call : call_cost::calls()) {
            counts.push_back({call, dumped(isa + " " + call.name()) - dumped("nothing " + call.name()) + 1});
        }
        const std::string verdict = call_cost::verdict(isa, counts);
        EXPECT_TRUE(verdict.empty()) << verdict;
    }
    EXPECT_GT(isas, 0) << "nothing in " << CALL_COST_DUMPS;
}

} // namespace
