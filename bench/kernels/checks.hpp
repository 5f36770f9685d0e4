// SPDX-License-Identifier: BSD-3-Clause
//
// A peer is timed only if its results are the kernels' results, or for functions if they are as exact as it states.
#ifndef PICOKERNELS_BENCH_CHECKS_HPP
#define PICOKERNELS_BENCH_CHECKS_HPP

#include "kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

namespace picokernels::bench {

template <class T> std::vector<T> results_of(const any_kernel<T>& kernel, bool in_place, std::size_t n) {
    std::vector<T> a(n);
    std::vector<T> b(n);
    std::vector<T> out(n);
    for (std::size_t i = 0; i < n; ++i) {
        a[i] = T(1) + T(i % 1021) / T(7) * (i % 2 == 0 ? T(1) : T(-1));
        b[i] = T(3) + T(i % 1013) / T(11);
    }
    std::vector<T>& results = in_place ? a : out;
    const operands<T> x{a.data(), b.data(), results.data(), nullptr, T(1.7)};
    std::visit([&](auto function) { call(function, x, n); }, kernel);
    return results;
}

// Nobody promises the sign and payload of a nan.
template <class T> bool is_same(T x, T y) {
    using bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    return std::bit_cast<bits>(x) == std::bit_cast<bits>(y) || (std::isnan(x) && std::isnan(y));
}

// Every remainder of the vectors, and a long array.
inline std::vector<std::size_t> lengths_to_check(std::size_t longest) {
    std::vector<std::size_t> lengths(65);
    std::iota(lengths.begin(), lengths.end(), 1);
    lengths.back() = longest;
    return lengths;
}

// What differs between two kernels' results; empty if nothing does.
template <class T> std::string difference(const any_kernel<T>& ours, const any_kernel<T>& theirs, bool in_place) {
    for (const std::size_t n : lengths_to_check(100000)) {
        const std::vector<T> wanted = results_of(ours, in_place, n);
        const std::vector<T> found = results_of(theirs, in_place, n);
        const auto same = std::ranges::mismatch(wanted, found, is_same<T>).in1 - wanted.begin();
        if (same < std::ssize(wanted)) {
            return "element " + std::to_string(same) + " of " + std::to_string(n) + " differs";
        }
    }
    return "";
}

// The same for reductions. The order of the operations is the library's own choice, so results may differ by what
// rounding makes of n terms of one sign.
template <class T> std::string difference(const any_reduction<T>& ours, const any_reduction<T>& theirs) {
    for (const std::size_t n : lengths_to_check(10000)) {
        std::vector<T> a(n);
        std::vector<T> b(n);
        for (std::size_t i = 0; i < n; ++i) { // products of all stay in range
            a[i] = T(1) + (T(i % 13) - T(6)) / T(64);
            b[i] = T(1) + T(i % 11) / T(32);
        }
        const operands<T> x{a.data(), b.data(), nullptr, nullptr, T(0)};
        const auto result_of = [&](auto function) { return call(function, x, n); };
        const T wanted = std::visit(result_of, ours);
        const T found = std::visit(result_of, theirs);
        if (!(std::abs(found - wanted) <= T(n) * std::numeric_limits<T>::epsilon() * wanted)) {
            return "the result for " + std::to_string(n) + " elements differs";
        }
    }
    return "";
}

// The distance of a function's result from the exact one, in units in the last place of T.
template <class T> double error_in_ulp(T found, long double exact) {
    using limits = std::numeric_limits<T>;
    const int exponent = std::max(std::ilogb(exact), limits::min_exponent - 1);
    return static_cast<double>(std::abs(found - exact) / std::ldexp(1.0L, exponent + 1 - limits::digits));
}

// The first result of a function that is further from the exact one than stated; empty if none is.
template <class T> std::string excess(const operation<T>& op, const any_kernel<T>& kernel, double stated_ulp) {
    // Some libraries count from the exact result, and others from the rounded one, which adds up to a half.
    const double bound = stated_ulp == 0 ? 0 : stated_ulp + 0.5;
    for (const std::size_t n : lengths_to_check(10000)) {
        std::vector<T> a(n);
        std::vector<T> b(n);
        std::vector<T> out(n);
        for (std::size_t i = 0; i < n; ++i) {
            std::tie(a[i], b[i]) = element<T>(i, numbers::of_functions);
        }
        const operands<T> x{a.data(), b.data(), out.data(), nullptr, T(1.7)};
        std::visit([&](auto function) { call(function, x, n); }, kernel);
        for (std::size_t i = 0; i < n; ++i) {
            const long double exact = op.exact(a[i], op.form == form::array_array ? b[i] : x.scalar);
            const double error = error_in_ulp(out[i], exact);
            if (!(error <= bound)) {
                return "element " + std::to_string(i) + " of " + std::to_string(n) + " has an error of " +
                       std::to_string(error) + " ulp";
            }
        }
    }
    return "";
}

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_CHECKS_HPP
