// SPDX-License-Identifier: BSD-3-Clause
#include "reductions.hpp"

#include "lesser.hpp"

#include <limits>

namespace tested {
namespace {

#define TESTED_REDUCTION(inputs_, name, term, operation, empty, instructions, suffix)                                \
    {"pk_" #name "_" #suffix,                                                                                        \
     [](element x, [[maybe_unused]] element y) -> element { return term; },                                          \
     [](element x, element y) -> element { return operation; },                                                      \
     element(empty),                                                                                                 \
     inputs::inputs_,                                                                                                \
     instructions,                                                                                                   \
     pk_##name##_##suffix},

namespace of_f64 {
using element = double;
using limits = std::numeric_limits<element>;
#define TESTED_F64(...) TESTED_REDUCTION(__VA_ARGS__, f64)
constexpr reduction<element> all[] = {TESTED_REDUCTIONS(TESTED_F64)};
} // namespace of_f64

namespace of_f32 {
using element = float;
using limits = std::numeric_limits<element>;
#define TESTED_F32(...) TESTED_REDUCTION(__VA_ARGS__, f32)
constexpr reduction<element> all[] = {TESTED_REDUCTIONS(TESTED_F32)};
} // namespace of_f32

} // namespace

template <> std::span<const reduction<double>> reductions() { return of_f64::all; }
template <> std::span<const reduction<float>> reductions() { return of_f32::all; }

template <class T> T reduction<T>::expected(std::span<const T> a, std::span<const T> b) const {
    std::vector<T> partial;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const T next = term(a[i], b[i]);
        if (i < partial_results<T>) {
            partial.push_back(next);
        } else {
            T& k = partial[i % partial_results<T>];
            k = operation(k, next);
        }
    }
    for (std::size_t w = partial_results<T> / 2; w > 0; w /= 2) {
        for (std::size_t k = 0; k < w && k + w < partial.size(); ++k) {
            partial[k] = operation(partial[k], partial[k + w]);
        }
    }
    return partial.empty() ? empty : partial[0];
}

template struct reduction<double>;
template struct reduction<float>;

} // namespace tested
