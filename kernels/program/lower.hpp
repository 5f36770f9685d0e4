// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_PROGRAM_LOWER_HPP
#define PICOKERNELS_PROGRAM_LOWER_HPP

#include "code.hpp"
#include "simplify.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace picokernels::program {

// What `code` points to.
struct code_storage {
    std::vector<step> steps;
    std::vector<double> constants;
    std::vector<output> outputs;
    std::vector<used_input> used_inputs;
    std::size_t input_count = 0;
    std::size_t slot_count = 0;
    bool has_branches = false;

    code view() const noexcept {
        return {steps.data(), constants.data(), outputs.data(), used_inputs.data(),
                steps.size(), constants.size(), outputs.size(), used_inputs.size(),
                input_count,  slot_count,       has_branches};
    }
};

// Steps for the needed nodes, and a slot for each value while it is alive. Throws invalid_list if there are too many
// values alive at once.
code_storage lower(const graph& of);

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_LOWER_HPP
