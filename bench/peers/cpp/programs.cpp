// SPDX-License-Identifier: BSD-3-Clause
//
// The jobs of the benchmark of programs, compiled ahead of time by a C++ compiler. Its flags are the rows'
// difference.

#include "program_jobs.hpp"

#include <memory>

namespace {

Numbers move(const Job& job) {
    Numbers states;
    for (State<double> x : job.initial) {
        for (std::size_t i = 0; i < job.count; ++i) {
            x = runge_kutta_step(x, job.dt);
        }
        states.insert(states.end(), x.begin(), x.end());
    }
    return states;
}

template <class Expression, std::size_t... k>
void loop(Expression expression, Arrays& arrays, std::index_sequence<k...>) {
    const std::array<const double*, sizeof...(k)> in{arrays.in[k].data()...};
    double* __restrict out = arrays.out.data();
    const std::size_t n = arrays.out.size();
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = expression.of(std::array{in[k][i]...});
    }
    asm volatile("" ::"r"(out) : "memory"); // the next loop can't replace this one
}

Work make_work(std::istream& words) {
    const Job job = Job::parse(words);
    if (job.is_motion()) {
        return [job] { return move(job); };
    }
    if (job.is_creation()) {
        cannot_do("it is compiled ahead of time");
    }
    return with_expression(job.name, [&](auto expression) -> Work {
        const auto arrays = std::make_shared<Arrays>(job.size);
        return [expression, arrays, count = job.count] {
            for (std::size_t i = 0; i < count; ++i) {
                loop(expression, *arrays, std::make_index_sequence<decltype(expression)::inputs>());
            }
            return arrays->sample();
        };
    });
}

} // namespace

int main() { serve(make_work, do_work); }
