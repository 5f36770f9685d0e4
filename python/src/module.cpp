// SPDX-License-Identifier: BSD-3-Clause
// The extension module: the array type, the functions, and the choice of the ISA (see piconumpy/_isa.py).
#include "array.hpp"
#include "conversion.hpp"
#include "guards.hpp"
#include "programs.hpp"

#include <picokernels/picokernels.h>

#include <cstring>
#include <vector>

namespace piconumpy {

namespace {

PyObject* active_isa(PyObject*, PyObject*) { return PyUnicode_FromString(pk_isa()); }

PyObject* available_isas(PyObject*, PyObject*) {
    std::vector<const char*> names(pk_available_isas(nullptr, 0));
    pk_available_isas(names.data(), names.size());
    Ref result(PyTuple_New(static_cast<Py_ssize_t>(names.size())));
    for (Py_ssize_t i = 0; result && i < PyTuple_GET_SIZE(result.get()); ++i) {
        PyObject* name = PyUnicode_FromString(names[static_cast<std::size_t>(i)]);
        if (name == nullptr) {
            return nullptr;
        }
        PyTuple_SET_ITEM(result.get(), i, name);
    }
    return result.release();
}

PyObject* activate_isa(PyObject*, PyObject* name) {
    const char* text = nullptr;
    Py_ssize_t size = 0;
    if (PyArg_Parse(name, "s#", &text, &size) == 0) {
        return nullptr;
    }
    const bool is_c_string = std::memchr(text, '\0', static_cast<std::size_t>(size)) == nullptr;
    const pk_status status = pk_set_isa(is_c_string ? text : nullptr);
    if (status != PK_OK) {
        PyErr_SetString(PyExc_ValueError, pk_status_message(status));
        return nullptr;
    }
    Py_RETURN_NONE;
}

// What PICOKERNELS_ISA asks for, as bytes, and why it is not available; None if there is no such error.
PyObject* unmet_isa_request(PyObject*, PyObject*) {
    const char* name = nullptr;
    const pk_status status = pk_isa_request(&name);
    if (status == PK_OK) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("ys", name != nullptr ? name : "", pk_status_message(status));
}

PyObject* library_version(PyObject*, PyObject*) { return PyUnicode_FromString(pk_version()); }

PyObject* address(PyObject*, PyObject* buffer) {
    BufferView view;
    return view.acquire(buffer) ? PyLong_FromVoidPtr(view->buf) : nullptr;
}

PyMethodDef module_methods[] = {
    {"active_isa", active_isa, METH_NOARGS, nullptr},
    {"available_isas", available_isas, METH_NOARGS, nullptr},
    {"activate_isa", activate_isa, METH_O, nullptr},
    {"unmet_isa_request", unmet_isa_request, METH_NOARGS, nullptr},
    {"library_version", library_version, METH_NOARGS, nullptr},
    {"address", address, METH_O, nullptr},
    {},
};

// The type is static, and arrays and floats that are kept for reuse serve the whole process. Another interpreter can
// have its own GIL and its own allocator.
bool is_in_main_interpreter() {
    if (PyInterpreterState_Get() == PyInterpreterState_Main()) {
        return true;
    }
    PyErr_SetString(PyExc_ImportError,
                    "piconumpy can't be imported in a subinterpreter, only in the main interpreter");
    return false;
}

PyObject* begin_to_end(PyObject*, PyObject*) {
    is_ending = true;
    Py_RETURN_NONE;
}

PyMethodDef at_exit = {"at_exit", begin_to_end, METH_NOARGS, nullptr};

// Python calls what is registered with atexit before it ends daemon threads.
bool watch_end() {
    const Ref function(PyCFunction_New(&at_exit, nullptr));
    return function && Ref(call_python("atexit", "register", function.get()));
}

int execute(PyObject* module) {
    const bool is_ready = is_in_main_interpreter() && watch_end() && make_array_type_ready() &&
                          add_functions(module) && add_program_type(module) && add_guards_type(module) &&
                          add_jitted_types(module) && add_integrators(module) &&
                          PyObject_SetAttrString(module, "array", reinterpret_cast<PyObject*>(&ArrayType)) == 0;
    return is_ready ? 0 : -1;
}

PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {},
};

constinit PyModuleDef module_definition = []() noexcept {
    const PyModuleDef_Base head[] = {PyModuleDef_HEAD_INIT};
    PyModuleDef definition = {};
    definition.m_base = head[0];
    definition.m_name = "piconumpy._core";
    definition.m_doc = "The compiled half of piconumpy.";
    definition.m_methods = module_methods;
    definition.m_slots = module_slots;
    return definition;
}();

} // namespace

} // namespace piconumpy

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that the interpreter looks for
PyMODINIT_FUNC PyInit__core() { return PyModuleDef_Init(&piconumpy::module_definition); }
