// SPDX-License-Identifier: BSD-3-Clause
//
// The bodies of the C functions that tell and choose the ISA.
#include "dispatch.hpp"

#include <algorithm>

extern "C" {

const char* pk_isa() noexcept { return picokernels::publish_active_table().isa; }

size_t pk_available_isas(const char** names, size_t capacity) noexcept {
    const auto tables = picokernels::available_tables();
    for (size_t i = 0; i < std::min(capacity, tables.size()); ++i) {
        names[i] = tables[i]->isa;
    }
    return tables.size();
}

pk_status pk_set_isa(const char* name) noexcept { return picokernels::set_active_isa(name); }

pk_status pk_isa_request(const char** name) noexcept { return picokernels::environment_request(name); }

const char* pk_status_message(pk_status status) noexcept {
    switch (status) {
    case PK_OK:
        return "no error";
    case PK_ERROR_UNKNOWN_ISA:
        return "no ISA of that name is built into libpicokernels";
    case PK_ERROR_UNSUPPORTED_ISA:
        return "this CPU or operating system does not support that ISA";
    case PK_ERROR_INVALID_PROGRAM:
        return "the list of instructions has an error";
    case PK_ERROR_LIMIT:
        return "the list of instructions exceeds a limit";
    case PK_ERROR_OUT_OF_MEMORY:
        return "there is not enough memory";
    case PK_ERROR_NOT_ITERABLE:
        return "the program has more outputs than inputs";
    case PK_ERROR_TROUBLE:
        return "an operation of the program failed";
    case PK_ERROR_INVALID_PROBLEM:
        return "a member of the problem is wrong";
    case PK_ERROR_CALLBACK:
        return "a function of the problem ended the run";
    case PK_ERROR_NOT_DENSE:
        return "the solution has no dense output";
    }
    return "unknown status";
}

#define PK_TEXT_OF(x) #x
#define PK_TEXT(x) PK_TEXT_OF(x)
const char* pk_version() noexcept {
    return PK_TEXT(PICOKERNELS_VERSION_MAJOR) "." PK_TEXT(PICOKERNELS_VERSION_MINOR) "." PK_TEXT(
        PICOKERNELS_VERSION_PATCH);
}

} // extern "C"
