// SPDX-License-Identifier: BSD-3-Clause
//
// Where the measured arrays lie, and what is in them.
#ifndef PICOKERNELS_BENCH_OPERANDS_HPP
#define PICOKERNELS_BENCH_OPERANDS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>

namespace picokernels::bench {

// How far a, b and out start behind an address that is a multiple of 64 bytes, in elements.
struct alignment {
    const char* name;
    std::array<std::size_t, 3> offsets;
};
inline constexpr alignment alignments[] = {
    {"aligned", {0, 0, 0}}, {"alike", {1, 1, 1}}, {"out_off", {0, 0, 1}}, {"different", {1, 2, 3}}};

template <class T> struct operands {
    T* a;
    T* b;
    T* out;
    T* second_out; // for what is computed from out
    T scalar;
};

// The memory of these arrays. Where they lie relative to each other (modulo the page, the banks of the cache) changes
// a call's time by up to a third, so no single layout may decide: each repetition takes the next of a sequence of
// random ones, and the sequence is the same for everybody.
class arena {
  public:
    explicit arena(std::size_t longest_bytes); // of one array
    ~arena();
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;
    arena(arena&&) = delete;
    arena& operator=(arena&&) = delete;

    template <class T> operands<T> place(unsigned layout, const alignment& alignment) const {
        std::minstd_rand generator(layout + 1);
        std::array<T*, slots> pointers{};
        for (std::size_t array = 0; array < slots; ++array) {
            const std::size_t line = generator() % (room / 64 - 1);
            pointers[array] =
                reinterpret_cast<T*>(memory_ + array * slot_bytes_ + line * 64) + alignment.offsets[array % 3];
        }
        return {pointers[0], pointers[1], pointers[2], pointers[3], T(1.7)};
    }

    // The first n elements of the inputs in any layout. With near_one, b is one give or take some last bits, so that
    // in-place products and quotients, repeated a million times, stay what they are and never become denormal.
    template <class T> void fill(std::size_t n, bool near_one) {
        T* a = reinterpret_cast<T*>(memory_);
        T* b = reinterpret_cast<T*>(memory_ + slot_bytes_);
        const std::size_t count = std::min(n + room / sizeof(T), slot_bytes_ / sizeof(T));
        constexpr T last_bit = std::numeric_limits<T>::epsilon();
        for (std::size_t i = 0; i < count; ++i) {
            a[i] = T(1) + T(i % 1021) / T(7);
            b[i] = near_one ? T(1) + (T(i % 5) - T(2)) * last_bit : T(3) + T(i % 1013) / T(11);
        }
    }

  private:
    static constexpr std::size_t slots = 4;
    static constexpr std::size_t room = std::size_t{1} << 16U; // for layouts, behind each array

    std::size_t slot_bytes_;
    std::size_t mapped_bytes_;
    unsigned char* memory_;
};

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_OPERANDS_HPP
