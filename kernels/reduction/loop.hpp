// SPDX-License-Identifier: BSD-3-Clause
//
// The one loop behind every reduction, and the one order of its operations. isa/*.cpp compile it with the flags of
// their ISA, bodies.cpp for the baseline, under the rules of ../elementwise/loop.hpp.
#ifndef PICOKERNELS_REDUCTION_LOOP_HPP
#define PICOKERNELS_REDUCTION_LOOP_HPP

#include "functors.hpp"
#include "halves.hpp"
#include "table.hpp"

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

// A batch whose first `count` elements, fewer than it has, are read from a. The others are the padding. Each piece is
// what an elementwise kernel has stored by one instruction, see its run_tail().
template <class Batch, class T>
PICOKERNELS_INLINE Batch load_first(const T* a, std::size_t count, T padding) noexcept {
    if constexpr (has_halves<Batch>) {
        using half = half_of<Batch>;
        if (count >= half::size) {
            return joined<Batch>(half::load_unaligned(a),
                                 load_first<half>(a + half::size, count - half::size, padding));
        }
        return joined<Batch>(load_first<half>(a, count, padding), half(padding));
    } else if constexpr (Batch::size == 4) {
        if (count == 3) {
            return Batch(a[0], a[1], a[2], padding);
        }
        if (count == 2) {
            return Batch(a[0], a[1], padding, padding);
        }
        return count == 1 ? Batch(a[0], padding, padding, padding) : Batch(padding);
    } else {
        static_assert(Batch::size == 2);
        return count == 1 ? Batch(a[0], padding) : Batch(padding);
    }
}

// What a reduction reads, as batches of its terms.
template <inputs Inputs, class Reduction, class T> struct terms {
    const T* a;

    template <class Batch> PICOKERNELS_INLINE auto load(std::size_t i) const noexcept {
        return Reduction::prepare(Batch::load_unaligned(a + i));
    }
    template <class Batch> static PICOKERNELS_INLINE auto padding() noexcept {
        return Reduction::prepare(Batch(T(Reduction::padding)));
    }
    template <class Batch> PICOKERNELS_INLINE auto load_first(std::size_t i, std::size_t count) const noexcept {
        return Reduction::prepare(picokernels::load_first<Batch>(a + i, count, T(Reduction::padding)));
    }
};

template <class Reduction, class T> struct terms<inputs::two_arrays, Reduction, T> {
    const T* a;
    const T* b;

    template <class Batch> PICOKERNELS_INLINE auto load(std::size_t i) const noexcept {
        return Reduction::prepare(Batch::load_unaligned(a + i), Batch::load_unaligned(b + i));
    }
    template <class Batch> static PICOKERNELS_INLINE auto padding() noexcept {
        return Reduction::prepare(Batch(T(Reduction::padding)), Batch(T(Reduction::right_padding)));
    }
    template <class Batch> PICOKERNELS_INLINE auto load_first(std::size_t i, std::size_t count) const noexcept {
        return Reduction::prepare(picokernels::load_first<Batch>(a + i, count, T(Reduction::padding)),
                                  picokernels::load_first<Batch>(b + i, count, T(Reduction::right_padding)));
    }
};

// `count` batches of partial results, in halves: a compiler keeps them in registers, where it would keep an array in
// memory. The functions that read a range of terms take the index of its first one, and `rest` is what reading stops
// at: fewer terms than the block has partial results. `last` holds those after the last whole batch.
template <class Batch, class Reduction, std::size_t count> struct block {
    using half = block<Batch, Reduction, count / 2>;
    using partial = partial_of<Reduction, Batch>;
    static constexpr std::size_t half_size = count / 2 * Batch::size;
    half low;
    half high;

    template <class Terms> static PICOKERNELS_INLINE block padding(Terms terms) noexcept {
        return {half::padding(terms), half::padding(terms)};
    }
    template <class Terms> static PICOKERNELS_INLINE block load(Terms terms, std::size_t i) noexcept {
        return {half::load(terms, i), half::load(terms, i + half_size)};
    }
    template <class Terms>
    static PICOKERNELS_INLINE block load_rest(Terms terms, std::size_t i, std::size_t rest, partial last) noexcept {
        if (rest >= half_size) {
            return {half::load(terms, i), half::load_rest(terms, i + half_size, rest - half_size, last)};
        }
        return {half::load_rest(terms, i, rest, last), half::padding(terms)};
    }
    template <class Terms> PICOKERNELS_INLINE void add(Terms terms, std::size_t i) noexcept {
        low.add(terms, i);
        high.add(terms, i + half_size);
    }
    template <class Terms>
    PICOKERNELS_INLINE void add_rest(Terms terms, std::size_t i, std::size_t rest, partial last) noexcept {
        if (rest >= half_size) {
            low.add(terms, i);
            high.add_rest(terms, i + half_size, rest - half_size, last);
        } else {
            low.add_rest(terms, i, rest, last);
        }
    }
    PICOKERNELS_INLINE void combine(block other) noexcept {
        low.combine(other.low);
        high.combine(other.high);
    }
    PICOKERNELS_INLINE partial combined() const noexcept {
        half x = low;
        x.combine(high);
        return x.combined();
    }
};

