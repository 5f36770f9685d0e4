// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_LU_HPP
#define PICOKERNELS_INTEGRATE_LU_HPP

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace picokernels::integrate {

// The LU decomposition of a small dense matrix, with partial pivoting: G. H. Golub, C. F. Van Loan, "Matrix
// Computations", 4th ed. (2013), section 3.4. Columns are contiguous, so that each inner loop runs over one.
//
// A singular matrix makes solutions infinite or nan.
class lu {
  public:
    explicit lu(std::size_t n) : n_(n), elements_(n * n), inverse_pivots_(n), swaps_(n) {}

    // Decomposes diagonal * I - matrix. The matrix is stored row by row.
    void factor(const double* matrix, double diagonal) noexcept {
        for (std::size_t j = 0; j < n_; ++j) {
            for (std::size_t i = 0; i < n_; ++i) {
                column(j)[i] = -matrix[i * n_ + j];
            }
            column(j)[j] += diagonal;
        }
        for (std::size_t k = 0; k < n_; ++k) {
            eliminate(k);
        }
    }

    // Replaces the right-hand side x by the solution.
    void solve(double* x) const noexcept {
        for (std::size_t k = 0; k < n_; ++k) {
            std::swap(x[k], x[swaps_[k]]);
        }
        for (std::size_t k = 0; k < n_; ++k) {
            subtract(column(k), x[k], x, k + 1, n_);
        }
        for (std::size_t k = n_; k-- > 0;) {
            x[k] *= inverse_pivots_[k];
            subtract(column(k), x[k], x, 0, k);
        }
    }

  private:
    double* column(std::size_t j) noexcept { return elements_.data() + j * n_; }
    const double* column(std::size_t j) const noexcept { return elements_.data() + j * n_; }

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
        swaps_[k] = largest;
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
    std::vector<std::size_t> swaps_; // the row that the row k was swapped with
};

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_LU_HPP
