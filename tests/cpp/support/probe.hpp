// SPDX-License-Identifier: BSD-3-Clause
//
// Runs isa_probe, whose path is the macro ISA_PROBE, in a fresh process.
#ifndef PICOKERNELS_TESTS_PROBE_HPP
#define PICOKERNELS_TESTS_PROBE_HPP

#include "emulator.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace tested {

// The line that it prints. `environment` is arguments of the command env.
inline std::string probe(const std::string& environment, const std::string& arguments = "") {
    const std::string command = "env " + environment + " " + emulator() + " " ISA_PROBE " " + arguments;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
    std::array<char, 256> line{};
    return pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr ? line.data() : "";
}

} // namespace tested

#endif // PICOKERNELS_TESTS_PROBE_HPP
