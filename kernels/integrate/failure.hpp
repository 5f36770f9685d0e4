// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_INTEGRATE_FAILURE_HPP
#define PICOKERNELS_INTEGRATE_FAILURE_HPP

#include "picokernels/integrate.h"

#include <exception>

namespace picokernels::integrate {

// Ends a run without a solution.
class failure : public std::exception {
  public:
    // NOLINTNEXTLINE(cert-dcl50-cpp, modernize-avoid-variadic-functions): compilers check the format
    [[gnu::format(printf, 3, 4)]] failure(pk_status status, const char* format, ...);
    failure(const pk_trouble& trouble, double t);
    failure(const char* who, double t); // who asked for it: PK_ERROR_CALLBACK
    const char* what() const noexcept override { return details_.message; }
    const pk_ode_error& details() const noexcept { return details_; }

  private:
    pk_ode_error details_{};
};

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_FAILURE_HPP
