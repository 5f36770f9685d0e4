// SPDX-License-Identifier: BSD-3-Clause
//
// Problems from anywhere: hostile options, times, and tolerances; functions that return NaNs, infinities, and errors;
// programs with trouble. Each run ends, with a solution that is consistent or an error that is clear. Plans and
// ensembles give the bits of single runs. Arrays have exactly the promised lengths, so AddressSanitizer sees what is
// read behind them.
#include "../cpp/support/bits.hpp"
#include "../cpp/support/isas.hpp"
#include "lists.hpp"
#include "picokernels/integrate.h"
#include "require.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

using fuzz::require;

using row = std::vector<double>;
using solution_pointer = std::unique_ptr<pk_ode_solution, decltype(&pk_ode_destroy)>;
using plan_pointer = std::unique_ptr<pk_ode_plan, decltype(&pk_ode_plan_destroy)>;

row read_row(fuzz::bytes& from, std::size_t count) {
    row numbers(count);
    std::ranges::generate(numbers, [&] { return from.number(); });
    return numbers;
}

// A function whose results depend on its arguments alone, so that it can be called again in another order.
struct behaviour {
    std::size_t n = 0;       // numbers that it reads
    std::size_t outputs = 0; // and writes
    std::array<double, 4> numbers{};
    int kind = 0;

    static behaviour read(fuzz::bytes& from, std::size_t n, std::size_t outputs) {
        behaviour made{n, outputs, {}, 0};
        std::ranges::generate(made.numbers, [&] { return from.number(); });
        made.kind = static_cast<int>(from.below(8));
        return made;
    }

    int operator()(double t, const double* y, double* out) const noexcept {
        const double first = n > 0 ? y[0] : t;
        const double last = n > 0 ? y[n - 1] : t;
        for (std::size_t i = 0; i < outputs; ++i) {
            const double x = n > 0 ? y[i % n] : t;
            switch (kind) {
            case 0: // linear
                out[i] = numbers[0] * x + numbers[1] * last + numbers[2] * t + numbers[3];
                break;
            case 1: // stiff, or an explosion
                out[i] = numbers[0] * x * x + numbers[1] * first;
                break;
            case 2: // jumps
                out[i] = t < numbers[0] ? numbers[1] : numbers[2] * x;
                break;
            case 3: // oscillates
                out[i] = i % 2 == 0 ? last : -numbers[0] * first;
                break;
            case 4: // whatever the numbers are, NaN and infinity among them
                out[i] = numbers[i % 4];
                break;
            case 5: // a NaN or so for some states
                out[i] = x > numbers[0] ? numbers[1] : numbers[2] - x;
                break;
            case 6: // an error at some time
                out[i] = -x;
                break;
            default: // huge and tiny
                out[i] = numbers[0] * (x + t) / (numbers[1] - x);
            }
        }
        return kind == 6 && (t > numbers[0] || first > numbers[1]) ? 1 : 0;
    }

    static int call(double t, const double* y, double* out, void* data) {
        return (*static_cast<const behaviour*>(data))(t, y, out);
    }
};

struct callable {
    behaviour function;
    tested::program program;
    row parameters;

    // A function, a program, or both, or nothing.
    pk_ode_callable read(fuzz::bytes& from, std::size_t n, std::size_t outputs, std::size_t parameter_count) {
        pk_ode_callable made{};
        const std::size_t which = from.below(8); // mostly a function or a program
        if (which % 2 == 0 || which == 3) {
            function = behaviour::read(from, n, outputs);
            made.function = behaviour::call;
            made.data = &function;
        }
        if (which % 2 == 1 && which != 7) {
            const std::size_t inputs = 1 + n + parameter_count - from.below(16) / 15; // sometimes one too few
            const auto options = static_cast<unsigned>(from.below(2)) * unsigned{PK_PROGRAM_NO_TROUBLE};
            const tested::list list = fuzz::read_list(from, inputs, outputs + from.below(16) / 15);
            pk_program* created = nullptr;
            if (pk_program_create(list.data(), list.size(), options, &created, nullptr) == PK_OK) {
                program.reset(created);
            }
            made.program = created;
            const std::size_t further = created == nullptr ? 0 : pk_program_inputs(created);
            parameters = read_row(from, further > 1 + n ? further - 1 - n : 0);
            made.parameters = parameters.data();
        }
        return made;
    }
};

