// SPDX-License-Identifier: BSD-3-Clause
//
// What a call through the C ABI may cost, in executed instructions: the calls, and their bounds. Two tests count them
// in two ways: call_cost_test with the CPU's trap flag, on every ISA of this CPU, and call_cost_callgrind_test with
// valgrind, whose CPU ends at AVX2.
#ifndef CALL_COST_HPP
#define CALL_COST_HPP

#include "operations.hpp"
#include "reductions.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace call_cost {

// A function of the C ABI.
using pointer =
    std::variant<tested::unary_function<double>, tested::array_function<double>, tested::scalar_function<double>,
                 tested::unary_function<float>, tested::array_function<float>, tested::scalar_function<float>,
                 tested::one_array_function<double>, tested::two_arrays_function<double>,
                 tested::one_array_function<float>, tested::two_arrays_function<float>>;

struct function {
    std::string_view name;
    std::size_t element_bytes;
    int instructions; // of the operation itself, for each batch
    bool is_slow;
    int reduced_arrays; // 0 if the function is no reduction
    call_cost::pointer pointer;

    const void* address() const;
};

// How the arrays lie: all aligned for every ISA; all one element past that; out alone one element past it.
enum class placement { aligned, shifted_alike, shifted_apart };

struct call {
    function callee;
    std::size_t n;
    placement where;

    std::string name() const; // unique among calls()
};

// Every function, at lengths that take every path through the kernels.
std::vector<call> calls();

// Runs the call on arrays of its own, between before() and after().
template <class Before, class After> void run(const call& call, Before before, After after);

// The most instructions that the call may execute, from the first of the function to its return, with its callees.
double bound(const call& call, std::string_view isa);

struct count {
    call of;
    int instructions;
};

// The calls that exceed their bound, a line for each length; empty if none does.
std::string verdict(std::string_view isa, const std::vector<count>& counts);

// ---------------------------------------------------------------------------------------------------------------

constexpr std::size_t longest = 1007;

// Arrays of ones, with room for every placement.
template <class T> struct operands {
    static constexpr std::size_t alignment = 64; // bytes, that of the widest ISA
    static constexpr std::size_t capacity = longest + 1;

    alignas(alignment) std::array<T, capacity> a{}, b{}, out{};

    constexpr operands() noexcept {
        a.fill(1);
        b.fill(1);
    }
};

// Made at compile time, so that the first run() does what later ones do.
template <class T> inline constinit operands<T> shared_operands;

template <class T> operands<T>& operands_of(tested::unary_function<T>) noexcept { return shared_operands<T>; }
template <class T> operands<T>& operands_of(tested::array_function<T>) noexcept { return shared_operands<T>; }
template <class T> operands<T>& operands_of(tested::scalar_function<T>) noexcept { return shared_operands<T>; }
template <class T> operands<T>& operands_of(tested::one_array_function<T>) noexcept { return shared_operands<T>; }
template <class T> operands<T>& operands_of(tested::two_arrays_function<T>) noexcept { return shared_operands<T>; }

template <class Before, class After> void run(const call& call, Before before, After after) {
    const auto run_pointer = [&](auto function) {
        auto& arrays = operands_of(function);
        const std::size_t in_shift = call.where == placement::shifted_alike ? 1 : 0;
        const std::size_t out_shift = call.where == placement::aligned ? 0 : 1;
        const auto* const a = arrays.a.data() + in_shift;
        const auto* const b = arrays.b.data() + in_shift;
        auto* const out = arrays.out.data() + out_shift; // NOLINT(misc-const-correctness): kernels write there
        const std::size_t n = call.n;
        before();
        if constexpr (requires { tested::call(function, a, b, n); }) {
            tested::call(function, a, b, n);
        } else {
            tested::call(function, a, b, out, n);
        }
        after();
    };
    std::visit(run_pointer, call.callee.pointer);
}

} // namespace call_cost

#endif // CALL_COST_HPP
