// SPDX-License-Identifier: BSD-3-Clause
#include "compiler_loop.hpp"

namespace {

template <class T, class Op> void loop(const T* a, const T* b, T* out, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = Op::apply(a[i], b[i]);
    }
}

struct add {
    template <class T> static T apply(T a, T b) { return a + b; }
};
struct sub {
    template <class T> static T apply(T a, T b) { return a - b; }
};
struct mul {
    template <class T> static T apply(T a, T b) { return a * b; }
};
struct div {
    template <class T> static T apply(T a, T b) { return a / b; }
};

} // namespace

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define PASTE_OF(x, y) x##y
#define PASTE(x, y) PASTE_OF(x, y)

const compiler_loops PASTE(compiler_loops_, LOOP_ISA){TEXT(LOOP_ISA),    loop<double, add>, loop<double, sub>,
                                                      loop<double, mul>, loop<double, div>, loop<float, add>,
                                                      loop<float, sub>,  loop<float, mul>,  loop<float, div>};
