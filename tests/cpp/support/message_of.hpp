// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_TESTS_MESSAGE_OF_HPP
#define PICOKERNELS_TESTS_MESSAGE_OF_HPP

#include <stdexcept>
#include <string>

// The message of the std::invalid_argument that a call throws.
template <class Call> std::string message_of(Call call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing thrown";
}

#endif // PICOKERNELS_TESTS_MESSAGE_OF_HPP
