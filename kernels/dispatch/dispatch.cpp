// SPDX-License-Identifier: BSD-3-Clause
#include "dispatch.hpp"

#include "cache.hpp"

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>

#if !defined(_WIN32)
#include <unistd.h>
#endif

namespace picokernels {

namespace {

// Serves the first call: chooses the ISA, then calls its function.
template <class Result, class T, auto member, class... Arguments>
Result choose_and_call(Arguments... arguments) noexcept {
    return (typed<T>(publish_active_table()).*member)(arguments...);
}

template <class T> constexpr kernels_in<T, atomic_slot> choosing_kernels() noexcept {
    return {
#define PICOKERNELS_CHOOSING(form_, op, name) .name = &choose_and_call<void, T, &typed_kernels<T>::name>,
        PICOKERNELS_KERNELS(PICOKERNELS_CHOOSING)
#undef PICOKERNELS_CHOOSING
#define PICOKERNELS_CHOOSING(inputs_, name) .name = &choose_and_call<T, T, &typed_kernels<T>::name>,
            PICOKERNELS_REDUCTIONS(PICOKERNELS_CHOOSING)
#undef PICOKERNELS_CHOOSING
    };
}

} // namespace

constinit active_kernels active{choosing_kernels<double>(), choosing_kernels<float>()};

std::size_t streaming_threshold_bytes = SIZE_MAX;

namespace {

template <class... Archs> bool cpu_has() noexcept {
    // xsimd's function returns a local static of this type, whose guard a child process could inherit locked.
    [[maybe_unused]] const decltype(xsimd::available_architectures()) cpu; // a baseline asks for nothing
    return (cpu.has(Archs{}) && ...);
}

} // namespace

// CMake writes isas.inc: PICOKERNELS_ISA(name, what xsimd must find in CPU and operating system) for each ISA of this
// build, best first.
#define PICOKERNELS_ISA(name, ...) extern const kernel_table name##_table;
#include "isas.inc"
#undef PICOKERNELS_ISA

namespace {

constexpr isa_entry isas[] = {
#define PICOKERNELS_ISA(name, ...) {&name##_table, &cpu_has<__VA_ARGS__>},
#include "isas.inc"
#undef PICOKERNELS_ISA
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

// The state that the first use sets up.
struct startup {
    std::array<const kernel_table*, isa_count> tables{};
    std::size_t available = 0;
    char requested_name[32] = ""; // a copy, because the environment may change
    bool requested = false;
    pk_status request_status = PK_OK;
    const kernel_table* initial = nullptr;

    void prepare() noexcept {
        available = 0;
        for (const isa_entry& isa : isas) {
            if (isa.is_supported()) {
                tables[available++] = isa.table;
            }
        }
        if (available == 0) {
            // The last ISA is the baseline, for which this code itself is compiled. If detection denies it, detection
            // is wrong.
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

constinit startup once;

// The process that prepares it, or one of these.
constexpr int nobody = 0;
constexpr int done = -1;
constinit std::atomic<int> preparing{nobody};

int this_process() noexcept {
#if defined(_WIN32)
    return 1; // there are no forks
#else
    return getpid();
#endif
}

// Not a local static, because the process may fork while another thread prepares it. In the child process that thread
// does not exist, and a call would wait for it forever. So a thread waits for threads of its own process only.
const startup& at_startup() noexcept {
    for (;;) {
        int current = preparing.load(std::memory_order_acquire);
        if (current == done) {
            return once;
        }
        if (current == this_process()) {
            // Not wait() of the atomic, which needs the C++ runtime: see kernels/CMakeLists.txt.
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        } else if (preparing.compare_exchange_strong(current, this_process())) {
            once.prepare();
            preparing.store(done, std::memory_order_release);
        }
    }
}

} // namespace

std::span<const isa_entry> built_isas() noexcept { return isas; }

std::span<const kernel_table* const> available_tables() noexcept { return at_startup().available_tables(); }

namespace {

constinit std::atomic<const kernel_table*> chosen_table{nullptr};

template <class T> void publish_kernels(const typed_kernels<T>& from, kernels_in<T, atomic_slot>& to) noexcept {
#define PICOKERNELS_PUBLISH(form_, op, name) to.name.store(from.name);
    PICOKERNELS_KERNELS(PICOKERNELS_PUBLISH)
#undef PICOKERNELS_PUBLISH
#define PICOKERNELS_PUBLISH(inputs_, name) to.name.store(from.name);
    PICOKERNELS_REDUCTIONS(PICOKERNELS_PUBLISH)
#undef PICOKERNELS_PUBLISH
}

// Copies the functions of the chosen table to the active ones. Any number of threads may do it at the same time, and
// they leave no mixture of two ISAs: who copies an old choice sees the new one afterwards, and copies again. For
// that, all threads must agree on the order of stores and loads (memory_order_seq_cst). A lock would do too, but a
// child process could inherit it locked.
const kernel_table& publish() noexcept {
    const kernel_table* table = nullptr;
    do {
        table = chosen_table.load();
        publish_kernels(table->f64, active.f64);
        publish_kernels(table->f32, active.f32);
    } while (chosen_table.load() != table);
    return *table;
}

} // namespace

const kernel_table& active_table() noexcept {
    const kernel_table* table = chosen_table.load(std::memory_order_acquire);
    return table != nullptr ? *table : publish_active_table();
}

const kernel_table& publish_active_table() noexcept {
    const kernel_table* none = nullptr;
    chosen_table.compare_exchange_strong(none, at_startup().initial); // a choice of another thread stays
    return publish();
}

pk_status set_active_isa(const char* name) noexcept {
    if (name == nullptr) {
        return PK_ERROR_UNKNOWN_ISA;
    }
    const kernel_table* table = find(available_tables(), name);
    if (table == nullptr) {
        return is_built(name) ? PK_ERROR_UNSUPPORTED_ISA : PK_ERROR_UNKNOWN_ISA;
    }
    chosen_table.store(table);
    publish();
    return PK_OK;
}

pk_status environment_request(const char** name) noexcept {
    const startup& begun = at_startup();
    if (name != nullptr) {
        *name = begun.requested ? begun.requested_name : nullptr;
    }
    return begun.request_status;
}

} // namespace picokernels
