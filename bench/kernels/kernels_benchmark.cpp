// SPDX-License-Identifier: BSD-3-Clause
//
// The kernels, through the C ABI, against the peers and the hardware's limits, on every ISA of this CPU. Prints JSON,
// one line a case; `make bench-kernels` runs it and makes tables and charts of that.
#include "dispatch.hpp"
#include "limits.hpp"
#include "output.hpp"
#include "peers.hpp"
#include "plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <exception>
#include <getopt.h>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>

namespace picokernels::bench {
namespace {

// ---- what there is to call -------------------------------------------------------------------------------------

template <class T> struct operation {
    const char* name;
    array_kernel<T> typed_kernels<T>::* array;
    scalar_kernel<T> typed_kernels<T>::* scalar;
};

template <class T>
constexpr operation<T> array_operations[] = {
#define ENTRY(op) {#op, &typed_kernels<T>::op, nullptr},
    PICOKERNELS_ARRAY_OPERATIONS(ENTRY)
#undef ENTRY
};
template <class T>
constexpr operation<T> scalar_operations[] = {
#define ENTRY(op) {#op, nullptr, &typed_kernels<T>::op##_scalar},
    PICOKERNELS_SCALAR_OPERATIONS(ENTRY)
#undef ENTRY
};

// The C ABI as such a table, so that it is called as the peers are.
const kernel_table c_abi = {"c_abi",
                            {
#define ENTRY(op) .op = pk_##op##_f64,
                                PICOKERNELS_ARRAY_OPERATIONS(ENTRY)
#undef ENTRY
#define ENTRY(op) .op##_scalar = pk_##op##_scalar_f64,
                                    PICOKERNELS_SCALAR_OPERATIONS(ENTRY)
#undef ENTRY
                            },
                            {
#define ENTRY(op) .op = pk_##op##_f32,
                                PICOKERNELS_ARRAY_OPERATIONS(ENTRY)
#undef ENTRY
#define ENTRY(op) .op##_scalar = pk_##op##_scalar_f32,
                                    PICOKERNELS_SCALAR_OPERATIONS(ENTRY)
#undef ENTRY
                            }};

template <class T> constexpr const char* type_name = std::is_same_v<T, double> ? "f64" : "f32";

template <class T> bool offers(const kernel_table& table, const operation<T>& op) {
    return op.array != nullptr ? typed<T>(table).*op.array != nullptr : typed<T>(table).*op.scalar != nullptr;
}

// ---- a case ----------------------------------------------------------------------------------------------------

template <class T> struct grid_case {
    const char* suite;
    operation<T> op;
    bench::form form;
    std::size_t n;
    const bench::alignment* alignment;

    std::size_t bytes() const { return n * sizeof(T) * (form == form::scalar ? 2 : 3); }

    operands<T> place(const arena& memory, unsigned layout) const {
        operands<T> x = memory.place<T>(layout, *alignment);
        if (form == form::in_place) {
            x.out = x.a;
        }
        return x;
    }
};

// Products and quotients that are stored where they came from need a factor near one.
template <class T> bool needs_near_one(const grid_case<T>& grid) {
    return grid.form == form::in_place && (grid.op.name == std::string("mul") || grid.op.name == std::string("div"));
}

template <class T>
contestant contestant_for(std::string name, const arena& memory, const grid_case<T>& grid, const kernel_table& table,
                          bool warm) {
    // right: the operand that the function takes there, the array or the scalar.
    const auto calling = [&](auto function, auto right) {
        return make_contestant(std::move(name), warm, [&memory, grid, function, right](unsigned layout) {
            const operands<T> x = grid.place(memory, layout);
            return [x, function, b = x.*right, n = grid.n] { function(x.a, b, x.out, n); };
        });
    };
    return grid.op.array != nullptr ? calling(typed<T>(table).*grid.op.array, &operands<T>::b)
                                    : calling(typed<T>(table).*grid.op.scalar, &operands<T>::scalar);
}

// The same traffic, always on aligned memory: that is the hardware's limit whatever the case's alignment.
template <class T>
contestant limit_for(const arena& memory, const grid_case<T>& grid, const traffic_kind& kind, const char* name,
                     bool warm) {
    grid_case<T> aligned = grid;
    aligned.alignment = &alignments[0];
    const std::size_t doubles = grid.n * sizeof(T) / sizeof(double);
    return make_contestant(name, warm, [&memory, aligned, run = kind.run, doubles](unsigned layout) {
        const operands<T> x = aligned.place(memory, layout);
        return [run, doubles, a = reinterpret_cast<const double*>(x.a), b = reinterpret_cast<const double*>(x.b),
                out = reinterpret_cast<double*>(x.out)] { run(a, b, out, doubles); };
    });
}

// ---- are the results the same? ---------------------------------------------------------------------------------

template <class T>
std::vector<T> results_of(const kernel_table& table, const operation<T>& op, form form, std::size_t n) {
    std::vector<T> a(n);
    std::vector<T> b(n);
    std::vector<T> out(n);
    for (std::size_t i = 0; i < n; ++i) {
        a[i] = T(1) + T(i % 1021) / T(7) * (i % 2 == 0 ? T(1) : T(-1));
        b[i] = T(3) + T(i % 1013) / T(11);
    }
    std::vector<T>& results = form == form::in_place ? a : out;
    if (op.array != nullptr) {
        (typed<T>(table).*op.array)(a.data(), b.data(), results.data(), n);
    } else {
        (typed<T>(table).*op.scalar)(a.data(), T(1.7), results.data(), n);
    }
    return results;
}

template <class T> auto bits_of(T value) {
    return std::bit_cast<std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>>(value);
}

// Empty if all bits are the same.
template <class T>
std::string difference(const kernel_table& table, const operation<T>& op, form form, std::size_t n) {
    const std::vector<T> ours = results_of(c_abi, op, form, n);
    const std::vector<T> theirs = results_of(table, op, form, n);
    std::size_t differing = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (bits_of(ours[i]) != bits_of(theirs[i])) {
            ++differing;
        }
    }
    return differing == 0 ? "" : std::to_string(differing) + " of " + std::to_string(n) + " results differ";
}

// Each peer's table, where it takes part.
struct competitor {
    std::string name;
    const kernel_table* table;
};

// A peer computes the same at any alignment, so it is compared once for each n.
class comparison {
  public:
    template <class T>
    const std::string& of(const competitor& who, const char* isa, const operation<T>& op, form form, std::size_t n) {
        const std::string key = who.name + isa + op.name + type_name<T> + name_of(form) + std::to_string(n);
        const auto [entry, is_new] = known_.try_emplace(key);
        if (is_new && (n <= 100000 || (n == 10000000 && form == form::array))) {
            entry->second = difference(*who.table, op, form, n);
        }
        return entry->second;
    }

