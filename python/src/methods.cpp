// SPDX-License-Identifier: BSD-3-Clause
// The methods of the array type.
#include "array.hpp"
#include "conversion.hpp"
#include "doc_strings.hpp"
#include "elementwise.hpp"
#include "ndarrays.hpp"
#include "reductions.hpp"

#include <algorithm>

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

PyObject* tobytes(PyObject* self, PyObject*) {
    const ArrayObject* array = as_array(self);
    return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(array->data),
                                     array->n * static_cast<Py_ssize_t>(sizeof(double)));
}

PyObject* copy(PyObject* self, PyObject*) { return copy_of(as_array(self)); }

PyObject* size_of(PyObject* self, PyObject*) { return PyLong_FromSize_t(allocated_bytes(as_array(self))); }

PyObject* reduce_ex(PyObject* self, PyObject* protocol) {
    return call_python("piconumpy._serialize", "reduce", self, protocol);
}

PyObject* format(PyObject* self, PyObject* specification) {
    return call_python("piconumpy._text", "as_format", self, specification);
}

PyObject* fill(PyObject* self, PyObject* value) {
    const ArrayObject* array = as_array(self);
    double number;
    if (!named_value(value, "the value", number)) {
        return nullptr;
    }
    std::fill_n(array->data, array->n, number);
    Py_RETURN_NONE;
}

PyObject* count(PyObject* self, PyObject* object) {
    const ArrayObject* array = as_array(self);
    double value;
    switch (equal_value(object, value)) {
    case Conversion::not_a_number:
        return PyLong_FromLong(0);
    case Conversion::failed:
        return nullptr;
    case Conversion::done:
        break;
    }
    return PyLong_FromSsize_t(std::count(array->data, array->data + array->n, value));
}

// For an exact number that is found without limits of the search.
PyObject* index(PyObject* self, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    const ArrayObject* array = as_array(self);
    if (double value; positional == 1 && keyword_names == nullptr && exact_number(args[0], value)) {
        const Py_ssize_t found = std::find(array->data, array->data + array->n, value) - array->data;
        if (found != array->n) {
            return PyLong_FromSsize_t(found);
        }
    }
    return call_python("piconumpy._methods", "index", {self}, args, positional, keyword_names);
}

// For bounds that are exact numbers; the others may be arrays, or None.
PyObject* clip(PyObject* self, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    const ArrayObject* array = as_array(self);
    double lower;
    double upper;
    if (positional != 2 || keyword_names != nullptr || !exact_number(args[0], lower) ||
        !exact_number(args[1], upper)) {
        return call_python("piconumpy._methods", "clip", {self}, args, positional, keyword_names);
    }
    ArrayObject* result = new_array(array->n);
    if (result != nullptr) {
        const Elements<double> numbers{result->data};
        const auto n = static_cast<std::size_t>(array->n);
        apply<operations::maximum>(result->data, n, Elements<double>{array->data}, Scalar<double>{lower});
        apply<operations::minimum>(result->data, n, numbers, Scalar<double>{upper});
    }
    return as_object(result);
}

PyObject* round(PyObject* self, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    return call_python("piconumpy._methods", "rounded", {self}, args, positional, keyword_names);
}

// A method's name as an argument of a template.
template <std::size_t N> struct Name {
    char text[N] = {};
    consteval Name(const char (&name)[N]) { std::copy_n(name, N, text); } // NOLINT(*-explicit-constructor)
};

// NumPy's method with arguments, if NumPy is imported and there are few of them, none of which is an array.
PyObject* method_of_ndarray(PyObject* self, PyObject* name, PyObject* const* args, Py_ssize_t positional,
                            PyObject* keyword_names) {
    constexpr Py_ssize_t most = 8;
    const Py_ssize_t count = positional + (keyword_names != nullptr ? PyTuple_GET_SIZE(keyword_names) : 0);
    if (count > most || std::any_of(args, args + count, is_array) || !knows_numpy()) {
        return call_python("piconumpy._numpy", "method", {self, name}, args, positional, keyword_names);
    }
    const Ref ndarray(as_ndarray(self));
    if (!ndarray) {
        return nullptr;
    }
    PyObject* all[1 + most] = {ndarray.get()}; // NOLINT(misc-const-correctness): set below
    std::copy_n(args, count, all + 1);
    return PyObject_VectorcallMethod(name, all, static_cast<std::size_t>(1 + positional), keyword_names);
}

// Arguments are NumPy's. With any of them, the method of its array computes: so np.sum(a) is what NumPy makes of it.
template <Name name, PyObject* (*reduce)(const ArrayObject*)>
PyObject* reduction(PyObject* self, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    if (positional == 0 && keyword_names == nullptr) [[likely]] {
        return reduce(as_array(self));
    }
    const Ref text(PyUnicode_FromString(name.text));
    return text ? method_of_ndarray(self, text.get(), args, positional, keyword_names) : nullptr;
}

} // namespace

PyObject* array_repr(PyObject* self) { return call_python("piconumpy._text", "as_repr", self); }

#define PICONUMPY_REDUCTION(name)                                                                                    \
    {#name, as_method(reduction<#name, reductions::name>), fast_keywords, doc("array." #name)}

PyMethodDef array_methods[] = {
    PICONUMPY_REDUCTION(sum),
    PICONUMPY_REDUCTION(prod),
    PICONUMPY_REDUCTION(mean),
    PICONUMPY_REDUCTION(min),
    PICONUMPY_REDUCTION(max),
    PICONUMPY_REDUCTION(argmin),
    PICONUMPY_REDUCTION(argmax),
    PICONUMPY_REDUCTION(any),
    PICONUMPY_REDUCTION(all),
    {"dot", reductions::dot, METH_O, doc("array.dot")},
    {"clip", as_method(clip), fast_keywords, doc("array.clip")},
    {"fill", fill, METH_O, doc("array.fill")},
    {"index", as_method(index), fast_keywords, doc("array.index")},
    {"count", count, METH_O, doc("array.count")},
    {"tolist", tolist, METH_NOARGS, doc("array.tolist")},
    {"tobytes", tobytes, METH_NOARGS, doc("array.tobytes")},
    {"copy", copy, METH_NOARGS, doc("array.copy")},
    {"__copy__", copy, METH_NOARGS, doc("array.__copy__")},
    {"__deepcopy__", copy, METH_O, doc("array.__deepcopy__")},
    {"__reduce_ex__", reduce_ex, METH_O, doc("array.__reduce_ex__")},
    {"__sizeof__", size_of, METH_NOARGS, doc("array.__sizeof__")},
    {"__format__", format, METH_O, doc("array.__format__")},
    {"__round__", as_method(round), fast_keywords, doc("array.__round__")},
    {"__array_ufunc__", as_method(array_ufunc), fast_keywords, doc("array.__array_ufunc__")},
    {"__dlpack__", as_method(array_dlpack), fast_keywords, doc("array.__dlpack__")},
    {"__dlpack_device__", array_dlpack_device, METH_NOARGS, doc("array.__dlpack_device__")},
    {},
};

} // namespace piconumpy
