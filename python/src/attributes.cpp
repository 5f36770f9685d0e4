// SPDX-License-Identifier: BSD-3-Clause
// The attributes of the array type.
#include "array.hpp"
#include "doc_strings.hpp"

namespace piconumpy {

namespace {

PyObject* size(PyObject* self, void*) { return PyLong_FromSsize_t(as_array(self)->n); }
PyObject* shape(PyObject* self, void*) { return Py_BuildValue("(n)", as_array(self)->n); }
PyObject* ndim(PyObject*, void*) { return PyLong_FromLong(1); }
PyObject* itemsize(PyObject*, void*) { return PyLong_FromSize_t(sizeof(double)); }
PyObject* nbytes(PyObject* self, void*) {
    return PyLong_FromSsize_t(as_array(self)->n * static_cast<Py_ssize_t>(sizeof(double)));
}
PyObject* typecode(PyObject*, void*) { return PyUnicode_FromString("d"); }
PyObject* dtype(PyObject*, void*) { return call_python("piconumpy._numpy", "dtype"); }
PyObject* transposed(PyObject* self, void*) { return new_reference(self); }

} // namespace

PyGetSetDef array_attributes[] = {
    {"size", size, nullptr, doc("array.size"), nullptr},
    {"shape", shape, nullptr, doc("array.shape"), nullptr},
    {"ndim", ndim, nullptr, doc("array.ndim"), nullptr},
    {"nbytes", nbytes, nullptr, doc("array.nbytes"), nullptr},
    {"itemsize", itemsize, nullptr, doc("array.itemsize"), nullptr},
    {"typecode", typecode, nullptr, doc("array.typecode"), nullptr},
    {"dtype", dtype, nullptr, doc("array.dtype"), nullptr},
    {"T", transposed, nullptr, doc("array.T"), nullptr},
    {},
};

} // namespace piconumpy
