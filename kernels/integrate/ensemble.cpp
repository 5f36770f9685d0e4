// SPDX-License-Identifier: BSD-3-Clause
//
// Many members: in lanes where the method and the problem allow it, else one after the other.
#include "plan.hpp"
#include "solve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <new>
#include <stdexcept>

namespace picokernels::integrate {

namespace {

constexpr std::size_t most_lanes = 64;
constexpr std::size_t least_members = 8; // fewer are not worth the compilation of a step
constexpr std::size_t most_equations = 32;

// Ends the whole ensemble.
class stopped : public std::exception {};

class members {
  public:
    explicit members(const ensemble& of) : of_(of) {
        if (of.problem.f.program != nullptr) {
            parameters_ = pk_program_inputs(of.problem.f.program) - 1 - of.problem.n;
        }
        if (of.problem.events != nullptr) {
            events_.assign(of.problem.events, of.problem.events + of.problem.event_count);
        }
    }

    std::size_t parameters() const noexcept { return parameters_; }

    // All programs read the parameters of a member.
    void check_parameters() const {
        check_parameters(of_.problem.jacobian, "jacobian");
        check_parameters(of_.problem.time_derivative, "time_derivative");
        for (const pk_ode_event& event : events_) {
            check_parameters(event.g, "an event");
        }
    }

    // The problem of one member. It is valid until the next call.
    const pk_ode_problem& problem(std::size_t member) {
        one_ = of_.problem;
        one_.observer = nullptr;
        one_.y0 = of_.y0 + member * of_.problem.n;
        if (of_.parameters != nullptr) {
            one_.f.parameters = of_.parameters + member * parameters_;
            one_.jacobian.parameters = one_.time_derivative.parameters = one_.f.parameters;
            for (pk_ode_event& event : events_) {
                event.g.parameters = one_.f.parameters;
            }
        }
        one_.events = events_.data();
        return one_;
    }

    // Runs one member by itself.
    void solve_alone(std::size_t member) {
        try {
            finish(member, integrate::solve(problem(member)));
        } catch (const failure& ended) {
            fail(member, ended.details());
        }
    }

    void finish(std::size_t member, std::unique_ptr<pk_ode_solution> made) {
        of_.solutions[member] = made.release();
        count();
    }

    void fail(std::size_t member, const pk_ode_error& error) {
        of_.errors[member] = error;
        count();
    }

  private:
    void check_parameters(const pk_ode_callable& callable, const char* name) const {
        if (of_.parameters == nullptr || callable.program == nullptr) {
            return;
        }
        const std::size_t needed = pk_program_inputs(callable.program) - 1 - of_.problem.n;
        if (needed > parameters_) {
            throw failure(PK_ERROR_INVALID_PROBLEM, "%s: the program needs %zu parameters, and a member has %zu",
                          name, needed, parameters_);
        }
    }

    void count() {
        ++done_;
        if (of_.stop != nullptr && of_.stop(done_, of_.stop_data) != 0) {
            throw stopped();
        }
    }

    const ensemble& of_;
    std::size_t parameters_ = 0;
    std::size_t done_ = 0;
    pk_ode_problem one_{};
    std::vector<pk_ode_event> events_;
};

// What a lane is about to do, beside its columns.
struct lane {
    std::size_t member = 0;
    step_length length;
    double t = 0;
    double t_new = 0;
    std::size_t next_eval = 0;
    std::unique_ptr<pk_ode_solution> made;
};

class lanes_run {
  public:
    lanes_run(const ensemble& of, members& all, const pk_program* step, const tolerances& allowed)
        : of_(of), all_(all), step_(step), n_(of.problem.n), exponent_(error_exponent(of.problem.method)),
          direction_(of.problem.t_end < of.problem.t0 ? -1 : 1), input_count_(pk_program_inputs(step)),
          numbers_((input_count_ + pk_program_outputs(step)) * most_lanes) {
        for (std::size_t i = 0; i < input_count_; ++i) {
            inputs_.push_back({column(i), 1});
        }
        for (std::size_t i = 0; i < n_; ++i) { // the same for all lanes
            inputs_[2 + 2 * n_ + i] = {allowed.relative.data() + i, 0};
            inputs_[2 + 3 * n_ + i] = {allowed.absolute.data() + i, 0};
        }
        for (std::size_t i = 0; i < pk_program_outputs(step); ++i) {
            outputs_.push_back(column(input_count_ + i));
        }
    }

    void run() {
        while (count_ < most_lanes && fill(count_)) {
            ++count_;
        }
        while (count_ > 0) {
            make_attempt();
        }
    }

