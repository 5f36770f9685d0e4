// SPDX-License-Identifier: BSD-3-Clause
// The array type itself. It is a static type, which CPython takes for immutable and whose calls it specialises; it is
// final, so that every check for it is one comparison.
#include "array.hpp"

#include "conversion.hpp"
#include "floats.hpp"

namespace piconumpy {

namespace {

[[gnu::cold]] void set_arguments_error(Py_ssize_t positional, bool has_keywords) {
    if (has_keywords) {
        PyErr_SetString(PyExc_TypeError, "array() takes no keyword arguments");
    } else {
        PyErr_Format(PyExc_TypeError, "array() takes exactly one argument (%zd given)%s", positional,
                     positional > 1 ? ": did you mean array([...])?" : "");
    }
}

PyObject* array_vectorcall(PyObject*, PyObject* const* args, std::size_t nargsf, PyObject* keyword_names) {
    const Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    const bool has_keywords = keyword_names != nullptr && PyTuple_GET_SIZE(keyword_names) > 0;
    if (positional != 1 || has_keywords) [[unlikely]] {
        set_arguments_error(positional, has_keywords);
        return nullptr;
    }
    PyObject* values = args[0];
#ifndef Py_GIL_DISABLED // without the GIL another thread may change the list meanwhile
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
    if (positional == 1 && !has_keywords) {
        return array_from_object(PyTuple_GET_ITEM(args, 0));
    }
    set_arguments_error(positional, has_keywords);
    return nullptr;
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

// Above NumPy's scalars (-1000000.0), so that np.float64(2) * a is ours, and below its arrays (0.0), so that
// ndarray + a is theirs.
bool set_numpy_priority(PyObject* dict) {
    const Ref priority(PyFloat_FromDouble(-1.0));
    return priority && PyDict_SetItemString(dict, "__array_priority__", priority.get()) == 0;
}

constexpr const char array_doc[] = R"(array(values, /)
--

A one-dimensional array of float64 numbers, of fixed length and mutable.

Parameters
----------
values : iterable of real numbers, float64 buffer, or array
    A list, a tuple, any other iterable of real numbers (int, float, Fraction, NumPy scalars, whatever has
    ``__float__`` or ``__index__`` and is not complex), or a one-dimensional buffer of float64, strided ones too (a
    NumPy array, ``array.array('d')``, a memoryview). The numbers are always copied.

Raises
------
TypeError
    If an element is not a real number (the message tells its index and type), or if there is more than one dimension.
OverflowError
    If an int is too large for a float.

Notes
-----
``+ - * /`` work elementwise between arrays of one length (else ValueError) and with real scalars on either side;
they make new arrays, also ``-a``, ``+a`` and ``abs(a)``. ``+= -= *= /=`` change the array in place, and take any
buffer too. Every result is the correctly rounded IEEE 754 one; division by zero gives inf or nan. From 32768
numbers on other threads may run meanwhile.

Indices may be negative. A slice is a new array that shares nothing with the old one, as with lists. ``a[i:j] = x``
takes as many numbers as the slice has, or one for all; on any error nothing is written.

``a == b`` between arrays is one bool: equal length and equal numbers (nan equals nothing). Arrays are not ordered and
not hashable. ``x in a`` compares as numbers; what is no real number is not in it. An array is true if it is not empty.

An array exports its memory, which never moves, as a writable buffer: ``np.asarray(a)`` shares it. ``a + ndarray`` and
``ndarray + a`` are NumPy's and give an ndarray.

``repr`` evaluates back to an equal array (given ``array`` alone); ``str`` shows the ends only beyond 1000 numbers.

Examples
--------
>>> from piconumpy import array
>>> x = array([1, 2, 4])
>>> 2 * x + x / 4
array([2.25, 4.5, 9.0])
>>> x[-1]
4.0
>>> x[::2] = 0
>>> x
array([0.0, 2.0, 0.0])
>>> x += 1
>>> x.tolist()
[1.0, 3.0, 1.0]
>>> 1 / array([0, -2])
array([float('inf'), -0.5])
>>> array([1, "2"])
Traceback (most recent call last):
    ...
TypeError: element 1 is not a real number but str
>>> array([1, 2]) + array([1, 2, 3])
Traceback (most recent call last):
    ...
ValueError: add: the lengths differ: 2 and 3
)";

} // namespace

constinit PyTypeObject ArrayType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy.array";
    type.tp_doc = array_doc;
    type.tp_basicsize = sizeof(ArrayObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT;
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
    type.tp_str = array_str;
    type.tp_methods = array_methods;
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
