// The main benchmark in plain scalar C++: the floor that no interpreter stands on. The state is a value, nothing is
// allocated, and the compiler may do what it likes at -O3 within IEEE arithmetic. Reads commands, one a line, and
// answers each with one line; bench/README.md has the protocol.

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <exception>
#include <iostream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "g++ " __VERSION__
#endif

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

std::vector<State> solve(const Problem& problem) {
    std::vector<State> states;
    states.reserve(problem.initial.size());
    for (State X : problem.initial) {
        for (std::size_t i = 0; i < problem.steps; ++i) {
            X = runge_kutta_step(board, X, problem.dt, static_cast<double>(i) * problem.dt);
        }
        states.push_back(X);
    }
    return states;
}

Problem parse_problem(std::istream& words) {
    Problem problem;
    std::size_t sleds = 0;
    words >> sleds >> problem.steps >> problem.dt;
    std::vector<double> numbers;
    // Read by stod, because a stream refuses "inf" and "nan".
    for (std::string word; words >> word;) {
        numbers.push_back(std::stod(word));
    }
    if (numbers.size() != 4 * sleds) {
        throw std::invalid_argument(std::to_string(sleds) + " sleds need " + std::to_string(4 * sleds) +
                                    " numbers, got " + std::to_string(numbers.size()));
    }
    for (std::size_t k = 0; k < numbers.size(); k += 4) {
        problem.initial.push_back({numbers[k], numbers[k + 1], numbers[k + 2], numbers[k + 3]});
    }
    return problem;
}

void answer_states(const Problem& problem) {
    std::cout << "states";
    for (const State& state : solve(problem)) {
        for (const double number : state) {
            std::cout << ' ' << number;
        }
    }
    std::cout << '\n';
}

void answer_run(const Problem& problem, std::istream& words) {
    using Clock = std::chrono::steady_clock;
    int count = 0;
    if (!(words >> count) || count < 1) {
        throw std::invalid_argument("the number of runs must be positive");
    }
    std::cout << "run";
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        const std::vector<State> states = solve(problem);
        const std::chrono::duration<double> seconds = Clock::now() - start;
        // The states are looked at after each run, so that none can be dropped as unused.
        if (!std::isfinite(states.back()[0])) {
            throw std::runtime_error("the states are not finite");
        }
        std::cout << ' ' << seconds.count();
    }
    std::cout << '\n';
}

void answer(const std::string& line, Problem& problem) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "info") {
        std::cout << "info {\"version\": \"" COMPILER "\"}\n";
    } else if (command == "problem") {
        problem = parse_problem(words);
        std::cout << "ready\n";
    } else if (problem.initial.empty()) {
        throw std::invalid_argument(command + " before problem");
    } else if (command == "states") {
        answer_states(problem);
    } else if (command == "run") {
        answer_run(problem, words);
    } else {
        throw std::invalid_argument("unknown command " + command);
    }
}

} // namespace

int main() {
    std::cout.precision(std::numeric_limits<double>::max_digits10);
    Problem problem;
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "quit") {
            break;
        }
        try {
            answer(line, problem);
        } catch (const std::exception& error) {
            std::cout << "error " << error.what() << '\n';
        }
        std::cout.flush();
    }
}
