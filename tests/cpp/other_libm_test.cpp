// SPDX-License-Identifier: BSD-3-Clause
//
// Programs have the bits of the C library of the process, also if its pow and sin are not glibc's: this program has
// its own, which take part in its symbols. So x ** 2 must not become x * x, nor sin(x) and cos(x) a sincos.
#include "picokernels/program.h"
#include "support/programs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

// One unit in the last place too small.
extern "C" {
[[gnu::visibility("default")]] double pow(double x, double y) {
    return std::nextafter(static_cast<double>(powl(x, y)), 0.0);
}
[[gnu::visibility("default")]] double sin(double x) { return std::nextafter(static_cast<double>(sinl(x)), 0.0); }
}

namespace {

tested::program make_program() {
    return tested::create({{PK_OP_INPUT, 0, 0, 0, 0, 0},
                           {PK_OP_CONSTANT, 0, 0, 0, 0, 2},
                           {PK_OP_POW, 0, 0, 1, 0, 0},
                           {PK_OP_SIN, 0, 0, 0, 0, 0},
                           {PK_OP_COS, 0, 0, 0, 0, 0},
                           {PK_OP_OUTPUT, 0, 2, 0, 0, 0},
                           {PK_OP_OUTPUT, 0, 3, 0, 0, 0},
                           {PK_OP_OUTPUT, 0, 4, 0, 0, 0}});
}

TEST(OtherLibm, is_called_where_glibc_would_be_replaced) {
    const std::string text = tested::dump(*make_program());
    EXPECT_NE(text.find("pow"), std::string::npos) << text;
    EXPECT_EQ(text.find("square"), std::string::npos) << text;
    EXPECT_EQ(text.find("sincos"), std::string::npos) << text;
}

TEST(OtherLibm, gives_its_bits_to_programs) {
    for (const int jit : {0, 1}) {
        pk_set_jit(jit);
        const tested::program program = make_program();
        for (const double x : {1.1, 1.75, 3.0, 12.3}) {
            double out[3];
            ASSERT_EQ(pk_program_run_point(program.get(), &x, out, nullptr), PK_OK);
            EXPECT_EQ(out[0], pow(x, 2.0)) << pk_program_engine(program.get());
            EXPECT_EQ(out[1], sin(x)) << pk_program_engine(program.get());
            EXPECT_EQ(out[2], std::cos(x)) << pk_program_engine(program.get());
        }
    }
}

} // namespace
