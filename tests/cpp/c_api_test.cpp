// SPDX-License-Identifier: BSD-3-Clause
//
// Each function of the C ABI computes what its name says, on every available ISA. A body that calls the wrong kernel
// is found here, not in kernels_test.
#include "picokernels/picokernels.h"
#include "support/isas.hpp"
#include "support/operations.hpp"
#include "support/reductions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace {

class CApi : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_EQ(pk_set_isa(GetParam().c_str()), PK_OK); }

    template <class T> static void each_function_does_what_its_name_says() {
        // Short calls do not use the table, long ones do.
        for (const size_t n : {1U, 5U, 16U, 17U, 100U}) {
            SCOPED_TRACE(n);
            std::vector<T> a(n);
            std::vector<T> b(n); // its first element is the scalar too
            for (size_t i = 0; i < n; ++i) {
                a[i] = T(i) * T(1.7) - T(3);
                b[i] = T(0.7) - T(i) * T(0.3);
            }
            std::vector<T> out(n);
            for (const tested::kernel<T>& kernel : tested::kernels<T>()) {
                SCOPED_TRACE(kernel.name);
                const bool has_arrays = kernel.form == tested::form::array_array;
                tested::call(kernel.c_function, a.data(), b.data(), out.data(), n);
                for (size_t i = 0; i < n; ++i) {
                    const T expected = kernel.expected(a[i], b[has_arrays ? i : 0]);
                    EXPECT_TRUE(kernel.accepts(out[i], expected))
                        << "element " << i << " is " << out[i] << ", should be " << expected;
                }
            }
            for (const tested::reduction<T>& reduction : tested::reductions<T>()) {
                EXPECT_EQ(tested::call(reduction.c_function, a.data(), b.data(), n), reduction.expected(a, b))
                    << reduction.name;
            }
        }
    }
};

TEST_P(CApi, each_f64_function_does_what_its_name_says) { each_function_does_what_its_name_says<double>(); }
TEST_P(CApi, each_f32_function_does_what_its_name_says) { each_function_does_what_its_name_says<float>(); }

INSTANTIATE_TEST_SUITE_P(Available, CApi, testing::ValuesIn(tested::available_isas()),
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
