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

template <class Arch, class Op, class T, class Right> struct elementwise {
    using wide = xsimd::batch<T, Arch>;
    static constexpr std::size_t lanes = wide::size;
    // For few elements: 128-bit instructions of the same ISA leave the upper halves of the registers clean, and so
    // save the vzeroupper at the end. (Every architecture that xsimd dispatches for has them; else wide serves.)
    using sized_128 = xsimd::make_sized_batch_t<T, 16 / sizeof(T)>;
    using narrow = std::conditional_t<std::is_void_v<sized_128>, wide, sized_128>;
    static constexpr std::size_t narrow_lanes = narrow::size;
    static constexpr std::size_t unroll = 4; // measured: by 1 is erratic, by 8 is slower

    const T* a;
    Right b;
    T* out;
    std::size_t n;

    template <class Batch, class Load = xsimd::unaligned_mode>
    PICOKERNELS_INLINE Batch result(std::size_t i) const noexcept {
        return Op::apply(Batch::load(a + i, Load{}), b.template load<Batch, Load>(i));
    }

    PICOKERNELS_INLINE void run() const noexcept {
        // Likely, so that the fewest elements, where a taken branch counts, fall straight through.
        if (is_short()) [[likely]] {
            run_short();
            return;
        }
        if (n <= 4 * lanes) {
            run_overlapping<wide>();
            return;
        }
        if (n > 16 * lanes) { // below, asking costs more than the answer saves
            if (streams_past_the_caches()) {
                run_long<xsimd::unaligned_mode, xsimd::stream_mode>(elements_until_aligned());
                return;
            }
            if (aligned_alike()) {
                run_long<xsimd::aligned_mode, xsimd::aligned_mode>(elements_until_aligned());
                return;
            }
        }
        run_long<xsimd::unaligned_mode, xsimd::unaligned_mode>(0);
    }

    PICOKERNELS_INLINE bool is_short() const noexcept { return n <= 4 * narrow_lanes; }

    PICOKERNELS_INLINE void run_short() const noexcept {
        if (n >= narrow_lanes) [[likely]] {
            run_overlapping<narrow>();
        } else {
            run_scalar();
        }
    }

    // n < narrow_lanes. The constant bound makes this a few compares, and nothing to vectorise.
    PICOKERNELS_INLINE void run_scalar() const noexcept {
        for (std::size_t i = 0; i < narrow_lanes - 1; ++i) {
            if (i < n) {
                out[i] = Op::apply(a[i], b.at(i));
            }
        }
    }

    // From one to four batches: as many from the front as from the back, overlapping in the middle. All are loaded
    // before any is stored, so that the overlap is right in place.
    template <class Batch> PICOKERNELS_INLINE void run_overlapping() const noexcept {
        constexpr std::size_t size = Batch::size;
        const Batch first = result<Batch>(0);
        const Batch last = result<Batch>(n - size);
        if (n > 2 * size) {
            const Batch second = result<Batch>(size);
            const Batch second_to_last = result<Batch>(n - 2 * size);
            second.store_unaligned(out + size);
            second_to_last.store_unaligned(out + n - 2 * size);
        }
        first.store_unaligned(out);
        last.store_unaligned(out + n - size);
    }

    // More than four batches. The loop starts at element peel (< lanes), where out is aligned if Store needs it to
    // be; what it leaves at the front and at the back is one overlapping batch each. Those are computed before the
    // loop stores anything and stored after it, so that the overlap is right in place.
    template <class Load, class Store> PICOKERNELS_INLINE void run_long(std::size_t peel) const noexcept {
        const bool has_tail = (n - peel) % lanes != 0;
        wide head;
        wide tail;
        if (peel != 0) {
            head = result<wide>(0);
        }
        if (has_tail) {
            tail = result<wide>(n - lanes);
        }
        std::size_t i = peel;
        // Each batch is stored before the next is loaded: stores in address order combine to whole lines.
        for (; i + unroll * lanes <= n; i += unroll * lanes) {
            for (std::size_t k = 0; k < unroll; ++k) {
                result<wide, Load>(i + k * lanes).store(out + i + k * lanes, Store{});
            }
        }
        for (; i + lanes <= n; i += lanes) {
            result<wide, Load>(i).store(out + i, Store{});
        }
        if constexpr (std::is_same_v<Store, xsimd::stream_mode>) {
            fence_after_streaming();
        }
        if (peel != 0) {
            head.store_unaligned(out);
        }
        if (has_tail) {
            tail.store_unaligned(out + n - lanes);
        }
    }

    static constexpr std::uintptr_t alignment = lanes * sizeof(T);

    PICOKERNELS_INLINE std::size_t elements_until_aligned() const noexcept {
        return (-reinterpret_cast<std::uintptr_t>(out) % alignment) / sizeof(T);
    }

    // Peeling to an aligned address pays only if it aligns every pointer; else it costs (measured 53 -> 71 ns at
    // n = 1000 with 64-byte batches).
    PICOKERNELS_INLINE bool aligned_alike() const noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(out);
        return ((reinterpret_cast<std::uintptr_t>(a) - address) | b.address_relative_to(address)) % alignment == 0;
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
