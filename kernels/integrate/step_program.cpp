// SPDX-License-Identifier: BSD-3-Clause
//
// Each operation is the one of runge_kutta.cpp, in the same order, so that lanes have the bits of single runs.
#include "step_program.hpp"

#include "dop853.hpp"
#include "tableaux.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <type_traits>

namespace picokernels::integrate {

namespace {

// Which of its fields a, b, and c are indices of instructions.
bool has_operands(pk_opcode op) noexcept {
    return op != PK_OP_INPUT && op != PK_OP_CONSTANT && op != PK_OP_ELSE && op != PK_OP_END && op != PK_OP_FAIL;
}

} // namespace

std::vector<std::int32_t> list_writer::append_program(std::span<const pk_instruction> formula,
                                                      std::span<const std::int32_t> inputs) {
    std::vector<std::int32_t> places(formula.size()); // in this list
    std::vector<std::int32_t> outputs;
    std::size_t next_input = 0;
    const auto placed = [&](std::int32_t operand) {
        // Fields that an operation does not have may hold anything.
        const auto index = static_cast<std::size_t>(operand);
        return operand >= 0 && index < places.size() ? places[index] : 0;
    };
    for (std::size_t i = 0; i < formula.size(); ++i) {
        pk_instruction copy = formula[i];
        if (copy.op == PK_OP_INPUT) {
            places[i] = inputs[next_input++];
            continue;
        }
        if (copy.op == PK_OP_OUTPUT) {
            outputs.push_back(placed(copy.a));
            continue;
        }
        if (has_operands(copy.op)) {
            copy.a = placed(copy.a);
            copy.b = placed(copy.b);
            copy.c = placed(copy.c);
        }
        places[i] = static_cast<std::int32_t>(list_.size());
        list_.push_back(copy);
    }
    return outputs;
}

namespace {

class step_writer {
  public:
    explicit step_writer(const pk_program* f) : n_(pk_program_outputs(f)) {
        std::size_t count = 0;
        const pk_instruction* list = pk_program_list(f, &count);
        formula_ = {list, count};
        t_ = writer_.input();
        h_ = writer_.input();
        y_ = inputs(n_);
        k_.push_back(inputs(n_));
        relative_ = inputs(n_);
        absolute_ = inputs(n_);
        parameters_ = inputs(pk_program_inputs(f) - 1 - n_);
    }

    template <class Tableau> std::span<const pk_instruction> write(bool has_stages) {
        for (std::size_t s = 1; s < Tableau::stages; ++s) {
            std::vector<std::int32_t> at(n_);
            for (std::size_t i = 0; i < n_; ++i) {
                at[i] = writer_.add(y_[i], writer_.mul(weighted(Tableau::a[s], i), h_));
            }
            k_.push_back(derivative(writer_.add(t_, writer_.mul(writer_.constant(Tableau::c[s]), h_)), at));
        }
        std::vector<std::int32_t> end(n_);
        for (std::size_t i = 0; i < n_; ++i) {
            end[i] = writer_.add(y_[i], writer_.mul(h_, weighted(Tableau::b, i)));
        }
        k_.push_back(derivative(writer_.add(t_, h_), end));
        find_scales(end);
        const std::int32_t error = error_norm<Tableau>();
        write_outputs(end);
        write_outputs(k_.back());
        writer_.output(error);
        for (std::size_t s = 1; has_stages && s < Tableau::stages; ++s) {
            write_outputs(k_[s]);
        }
        return writer_.list();
    }

  private:
    std::vector<std::int32_t> inputs(std::size_t count) {
        std::vector<std::int32_t> found(count);
        for (std::int32_t& one : found) {
            one = writer_.input();
        }
        return found;
    }

    void write_outputs(const std::vector<std::int32_t>& values) {
        for (const std::int32_t value : values) {
            writer_.output(value);
        }
    }

    std::vector<std::int32_t> derivative(std::int32_t t, const std::vector<std::int32_t>& y) {
        std::vector<std::int32_t> operands{t};
        operands.insert(operands.end(), y.begin(), y.end());
        operands.insert(operands.end(), parameters_.begin(), parameters_.end());
        return writer_.append_program(formula_, operands);
    }

    // The sum of weights[j] * k[j][i], as in runge_kutta.cpp.
    template <class Weights> std::int32_t weighted(const Weights& weights, std::size_t i) {
        std::int32_t sum = -1;
        for (std::size_t j = 0; j < k_.size() && j < weights.size(); ++j) {
            if (weights[j] != 0) {
                const std::int32_t term = writer_.mul(writer_.constant(weights[j]), k_[j][i]);
                sum = sum < 0 ? term : writer_.add(sum, term);
            }
        }
        return sum;
    }

    void find_scales(const std::vector<std::int32_t>& end) {
        for (std::size_t i = 0; i < n_; ++i) {
            const std::int32_t magnitude =
                writer_.append(PK_OP_MAXIMUM, writer_.append(PK_OP_ABS, y_[i]), writer_.append(PK_OP_ABS, end[i]));
            scales_.push_back(writer_.add(absolute_[i], writer_.mul(magnitude, relative_[i])));
        }
    }

