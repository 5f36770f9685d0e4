// SPDX-License-Identifier: BSD-3-Clause
//
// A run: steps, events, and what is stored. The order of things follows solve_ivp of SciPy.
#include "solve.hpp"

#include "root.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace picokernels::integrate {

namespace {

// A crossing of zero within the last step.
struct crossing {
    std::size_t event;
    double t;
};

class run {
  public:
    explicit run(const pk_ode_problem& problem)
        : problem_(problem), stepper_(make_stepper(problem)), made_(std::make_unique<pk_ode_solution>()),
          state_(problem.n) {
        made_->method = problem.method;
        made_->n = problem.n;
        made_->events.resize(problem.event_count);
        made_->piece_size = 1 + (1 + stepper_->dense_terms()) * problem.n;
        g_.reserve(problem.event_count);
        for (std::size_t i = 0; i < problem.event_count; ++i) {
            g_.emplace_back(problem.events[i].g, problem.n);
        }
    }

    std::unique_ptr<pk_ode_solution> solve() {
        if (problem_.has_t_eval == 0 && problem_.only_end == 0) {
            made_->points.append(problem_.t0, problem_.y0, problem_.n);
        }
        if (problem_.is_dense != 0) {
            made_->breaks.push_back(problem_.t0);
        }
        for (std::size_t i = 0; i < g_.size(); ++i) {
            at_start_.push_back(value_of(i, problem_.t0, problem_.y0));
        }
        at_end_.resize(g_.size());
        counts_.resize(g_.size());
        while (!is_over_) {
            make_step();
        }
        if (stores_end()) {
            made_->points.append(last_t_, last_y_.data(), problem_.n);
        }
        pk_ode_summary& summary = made_->summary;
        summary.points = made_->points.times.size();
        summary.evaluations = stepper_->evaluations;
        summary.rejected = stepper_->rejected;
        summary.jacobians = stepper_->jacobians;
        summary.factorizations = stepper_->factorizations;
        return std::move(made_);
    }

  private:
    bool stores_end() const noexcept { return problem_.has_t_eval == 0 && problem_.only_end != 0; }
    bool is_trivial() const noexcept { return problem_.n == 0 || problem_.t0 == problem_.t_end; }

    void end(pk_ode_outcome outcome) noexcept {
        made_->summary.outcome = outcome;
        is_over_ = true;
    }

    void make_step() {
        has_dense_ = false;
        if (is_trivial()) {
            stepper_->skip_to_end();
            end(PK_ODE_FINISHED);
        } else {
            if (problem_.max_steps != 0 && made_->summary.steps == problem_.max_steps) {
                end(PK_ODE_TOO_MANY_STEPS);
                return;
            }
            if (!stepper_->step()) {
                end(PK_ODE_STEP_TOO_SMALL);
                return;
            }
            ++made_->summary.steps;
            if (stepper_->is_at_end()) {
                end(PK_ODE_FINISHED);
            }
        }
        if (problem_.is_dense != 0) {
            need_dense();
        }
        double t = stepper_->t();
        const double* y = stepper_->y();
        if (!g_.empty() && find_events()) {
            t = crossings_.back().t;
            evaluate(t, state_.data());
            y = state_.data();
            end(PK_ODE_EVENT);
        }
        store(t, y);
        if (problem_.observer != nullptr) {
            const int answer = problem_.observer(t, y, problem_.observer_data);
            if (answer < 0) {
                throw failure("the observer", t);
            }
            if (answer > 0 && !is_over_) {
                end(PK_ODE_STOPPED);
            }
        }
    }

    // ---- dense output ---------------------------------------------------------------------------------------------

    void need_dense() {
        if (!has_dense_ && !is_trivial()) {
            stepper_->make_dense();
        }
        has_dense_ = true;
    }

    // The state at a time within the last step.
    void evaluate(double t, double* y) {
        need_dense();
        if (is_trivial()) {
            std::copy_n(stepper_->y(), problem_.n, y);
            return;
        }
        evaluate_dense(problem_.method, problem_.n, stepper_->t_old(), stepper_->t() - stepper_->t_old(),
                       stepper_->y_old(), stepper_->dense().data(), t, y);
    }

    // ---- events ---------------------------------------------------------------------------------------------------

    double value_of(std::size_t event, double t, const double* y) {
        double value = 0;
        g_[event](t, y, problem_.n, &value);
        return value;
    }
    double value_within(std::size_t event, double t) {
        evaluate(t, g_[event].y());
        double value = 0;
        g_[event](t, &value);
        return value;
    }

    static bool is_crossing(double before, double after, double direction) noexcept {
        const bool rises = before <= 0 && after >= 0;
        const bool falls = before >= 0 && after <= 0;
        return (rises && direction >= 0) || (falls && direction <= 0);
    }

