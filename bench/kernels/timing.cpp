// SPDX-License-Identifier: BSD-3-Clause
#include "timing.hpp"

#include <cmath>

namespace picokernels::bench {

namespace {

// Keeps the times of the benchmarks, whose names are the contestants' places, and prints nothing.
class collector : public benchmark::BenchmarkReporter {
  public:
    explicit collector(std::vector<std::vector<double>>& ns) : ns_(&ns) {}

    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type == Run::RT_Iteration) { // and no mean of Google Benchmark's own
                const double calls = static_cast<double>(run.iterations);
                (*ns_)[std::stoul(run.run_name.function_name)].push_back(run.real_accumulated_time * 1e9 / calls);
            }
        }
    }

  private:
    std::vector<std::vector<double>>* ns_;
};

} // namespace

std::vector<std::vector<double>> interleave(const std::vector<contestant>& contestants, const effort& effort) {
    std::vector<std::vector<double>> ns(contestants.size());
    std::vector<unsigned> next_layout(contestants.size(), 0);
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        const double calls = std::ceil(effort.slice_s / contestants[i].seconds_per_call());
        benchmark::RegisterBenchmark(
            std::to_string(i).c_str(),
            [&run = contestants[i].run, &layout = next_layout[i]](benchmark::State& state) { run(state, layout++); })
            ->Iterations(std::max<benchmark::IterationCount>(static_cast<benchmark::IterationCount>(calls), 1))
            ->Repetitions(effort.repetitions);
    }
    collector reporter(ns);
    benchmark::RunSpecifiedBenchmarks(&reporter, ".");
    benchmark::ClearRegisteredBenchmarks();
    return ns;
}

} // namespace picokernels::bench
