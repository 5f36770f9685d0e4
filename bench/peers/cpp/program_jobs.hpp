// SPDX-License-Identifier: BSD-3-Clause
//
// The jobs of the benchmark of programs: their formulas, which C++ compiles for double and a picokernels::formula
// records, and the problem as the protocol in bench/README.md gives it.
#ifndef BENCH_PEERS_CPP_PROGRAM_JOBS_HPP
#define BENCH_PEERS_CPP_PROGRAM_JOBS_HPP

#include "serve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <istream>
#include <numbers>
#include <stdexcept>
#include <string>

// ---- formulas: T is double, or what records operations. They do the operations of the Python source in its order.

template <class T> using State = std::array<T, 4>;

// The derivative of a sled's state: see bench/board/problem.py.
template <class T> State<T> board(const State<T>& X) {
    using std::cos;
    using std::pow;
    using std::sin;
    using std::numbers::pi;
    constexpr double g = 9.81;
    constexpr double c = 0.5;
    constexpr double a = 0.25;
    constexpr double b = 0.5;
    constexpr double p = (2 * pi) / 10.0;
    constexpr double q = (2 * pi) / 4.0;
    const auto& [x, y, u, v] = X;
    const T H_x = -a + b * p * sin(p * x) * cos(q * y);
    const T H_xx = b * (p * p) * cos(p * x) * cos(q * y);
    const T H_y = b * q * cos(p * x) * sin(q * y);
    const T H_yy = b * (q * q) * cos(p * x) * cos(q * y);
    const T H_xy = -b * q * p * sin(p * x) * sin(q * y);
    const T F =
        (g + H_xx * pow(u, 2.0) + 2.0 * H_xy * u * v + H_yy * pow(v, 2.0)) / (1.0 + pow(H_x, 2.0) + pow(H_y, 2.0));
    return {u, v, -F * H_x - c * u, -F * H_y - c * v};
}

template <class T, class F> State<T> each(F component) {
    return {component(0U), component(1U), component(2U), component(3U)};
}

// The state dt seconds later, by the classical fourth-order Runge-Kutta method.
template <class T> State<T> runge_kutta_step(const State<T>& x, double dt) {
    const auto slope = [dt](const State<T>& at) {
        const State<T> derivative = board(at);
        return each<T>([&](unsigned i) { return derivative[i] * dt; });
    };
    const State<T> k1 = slope(x);
    const State<T> k2 = slope(each<T>([&](unsigned i) { return x[i] + k1[i] / 2.0; }));
    const State<T> k3 = slope(each<T>([&](unsigned i) { return x[i] + k2[i] / 2.0; }));
    const State<T> k4 = slope(each<T>([&](unsigned i) { return x[i] + k3[i]; }));
    return each<T>([&](unsigned i) { return x[i] + (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]) / 6.0; });
}

// The expressions of bench/programs/expressions.py. Each has a name, reads so many arrays, and takes them as an array
// of T.
struct MulAdd {
    static constexpr const char* name = "muladd";
    static constexpr std::size_t inputs = 3;
    template <class T> static T of(const std::array<T, inputs>& x) { return x[0] * x[1] + x[2]; }
};

struct Waves {
    static constexpr const char* name = "waves";
    static constexpr std::size_t inputs = 3;
    template <class T> static T of(const std::array<T, inputs>& x) {
        using std::exp;
        using std::sin;
        return sin(x[0]) * x[1] + exp(-x[2] * x[2]);
    }
};

struct Polynomial {
    static constexpr const char* name = "polynomial";
    static constexpr std::size_t inputs = 1;
    template <class T> static T of(const std::array<T, inputs>& x) {
        T sum = x[0] * coefficient(10) + coefficient(9);
        for (int k = 8; k >= 0; --k) {
            sum = sum * x[0] + coefficient(k);
        }
        return sum;
    }
    static constexpr double coefficient(int k) { return 1.0 / (k + 1); }
};

// ---- problems

// What follows the word `problem`: sleds to move, expressions to compute `count` times for `size` numbers, or
// programs to create `count` times.
struct Job {
    std::string name;
    std::size_t size = 0;  // sleds, or numbers
    std::size_t count = 0; // steps, or calls
    double dt = 0;
    std::vector<State<double>> initial; // of sleds

    bool is_motion() const { return name == "sleds" || name == "many_sleds"; }
    bool is_creation() const { return name == "create_board" || name == "create_step"; }

    static Job parse(std::istream& words) {
        Job job;
        words >> job.name >> job.size >> job.count;
        if (job.is_motion() || job.is_creation()) {
            words >> job.dt;
            const Numbers numbers = read_numbers(words);
            for (std::size_t k = 0; k + 4 <= numbers.size(); k += 4) {
                job.initial.push_back({numbers[k], numbers[k + 1], numbers[k + 2], numbers[k + 3]});
            }
        }
        if (job.size == 0 || job.count == 0 || (job.dt != 0 && job.initial.size() != job.size)) {
            throw std::invalid_argument("the problem " + job.name + " is not complete");
        }
        return job;
    }
};

// A row that does not do such jobs. The benchmark knows the name.
[[noreturn]] inline void cannot_do(const std::string& reason) { throw std::invalid_argument("CannotDo: " + reason); }

// What a row makes of a job: a call does it once and returns numbers to check.
using Work = std::function<Numbers()>;
inline Numbers do_work(const Work& work) { return work(); }

// The arrays of an expression. Their numbers have few bits, so other languages make the same.
struct Arrays {
    std::array<Numbers, 3> in;
    Numbers out;

    explicit Arrays(std::size_t n) : out(n) {
        constexpr std::array<std::array<unsigned, 2>, 3> cycles{{{37, 101}, {53, 89}, {29, 97}}};
        for (std::size_t k = 0; k < in.size(); ++k) {
            in[k].resize(n);
            for (std::size_t i = 0; i < n; ++i) {
                in[k][i] = static_cast<double>(i * cycles[k][0] % cycles[k][1]) / 32.0 - 1.5;
            }
        }
    }

    // A hundred of the results.
    Numbers sample() const {
        Numbers some;
        for (std::size_t i = 0; i < out.size(); i += std::max<std::size_t>(1, out.size() / 100)) {
            some.push_back(out[i]);
        }
        return some;
    }
};

// Calls do_it with the expression of that name.
template <class F> Work with_expression(const std::string& name, F do_it) {
    if (name == MulAdd::name) {
        return do_it(MulAdd());
    }
    if (name == Waves::name) {
        return do_it(Waves());
    }
    if (name == Polynomial::name) {
        return do_it(Polynomial());
    }
    throw std::invalid_argument("there is no job " + name);
}

#endif // BENCH_PEERS_CPP_PROGRAM_JOBS_HPP
