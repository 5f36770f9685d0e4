// SPDX-License-Identifier: BSD-3-Clause
#include "call_cost.hpp"

#include "isas.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace call_cost {

namespace {

template <class T> void append_functions(std::vector<function>& functions) {
    for (const tested::kernel<T>& kernel : tested::kernels<T>()) {
        if (kernel.speed != tested::elementary) {
            functions.push_back({kernel.name, sizeof(T), kernel.instructions, kernel.speed == tested::slow, 0,
                                 std::visit([](auto p) { return pointer(p); }, kernel.c_function)});
        }
    }
    for (const tested::reduction<T>& reduction : tested::reductions<T>()) {
        const int arrays = reduction.inputs == tested::inputs::one_array ? 1 : 2;
        functions.push_back({reduction.name, sizeof(T), reduction.instructions, false, arrays,
                             std::visit([](auto p) { return pointer(p); }, reduction.c_function)});
    }
}

} // namespace

const void* function::address() const {
    return std::visit([](auto p) { return reinterpret_cast<const void*>(p); }, pointer);
}

std::string call::name() const {
    static constexpr const char* places[] = {"aligned", "shifted_alike", "shifted_apart"};
    return std::string(callee.name) + " n=" + std::to_string(n) + " " + places[static_cast<int>(where)];
}

std::vector<call> calls() {
    std::vector<function> functions;
    append_functions<double>(functions);
    append_functions<float>(functions);
    // 1: no batch. 4: one or two. 16: the longest short call of f32. 63, 64, 127: wide batches, with and without a
    // loop; 63 and 127 leave the longest tail on every ISA. 1000: hardly more than the loop. 1007: a tail too.
    const placement all_places[] = {placement::aligned, placement::shifted_alike, placement::shifted_apart};
    std::vector<call> all;
    for (const function& callee : functions) {
        if (callee.reduced_arrays != 0) { // their code does not depend on the alignment
            for (const std::size_t n : {1U, 2U, 4U, 7U, 8U, 15U, 16U, 31U, 63U, 64U, 127U, 1007U}) {
                all.push_back({callee, n, placement::aligned});
            }
            continue;
        }
        for (const std::size_t n : {1U, 4U, 16U, 63U, 64U, 127U}) {
            for (const placement where : all_places) {
                all.push_back({callee, n, where});
            }
        }
        // Once each, because single-stepping them takes a millisecond or two.
        all.push_back({callee, 1000, placement::aligned});
        all.push_back({callee, longest, placement::shifted_apart});
    }
    return all;
}

namespace {

// The constants of the bound. Each is counted by hand in the code that GCC 12 makes of the kernels. Beside it stands
// the room for other compiler versions and for other ways to write the same. Lower a constant when the kernels get
// shorter. Raise it only with a measurement that more instructions take less time.

// A short call: two compares with their branches, the address of the last elements, the return.
constexpr double short_call = 9;
constexpr double short_call_room = 4; // less than a jump through the table costs
// The same, and then the load of the active function, the jump, and the compares by which the kernel chooses a path.
constexpr double table_call = 14;
constexpr double table_call_room = 12;
// What Clang 14 adds: it copies arguments to other registers. If one path through a function needs many registers, it
// saves and restores the caller's (six at most, and the stack pointer) on all paths.
#if defined(__clang__)
constexpr double saved_registers_short = 6;
constexpr double saved_registers_table = 18;
#else
constexpr double saved_registers_short = 0;
constexpr double saved_registers_table = 0;
#endif

// A batch: load, load, store. VEX and EVEX instructions load one operand themselves and keep the other. SSE takes an
// instruction more: a load, or a copy of the scalar.
constexpr double batch_sse = 3;
constexpr double batch_vex = 2;
// Outside of the loop, a compare and a branch precede each batch, and a new index precedes the smaller ones.
constexpr double choice = 2;
constexpr double smaller_choice = 4;

// The loop: the tests of alignment and streaming, and peeling.
constexpr double loop_entry = 24;
// A step of the loop advances one or two addresses, compares, and branches. It has four batches or more. The room is
// enough for a step of two batches (and for the pointer more that Clang advances), and not for a step of one.
constexpr double loop_step = 4;
constexpr double batches_a_step = 4;
constexpr double loop_room = 1.4;

constexpr std::size_t narrow_bytes = 16; // the smallest batches

// The tail, of fewer than `lanes` elements: a batch of half the size or none, one of a quarter or none, and so on.
// The elements that the smallest batch leaves go one by one. A batch that is not taken still costs its test.
double tail_cost(std::size_t n, std::size_t lanes, std::size_t narrow, double batch) {
    double cost = 0;
    std::size_t size = lanes / 2;
    for (; size >= narrow; size /= 2) {
        cost += smaller_choice + ((n & size) != 0 ? batch : 0);
    }
    return cost + static_cast<double>(n % (2 * size)) * (batch + smaller_choice);
}

// A reduction: the batches, the elements that no whole batch has, the partial results.
constexpr double partial_results_bytes = 256;
// Two batches of partial results become one, within a batch after a copy and a shuffle.
constexpr double shuffle = 2;
// The last elements are put together with padding, in halves of batches. Each half has a choice, a load, and a join.
constexpr double join = 6;
constexpr double padded_element = 2;

double reduction_bound(const call& call, std::string_view isa) {
    const std::size_t bytes = call.callee.element_bytes;
    const auto n = static_cast<double>(call.n);
    const double operation = call.callee.instructions;
    const double arrays = call.callee.reduced_arrays;
    const double narrow = narrow_bytes / static_cast<double>(bytes);
    const bool is_short = n <= 4 * narrow;
    const tested::isa& wide = *tested::find_isa(isa);
    const double lanes = is_short ? narrow : static_cast<double>(wide.batch_bytes) / static_cast<double>(bytes);

    // As above, VEX and EVEX instructions load one operand themselves.
    const double batch = arrays + operation - (is_short || wide.batches == tested::encoding::legacy ? 0 : 1);
    const double batches = std::ceil(n / lanes);
    const double most = is_short ? 4 : partial_results_bytes / (lanes * static_cast<double>(bytes));
    const double last =
        std::fmod(n, lanes) == 0
            ? 0
            : arrays * (join * (1 + std::log2(lanes / narrow)) + std::fmod(n, narrow) * padded_element);
    const double combined =
        (std::min(batches, most) + std::log2(lanes)) * (shuffle + operation) + std::log2(most) * smaller_choice;
    if (is_short) {
        return short_call + saved_registers_short + batches * batch + last + combined;
    }
    return table_call + table_call_room + saved_registers_table + last + combined +
           batches * (batch + loop_step / most) * loop_room;
}

} // namespace