template <class Batch, class Reduction> struct block<Batch, Reduction, 1> {
    using partial = partial_of<Reduction, Batch>;
    partial value;

    template <class Terms> static PICOKERNELS_INLINE block padding(Terms terms) noexcept {
        return {terms.template padding<Batch>()};
    }
    template <class Terms> static PICOKERNELS_INLINE block load(Terms terms, std::size_t i) noexcept {
        return {terms.template load<Batch>(i)};
    }
    template <class Terms>
    static PICOKERNELS_INLINE block load_rest(Terms, std::size_t, std::size_t, partial last) noexcept {
        return {last};
    }
    template <class Terms> PICOKERNELS_INLINE void add(Terms terms, std::size_t i) noexcept {
        combine(load(terms, i));
    }
    template <class Terms> PICOKERNELS_INLINE void add_rest(Terms, std::size_t, std::size_t, partial last) noexcept {
        combine({last});
    }
    PICOKERNELS_INLINE void combine(block other) noexcept { value = Reduction::combine(value, other.value); }
    PICOKERNELS_INLINE partial combined() const noexcept { return value; }
};

// State of one call. picokernels.h states the order of operations: the partial results are 256 bytes, in `most`
// batches, and then each half of them is combined with the other. Padding does not change a bit of the result.
template <class Arch, inputs Inputs, class Reduction, class T> struct reduction {
    using batch = xsimd::batch<T, Arch>;
    using partial = partial_of<Reduction, batch>;
    static constexpr std::size_t lanes = batch::size;
    static constexpr std::size_t most = Reduction::template batches<batch>;
    static constexpr std::size_t size = most * lanes;
    static constexpr std::size_t short_batches = 4;
    static constexpr std::size_t quick_above = 2 * size; // what run_extremum() saves pays for its end

    terms<Inputs, Reduction, T> input;
    std::size_t n;

    PICOKERNELS_INLINE T run() const noexcept {
        if (n <= size) {
            return run_few<most>();
        }
        if constexpr (is_extremum<Reduction>) {
            if (n > quick_above) {
                return run_extremum();
            }
        }
        return horizontal(run_loop());
    }

    // Calls of few 128-bit batches are the same on every ISA.
    PICOKERNELS_INLINE bool is_short() const noexcept { return n <= short_batches * lanes; }
    PICOKERNELS_INLINE T run_short() const noexcept { return run_few<short_batches>(); }

    // For n > size.
    PICOKERNELS_INLINE partial run_loop() const noexcept {
        auto results = block<batch, Reduction, most>::load(input, 0);
        std::size_t i = size;
        for (; i + size <= n; i += size) {
            results.add(input, i);
        }
        results.add_rest(input, i, n - i, last_batch());
        return results.combined();
    }

  private:
    // Nearly all arrays are without a nan and have a least number other than zero: two instructions a batch, instead
    // of three or four.
    PICOKERNELS_INLINE T run_extremum() const noexcept {
        const auto [extreme, sums] = reduction<Arch, Inputs, quick<Reduction>, T>{{input.a}, n}.run_loop();
        if (__builtin_isnan(xsimd::reduce_add(sums))) [[unlikely]] {
            return horizontal(run_loop());
        }
        const T result = horizontal(Reduction::prepare(extreme));
        return result == 0 ? reduction<Arch, Inputs, zero<Reduction>, T>{{input.a}, n}.run() : result;
    }

    // At most `count` batches: no partial result has a second term.
    template <std::size_t count> PICOKERNELS_INLINE T run_few() const noexcept {
        if constexpr (count > 1) {
            constexpr std::size_t half_size = count / 2 * lanes;
            if (n <= half_size) {
                return run_few<count / 2>();
            }
            using half = block<batch, Reduction, count / 2>;
            half low = half::load(input, 0);
            low.combine(n == 2 * half_size ? half::load(input, half_size)
                                           : half::load_rest(input, half_size, n - half_size, last_batch()));
            return horizontal(low.combined());
        } else {
            if (n == 0) {
                return T(Reduction::empty);
            }
            return horizontal(n == lanes ? input.template load<batch>(0) : last_batch());
        }
    }

    // The elements after the last whole batch.
    PICOKERNELS_INLINE partial last_batch() const noexcept {
        const std::size_t count = n % lanes;
        return input.template load_first<batch>(n - count, count);
    }

    template <class Batch> static PICOKERNELS_INLINE T horizontal(Batch x) noexcept {
        if constexpr (has_halves<Batch>) {
            return horizontal(Reduction::combine(lower_half(x), upper_half(x)));
        } else {
            using index = xsimd::as_unsigned_integer_t<T>;
            if constexpr (Batch::size == 4) {
                x = Reduction::combine(
                    x, xsimd::swizzle(x, xsimd::batch_constant<index, typename Batch::arch_type, 2, 3, 2, 3>{}));
                x = Reduction::combine(
                    x, xsimd::swizzle(x, xsimd::batch_constant<index, typename Batch::arch_type, 1, 1, 1, 1>{}));
            } else {
                static_assert(Batch::size == 2);
                x = Reduction::combine(
                    x, xsimd::swizzle(x, xsimd::batch_constant<index, typename Batch::arch_type, 1, 1>{}));
            }
            return Reduction::result(x.first());
        }
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_REDUCTION_LOOP_HPP