  private:
    std::map<std::string, std::string> known_;
};

// ---- the run ---------------------------------------------------------------------------------------------------

struct options {
    const plan* chosen = &plans[0];
    std::optional<std::regex> filter;
    std::set<std::string> isas; // all if empty
    bool list = false;
};

struct cache_sizes {
    std::size_t bytes[4] = {}; // by level, from 1; 0 where there is none
    std::size_t last() const { return *std::ranges::max_element(bytes); }
};

cache_sizes caches() {
    cache_sizes sizes;
    for (const auto& cache : benchmark::CPUInfo::Get().caches) {
        if (cache.type != "Instruction" && cache.level >= 1 && cache.level < 4) {
            sizes.bytes[cache.level] = static_cast<std::size_t>(cache.size);
        }
    }
    return sizes;
}

#if defined(__clang__)
constexpr char compiler[] = "Clang " __clang_version__;
#elif defined(__GNUC__)
constexpr char compiler[] = "GCC " __VERSION__;
#else
constexpr char compiler[] = "unknown";
#endif

// Nanoseconds of a clock cycle: a multiplication of integers has taken three on every x86-64 of this century, and
// each waits for the one before. (A chain far longer than what a core reorders, as calls overlap.) NaN elsewhere.
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

class run {
  public:
    run(const options& options, std::vector<peer> peers)
        : options_(&options), plan_(options.chosen), peers_(std::move(peers)),
          longest_(*std::ranges::max_element(plan_->lengths)) {
        isas_.resize(pk_available_isas(nullptr, 0));
        pk_available_isas(isas_.data(), isas_.size());
    }

    int whole() {
        // Twice the same walk: first to count, for whoever shows progress.
        walk();
        if (cases_ == 0) {
            std::cerr << "kernels_benchmark: no case is called that; --list lists them\n";
            return EXIT_FAILURE;
        }
        if (!options_->list) {
            print_context();
            memory_ = std::make_unique<arena>(longest_ * sizeof(double));
            counting_ = false;
            walk();
            json::object().set("done", json::truth(true)).print_line();
        }
        return EXIT_SUCCESS;
    }

