// Robertson's right-hand side in plain scalar C++: the floor.

#include "serve.hpp"

#include <array>

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
Numbers accumulate(const Problem& problem) {
    State sums{};
    for (int i = 0; i < problem.repeats; ++i) {
        for (const State& y : problem.states) {
            const State dy = rober(0.0, y);
            sums[0] += dy[0];
            sums[1] += dy[1];
            sums[2] += dy[2];
        }
    }
    return {sums.begin(), sums.end()};
}

Problem parse_problem(std::istream& words) {
    Problem problem;
    words >> problem.repeats;
    const Numbers numbers = read_numbers(words);
    if (numbers.empty() || numbers.size() % 3 != 0) {
        throw std::invalid_argument("states of three numbers each are needed, got " + std::to_string(numbers.size()) +
                                    " numbers");
    }
    for (std::size_t i = 0; i < numbers.size(); i += 3) {
        problem.states.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
    }
    return problem;
}

} // namespace

int main() { serve(parse_problem, accumulate); }
