// SPDX-License-Identifier: BSD-3-Clause
// a[i], a[i:j:k], their assignment, and `in`.
#include "array.hpp"
#include "conversion.hpp"
#include "elementwise.hpp"
#include "floats.hpp"

#include <algorithm>

namespace piconumpy {

namespace {

bool is_inside(Py_ssize_t index, Py_ssize_t n) {
    return static_cast<std::size_t>(index) < static_cast<std::size_t>(n);
}

[[gnu::cold]] void set_index_error(Py_ssize_t index, Py_ssize_t n) {
    PyErr_Format(PyExc_IndexError, "index %zd is out of range for an array of length %zd", index, n);
}

// The offset of the element that an integer key means; false with an error set.
bool find_offset(const ArrayObject* array, PyObject* key, Py_ssize_t& offset) {
    if (PyIndex_Check(key) == 0) {
        PyErr_Format(PyExc_TypeError, "array indices must be integers or slices, not %s", type_name(key));
        return false;
    }
    const Py_ssize_t index = PyNumber_AsSsize_t(key, nullptr); // clipped if it is too large: out of range anyway
    if (index == -1 && PyErr_Occurred() != nullptr) {
        return false;
    }
    offset = index < 0 ? index + array->n : index;
    if (is_inside(offset, array->n)) {
        return true;
    }
    if (index == PY_SSIZE_T_MAX || index == PY_SSIZE_T_MIN) {
        PyErr_Format(PyExc_IndexError, "the index is too large for an array of length %zd", array->n);
    } else {
        set_index_error(index, array->n);
    }
    return false;
}

struct Slice {
    Py_ssize_t start = 0, step = 1, n = 0;

    bool load(PyObject* slice, const ArrayObject* array) { // false with an error set
        Py_ssize_t stop;
        if (PySlice_Unpack(slice, &start, &stop, &step) < 0) {
            return false;
        }
        n = PySlice_AdjustIndices(array->n, &start, &stop, step);
        return true;
    }
};

PyObject* get_slice(const ArrayObject* array, PyObject* key) {
    Slice slice;
    if (!slice.load(key, array)) {
        return nullptr;
    }
    ArrayObject* result = new_array(slice.n);
    if (result == nullptr) {
        return nullptr;
    }
    if (slice.step == 1) {
        std::copy_n(array->data + slice.start, slice.n, result->data);
    } else {
        for (Py_ssize_t i = 0; i < slice.n; ++i) {
            result->data[i] = array->data[slice.start + i * slice.step];
        }
    }
    return as_object(result);
}

template <class Source> void write_slice(ArrayObject* array, const Slice& slice, Source source) {
    for (Py_ssize_t i = 0; i < slice.n; ++i) {
        array->data[slice.start + i * slice.step] = source[static_cast<std::size_t>(i)];
    }
}

int set_slice(ArrayObject* array, PyObject* key, PyObject* value) {
    Slice slice;
    Values values;
    if (!slice.load(key, array) || !values.load(value, *array)) {
        return -1;
    }
    if (values.is_scalar) {
        write_slice(array, slice, Scalar<double>{values.scalar});
    } else if (values.n != slice.n) {
        const Ref lengths(Py_BuildValue("(nn)", values.n, slice.n));
        const Ref refusal(lengths ? call_python("piconumpy._conversion", "refuse_assignment", lengths) : nullptr);
        return -1;
    } else if (slice.step == 1) {
        std::copy_n(values.data, slice.n, array->data + slice.start);
    } else {
        write_slice(array, slice, Elements<double>{values.data});
    }
    return 0;
}

[[gnu::noinline]] PyObject* get_general(const ArrayObject* array, PyObject* key) {
    if (PySlice_Check(key)) {
        return get_slice(array, key);
    }
    if (PyTuple_Check(key)) {
        PyObject* self = as_object(const_cast<ArrayObject*>(array)); // NOLINT(cppcoreguidelines-pro-type-const-cast)
        return call_python("piconumpy._numpy", "with_axes", self, key);
    }
    Py_ssize_t offset;
    return find_offset(array, key, offset) ? new_float(array->data[offset]) : nullptr;
}

// The same for a key that is an exact short int in range; false, without an error, for every other key.
bool exact_offset(const ArrayObject* array, PyObject* key, Py_ssize_t& offset) {
    if (!PyLong_CheckExact(key) || !compact_int(key, offset)) [[unlikely]] {
        return false;
    }
    if (offset < 0) {
        offset += array->n;
    }
    return is_inside(offset, array->n);
}

PyObject* get_subscript(PyObject* self, PyObject* key) {
    const ArrayObject* array = as_array(self);
    if (Py_ssize_t offset; exact_offset(array, key, offset)) [[likely]] {
        return new_float(array->data[offset]);
    }
    return get_general(array, key);
}

[[gnu::noinline]] int set_general(ArrayObject* array, PyObject* key, PyObject* value) {
    if (value == nullptr) {
        PyErr_SetString(PyExc_TypeError, "items of an array can't be deleted: its length is fixed");
        return -1;
    }
    if (PySlice_Check(key)) {
        return set_slice(array, key, value);
    }
    double number;
    Py_ssize_t offset;
    if (!find_offset(array, key, offset) || !named_value(value, "the value", number)) {
        return -1;
    }
    array->data[offset] = number;
    return 0;
}

int set_subscript(PyObject* self, PyObject* key, PyObject* value) {
    ArrayObject* array = as_array(self);
    Py_ssize_t offset;
    if (value != nullptr && exact_offset(array, key, offset) && exact_number(value, array->data[offset])) [[likely]] {
        return 0;
    }
    return set_general(array, key, value);
}

Py_ssize_t length(PyObject* self) { return as_array(self)->n; }

// For the sequence protocol (reversed), which adds the length to negative indices before.
PyObject* get_item(PyObject* self, Py_ssize_t index) {
    const ArrayObject* array = as_array(self);
    if (is_inside(index, array->n)) {
        return new_float(array->data[index]);
    }
    set_index_error(index, array->n);
    return nullptr;
}

int contains(PyObject* self, PyObject* object) {
    const ArrayObject* array = as_array(self);
    double value;
    switch (equal_value(object, value)) {
    case Conversion::not_a_number:
        return 0;
    case Conversion::failed:
        return -1;
    case Conversion::done:
        break;
    }
    return static_cast<int>(std::find(array->data, array->data + array->n, value) != array->data + array->n);
}

} // namespace

constinit PySequenceMethods array_sequence_methods = []() noexcept {
    PySequenceMethods methods = {};
    methods.sq_length = length;
    methods.sq_item = get_item;
    methods.sq_contains = contains;
    return methods;
}();

PyMappingMethods array_mapping_methods = {
    .mp_length = length,
    .mp_subscript = get_subscript,
    .mp_ass_subscript = set_subscript,
};

} // namespace piconumpy