  private:
    void walk() {
        for (const char* isa : isas_) {
            if (!options_->isas.empty() && !options_->isas.contains(isa)) {
                continue;
            }
            pk_set_isa(isa);
            isa_ = isa;
            competitors_.clear();
            for (const peer& peer : peers_) {
                const bool is_best = std::strcmp(isa, isas_.front()) == 0;
                const kernel_table* table = peer.missing.empty() ? peer.select(isa, is_best) : nullptr;
                if (table != nullptr) {
                    competitors_.push_back({peer.name, table});
                }
            }
            measure_limits();
            measure_type<double>();
            measure_type<float>();
        }
    }

    template <class T> void measure_type() {
        measure_tails<T>();
        measure_grid<T>();
        measure_chains<T>();
    }

    template <class T> void measure_tails() {
        for (const operation<T>& op : array_operations<T>) {
            if (!plan_->tails_of_every_operation && op.name != std::string("add")) {
                continue;
            }
            for (std::size_t n = 1; n <= 64; ++n) {
                measure(grid_case<T>{"tails", op, form::array, n, &alignments[0]});
            }
        }
    }

    template <class T> void measure_grid() {
        for (const std::size_t n : plan_->lengths) {
            for (const alignment& alignment : plan_->alignments) {
                for (const form form : {form::array, form::in_place}) {
                    for (const operation<T>& op : array_operations<T>) {
                        measure(grid_case<T>{"grid", op, form, n, &alignment});
                    }
                }
                for (const operation<T>& op : scalar_operations<T>) {
                    measure(grid_case<T>{"grid", op, form::scalar, n, &alignment});
                }
            }
        }
    }

    // Whether to measure it now; counts and lists it on the first walk.
    bool comes(const std::string& name) {
        if (options_->filter && !std::regex_search(name, *options_->filter)) {
            return false;
        }
        if (counting_) {
            ++cases_;
            if (options_->list) {
                std::cout << name << '\n';
            }
        }
        return !counting_;
    }

    effort effort_for(std::size_t n, bool aligned) const {
        if (n < 1000000) {
            return plan_->short_calls;
        }
        return aligned ? plan_->long_aligned : plan_->long_calls;
    }

    template <class T> void fill(std::size_t n, bool near_one) {
        if (n > 100000 && filled_ == std::pair(near_one, sizeof(T))) {
            return; // in place, long arrays are not called often enough to wander off
        }
        memory_->fill<T>(n > 100000 ? longest_ : n, near_one);
        filled_ = std::pair(near_one, n > 100000 ? sizeof(T) : 0);
    }

    template <class T> void measure(const grid_case<T>& grid) {
        const bool aligned = grid.alignment == &alignments[0];
        if (!comes(std::string(grid.suite) + "/" + isa_ + "/" + grid.op.name + "_" + type_name<T> + "/" +
                   name_of(grid.form) + "/" + grid.alignment->name + "/" + std::to_string(grid.n))) {
            return;
        }
        fill<T>(grid.n, needs_near_one(grid));
        const bool warm = grid.bytes() <= 2 * caches_.last();
        std::vector<contestant> contestants{contestant_for("picokernels", *memory_, grid, c_abi, warm)};
        json differs = json::object();
        for (const competitor& competitor : competitors_) {
            if (!offers(*competitor.table, grid.op)) {
                continue;
            }
            const std::string& difference = comparison_.of(competitor, isa_, grid.op, grid.form, grid.n);
            if (difference.empty()) {
                contestants.push_back(contestant_for(competitor.name, *memory_, grid, *competitor.table, warm));
            } else {
                differs.set(competitor.name, json::text(difference));
            }
        }
        const limit_table* limits = limits_of(isa_);
        if (limits != nullptr && grid.n >= 256 && grid.suite == std::string("grid")) {
            const std::string kind = grid.form == form::scalar ? "copy" : "triad";
            contestants.push_back(limit_for(*memory_, grid, limits->kind(kind.c_str()), "limit", warm));
            if (grid.bytes() > caches_.last() && grid.form != form::in_place) {
                contestants.push_back(
                    limit_for(*memory_, grid, limits->kind((kind + "_nt").c_str()), "limit_nt", warm));
            }
        }
        const auto times = interleave(contestants, effort_for(grid.n, aligned));
        case_line(grid.suite, grid.op.name, type_name<T>, grid.n, grid.bytes())
            .set("form", json::text(name_of(grid.form)))
            .set("alignment", json::text(grid.alignment->name))
            .set("ns", times_of(times))
            .set("differs", differs)
            .print_line();
    }

