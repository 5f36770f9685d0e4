// SPDX-License-Identifier: BSD-3-Clause
//
// The memory of this process, by /proc/self/maps. For Linux.
#ifndef PICOKERNELS_TESTS_MAPPINGS_HPP
#define PICOKERNELS_TESTS_MAPPINGS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace tested {

struct mapping {
    std::uintptr_t begin;
    std::uintptr_t end;
};

// Does not allocate, for handlers of signals.
inline bool contain(const std::vector<mapping>& all, std::uintptr_t address) {
    return std::ranges::any_of(all, [=](const mapping& one) { return address >= one.begin && address < one.end; });
}

// Memory with these permissions ("r-x") whose file `selects`: a path, "[stack]" or its like, or "" for none.
template <class Select> std::vector<mapping> mappings_with(const std::string& permissions, Select selects) {
    std::ifstream maps("/proc/self/maps");
    std::vector<mapping> found;
    for (std::string line; std::getline(maps, line);) {
        const std::size_t dash = line.find('-');
        const std::size_t blank = line.find(' ');
        const std::size_t file = line.find_first_of("/[");
        if (line.compare(blank + 1, permissions.size(), permissions) == 0 &&
            selects(file == std::string::npos ? std::string() : line.substr(file))) {
            found.push_back({std::stoull(line.substr(0, dash), nullptr, 16),
                             std::stoull(line.substr(dash + 1, blank - dash - 1), nullptr, 16)});
        }
    }
    return found;
}

// Memory of no file. That which is executable is machine code of programs.
inline std::vector<mapping> anonymous_with(const std::string& permissions) {
    return mappings_with(permissions, [](const std::string& file) { return file.empty(); });
}

// The code of libpicokernels, shared or linked into this program, and machine code of programs.
inline std::vector<mapping> code_of_this_library() {
    std::array<char, 4096> program{};
    const ssize_t length = readlink("/proc/self/exe", program.data(), program.size() - 1);
    const std::string path(program.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return mappings_with("r-x", [&](const std::string& file) {
        return file.empty() || file == path || file.find("/libpicokernels.so") != std::string::npos;
    });
}

} // namespace tested

#endif // PICOKERNELS_TESTS_MAPPINGS_HPP
