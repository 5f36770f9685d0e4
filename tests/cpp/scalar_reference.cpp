// SPDX-License-Identifier: BSD-3-Clause
#include "scalar_reference.hpp"

namespace reference {
namespace {

template <class T> T compute_as(operation op, T a, T b) noexcept {
    switch (op) {
    case operation::add:
        return a + b;
    case operation::sub:
        return a - b;
    case operation::mul:
        return a * b;
    case operation::div:
        return a / b;
    case operation::rsub:
        return b - a;
    case operation::rdiv:
        return b / a;
    }
    return T{};
}

} // namespace

double compute(operation op, double a, double b) noexcept { return compute_as(op, a, b); }
float compute(operation op, float a, float b) noexcept { return compute_as(op, a, b); }

} // namespace reference
