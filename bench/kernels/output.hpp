// SPDX-License-Identifier: BSD-3-Clause
//
// As much of JSON as the results take.
#ifndef PICOKERNELS_BENCH_OUTPUT_HPP
#define PICOKERNELS_BENCH_OUTPUT_HPP

#include <charconv>
#include <cmath>
#include <concepts>
#include <iostream>
#include <string>
#include <string_view>

namespace picokernels::bench {

class json {
  public:
    static json text(std::string_view text) {
        std::string quoted = "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') {
                quoted += '\\';
            }
            quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
        return json(quoted + '"');
    }
    static json number(double value) {
        if (!std::isfinite(value)) {
            return json("null");
        }
        char digits[32];
        return json(std::string(
            digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 6).ptr));
    }
    template <std::integral T> static json number(T value) { return json(std::to_string(value)); }
    static json truth(bool value) { return json(value ? "true" : "false"); }
    template <class Range, class Convert> static json list(const Range& range, Convert convert) {
        std::string items;
        for (const auto& item : range) {
            items += items.empty() ? "" : ",";
            items += convert(item).string_;
        }
        return json("[" + items + "]");
    }
    static json object() { return json("{}"); }

    json& set(std::string_view name, const json& value) {
        string_.pop_back();
        string_ += string_.size() > 1 ? "," : "";
        string_ += text(name).string_ + ":" + value.string_ + "}";
        return *this;
    }

    // Flushed, because the reader shows its progress by the lines.
    void print_line() const {
        std::cout << string_ << std::endl; // NOLINT(performance-avoid-endl)
    }

  private:
    explicit json(std::string string) : string_(std::move(string)) {}

    std::string string_;
};

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_OUTPUT_HPP
