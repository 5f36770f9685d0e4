// SPDX-License-Identifier: BSD-3-Clause
#include "python.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace piconumpy {

// PyGILState_Check() returns 1 in every thread once the process has had a subinterpreter.
void hang_without_gil() {
#if PY_VERSION_HEX >= 0x030D0000
    const PyThreadState* active = PyThreadState_GetUnchecked();
#else
    const PyThreadState* active = _PyThreadState_UncheckedGet(); // in any thread
#endif
    while (active == nullptr || active != PyGILState_GetThisThreadState()) {
        std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

PyObject* call_python(const char* module, const char* function, PyObject* const* args, std::size_t positional,
                      PyObject* keyword_names) {
    const Ref names(Py_BuildValue("(s)", function)); // from module import function
    const Ref imported(names ? PyImport_ImportModuleLevel(module, nullptr, nullptr, names.get(), 0) : nullptr);
    const Ref callable(imported ? PyObject_GetAttrString(imported.get(), function) : nullptr);
    return callable ? PyObject_Vectorcall(callable.get(), args, positional, keyword_names) : nullptr;
}

PyObject* call_python(const char* module, const char* function, const Ref& tuple) {
    PyObject* const* items = reinterpret_cast<PyTupleObject*>(tuple.get())->ob_item;
    return call_python(module, function, items, static_cast<std::size_t>(PyTuple_GET_SIZE(tuple.get())));
}

PyObject* call_python(const char* module, const char* function, std::initializer_list<PyObject*> first,
                      PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    const Py_ssize_t keywords = keyword_names != nullptr ? PyTuple_GET_SIZE(keyword_names) : 0;
    const auto leading = static_cast<Py_ssize_t>(first.size());
    const Ref all(PyTuple_New(leading + positional + keywords));
    if (!all) {
        return nullptr;
    }
    PyObject** items = reinterpret_cast<PyTupleObject*>(all.get())->ob_item;
    std::ranges::transform(first, items, new_reference);
    std::transform(args, args + positional + keywords, items + leading, new_reference);
    return call_python(module, function, items, static_cast<std::size_t>(leading + positional), keyword_names);
}

} // namespace piconumpy
