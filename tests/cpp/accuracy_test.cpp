// SPDX-License-Identifier: BSD-3-Clause
//
// The largest errors of the functions on every ISA, in units in the last place (ulp), are within the bounds that
// picokernels.h states. MPFR computes the truth for float64. For float32, the C library's float64 functions do: their
// error is below 2^-28 ulp of float32. The arguments are random bits, and neighbours of the hard places: multiples of
// pi / 2 up to the largest numbers, denormal numbers, 0, 1, and where results overflow or vanish.
//
// The stated bounds come from `accuracy_test --points=N` with millions of points a function, which prints the largest
// error of each.
#include "dispatch/dispatch.hpp"
#include "support/amount.hpp"
#include "support/bits.hpp"
#include "support/operations.hpp"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::size_t points = PICOKERNELS_ACCURACY_POINTS; // of float64 a function; of float32 there are several times as many
bool prints_errors = false;

// ---- errors in ulp ------------------------------------------------------------------------------------------------

// A number of MPFR, with so many bits that its own error does not matter.
class big {
  public:
    explicit big(double x = 0) {
        mpfr_init2(value_, 53 + 60);
        mpfr_set_d(value_, x, MPFR_RNDN);
    }
    big(const big&) = delete;
    big& operator=(const big&) = delete;
    ~big() { mpfr_clear(value_); }
    mpfr_ptr get() { return value_; }

  private:
    mpfr_t value_;
};

template <class T> constexpr int precision = std::numeric_limits<T>::digits;

// The exponent of the last place of a result whose exponent is that of 2^e.
template <class T> int last_place(long e) {
    const int lowest = std::numeric_limits<T>::min_exponent - precision<T>;
    return std::max(static_cast<int>(e) - precision<T> + 1, lowest);
}

// An infinite result counts as the power of two behind the largest number.
template <class T> double finite_value(T x) {
    return std::isinf(x) && sizeof(T) == 4 ? std::copysign(std::ldexp(1.0, std::numeric_limits<T>::max_exponent), x)
                                           : static_cast<double>(x);
}

// Of a result `actual` whose true value is `exact`. Special results have to be equal.
double error_in_ulp(double actual, big& exact, big& scratch) {
    mpfr_ptr truth = exact.get();
    if (mpfr_nan_p(truth) != 0 || std::isnan(actual)) {
        return (mpfr_nan_p(truth) != 0) == std::isnan(actual) ? 0 : HUGE_VAL;
    }
    if (mpfr_inf_p(truth) != 0 || mpfr_zero_p(truth) != 0) {
        return actual == mpfr_get_d(truth, MPFR_RNDN) ? 0 : HUGE_VAL;
    }
    if (std::isinf(actual)) {
        mpfr_set_ui_2exp(scratch.get(), 1, std::numeric_limits<double>::max_exponent, MPFR_RNDN);
        mpfr_setsign(scratch.get(), scratch.get(), std::signbit(actual) ? 1 : 0, MPFR_RNDN);
    } else {
        mpfr_set_d(scratch.get(), actual, MPFR_RNDN);
    }
    mpfr_sub(scratch.get(), scratch.get(), truth, MPFR_RNDN);
    const long e = std::min<long>(mpfr_get_exp(truth) - 1, std::numeric_limits<double>::max_exponent - 1);
    mpfr_mul_2si(scratch.get(), scratch.get(), -last_place<double>(e), MPFR_RNDN);
    const double error = std::fabs(mpfr_get_d(scratch.get(), MPFR_RNDN));
    // Far beyond the largest number, infinity is right.
    return std::isinf(actual) && mpfr_get_exp(truth) > std::numeric_limits<double>::max_exponent &&
                   mpfr_signbit(truth) == static_cast<int>(std::signbit(actual))
               ? 0
               : error;
}