    std::int32_t div(std::int32_t a, std::int32_t b) { return writer_.append(PK_OP_DIV, a, b); }

    // The sum of the squares of error(i) / scale.
    template <class Error> std::int32_t sum_of_squares(Error error) {
        std::int32_t sum = writer_.constant(0);
        for (std::size_t i = 0; i < n_; ++i) {
            const std::int32_t x = div(error(i), scales_[i]);
            sum = writer_.add(sum, writer_.mul(x, x));
        }
        return sum;
    }

    template <class Tableau> std::int32_t error_norm() {
        const auto n = static_cast<double>(n_);
        if constexpr (std::is_same_v<Tableau, dormand_prince_853>) {
            const std::int32_t sum5 = sum_of_squares([&](std::size_t i) { return weighted(Tableau::e5, i); });
            const std::int32_t sum3 = sum_of_squares([&](std::size_t i) { return weighted(Tableau::e3, i); });
            const std::int32_t zero = writer_.constant(0);
            const std::int32_t both = writer_.append(PK_OP_AND, writer_.append(PK_OP_EQUAL, sum5, zero),
                                                     writer_.append(PK_OP_EQUAL, sum3, zero));
            const std::int32_t denominator = writer_.add(sum5, writer_.mul(writer_.constant(0.01), sum3));
            const std::int32_t root = writer_.append(PK_OP_SQRT, writer_.mul(denominator, writer_.constant(n)));
            const std::int32_t error = div(writer_.mul(writer_.append(PK_OP_ABS, h_), sum5), root);
            return writer_.append(PK_OP_SELECT, both, zero, error);
        } else {
            const std::int32_t sum =
                sum_of_squares([&](std::size_t i) { return writer_.mul(weighted(Tableau::e, i), h_); });
            return div(writer_.append(PK_OP_SQRT, sum), writer_.constant(std::sqrt(n)));
        }
    }

    list_writer writer_;
    std::size_t n_;
    std::span<const pk_instruction> formula_;
    std::int32_t t_ = 0;
    std::int32_t h_ = 0;
    std::vector<std::int32_t> y_;
    std::vector<std::vector<std::int32_t>> k_;
    std::vector<std::int32_t> relative_;
    std::vector<std::int32_t> absolute_;
    std::vector<std::int32_t> parameters_;
    std::vector<std::int32_t> scales_;
};

} // namespace

program_pointer make_step_program(const pk_program* f, pk_ode_method method, bool has_stages, bool is_for_lanes) {
    step_writer writer(f);
    std::span<const pk_instruction> list;
    switch (method) {
    case PK_ODE_RK23:
        list = writer.write<bogacki_shampine>(has_stages);
        break;
    case PK_ODE_RK45:
        list = writer.write<dormand_prince>(has_stages);
        break;
    case PK_ODE_DOP853:
        list = writer.write<dormand_prince_853>(has_stages);
        break;
    default:
        return nullptr;
    }
    pk_program* made = nullptr;
    const unsigned only = is_for_lanes ? PK_PROGRAM_ONLY_LANES : PK_PROGRAM_ONLY_POINT;
    const unsigned others = unsigned{PK_PROGRAM_ONLY_LANES} | unsigned{PK_PROGRAM_ONLY_POINT};
    const unsigned options = (pk_program_options(f) & ~others) | only;
    const pk_status status = pk_program_create(list.data(), list.size(), options, &made, nullptr);
    if (status == PK_ERROR_OUT_OF_MEMORY) {
        throw std::bad_alloc();
    }
    return program_pointer(made);
}

std::size_t evaluations_of_step(pk_ode_method method) noexcept {
    switch (method) {
    case PK_ODE_RK23:
        return bogacki_shampine::stages;
    case PK_ODE_RK45:
        return dormand_prince::stages;
    case PK_ODE_DOP853:
        return dormand_prince_853::stages;
    case PK_ODE_RODAS5P:
        break; // it has no such program
    }
    return 0;
}

planned_step::planned_step(const pk_program* step, const pk_ode_problem& problem, const tolerances& allowed)
    : step_(step), n_(problem.n) {
    if (step_ == nullptr) {
        return;
    }
    inputs_.resize(2 + 2 * n_);
    inputs_.insert(inputs_.end(), allowed.relative.begin(), allowed.relative.end());
    inputs_.insert(inputs_.end(), allowed.absolute.begin(), allowed.absolute.end());
    const std::size_t parameters = pk_program_inputs(step_) - inputs_.size();
    inputs_.insert(inputs_.end(), problem.f.parameters, problem.f.parameters + parameters);
    outputs_.resize(pk_program_outputs(step_));
}

bool planned_step::run(double t, double h, const double* y, const double* derivative) noexcept {
    inputs_[0] = t;
    inputs_[1] = h;
    std::copy_n(y, n_, inputs_.data() + 2);
    std::copy_n(derivative, n_, inputs_.data() + 2 + n_);
    return pk_program_run_point(step_, inputs_.data(), outputs_.data(), nullptr) == PK_OK;
}

} // namespace picokernels::integrate
