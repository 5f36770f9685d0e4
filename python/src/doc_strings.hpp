// SPDX-License-Identifier: BSD-3-Clause
// The doc strings. The build makes them from piconumpy/_interface.py.
#ifndef PICONUMPY_DOC_STRINGS_HPP
#define PICONUMPY_DOC_STRINGS_HPP

#include <algorithm>
#include <string_view>

namespace piconumpy {

struct DocString {
    std::string_view name;
    const char* text;
};

inline constexpr DocString doc_strings[] = {
#include "doc_strings.inc"
};

// The documentation of a function, or of "array.method". A name without documentation does not compile.
consteval const char* doc(std::string_view name) noexcept {
    return std::ranges::find(doc_strings, name, &DocString::name)->text;
}

} // namespace piconumpy

#endif // PICONUMPY_DOC_STRINGS_HPP
