// SPDX-License-Identifier: BSD-3-Clause
#include "cases.hpp"
#include "elementwise/streaming.hpp"

#include <algorithm>
#include <utility>

namespace picokernels::bench {
namespace {

const alignment& aligned = alignments[0];

// ---- a kernel at one length ----

template <class T> struct kernel_case {
    const char* isa;
    operation<T> op;
    bool in_place;
    std::size_t n;
    bench::alignment alignment;
    bool with_limits;

    std::size_t inputs() const { return op.form == form::array_array ? 2 : 1; }
    std::size_t bytes() const { return (inputs() + 1) * n * sizeof(T); }

    const char* form_name() const {
        if (in_place) {
            return "in_place";
        }
        switch (op.form) {
        case form::array_scalar:
            return "scalar";
        case form::scalar_array:
            return "left_scalar";
        default:
            return "array";
        }
    }

    // Do the caches hold some of the data from the call before?
    bool is_warm() const { return bytes() <= 2 * caches().last(); }

    operands<T> place(const arena& memory, unsigned layout, const bench::alignment& at) const {
        operands<T> x = memory.place<T>(layout, at);
        if (in_place) {
            x.out = x.a;
        }
        return x;
    }

    numbers contents() const {
        if (op.is_function()) {
            return numbers::of_functions;
        }
        return in_place ? numbers::lasting : numbers::various;
    }

    contestant calling(const std::string& name, const arena& memory, const any_kernel<T>& kernel) const {
        const auto calling = [&](auto function) {
            return make_contestant(name, is_warm(), [*this, &memory, function](unsigned layout) {
                return [function, x = place(memory, layout, alignment), n = n] { call(function, x, n); };
            });
        };
        return std::visit(calling, kernel);
    }

    // The same traffic, on aligned memory whatever the case's alignment: that is the hardware's limit.
    contestant limit(const std::string& name, const arena& memory, const traffic_kind& kind) const {
        return make_contestant(name, is_warm(), [*this, &memory, run = kind.run](unsigned layout) {
            const operands<T> x = place(memory, layout, aligned);
            return [run, a = reinterpret_cast<const double*>(x.a), b = reinterpret_cast<const double*>(x.b),
                    out = reinterpret_cast<double*>(x.out),
                    doubles = n * sizeof(T) / sizeof(double)] { run(a, b, out, doubles); };
        });
    }

    std::vector<contestant> prepare(setting& setting, remarks& remarks) const {
        setting.memory.fill<T>(n, contents());
        const any_kernel<T> ours = op.kernel_in(c_abi);
        std::vector<contestant> contestants{calling("picokernels", setting.memory, ours)};
        for (const competitor& one : setting.competitors) {
            const std::string& name = one.name();
            const any_kernel<T> theirs = op.kernel_in(*one.table);
            if (is_null(theirs)) {
                continue;
            }
            const double error = op.is_function() ? one.source->error(op.name) : 0;
            // A kernel computes the same at any length and alignment, so it is compared once.
            const std::string key = name + isa + op.name + form_name() + type_name<T>;
            const auto [entry, is_new] = setting.differences.try_emplace(key);
            if (is_new) {
                entry->second = op.is_function() ? excess(op, theirs, error) : difference(ours, theirs, in_place);
            }
            if (!entry->second.empty()) {
                remarks.differs.set(name, json::text(entry->second));
                continue;
            }
            contestants.push_back(calling(name, setting.memory, theirs));
            if (op.is_function()) {
                remarks.errors.set(name, json::number(error));
            }
        }
        const limit_table* limits = limits_of(isa);
        if (with_limits && limits != nullptr && n >= 256) {
            const std::string kind = inputs() == 2 ? "triad" : "copy";
            contestants.push_back(limit("limit", setting.memory, limits->kind(kind)));
            if (bytes() > caches().last() && !in_place) {
                contestants.push_back(limit("limit_nt", setting.memory, limits->kind(kind + "_nt")));
            }
        }
        return contestants;
    }

    bench_case in_suite(const char* suite) const {
        return {.suite = suite,
                .isa = isa,
                .operation = op.name,
                .type = type_name<T>,
                .form = form_name(),
                .alignment = alignment.name,
                .n = n,
                .bytes = bytes(),
                .working_set = bytes() - (in_place ? n * sizeof(T) : 0),
                .prepare = [*this](setting& setting, remarks& remarks) { return prepare(setting, remarks); }};
    }
};

template <class T> void add_kernels(std::vector<bench_case>& cases, const plan& plan, const char* isa) {
    const auto takes_arrays = [](const operation<T>& op) {
        return op.form == form::unary || op.form == form::array_array;
    };
    const std::span ops(operations<T>);
    for (const operation<T>& op : plan.tails_of_every_operation ? ops : ops.first(1)) {
        for (std::size_t n = 1; n <= 64 && takes_arrays(op); ++n) {
            cases.push_back(kernel_case<T>{isa, op, false, n, aligned, false}.in_suite("tails"));
        }
    }
    for (const std::size_t n : plan.lengths) {
        for (const alignment& alignment : plan.alignments) {
            for (const operation<T>& op : ops) {
                cases.push_back(kernel_case<T>{isa, op, false, n, alignment, true}.in_suite("grid"));
                if (takes_arrays(op)) {
                    cases.push_back(kernel_case<T>{isa, op, true, n, alignment, true}.in_suite("grid"));
                }
            }
        }
    }
}

// Functions compute for so long that neither memory nor alignment matters. In place, they would take their own
// results, which for most become 0, infinite, or a NaN.
template <class T> void add_functions(std::vector<bench_case>& cases, const plan& plan, const char* isa) {
    constexpr std::size_t longest = 100000;
    for (const std::size_t n : plan.lengths) {
        for (const operation<T>& op : functions<T>) {
            if (n <= longest) {
                cases.push_back(kernel_case<T>{isa, op, false, n, aligned, false}.in_suite("functions"));
            }
        }
    }
}

// ---- c = a + b; d = c * a ----

// The second operation reads c, which streaming stores keep out of the caches. So the chain is timed with and without
// them.
template <class T> std::vector<contestant> prepare_chain(setting& setting, std::size_t n) {
    setting.memory.fill<T>(n, numbers::various);
    const contestant chain = make_contestant("picokernels", true, [&memory = setting.memory, n](unsigned layout) {
        return [x = memory.place<T>(layout, aligned), n, add = typed<T>(c_abi).add, mul = typed<T>(c_abi).mul] {
            add(x.a, x.b, x.out, n);
            mul(x.out, x.a, x.second_out, n);
        };
    });
    const contestant plain{"plain", chain.seconds_per_call, [chain](benchmark::State& state, unsigned layout) {
                               const std::size_t threshold = std::exchange(streaming_threshold_bytes, SIZE_MAX);
                               chain.run(state, layout);
                               streaming_threshold_bytes = threshold;
                           }};
    return {chain, plain};
}

template <class T> void add_chains(std::vector<bench_case>& cases, const plan& plan, const char* isa) {
    for (const std::size_t n : plan.chain_lengths) {
        cases.push_back({.suite = "chain",
                         .isa = isa,
                         .operation = "add_mul",
                         .type = type_name<T>,
                         .n = n,
                         .bytes = 6 * n * sizeof(T),
                         .prepare = [n](setting& setting, remarks&) { return prepare_chain<T>(setting, n); }});
    }
}

// ---- the limits of the hardware ----

void add_limits(std::vector<bench_case>& cases, const plan& plan, const limit_table& limits) {
    const auto add = [&](const char* level, const char* operation, const char* type, std::size_t n, std::size_t bytes,
                         auto place) {
        const auto prepare = [n, place](setting& setting, remarks&) {
            setting.memory.fill<double>(n, numbers::various);
            return std::vector{make_contestant(
                "limit", true, [&memory = setting.memory, place](unsigned layout) { return place(memory, layout); })};
        };
        cases.push_back({.suite = "limit",
                         .isa = limits.isa,
                         .operation = operation,
                         .type = type,
                         .level = level,
                         .n = n,
                         .bytes = bytes,
                         .prepare = prepare});
    };
    struct level {
        const char* name;
        std::size_t working_set;
        std::size_t most; // bytes
    };
    // Half of each cache; of the last one less, because others use it too.
    const cache_sizes sizes = caches();
    const level levels[] = {{"L1", sizes.bytes[1] / 2, sizes.last()},
                            {"L2", sizes.bytes[2] / 2, sizes.last()},
                            {"L3", sizes.bytes[3] / 3, sizes.last()},
                            {"DRAM", SIZE_MAX, SIZE_MAX}};
    for (const auto& [level, working_set, most] : levels) {
        for (const traffic_kind& kind : limits.kinds) {
            const std::size_t n = std::min(working_set / kind.arrays / sizeof(double), plan.longest()) / 64 * 64;
            const std::size_t bytes = n * sizeof(double) * kind.arrays;
            if (n == 0 || bytes > most) {
                continue;
            }
            add(level, kind.name, "f64", n, bytes, [n, run = kind.run](const arena& memory, unsigned layout) {
                return [run, x = memory.place<double>(layout, aligned), n] { run(x.a, x.b, x.out, n); };
            });
        }
    }
    for (const arithmetic_kind& kind : limits.arithmetic) {
        constexpr std::size_t n = 65536;
        add("registers", kind.operation, kind.type, n, 0,
            [run = kind.run](const arena&, unsigned) { return [run] { run(n); }; });
    }
}

} // namespace

// ---- all of them ----

std::string bench_case::name() const {
    std::string text = std::string(suite) + '/' + isa;
    for (const char* const word : {operation, type, form, alignment, level}) {
        if (*word != '\0') {
            (text += '/') += word;
        }
    }
    return text + '/' + std::to_string(n);
}

json bench_case::line() const {
    return json::object()
        .set("suite", json::text(suite))
        .set("operation", json::text(operation))
        .set("type", json::text(type))
        .set("form", json::text(form))
        .set("isa", json::text(isa))
        .set("n", json::number(n))
        .set("alignment", json::text(alignment))
        .set("level", json::text(level))
        .set("bytes", json::number(bytes))
        .set("working_set", json::number(working_set));
}

std::vector<bench_case> all_cases(const plan& plan, const std::vector<const char*>& isas) {
    std::vector<bench_case> cases;
    for (const char* const isa : isas) {
        if (const limit_table* limits = limits_of(isa)) {
            add_limits(cases, plan, *limits);
        }
        add_kernels<double>(cases, plan, isa);
        add_chains<double>(cases, plan, isa);
        add_reductions<double>(cases, plan, isa);
        add_functions<double>(cases, plan, isa);
        add_kernels<float>(cases, plan, isa);
        add_chains<float>(cases, plan, isa);
        add_reductions<float>(cases, plan, isa);
        add_functions<float>(cases, plan, isa);
    }
    return cases;
}

} // namespace picokernels::bench
