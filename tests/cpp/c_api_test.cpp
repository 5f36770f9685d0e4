// SPDX-License-Identifier: BSD-3-Clause
//
// Each function of the C ABI does what its name says, on every ISA available here: a body that calls the wrong
// kernel would be found here, not in kernels_test.
#include "picokernels/picokernels.h"
#include "scalar_reference.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <tuple>
#include <vector>

namespace {

using reference::operation;

template <class T> using array_function = void (*)(const T*, const T*, T*, size_t) noexcept;
template <class T> using scalar_function = void (*)(const T*, T, T*, size_t) noexcept;
template <class T> using array_functions = std::vector<std::pair<operation, array_function<T>>>;
template <class T> using scalar_functions = std::vector<std::pair<operation, scalar_function<T>>>;

const array_functions<double> array_f64{{operation::add, pk_add_f64},
                                        {operation::sub, pk_sub_f64},
                                        {operation::mul, pk_mul_f64},
                                        {operation::div, pk_div_f64}};
const array_functions<float> array_f32{{operation::add, pk_add_f32},
                                       {operation::sub, pk_sub_f32},
                                       {operation::mul, pk_mul_f32},
                                       {operation::div, pk_div_f32}};
const scalar_functions<double> scalar_f64{
    {operation::add, pk_add_scalar_f64},   {operation::sub, pk_sub_scalar_f64},
    {operation::mul, pk_mul_scalar_f64},   {operation::div, pk_div_scalar_f64},
    {operation::rsub, pk_rsub_scalar_f64}, {operation::rdiv, pk_rdiv_scalar_f64}};
const scalar_functions<float> scalar_f32{
    {operation::add, pk_add_scalar_f32},   {operation::sub, pk_sub_scalar_f32},
    {operation::mul, pk_mul_scalar_f32},   {operation::div, pk_div_scalar_f32},
    {operation::rsub, pk_rsub_scalar_f32}, {operation::rdiv, pk_rdiv_scalar_f32}};

std::vector<std::string> available() {
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    return {names.begin(), names.end()};
}

class CApi : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_EQ(pk_set_isa(GetParam().c_str()), PK_OK); }

    template <class T>
    static void each_function_does_what_its_name_says(const array_functions<T>& arrays,
                                                      const scalar_functions<T>& scalars) {
        // Short calls are served without the table, long ones through it.
        for (const size_t n : {1U, 5U, 16U, 17U, 100U}) {
            SCOPED_TRACE(n);
            std::vector<T> a(n);
            std::vector<T> b(n);
            for (size_t i = 0; i < n; ++i) {
                a[i] = T(i) * T(1.7) - T(3);
                b[i] = T(0.7) - T(i) * T(0.3);
            }
            const T s = T(-0.7);
            std::vector<T> out(n);
            for (const auto& [op, function] : arrays) {
                function(a.data(), b.data(), out.data(), n);
                for (size_t i = 0; i < n; ++i) {
                    EXPECT_EQ(out[i], reference::compute(op, a[i], b[i])) << "element " << i;
                }
            }
            for (const auto& [op, function] : scalars) {
                function(a.data(), s, out.data(), n);
                for (size_t i = 0; i < n; ++i) {
                    EXPECT_EQ(out[i], reference::compute(op, a[i], s)) << "element " << i;
                }
            }
        }
    }
};

TEST_P(CApi, each_f64_function_does_what_its_name_says) {
    each_function_does_what_its_name_says<double>(array_f64, scalar_f64);
}
TEST_P(CApi, each_f32_function_does_what_its_name_says) {
    each_function_does_what_its_name_says<float>(array_f32, scalar_f32);
}

INSTANTIATE_TEST_SUITE_P(Available, CApi, testing::ValuesIn(available()),
                         [](const auto& test) { return test.param; });

TEST(Version, of_library_and_header_agree) {
    const std::string header = std::to_string(PICOKERNELS_VERSION_MAJOR) + "." +
                               std::to_string(PICOKERNELS_VERSION_MINOR) + "." +
                               std::to_string(PICOKERNELS_VERSION_PATCH);
    EXPECT_EQ(pk_version(), header);
}

TEST(StatusMessage, is_never_null_and_tells_the_errors_apart) {
    const std::string unknown = pk_status_message(PK_ERROR_UNKNOWN_ISA);
    const std::string unsupported = pk_status_message(PK_ERROR_UNSUPPORTED_ISA);
    EXPECT_NE(unknown, unsupported);
    EXPECT_STRNE(pk_status_message(PK_OK), unknown.c_str());
    for (const int number : {-1, 3, 1000}) {
        ASSERT_NE(pk_status_message(static_cast<pk_status>(number)), nullptr);
        EXPECT_GT(std::strlen(pk_status_message(static_cast<pk_status>(number))), 0U);
    }
}

} // namespace