double error_in_ulp(float actual, double exact) {
    if (std::isnan(exact) || std::isnan(actual)) {
        return std::isnan(exact) == std::isnan(actual) ? 0 : HUGE_VAL;
    }
    if (exact == 0 || std::fabs(exact) >= 0x1p128 || static_cast<double>(actual) == exact) {
        return static_cast<float>(exact) == actual ? 0 : HUGE_VAL;
    }
    const int e = std::min(std::ilogb(exact), std::numeric_limits<float>::max_exponent - 1);
    return std::ldexp(std::fabs(finite_value(actual) - exact), -last_place<float>(e));
}

// ---- the functions ------------------------------------------------------------------------------------------------

// A function with its truths, and the arguments near which it is hard.
struct subject {
    std::string_view name;
    int (*truth)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
    double (*truth_for_float32)(double, double);
    double low;
    double high; // most arguments are useful between these
    std::vector<double> hard;
};

#define UNARY(name, ...)                                                                                             \
    subject {                                                                                                        \
        #name,                                                                                                       \
            [](mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr, mpfr_rnd_t rounding) { return mpfr_##name(r, x, rounding); }, \
            [](double x, double) { return std::name(x); }, __VA_ARGS__                                               \
    }
#define BINARY(name, ...)                                                                                            \
    subject {                                                                                                        \
        #name,                                                                                                       \
            [](mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t rounding) {                                      \
                return mpfr_##name(r, x, y, rounding);                                                               \
            },                                                                                                       \
            [](double x, double y) { return std::name(x, y); }, __VA_ARGS__                                          \
    }

std::vector<double> multiples_of_half_pi() {
    std::vector<double> found(200);
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i] = std::numbers::pi / 2 * static_cast<double>(i);
    }
    double k = 256;
    while (k < 1e300) {
        found.push_back(std::numbers::pi / 2 * std::floor(k));
        k *= 1.7;
    }
    // The float64 numbers closest to a multiple of pi / 2 (Muller, 10.2.3), and of float32.
    found.insert(found.end(), {0x1.6ac5b262ca1ffp849, 0x1.0fffffffffffdp2, 0x1.f9cbe2p5, 16367173.0 * 0x1p72, 0x1p20,
                               0x1p28, 0x1p30, 0x1.921fb54442d18p20});
    return found;
}

const std::vector<subject>& subjects() {
    static const std::vector<subject> all{
        UNARY(sin, -1e5, 1e5, multiples_of_half_pi()),
        UNARY(cos, -1e5, 1e5, multiples_of_half_pi()),
        UNARY(tan, -1e5, 1e5, multiples_of_half_pi()),
        UNARY(asin, -1, 1, {0, 0.5, 1}),
        UNARY(acos, -1, 1, {0, 0.5, 1}),
        UNARY(atan, -20, 20, {0, 0.4142135623730951, 1, 2.414213562373095, 0x1p60}),
        UNARY(sinh, -720, 720, {0, 0.34657, 0.7, 1.04, 22, 700, 708, 709.78, 710.4758}),
        UNARY(cosh, -720, 720, {0, 0.34657, 0.7, 1.04, 22, 700, 708, 709.78, 710.4758}),
        UNARY(tanh, -25, 25, {0, 0.34657, 0.7, 1.04, 19, 22}),
        UNARY(exp, -750, 715, {0, 0.34657, 708, -708, 709.78, -708.4, -745.13, 88.72, -87.33, -103.97}),
        UNARY(exp2, -1080, 1030, {0, 0.5, 1021, -1021, 1024, -1022, -1074, -1075, 128, -126, -149}),
        UNARY(expm1, -45, 715, {0, 0.34657, -0.34657, 1.04, -1.04, 37, 708, 709.78, -37, 88.72}),
        UNARY(log, 0, 10, {0.70710678, 1, 1.41421356, 2, 0x1p-1022, 0x1p-126}),
        UNARY(log2, 0, 10, {0.70710678, 1, 1.41421356, 2, 0x1p-1022, 0x1p-126}),
        UNARY(log10, 0, 10, {0.70710678, 1, 1.41421356, 2, 10, 0x1p-1022, 0x1p-126}),
        UNARY(log1p, -1, 10, {0, -1, -0.29289, 0.41421, 1, 0x1p53, 0x1p-53, 0x1p-30}),
        UNARY(cbrt, -100, 100, {0, 1, 2, 4, 8, 0x1p-1022, 0x1p-126}),
        BINARY(pow, 0, 10, {1, 0.70710678, 1.41421356, 2, 0x1p-1022}),
        BINARY(atan2, -10, 10, {0, 1, 0.4142135623730951, 2.414213562373095, 0x1p1000, 0x1p-1022, 0x1p1023}),
        BINARY(hypot, -10, 10, {0, 1, 3, 4, 0x1p510, 0x1p-450, 0x1p-1022, 0x1p1023, 0x1p-511}),
    };
    return all;
}

