// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_TESTS_REQUIRE_HPP
#define PICOKERNELS_TESTS_REQUIRE_HPP

#include <cstdio>
#include <cstdlib>

namespace fuzz {

// Ends the process, which makes the input a finding.
inline void require(bool holds, const char* what) {
    if (!holds) {
        static_cast<void>(std::fprintf(stderr, "wrong: %s\n", what));
        std::abort();
    }
}

} // namespace fuzz

#endif // PICOKERNELS_TESTS_REQUIRE_HPP
