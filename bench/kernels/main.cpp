// SPDX-License-Identifier: BSD-3-Clause
//
// The kernels, through the C ABI, against the peers and the hardware's limits, on every ISA of this CPU. Prints JSON,
// one line a case; `make bench-kernels` runs it and makes tables and charts of that.
#include "cases.hpp"

#include "elementwise/streaming.hpp"

#include <cmath>
#include <cstring>
#include <exception>
#include <iostream>
#include <iterator>
#include <regex>
#include <span>
#include <stdexcept>

namespace picokernels::bench {
namespace {

// ---- the context ----

// Nanoseconds of a clock cycle; NaN where that is unknown. A multiplication of integers takes three cycles on every
// x86-64 of this century, and each waits for the one before. Calls overlap, so the chain is far longer than what a
// core reorders.
double cycle_ns() {
#if defined(__x86_64__) && defined(__GNUC__)
    constexpr int chain = 8192;
    const auto multiply = [] {
        std::uint64_t x = 3;
        for (int i = 0; i < chain; ++i) {
            asm volatile("imulq %0, %0" : "+r"(x)); // NOLINT(portability-no-assembler)
        }
    };
    double shortest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 20; ++i) {
        shortest = std::min(shortest, roughly_timed(multiply, 1e-3));
    }
    return shortest * 1e9 / (3 * chain);
#else
    return std::nan("");
#endif
}

std::vector<const char*> available_isas() {
    std::vector<const char*> isas(pk_available_isas(nullptr, 0));
    pk_available_isas(isas.data(), isas.size());
    return isas;
}

json describe_peer(const peer& peer) {
    return json::object()
        .set("name", json::text(peer.name))
        .set("version", json::text(peer.version))
        .set("missing", json::text(peer.missing))
        .set("dispatches", json::truth(peer.dispatches));
}

json describe_isa(const char* isa) {
    const limit_table* const limits = limits_of(isa);
    return json::object()
        .set("name", json::text(isa))
        .set("vector_bytes", json::number(limits == nullptr ? 0 : limits->vector_bytes));
}

void print_context(const plan& plan, const std::vector<peer>& peers, std::size_t cases) {
    const json context = json::object()
                             .set("picokernels", json::text(pk_version()))
                             .set("plan", json::text(plan.name))
                             .set("isas", json::list(available_isas(), describe_isa))
                             .set("cache_bytes", json::list(caches().bytes, json::number<std::size_t>))
                             .set("compiler", json::text(COMPILER))
                             .set("cycle_ns", json::number(cycle_ns()))
                             .set("streaming_threshold_bytes", json::number(streaming_threshold_bytes))
                             .set("peers", json::list(peers, describe_peer))
                             .set("cases", json::number(cases));
    json::object().set("context", context).print_line();
}

// ---- the run ----

// Those of the peers that can run on the ISA, and do from now on.
std::vector<competitor> select(const std::vector<peer>& peers, const char* isa) {
    pk_set_isa(isa);
    const bool is_best = std::strcmp(isa, available_isas().front()) == 0;
    std::vector<competitor> competitors;
    for (const peer& peer : peers) {
        const kernel_table* const table = peer.missing.empty() ? peer.select(isa, is_best) : nullptr;
        if (table != nullptr) {
            competitors.push_back({&peer, table});
        }
    }
    return competitors;
}

void measure(const plan& plan, const std::vector<bench_case>& cases) {
    const std::vector<peer> peers = all_peers();
    print_context(plan, peers, cases.size());
    setting setting{arena(plan.longest() * sizeof(double)), {}, {}};
    const char* isa = nullptr;
    for (const bench_case& one : cases) {
        if (one.isa != isa) {
            isa = one.isa;
            setting.competitors = select(peers, isa);
        }
        remarks remarks;
        const std::vector<contestant> contestants = one.prepare(setting, remarks);
        const bool is_aligned = *one.alignment == '\0' || one.alignment == std::string_view(alignments[0].name);
        const auto samples = interleave(contestants, plan.effort_for(one.n, is_aligned));
        json times = json::object();
        for (std::size_t i = 0; i < contestants.size(); ++i) {
            times.set(contestants[i].name, json::list(samples[i], [](double ns) { return json::number(ns); }));
        }
        one.line()
            .set("ran", json::text(pk_isa()))
            .set("ns", times)
            .set("differs", remarks.differs)
            .set("errors", remarks.errors)
            .print_line();
    }
    json::object().set("done", json::truth(true)).print_line();
}

// ---- the command ----

constexpr char usage[] = R"(usage: kernels_benchmark [OPTION]...
Time libpicokernels, its peers and the hardware's limits; print JSON, one line a case.

  --plan=full|quick   what is measured, and how long (full)
  --isa=NAME          only this ISA; may be given more than once
  --filter=REGEX      only the cases whose name matches
  --list              print the names of the cases and stop
  --help              this text
)";

struct options {
    const plan* chosen = &plans[0];
    std::regex filter{""};         // which every name matches
    std::vector<const char*> isas; // all if empty
    bool list = false;
    bool help = false;
};

options parse(std::span<const char* const> arguments) {
    options options;
    for (const std::string argument : arguments) {
        const std::size_t equals = std::min(argument.find('='), argument.size());
        const std::string name = argument.substr(0, equals);
        const std::string value = argument.substr(std::min(equals + 1, argument.size()));
        if (name == "--plan") {
            options.chosen = std::ranges::find(plans, value, &plan::name);
            if (options.chosen == std::end(plans)) {
                throw std::invalid_argument("no plan is called '" + value + "': full, quick");
            }
        } else if (name == "--isa") {
            if (const pk_status status = pk_set_isa(value.c_str()); status != PK_OK) {
                throw std::invalid_argument(argument + ": " + pk_status_message(status));
            }
            options.isas.push_back(pk_isa());
        } else if (name == "--filter") {
            options.filter = value;
        } else if (argument == "--list") {
            options.list = true;
        } else if (argument == "--help") {
            options.help = true;
        } else {
            throw std::invalid_argument("what is '" + argument + "'? --help lists the options");
        }
    }
    return options;
}

int run(std::span<const char* const> arguments) {
    const options options = parse(arguments);
    if (options.help) {
        std::cout << usage;
        return EXIT_SUCCESS;
    }
    auto cases = all_cases(*options.chosen, options.isas.empty() ? available_isas() : options.isas);
    std::erase_if(cases, [&](const bench_case& one) { return !std::regex_search(one.name(), options.filter); });
    if (cases.empty()) {
        throw std::invalid_argument("no case is called that; --list lists them");
    }
    if (options.list) {
        for (const bench_case& one : cases) {
            std::cout << one.name() << '\n';
        }
    } else {
        // Google Benchmark's option for what interleave() promises.
        char name[] = "kernels_benchmark";
        char interleaving[] = "--benchmark_enable_random_interleaving=true";
        char* arguments_of_library[] = {name, interleaving, nullptr};
        int count = 2;
        benchmark::Initialize(&count, arguments_of_library);
        measure(*options.chosen, cases);
    }
    return EXIT_SUCCESS;
}

} // namespace
} // namespace picokernels::bench

int main(int argc, char** argv) { // NOLINT(misc-const-correctness): the standard's signature
    try {
        return picokernels::bench::run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    } catch (const std::regex_error& error) {
        std::cerr << "kernels_benchmark: --filter is not a regular expression: " << error.what() << '\n';
    } catch (const std::exception& error) {
        std::cerr << "kernels_benchmark: " << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