// ---- arguments ----------------------------------------------------------------------------------------------------

template <class T> class arguments {
  public:
    arguments(const subject& subject, std::size_t n, std::uint64_t seed) : subject_(subject), generator_(seed) {
        for (std::size_t i = 0; i < n; ++i) {
            const T x = next();
            a.push_back(x);
            b.push_back(subject_.name == "pow" ? exponent_for(x) : partner_of(x));
        }
    }

    std::vector<T> a;
    std::vector<T> b;

  private:
    T any_bits() { return std::bit_cast<T>(static_cast<bits_of<T>>(generator_())); }
    double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(generator_); }
    T sign() { return generator_() % 2 == 0 ? T{1} : T{-1}; }

    T next() {
        switch (generator_() % 4) {
        case 0:
            return any_bits();
        case 1:
        case 2:
            return T(uniform(subject_.low, subject_.high));
        default:
            return near(T(subject_.hard[generator_() % subject_.hard.size()]));
        }
    }

    // A neighbour, up to 2^24 places away, most of them close.
    T near(T x) {
        const auto distance = generator_() >> (40 + generator_() % 24);
        const auto bits = std::bit_cast<bits_of<T>>(x);
        return sign() *
               std::bit_cast<T>(static_cast<bits_of<T>>(generator_() % 2 == 0 ? bits + distance : bits - distance));
    }

    // Such that x to its power is anything from overflow to 0.
    T exponent_for(T x) {
        switch (generator_() % 8) {
        case 0:
            return any_bits();
        case 1:
            return T(static_cast<double>(generator_() % 41) - 20);
        case 2:
            return T(uniform(-3, 3));
        default: {
            const double limit = 1.06 * std::numeric_limits<T>::max_exponent;
            const double log2_x = std::log2(std::fabs(static_cast<double>(x)));
            return T(uniform(-limit, limit) / (std::isfinite(log2_x) && log2_x != 0 ? log2_x : 1));
        }
        }
    }
    T partner_of(T x) {
        return generator_() % 2 == 0 ? next() : x * T(std::exp2(uniform(-30, 30)) * (generator_() % 2 == 0 ? 1 : -1));
    }

    const subject& subject_;
    std::mt19937_64 generator_;
};

template <class T> std::vector<double> errors_of_float32(const subject&, const arguments<T>&);

struct worst {
    double ulp = 0;
    double a = 0;
    double b = 0;
    double actual = 0;
};

template <class T> void keep(worst& worst, double ulp, T a, T b, T actual) {
    if (!(ulp <= worst.ulp)) {
        worst = {ulp, static_cast<double>(a), static_cast<double>(b), static_cast<double>(actual)};
    }
}

// Results of every available ISA for the same arguments.
template <class T> std::vector<std::vector<T>> results_of_all_isas(std::size_t kernel, const arguments<T>& of) {
    std::vector<std::vector<T>> results;
    for (const auto* table : picokernels::available_tables()) {
        std::vector<T> out(of.a.size());
        EXPECT_EQ(pk_set_isa(table->isa), PK_OK);
        tested::call(tested::kernels<T>()[kernel].c_function, of.a.data(), of.b.data(), out.data(), out.size());
        results.push_back(std::move(out));
    }
    return results;
}