struct counted_observer {
    std::size_t calls = 0;
    std::size_t last = 0; // the call that ends the run; 0: none
    int answer = 0;

    static int call(double, const double*, void* data) {
        counted_observer& of = *static_cast<counted_observer*>(data);
        return ++of.calls == of.last ? of.answer : 0;
    }
};

struct problem : pk_ode_problem {
    explicit problem(fuzz::bytes& from) : pk_ode_problem{} {
        // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): there is no method 4
        method = static_cast<pk_ode_method>(from.below(5));
        n = from.below(8);
        n = n == 7 ? 33 : n; // more than lanes take
        is_dense = from.flag() ? 1 : 0;
        t0 = from.number();
        t_end = from.number();
        start = read_row(from, n);
        y0 = start.data();
        relative = read_row(from, from.flag() ? 1 : n);
        absolute = read_row(from, from.flag() ? 1 : n);
        rtol = relative.data();
        rtol_count = relative.size();
        atol = absolute.data();
        atol_count = absolute.size();
        first_step = from.below(4) == 1 ? from.number() : 0;
        max_step = from.below(4) == 1 ? from.number() : 0;
        max_steps = 1 + from.below(100);
        read_times(from);
        parameter_count = from.below(3);
        f = slope.read(from, n, n, parameter_count);
        if (from.below(4) == 1) {
            jacobian = matrix.read(from, n, n * n, parameter_count);
        }
        if (from.below(4) == 1) {
            time_derivative = slope_in_t.read(from, n, n, parameter_count);
        }
        read_events(from);
        if (from.below(4) == 1) {
            watch.last = from.below(8);
            watch.answer = from.flag() ? 1 : -1;
            observer = counted_observer::call;
            observer_data = &watch;
        }
    }
    problem(const problem&) = delete;
    problem& operator=(const problem&) = delete;
    problem(problem&&) = delete;
    problem& operator=(problem&&) = delete;
    ~problem() = default;

    void read_times(fuzz::bytes& from) {
        const std::size_t kind = from.below(4);
        has_t_eval = kind != 0 ? 1 : 0;
        only_end = from.flag() ? 1 : 0;
        if (kind == 0) {
            return;
        }
        wanted_times = read_row(from, from.below(10));
        if (kind > 1) {
            for (double& t : wanted_times) {
                t = std::clamp(t, std::min(t0, t_end), std::max(t0, t_end));
            }
            std::ranges::sort(wanted_times, [this](double a, double b) { return t_end < t0 ? a > b : a < b; });
            // NOLINTNEXTLINE(modernize-use-ranges): Clang 14 can't compile std::ranges::unique of GCC's library
            wanted_times.erase(std::unique(wanted_times.begin(), wanted_times.end()), wanted_times.end());
            wanted_times.shrink_to_fit();
        }
        t_eval = wanted_times.data();
        t_eval_count = wanted_times.size();
    }

    void read_events(fuzz::bytes& from) {
        event_parts = from.below(4);
        event_count = from.below(4);
        for (std::size_t i = 0; i < event_count; ++i) {
            pk_ode_event& made = zeros.emplace_back();
            made.g = crossings[i].read(from, n, 1, from.below(8) == 7 ? 2 : parameter_count);
            made.direction = from.number();
            made.last = from.below(4);
        }
        events = zeros.data();
    }

    row start;
    row relative;
    row absolute;
    row wanted_times;
    callable slope;
    callable matrix;
    callable slope_in_t;
    std::array<callable, 3> crossings;
    std::vector<pk_ode_event> zeros;
    std::size_t parameter_count = 0;
    counted_observer watch;
};

struct outcome {
    pk_status status;
    pk_ode_error error;
    solution_pointer solution;
};

void check_error(const pk_ode_error& error) {
    require(error.status != PK_OK, "no error");
    require(std::memchr(error.message, '\0', sizeof error.message) != nullptr, "a message without an end");
    require(std::strlen(error.message) > 0, "no message");
    require((error.status == PK_ERROR_TROUBLE) == (error.trouble.kind != PK_TROUBLE_NONE), "trouble");
}

