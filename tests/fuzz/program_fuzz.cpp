// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of instructions from anywhere: each is refused with an error that names an instruction, or becomes a program.
// A program computes what single operations compute, for one point, in lanes, and iterated, by the interpreter and as
// machine code. A fast one computes what the interpreter computes.
#include "../cpp/support/bits.hpp"
#include "../cpp/support/isas.hpp"
#include "lists.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace {

using fuzz::require;

using row = std::vector<double>;

// The inputs of some lanes. Those of stride 0 have one number.
struct lanes {
    std::size_t n;
    std::vector<row> arrays;
    std::vector<pk_input> inputs;

    lanes(fuzz::bytes& from, std::size_t input_count) : n(from.below(40)) {
        for (std::size_t k = 0; k < input_count; ++k) {
            const bool is_array = from.below(4) != 1;
            row numbers(1 + from.below(8));
            std::ranges::generate(numbers, [&] { return from.number(); });
            row array(is_array ? std::max<std::size_t>(n, 1) : 1);
            for (std::size_t i = 0; i < array.size(); ++i) {
                array[i] = numbers[i % numbers.size()];
            }
            arrays.push_back(std::move(array));
            inputs.push_back({arrays.back().data(), is_array ? 1U : 0U});
        }
    }

    row point(std::size_t lane) const {
        row made;
        std::ranges::transform(inputs, std::back_inserter(made),
                               [&](const pk_input& from) { return from.data[from.stride * lane]; });
        return made;
    }
};

void require_equal(const double* found, const row& expected, const char* what) {
    for (std::size_t j = 0; j < expected.size(); ++j) {
        require(same_bits(found[j], expected[j]), what);
    }
}

class experiment {
  public:
    experiment(const pk_program* program, const lanes& in, std::vector<tested::run_result> expected)
        : program_(program), in_(in), expected_(std::move(expected)), width_(pk_program_outputs(program)) {}

    void check_point(std::size_t lane) const {
        const tested::run_result& expected = expected_[lane];
        row point = in_.point(lane);
        row outputs(width_, 7.0);
        pk_trouble trouble;
        const pk_status status = pk_program_run_point(program_, point.data(), outputs.data(), &trouble);
        require((status == PK_OK) == (expected.kind == PK_TROUBLE_NONE), "a point: status");
        require(trouble.kind == expected.kind && trouble.instruction == expected.instruction, "a point: trouble");
        require_equal(outputs.data(), status == PK_OK ? expected.outputs : row(width_, 7.0), "a point: outputs");
    }

    // in_place: the outputs are the first arrays of inputs.
    void check_lanes(bool in_place) const {
        std::vector<row> results(width_, row(in_.n, 7.0));
        std::vector<row> arrays = in_.arrays;
        std::vector<pk_input> inputs;
        std::vector<double*> outputs;
        std::ranges::transform(results, std::back_inserter(outputs), [](row& result) { return result.data(); });
        for (std::size_t k = 0; k < arrays.size(); ++k) {
            inputs.push_back({arrays[k].data(), in_.inputs[k].stride});
            if (in_place && k < width_ && inputs[k].stride == 1) {
                outputs[k] = arrays[k].data();
            }
        }
        pk_trouble trouble;
        const pk_status status = pk_program_run(program_, inputs.data(), outputs.data(), in_.n, &trouble);
        for (std::size_t lane = 0; lane < in_.n; ++lane) {
            for (std::size_t j = 0; j < width_; ++j) {
                require(same_bits(outputs[j][lane], expected_[lane].outputs[j]), "lanes: outputs");
            }
        }
        const auto failed =
            std::ranges::find_if(expected_, [](const auto& one) { return one.kind != PK_TROUBLE_NONE; });
        if (failed == expected_.end()) {
            require(status == PK_OK && trouble.kind == PK_TROUBLE_NONE, "lanes: trouble without a reason");
        } else {
            require(status == PK_ERROR_TROUBLE, "lanes: trouble was lost");
            require(static_cast<std::ptrdiff_t>(trouble.lane) == failed - expected_.begin(), "lanes: the lane");
            require(trouble.kind == failed->kind && trouble.instruction == failed->instruction, "lanes: trouble");
        }
    }

