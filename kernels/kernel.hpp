// SPDX-License-Identifier: BSD-3-Clause
//
// The one loop behind every kernel, and make_table, which instantiates it for an ISA. Included by isa/*.cpp, each of
// which compiles it with flags of its own (and by c_api.cpp, for the baseline). So nothing in here may have external
// linkage (see operations.hpp), use a part of the standard library that emits code, or need a constructor to run.
#ifndef PICOKERNELS_KERNEL_HPP
#define PICOKERNELS_KERNEL_HPP

#include "table.hpp"

#include <cstdint>
#include <type_traits>

#include <xsimd/xsimd.hpp>

namespace picokernels {
// NOLINTNEXTLINE(misc-anonymous-namespace-in-header, cert-dcl59-cpp): internal linkage on purpose
namespace {

// The right-hand operand, an array or a scalar, so that one loop serves both forms.
template <class T> struct array_operand {
    static constexpr std::size_t streams = 1; // arrays read from memory
    const T* data;

    PICOKERNELS_INLINE void advance(std::size_t count) noexcept { data += count; }
    PICOKERNELS_INLINE T at(std::size_t i) const noexcept { return data[i]; }
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
    template <class Batch, class Mode> PICOKERNELS_INLINE Batch load(std::size_t) const noexcept {
        return Batch(value);
    }
    PICOKERNELS_INLINE bool is(const T*) const noexcept { return false; }
    PICOKERNELS_INLINE std::uintptr_t address_relative_to(std::uintptr_t) const noexcept { return 0; }
};

// Non-temporal stores are weakly ordered: without the fence a thread that is told "done" could read old memory.
PICOKERNELS_INLINE void fence_after_streaming() noexcept {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

// A call, and the walk through it: what has been computed is dropped from the front, so a, b and out point to what is
// left, and n counts it.
//
// Every element is stored once, by a batch that overlaps no other, and which batches those are depends on n alone
// (for long arrays also on their alignment; a division begins to use wide ones at half the length). So the batches of
// a call that reads what an earlier one has stored find each what one store has written, and the CPU forwards it; a
// load that spans two stores waits until both have left the store buffer. (c = a + b; d = c * a at n = 7: 2.3 ns a
// call; with a last batch that overlaps the one before: 3.7.)
template <class Arch, class Op, class T, class Right> struct elementwise {
    using wide = xsimd::batch<T, Arch>;
    static constexpr std::size_t lanes = wide::size;
    // Of `size` elements, or void where there is none.
    template <std::size_t size>
    using batch_of = std::conditional_t<size == lanes, wide, xsimd::make_sized_batch_t<T, size>>;
    // For the fewest elements: 128-bit instructions leave the upper halves of the registers clean, and so save the
    // vzeroupper at the end. (Every architecture that xsimd dispatches for has them; else wide serves.)
    static constexpr std::size_t narrow_lanes = std::is_void_v<batch_of<16 / sizeof(T)>> ? lanes : 16 / sizeof(T);
    static constexpr std::size_t unroll = 4; // measured: by 1 is erratic, by 8 is slower
    // With one array to read, CPUs compute two 128- or 256-bit batches a cycle, and a shorter step of the loop would
    // leave no room for its own instructions.
    static constexpr std::size_t loop_unroll = Right::streams == 0 ? 2 * unroll : unroll;
    static constexpr std::size_t asking = 16 * lanes; // up to here, asking about alignment costs more than it saves

    const T* a;
    Right b;
    T* out;
    std::size_t n;

    PICOKERNELS_INLINE void run() noexcept {
        if (n <= unroll * lanes) [[likely]] { // so that few elements, where a taken branch counts, fall through
            finish<lanes, unroll>();
            return;
        }
        if (n > asking) {
            if (streams_past_the_caches()) [[unlikely]] {
                align();
                run_unrolled<xsimd::unaligned_mode, xsimd::stream_mode>();
                fence_after_streaming();
                finish<lanes, unroll - 1>();
                return;
            }
            if (all_lie_alike()) {
                align();
                run_unrolled<xsimd::aligned_mode, xsimd::aligned_mode>();
                finish<lanes, unroll - 1>();
                return;
            }
            if (one_input_at_most_lies_apart()) {
                align();
                run_unrolled<xsimd::unaligned_mode, xsimd::aligned_mode>();
                finish<lanes, unroll - 1>();
                return;
            }
        }
        run_unrolled<xsimd::unaligned_mode, xsimd::unaligned_mode>();
        if (n != 0) { // asked once for the many lengths that leave nothing
            finish<lanes, unroll - 1>();
        }
    }

    // What every ISA would do alike, with few 128-bit batches. A division takes as long for 128 bits as for 256.
    static constexpr std::size_t short_batches = Op::is_slow ? 2 : 4;
    PICOKERNELS_INLINE bool is_short() const noexcept { return n <= short_batches * narrow_lanes; }
    PICOKERNELS_INLINE void run_short() noexcept {
        if (n <= 2 * narrow_lanes) [[likely]] {
            finish<narrow_lanes, 2>();
        } else if constexpr (short_batches > 2) {
            finish<narrow_lanes, short_batches>();
        }
    }

  private:
    template <class Load, class Store> PICOKERNELS_INLINE void run_unrolled() noexcept {
        std::size_t i = 0;
        for (; i + loop_unroll * lanes <= n; i += loop_unroll * lanes) {
            steps<loop_unroll, Load, Store>(i);
        }
        if constexpr (loop_unroll > unroll) {
            if (i + unroll * lanes <= n) {
                steps<unroll, Load, Store>(i);
                i += unroll * lanes;
            }
        }
        advance(i);
    }

    // Each batch is stored before the next is loaded: stores in address order combine to whole lines.
    template <std::size_t count, class Load, class Store>
    PICOKERNELS_INLINE void steps(std::size_t i) const noexcept {
        for (std::size_t k = 0; k < count; ++k) {
            step<lanes, Load, Store>(i + k * lanes);
        }
    }

    // At most `most` batches of `size` elements, and after them the rest, in ever smaller batches.
    template <std::size_t size, std::size_t most> PICOKERNELS_INLINE void finish() const noexcept {
        run_few<size, most>(0);
        if (n % size != 0) {
            descend<size / 2>(n / size * size);
        }
    }

    // Compares nested, not a loop: its counter would cost as much as the batches.
    template <std::size_t size, std::size_t most> PICOKERNELS_INLINE void run_few(std::size_t i) const noexcept {
        if constexpr (most > 0) {
            if (n >= i + size) {
                step<size>(i);
                run_few<size, most - 1>(i + size);
            }
        }
    }

    // The last `count` elements, from the end: known by n, they need no index.
    template <std::size_t place, std::size_t most>
    PICOKERNELS_INLINE void run_last(std::size_t count) const noexcept {
        if constexpr (place <= most) {
            if (count >= place) {
                step<1>(n - place);
                run_last<place + 1, most>(count);
            }
        }
    }

    // From i on, fewer than 2 * size elements are left, and i is a multiple of that.
    template <std::size_t size> PICOKERNELS_INLINE void descend(std::size_t i) const noexcept {
        if constexpr (std::is_void_v<batch_of<size>>) {
            run_last<1, 2 * size - 1>(n % (2 * size));
        } else {
            if ((n & size) != 0) {
                step<size>(i);
                i += size;
            }
            descend<size / 2>(i);
        }
    }

    static constexpr std::uintptr_t alignment = lanes * sizeof(T);

    // Up to the first element of out that is aligned to a whole batch. Small batches first: each is aligned itself.
    PICOKERNELS_INLINE void align() noexcept {
        const std::size_t peel = (-reinterpret_cast<std::uintptr_t>(out) % alignment) / sizeof(T);
        if (peel != 0) [[unlikely]] {
            ascend<1>(peel);
        }
    }

    template <std::size_t size> PICOKERNELS_INLINE void ascend(std::size_t peel) noexcept {
        if constexpr (size < lanes) {
            if ((peel & size) != 0) {
                step<size>(0);
                advance(size);
            }
            ascend<2 * size>(peel);
        }
    }

    PICOKERNELS_INLINE void advance(std::size_t count) noexcept {
        a += count;
        b.advance(count);
        out += count;
        n -= count;
    }

    // `size` elements from i on, in one batch; one by one where there is no batch of that size.
    template <std::size_t size, class Load = xsimd::unaligned_mode, class Store = xsimd::unaligned_mode>
    PICOKERNELS_INLINE void step(std::size_t i) const noexcept {
        using batch = batch_of<size>;
        if constexpr (std::is_void_v<batch>) {
            for (std::size_t k = 0; k < size; ++k) {
                out[i + k] = Op::apply(a[i + k], b.at(i + k));
            }
        } else {
            Op::apply(batch::load(a + i, Load{}), b.template load<batch, Load>(i)).store(out + i, Store{});
        }
    }

    // Batches that cross a cache line cost twice, stores more than loads. So out is worth being aligned, unless that
    // leaves two inputs off (n = 1000 with 64-byte batches: 66 ns then, 50 to 63 without).
    PICOKERNELS_INLINE bool all_lie_alike() const noexcept { return a_off_out() == 0 && b_off_out() == 0; }
    PICOKERNELS_INLINE bool one_input_at_most_lies_apart() const noexcept {
        return Right::streams == 0 || a_off_out() == 0 || b_off_out() == 0;
    }
    PICOKERNELS_INLINE std::uintptr_t a_off_out() const noexcept {
        return (reinterpret_cast<std::uintptr_t>(a) - reinterpret_cast<std::uintptr_t>(out)) % alignment;
    }
    PICOKERNELS_INLINE std::uintptr_t b_off_out() const noexcept {
        return b.address_relative_to(reinterpret_cast<std::uintptr_t>(out)) % alignment;
    }

    // In place there is nothing to save: the load has brought the line into the cache already.
    PICOKERNELS_INLINE bool streams_past_the_caches() const noexcept {
        constexpr std::size_t bytes_per_element = (2 + Right::streams) * sizeof(T);
        if (n * bytes_per_element <= streaming_threshold_bytes) [[likely]] {
            return false;
        }
        return a != out && !b.is(out);
    }
};

template <class Arch, class Op, class T> void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    elementwise<Arch, Op, T, array_operand<T>>{a, {b}, out, n}.run();
}

template <class Arch, class Op, class T> void array_scalar(const T* a, T s, T* out, std::size_t n) noexcept {
    elementwise<Arch, Op, T, scalar_operand<T>>{a, {s}, out, n}.run();
}

template <class Arch, class T> constexpr typed_kernels<T> make_typed_kernels() noexcept {
    typed_kernels<T> kernels{};
#define PICOKERNELS_ENTRY(op) kernels.op = &array_array<Arch, op, T>;
    PICOKERNELS_ARRAY_OPERATIONS(PICOKERNELS_ENTRY)
#undef PICOKERNELS_ENTRY
#define PICOKERNELS_ENTRY(op) kernels.op##_scalar = &array_scalar<Arch, op, T>;
    PICOKERNELS_SCALAR_OPERATIONS(PICOKERNELS_ENTRY)
#undef PICOKERNELS_ENTRY
    return kernels;
}

template <class Arch> constexpr kernel_table make_table(const char* isa) noexcept {
    return {isa, make_typed_kernels<Arch, double>(), make_typed_kernels<Arch, float>()};
}

} // namespace
} // namespace picokernels

#endif // PICOKERNELS_KERNEL_HPP
