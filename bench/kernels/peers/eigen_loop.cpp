// SPDX-License-Identifier: BSD-3-Clause
//
// Eigen's expressions over foreign memory of any alignment. Eigen takes the compiler's flags for the ISA, so this is
// compiled once per ISA; and since its inline functions have external linkage, CMake renames its namespace each time.
#include "isa_build.hpp"

#include <Eigen/Core>

namespace picokernels::bench {
namespace {

template <class T> Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> view(const T* data, std::size_t n) {
    return {data, static_cast<Eigen::Index>(n)};
}

template <class T> Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>> view(T* data, std::size_t n) {
    return {data, static_cast<Eigen::Index>(n)};
}

// Not operations.hpp's functors: those make values of their operands' type, and Eigen makes expressions.
constexpr auto plus = [](const auto& a, const auto& b) { return a + b; };
constexpr auto minus = [](const auto& a, const auto& b) { return a - b; };
constexpr auto times = [](const auto& a, const auto& b) { return a * b; };
constexpr auto over = [](const auto& a, const auto& b) { return a / b; };
constexpr auto minus_reversed = [](const auto& a, const auto& b) { return b - a; };
constexpr auto over_reversed = [](const auto& a, const auto& b) { return b / a; };

template <class T, auto Op> void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    view(out, n) = Op(view(a, n), view(b, n));
}

template <class T, auto Op> void array_scalar(const T* a, T s, T* out, std::size_t n) noexcept {
    view(out, n) = Op(view(a, n), s);
}

template <class T> constexpr typed_kernels<T> make_kernels() noexcept {
    typed_kernels<T> kernels{};
    kernels.add = &array_array<T, plus>;
    kernels.sub = &array_array<T, minus>;
    kernels.mul = &array_array<T, times>;
    kernels.div = &array_array<T, over>;
    kernels.add_scalar = &array_scalar<T, plus>;
    kernels.sub_scalar = &array_scalar<T, minus>;
    kernels.mul_scalar = &array_scalar<T, times>;
    kernels.div_scalar = &array_scalar<T, over>;
    kernels.rsub_scalar = &array_scalar<T, minus_reversed>;
    kernels.rdiv_scalar = &array_scalar<T, over_reversed>;
    return kernels;
}

} // namespace

#if defined(EIGEN_PATCH_VERSION) // since Eigen 5 the "world" is no part of the version
#define PEER_VERSION(text) text(EIGEN_MAJOR_VERSION) "." text(EIGEN_MINOR_VERSION) "." text(EIGEN_PATCH_VERSION)
#else
#define PEER_VERSION(text) text(EIGEN_WORLD_VERSION) "." text(EIGEN_MAJOR_VERSION) "." text(EIGEN_MINOR_VERSION)
#endif

extern const isa_build PEER_BUILD;
constinit const isa_build PEER_BUILD{{PEER_TEXT(PEER_ISA), make_kernels<double>(), make_kernels<float>()},
                                     PEER_VERSION(PEER_TEXT)};

} // namespace picokernels::bench