    // Iterates a point, and then lanes, which agree with each point. `steps` is the reference: it runs one step.
    template <class Step> void check_iterations(std::size_t steps, std::size_t every, Step step) const {
        std::size_t least_complete = steps;
        for (std::size_t lane = 0; lane < in_.n; ++lane) {
            row state = in_.point(lane);
            row all_stored;
            std::size_t complete = 0;
            for (; complete < steps; ++complete) {
                const tested::run_result next = step(state);
                if (next.kind != PK_TROUBLE_NONE) {
                    break;
                }
                std::ranges::copy(next.outputs, state.begin());
                if (every != 0 && (complete + 1) % every == 0) {
                    all_stored.insert(all_stored.end(), next.outputs.begin(), next.outputs.end());
                }
            }
            least_complete = std::min(least_complete, complete);
            row point = in_.point(lane);
            row stored(every == 0 ? 0 : steps / every * width_, 7.0);
            pk_trouble trouble;
            const pk_status status = pk_program_iterate_point(program_, point.data(), point.data(), steps, every,
                                                              every == 0 ? nullptr : stored.data(), &trouble);
            require((status == PK_OK) == (complete == steps), "an iterated point: status");
            require(status == PK_OK || trouble.step == complete, "an iterated point: the step");
            state.resize(width_);
            require_equal(point.data(), state, "an iterated point: outputs");
            require_equal(stored.data(), all_stored, "an iterated point: stored states");
        }
        std::vector<row> results(width_, row(in_.n));
        std::vector<row> stored(width_, row(every == 0 ? 0 : steps / every * in_.n));
        std::vector<double*> outputs;
        std::vector<double*> stores;
        for (std::size_t j = 0; j < width_; ++j) {
            outputs.push_back(results[j].data());
            stores.push_back(stored[j].data());
        }
        pk_trouble trouble;
        const pk_status status = pk_program_iterate(program_, in_.inputs.data(), outputs.data(), in_.n, steps, every,
                                                    every == 0 ? nullptr : stores.data(), &trouble);
        require((status == PK_OK) == (least_complete == steps || in_.n == 0), "iterated lanes: status");
        require(status == PK_OK || (trouble.step == least_complete && trouble.lane < in_.n),
                "iterated lanes: the step");
    }

  private:
    const pk_program* program_;
    const lanes& in_;
    std::vector<tested::run_result> expected_;
    std::size_t width_;
};

void check_dump(const pk_program& program) {
    const std::string text = tested::dump(program);
    require(!text.empty(), "an empty dump");
    std::vector<char> part(text.size() / 2 + 1, '!');
    require(pk_program_dump(&program, part.data(), part.size()) == text.size(), "the length of a dump");
    require(part.back() == '\0' && text.starts_with(part.data()), "a dump that is cut off");
}

void check_error(const pk_program_error& error, std::size_t count, unsigned options) {
    require(std::memchr(error.message, '\0', sizeof error.message) != nullptr, "a message without an end");
    require(std::strlen(error.message) > 0, "no message");
    require(error.instruction >= -1 && std::cmp_less(error.instruction, count), "which instruction");
    require(error.instruction >= 0 || options >= 12, "no instruction is to blame");
}

// What the program computes in a single lane.
tested::run_result run_alone(const pk_program* program, const row& point) {
    std::vector<pk_input> lane;
    std::ranges::transform(point, std::back_inserter(lane), [](const double& x) { return pk_input{&x, 1}; });
    tested::run_result result{row(pk_program_outputs(program)), PK_TROUBLE_NONE, -1};
    std::vector<double*> outputs;
    std::ranges::transform(result.outputs, std::back_inserter(outputs), [](double& x) { return &x; });
    pk_trouble trouble;
    pk_program_run(program, lane.data(), outputs.data(), 1, &trouble);
    result.kind = trouble.kind;
    result.instruction = trouble.instruction;
    return result;
}

tested::program create(const tested::list& list, unsigned options, int jit, pk_program_error* error) {
    pk_set_jit(jit);
    pk_program* made = nullptr;
    const pk_status status = pk_program_create(list.data(), list.size(), options, &made, error);
    require((status == PK_OK) == (made != nullptr), "status and program");
    require(status != PK_OK || std::strcmp(pk_program_engine(made), "interpreter") == 0 || jit != 0, "the engine");
    return tested::program(made);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> isas = tested::available_isas();
    fuzz::bytes from({data, size});
    require(pk_set_isa(isas[from.below(isas.size())].c_str()) == PK_OK, "an available ISA can't be set");
    const auto options = static_cast<unsigned>(from.below(16));
    const std::size_t input_count = 1 + from.below(5);
    const tested::list list = fuzz::read_list(from, input_count, from.below(5));

    pk_program_error error;
    pk_program_error error_of_other;
    const tested::program interpreted = create(list, options, 0, &error);
    const tested::program compiled = create(list, options, 1, &error_of_other);
    require((interpreted == nullptr) == (compiled == nullptr) && error.status == error_of_other.status,
            "engines disagree about a list");
    if (interpreted == nullptr) {
        check_error(error, list.size(), options);
        return 0;
    }
    check_dump(*interpreted);
    check_dump(*compiled);

    const lanes in(from, pk_program_inputs(interpreted.get()));
    const bool is_fast = (options & PK_PROGRAM_FAST) != 0;
    const auto step = [&](const row& point) {
        const std::span<const double> inputs(point.data(), pk_program_inputs(interpreted.get()));
        return is_fast ? run_alone(interpreted.get(), point)
                       : tested::compute(list, inputs, (options & PK_PROGRAM_NO_TROUBLE) == 0);
    };
    std::vector<tested::run_result> expected;
    expected.reserve(in.n);
    for (std::size_t lane = 0; lane < in.n; ++lane) {
        expected.push_back(step(in.point(lane)));
    }
    const std::size_t steps = from.below(8);
    const std::size_t every = from.below(4);
    for (const tested::program* program : {&interpreted, &compiled}) {
        const experiment of(program->get(), in, expected);
        for (std::size_t lane = 0; lane < in.n; ++lane) {
            of.check_point(lane);
        }
        of.check_lanes(false);
        of.check_lanes(true);
        if (pk_program_outputs(program->get()) <= pk_program_inputs(program->get())) {
            of.check_iterations(steps, every, step);
        }
    }
    return 0;
}
