// SPDX-License-Identifier: BSD-3-Clause
//
// The one loop behind every elementwise kernel. isa/*.cpp compile it with the flags of their ISA, bodies.cpp for the
// baseline. So nothing here has external linkage (functors.hpp says why), uses a part of the standard library that
// emits code, or needs a constructor to run. README.md beside this folder has the measurements behind the constants.
#ifndef PICOKERNELS_LOOP_HPP
#define PICOKERNELS_LOOP_HPP

#include "functors.hpp"
#include "streaming.hpp"
#include "table.hpp"

#include <cstdint>
#include <cstring>

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

// The right-hand operand: an array, a scalar, or none. One loop serves all three.
template <class T> struct array_operand {
    static constexpr std::size_t streams = 1; // arrays read from memory
    const T* data;

    PICOKERNELS_INLINE void advance(std::size_t count) noexcept { data += count; }
    PICOKERNELS_INLINE T at(std::size_t i) const noexcept { return data[i]; }
    // The first elements, copied to memory that holds a whole batch.
    PICOKERNELS_INLINE array_operand copied(T* memory, std::size_t count) const noexcept {
        std::memcpy(memory, data, count * sizeof(T));
        return {memory};
    }
    template <class Batch, class Mode> PICOKERNELS_INLINE Batch load(std::size_t i) const noexcept {
        return Batch::load(data + i, Mode{});
    }
    PICOKERNELS_INLINE bool is(const T* pointer) const noexcept { return data == pointer; }
    PICOKERNELS_INLINE std::uintptr_t address_relative_to(std::uintptr_t address) const noexcept {
        return reinterpret_cast<std::uintptr_t>(data) - address;
    }
};

template <class T> struct scalar_operand {
    static constexpr std::size_t streams = 0;
    T value;

    PICOKERNELS_INLINE void advance(std::size_t) noexcept {}
    PICOKERNELS_INLINE T at(std::size_t) const noexcept { return value; }
    PICOKERNELS_INLINE scalar_operand copied(T*, std::size_t) const noexcept { return *this; }
    template <class Batch, class Mode> PICOKERNELS_INLINE Batch load(std::size_t) const noexcept {
        return Batch(value);
    }
    PICOKERNELS_INLINE bool is(const T*) const noexcept { return false; }
    PICOKERNELS_INLINE std::uintptr_t address_relative_to(std::uintptr_t) const noexcept { return 0; }
};

template <class T> struct no_operand : scalar_operand<T> {
    PICOKERNELS_INLINE no_operand copied(T*, std::size_t) const noexcept { return *this; }
};

template <form Form, class T>
using right_operand =
    std::conditional_t<Form == form::unary, no_operand<T>,
                       std::conditional_t<Form == form::array_array, array_operand<T>, scalar_operand<T>>>;

// The result for single numbers or batches, from what a and the right-hand operand hold.
template <form Form, class Op, class V> PICOKERNELS_INLINE V result_of(V a, V right) noexcept {
    if constexpr (Form == form::unary) {
        return Op::apply(a);
    } else if constexpr (Form == form::scalar_array) {
        return Op::apply(right, a);
    } else {
        return Op::apply(a, right);
    }
}

