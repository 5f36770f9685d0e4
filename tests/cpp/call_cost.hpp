// SPDX-License-Identifier: BSD-3-Clause
//
// What a call through the C ABI may cost, in executed instructions: the calls that are counted, and the bound. Two
// tests count them in two ways, call_cost_test (by the CPU's trap flag, on every ISA of this CPU) and
// call_cost_callgrind_test (under valgrind, whose CPU ends at AVX2).
#ifndef CALL_COST_HPP
#define CALL_COST_HPP

#include "picokernels/picokernels.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace call_cost {

template <class T> using array_function = void (*)(const T*, const T*, T*, std::size_t);
template <class T> using scalar_function = void (*)(const T*, T, T*, std::size_t);

// A function of the C ABI, under its name.
struct function {
    std::string_view name;
    std::variant<array_function<double>, scalar_function<double>, array_function<float>, scalar_function<float>>
        pointer;

    std::size_t element_bytes() const;
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

// Every function, at lengths that take every way through the kernels.
std::vector<call> calls();

// Runs the call, on arrays of its own. before() and after() enclose it as tightly as they can.
template <class Before, class After> void run(const call& call, Before before, After after);

// The names of the ISAs that are available, best first.
std::vector<std::string> available_isas();

// The most instructions that the call may execute, from the first of the function to its return, callees included.
double bound(const call& call, std::string_view isa);

struct count {
    call of;
    int instructions;
};

// What exceeds its bound, a line for each length; empty if nothing does.
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

// Made at compile time: run() does the same the first time as ever after.
template <class T> inline constinit operands<T> shared_operands;

template <class T> operands<T>& operands_of(array_function<T>) noexcept { return shared_operands<T>; }
template <class T> operands<T>& operands_of(scalar_function<T>) noexcept { return shared_operands<T>; }

template <class T> const T* right(array_function<T>, const T* b) noexcept { return b; }
template <class T> T right(scalar_function<T>, const T* b) noexcept { return *b; }

template <class Before, class After> void run(const call& call, Before before, After after) {
    const auto run_pointer = [&](auto function) {
        auto& arrays = operands_of(function);
        const std::size_t in_shift = call.where == placement::shifted_alike ? 1 : 0;
        const std::size_t out_shift = call.where == placement::aligned ? 0 : 1;
        const auto* const a = arrays.a.data() + in_shift;
        const auto b = right(function, arrays.b.data() + in_shift);
        auto* const out = arrays.out.data() + out_shift;
        const std::size_t n = call.n;
        before();
        function(a, b, out, n);
        after();
    };
    std::visit(run_pointer, call.callee.pointer);
}

} // namespace call_cost

#endif // CALL_COST_HPP
