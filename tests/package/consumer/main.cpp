// SPDX-License-Identifier: BSD-3-Clause
#include <picokernels/picokernels.hpp>

#include <iostream>
#include <vector>

int main() {
    const std::vector<float> a{1, 2, 3};
    std::vector<float> out(3);
    picokernels::div(6.0F, a, out);
    std::cout << "on " << picokernels::isa() << ": " << out[0] << ' ' << out[1] << ' ' << out[2] << '\n';
    return out == std::vector<float>{6, 3, 2} ? 0 : 1;
}
