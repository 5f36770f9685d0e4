// SPDX-License-Identifier: BSD-3-Clause
//
// One step of a Runge-Kutta method as a program: for lanes that make steps of their own lengths, and for single runs,
// which it saves the calls of the right-hand side.
#ifndef PICOKERNELS_INTEGRATE_STEP_PROGRAM_HPP
#define PICOKERNELS_INTEGRATE_STEP_PROGRAM_HPP

#include "picokernels/integrate.h"
#include "stepper.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace picokernels::integrate {

// Appends instructions to a list. Numbers are indices of instructions. Nothing that it appends by itself reports
// trouble.
class list_writer {
  public:
    std::int32_t input() { return append(PK_OP_INPUT); }
    void output(std::int32_t a) { append(PK_OP_OUTPUT, a); }
    std::int32_t constant(double value) {
        const std::int32_t index = append(PK_OP_CONSTANT);
        list_.back().value = value;
        return index;
    }
    std::int32_t append(pk_opcode op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0) {
        list_.push_back({op, PK_QUIET, a, b, c, 0.0});
        return static_cast<std::int32_t>(list_.size() - 1);
    }
    std::int32_t add(std::int32_t a, std::int32_t b) { return append(PK_OP_ADD, a, b); }
    std::int32_t mul(std::int32_t a, std::int32_t b) { return append(PK_OP_MUL, a, b); }

    // Appends the formula of a program with these inputs, and returns its outputs.
    std::vector<std::int32_t> append_program(std::span<const pk_instruction> formula,
                                             std::span<const std::int32_t> inputs);

    std::span<const pk_instruction> list() const noexcept { return list_; }

  private:
    std::vector<pk_instruction> list_;
};

struct destroy_program {
    void operator()(pk_program* program) const noexcept { pk_program_destroy(program); }
};
using program_pointer = std::unique_ptr<pk_program, destroy_program>;

// The program of a step. Its inputs are t, h, y[n], f(t, y)[n], rtol[n], atol[n], and the parameters of the
// right-hand side. Its outputs are the state at the end [n], the derivative there [n], the norm of the error, and, if
// they are wanted, the derivatives of the inner stages [n] each. Null if there is none for the method, or if it would
// be too large.
program_pointer make_step_program(const pk_program* f, pk_ode_method method, bool has_stages, bool is_for_lanes);

// How often a step calls the right-hand side.
std::size_t evaluations_of_step(pk_ode_method method) noexcept;

// One step of one run by such a program.
class planned_step {
  public:
    // step: null if there is none.
    planned_step(const pk_program* step, const pk_ode_problem& problem, const tolerances& allowed);

    bool is_given() const noexcept { return step_ != nullptr; }
    // False if the program reports trouble.
    bool run(double t, double h, const double* y, const double* derivative) noexcept;

    const double* y() const noexcept { return outputs_.data(); }
    const double* derivative() const noexcept { return outputs_.data() + n_; }
    double error() const noexcept { return outputs_[2 * n_]; }
    // The derivatives of the inner stages, one after the other, if the program has them.
    const double* stages() const noexcept { return outputs_.data() + 2 * n_ + 1; }
    std::size_t inner_stages() const noexcept { return n_ == 0 ? 0 : (outputs_.size() - 2 * n_ - 1) / n_; }

  private:
    const pk_program* step_;
    std::size_t n_;
    std::vector<double> inputs_;
    std::vector<double> outputs_;
};

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_STEP_PROGRAM_HPP
