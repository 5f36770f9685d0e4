// SPDX-License-Identifier: BSD-3-Clause
//
// The kernels, through the C ABI, against the compiler's own loop for the same ISA, called through a pointer too: the
// same aligned data, results compared before anything is timed, repetitions interleaved at random.
//
// Names are IMPLEMENTATION/ISA/OPERATION/n. For example, the ones that the README quotes:
//     kernels_benchmark --benchmark_filter=/add_f64/
#include "compiler_loop.hpp"
#include "picokernels/picokernels.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t lengths[] = {4, 64, 1000};
constexpr std::size_t longest = 1000;

const compiler_loops* const loops[] = {
#if defined(WITH_LOOP_sse2)
    &compiler_loops_sse2,
#endif
#if defined(WITH_LOOP_avx2)
    &compiler_loops_avx2,
#endif
#if defined(WITH_LOOP_avx512)
    &compiler_loops_avx512,
#endif
#if defined(WITH_LOOP_generic)
    &compiler_loops_generic,
#endif
};

// Where a, b and out lie relative to each other (modulo the page, the banks of the cache) changes a call's time by
// a third. So no single layout decides: each repetition takes the next of a sequence of random ones, aligned to
// 64 bytes, and the sequence is the same for both sides.
template <class T> class operands {
  public:
    explicit operands(unsigned layout) {
        std::minstd_rand generator(layout + 1);
        for (std::size_t array = 0; array < 3; ++array) {
            const std::size_t line = generator() % (slot_bytes / 64 - longest * sizeof(T) / 64);
            pointers_[array] = reinterpret_cast<T*>(memory() + array * slot_bytes + line * 64);
        }
        for (std::size_t i = 0; i < longest; ++i) {
            pointers_[0][i] = T(1) + T(i) / T(7);
            pointers_[1][i] = T(3) - T(i) / T(11);
            pointers_[2][i] = T(0);
        }
    }

    const T* a() const { return pointers_[0]; }
    const T* b() const { return pointers_[1]; }
    T* out() const { return pointers_[2]; }

  private:
    static constexpr std::size_t slot_bytes = std::size_t{1} << 17U;

    static unsigned char* memory() {
        alignas(4096) static unsigned char bytes[3 * slot_bytes];
        return bytes;
    }

    std::array<T*, 3> pointers_{};
};

// How often a benchmark was run: the number of its next layout.
unsigned& runs_of(const std::string& name) {
    static std::map<std::string, unsigned> runs;
    return runs[name];
}

template <class T> struct operation_pair {
    const char* name;
    array_function<T> library;
    array_function<T> compiler_loops::* loop;
};

constexpr operation_pair<double> operations_f64[] = {{"add_f64", pk_add_f64, &compiler_loops::add_f64},
                                                     {"sub_f64", pk_sub_f64, &compiler_loops::sub_f64},
                                                     {"mul_f64", pk_mul_f64, &compiler_loops::mul_f64},
                                                     {"div_f64", pk_div_f64, &compiler_loops::div_f64}};
constexpr operation_pair<float> operations_f32[] = {{"add_f32", pk_add_f32, &compiler_loops::add_f32},
                                                    {"sub_f32", pk_sub_f32, &compiler_loops::sub_f32},
                                                    {"mul_f32", pk_mul_f32, &compiler_loops::mul_f32},
                                                    {"div_f32", pk_div_f32, &compiler_loops::div_f32}};

template <class T> std::vector<T> results_of(array_function<T> function, std::size_t n) {
    const operands<T> x(0);
    function(x.a(), x.b(), x.out(), n);
    return {x.out(), x.out() + longest};
}

template <class T>
void time_calls(benchmark::State& state, const std::string& name, const char* isa, array_function<T> function,
                std::size_t n) {
    pk_set_isa(isa);
    if (std::strcmp(pk_isa(), isa) != 0) {
        state.SkipWithError("the ISA is not the active one");
        return;
    }
    const operands<T> x(runs_of(name)++);
    const T* a = x.a();
    const T* b = x.b();
    T* out = x.out();
    // Called through a pointer that the compiler cannot see through, on both sides alike.
    benchmark::DoNotOptimize(function);
    for (const auto _ : state) {
        function(a, b, out, n);
        benchmark::ClobberMemory();
    }
    state.SetLabel(pk_isa());
    state.SetItemsProcessed(static_cast<int64_t>(n) * state.iterations());
}

// False if the two sides do not compute the same.
template <class T, std::size_t Count>
bool register_operations(const compiler_loops& loop, const operation_pair<T> (&operations)[Count]) {
    for (const auto& operation : operations) {
        for (const std::size_t n : lengths) {
            const array_function<T> peer = loop.*operation.loop;
            if (results_of(operation.library, n) != results_of(peer, n)) {
                std::cerr << operation.name << " on " << loop.isa
                          << ": results differ from the compiler's loop at n = " << n << '\n';
                return false;
            }
            const std::string name = std::string("/") + loop.isa + "/" + operation.name + "/" + std::to_string(n);
            for (const auto& [side, function] :
                 {std::pair("picokernels", operation.library), std::pair("compiler_loop", peer)}) {
                const std::string full_name = side + name;
                benchmark::RegisterBenchmark(full_name.c_str(), time_calls<T>, full_name, loop.isa, function, n);
            }
        }
    }
    return true;
}

} // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return EXIT_FAILURE;
    }
    benchmark::AddCustomContext("best_isa", pk_isa());
    benchmark::AddCustomContext("picokernels_version", pk_version());
    benchmark::AddCustomContext("compiler", __VERSION__);
    for (const compiler_loops* loop : loops) {
        if (pk_set_isa(loop->isa) != PK_OK) {
            std::cerr << loop->isa << ": skipped, this machine does not offer it\n";
            continue;
        }
        if (!register_operations(*loop, operations_f64) || !register_operations(*loop, operations_f32)) {
            return EXIT_FAILURE;
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return EXIT_SUCCESS;
}
