// SPDX-License-Identifier: BSD-3-Clause
//
// How much the longest tests do. An emulated CPU takes up to a hundred times as long, so there the environment
// variable PICOKERNELS_TEST_PERCENT asks for a part: PICOKERNELS_TEST_PERCENT=5.
#ifndef PICOKERNELS_TESTS_AMOUNT_HPP
#define PICOKERNELS_TESTS_AMOUNT_HPP

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace tested {

// That part of `all`, and at least 1.
template <class Count> Count amount(Count all) {
    static const int percent = [] {
        const char* text = std::getenv("PICOKERNELS_TEST_PERCENT"); // NOLINT(concurrency-mt-unsafe)
        int found = 100;                                            // also if the text is no number
        if (text != nullptr) {
            std::from_chars(text, text + std::strlen(text), found);
        }
        return std::clamp(found, 1, 100);
    }();
    return std::max<Count>(all * static_cast<Count>(percent) / 100, 1);
}

} // namespace tested

#endif // PICOKERNELS_TESTS_AMOUNT_HPP
