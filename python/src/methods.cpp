// SPDX-License-Identifier: BSD-3-Clause
// The methods of the array type.
#include "array.hpp"
#include "conversion.hpp"
#include "doc_strings.hpp"

namespace piconumpy {

namespace {

PyObject* tolist(PyObject* self, PyObject*) {
    const ArrayObject* array = as_array(self);
    Ref list(PyList_New(array->n));
    if (!list) {
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < array->n; ++i) {
        PyObject* number = PyFloat_FromDouble(array->data[i]);
        if (number == nullptr) {
            return nullptr;
        }
        PyList_SET_ITEM(list.get(), i, number);
    }
    return list.release();
}

PyObject* copy(PyObject* self, PyObject*) { return copy_of(as_array(self)); }

PyObject* size_of(PyObject* self, PyObject*) { return PyLong_FromSize_t(allocated_bytes(as_array(self))); }

PyObject* reduce_ex(PyObject* self, PyObject* protocol) {
    return call_python("piconumpy._serialize", "reduce", self, protocol);
}

} // namespace

PyObject* array_repr(PyObject* self) { return call_python("piconumpy._text", "as_repr", self); }
PyObject* array_str(PyObject* self) { return call_python("piconumpy._text", "as_str", self); }

PyMethodDef array_methods[] = {
    {"tolist", tolist, METH_NOARGS, doc("array.tolist")},
    {"copy", copy, METH_NOARGS, doc("array.copy")},
    {"__copy__", copy, METH_NOARGS, doc("array.__copy__")},
    {"__deepcopy__", copy, METH_O, doc("array.__deepcopy__")},
    {"__reduce_ex__", reduce_ex, METH_O, doc("array.__reduce_ex__")},
    {"__sizeof__", size_of, METH_NOARGS, doc("array.__sizeof__")},
    {},
};

} // namespace piconumpy