  private:
    double* column(std::size_t i) noexcept { return numbers_.data() + i * most_lanes; }
    // Columns of the inputs.
    double* t() noexcept { return column(0); }
    double* h() noexcept { return column(1); }
    double* y(std::size_t i) noexcept { return column(2 + i); }
    double* derivative(std::size_t i) noexcept { return column(2 + n_ + i); }
    double* parameter(std::size_t i) noexcept { return column(2 + 4 * n_ + i); }
    // And of the outputs.
    const double* y_new(std::size_t i) const noexcept { return outputs_[i]; }
    const double* derivative_new(std::size_t i) const noexcept { return outputs_[n_ + i]; }
    const double* error() const noexcept { return outputs_[2 * n_]; }
    const double* stage(std::size_t s, std::size_t i) const noexcept {
        return outputs_[2 * n_ + 1 + (s - 1) * n_ + i];
    }
    std::size_t inner_stages() const noexcept { return (outputs_.size() - 2 * n_ - 1) / n_; }

    // Puts the next member into a lane. False if there is none. What needs no step is done by itself.
    bool fill(std::size_t place) {
        while (next_member_ < of_.members) {
            const std::size_t member = next_member_++;
            pk_ode_problem problem = all_.problem(member);
            problem.plan = nullptr; // lanes make the steps: a program for a single run would be made for nothing
            std::unique_ptr<stepper> first;
            try {
                check(problem);
                first = make_stepper(problem);
            } catch (const failure& ended) {
                all_.fail(member, ended.details());
                continue;
            }
            start(place, member, problem, *first);
            return true;
        }
        return false;
    }

    void start(std::size_t place, std::size_t member, const pk_ode_problem& problem, const stepper& first) {
        lane& one = lanes_[place];
        one.member = member;
        one.length = first.length();
        one.t = problem.t0;
        one.next_eval = 0;
        one.made = std::make_unique<pk_ode_solution>();
        one.made->method = problem.method;
        one.made->n = n_;
        one.made->summary.evaluations = first.evaluations;
        for (std::size_t i = 0; i < n_; ++i) {
            y(i)[place] = problem.y0[i];
            derivative(i)[place] = first.derivative()[i];
        }
        for (std::size_t i = 0; i < all_.parameters(); ++i) {
            parameter(i)[place] = problem.f.parameters[i];
        }
        if (problem.has_t_eval == 0 && problem.only_end == 0) {
            one.made->points.append(problem.t0, problem.y0, n_);
        }
        one.length.begin(one.t);
    }

    // One attempt of a step in all lanes.
    void make_attempt() {
        for (std::size_t place = 0; place < count_;) {
            lane& one = lanes_[place];
            if (one.length.is_too_short()) {
                end(place, PK_ODE_STEP_TOO_SMALL);
                continue; // with another member in this place
            }
            if (of_.problem.max_steps != 0 && one.made->summary.steps == of_.problem.max_steps) {
                end(place, PK_ODE_TOO_MANY_STEPS);
                continue;
            }
            ++place;
        }
        for (std::size_t place = 0; place < count_; ++place) {
            lane& one = lanes_[place];
            one.t_new = one.length.end(one.t);
            t()[place] = one.t;
            h()[place] = one.length.h();
        }
        run_program();
        // Backwards, because a lane that ends can take the place of the last one.
        for (std::size_t place = count_; place-- > 0;) {
            judge(place);
        }
    }

    void run_program() {
        pk_trouble trouble;
        while (count_ > 0 && pk_program_run(step_, inputs_.data(), outputs_.data(), count_, &trouble) != PK_OK) {
            // The member starts again by itself, where the function is called in place of the program.
            const std::size_t member = lanes_[trouble.lane].member;
            remove(trouble.lane);
            all_.solve_alone(member);
        }
    }

    void judge(std::size_t place) {
        lane& one = lanes_[place];
        one.made->summary.evaluations += evaluations_of_step(of_.problem.method);
        if (!one.length.accepts(error()[place], exponent_)) {
            ++one.made->summary.rejected;
            return;
        }
        ++one.made->summary.steps;
        store(place);
        one.t = one.t_new;
        for (std::size_t i = 0; i < n_; ++i) {
            y(i)[place] = y_new(i)[place];
            derivative(i)[place] = derivative_new(i)[place];
        }
        if (direction_ * (one.t - of_.problem.t_end) >= 0) {
            end(place, PK_ODE_FINISHED);
        } else {
            one.length.begin(one.t);
        }
    }

