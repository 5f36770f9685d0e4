// SPDX-License-Identifier: BSD-3-Clause
//
// QEMU emulates a process, but not the programs that it starts.
#ifndef PICOKERNELS_TESTS_EMULATOR_HPP
#define PICOKERNELS_TESTS_EMULATOR_HPP

#include <cstdlib>
#include <string>

namespace tested {

// The command by which this process and those that it starts run, with its options: that of the environment, or else
// the one by which this build runs its programs. "" on a real CPU.
inline std::string emulator() {
    const char* command = std::getenv("PICOKERNELS_TEST_EMULATOR"); // NOLINT(concurrency-mt-unsafe)
    return command != nullptr ? command : EMULATOR;
}

} // namespace tested

#endif // PICOKERNELS_TESTS_EMULATOR_HPP
