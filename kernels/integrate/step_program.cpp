// SPDX-License-Identifier: BSD-3-Clause
//
// Each operation is the one of runge_kutta.cpp, in the same order, so that lanes have the bits of single runs.
#include "step_program.hpp"

#include "tableaux.hpp"

#include <cmath>

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
    step_writer(const pk_ode_problem& problem, const tolerances& allowed) : n_(problem.n), allowed_(allowed) {
        std::size_t count = 0;
        const pk_instruction* list = pk_program_list(problem.f.program, &count);
        formula_ = {list, count};
        t_ = writer_.input();
        h_ = writer_.input();
        y_ = inputs(n_);
        k_.push_back(inputs(n_));
        parameters_ = inputs(pk_program_inputs(problem.f.program) - 1 - n_);
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
        const std::int32_t error = error_norm<Tableau>(end);
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

    template <class Tableau> std::int32_t error_norm(const std::vector<std::int32_t>& end) {
        std::int32_t sum = writer_.constant(0);
        for (std::size_t i = 0; i < n_; ++i) {
            const std::int32_t magnitude =
                writer_.append(PK_OP_MAXIMUM, writer_.append(PK_OP_ABS, y_[i]), writer_.append(PK_OP_ABS, end[i]));
            const std::int32_t scale = writer_.add(writer_.constant(allowed_.absolute[i]),
                                                   writer_.mul(magnitude, writer_.constant(allowed_.relative[i])));
            const std::int32_t x = writer_.append(PK_OP_DIV, writer_.mul(weighted(Tableau::e, i), h_), scale);
            sum = writer_.add(sum, writer_.mul(x, x));
        }
        const double root_n = std::sqrt(static_cast<double>(n_));
        return writer_.append(PK_OP_DIV, writer_.append(PK_OP_SQRT, sum), writer_.constant(root_n));
    }

    list_writer writer_;
    std::size_t n_;
    const tolerances& allowed_;
    std::span<const pk_instruction> formula_;
    std::int32_t t_ = 0;
    std::int32_t h_ = 0;
    std::vector<std::int32_t> y_;
    std::vector<std::vector<std::int32_t>> k_;
    std::vector<std::int32_t> parameters_;
};

} // namespace

program_pointer make_step_program(const pk_ode_problem& problem, const tolerances& allowed, bool has_stages) {
    step_writer writer(problem, allowed);
    std::span<const pk_instruction> list;
    switch (problem.method) {
    case PK_ODE_RK23:
        list = writer.write<bogacki_shampine>(has_stages);
        break;
    case PK_ODE_RK45:
        list = writer.write<dormand_prince>(has_stages);
        break;
    default:
        return nullptr;
    }
    pk_program* made = nullptr;
    const unsigned options = pk_program_options(problem.f.program);
    const pk_status status = pk_program_create(list.data(), list.size(), options, &made, nullptr);
    if (status == PK_ERROR_OUT_OF_MEMORY) {
        throw std::bad_alloc();
    }
    return program_pointer(made);
}

} // namespace picokernels::integrate
