// SPDX-License-Identifier: BSD-3-Clause
// The extension module: the array type, the functions, and the choice of the ISA (see piconumpy/_isa.py).
#include "array.hpp"

#include <picokernels/picokernels.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace py = pybind11;

namespace {

py::tuple available_isas() {
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    return py::cast(names);
}

void activate_isa(const std::string& name) {
    const bool is_c_string = name.find('\0') == std::string::npos;
    const pk_status status = pk_set_isa(is_c_string ? name.c_str() : nullptr);
    if (status != PK_OK) {
        throw py::value_error(pk_status_message(status));
    }
}

// What PICOKERNELS_ISA asks for and why it is not available; None if there is no such error.
std::optional<std::pair<std::string, std::string>> unmet_isa_request() {
    const char* name = nullptr;
    const pk_status status = pk_isa_request(&name);
    if (status == PK_OK) {
        return std::nullopt;
    }
    return std::pair<std::string, std::string>{(name != nullptr) ? name : "", pk_status_message(status)};
}

} // namespace

PYBIND11_MODULE(_core, module) {
    module.doc() = "The compiled half of piconumpy.";
    if (!piconumpy::make_array_type_ready()) {
        throw py::error_already_set();
    }
    module.attr("array") = py::handle(reinterpret_cast<PyObject*>(&piconumpy::ArrayType));
    if (!piconumpy::add_functions(module.ptr())) {
        throw py::error_already_set();
    }

    module.def("active_isa", &pk_isa);
    module.def("available_isas", &available_isas);
    module.def("activate_isa", &activate_isa);
    module.def("unmet_isa_request", &unmet_isa_request);
    module.def("library_version", &pk_version);
    module.def("address",
               [](const py::buffer& buffer) { return reinterpret_cast<std::uintptr_t>(buffer.request().ptr); });
}
