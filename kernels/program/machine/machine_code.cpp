// SPDX-License-Identifier: BSD-3-Clause
#include "machine_code.hpp"

#include "../../dispatch/dispatch.hpp"
#include "lanes.hpp"
#include "memory.hpp"
#include "point.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace picokernels::program::machine {

namespace {

// Longer programs, which gain less, are left to the interpreter.
constexpr std::size_t most_steps = 16384;
// Memory that is reserved. What is not used costs nothing and is given back.
constexpr std::size_t bytes_of_step = 1024;
constexpr std::size_t bytes_at_least = 1048576; // quick code has at most 6000 steps or so

constexpr std::size_t alignment = 64;

isa isa_of(const kernel_table& table) noexcept {
    if (std::strcmp(table.isa, "avx512") == 0) {
        return isa::avx512;
    }
    return std::strcmp(table.isa, "avx2") == 0 ? isa::avx2 : isa::sse2;
}

class compiled final : public machine_code {
  public:
    explicit compiled(std::size_t bytes) noexcept : memory_(bytes) {}

    // False if the system refuses memory. Throws Xbyak::Error if the code is too long.
    bool compile(const code& program, unsigned options) {
        if (memory_.data() == nullptr) {
            return false;
        }
        const std::span<std::uint8_t> all(memory_.data(), memory_.size());
        const kernel_table& table = active_table(); // once: another thread may set the ISA meanwhile
        const target made_for{isa_of(table), table.step_functions};
        const std::vector<next_uses> uses = find_next_uses(program);
        functions_ = table.interpreter;
        functions_.name = "machine code";
        std::size_t used = 0;
        if ((options & PK_PROGRAM_ONLY_LANES) == 0) {
            const point_code point = compile_point(program, uses, made_for, all);
            functions_.point = point.point;
            functions_.repeat = point.repeat;
            used = point.size;
        }
        if ((options & PK_PROGRAM_ONLY_POINT) == 0 && can_compile_lanes(program, made_for)) {
            const std::size_t begin = (used + alignment - 1) / alignment * alignment;
            const lanes_code lanes = compile_lanes(program, uses, made_for, all.subspan(begin));
            functions_.block = lanes.block;
            functions_.writes_only_outputs = true;
            functions_.batch = lanes.batch;
            used = begin + lanes.size;
        }
        return used > 0 && memory_.make_executable(used);
    }

    const engine& functions() const noexcept override { return functions_; }

  private:
    code_memory memory_;
    engine functions_{};
};

bool environment_allows() noexcept {
    const char* value = std::getenv("PICOKERNELS_JIT"); // NOLINT(concurrency-mt-unsafe): read once
    return value == nullptr || std::strcmp(value, "0") != 0;
}

enum class setting : int { unknown, off, on };
constinit std::atomic<setting> enabled{setting::unknown};

} // namespace

bool is_enabled() noexcept {
    setting now = enabled.load(std::memory_order_relaxed);
    if (now == setting::unknown) {
        const setting asked = environment_allows() ? setting::on : setting::off;
        // A call meanwhile goes first.
        if (enabled.compare_exchange_strong(now, asked, std::memory_order_relaxed)) {
            now = asked;
        }
    }
    return now == setting::on;
}

void set_enabled(bool to) noexcept { enabled.store(to ? setting::on : setting::off, std::memory_order_relaxed); }

std::unique_ptr<const machine_code> compile(const code& program, unsigned options) {
    if (!is_enabled() || program.step_count > most_steps) {
        return nullptr;
    }
    try {
        auto made = std::make_unique<compiled>(bytes_at_least + program.step_count * bytes_of_step);
        return made->compile(program, options) ? std::move(made) : nullptr;
    } catch (const Xbyak::Error&) {
        return nullptr;
    }
}

} // namespace picokernels::program::machine
