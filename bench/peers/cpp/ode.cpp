// The main benchmark in plain scalar C++: the floor that no interpreter stands on. The state is a value, nothing is
// allocated in a step, and the compiler may do what it likes at -O3 within IEEE arithmetic.

#include "serve.hpp"

#include <array>
#include <cmath>

namespace {

using State = std::array<double, 4>;

State operator+(const State& a, const State& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]}; }

State operator*(const State& a, double s) { return {a[0] * s, a[1] * s, a[2] * s, a[3] * s}; }

State operator*(double s, const State& a) { return a * s; }

State operator/(const State& a, double s) { return {a[0] / s, a[1] / s, a[2] / s, a[3] / s}; }

State board(double /*t*/, const State& X) {
    constexpr double pi = 3.14159265358979323846;
    constexpr double g = 9.81;
    constexpr double c = 0.5;
    constexpr double a = 0.25;
    constexpr double b = 0.5;
    constexpr double p = (2 * pi) / 10.0;
    constexpr double q = (2 * pi) / 4.0;
    const double x0 = X[0];
    const double y0 = X[1];
    const double u0 = X[2];
    const double v0 = X[3];
    const double H_x = -a + b * p * std::sin(p * x0) * std::cos(q * y0);
    const double H_xx = b * (p * p) * std::cos(p * x0) * std::cos(q * y0);
    const double H_y = b * q * std::cos(p * x0) * std::sin(q * y0);
    const double H_yy = b * (q * q) * std::cos(p * x0) * std::cos(q * y0);
    const double H_xy = -b * q * p * std::sin(p * x0) * std::sin(q * y0);
    const double F = (g + H_xx * (u0 * u0) + 2 * H_xy * u0 * v0 + H_yy * (v0 * v0)) / (1 + H_x * H_x + H_y * H_y);
    return {u0, v0, -F * H_x - c * u0, -F * H_y - c * v0};
}

template <typename F> State runge_kutta_step(F f, const State& x0, double dt, double t) {
    const State k1 = f(t, x0) * dt;
    const State k2 = f(t, x0 + k1 / 2) * dt;
    const State k3 = f(t, x0 + k2 / 2) * dt;
    const State k4 = f(t, x0 + k3) * dt;
    return x0 + (k1 + 2 * k2 + 2 * k3 + k4) / 6;
}

struct Problem {
    std::vector<State> initial;
    double dt = 0;
    std::size_t steps = 0;
};

Numbers solve(const Problem& problem) {
    Numbers states;
    states.reserve(4 * problem.initial.size());
    for (State X : problem.initial) {
        for (std::size_t i = 0; i < problem.steps; ++i) {
            X = runge_kutta_step(board, X, problem.dt, static_cast<double>(i) * problem.dt);
        }
        states.insert(states.end(), X.begin(), X.end());
    }
    return states;
}

Problem parse_problem(std::istream& words) {
    Problem problem;
    std::size_t sleds = 0;
    words >> sleds >> problem.steps >> problem.dt;
    const Numbers numbers = read_numbers(words);
    if (sleds == 0 || numbers.size() != 4 * sleds) {
        throw std::invalid_argument(std::to_string(sleds) + " sleds need " + std::to_string(4 * sleds) +
                                    " numbers, got " + std::to_string(numbers.size()));
    }
    for (std::size_t k = 0; k < numbers.size(); k += 4) {
        problem.initial.push_back({numbers[k], numbers[k + 1], numbers[k + 2], numbers[k + 3]});
    }
    return problem;
}

} // namespace

int main() { serve(parse_problem, solve); }
