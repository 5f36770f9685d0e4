// SPDX-License-Identifier: BSD-3-Clause
//
// A program's steps as text: x0, x1, ... are inputs, r0, r1, ... other slots.
#include "program.hpp"

#include <algorithm>
#include <bit>
#include <cstdarg>
#include <cstdint>
#include <cstdio>

namespace picokernels::program {

namespace {

struct step_name {
    const char* functor; // with "libm_" before functions of the C library
    form operands;
};

// In the order of `operation`.
constexpr step_name functor_names[] = {
#define PICOKERNELS_NAME(form_, functor, name) {#functor, form::form_},
    PICOKERNELS_PROGRAM_FUNCTORS(PICOKERNELS_NAME)
#undef PICOKERNELS_NAME
};

struct fused_name {
    const char* functor;
    bool b_is_constant;
    bool c_is_constant;
};
constexpr fused_name fused_names[] = {
#define PICOKERNELS_NAME(functor, name, b, c) {#functor, b, c},
    PICOKERNELS_PROGRAM_FUSED(PICOKERNELS_NAME)
#undef PICOKERNELS_NAME
};

class writer {
  public:
    writer(char* text, std::size_t capacity) noexcept : text_(text), capacity_(capacity) {}

    // NOLINTNEXTLINE(cert-dcl50-cpp, modernize-avoid-variadic-functions): compilers check the format
    [[gnu::format(printf, 2, 3)]] void print(const char* format, ...) noexcept {
        const std::size_t used = std::min(length_, capacity_);
        std::va_list arguments;
        va_start(arguments, format);
        const int added =
            std::vsnprintf(capacity_ == 0 ? nullptr : text_ + used, capacity_ - used, format, arguments);
        va_end(arguments);
        length_ += static_cast<std::size_t>(std::max(added, 0));
    }
    std::size_t length() const noexcept { return length_; }

  private:
    char* text_;
    std::size_t capacity_;
    std::size_t length_ = 0;
};

class dumper {
  public:
    dumper(const code& of, writer& to) noexcept : code_(of), to_(to) {}

    void run() noexcept {
        to_.print("%zu inputs, %zu outputs, %zu steps, %zu constants, %zu slots\n", code_.input_count,
                  code_.output_count, code_.step_count - 1, code_.constant_count, code_.slot_count);
        for (std::size_t i = 0; i < code_.step_count; ++i) {
            step_line(code_.steps[i]);
        }
        for (std::size_t j = 0; j < code_.output_count; ++j) {
            const output from = code_.outputs[j];
            to_.print("output %zu = ", j);
            from.is_constant ? constant(from.index) : slot(from.index);
            to_.print("\n");
        }
    }

  private:
    void slot(std::uint16_t index) noexcept {
        const bool is_input = index < code_.input_count;
        to_.print("%c%zu", is_input ? 'x' : 'r', is_input ? index : index - code_.input_count);
    }
    void constant(std::uint16_t index) noexcept {
        const double value = code_.constants[index];
        if (std::bit_cast<std::uint64_t>(value) == ~std::uint64_t{0}) {
            to_.print("true");
        } else {
            to_.print("%.17g", value);
        }
    }

    void indent() noexcept { to_.print("%*s", 2 * depth_, ""); }
    void assign(std::uint16_t out, const char* name) noexcept {
        indent();
        slot(out);
        to_.print(" = %s", name);
    }
    void slot_operand(std::uint16_t index) noexcept {
        to_.print(" ");
        slot(index);
    }
    void constant_operand(std::uint16_t index) noexcept {
        to_.print(" ");
        constant(index);
    }

    void step_line(const step& now) noexcept {
        const auto index = static_cast<std::size_t>(now.op);
        if (index < std::size(functor_names)) {
            functor_line(now, functor_names[index]);
        } else if (index - std::size(functor_names) < std::size(fused_names)) {
            fused_line(now, fused_names[index - std::size(functor_names)]);
        } else {
            other_line(now);
        }
    }

    void functor_line(const step& now, const step_name& name) noexcept {
        assign(now.out, name.functor);
        name.operands == form::scalar_array ? constant_operand(now.a) : slot_operand(now.a);
        if (name.operands != form::unary) {
            name.operands == form::array_scalar ? constant_operand(now.b) : slot_operand(now.b);
        }
        end_line(now);
    }

    void fused_line(const step& now, const fused_name& name) noexcept {
        assign(now.out, name.functor);
        slot_operand(now.a);
        name.b_is_constant ? constant_operand(now.b) : slot_operand(now.b);
        name.c_is_constant ? constant_operand(now.c) : slot_operand(now.c);
        to_.print("\n");
    }

    // An exclamation mark tells that the step reports trouble.
    void end_line(const step& now) noexcept { to_.print(now.checked != 0 ? " !\n" : "\n"); }

    void other_line(const step& now) noexcept {
        switch (now.op) {
        case operation::sincos:
        case operation::fast_sincos:
            indent();
            slot(now.out);
            to_.print(",");
            slot_operand(now.b);
            to_.print(now.op == operation::sincos ? " = libm_sincos" : " = sincos");
            slot_operand(now.a);
            break;
        case operation::both:
        case operation::either:
            assign(now.out, now.op == operation::both ? "and" : "or");
            slot_operand(now.a);
            slot_operand(now.b);
            break;
        case operation::opposite:
            assign(now.out, "not");
            slot_operand(now.a);
            break;
        case operation::select:
            assign(now.out, "select");
            slot_operand(now.a);
            slot_operand(now.b);
            slot_operand(now.c);
            break;
        case operation::constant:
        case operation::merge_scalar:
            assign(now.out, "");
            constant(now.a);
            break;
        case operation::move:
        case operation::merge:
            assign(now.out, "");
            slot(now.a);
            break;
        case operation::fail:
            indent();
            to_.print("fail %u", static_cast<unsigned>(now.a));
            break;
        default:
            branch_line(now);
            return;
        }
        end_line(now);
    }

    void branch_line(const step& now) noexcept {
        depth_ -= now.op == operation::otherwise || now.op == operation::end ? 1 : 0;
        if (now.op == operation::finish) {
            return;
        }
        indent();
        if (now.op == operation::branch) {
            to_.print("if");
            slot_operand(now.a);
            to_.print("\n");
        } else {
            to_.print(now.op == operation::otherwise ? "else\n" : "end\n");
        }
        depth_ += now.op != operation::end ? 1 : 0;
    }

    const code& code_;
    writer& to_;
    int depth_ = 0;
};

} // namespace

std::size_t dump(const pk_program& program, char* text, std::size_t capacity) noexcept {
    writer to(text, capacity);
    to.print("%s", ""); // an empty text, too, ends with '\\0'
    dumper(program.code, to).run();
    return to.length();
}

} // namespace picokernels::program
