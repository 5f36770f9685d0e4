// SPDX-License-Identifier: BSD-3-Clause
//
// The input of a fuzzer as a sequence of choices. Behind its end, all choices are 0.
#ifndef PICOKERNELS_TESTS_BYTES_HPP
#define PICOKERNELS_TESTS_BYTES_HPP

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace fuzz {

class bytes {
  public:
    explicit bytes(std::span<const std::uint8_t> input) : left_(input) {}

    bool is_empty() const noexcept { return left_.empty(); }

    std::uint8_t byte() noexcept {
        if (left_.empty()) {
            return 0;
        }
        const std::uint8_t first = left_[0];
        left_ = left_.subspan(1);
        return first;
    }

    // A number below the bound, which is from 1 to 256.
    std::size_t below(std::size_t bound) noexcept { return byte() % bound; }
    bool flag() noexcept { return byte() % 2 != 0; }

    template <class Unsigned> Unsigned bits() noexcept {
        Unsigned made = 0;
        for (std::size_t i = 0; i < sizeof made; ++i) {
            made = static_cast<Unsigned>(made << 8U | byte());
        }
        return made;
    }

    // A number on which arithmetic goes wrong, a small one, or any bits. NaNs are quiet: the functions of the C
    // library treat signaling ones in their own ways.
    double number() noexcept {
        using limits = std::numeric_limits<double>;
        static constexpr double special[] = {0,
                                             -0.0,
                                             1,
                                             -1,
                                             limits::infinity(),
                                             -limits::infinity(),
                                             limits::quiet_NaN(),
                                             2,
                                             0.5,
                                             1e308,
                                             -1e308,
                                             limits::denorm_min(),
                                             limits::min(),
                                             limits::max(),
                                             3,
                                             -0.75,
                                             1e-9,
                                             1e9,
                                             0x1p53,
                                             710,
                                             -746};
        const std::uint8_t first = byte();
        if (first < std::size(special)) {
            return special[first];
        }
        if (first < 0xE0) {
            return (static_cast<double>(first) - 128) / 16;
        }
        const auto any = std::bit_cast<double>(bits<std::uint64_t>());
        return std::isnan(any) ? limits::quiet_NaN() : any;
    }

  private:
    std::span<const std::uint8_t> left_;
};

} // namespace fuzz

#endif // PICOKERNELS_TESTS_BYTES_HPP
