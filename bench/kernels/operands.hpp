// SPDX-License-Identifier: BSD-3-Clause
//
// Where the measured arrays lie, and what is in them.
#ifndef PICOKERNELS_BENCH_OPERANDS_HPP
#define PICOKERNELS_BENCH_OPERANDS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <tuple>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

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

// What is in the inputs.
enum class numbers : unsigned char {
    various,
    // A call in place takes its own results, up to a million times. They must not become infinite or denormal, so
    // then b is one give or take some last bits, and a is the number below one, which is its own square root.
    lasting,
    // Every function is defined in (0, 1), and none has special results there.
    of_functions
};

// Element i of a and of b.
template <class T> std::pair<T, T> element(std::size_t i, numbers kind) {
    constexpr T last_bit = std::numeric_limits<T>::epsilon();
    switch (kind) {
    case numbers::lasting:
        return {T(1) - last_bit / T(2), T(1) + (T(i % 5) - T(2)) * last_bit};
    case numbers::of_functions:
        return {(T(i % 1021) + T(0.5)) / T(1021), (T(i % 1013) + T(0.5)) / T(1013)};
    default:
        return {T(1) + T(i % 1021) / T(7), T(3) + T(i % 1013) / T(11)};
    }
}

// The memory of these arrays. Where they lie relative to each other (modulo the page, the banks of the cache) changes
// a call's time by up to a third, so no single layout may decide: each repetition takes the next of a sequence of
// random ones, and the sequence is the same for everybody.
class arena {
  public:
    explicit arena(std::size_t longest_bytes) // of one array
        : slot_bytes_((longest_bytes + 2 * room) / huge_page * huge_page + huge_page),
          memory_(static_cast<unsigned char*>(std::aligned_alloc(huge_page, slots * slot_bytes_))) {
        if (memory_ == nullptr) {
            throw std::bad_alloc();
        }
#if defined(__linux__)
        // Small pages would add misses of the TLB, which depend on what the system has done before, to long arrays.
        madvise(memory_.get(), slots * slot_bytes_, MADV_HUGEPAGE);
#endif
        std::memset(memory_.get(), 0, slots * slot_bytes_); // or the first calls would pay for the pages
    }

    template <class T> operands<T> place(unsigned layout, const alignment& alignment) const {
        std::minstd_rand generator(layout + 1);
        std::array<T*, slots> pointers{};
        for (std::size_t array = 0; array < slots; ++array) {
            const std::size_t line = generator() % (room / 64 - 1);
            pointers[array] = slot<T>(array) + line * (64 / sizeof(T)) + alignment.offsets[array % 3];
        }
        return {pointers[0], pointers[1], pointers[2], pointers[3], T(1.7)};
    }

    // Sets the first n elements of the inputs, in any layout.
    template <class T> void fill(std::size_t n, numbers kind) {
        // Long arrays are not called often enough to change much, and keep what they have.
        const bool is_long = n > 100000;
        const std::tuple wanted(is_long, kind, sizeof(T));
        if (is_long && contents_ == wanted) {
            return;
        }
        contents_ = wanted;
        const std::size_t all = slot_bytes_ / sizeof(T);
        const std::size_t count = is_long ? all : std::min(n + room / sizeof(T), all);
        for (std::size_t i = 0; i < count; ++i) {
            std::tie(slot<T>(0)[i], slot<T>(1)[i]) = element<T>(i, kind);
        }
    }

  private:
    struct freeing {
        void operator()(unsigned char* memory) const { std::free(memory); } // NOLINT: from aligned_alloc
    };
    template <class T> T* slot(std::size_t index) const {
        return reinterpret_cast<T*>(memory_.get() + index * slot_bytes_);
    }

    static constexpr std::size_t slots = 4;
    static constexpr std::size_t room = std::size_t{1} << 16U; // for layouts, behind each array
    static constexpr std::size_t huge_page = std::size_t{1} << 21U;

    std::size_t slot_bytes_;
    std::unique_ptr<unsigned char, freeing> memory_;
    std::tuple<bool, numbers, std::size_t> contents_; // long arrays; their numbers; the element's size
};

} // namespace picokernels::bench

#endif // PICOKERNELS_BENCH_OPERANDS_HPP
