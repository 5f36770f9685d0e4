// SPDX-License-Identifier: BSD-3-Clause
#include "dispatch.hpp"

#include "cache.hpp"

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace picokernels {

namespace {

// Right is an array or a scalar.
template <class T, class Right, auto kernel>
void choose_and_call(const T* a, Right b, T* out, std::size_t n) noexcept {
    (typed<T>(active_table()).*kernel)(a, b, out, n);
}

} // namespace

#define CHOOSING(op) .op = &choose_and_call<ELEMENT, const ELEMENT*, &typed_kernels<ELEMENT>::op>,
#define CHOOSING_SCALAR(op) .op##_scalar = &choose_and_call<ELEMENT, ELEMENT, &typed_kernels<ELEMENT>::op##_scalar>,
constinit active_kernels active{
#define ELEMENT double
    {PICOKERNELS_ARRAY_OPERATIONS(CHOOSING) PICOKERNELS_SCALAR_OPERATIONS(CHOOSING_SCALAR)},
#undef ELEMENT
#define ELEMENT float
    {PICOKERNELS_ARRAY_OPERATIONS(CHOOSING) PICOKERNELS_SCALAR_OPERATIONS(CHOOSING_SCALAR)},
#undef ELEMENT
};
#undef CHOOSING
#undef CHOOSING_SCALAR

std::size_t streaming_threshold_bytes = SIZE_MAX;

namespace {

template <class... Archs> bool cpu_has() noexcept {
    const auto cpu = xsimd::available_architectures();
    return (cpu.has(Archs{}) && ...);
}

// Every ISA that the build has, best first. PICOKERNELS_WITH_... comes from picokernels_add_isa() in CMake.
constexpr isa_entry isas[] = {
#if defined(PICOKERNELS_WITH_AVX512)
    {&avx512_table, &cpu_has<xsimd::avx512f, xsimd::avx512cd, xsimd::avx512vl, xsimd::avx512dq, xsimd::avx512bw,
                             xsimd::avx2, xsimd::fma3<xsimd::avx2>>},
#endif
#if defined(PICOKERNELS_WITH_AVX2)
    {&avx2_table, &cpu_has<xsimd::avx2, xsimd::fma3<xsimd::avx2>>},
#endif
#if defined(PICOKERNELS_WITH_SSE2)
    {&sse2_table, &cpu_has<xsimd::sse2>},
#endif
#if defined(PICOKERNELS_WITH_GENERIC)
    {&generic_table, &cpu_has<>},
#endif
};
constexpr std::size_t isa_count = std::size(isas);

const kernel_table* find(std::span<const kernel_table* const> tables, const char* name) noexcept {
    for (const kernel_table* table : tables) {
        if (std::strcmp(table->isa, name) == 0) {
            return table;
        }
    }
    return nullptr;
}

bool is_built(const char* name) noexcept {
    return std::ranges::any_of(isas, [&](const isa_entry& isa) { return std::strcmp(isa.table->isa, name) == 0; });
}

// What is found out once, at first use.
struct startup {
    std::array<const kernel_table*, isa_count> tables{};
    std::size_t available = 0;
    char requested_name[32] = ""; // a copy: the environment may change under us
    bool requested = false;
    pk_status request_status = PK_OK;
    const kernel_table* initial = nullptr;

    startup() noexcept {
        for (const isa_entry& isa : isas) {
            if (isa.is_supported()) {
                tables[available++] = isa.table;
            }
        }
        if (available == 0) {
            // The last ISA is the baseline that this code itself is compiled for: if detection denies it,
            // detection is wrong.
            tables[available++] = isas[isa_count - 1].table;
        }
        initial = tables[0];
        if (const std::size_t bytes = last_level_cache_bytes(); bytes != 0) {
            streaming_threshold_bytes = bytes;
        }
        read_request();
    }

    std::span<const kernel_table* const> available_tables() const noexcept { return {tables.data(), available}; }

    void read_request() noexcept {
        const char* name = std::getenv("PICOKERNELS_ISA"); // NOLINT(concurrency-mt-unsafe): read once, copied
        if (name == nullptr || *name == '\0') {
            return;
        }
        requested = true;
        std::strncpy(requested_name, name, sizeof requested_name - 1);
        if (const kernel_table* table = find(available_tables(), name)) {
            initial = table;
        } else {
            request_status = is_built(name) ? PK_ERROR_UNSUPPORTED_ISA : PK_ERROR_UNKNOWN_ISA;
        }
    }
};

const startup& at_startup() noexcept {
    static const startup once;
    return once;
}

} // namespace

std::span<const isa_entry> built_isas() noexcept { return isas; }

std::span<const kernel_table* const> available_tables() noexcept { return at_startup().available_tables(); }

namespace {

constinit std::atomic<const kernel_table*> published_table{nullptr}; // that of the functions in `active`
constinit std::mutex publishing;

template <class T> void publish_kernels(const typed_kernels<T>& from, kernels_in<T, atomic_slot>& to) noexcept {
#define PUBLISH(op) to.op.store(from.op, std::memory_order_release);
    PICOKERNELS_ARRAY_OPERATIONS(PUBLISH)
#undef PUBLISH
#define PUBLISH(op) to.op##_scalar.store(from.op##_scalar, std::memory_order_release);
    PICOKERNELS_SCALAR_OPERATIONS(PUBLISH)
#undef PUBLISH
}

// One thread at a time, so that two do not leave a mixture.
void publish(const kernel_table& table) noexcept {
    publish_kernels(table.f64, active.f64);
    publish_kernels(table.f32, active.f32);
    published_table.store(&table, std::memory_order_release);
}

} // namespace

const kernel_table& active_table() noexcept {
    if (const kernel_table* table = published_table.load(std::memory_order_acquire)) {
        return *table;
    }
    const kernel_table& initial = *at_startup().initial;
    const std::scoped_lock lock(publishing);
    // Another thread may have chosen meanwhile, even another ISA: that stays.
    if (published_table.load(std::memory_order_acquire) == nullptr) {
        publish(initial);
    }
    return *published_table.load(std::memory_order_acquire);
}

pk_status set_active_isa(const char* name) noexcept {
    if (name == nullptr) {
        return PK_ERROR_UNKNOWN_ISA;
    }
    const kernel_table* table = find(available_tables(), name);
    if (table == nullptr) {
        return is_built(name) ? PK_ERROR_UNSUPPORTED_ISA : PK_ERROR_UNKNOWN_ISA;
    }
    const std::scoped_lock lock(publishing);
    publish(*table);
    return PK_OK;
}

pk_status environment_request(const char** name) noexcept {
    const startup& once = at_startup();
    if (name != nullptr) {
        *name = once.requested ? once.requested_name : nullptr;
    }
    return once.request_status;
}

} // namespace picokernels
