// SPDX-License-Identifier: BSD-3-Clause
// The array type. It is a static type, as CPython specialises calls of static types. It is final, so that one
// comparison checks for it.
#include "array.hpp"

#include "conversion.hpp"
#include "doc_strings.hpp"
#include "floats.hpp"

namespace piconumpy {

namespace {

[[gnu::cold]] PyObject* refuse_arguments(Py_ssize_t positional, bool has_keywords) {
    const Ref count(PyLong_FromSsize_t(positional));
    PyObject* const keywords = has_keywords ? Py_True : Py_False;
    return count ? call_python("piconumpy._conversion", "refuse_arguments", count.get(), keywords) : nullptr;
}

PyObject* array_vectorcall(PyObject*, PyObject* const* args, std::size_t nargsf, PyObject* keyword_names) {
    const Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    const bool has_keywords = keyword_names != nullptr && PyTuple_GET_SIZE(keyword_names) > 0;
    if (positional != 1 || has_keywords) [[unlikely]] {
        return refuse_arguments(positional, has_keywords);
    }
    PyObject* values = args[0];
#ifndef Py_GIL_DISABLED // without the GIL, another thread can change the list meanwhile
    if (PyList_CheckExact(values)) [[likely]] {
        return array_from_items(values, reinterpret_cast<PyListObject*>(values)->ob_item, PyList_GET_SIZE(values));
    }
#endif
    if (PyTuple_CheckExact(values)) {
        return array_from_items(values, reinterpret_cast<PyTupleObject*>(values)->ob_item, PyTuple_GET_SIZE(values));
    }
    return array_from_object(values);
}

// Reached only by array.__new__(array, values) and type.__call__(array, values).
PyObject* array_new(PyTypeObject*, PyObject* args, PyObject* keywords) {
    const bool has_keywords = keywords != nullptr && PyDict_Size(keywords) > 0;
    const Py_ssize_t positional = PyTuple_GET_SIZE(args);
    return positional == 1 && !has_keywords ? array_from_object(PyTuple_GET_ITEM(args, 0))
                                            : refuse_arguments(positional, has_keywords);
}

int export_buffer(PyObject* self, Py_buffer* view, int flags) {
    ArrayObject* array = as_array(self);
    static Py_ssize_t stride = sizeof(double);
    static char format[] = "d";
    const auto requested = [flags](int wanted) {
        return (static_cast<unsigned>(flags) & static_cast<unsigned>(wanted)) == static_cast<unsigned>(wanted);
    };
    view->obj = new_reference(self);
    view->buf = array->data;
    view->len = array->n * stride;
    view->itemsize = stride;
    view->readonly = 0;
    view->ndim = 1;
    view->format = requested(PyBUF_FORMAT) ? format : nullptr;
    view->shape = requested(PyBUF_ND) ? &array->n : nullptr;
    view->strides = requested(PyBUF_STRIDES) ? &stride : nullptr;
    view->suboffsets = nullptr;
    view->internal = nullptr;
    return 0;
}

PyBufferProcs buffer_methods = {.bf_getbuffer = export_buffer, .bf_releasebuffer = nullptr};

// Above NumPy's scalars (-1000000.0), so that np.float64(2) * a is an array, and below NumPy's arrays (0.0), so that
// ndarray + a is an ndarray.
bool set_numpy_priority(PyObject* dict) {
    const Ref priority(PyFloat_FromDouble(-1.0));
    return priority && PyDict_SetItemString(dict, "__array_priority__", priority.get()) == 0;
}

} // namespace

constinit PyTypeObject ArrayType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy.array";
    type.tp_doc = doc("array");
    type.tp_basicsize = sizeof(ArrayObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT;
#ifdef Py_TPFLAGS_SEQUENCE // from 3.10 on, `case [a, b]` matches an array
    type.tp_flags |= Py_TPFLAGS_SEQUENCE;
#endif
    type.tp_new = array_new;
    type.tp_vectorcall = array_vectorcall;
    type.tp_dealloc = deallocate_array;
    type.tp_as_number = &array_number_methods;
    type.tp_as_sequence = &array_sequence_methods;
    type.tp_as_mapping = &array_mapping_methods;
    type.tp_as_buffer = &buffer_methods;
    type.tp_richcompare = array_richcompare;
    type.tp_hash = PyObject_HashNotImplemented;
    type.tp_iter = array_iter;
    type.tp_repr = array_repr;
    type.tp_methods = array_methods;
    type.tp_getset = array_attributes;
    type.tp_weaklistoffset = offsetof(ArrayObject, weak_references);
    return type;
}();

bool make_array_type_ready() {
    if (ArrayType.tp_dict == nullptr) {
        ArrayType.tp_dict = PyDict_New();
        if (ArrayType.tp_dict == nullptr || !set_numpy_priority(ArrayType.tp_dict)) {
            return false;
        }
    }
    return PyType_Ready(&ArrayType) == 0 && make_iterator_type_ready() && fill_kept_floats();
}

} // namespace piconumpy
