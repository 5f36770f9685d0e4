// SPDX-License-Identifier: BSD-3-Clause
#include "picokernels/picokernels.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

template <class T> class SpanApi : public testing::Test {};
using element_types = testing::Types<double, float>;
TYPED_TEST_SUITE(SpanApi, element_types);

TYPED_TEST(SpanApi, computes_all_forms_of_each_operation) {
    using T = TypeParam;
    using result = std::vector<T>;
    const std::vector<T> a{8, 6, 4};
    const std::array<T, 3> b{2, 3, 16};
    result out(3);
    const T s = 2;

    picokernels::add(a, b, out);
    EXPECT_EQ(out, (result{10, 9, 20}));
    picokernels::sub(a, b, out);
    EXPECT_EQ(out, (result{6, 3, -12}));
    picokernels::mul(a, b, out);
    EXPECT_EQ(out, (result{16, 18, 64}));
    picokernels::div(a, b, out);
    EXPECT_EQ(out, (result{4, 2, T(0.25)}));
    picokernels::minimum(a, b, out);
    EXPECT_EQ(out, (result{2, 3, 4}));
    picokernels::maximum(a, b, out);
    EXPECT_EQ(out, (result{8, 6, 16}));

    picokernels::add(a, s, out);
    EXPECT_EQ(out, (result{10, 8, 6}));
    picokernels::sub(a, s, out);
    EXPECT_EQ(out, (result{6, 4, 2}));
    picokernels::mul(a, s, out);
    EXPECT_EQ(out, (result{16, 12, 8}));
    picokernels::div(a, s, out);
    EXPECT_EQ(out, (result{4, 3, 2}));
    picokernels::minimum(a, T{5}, out);
    EXPECT_EQ(out, (result{5, 5, 4}));
    picokernels::maximum(a, T{5}, out);
    EXPECT_EQ(out, (result{8, 6, 5}));

    picokernels::add(s, a, out);
    EXPECT_EQ(out, (result{10, 8, 6}));
    picokernels::sub(s, a, out);
    EXPECT_EQ(out, (result{-6, -4, -2}));
    picokernels::mul(s, a, out);
    EXPECT_EQ(out, (result{16, 12, 8}));
    picokernels::div(s, b, out);
    EXPECT_EQ(out, (result{1, T(2) / T(3), T(0.125)}));
    picokernels::minimum(T{5}, a, out);
    EXPECT_EQ(out, (result{5, 5, 4}));
    picokernels::maximum(T{5}, a, out);
    EXPECT_EQ(out, (result{8, 6, 5}));

    picokernels::sqrt(result{16, 9, T(0.25)}, out);
    EXPECT_EQ(out, (result{4, 3, T(0.5)}));
    picokernels::neg(a, out);
    EXPECT_EQ(out, (result{-8, -6, -4}));
    picokernels::abs(out, out);
    EXPECT_EQ(out, a);
}

TYPED_TEST(SpanApi, works_in_place_and_on_nothing) {
    std::vector<TypeParam> a{1, 2, 3};
    picokernels::add(a, a, a);
    EXPECT_EQ(a, (std::vector<TypeParam>{2, 4, 6}));
    std::vector<TypeParam> none;
    picokernels::add(none, none, none);
    EXPECT_TRUE(none.empty());
}

template <class Call> std::string message_of(Call call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing thrown";
}

TYPED_TEST(SpanApi, refuses_lengths_that_differ_and_writes_nothing) {
    using T = TypeParam;
    const std::vector<T> two{1, 2};
    const std::vector<T> three{1, 2, 3};
    std::vector<T> out(3, T{7});

    EXPECT_EQ(message_of([&] { picokernels::add(two, three, out); }),
              "picokernels: a has length 2, out has length 3");
    EXPECT_EQ(message_of([&] { picokernels::add(three, two, out); }),
              "picokernels: b has length 2, out has length 3");
    EXPECT_EQ(message_of([&] { picokernels::div(two, T{1}, out); }), "picokernels: a has length 2, out has length 3");
    EXPECT_EQ(message_of([&] { picokernels::div(T{1}, two, out); }), "picokernels: a has length 2, out has length 3");
    EXPECT_EQ(message_of([&] { picokernels::sqrt(two, out); }), "picokernels: a has length 2, out has length 3");
    EXPECT_EQ(out, std::vector<T>(3, T{7}));
}

TEST(SpanIsa, is_listed_can_be_chosen_and_unknown_ones_are_refused_by_name) {
    const auto isas = picokernels::available_isas();
    ASSERT_FALSE(isas.empty());
    for (const auto isa : isas) {
        picokernels::set_isa(std::string(isa));
        EXPECT_EQ(picokernels::isa(), isa);
    }
    picokernels::set_isa(std::string(isas.front()));

    const std::string message = message_of([] { picokernels::set_isa("sse9"); });
    EXPECT_NE(message.find("sse9"), std::string::npos) << message;
    EXPECT_NE(message.find(isas.back()), std::string::npos) << message << " should list what is available";
    EXPECT_EQ(picokernels::isa(), isas.front());
}

} // namespace
