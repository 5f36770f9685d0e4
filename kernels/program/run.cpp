// SPDX-License-Identifier: BSD-3-Clause
//
// What all engines share: arrays are cut into blocks, and outputs become inputs.
#include "../dispatch/dispatch.hpp"
#include "program.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace picokernels::program {

const engine& engine_of(const pk_program& program) noexcept {
    return program.machine_code == nullptr ? active_table().interpreter : program.machine_code->functions();
}

namespace {

constexpr pk_trouble no_trouble{PK_TROUBLE_NONE, -1, 0, 0};

pk_trouble trouble_of(const failure& found, std::size_t first_lane, std::size_t step) noexcept {
    if (found.kind == PK_TROUBLE_NONE) {
        return no_trouble;
    }
    return {found.kind, static_cast<std::int32_t>(found.source), first_lane + found.lane, step};
}

// Tells when a step is one that is stored.
class countdown {
  public:
    explicit countdown(std::size_t every) noexcept : every_(every), left_(every) {}
    bool is_due() noexcept {
        if (every_ == 0 || --left_ != 0) {
            return false;
        }
        left_ = every_;
        return true;
    }

  private:
    std::size_t every_;
    std::size_t left_;
};

// Memory on the stack for the lanes of all slots: half of a first cache of 64 KiB or more, which leaves room for the
// arrays. Programs with very many slots need more for the least number of lanes.
constexpr std::size_t usual_capacity = 4096;
constexpr std::size_t usual_rows = 256;
constexpr std::size_t most_rows = PK_PROGRAM_MAX_ALIVE + PK_PROGRAM_MAX_OUTPUTS; // slots and next states
constexpr std::size_t most_lanes = 512; // more don't make the steps' overhead smaller

template <std::size_t Capacity, std::size_t Rows> struct workspace {
    alignas(64) double numbers[Capacity];
    double* rows[Rows];
};
using usual_workspace = workspace<usual_capacity, usual_rows>;
using large_workspace = workspace<most_rows * lane_multiple, most_rows>;

constexpr std::size_t rounded_up(std::size_t n) noexcept {
    return (n + lane_multiple - 1) / lane_multiple * lane_multiple;
}

// Copies n numbers, and repeats the last one up to a multiple of lanes.
void copy_padded(const double* from, std::size_t n, double* to) noexcept {
    std::copy_n(from, n, to);
    std::fill(to + n, to + rounded_up(n), from[n - 1]);
}

// Whether the slots of inputs can be the caller's arrays: none is one number for all lanes, and none is an output,
// which another output could replace before it is written.
bool needs_no_copies(const code& of, const pk_input* inputs) noexcept {
    return std::ranges::none_of(std::span(of.used_inputs, of.used_input_count), [inputs](used_input input) {
        return input.is_output || inputs[input.slot].stride == 0;
    });
}

// Runs the lanes of one call, block by block.
class lanes_run {
  public:
    // rows: those of the slots, and then others for the caller.
    lanes_run(const pk_program& program, std::size_t n, std::span<double> numbers, std::span<double*> rows) noexcept
        : code_(program.code), engine_(engine_of(program)), rows_(rows), own_(numbers.data()), n_(n),
          block_(std::min(rounded_up(n), numbers.size() / std::max<std::size_t>(rows.size(), 1))) {
        block_ = std::min(block_, most_lanes) / lane_multiple * lane_multiple;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i] = own_row(i);
        }
        if (code_.has_branches) { // lanes keep what a slot had where they don't take a side
            std::ranges::fill(numbers.first(rows.size() * block_), 0.0);
        }
    }

    pk_trouble run(const pk_input* inputs, double* const* outputs) noexcept {
        pk_trouble first = no_trouble;
        fill_scalars(inputs);
        const std::size_t most = engine_.writes_only_outputs && needs_no_copies(code_, inputs) ? n_ : block_;
        for (begin_ = 0; begin_ < n_; begin_ += count_) {
            count_ = std::min(most, n_ - begin_);
            if (engine_.writes_only_outputs && count_ > engine_.batch) {
                count_ -= count_ % engine_.batch; // without copies; the rest is a block of its own
            }
            for (std::size_t i = 0; i < code_.used_input_count; ++i) {
                take_input(code_.used_inputs[i], inputs);
            }
            for (std::size_t j = 0; j < code_.output_count; ++j) {
                place_output(code_.outputs[j], outputs[j]);
            }
            failure found;
            engine_.block(code_, rows_.data(), count_, found);
            if (first.kind == PK_TROUBLE_NONE) {
                first = trouble_of(found, begin_, 0);
            }
            for (std::size_t j = 0; j < code_.output_count; ++j) {
                copy_output(j, outputs[j] + begin_, count_);
            }
        }
        return first;
    }

    // The rows after those of the slots are for the next state, one for each output.
    pk_trouble iterate(const pk_input* inputs, double* const* outputs, std::size_t steps, std::size_t every,
                       double* const* stored) noexcept {
        pk_trouble first = no_trouble;
        for (begin_ = 0; begin_ < n_; begin_ += block_) {
            count_ = std::min(block_, n_ - begin_);
            fill_scalars(inputs);
            for (std::size_t i = 0; i < code_.input_count; ++i) {
                if (inputs[i].stride != 0) {
                    copy_padded(inputs[i].data + begin_, count_, rows_[i]);
                }
            }
            const pk_trouble found = iterate_block(steps, every, stored);
            if (found.kind != PK_TROUBLE_NONE) {
                first = found;
                steps = found.step; // later lanes count only if they fail earlier
            }
            for (std::size_t j = 0; j < code_.output_count; ++j) {
                std::copy_n(rows_[j], count_, outputs[j] + begin_);
            }
        }
        return first;
    }

  private:
    double* own_row(std::size_t row) const noexcept { return own_ + row * block_; }

    void fill_scalars(const pk_input* inputs) const noexcept {
        for (std::size_t i = 0; i < code_.input_count; ++i) {
            if (inputs[i].stride == 0) {
                std::fill_n(rows_[i], block_, inputs[i].data[0]);
            }
        }
    }

    // The slot is the caller's array itself if the block is whole. An input that is an output too is copied: another
    // output may replace it before it is written.
    void take_input(used_input input, const pk_input* inputs) const noexcept {
        const pk_input& from = inputs[input.slot];
        if (from.stride == 0) {
            return;
        }
        if (input.is_output || count_ % engine_.batch != 0) {
            rows_[input.slot] = own_row(input.slot);
            copy_padded(from.data + begin_, count_, rows_[input.slot]);
        } else {
            rows_[input.slot] = const_cast<double*>(from.data + begin_); // engines don't write inputs
        }
    }

    // If nothing else is written, the slot can be the caller's array too.
    void place_output(output from, double* to) const noexcept {
        if (engine_.writes_only_outputs && !from.is_constant && from.index >= code_.input_count) {
            rows_[from.index] = count_ % engine_.batch == 0 ? to + begin_ : own_row(from.index);
        }
    }

    void copy_output(std::size_t j, double* to, std::size_t count) const noexcept {
        const output from = code_.outputs[j];
        if (from.is_constant) {
            std::fill_n(to, count, code_.constants[from.index]);
        } else if (rows_[from.index] != to) {
            std::copy_n(rows_[from.index], count, to);
        }
    }

    pk_trouble iterate_block(std::size_t steps, std::size_t every, double* const* stored) const noexcept {
        countdown store(every);
        std::size_t stored_count = 0;
        for (std::size_t step = 0; step < steps; ++step) {
            failure found;
            engine_.block(code_, rows_.data(), count_, found);
            if (found.kind != PK_TROUBLE_NONE) {
                return trouble_of(found, begin_, step);
            }
            replace_state();
            if (store.is_due()) {
                for (std::size_t j = 0; j < code_.output_count; ++j) {
                    std::copy_n(rows_[j], count_, stored[j] + stored_count * n_ + begin_);
                }
                ++stored_count;
            }
        }
        return no_trouble;
    }

    // All outputs are copied before one replaces an input, because an input may be an output.
    void replace_state() const noexcept {
        double** const next = rows_.data() + code_.slot_count;
        for (std::size_t j = 0; j < code_.output_count; ++j) {
            copy_output(j, next[j], count_);
            std::fill(next[j] + count_, next[j] + rounded_up(count_), next[j][count_ - 1]);
        }
        std::swap_ranges(next, next + code_.output_count, rows_.data());
    }

    const code& code_;
    const engine& engine_;
    std::span<double*> rows_;
    double* own_;
    std::size_t n_;
    std::size_t block_;
    std::size_t begin_ = 0; // of the block
    std::size_t count_ = 0;
};