    void store(std::size_t place) {
        lane& one = lanes_[place];
        const pk_ode_problem& problem = of_.problem;
        if (problem.has_t_eval == 0) {
            if (problem.only_end == 0) {
                for (std::size_t i = 0; i < n_; ++i) {
                    state_[i] = y_new(i)[place];
                }
                one.made->points.append(one.t_new, state_.data(), n_);
            }
            return;
        }
        const auto is_due = [&] {
            return one.next_eval < problem.t_eval_count &&
                   direction_ * problem.t_eval[one.next_eval] <= direction_ * one.t_new;
        };
        if (!is_due()) {
            return;
        }
        make_dense(place);
        for (; is_due(); ++one.next_eval) {
            const double at = problem.t_eval[one.next_eval];
            evaluate_dense(problem.method, n_, one.t, one.t_new - one.t, state_.data(), terms_.data(), at,
                           evaluated_.data());
            one.made->points.append(at, evaluated_.data(), n_);
        }
    }

    // The derivative number i of stage s, by which the last one is at the end of the step.
    double derivative_of(std::size_t s, std::size_t i, std::size_t place) noexcept {
        if (s == 0) {
            return derivative(i)[place];
        }
        return s <= inner_stages() ? stage(s, i)[place] : derivative_new(i)[place];
    }

    // The dense output of the step that the lane has just made: the state at its begin, and the terms.
    void make_dense(std::size_t place) {
        const std::size_t stages = inner_stages() + 2;
        std::array<const double*, 7> rows{};
        for (std::size_t s = 0; s < stages; ++s) {
            double* row = stages_.data() + s * n_;
            for (std::size_t i = 0; i < n_; ++i) {
                row[i] = derivative_of(s, i, place);
            }
            rows[s] = row;
        }
        make_dense_powers(of_.problem.method, n_, rows.data(), terms_.data());
        for (std::size_t i = 0; i < n_; ++i) {
            state_[i] = y(i)[place];
        }
    }

    void end(std::size_t place, pk_ode_outcome outcome) {
        lane& one = lanes_[place];
        if (of_.problem.has_t_eval == 0 && of_.problem.only_end != 0) {
            for (std::size_t i = 0; i < n_; ++i) {
                state_[i] = y(i)[place];
            }
            one.made->points.append(one.t, state_.data(), n_);
        }
        one.made->summary.outcome = outcome;
        one.made->summary.points = one.made->points.times.size();
        all_.finish(one.member, std::move(one.made)); // first: the next member may need memory that there is not
        if (!fill(place)) {
            remove(place);
        }
    }

    // Moves the last lane into the place of one that is done.
    void remove(std::size_t place) {
        --count_;
        if (place == count_) {
            return;
        }
        lanes_[place] = std::move(lanes_[count_]);
        for (std::size_t i = 0; i < input_count_; ++i) {
            column(i)[place] = column(i)[count_];
        }
    }

    const ensemble& of_;
    members& all_;
    const pk_program* step_;
    std::size_t n_;
    double exponent_;
    double direction_;
    std::size_t input_count_;
    std::vector<double> numbers_;
    std::vector<pk_input> inputs_;
    std::vector<double*> outputs_;
    std::array<lane, most_lanes> lanes_;
    std::size_t count_ = 0; // lanes in use
    std::size_t next_member_ = 0;
    std::array<double, most_equations> state_{};
    std::array<double, most_equations> evaluated_{};
    std::array<double, most_equations * 4> terms_{};
    std::array<double, most_equations * 7> stages_{};
};

bool run_in_lanes(const ensemble& of, members& all) {
    const pk_ode_problem& problem = of.problem;
    // The dense output of DOP853 takes more evaluations.
    const bool has_points = problem.method != PK_ODE_DOP853 || problem.has_t_eval == 0;
    const bool is_fit = problem.f.program != nullptr && problem.event_count == 0 && problem.is_dense == 0 &&
                        has_points && of.members >= least_members && problem.n > 0 && problem.n <= most_equations &&
                        problem.t0 != problem.t_end;
    if (!is_fit) {
        return false;
    }
    const pk_ode_plan own(problem.f.program, problem.method);
    const pk_ode_plan& plan = problem.plan != nullptr ? *problem.plan : own;
    const pk_program* step = plan.step(problem.has_t_eval != 0, true);
    if (step == nullptr) {
        return false;
    }
    const tolerances allowed = tolerances_of(problem);
    lanes_run(of, all, step, allowed).run();
    return true;
}

} // namespace

void solve(const ensemble& of) {
    try {
        members all(of);
        if (of.members == 0) {
            return;
        }
        check(all.problem(0));
        all.check_parameters();
        if (!run_in_lanes(of, all)) {
            for (std::size_t i = 0; i < of.members; ++i) {
                all.solve_alone(i);
            }
        }
    } catch (const stopped&) { // NOLINT(bugprone-empty-catch): the caller asked for it
        // The members without a solution keep the error that they had before.
    }
}

} // namespace picokernels::integrate
