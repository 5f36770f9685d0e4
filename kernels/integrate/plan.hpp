// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_PLAN_HPP
#define PICOKERNELS_INTEGRATE_PLAN_HPP

#include "step_program.hpp"

#include <array>
#include <mutex>

// The step of a method as a program, made at its first use.
struct pk_ode_plan {
    pk_ode_plan(const pk_program* of, pk_ode_method with) noexcept : f(of), method(with) {}

    // The step for single runs, or for lanes. Null if there is none.
    const pk_program* step(bool has_stages, bool is_for_lanes) const {
        variant& wanted = variants_[(has_stages ? 1U : 0U) + (is_for_lanes ? 2U : 0U)];
        std::call_once(wanted.once, [&] {
            wanted.program = picokernels::integrate::make_step_program(f, method, has_stages, is_for_lanes);
        });
        return wanted.program.get();
    }

    const pk_program* f;
    pk_ode_method method;

  private:
    struct variant {
        std::once_flag once;
        picokernels::integrate::program_pointer program;
    };
    mutable std::array<variant, 4> variants_;
};

#endif // PICOKERNELS_INTEGRATE_PLAN_HPP
