// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_PLAN_HPP
#define PICOKERNELS_INTEGRATE_PLAN_HPP

#include "step_program.hpp"

#include <array>
#include <atomic>

// The step of a method as a program, made at its first use.
struct pk_ode_plan {
    pk_ode_plan(const pk_program* of, pk_ode_method with) noexcept : f(of), method(with) {}
    pk_ode_plan(const pk_ode_plan&) = delete;
    pk_ode_plan& operator=(const pk_ode_plan&) = delete;
    pk_ode_plan(pk_ode_plan&&) = delete;
    pk_ode_plan& operator=(pk_ode_plan&&) = delete;
    ~pk_ode_plan() {
        for (const variant& one : variants_) {
            pk_program_destroy(one.program.load(std::memory_order_relaxed));
        }
    }

    // The step for single runs, or for lanes. Null if there is none. Threads that come at the same time may all make
    // it. The first one's stays. (std::call_once would need the thread library of older C libraries.)
    const pk_program* step(bool has_stages, bool is_for_lanes) const {
        variant& wanted = variants_[(has_stages ? 1U : 0U) + (is_for_lanes ? 2U : 0U)];
        if (!wanted.is_known.load(std::memory_order_acquire)) {
            auto made = picokernels::integrate::make_step_program(f, method, has_stages, is_for_lanes);
            pk_program* none = nullptr;
            pk_program* const own = made.release();
            if (!wanted.program.compare_exchange_strong(none, own, std::memory_order_acq_rel)) {
                pk_program_destroy(own);
            }
            wanted.is_known.store(true, std::memory_order_release);
        }
        return wanted.program.load(std::memory_order_acquire);
    }

    const pk_program* f;
    pk_ode_method method;

  private:
    struct variant {
        std::atomic<bool> is_known = false;
        std::atomic<pk_program*> program = nullptr;
    };
    mutable std::array<variant, 4> variants_;
};

#endif // PICOKERNELS_INTEGRATE_PLAN_HPP
