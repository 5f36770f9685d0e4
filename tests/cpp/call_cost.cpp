// SPDX-License-Identifier: BSD-3-Clause
#include "call_cost.hpp"

#include <map>

namespace call_cost {

namespace {

template <class T> constexpr std::size_t bytes_of(array_function<T>) noexcept { return sizeof(T); }
template <class T> constexpr std::size_t bytes_of(scalar_function<T>) noexcept { return sizeof(T); }

} // namespace

std::size_t function::element_bytes() const {
    return std::visit([](auto p) { return bytes_of(p); }, pointer);
}

const void* function::address() const {
    return std::visit([](auto p) { return reinterpret_cast<const void*>(p); }, pointer);
}

std::string call::name() const {
    static constexpr const char* places[] = {"aligned", "shifted_alike", "shifted_apart"};
    return std::string(callee.name) + " n=" + std::to_string(n) + " " + places[static_cast<int>(where)];
}

std::vector<call> calls() {
    const function functions[] = {
        {"pk_add_f64", pk_add_f64},
        {"pk_sub_f64", pk_sub_f64},
        {"pk_mul_f64", pk_mul_f64},
        {"pk_div_f64", pk_div_f64},
        {"pk_add_f32", pk_add_f32},
        {"pk_sub_f32", pk_sub_f32},
        {"pk_mul_f32", pk_mul_f32},
        {"pk_div_f32", pk_div_f32},
        {"pk_add_scalar_f64", pk_add_scalar_f64},
        {"pk_sub_scalar_f64", pk_sub_scalar_f64},
        {"pk_mul_scalar_f64", pk_mul_scalar_f64},
        {"pk_div_scalar_f64", pk_div_scalar_f64},
        {"pk_rsub_scalar_f64", pk_rsub_scalar_f64},
        {"pk_rdiv_scalar_f64", pk_rdiv_scalar_f64},
        {"pk_add_scalar_f32", pk_add_scalar_f32},
        {"pk_sub_scalar_f32", pk_sub_scalar_f32},
        {"pk_mul_scalar_f32", pk_mul_scalar_f32},
        {"pk_div_scalar_f32", pk_div_scalar_f32},
        {"pk_rsub_scalar_f32", pk_rsub_scalar_f32},
        {"pk_rdiv_scalar_f32", pk_rdiv_scalar_f32},
    };
    // 1: no batch. 4: one or two. 16: the most of f32 without the table. 63, 64, 127: wide batches, with and without
    // a loop; 63 and 127 leave the longest tail on every ISA. 1000: next to nothing but the loop; 1007: a tail too.
    const placement all_places[] = {placement::aligned, placement::shifted_alike, placement::shifted_apart};
    std::vector<call> all;
    for (const function& callee : functions) {
        for (const std::size_t n : {1U, 4U, 16U, 63U, 64U, 127U}) {
            for (const placement where : all_places) {
                all.push_back({callee, n, where});
            }
        }
        // Once each, since single-stepping them takes a millisecond or two.
        all.push_back({callee, 1000, placement::aligned});
        all.push_back({callee, longest, placement::shifted_apart});
    }
    return all;
}

std::vector<std::string> available_isas() {
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    return {names.begin(), names.end()};
}

namespace {

// The constants of the bound, each counted by hand in what GCC 12 makes of the kernels, and beside it the room that
// other compiler versions and other ways to write the same thing may take. They are meant to be changed: to be
// lowered when the kernels get shorter, and raised by whoever has measured that more instructions take less time.

// Without the table, few 128-bit batches: two compares with their branches, the address of the last elements, the
// return.
constexpr double short_call = 9;
constexpr double short_call_room = 4; // less than a jump through the table costs
// The same, then the active table: load, jump; and the compares by which the kernel chooses among its ways.
constexpr double table_call = 14;
constexpr double table_call_room = 12;
// What Clang 14 adds: it copies arguments to other registers, and where one way through a function needs many of
// them, it saves and restores those of the caller (six at most, and the stack pointer) on all ways.
#if defined(__clang__)
constexpr double saved_registers_short = 6;
constexpr double saved_registers_table = 18;
#else
constexpr double saved_registers_short = 0;
constexpr double saved_registers_table = 0;
#endif

// A batch: load, load, operation, store. VEX and EVEX instructions load one operand themselves, and leave the other
// as it is; with SSE that takes an instruction more, be it a load or a copy of the scalar.
constexpr double batch_sse = 4;
constexpr double batch_vex = 3;
// Outside of the loop each batch is preceded by a compare and a branch, and the smaller ones by a new index.
constexpr double choice = 2;
constexpr double smaller_choice = 4;

// The loop: what decides about alignment, peeling and streaming.
constexpr double loop_entry = 24;
// Each step of the loop advances one or two addresses, compares, branches. The steps are of at least four batches;
// the room is enough for two (also with the pointer more that Clang advances), and not for one.
constexpr double loop_step = 4;
constexpr double batches_a_step = 4;
constexpr double loop_room = 1.4;

constexpr std::size_t narrow_bytes = 16; // the smallest batches

std::size_t batch_bytes(std::string_view isa) {
    if (isa == "avx512") {
        return 64;
    }
    return isa == "avx2" ? 32 : 16;
}

// Fewer than `lanes` elements take a batch of half the size or none, one of a quarter or none, and so on; fewer than
// the smallest batch go one by one. A batch that is not taken has been asked for nevertheless.
double rest_cost(std::size_t n, std::size_t lanes, std::size_t narrow, double batch) {
    double cost = 0;
    std::size_t size = lanes / 2;
    for (; size >= narrow; size /= 2) {
        cost += smaller_choice + ((n & size) != 0 ? batch : 0);
    }
    return cost + static_cast<double>(n % (2 * size)) * (batch + smaller_choice);
}

} // namespace

double bound(const call& call, std::string_view isa) {
    const std::size_t n = call.n;
    const std::size_t bytes = call.callee.element_bytes();
    const std::size_t narrow = narrow_bytes / bytes; // elements a batch
    const std::size_t lanes = batch_bytes(isa) / bytes;
    const bool is_division = call.callee.name.find("div") != std::string_view::npos;
    const auto batches_of = [n](std::size_t size) -> double {
        const std::size_t whole = n / size;
        return static_cast<double>(whole);
    };

    if (n <= (is_division ? 2 : 4) * narrow) {
        return short_call + short_call_room + saved_registers_short + batches_of(narrow) * (batch_sse + choice) +
               rest_cost(n, narrow, narrow, batch_sse);
    }
    const double batch = isa == "sse2" ? batch_sse : batch_vex;
    const double around = table_call + table_call_room + saved_registers_table + rest_cost(n, lanes, narrow, batch);
    if (n <= 4 * lanes) {
        return around + batches_of(lanes) * (batch + choice);
    }
    // What is peeled off the front leaves a batch less to the loop, and is the rest of another length.
    const double peeled = call.where == placement::shifted_alike ? rest_cost(lanes - 1, lanes, narrow, batch) : 0;
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
