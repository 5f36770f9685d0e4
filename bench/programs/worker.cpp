// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of programs: programs_worker point|lanes exact|quiet|fast jit|interpreter [ISA]. It speaks the protocol in
// bench/README.md.

#include "program_jobs.hpp"

#include <picokernels/program.hpp>

#include <cstdlib>
#include <memory>

namespace {

using picokernels::formula;
using picokernels::number;
using picokernels::program;

// What the command line says.
struct Row {
    bool lanes = false;
    bool jit = true;
    unsigned options = 0;
};

Row row; // NOLINT(*-avoid-non-const-global-variables): set once by main(), because the protocol takes plain functions

void check(pk_status status) {
    if (status != PK_OK) {
        throw std::runtime_error(pk_status_message(status));
    }
}

// The formula of a step, or of board if dt is 0.
void write_sled(formula& f, double dt) {
    const State<number> x = each<number>([&](unsigned) { return f.input(); });
    for (const number& next : dt == 0 ? board(x) : runge_kutta_step(x, dt)) {
        f.output(next);
    }
}

template <class Expression> void write_expression(formula& f) {
    const std::array<number, Expression::inputs> x = [&]<std::size_t... k>(std::index_sequence<k...>) {
        return std::array{(static_cast<void>(k), f.input())...};
    }(std::make_index_sequence<Expression::inputs>());
    f.output(Expression::of(x));
}

std::shared_ptr<const program> make(const formula& f) {
    auto made = std::make_shared<const program>(f, row.options);
    if ((made->engine() == "machine code") != row.jit) {
        cannot_do("there is no machine code on this system");
    }
    return made;
}

Work move_points(const Job& job, std::shared_ptr<const program> step) {
    return [job, step = std::move(step)] {
        Numbers states;
        for (State<double> x : job.initial) {
            check(pk_program_iterate_point(step->get(), x.data(), x.data(), job.count, 0, nullptr, nullptr));
            states.insert(states.end(), x.begin(), x.end());
        }
        return states;
    };
}

Work move_lanes(const Job& job, std::shared_ptr<const program> step) {
    return [job, step = std::move(step)] {
        std::array<Numbers, 4> columns;
        std::array<pk_input, 4> in{};
        std::array<double*, 4> out{};
        for (std::size_t k = 0; k < 4; ++k) {
            for (const State<double>& x : job.initial) {
                columns[k].push_back(x[k]);
            }
            out[k] = columns[k].data();
            in[k] = {out[k], 1};
        }
        check(pk_program_iterate(step->get(), in.data(), out.data(), job.size, job.count, 0, nullptr, nullptr));
        Numbers states;
        for (std::size_t i = 0; i < job.size; ++i) {
            states.insert(states.end(), {columns[0][i], columns[1][i], columns[2][i], columns[3][i]});
        }
        return states;
    };
}

pk_status run_once(const pk_program* made, const State<double>& x, State<double>& result) {
    if (!row.lanes) {
        return pk_program_run_point(made, x.data(), result.data(), nullptr);
    }
    std::array<pk_input, State<double>{}.size()> in{};
    std::array<double*, State<double>{}.size()> out{};
    for (std::size_t k = 0; k < in.size(); ++k) {
        in[k] = {&x[k], 1};
        out[k] = &result[k];
    }
    return pk_program_run(made, in.data(), out.data(), 1, nullptr);
}

// Creates and destroys the program, for one point or for lanes alone; the numbers are those of the last one.
Work create(const Job& job) {
    const auto f = std::make_shared<formula>();
    write_sled(*f, job.name == "create_board" ? 0 : job.dt);
    make(*f);
    return [job, f] {
        State<double> result{};
        for (std::size_t i = 0; i < job.count; ++i) {
            pk_program* made = nullptr;
            const std::span<const pk_instruction> list = f->instructions();
            const unsigned use = row.lanes ? PK_PROGRAM_ONLY_LANES : PK_PROGRAM_ONLY_POINT;
            check(pk_program_create(list.data(), list.size(), row.options | use, &made, nullptr));
            const pk_status status = run_once(made, job.initial[0], result);
            pk_program_destroy(made);
            check(status);
        }
        return Numbers(result.begin(), result.end());
    };
}

template <class Expression> Work compute(const Job& job) {
    formula f;
    write_expression<Expression>(f);
    const auto arrays = std::make_shared<Arrays>(job.size);
    return [job, arrays, made = make(f)] {
        std::array<pk_input, Expression::inputs> in{};
        for (std::size_t k = 0; k < in.size(); ++k) {
            in[k] = {arrays->in[k].data(), 1};
        }
        const std::array out{arrays->out.data()};
        for (std::size_t i = 0; i < job.count; ++i) {
            check(pk_program_run(made->get(), in.data(), out.data(), job.size, nullptr));
        }
        return arrays->sample();
    };
}

Work make_work(std::istream& words) {
    const Job job = Job::parse(words);
    if (job.is_creation()) {
        return create(job);
    }
    if (job.is_motion()) {
        formula f;
        write_sled(f, job.dt);
        return (row.lanes ? move_lanes : move_points)(job, make(f));
    }
    return with_expression(job.name, [&](auto expression) { return compute<decltype(expression)>(job); });
}

void read_options(std::span<char*> words) {
    if (words.size() < 3) {
        throw std::invalid_argument("usage: programs_worker point|lanes exact|quiet|fast jit|interpreter [ISA]");
    }
    const std::string mode = words[1];
    row.lanes = std::string(words[0]) == "lanes";
    row.jit = std::string(words[2]) == "jit";
    if (mode != "exact") {
        row.options = mode == "fast" ? PK_PROGRAM_FAST : PK_PROGRAM_NO_TROUBLE;
    }
    pk_set_jit(row.jit ? 1 : 0);
}

} // namespace

int main(int count, char** words) {
    try {
        read_options(std::span(words, static_cast<std::size_t>(count)).subspan(1));
        if (count > 4 && pk_set_isa(words[4]) != PK_OK) {
            static const std::string isa = words[4];
            serve(+[](std::istream&) -> Work { cannot_do("this CPU has no " + isa); }, do_work);
            return EXIT_SUCCESS;
        }
        const std::string version = std::string("libpicokernels ") + pk_version();
        serve(make_work, do_work, R"({"version": ")" + version + R"(", "isa": ")" + pk_isa() + "\"}");
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
