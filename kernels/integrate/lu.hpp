// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_LU_HPP
#define PICOKERNELS_INTEGRATE_LU_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

namespace picokernels::integrate {

// Calls act with the constants 0 to n - 1.
template <std::size_t n, class Act> void unrolled(Act act) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
        (act(std::integral_constant<std::size_t, i>()), ...);
    }(std::make_index_sequence<n>());
}

// The LU decomposition of a small dense matrix, with partial pivoting: G. H. Golub, C. F. Van Loan, "Matrix
// Computations", 4th ed. (2013), section 3.4. Columns are contiguous, so that each inner loop runs over one.
//
// A singular matrix makes solutions infinite or nan.
class lu {
  public:
    explicit lu(std::size_t n) : n_(n), elements_(n * n), inverse_pivots_(n), order_(n), permuted_(n) {}

    // Decomposes diagonal * I - matrix. The matrix is stored row by row.
    void factor(const double* matrix, double diagonal) noexcept {
        for (std::size_t j = 0; j < n_; ++j) {
            for (std::size_t i = 0; i < n_; ++i) {
                column(j)[i] = -matrix[i * n_ + j];
            }
            column(j)[j] += diagonal;
        }
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        for (std::size_t k = 0; k < n_; ++k) {
            eliminate(k);
        }
    }

    // Replaces the right-hand side x by the solution.
    void solve(double* x) noexcept {
        switch (n_) {
        case 1:
            solve_small<1>(x);
            break;
        case 2:
            solve_small<2>(x);
            break;
        case 3:
            solve_small<3>(x);
            break;
        case 4:
            solve_small<4>(x);
            break;
        case 5:
            solve_small<5>(x);
            break;
        case 6:
            solve_small<6>(x);
            break;
        case 7:
            solve_small<7>(x);
            break;
        case 8:
            solve_small<8>(x);
            break;
        default:
            solve_large(x);
            break;
        }
    }

  private:
    double* column(std::size_t j) noexcept { return elements_.data() + j * n_; }
    const double* column(std::size_t j) const noexcept { return elements_.data() + j * n_; }

    void solve_large(double* x) noexcept {
        for (std::size_t i = 0; i < n_; ++i) {
            permuted_[i] = x[order_[i]];
        }
        double* const y = permuted_.data();
        for (std::size_t k = 0; k < n_; ++k) {
            subtract(column(k), y[k], y, k + 1, n_);
        }
        for (std::size_t k = n_; k-- > 0;) {
            y[k] *= inverse_pivots_[k];
            subtract(column(k), y[k], y, 0, k);
        }
        std::copy_n(y, n_, x);
    }

    // The same operations with all numbers in registers, which takes a quarter of the time for 8 equations, and less
    // for fewer.
    template <std::size_t n> void solve_small(double* x) const noexcept {
        const double* const a = elements_.data();
        std::array<double, n> y;
        unrolled<n>([&](auto i) { y[i] = x[order_[i]]; });
        unrolled<n>(
            [&](auto k) { unrolled<n - 1 - k>([&](auto i) { y[k + 1 + i] -= a[k * n + k + 1 + i] * y[k]; }); });
        unrolled<n>([&](auto j) {
            constexpr std::size_t k = n - 1 - j;
            y[k] *= inverse_pivots_[k];
            unrolled<k>([&](auto i) { y[i] -= a[k * n + i] * y[k]; });
        });
        unrolled<n>([&](auto i) { x[i] = y[i]; });
    }

    static void subtract(const double* from, double factor, double* to, std::size_t begin, std::size_t end) noexcept {
        for (std::size_t i = begin; i < end; ++i) {
            to[i] -= from[i] * factor;
        }
    }

    void eliminate(std::size_t k) noexcept {
        double* const pivots = column(k);
        std::size_t largest = k;
        for (std::size_t i = k + 1; i < n_; ++i) {
            if (std::abs(pivots[i]) > std::abs(pivots[largest])) {
                largest = i;
            }
        }
        std::swap(order_[k], order_[largest]);
        if (largest != k) {
            for (std::size_t j = 0; j < n_; ++j) {
                std::swap(column(j)[k], column(j)[largest]);
            }
        }
        inverse_pivots_[k] = 1 / pivots[k];
        for (std::size_t i = k + 1; i < n_; ++i) {
            pivots[i] *= inverse_pivots_[k];
        }
        for (std::size_t j = k + 1; j < n_; ++j) {
            if (column(j)[k] != 0) {
                subtract(pivots, column(j)[k], column(j), k + 1, n_);
            }
        }
    }

    std::size_t n_;
    std::vector<double> elements_; // L below the diagonal, without its ones, and U
    std::vector<double> inverse_pivots_;
    std::vector<std::size_t> order_; // which rows the rows were
    std::vector<double> permuted_;
};

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_LU_HPP