    json case_line(const char* suite, const char* operation, const char* type, std::size_t n,
                   std::size_t bytes) const {
        return json::object()
            .set("suite", json::text(suite))
            .set("operation", json::text(operation))
            .set("type", json::text(type))
            .set("isa", json::text(isa_))
            .set("ran", json::text(pk_isa()))
            .set("n", json::number(n))
            .set("bytes", json::number(bytes));
    }

    static json times_of(const std::vector<timed>& times) {
        json object = json::object();
        for (const timed& time : times) {
            object.set(time.name, json::list(time.ns, [](double ns) { return json::number(ns); }));
        }
        return object;
    }

    // c = a + b; d = c * a: who reads c at once wants it in the cache. As it is, and with plain stores only.
    template <class T> void measure_chains() {
        for (const std::size_t n : plan_->chain_lengths) {
            if (!comes(std::string("chain/") + isa_ + "/" + type_name<T> + "/" + std::to_string(n))) {
                continue;
            }
            fill<T>(n, false);
            std::vector<contestant> contestants;
            const std::size_t threshold = streaming_threshold_bytes;
            for (const auto& [name, own_threshold] :
                 {std::pair("picokernels", threshold), std::pair("plain", SIZE_MAX)}) {
                contestants.push_back(make_contestant(name, true, [&, n, limit = own_threshold](unsigned layout) {
                    const operands<T> x = memory_->place<T>(layout, alignments[0]);
                    return [x, n, limit, add = typed<T>(c_abi).add, mul = typed<T>(c_abi).mul] {
                        streaming_threshold_bytes = limit;
                        add(x.a, x.b, x.out, n);
                        mul(x.out, x.a, x.second_out, n);
                    };
                }));
            }
            const auto times = interleave(contestants, effort_for(n, true));
            streaming_threshold_bytes = threshold;
            filled_ = {};
            case_line("chain", "add_mul", type_name<T>, n, 6 * n * sizeof(T)).set("ns", times_of(times)).print_line();
        }
    }

    void measure_limits() {
        const limit_table* limits = limits_of(isa_);
        if (limits == nullptr) {
            return;
        }
        struct level {
            const char* name;
            std::size_t working_set;
        };
        // Half of each cache; of the last one less, since others use it too.
        const level levels[] = {{"L1", caches_.bytes[1] / 2},
                                {"L2", caches_.bytes[2] / 2},
                                {"L3", caches_.bytes[3] / 3},
                                {"DRAM", 3 * longest_ * sizeof(double)}};
        for (const level& level : levels) {
            for (const traffic_kind& kind : limits->kinds) {
                const std::size_t n = std::min(level.working_set / kind.arrays / sizeof(double), longest_) / 64 * 64;
                if (n == 0 || (level.name != std::string("DRAM") && n * 8 * kind.arrays > caches_.last())) {
                    continue;
                }
                if (comes(std::string("limit/") + isa_ + "/" + kind.name + "/" + level.name)) {
                    measure_limit(kind, level.name, n);
                }
            }
        }
        measure_divider("f64", limits->divide_f64);
        measure_divider("f32", limits->divide_f32);
    }

    void measure_limit(const traffic_kind& kind, const char* level, std::size_t n) {
        const contestant limit = make_contestant("limit", true, [&, n](unsigned layout) {
            const operands<double> x = memory_->place<double>(layout, alignments[0]);
            return [run = kind.run, x, n] { run(x.a, x.b, x.out, n); };
        });
        fill<double>(n, false);
        const auto times = interleave({limit}, effort_for(n, true));
        filled_ = {};
        case_line("limit", kind.name, "f64", n, n * sizeof(double) * kind.arrays)
            .set("level", json::text(level))
            .set("ns", times_of(times))
            .print_line();
    }

    void measure_divider(const char* type, void (*divide)(std::size_t) noexcept) {
        if (!comes(std::string("limit/") + isa_ + "/divide_" + type)) {
            return;
        }
        constexpr std::size_t n = 65536;
        const auto times =
            interleave({make_contestant("limit", true, [divide](unsigned) { return [divide] { divide(n); }; })},
                       plan_->short_calls);
        case_line("limit", "divide", type, n, 0)
            .set("level", json::text("registers"))
            .set("ns", times_of(times))
            .print_line();
    }