// Runs the lanes of one call in the caller's arrays, without copies. In short calls, little else takes any time.
class direct_run {
  public:
    direct_run(const pk_program& program, const pk_input* inputs, double* const* outputs, std::size_t n) noexcept
        : code_(program.code), engine_(engine_of(program)), inputs_(inputs), outputs_(outputs), n_(n) {}

    // Needed besides: an engine without memory of its own, and outputs that are no constants. Last lanes that fill no
    // batch repeat lanes before them, which must still have their inputs.
    bool is_possible() const noexcept {
        return engine_.writes_only_outputs && code_.slot_count <= usual_rows && n_ >= engine_.batch &&
               needs_no_copies(code_, inputs_) && (n_ % engine_.batch == 0 || !is_in_place()) &&
               std::ranges::none_of(std::span(code_.outputs, code_.output_count), &output::is_constant);
    }

    pk_trouble run() const noexcept {
        const std::size_t whole = n_ - n_ % engine_.batch;
        const pk_trouble first = run_block(0, whole);
        if (whole == n_) {
            return first;
        }
        const pk_trouble last = run_block(n_ - engine_.batch, engine_.batch); // repeats lanes
        return first.kind == PK_TROUBLE_NONE ? last : first;
    }

  private:
    bool is_in_place() const noexcept {
        const std::span outputs(outputs_, code_.output_count);
        return std::ranges::any_of(std::span(code_.used_inputs, code_.used_input_count), [&](used_input input) {
            return std::ranges::find(outputs, inputs_[input.slot].data) != outputs.end();
        });
    }
    pk_trouble run_block(std::size_t begin, std::size_t count) const noexcept {
        double* rows[usual_rows]; // those of inputs and outputs alone
        for (const used_input& input : std::span(code_.used_inputs, code_.used_input_count)) {
            rows[input.slot] = const_cast<double*>(inputs_[input.slot].data + begin); // engines don't write inputs
        }
        for (std::size_t j = 0; j < code_.output_count; ++j) {
            rows[code_.outputs[j].index] = outputs_[j] + begin;
        }
        failure found;
        engine_.block(code_, rows, count, found);
        for (std::size_t j = 0; j < code_.output_count; ++j) {
            const double* const from = rows[code_.outputs[j].index];
            if (from != outputs_[j] + begin) { // two outputs are one value
                std::copy_n(from, count, outputs_[j] + begin);
            }
        }
        return trouble_of(found, begin, 0);
    }

