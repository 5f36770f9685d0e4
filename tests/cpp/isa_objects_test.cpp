// SPDX-License-Identifier: BSD-3-Clause
//
// Decodes every instruction of the library's object files. One that the CPU lacks would end the process, and tests
// need not come by it. For x86-64.
#include "support/instructions.hpp"
#include "support/isas.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct object {
    std::string path;
    std::string isa; // whose instructions it may have
    bool is_of_isa;  // an ISA's own
};

// OBJECT_LIST is a file with a path in each line.
std::vector<object> objects() {
    std::ifstream list(OBJECT_LIST);
    std::vector<object> found;
    for (std::string path; std::getline(list, path);) {
        if (path.empty()) {
            continue;
        }
        object one{path, "sse2", false};
        for (const tested::isa& isa : tested::isas) {
            if (path.find("/isa/" + std::string(isa.name) + ".cpp") != std::string::npos) {
                one.isa = isa.name;
                one.is_of_isa = true;
            }
        }
        found.push_back(one);
    }
    return found;
}

template <class T> T read_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
    return value;
}

tested::instruction_sets instructions_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    tested::instruction_sets found;
    if (bytes.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
        ADD_FAILURE() << path << " is no object file";
        return found;
    }
    const auto header = read_at<Elf64_Ehdr>(bytes, 0);
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        const auto section = read_at<Elf64_Shdr>(bytes, header.e_shoff + i * header.e_shentsize);
        if (section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) != 0) {
            tested::add_all(bytes.subspan(section.sh_offset, section.sh_size), found);
        }
    }
    return found;
}

TEST(IsaObjects, have_no_instruction_beyond_their_isa) {
    std::size_t total = 0;
    for (const object& one : objects()) {
        SCOPED_TRACE(one.path);
        tested::instruction_sets found = instructions_of(one.path);
        if (one.path.find("/dispatch/dispatch.cpp") != std::string::npos) {
            // xgetbv, once the CPU has said that the system uses XSAVE: see recorded_cpus_test.cpp.
            found.counts.erase("XSAVE");
        }
        EXPECT_EQ(tested::forbidden_in(one.isa, found), "");
        EXPECT_EQ(found.undecoded, 0U);
        total += found.total();
    }
    EXPECT_GT(total, 10000U);
    RecordProperty("instructions", std::to_string(total));
}

// Otherwise the case above would pass if the decoder found nothing.
TEST(IsaObjects, have_the_instructions_that_make_the_isa) {
    std::vector<std::string> seen;
    for (const object& one : objects()) {
        if (!one.is_of_isa) {
            continue;
        }
        SCOPED_TRACE(one.path);
        seen.push_back(one.isa);
        const tested::instruction_sets found = instructions_of(one.path);
        EXPECT_EQ(found.count("SSE2") > 100, one.isa == "sse2");
        EXPECT_EQ(found.count("AVX2") > 10, one.isa != "sse2");
        EXPECT_EQ(found.count("FMA") > 100, one.isa != "sse2");
        EXPECT_EQ(found.count("AVX512F_512") > 100, one.isa == "avx512");
        EXPECT_EQ(tested::forbidden_in("sse2", found).empty(), one.isa == "sse2");
        EXPECT_EQ(tested::forbidden_in("avx2", found).empty(), one.isa != "avx512");
    }
    EXPECT_EQ(seen.size(), 3U);
}

} // namespace
