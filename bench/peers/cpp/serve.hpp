// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's side of the protocol in bench/README.md: reads commands, one a line, and answers each with one line.
// A benchmark's program brings its problem and how to compute it.
#ifndef BENCH_PEERS_CPP_SERVE_HPP
#define BENCH_PEERS_CPP_SERVE_HPP

#include <chrono>
#include <cmath>
#include <cstddef>
#include <exception>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "g++ " __VERSION__
#endif

using Numbers = std::vector<double>;

// The rest of a line. Read by stod, because a stream refuses "inf" and "nan".
inline Numbers read_numbers(std::istream& words) {
    Numbers numbers;
    for (std::string word; words >> word;) {
        numbers.push_back(std::stod(word));
    }
    return numbers;
}

template <class Problem> void answer_states(const Problem& problem, Numbers (*compute)(const Problem&)) {
    std::cout << "states";
    for (const double number : compute(problem)) {
        std::cout << ' ' << number;
    }
    std::cout << '\n';
}

template <class Problem>
void answer_run(const Problem& problem, Numbers (*compute)(const Problem&), std::istream& words) {
    using Clock = std::chrono::steady_clock;
    int count = 0;
    if (!(words >> count) || count < 1) {
        throw std::invalid_argument("the number of runs must be positive");
    }
    std::cout << "run";
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        const Numbers results = compute(problem);
        const std::chrono::duration<double> seconds = Clock::now() - start;
        // The results are looked at after each run, so that none can be dropped as unused.
        for (const double number : results) {
            if (!std::isfinite(number)) {
                throw std::runtime_error("the results are not finite");
            }
        }
        std::cout << ' ' << seconds.count();
    }
    std::cout << '\n';
}

// parse reads what follows the word `problem`, and throws std::exception on nonsense. info is the JSON that answers
// this command. Returns at the end of the input.
template <class Problem>
void serve(Problem (*parse)(std::istream&), Numbers (*compute)(const Problem&),
           const std::string& info = "{\"version\": \"" COMPILER "\"}") {
    std::cout.precision(std::numeric_limits<double>::max_digits10);
    std::optional<Problem> problem;
    const auto answer = [&](const std::string& line) {
        std::istringstream words(line);
        std::string command;
        words >> command;
        if (command == "info") {
            std::cout << "info " << info << '\n';
        } else if (command == "problem") {
            problem = parse(words);
            std::cout << "ready\n";
        } else if (!problem) {
            throw std::invalid_argument(command + " before problem");
        } else if (command == "states") {
            answer_states(*problem, compute);
        } else if (command == "run") {
            answer_run(*problem, compute, words);
        } else {
            throw std::invalid_argument("unknown command " + command);
        }
    };
    for (std::string line; std::getline(std::cin, line) && line != "quit";) {
        try {
            answer(line);
        } catch (const std::exception& error) {
            std::cout << "error " << error.what() << '\n';
        }
        std::cout.flush();
    }
}

#endif // BENCH_PEERS_CPP_SERVE_HPP