    void print_context() const {
        const auto described = [](const peer& peer) {
            return json::object()
                .set("name", json::text(peer.name))
                .set("version", json::text(peer.version))
                .set("missing", json::text(peer.missing))
                .set("dispatches", json::truth(peer.dispatches));
        };
        std::vector<json> caches;
        for (std::size_t level = 1; level < std::size(caches_.bytes); ++level) {
            if (const std::size_t bytes = caches_.bytes[level]; bytes != 0) {
                caches.push_back(json::object().set("level", json::number(level)).set("bytes", json::number(bytes)));
            }
        }
        const json context = json::object()
                                 .set("picokernels", json::text(pk_version()))
                                 .set("plan", json::text(plan_->name))
                                 .set("isas", json::list(isas_, [](const char* isa) { return json::text(isa); }))
                                 .set("caches", json::list(caches, [](const json& cache) { return cache; }))
                                 .set("compiler", json::text(compiler))
                                 .set("cycle_ns", json::number(cycle_ns()))
                                 .set("streaming_threshold_bytes", json::number(streaming_threshold_bytes))
                                 .set("peers", json::list(peers_, described))
                                 .set("cases", json::number(cases_));
        json::object().set("context", context).print_line();
    }

    const options* options_;
    const plan* plan_;
    std::vector<peer> peers_;
    std::size_t longest_;
    std::vector<const char*> isas_;
    cache_sizes caches_ = caches();
    std::unique_ptr<arena> memory_;
    comparison comparison_;

    bool counting_ = true;
    std::size_t cases_ = 0;
    const char* isa_ = nullptr;
    std::vector<competitor> competitors_;
    std::pair<bool, std::size_t> filled_; // what long arrays hold: near one or not, and the element's size
};

// ---- the command -----------------------------------------------------------------------------------------------

constexpr char usage[] = R"(usage: kernels_benchmark [OPTION]...
Time libpicokernels, its peers and the hardware's limits; print JSON, one line a case.

  --plan full|quick   what is measured, and how long (full)
  --isa NAME          only this ISA; may be given more than once
  --filter REGEX      only the cases whose name matches
  --list              print the names of the cases and stop
  --help              this text
)";

// The exit status if there is nothing to measure.
std::optional<int> parse(int argc, char* const* argv, options& options) {
    static const option known[] = {
        {"plan", required_argument, nullptr, 'p'},   {"isa", required_argument, nullptr, 'i'},
        {"filter", required_argument, nullptr, 'f'}, {"list", no_argument, nullptr, 'l'},
        {"help", no_argument, nullptr, 'h'},         {nullptr, 0, nullptr, 0}};
    for (int choice = 0;
         (choice = getopt_long(argc, argv, "h", known, nullptr)) != -1;) { // NOLINT(concurrency-mt-unsafe)
        switch (choice) {
        case 'p': {
            const auto* found =
                std::ranges::find_if(plans, [](const plan& p) { return std::string(optarg) == p.name; });
            if (found == std::end(plans)) {
                std::cerr << "kernels_benchmark: no plan is called '" << optarg << "': full, quick\n";
                return EXIT_FAILURE;
            }
            options.chosen = found;
            break;
        }
        case 'i':
            if (pk_set_isa(optarg) != PK_OK) {
                std::cerr << "kernels_benchmark: --isa " << optarg << ": " << pk_status_message(pk_set_isa(optarg))
                          << '\n';
                return EXIT_FAILURE;
            }
            options.isas.insert(optarg);
            break;
        case 'f':
            options.filter.emplace(optarg);
            break;
        case 'l':
            options.list = true;
            break;
        case 'h':
            std::cout << usage;
            return EXIT_SUCCESS;
        default:
            std::cerr << usage;
            return EXIT_FAILURE;
        }
    }
    if (optind != argc) {
        std::cerr << "kernels_benchmark: what is '" << argv[optind] << "'?\n" << usage;
        return EXIT_FAILURE;
    }
    return std::nullopt;
}

int measure_as_told(int argc, char* const* argv) {
    options options;
    if (const std::optional<int> status = parse(argc, argv, options)) {
        return *status;
    }
    // Google Benchmark's own option for what interleave() promises.
    char name[] = "kernels_benchmark";
    char interleaving[] = "--benchmark_enable_random_interleaving=true";
    char* arguments[] = {name, interleaving, nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
    return run(options, {gcc_loop(), clang_loop(), eigen(), highway(), volk(), mkl()}).whole();
}

} // namespace
} // namespace picokernels::bench

int main(int argc, char** argv) { // NOLINT(misc-const-correctness): the standard's signature
    try {
        return picokernels::bench::measure_as_told(argc, argv);
    } catch (const std::regex_error& error) {
        std::cerr << "kernels_benchmark: --filter is not a regular expression: " << error.what() << '\n';
    } catch (const std::exception& error) {
        std::cerr << "kernels_benchmark: " << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
