// SPDX-License-Identifier: BSD-3-Clause
//
// The cases: what is measured, under which name, and how.
#ifndef PICOKERNELS_BENCH_CASES_HPP
#define PICOKERNELS_BENCH_CASES_HPP

#include "checks.hpp"
#include "limits.hpp"
#include "output.hpp"
#include "peers.hpp"
#include "plan.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace picokernels::bench {

// A peer that runs on the ISA of the case.
struct competitor {
    const peer* source;
    const kernel_table* table;

    const std::string& name() const { return source->name; }
};

// What all cases share while they are measured.
struct setting {
    arena memory;
    std::vector<competitor> competitors;
    std::map<std::string, std::string> differences; // of peers from the kernels; empty if there are none
};

// What is to be said of the peers in a case, by their names.
struct remarks {
    json differs = json::object(); // why they are not timed
    json errors = json::object();  // the largest errors that they state, in ulp
};

struct bench_case {
    const char* suite;
    const char* isa;
    const char* operation;
    const char* type;
    const char* form = ""; // what is empty says nothing of this case
    const char* alignment = "";
    const char* level = "";
    std::size_t n;
    std::size_t bytes;           // read and written by a call
    std::size_t working_set = 0; // touched by a call: an array in place counts once
    // Fills the memory, and returns who is timed.
    std::function<std::vector<contestant>(setting& setting, remarks& remarks)> prepare;

    std::string name() const; // for --list and --filter
    json line() const;        // in the results, without the times
};

// Appends the reductions at every length (reductions.cpp).
template <class T> void add_reductions(std::vector<bench_case>& cases, const plan& plan, const char* isa);

std::vector<bench_case> all_cases(const plan& plan, const std::vector<const char*>& isas);

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_CASES_HPP