outcome solve(const pk_ode_problem& of) {
    pk_ode_solution* made = nullptr;
    pk_ode_error error;
    const pk_status status = pk_ode_solve(&of, &made, &error);
    require((status == PK_OK) == (made != nullptr) && status == error.status, "status and solution");
    if (status != PK_OK) {
        check_error(error);
    }
    return {status, error, {made, pk_ode_destroy}};
}

void check_order(const double* times, std::size_t count, const problem& of, const char* what) {
    const double direction = of.t_end < of.t0 ? -1 : 1;
    for (std::size_t i = 0; i < count; ++i) {
        require(direction * times[i] >= direction * of.t0 && direction * times[i] <= direction * of.t_end, what);
        require(i == 0 || direction * times[i] >= direction * times[i - 1], what);
    }
}

void check_solution(const pk_ode_solution* found, const problem& of) {
    const pk_ode_summary summary = pk_ode_get_summary(found);
    require(summary.steps <= of.max_steps, "more steps than allowed");
    check_order(pk_ode_times(found), summary.points, of, "stored times are out of order");
    for (std::size_t i = 0; i < summary.points * of.n; ++i) {
        [[maybe_unused]] const volatile double read = pk_ode_states(found)[i];
    }
    if (of.has_t_eval != 0) {
        require(summary.points <= of.t_eval_count, "more times than wanted");
        require(std::equal(pk_ode_times(found), pk_ode_times(found) + summary.points, of.t_eval), "other times");
        require(summary.outcome != PK_ODE_FINISHED || summary.points == of.t_eval_count, "fewer times than wanted");
    } else {
        require(summary.points > 0, "no stored point");
        require(summary.outcome != PK_ODE_FINISHED || pk_ode_times(found)[summary.points - 1] == of.t_end,
                "it did not finish at the end");
    }
    for (std::size_t i = 0; i < of.event_count; ++i) {
        const std::size_t count = pk_ode_event_points(found, i);
        require(of.events[i].last == 0 || count <= of.events[i].last, "more events than allowed");
        check_order(pk_ode_event_times(found, i), count, of, "times of events are out of order");
        for (std::size_t k = 0; k < count * of.n; ++k) {
            [[maybe_unused]] const volatile double read = pk_ode_event_states(found, i)[k];
        }
    }
}

void check_dense(const pk_ode_solution* found, const problem& of, fuzz::bytes& from) {
    const row times = read_row(from, 4);
    row states(times.size() * of.n);
    const pk_ode_summary summary = pk_ode_get_summary(found);
    // Without equations or without a way to go, a run ends at once, maybe by an event. It has a segment, and no step.
    const bool may_have_no_step = of.n == 0 || of.t0 == of.t_end;
    require((summary.segments == 0) == (of.is_dense == 0 || summary.steps == 0) || may_have_no_step, "segments");
    const pk_status status = pk_ode_evaluate(found, times.data(), times.size(), states.data());
    require(status == (summary.segments == 0 ? PK_ERROR_NOT_DENSE : PK_OK), "dense output");
    const std::size_t segment = from.below(8);
    const pk_status of_one = pk_ode_evaluate_segment(found, segment, times.data(), times.size(), states.data());
    require(of_one == (segment < summary.segments ? PK_OK : PK_ERROR_NOT_DENSE), "a segment");
    if (summary.segments > 0) {
        check_order(pk_ode_breaks(found), summary.segments + 1, of, "breaks are out of order");
    }
}

void check_equal(const pk_ode_solution* found, const pk_ode_solution* expected, std::size_t n) {
    require((found == nullptr) == (expected == nullptr), "one run failed, and the other one did not");
    if (found == nullptr) {
        return;
    }
    const pk_ode_summary a = pk_ode_get_summary(found);
    const pk_ode_summary b = pk_ode_get_summary(expected);
    require(a.outcome == b.outcome && a.points == b.points && a.steps == b.steps && a.rejected == b.rejected,
            "other steps");
    const auto all_equal = [](const double* x, const double* y, std::size_t count) {
        return std::equal(x, x + count, y, same_bits<double>);
    };
    require(all_equal(pk_ode_times(found), pk_ode_times(expected), a.points), "other times");
    require(all_equal(pk_ode_states(found), pk_ode_states(expected), a.points * n), "other states");
}

