// SPDX-License-Identifier: BSD-3-Clause
#include "floats.hpp"

namespace piconumpy {

#ifndef Py_GIL_DISABLED

KeptFloats kept_floats;

bool fill_kept_floats() {
    for (PyObject*& kept : kept_floats.objects) {
        if (kept == nullptr) {
            kept = PyFloat_FromDouble(0.0);
        }
        if (kept == nullptr) {
            return false;
        }
    }
    return true;
}

PyObject* replace_kept_float(PyObject*& kept, double value) {
    PyObject* fresh = PyFloat_FromDouble(value);
    if (fresh != nullptr) {
        Py_DECREF(kept);
        kept = new_reference(fresh);
    }
    return fresh;
}

#endif

} // namespace piconumpy