    const code& code_;
    const engine& engine_;
    const pk_input* inputs_;
    double* const* outputs_;
    std::size_t n_;
};

// Calls run with a lanes_run of that many rows. A function of its own for each size, because a large frame costs even
// those calls that don't use it.
template <class Workspace, class Run>
[[gnu::noinline]] pk_trouble in_workspace(const pk_program& program, std::size_t n, std::size_t rows,
                                          Run run) noexcept {
    Workspace memory; // uninitialised
    return run(lanes_run(program, n, memory.numbers, std::span(memory.rows).first(rows)));
}

template <class Run>
pk_trouble in_lanes(const pk_program& program, std::size_t n, std::size_t rows, Run run) noexcept {
    if (n == 0) {
        return no_trouble;
    }
    return rows <= usual_rows ? in_workspace<usual_workspace>(program, n, rows, run)
                              : in_workspace<large_workspace>(program, n, rows, run);
}

} // namespace

pk_trouble run_point(const pk_program& program, const double* inputs, double* outputs) noexcept {
    failure found;
    engine_of(program).point(program.code, inputs, outputs, found);
    return trouble_of(found, 0, 0);
}

pk_trouble run(const pk_program& program, const pk_input* inputs, double* const* outputs, std::size_t n) noexcept {
    if (const direct_run direct(program, inputs, outputs, n); direct.is_possible()) {
        return direct.run();
    }
    return in_lanes(program, n, program.code.slot_count, [=](lanes_run lanes) { return lanes.run(inputs, outputs); });
}

pk_trouble iterate_point(const pk_program& program, const double* inputs, double* outputs, std::size_t count,
                         std::size_t every, double* stored) noexcept {
    const engine& engine = engine_of(program);
    const std::size_t width = program.code.output_count;
    double state[PK_PROGRAM_MAX_INPUTS];
    std::copy_n(inputs, program.code.input_count, state);
    failure found;
    std::size_t step = 0;
    while (step < count && found.kind == PK_TROUBLE_NONE) {
        const std::size_t next = every == 0 ? count : std::min(count, step + every); // where a state may be stored
        step += engine.repeat(program.code, state, next - step, found);
        if (every != 0 && step == next && step % every == 0) {
            stored = std::copy_n(state, width, stored);
        }
    }
    std::copy_n(state, width, outputs);
    return trouble_of(found, 0, step);
}

pk_trouble iterate(const pk_program& program, const pk_input* inputs, double* const* outputs, std::size_t n,
                   std::size_t count, std::size_t every, double* const* stored) noexcept {
    return in_lanes(program, n, program.code.slot_count + program.code.output_count,
                    [=](lanes_run lanes) { return lanes.iterate(inputs, outputs, count, every, stored); });
}

} // namespace picokernels::program