    // Stores the events of the last step. True if one of them ends the run; it is the last crossing then.
    bool find_events() {
        crossings_.clear();
        for (std::size_t i = 0; i < g_.size(); ++i) {
            at_end_[i] = value_of(i, stepper_->t(), stepper_->y());
        }
        for (std::size_t i = 0; i < g_.size(); ++i) {
            find_crossings(i);
        }
        std::swap(at_start_, at_end_);
        const bool is_last = ends_run();
        for (const crossing& found : crossings_) {
            evaluate(found.t, state_.data());
            made_->events[found.event].append(found.t, state_.data(), problem_.n);
        }
        return is_last;
    }

    void find_crossings(std::size_t event) {
        // The only step of a run without equations can be infinite, which has no equal parts.
        const bool has_parts = std::isfinite(stepper_->t() - stepper_->t_old());
        const std::size_t parts = has_parts ? std::max<std::size_t>(problem_.event_parts, 1) : 1;
        double begin = stepper_->t_old();
        double before = at_start_[event];
        for (std::size_t part = 1; part <= parts; ++part) {
            const bool is_last = part == parts;
            const double share = static_cast<double>(part) / static_cast<double>(parts);
            const double t =
                is_last ? stepper_->t() : stepper_->t_old() + (stepper_->t() - stepper_->t_old()) * share;
            const double after = is_last ? at_end_[event] : value_within(event, t);
            if (is_crossing(before, after, problem_.events[event].direction)) {
                const double zero = find_root([&](double at) { return value_within(event, at); }, begin, t);
                crossings_.push_back({event, zero});
            }
            begin = t;
            before = after;
        }
    }

    // Whether the number of an event's crossings reaches its last one. Later crossings are dropped then.
    bool ends_run() {
        if (crossings_.empty()) {
            return false;
        }
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            counts_[i] = made_->events[i].times.size();
        }
        const auto is_last = [&](const crossing& one) {
            ++counts_[one.event];
            const std::size_t last = problem_.events[one.event].last;
            return last != 0 && counts_[one.event] >= last;
        };
        // Without a last one, the order is that of the events.
        sorted_ = crossings_;
        const double direction = stepper_->direction();
        std::ranges::sort(sorted_, {},
                          [direction](const crossing& one) { return std::pair(direction * one.t, one.event); });
        const auto found = std::ranges::find_if(sorted_, is_last);
        if (found == sorted_.end()) {
            return false;
        }
        crossings_.assign(sorted_.begin(), found + 1);
        return true;
    }

    // ---- what is stored -------------------------------------------------------------------------------------------

    void store(double t, const double* y) {
        pk_ode_solution::series& points = made_->points;
        bool is_new = true;
        if (stores_end()) {
            last_t_ = t;
            last_y_.assign(y, y + problem_.n);
        } else if (problem_.has_t_eval == 0) {
            // An event at the begin of a step adds nothing.
            is_new = problem_.is_dense == 0 || points.times.size() <= 1 || points.times.back() != t;
            if (is_new) {
                points.append(t, y, problem_.n);
            }
        } else {
            const double direction = stepper_->direction();
            for (; next_eval_ < problem_.t_eval_count; ++next_eval_) {
                const double at = problem_.t_eval[next_eval_];
                if (direction * at > direction * t) {
                    break;
                }
                evaluate(at, evaluated());
                points.append(at, evaluated(), problem_.n);
            }
        }
        if (problem_.is_dense != 0 && is_new) {
            std::vector<double>& pieces = made_->pieces;
            pieces.push_back(is_trivial() ? 0 : stepper_->t() - stepper_->t_old());
            pieces.insert(pieces.end(), stepper_->y_old(), stepper_->y_old() + problem_.n);
            pieces.insert(pieces.end(), stepper_->dense().begin(), stepper_->dense().end());
            made_->breaks.push_back(t);
            ++made_->summary.segments;
        }
    }

    double* evaluated() {
        evaluated_.resize(problem_.n);
        return evaluated_.data();
    }

    const pk_ode_problem& problem_;
    std::unique_ptr<stepper> stepper_;
    std::unique_ptr<pk_ode_solution> made_;
    std::vector<callable> g_;
    std::vector<double> at_start_; // the values of the events
    std::vector<double> at_end_;
    std::vector<crossing> crossings_;
    // Of ends_run(); here, so that a step allocates nothing.
    std::vector<crossing> sorted_;
    std::vector<std::size_t> counts_;
    std::vector<double> state_;
    std::vector<double> evaluated_;
    double last_t_ = problem_.t0;
    std::vector<double> last_y_{problem_.y0, problem_.y0 + problem_.n};
    std::size_t next_eval_ = 0;
    bool has_dense_ = false;
    bool is_over_ = false;
};

} // namespace

std::unique_ptr<pk_ode_solution> solve(const pk_ode_problem& problem) {
    check(problem);
    return run(problem).solve();
}

} // namespace picokernels::integrate
