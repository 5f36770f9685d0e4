// SPDX-License-Identifier: BSD-3-Clause
#include "cases.hpp"

#include <string_view>

namespace picokernels::bench {
namespace {

// A reduction at one length.
template <class T> struct reduction_case {
    const char* isa;
    reduction<T> op;
    std::size_t n;
    bench::alignment alignment;

    std::size_t inputs() const { return std::holds_alternative<two_array_reduction<T>>(op.kernel_in(c_abi)) ? 2 : 1; }
    std::size_t bytes() const { return inputs() * n * sizeof(T); }

    contestant calling(const std::string& name, const arena& memory, const any_reduction<T>& kernel) const {
        const bool is_warm = bytes() <= 2 * caches().last(); // as in a kernel's case
        const auto calling = [&](auto function) {
            return make_contestant(name, is_warm, [*this, &memory, function](unsigned layout) {
                return [function, x = memory.place<T>(layout, alignment), n = n] {
                    benchmark::DoNotOptimize(call(function, x, n));
                };
            });
        };
        return std::visit(calling, kernel);
    }

    // The same traffic over aligned memory.
    contestant limit(const arena& memory, traffic run) const {
        return make_contestant("limit", bytes() <= 2 * caches().last(), [*this, &memory, run](unsigned layout) {
            return [run, a = reinterpret_cast<const double*>(memory.place<T>(layout, alignments[0]).a),
                    doubles = n * sizeof(T) / sizeof(double)] { run(a, nullptr, nullptr, doubles); };
        });
    }

    std::vector<contestant> prepare(setting& setting, remarks& remarks) const {
        setting.memory.fill<T>(n, numbers::lasting); // near 1: the product stays in range
        const any_reduction<T> ours = op.kernel_in(c_abi);
        std::vector<contestant> contestants{calling("picokernels", setting.memory, ours)};
        for (const competitor& one : setting.competitors) {
            const std::string& name = one.name();
            const any_reduction<T> theirs = op.kernel_in(*one.table);
            if (is_null(theirs)) {
                continue;
            }
            const auto [entry, is_new] = setting.differences.try_emplace(name + isa + op.name + type_name<T>);
            if (is_new) {
                entry->second = difference(ours, theirs);
            }
            if (entry->second.empty()) {
                contestants.push_back(calling(name, setting.memory, theirs));
            } else {
                remarks.differs.set(name, json::text(entry->second));
            }
        }
        if (const limit_table* limits = limits_of(isa); limits != nullptr && n >= 256 && inputs() == 1) {
            contestants.push_back(limit(setting.memory, limits->kind("read").run));
        }
        return contestants;
    }

    bench_case in_suite() const {
        return {.suite = "reduce",
                .isa = isa,
                .operation = op.name,
                .type = type_name<T>,
                .form = "array",
                .alignment = alignment.name,
                .n = n,
                .bytes = bytes(),
                .working_set = bytes(),
                .prepare = [*this](setting& setting, remarks& remarks) { return prepare(setting, remarks); }};
    }
};

} // namespace

template <class T> void add_reductions(std::vector<bench_case>& cases, const plan& plan, const char* isa) {
    for (const std::size_t n : plan.lengths) {
        for (const alignment& alignment : plan.alignments) {
            if (std::string_view(alignment.name) == "out_off") {
                continue; // there is no out
            }
            for (const reduction<T>& op : reductions<T>) {
                cases.push_back(reduction_case<T>{isa, op, n, alignment}.in_suite());
            }
        }
    }
}

template void add_reductions<double>(std::vector<bench_case>&, const plan&, const char*);
template void add_reductions<float>(std::vector<bench_case>&, const plan&, const char*);

} // namespace picokernels::bench