std::vector<worst> largest_errors(const subject& subject, const arguments<double>& of,
                                  const std::vector<std::vector<double>>& results) {
    std::vector<worst> errors(results.size());
    big a;
    big b;
    big exact;
    big scratch;
    for (std::size_t i = 0; i < of.a.size(); ++i) {
        mpfr_set_d(a.get(), of.a[i], MPFR_RNDN);
        mpfr_set_d(b.get(), of.b[i], MPFR_RNDN);
        subject.truth(exact.get(), a.get(), b.get(), MPFR_RNDN);
        for (std::size_t isa = 0; isa < results.size(); ++isa) {
            keep(errors[isa], error_in_ulp(results[isa][i], exact, scratch), of.a[i], of.b[i], results[isa][i]);
        }
    }
    return errors;
}

std::vector<worst> largest_errors(const subject& subject, const arguments<float>& of,
                                  const std::vector<std::vector<float>>& results) {
    std::vector<worst> errors(results.size());
    for (std::size_t i = 0; i < of.a.size(); ++i) {
        const double exact = subject.truth_for_float32(of.a[i], of.b[i]);
        for (std::size_t isa = 0; isa < results.size(); ++isa) {
            keep(errors[isa], error_in_ulp(results[isa][i], exact), of.a[i], of.b[i], results[isa][i]);
        }
    }
    return errors;
}

template <class T> std::size_t kernel_index(std::string_view function) {
    const std::string name = "pk_" + std::string(function) + (sizeof(T) == 8 ? "_f64" : "_f32");
    const auto kernels = tested::kernels<T>();
    const auto found = std::ranges::find(kernels, name, [](const auto& kernel) { return std::string(kernel.name); });
    return static_cast<std::size_t>(found - kernels.begin());
}

template <class T> void errors_are_within_the_bound(const subject& subject, std::size_t n) {
    const std::size_t kernel = kernel_index<T>(subject.name);
    ASSERT_LT(kernel, tested::kernels<T>().size());
    const double bound = tested::kernels<T>()[kernel].ulp;
    constexpr std::size_t chunk = 100000; // bounds the memory
    std::vector<worst> total(picokernels::available_tables().size());
    for (std::size_t done = 0; done < n; done += chunk) {
        const arguments<T> of(subject, std::min(chunk, n - done), 1 + done);
        const auto errors = largest_errors(subject, of, results_of_all_isas<T>(kernel, of));
        for (std::size_t isa = 0; isa < total.size(); ++isa) {
            const worst& e = errors[isa];
            keep(total[isa], e.ulp, e.a, e.b, e.actual);
        }
    }
    for (std::size_t isa = 0; isa < total.size(); ++isa) {
        const worst& e = total[isa];
        const char* name = picokernels::available_tables()[isa]->isa;
        EXPECT_LE(e.ulp, bound) << name << ": of " << std::hexfloat << e.a << " and " << e.b << ": " << e.actual;
        if (prints_errors) {
            std::printf("%-6s %s %-6s %.4f at %a %a: %a\n", std::string(subject.name).c_str(),
                        sizeof(T) == 8 ? "f64" : "f32", name, e.ulp, e.a, e.b, e.actual);
        }
    }
}

class Accuracy : public testing::TestWithParam<std::size_t> {
  protected:
    static const subject& tested_function() { return subjects()[GetParam()]; }
};

TEST_P(Accuracy, f64_errors_are_within_the_stated_bound) {
    errors_are_within_the_bound<double>(tested_function(), points);
}
TEST_P(Accuracy, f32_errors_are_within_the_stated_bound) {
    errors_are_within_the_bound<float>(tested_function(), 8 * points);
}

INSTANTIATE_TEST_SUITE_P(Of, Accuracy, testing::Range(std::size_t{0}, subjects().size()),
                         [](const auto& test) { return std::string(subjects()[test.param].name); });

} // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    points = tested::amount(points);
    constexpr std::string_view option = "--points=";
    for (const std::string_view argument : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
        if (argument.starts_with(option)) {
            const std::string_view number = argument.substr(option.size());
            if (std::from_chars(number.begin(), number.end(), points).ec != std::errc{}) {
                (void)std::fprintf(stderr, "accuracy_test: not a number of points: %s\n",
                                   std::string(number).c_str());
                return 2;
            }
            prints_errors = true;
        }
    }
    return RUN_ALL_TESTS();
}
