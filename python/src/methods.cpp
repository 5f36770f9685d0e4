// SPDX-License-Identifier: BSD-3-Clause
// The array's text forms and its methods.
#include "array.hpp"
#include "conversion.hpp"

#include <cmath>

namespace piconumpy {

namespace {

// ---- text ---------------------------------------------------------------------------------------------------------

PyObject* number_text(double value) {
    if (std::isnan(value)) {
        return PyUnicode_FromString("float('nan')");
    }
    if (std::isinf(value)) {
        return PyUnicode_FromString(value > 0 ? "float('inf')" : "float('-inf')");
    }
    char* digits = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    if (digits == nullptr) {
        return nullptr;
    }
    PyObject* text = PyUnicode_FromString(digits);
    PyMem_Free(digits);
    return text;
}

bool append_texts(PyObject* list, const double* first, const double* last) {
    for (; first != last; ++first) {
        const Ref text(number_text(*first));
        if (!text || PyList_Append(list, text.get()) < 0) {
            return false;
        }
    }
    return true;
}

PyObject* joined(PyObject* texts, const char* format, Py_ssize_t n) {
    const Ref comma(PyUnicode_FromString(", "));
    const Ref numbers(comma ? PyUnicode_Join(comma.get(), texts) : nullptr);
    return numbers ? PyUnicode_FromFormat(format, numbers.get(), n) : nullptr;
}

// Beyond this length, str() shows the ends only.
constexpr Py_ssize_t str_limit = 1000;
constexpr Py_ssize_t str_edge = 3;

// ---- methods ------------------------------------------------------------------------------------------------------

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

// Written in Python, so that every implementation of the array pickles alike.
PyObject* reduce_ex(PyObject* self, PyObject* protocol) {
    const Ref module(PyImport_ImportModule("piconumpy._serialize"));
    const Ref reduce(module ? PyObject_GetAttrString(module.get(), "reduce") : nullptr);
    PyObject* const arguments[] = {self, protocol};
    return reduce ? PyObject_Vectorcall(reduce.get(), arguments, 2, nullptr) : nullptr;
}

constexpr const char tolist_doc[] = R"(tolist($self, /)
--

The numbers as a list of float.

Examples
--------
>>> from piconumpy import array
>>> array([1, 2.5]).tolist()
[1.0, 2.5]
)";

constexpr const char copy_doc[] = R"(copy($self, /)
--

A new array with the same numbers.

Examples
--------
>>> from piconumpy import array
>>> a = array([1, 2])
>>> b = a.copy()
>>> b[0] = 5
>>> a
array([1.0, 2.0])
)";

} // namespace

PyObject* array_repr(PyObject* self) {
    const ArrayObject* array = as_array(self);
    const Ref texts(PyList_New(0));
    if (!texts || !append_texts(texts.get(), array->data, array->data + array->n)) {
        return nullptr;
    }
    return joined(texts.get(), "array([%U])", array->n);
}

PyObject* array_str(PyObject* self) {
    const ArrayObject* array = as_array(self);
    if (array->n <= str_limit) {
        return array_repr(self);
    }
    const double* end = array->data + array->n;
    const Ref texts(PyList_New(0));
    const Ref dots(PyUnicode_FromString("..."));
    if (!texts || !dots || !append_texts(texts.get(), array->data, array->data + str_edge) ||
        PyList_Append(texts.get(), dots.get()) < 0 || !append_texts(texts.get(), end - str_edge, end)) {
        return nullptr;
    }
    return joined(texts.get(), "array([%U], length %zd)", array->n);
}

PyMethodDef array_methods[] = {
    {"tolist", tolist, METH_NOARGS, tolist_doc},
    {"copy", copy, METH_NOARGS, copy_doc},
    {"__copy__", copy, METH_NOARGS, "__copy__($self, /)\n--\n\nFor copy.copy()."},
    {"__deepcopy__", copy, METH_O, "__deepcopy__($self, memo, /)\n--\n\nFor copy.deepcopy()."},
    {"__reduce_ex__", reduce_ex, METH_O, "__reduce_ex__($self, protocol, /)\n--\n\nFor pickle."},
    {"__sizeof__", size_of, METH_NOARGS, "__sizeof__($self, /)\n--\n\nSize in memory, in bytes."},
    {},
};

} // namespace piconumpy