// Non-temporal stores are weakly ordered. Without the fence, a thread that waits for this one could read old memory.
PICOKERNELS_INLINE void fence_after_streaming() noexcept {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

// State of one call: a, right, out, and n describe the elements that remain.
//
// Every element is stored once, and stores never overlap, so a later load of the result can be forwarded from the
// store buffer. A load that spans two stores has to wait until both have left it. The batches of a call depend on n
// alone (for long arrays also on the alignment), so the next call loads what one store has written.
template <class Arch, form Form, class Op, class T> struct elementwise {
    using operand = right_operand<Form, T>;
    using wide = xsimd::batch<T, Arch>;
    static constexpr std::size_t lanes = wide::size;
    // The batch of `size` elements, or void if this ISA has none.
    template <std::size_t size>
    using batch_of = std::conditional_t<size == lanes, wide, xsimd::make_sized_batch_t<T, size>>;
    // Short calls use 128-bit batches: they leave the upper halves of the registers clean, which saves the vzeroupper
    // at the end. (An architecture without them uses its own.)
    static constexpr std::size_t narrow_lanes = std::is_void_v<batch_of<16 / sizeof(T)>> ? lanes : 16 / sizeof(T);
    static constexpr std::size_t unroll = 4;
    // With one array to read, CPUs compute two 128- or 256-bit batches a cycle. A step of four would leave no room
    // for the loop's own instructions.
    static constexpr std::size_t loop_unroll = operand::streams == 0 ? 2 * unroll : unroll;
    // For up to so many elements the alignment check costs more than alignment saves.
    static constexpr std::size_t alignment_check_above = 16 * lanes;

    const T* a;
    operand right;
    T* out;
    std::size_t n;

    PICOKERNELS_INLINE void run() noexcept {
        if constexpr (Op::is_function) {
            run_whole_batches(a, right, out, n);
        } else {
            run_any_batches();
        }
    }

    PICOKERNELS_INLINE void run_any_batches() noexcept {
        if (n <= unroll * lanes) [[likely]] { // first, because a taken branch counts in short calls
            run_tail<lanes, unroll>();
            return;
        }
        if (n > alignment_check_above) {
            if (exceeds_the_caches()) [[unlikely]] {
                peel();
                run_loop<xsimd::unaligned_mode, xsimd::stream_mode>();
                fence_after_streaming();
                run_tail<lanes, unroll - 1>();
                return;
            }
            if (inputs_align_with_out()) {
                peel();
                run_loop<xsimd::aligned_mode, xsimd::aligned_mode>();
                run_tail<lanes, unroll - 1>();
                return;
            }
            if (one_input_aligns_with_out()) {
                peel();
                run_loop<xsimd::unaligned_mode, xsimd::aligned_mode>();
                run_tail<lanes, unroll - 1>();
                return;
            }
        }
        run_loop<xsimd::unaligned_mode, xsimd::unaligned_mode>();
        if (n != 0) { // one test for the many lengths that leave no tail
            run_tail<lanes, unroll - 1>();
        }
    }

    // A function's result must not depend on the place of the element, so every element goes through a batch of the
    // active ISA. The last elements are copied into one, behind which 1 is a harmless argument of every function.
    // NOLINTNEXTLINE(misc-no-recursion): once, because the code of a function is long
    PICOKERNELS_NOINLINE static void run_whole_batches(const T* a, operand right, T* out, std::size_t n) noexcept {
        for (; n >= lanes; n -= lanes) {
            result_of<Form, Op>(wide::load_unaligned(a), right.template load<wide, xsimd::unaligned_mode>(0))
                .store_unaligned(out);
            a += lanes;
            right.advance(lanes);
            out += lanes;
        }
        if (n != 0) {
            alignas(wide) T a_copy[lanes];
            alignas(wide) T right_copy[lanes];
            wide(T{1}).store_aligned(a_copy);
            wide(T{1}).store_aligned(right_copy);
            std::memcpy(a_copy, a, n * sizeof(T));
            run_whole_batches(a_copy, right.copied(right_copy, n), a_copy, lanes);
            std::memcpy(out, a_copy, n * sizeof(T));
        }
    }

    // Calls of few 128-bit batches are the same on every ISA. A division or square root takes as long for 128 bits as
    // for 256, so it switches to wide batches earlier.
    static constexpr std::size_t short_batches = Op::is_slow ? 2 : 4;
    PICOKERNELS_INLINE bool is_short() const noexcept {
        return !Op::is_function && n <= short_batches * narrow_lanes;
    }
    PICOKERNELS_INLINE void run_short() noexcept {
        if constexpr (Op::is_function) {
            return;
        } else if (n <= 2 * narrow_lanes) [[likely]] {
            run_tail<narrow_lanes, 2>();
        } else if constexpr (short_batches > 2) {
            run_tail<narrow_lanes, short_batches>();
        }
    }

  private:
    template <class Load, class Store> PICOKERNELS_INLINE void run_loop() noexcept {
        std::size_t i = 0;
        for (; i + loop_unroll * lanes <= n; i += loop_unroll * lanes) {
            run_step<loop_unroll, Load, Store>(i);
        }
        if constexpr (loop_unroll > unroll) {
            if (i + unroll * lanes <= n) {
                run_step<unroll, Load, Store>(i);
                i += unroll * lanes;
            }
        }
        advance(i);
    }

    // Each batch is stored before the next is loaded: stores in the order of their addresses combine to whole lines.
    template <std::size_t count, class Load, class Store>
    PICOKERNELS_INLINE void run_step(std::size_t i) const noexcept {
        for (std::size_t k = 0; k < count; ++k) {
            run_batch<lanes, Load, Store>(i + k * lanes);
        }
    }

    // The tail: at most `most` batches of `size` elements, then ever smaller batches.
    template <std::size_t size, std::size_t most> PICOKERNELS_INLINE void run_tail() const noexcept {
        run_tail_batches<size, most>(0);
        if (n % size != 0) {
            run_smaller_batches<size / 2>(n / size * size);
        }
    }

    // Nested compares instead of a loop, whose counter would cost as much as the batches.
    template <std::size_t size, std::size_t most>
    PICOKERNELS_INLINE void run_tail_batches(std::size_t i) const noexcept {
        if constexpr (most > 0) {
            if (n >= i + size) {
                run_batch<size>(i);
                run_tail_batches<size, most - 1>(i + size);
            }
        }
    }

    // From i on, fewer than 2 * size elements remain, and i is a multiple of 2 * size.
    template <std::size_t size> PICOKERNELS_INLINE void run_smaller_batches(std::size_t i) const noexcept {
        if constexpr (std::is_void_v<batch_of<size>>) {
            run_last_elements<1, 2 * size - 1>(n % (2 * size));
        } else {
            if ((n & size) != 0) {
                run_batch<size>(i);
                i += size;
            }
            run_smaller_batches<size / 2>(i);
        }
    }

    // The last `count` elements, counted from the end: n alone gives their addresses.
    template <std::size_t place, std::size_t most>
    PICOKERNELS_INLINE void run_last_elements(std::size_t count) const noexcept {
        if constexpr (place <= most) {
            if (count >= place) {
                run_batch<1>(n - place);
                run_last_elements<place + 1, most>(count);
            }
        }
    }

    static constexpr std::uintptr_t alignment = lanes * sizeof(T);

    // Computes the elements before the first one of out that is aligned to a whole batch. The small batches come
    // first, so that each is aligned itself.
    PICOKERNELS_INLINE void peel() noexcept {
        const std::size_t count = (-reinterpret_cast<std::uintptr_t>(out) % alignment) / sizeof(T);
        if (count != 0) [[unlikely]] {
            peel_batches<1>(count);
        }
    }

    template <std::size_t size> PICOKERNELS_INLINE void peel_batches(std::size_t count) noexcept {
        if constexpr (size < lanes) {
            if ((count & size) != 0) {
                run_batch<size>(0);
                advance(size);
            }
            peel_batches<2 * size>(count);
        }
    }

    PICOKERNELS_INLINE void advance(std::size_t count) noexcept {
        a += count;
        right.advance(count);
        out += count;
        n -= count;
    }

    // `size` elements from i on, in one batch, or one by one if this ISA has no batch of that size.
    template <std::size_t size, class Load = xsimd::unaligned_mode, class Store = xsimd::unaligned_mode>
    PICOKERNELS_INLINE void run_batch(std::size_t i) const noexcept {
        using batch = batch_of<size>;
        if constexpr (std::is_void_v<batch>) {
            for (std::size_t k = 0; k < size; ++k) {
                out[i + k] = result_of<Form, Op>(a[i + k], right.at(i + k));
            }
        } else {
            result_of<Form, Op>(batch::load(a + i, Load{}), right.template load<batch, Load>(i))
                .store(out + i, Store{});
        }
    }

    // Whether aligning out aligns the inputs too. A batch that crosses a cache line costs twice, stores more than
    // loads. So peeling pays while at most one input stays misaligned, and not with two.
    PICOKERNELS_INLINE bool inputs_align_with_out() const noexcept {
        return a_relative_to_out() == 0 && right_relative_to_out() == 0;
    }
    PICOKERNELS_INLINE bool one_input_aligns_with_out() const noexcept {
        return operand::streams == 0 || a_relative_to_out() == 0 || right_relative_to_out() == 0;
    }
    PICOKERNELS_INLINE std::uintptr_t a_relative_to_out() const noexcept {
        return (reinterpret_cast<std::uintptr_t>(a) - reinterpret_cast<std::uintptr_t>(out)) % alignment;
    }
    PICOKERNELS_INLINE std::uintptr_t right_relative_to_out() const noexcept {
        return right.address_relative_to(reinterpret_cast<std::uintptr_t>(out)) % alignment;
    }

    // In place there is nothing to save: the load has brought the line into the cache already.
    PICOKERNELS_INLINE bool exceeds_the_caches() const noexcept {
        constexpr std::size_t bytes_per_element = (2 + operand::streams) * sizeof(T);
        if (n * bytes_per_element <= streaming_threshold_bytes) [[likely]] {
            return false;
        }
        return a != out && !right.is(out);
    }
};

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_LOOP_HPP
