// Robertson's right-hand side in plain scalar C++: the floor. Reads commands, one a line, and answers each with one
// line; bench/README.md has the protocol.

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

using State = std::array<double, 3>;

State rober(double /*t*/, const State& y) {
    constexpr double k1 = 0.04;
    constexpr double k2 = 3e7;
    constexpr double k3 = 1e4;
    const double dy1 = -k1 * y[0] + k3 * y[1] * y[2];
    const double dy2 = k1 * y[0] - k2 * (y[1] * y[1]) - k3 * y[1] * y[2];
    const double dy3 = k2 * (y[1] * y[1]);
    return {dy1, dy2, dy3};
}

struct Problem {
    int repeats = 0;
    std::vector<State> states;
};

// The sums of the derivatives at all the states, so many times over. The states come from outside and every result is
// added, so that no call can be left out.
State accumulate(const Problem& problem) {
    State sums{};
    for (int i = 0; i < problem.repeats; ++i) {
        for (const State& y : problem.states) {
            const State dy = rober(0.0, y);
            sums[0] += dy[0];
            sums[1] += dy[1];
            sums[2] += dy[2];
        }
    }
    return sums;
}

Problem parse_problem(std::istream& words) {
    Problem problem;
    words >> problem.repeats;
    std::vector<double> numbers;
    for (std::string word; words >> word;) {
        numbers.push_back(std::stod(word));
    }
    if (numbers.empty() || numbers.size() % 3 != 0) {
        throw std::invalid_argument("states of three numbers each are needed, got " + std::to_string(numbers.size()) +
                                    " numbers");
    }
    for (std::size_t i = 0; i < numbers.size(); i += 3) {
        problem.states.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
    }
    return problem;
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
        const State sums = accumulate(problem);
        const std::chrono::duration<double> seconds = Clock::now() - start;
        // The sums are looked at after each run, so that none can be dropped as unused.
        if (!std::isfinite(sums[0] + sums[1] + sums[2])) {
            throw std::runtime_error("the sums are not finite");
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
    } else if (problem.states.empty()) {
        throw std::invalid_argument(command + " before problem");
    } else if (command == "states") {
        const State sums = accumulate(problem);
        std::cout << "states " << sums[0] << ' ' << sums[1] << ' ' << sums[2] << '\n';
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
