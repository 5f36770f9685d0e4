// SPDX-License-Identifier: BSD-3-Clause
#include "picokernels/picokernels.hpp"
#include "support/message_of.hpp"
#include "support/operations.hpp"
#include "support/reductions.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace {

template <class T> class SpanApi : public testing::Test {};
using element_types = testing::Types<double, float>;
TYPED_TEST_SUITE(SpanApi, element_types);

// Every form that the C++ header offers for a kernel's operation.
template <tested::form form, class T, class Operation>
void expect_results(const Operation& operation, const tested::kernel<T>& kernel) {
    SCOPED_TRACE(kernel.name);
    const std::vector<T> a{8, T(0.25), 4};
    const std::array<T, 3> b{2, 3, 16};
    const T s = 5;
    std::vector<T> out(3);
    const auto expect = [&](auto x, auto y) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            EXPECT_TRUE(kernel.accepts(out[i], kernel.result(x(i), y(i)))) << "element " << i;
        }
    };
    const auto of_a = [&](std::size_t i) { return a[i]; };
    const auto of_b = [&](std::size_t i) { return b[i]; };
    const auto scalar = [&](std::size_t) { return s; };
    if constexpr (form == tested::form::unary) {
        operation(a, out);
        expect(of_a, of_a);
    } else if constexpr (form == tested::form::array_array) {
        operation(a, b, out);
        expect(of_a, of_b);
    } else {
        operation(a, s, out);
        expect(of_a, scalar);
        operation(s, a, out);
        expect(scalar, of_a);
    }
}

TYPED_TEST(SpanApi, computes_all_forms_of_each_operation) {
    auto kernel = tested::kernels<TypeParam>().begin();
#define EXPECT_RESULTS(form_, op, ...)                                                                               \
    expect_results<tested::form::form_, TypeParam>(picokernels::op, *kernel);                                        \
    ++kernel;
    TESTED_KERNELS(EXPECT_RESULTS)
#undef EXPECT_RESULTS
}

template <tested::inputs inputs, class T, class Reduction>
void expect_result(const Reduction& reduce, const tested::reduction<T>& reduction) {
    SCOPED_TRACE(reduction.name);
    const std::vector<T> a{8, T(0.25), 4};
    const std::array<T, 3> b{2, 3, 16};
    const std::vector<T> none;
    if constexpr (inputs == tested::inputs::one_array) {
        EXPECT_EQ(reduce(a), reduction.expected(a, b));
        EXPECT_EQ(reduce(none), reduction.empty);
    } else {
        EXPECT_EQ(reduce(a, b), reduction.expected(a, b));
        EXPECT_EQ(reduce(none, none), reduction.empty);
    }
}

TYPED_TEST(SpanApi, computes_each_reduction) {
    auto reduction = tested::reductions<TypeParam>().begin();
#define EXPECT_RESULT(inputs_, name, ...)                                                                            \
    expect_result<tested::inputs::inputs_, TypeParam>(picokernels::name, *reduction);                                \
    ++reduction;
    TESTED_REDUCTIONS(EXPECT_RESULT)
#undef EXPECT_RESULT
}

TYPED_TEST(SpanApi, works_in_place_and_on_nothing) {
    std::vector<TypeParam> a{1, 2, 3};
    picokernels::add(a, a, a);
    EXPECT_EQ(a, (std::vector<TypeParam>{2, 4, 6}));
    std::vector<TypeParam> none;
    picokernels::add(none, none, none);
    EXPECT_TRUE(none.empty());
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
    EXPECT_EQ(message_of([&] { picokernels::dot(two, three); }), "picokernels: a has length 2, b has length 3");
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
