// SPDX-License-Identifier: BSD-3-Clause
#include "timing.hpp"

#include <algorithm>
#include <cmath>

namespace picokernels::bench {

namespace {

// Keeps the times, prints nothing.
class collector : public benchmark::BenchmarkReporter {
  public:
    explicit collector(std::vector<timed>& results) : results_(&results) {}

    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type != Run::RT_Iteration) {
                continue; // Google Benchmark's own means
            }
            for (timed& result : *results_) {
                if (result.name == run.run_name.function_name) {
                    result.ns.push_back(run.real_accumulated_time * 1e9 / static_cast<double>(run.iterations));
                }
            }
        }
    }

  private:
    std::vector<timed>* results_;
};

} // namespace

std::vector<timed> interleave(const std::vector<contestant>& contestants, const effort& effort) {
    std::vector<timed> results;
    std::vector<unsigned> layouts(contestants.size(), 0); // the next one of each
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        results.push_back({contestants[i].name, {}});
        const double call_s = contestants[i].seconds_per_call();
        const auto calls = static_cast<benchmark::IterationCount>(std::ceil(effort.slice_s / call_s));
        benchmark::RegisterBenchmark(contestants[i].name.c_str(),
                                     [&contestant = contestants[i], &layout = layouts[i]](benchmark::State& state) {
                                         contestant.run(state, layout++);
                                     })
            ->Iterations(std::max<benchmark::IterationCount>(calls, 1))
            ->Repetitions(effort.repetitions);
    }
    collector reporter(results);
    benchmark::RunSpecifiedBenchmarks(&reporter, ".");
    benchmark::ClearRegisteredBenchmarks();
    return results;
}

} // namespace picokernels::bench