double bound(const call& call, std::string_view isa) {
    if (call.callee.reduced_arrays != 0) {
        return reduction_bound(call, isa);
    }
    const std::size_t n = call.n;
    const std::size_t bytes = call.callee.element_bytes;
    const std::size_t narrow = narrow_bytes / bytes; // elements a batch
    const tested::isa& wide = *tested::find_isa(isa);
    const std::size_t lanes = wide.batch_bytes / bytes;
    const auto batches_of = [n](std::size_t size) -> double {
        const std::size_t whole = n / size;
        return static_cast<double>(whole);
    };

    const double narrow_batch = batch_sse + call.callee.instructions;
    if (n <= (call.callee.is_slow ? 2 : 4) * narrow) {
        return short_call + short_call_room + saved_registers_short + batches_of(narrow) * (narrow_batch + choice) +
               tail_cost(n, narrow, narrow, narrow_batch);
    }
    const double batch =
        (wide.batches == tested::encoding::legacy ? batch_sse : batch_vex) + call.callee.instructions;
    const double around = table_call + table_call_room + saved_registers_table + tail_cost(n, lanes, narrow, batch);
    if (n <= 4 * lanes) {
        return around + batches_of(lanes) * (batch + choice);
    }
    // Peeling leaves a batch less to the loop, and is a tail of another length.
    const double peeled = call.where == placement::shifted_alike ? tail_cost(lanes - 1, lanes, narrow, batch) : 0;
    return around + peeled + loop_entry + (batches_of(lanes) + 1) * (batch + loop_step / batches_a_step) * loop_room;
}

std::string verdict(std::string_view isa, const std::vector<count>& counts) {
    struct excess {
        int calls = 0;
        double ratio = 0; // of the worst
        std::string worst;
    };
    std::map<std::size_t, excess> by_length;
    std::string text;
    for (const count& counted : counts) {
        const double most = bound(counted.of, isa);
        if (counted.instructions < 1) {
            text += counted.of.name() + ": nothing was counted\n";
        } else if (counted.instructions > most) {
            excess& here = by_length[counted.of.n];
            ++here.calls;
            if (counted.instructions / most > here.ratio) {
                here.ratio = counted.instructions / most;
                here.worst = counted.of.name() + " takes " + std::to_string(counted.instructions) +
                             " instructions, bound " + std::to_string(static_cast<int>(most));
            }
        }
    }
    for (const auto& [n, excess] : by_length) {
        text += excess.worst + " (the worst of " + std::to_string(excess.calls) + ")\n";
    }
    return text.empty() ? text : std::string(isa) + ":\n" + text;
}

} // namespace call_cost
