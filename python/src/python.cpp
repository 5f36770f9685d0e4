// SPDX-License-Identifier: BSD-3-Clause
#include "python.hpp"

namespace piconumpy {

PyObject* call_python(const char* module, const char* function, PyObject* const* args, std::size_t positional,
                      PyObject* keyword_names) {
    const Ref names(Py_BuildValue("(s)", function)); // from module import function
    const Ref imported(names ? PyImport_ImportModuleLevel(module, nullptr, nullptr, names.get(), 0) : nullptr);
    const Ref callable(imported ? PyObject_GetAttrString(imported.get(), function) : nullptr);
    return callable ? PyObject_Vectorcall(callable.get(), args, positional, keyword_names) : nullptr;
}

} // namespace piconumpy