void check_plan(problem& of, const outcome& alone) {
    pk_ode_plan* made = nullptr;
    if (pk_ode_plan_create(of.f.program, of.method, &made) != PK_OK) {
        require(made == nullptr, "a plan in spite of an error");
        return;
    }
    const plan_pointer plan(made, pk_ode_plan_destroy);
    of.plan = plan.get();
    of.watch.calls = 0;
    const outcome planned = solve(of);
    of.plan = nullptr;
    require(planned.status == alone.status, "a plan: status");
    check_equal(planned.solution.get(), alone.solution.get(), of.n);
}

int stop_at(std::size_t done, void* data) { return done >= *static_cast<std::size_t*>(data) ? 1 : 0; }

void check_ensemble(problem& of, fuzz::bytes& from) {
    const std::size_t members = from.below(40);
    std::size_t most = from.below(4) == 1 ? 1 + from.below(40) : members + 1;
    const std::size_t program_inputs = of.f.program == nullptr ? 0 : pk_program_inputs(of.f.program);
    const std::size_t parameters = program_inputs > 1 + of.n ? program_inputs - 1 - of.n : 0;
    const row numbers = read_row(from, 8);
    row y0(members * of.n);
    row all_parameters(members * parameters);
    for (std::size_t i = 0; i < y0.size(); ++i) {
        y0[i] = i % 5 == 0 ? of.start[i % of.n] : numbers[i % numbers.size()];
    }
    for (std::size_t i = 0; i < all_parameters.size(); ++i) {
        all_parameters[i] = numbers[(i + 3) % numbers.size()];
    }
    of.observer = nullptr;
    std::vector<pk_ode_solution*> solutions(members);
    std::vector<pk_ode_error> errors(members);
    const bool has_errors = from.below(4) != 1;
    const pk_status status =
        pk_ode_solve_ensemble(&of, members, y0.data(), parameters == 0 ? nullptr : all_parameters.data(),
                              solutions.data(), has_errors ? errors.data() : nullptr, stop_at, &most);
    pk_status first = PK_OK;
    std::size_t solved = 0;
    for (std::size_t i = members; i-- > 0;) {
        const solution_pointer owner(solutions[i], pk_ode_destroy);
        solved += owner == nullptr ? 0U : 1U;
        if (!has_errors) {
            continue;
        }
        first = owner == nullptr ? errors[i].status : first;
        require((owner == nullptr) == (errors[i].status != PK_OK), "an ensemble: status and solution");
        const bool may_be_stopped = most <= members && errors[i].status == PK_ERROR_CALLBACK;
        if (owner == nullptr) {
            check_error(errors[i]);
        }
        if (may_be_stopped || i % 3 != 0) {
            continue;
        }
        of.y0 = y0.data() + i * of.n;
        const double* const own = parameters == 0 ? nullptr : all_parameters.data() + i * parameters;
        if (own != nullptr) {
            of.f.parameters = of.jacobian.parameters = of.time_derivative.parameters = own;
            for (pk_ode_event& event : of.zeros) {
                event.g.parameters = own;
            }
        }
        if (errors[i].status == PK_ERROR_INVALID_PROBLEM) { // an ensemble has further rules
            continue;
        }
        const outcome alone = solve(of);
        require(alone.status == errors[i].status, "an ensemble: another status than alone");
        check_equal(owner.get(), alone.solution.get(), of.n);
    }
    require(!has_errors || status == first, "an ensemble: its status");
    require(has_errors || (status == PK_OK) == (solved == members), "an ensemble: its status without errors");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> isas = tested::available_isas();
    fuzz::bytes from({data, size});
    require(pk_set_isa(isas[from.below(isas.size())].c_str()) == PK_OK, "an available ISA can't be set");
    pk_set_jit(from.flag() ? 1 : 0);
    problem of(from);
    const outcome alone = solve(of);
    if (alone.status == PK_OK) {
        check_solution(alone.solution.get(), of);
        check_dense(alone.solution.get(), of, from);
    }
    if (of.f.program != nullptr) {
        check_plan(of, alone);
    }
    check_ensemble(of, from);
    return 0;
}
