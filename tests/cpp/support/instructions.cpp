// SPDX-License-Identifier: BSD-3-Clause
#include "instructions.hpp"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <array>

namespace tested {

namespace {

// What each x86-64 CPU has. (AMD64 Architecture Programmer's Manual, volume 3, appendix D)
constexpr std::string_view baseline[] = {
    "I86",
    "I186",
    "I286PROTECTED",
    "I286REAL",
    "I386",
    "I486",
    "I486REAL",
    "PENTIUMREAL",
    "PPRO",
    "CMOV",
    "FCMOV",
    "FCOMI",
    "FXSAVE",
    "FXSAVE64",
    "X87",
    "PENTIUMMMX",
    "SSE",
    "SSE2",
    "SSE2MMX",
    "SSEMXCSR",
    "SSE_PREFETCH",
    "LONGMODE",
    "CLFSH",
    // No operations where they mean nothing.
    "FAT_NOP",
    "PAUSE",
    "PREFETCH_NOP",
};

// What -mavx2 -mfma allows.
constexpr std::string_view with_avx2[] = {"SSE3",   "SSE3X87", "SSSE3", "SSSE3MMX",   "SSE4", "SSE42",
                                          "POPCNT", "AVX",     "AVX2",  "AVX2GATHER", "FMA"};

constexpr std::string_view with_avx512[] = {"AVX512F_", "AVX512CD_", "AVX512DQ_", "AVX512BW_"};

bool is_among(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

class decoder {
  public:
    decoder() { ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64); }

    // False if there is no instruction.
    bool decode(std::span<const std::uint8_t> code) {
        return ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder_, code.data(), code.size(), &instruction_, operands_.data()));
    }

    // The same without operands, which takes less time.
    bool decode_without_operands(std::span<const std::uint8_t> code) {
        return ZYAN_SUCCESS(
            ZydisDecoderDecodeInstruction(&decoder_, nullptr, code.data(), code.size(), &instruction_));
    }

    std::size_t length() const { return instruction_.length; }

    ZydisISASet set() const {
        // Compilers write bsf with a prefix that older CPUs ignore. Newer ones read it as tzcnt, which takes less
        // time and has the same result unless the operand is zero.
        const bool is_bsf = instruction_.mnemonic == ZYDIS_MNEMONIC_TZCNT;
        // A no operation to CPUs that don't know it.
        const bool is_nop =
            instruction_.mnemonic == ZYDIS_MNEMONIC_ENDBR64 || instruction_.mnemonic == ZYDIS_MNEMONIC_ENDBR32;
        return is_bsf || is_nop ? ZYDIS_ISA_SET_I386 : instruction_.meta.isa_set;
    }

    bool ends_the_way() const {
        switch (instruction_.meta.category) {
        case ZYDIS_CATEGORY_UNCOND_BR:
        case ZYDIS_CATEGORY_RET:
            return true;
        default:
            return instruction_.mnemonic == ZYDIS_MNEMONIC_UD2;
        }
    }

    // The address of code that the instruction jumps to or calls, or hands to the next instruction; 0 if none.
    std::uint64_t target(std::uint64_t address) const {
        const ZydisDecodedOperand& first = operands_[0];
        if (first.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && first.imm.is_relative != 0) {
            ZyanU64 found = 0;
            ZydisCalcAbsoluteAddress(&instruction_, &first, address, &found);
            return found;
        }
        // What machine code calls is in rax. It has the addresses of data in other registers.
        const bool is_function = instruction_.mnemonic == ZYDIS_MNEMONIC_MOV &&
                                 first.type == ZYDIS_OPERAND_TYPE_REGISTER &&
                                 (first.reg.value == ZYDIS_REGISTER_RAX || first.reg.value == ZYDIS_REGISTER_EAX) &&
                                 operands_[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
        return is_function ? operands_[1].imm.value.u : 0;
    }

  private:
    ZydisDecoder decoder_{};
    ZydisDecodedInstruction instruction_{};
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands_{};
};

// Names cost more time than decoding.
class counter {
  public:
    explicit counter(instruction_sets& to) : to_(to) {}
    void add(ZydisISASet set) { ++counts_[static_cast<std::size_t>(set)]; }
    void finish() const {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            if (counts_[i] != 0) {
                to_.counts[ZydisISASetGetString(static_cast<ZydisISASet>(i))] += counts_[i];
            }
        }
    }

  private:
    instruction_sets& to_;
    std::array<std::size_t, ZYDIS_ISA_SET_MAX_VALUE + 1> counts_{};
};

} // namespace

std::size_t instruction_sets::total() const { return count(""); }

std::size_t instruction_sets::count(std::string_view prefix) const {
    std::size_t sum = 0;
    for (const auto& [name, number] : counts) {
        sum += name.starts_with(prefix) ? number : 0;
    }
    return sum;
}

bool may_have(std::string_view isa, std::string_view set) {
    if (is_among(baseline, set)) {
        return true;
    }
    if (isa == "sse2") {
        return false;
    }
    return is_among(with_avx2, set) || (isa == "avx512" && std::ranges::any_of(with_avx512, [=](const auto& prefix) {
                                            return set.starts_with(prefix);
                                        }));
}

std::string forbidden_in(std::string_view isa, const instruction_sets& found) {
    std::string text;
    for (const auto& [name, number] : found.counts) {
        if (!may_have(isa, name)) {
            text += name + ": " + std::to_string(number) + " ";
        }
    }
    return text;
}

void add_all(std::span<const std::uint8_t> code, instruction_sets& to) {
    decoder at;
    counter counts(to);
    while (!code.empty()) {
        if (!at.decode_without_operands(code)) {
            ++to.undecoded;
            break;
        }
        counts.add(at.set());
        code = code.subspan(at.length());
    }
    counts.finish();
}

void add_reachable(std::span<const std::uint8_t> code, std::span<const void* const> entries, instruction_sets& to) {
    const auto begin = reinterpret_cast<std::uint64_t>(code.data());
    std::vector<bool> is_visited(code.size());
    std::vector<std::uint64_t> waiting;
    for (const void* entry : entries) {
        waiting.push_back(reinterpret_cast<std::uint64_t>(entry));
    }
    decoder at;
    counter counts(to);
    while (!waiting.empty()) {
        std::uint64_t address = waiting.back();
        waiting.pop_back();
        while (address - begin < code.size() && !is_visited[address - begin]) {
            is_visited[address - begin] = true;
            if (!at.decode(code.subspan(address - begin))) {
                ++to.undecoded;
                break;
            }
            counts.add(at.set());
            if (const std::uint64_t target = at.target(address); target - begin < code.size()) {
                waiting.push_back(target);
            }
            if (at.ends_the_way()) {
                break;
            }
            address += at.length();
        }
    }
    counts.finish();
}

} // namespace tested
