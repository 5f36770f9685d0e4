// SPDX-License-Identifier: BSD-3-Clause
#include "conversion.hpp"

#include <bit>
#include <cstring>

namespace piconumpy {

namespace {

bool is_iterable(PyObject* object) { return Py_TYPE(object)->tp_iter || PySequence_Check(object) != 0; }

// The float that a function of the Python module returns, or None for what is not a number.
template <class... Arguments> Conversion ask(double& value, const char* function, Arguments... arguments) {
    const Ref number(call_python("piconumpy._conversion", function, arguments...));
    if (number.get() == Py_None) {
        return Conversion::not_a_number;
    }
    value = number ? PyFloat_AsDouble(number.get()) : -1.0;
    return value == -1.0 && PyErr_Occurred() != nullptr ? Conversion::failed : Conversion::done;
}

} // namespace

bool plain_value(PyObject* object, double& value) {
    if (PyFloat_Check(object)) {
        value = PyFloat_AS_DOUBLE(object);
        return true;
    }
    if (!PyLong_Check(object)) {
        return false;
    }
    value = PyLong_AsDouble(object);
    const bool is_too_large = value == -1.0 && PyErr_Occurred() != nullptr;
    if (is_too_large) {
        PyErr_Clear();
    }
    return !is_too_large;
}

Conversion element_value(PyObject* object, double& value) {
    return plain_value(object, value) ? Conversion::done : ask(value, "element_value", object);
}

Conversion scalar_value(PyObject* object, double& value) {
    return plain_value(object, value) ? Conversion::done : ask(value, "scalar_value", object);
}

Conversion equal_value(PyObject* object, double& value) {
    return exact_number(object, value) ? Conversion::done : ask(value, "equal_value", object);
}

bool named_value(PyObject* object, const char* name, double& value) {
    if (exact_number(object, value) || plain_value(object, value)) {
        return true;
    }
    const Ref text(PyUnicode_FromString(name));
    return text && ask(value, "named_value", object, text.get()) == Conversion::done;
}

bool clear_refusal() {
    if (PyErr_ExceptionMatches(PyExc_BufferError) == 0 && PyErr_ExceptionMatches(PyExc_TypeError) == 0) {
        return false;
    }
    PyErr_Clear();
    return true;
}

namespace {

// NumPy's float64 dtype object. NumPy's arrays write the format string anew for every buffer request, which takes as
// long as the rest of the request. An array that has this very dtype object needs no format.
class KnownDtype {
  public:
    bool is_of(PyObject* object) const {
        if (Py_TYPE(object) != type_) {
            return false;
        }
        const Ref dtype(get_(object, closure_));
        if (!dtype) {
            PyErr_Clear();
        }
        return dtype.get() == dtype_;
    }

    // Learns from an exporter of float64 numbers, and leaves no error. The type is static: its attributes stay.
    void learn(PyObject* exporter) {
        PyTypeObject* type = Py_TYPE(exporter);
        if (type_ != nullptr || std::strcmp(type->tp_name, "numpy.ndarray") != 0 ||
            PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) != 0 || type->tp_as_buffer->bf_releasebuffer != nullptr) {
            return;
        }
        const Ref attribute(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "dtype"));
        if (attribute && Py_IS_TYPE(attribute.get(), &PyGetSetDescr_Type)) {
            const PyGetSetDef* definition = reinterpret_cast<PyGetSetDescrObject*>(attribute.get())->d_getset;
            dtype_ = definition->get != nullptr ? definition->get(exporter, definition->closure) : nullptr;
            if (dtype_ != nullptr) {
                get_ = definition->get;
                closure_ = definition->closure;
                type_ = reinterpret_cast<PyTypeObject*>(new_reference(reinterpret_cast<PyObject*>(type)));
            }
        }
        PyErr_Clear();
    }

  private:
    PyTypeObject* type_ = nullptr; // the type and the dtype are kept for good
    getter get_ = nullptr;
    void* closure_ = nullptr;
    PyObject* dtype_ = nullptr;
};

constinit KnownDtype numpy_float64;

} // namespace

bool BufferView::acquire(PyObject* object) {
    const bool is_known = numpy_float64.is_of(object);
    if (PyObject_GetBuffer(object, &view_, is_known ? PyBUF_STRIDES : PyBUF_RECORDS_RO) != 0) {
        view_.obj = nullptr;
        return false;
    }
    if (is_known) {
        static char float64[] = "d";
        view_.format = float64;
        return true;
    }
#ifndef Py_GIL_DISABLED // without the GIL, another thread can read it meanwhile
    if (is_float64()) {
        numpy_float64.learn(object);
    }
#endif
    return true;
}

char BufferView::other_native_format() const {
    const char* format = view_.format != nullptr ? view_.format : "B";
    constexpr char foreign_order = std::endian::native == std::endian::little ? '>' : '<';
    const bool has_order = ((*format) != 0) && (std::strchr("@=<>!", *format) != nullptr);
    if (has_order && (*format == foreign_order || (*format == '!' && foreign_order == '>'))) {
        return 0;
    }
    format += static_cast<int>(has_order);
    if ((format[0] == 0) || (format[1] != 0)) {
        return 0;
    }
    const bool has_expected_size =
        (format[0] != 'd' || view_.itemsize == 8) && (format[0] != 'f' || view_.itemsize == 4);
    return has_expected_size ? format[0] : char{0};
}

// ---- whole arrays -------------------------------------------------------------------------------------------------

namespace {

bool read_element(PyObject* element, Py_ssize_t index, double& value) {
    if (exact_number(element, value) || plain_value(element, value)) {
        return true;
    }
    const Ref position(PyLong_FromSsize_t(index));
    return position && ask(value, "indexed_value", element, position.get()) == Conversion::done;
}

PyObject* refuse_values(PyObject* object) { return call_python("piconumpy._conversion", "refuse_values", object); }

// REFUSED in _conversion.py.
bool is_refused(PyObject* object) {
    return PyBytes_Check(object) || PyByteArray_Check(object) || PyDict_Check(object) || PyAnySet_Check(object);
}

// Converting an element can run any code. It may change the iterable, but not this tuple.
PyObject* array_from_iterable(PyObject* iterable) {
    if (is_refused(iterable)) {
        return refuse_values(iterable);
    }
    const Ref snapshot(PySequence_Tuple(iterable));
    if (!snapshot) {
        return nullptr;
    }
    const Py_ssize_t n = PyTuple_GET_SIZE(snapshot.get());
    Ref result(as_object(new_array(n)));
    if (!result) {
        return nullptr;
    }
    double* data = as_array(result.get())->data;
    for (Py_ssize_t i = 0; i < n; ++i) {
        if (!read_element(PyTuple_GET_ITEM(snapshot.get(), i), i, data[i])) {
            return nullptr;
        }
    }
    return result.release();
}

} // namespace

[[gnu::cold]] PyObject* refuse_lengths(const char* operation, Py_ssize_t left, Py_ssize_t right) {
    const Ref arguments(Py_BuildValue("(snn)", operation, left, right));
    return arguments ? call_python("piconumpy._conversion", "refuse_lengths", arguments) : nullptr;
}

namespace {

PyObject* array_from_float64(const BufferView& view) {
    const Py_ssize_t n = view.length();
    ArrayObject* result = new_array(n);
    if (result == nullptr) {
        return nullptr;
    }
    const auto* source = static_cast<const char*>(view->buf);
    if (view.is_contiguous()) {
        if (n > 0) {
            std::memcpy(result->data, source, static_cast<std::size_t>(n) * sizeof(double));
        }
    } else {
        for (Py_ssize_t i = 0; i < n; ++i) { // the numbers may be unaligned
            std::memcpy(result->data + i, source + i * view.stride(), sizeof(double));
        }
    }
    return as_object(result);
}

PyObject* array_from_exporter(PyObject* exporter) {
    {
        BufferView view;
        if (!view.acquire(exporter)) {
            if (!clear_refusal()) {
                return nullptr;
            }
        } else if (view->ndim != 1) {
            return refuse_values(exporter);
        } else if (view.is_float64()) {
            return array_from_float64(view);
        }
    }
    return is_iterable(exporter) ? array_from_iterable(exporter) : refuse_values(exporter);
}

} // namespace

PyObject* copy_of(const ArrayObject* array) {
    ArrayObject* result = new_array(array->n);
    if (result != nullptr) {
        std::memcpy(result->data, array->data, static_cast<std::size_t>(array->n) * sizeof(double));
    }
    return as_object(result);
}

PyObject* array_from_object(PyObject* object) {
    if (is_array(object)) {
        return copy_of(as_array(object));
    }
    if (exports_buffer(object)) {
        return array_from_exporter(object);
    }
    return is_iterable(object) ? array_from_iterable(object) : refuse_values(object);
}

// ---- values to assign ---------------------------------------------------------------------------------------------

bool Values::hold(PyObject* new_array) {
    temporary_ = Ref(new_array);
    if (!temporary_) {
        return false;
    }
    data = as_array(new_array)->data;
    n = as_array(new_array)->n;
    return true;
}

bool Values::load_scalar(PyObject* object) {
    is_scalar = true;
    return named_value(object, "the value", scalar);
}

bool Values::load_buffer(PyObject* object, const ArrayObject& target) {
    if (!view_.acquire(object)) {
        return clear_refusal() && hold(array_from_object(object));
    }
    if (view_->ndim == 0) {
        return load_scalar(object);
    }
    const bool is_usable = view_->ndim == 1 && view_.is_float64() && view_.is_contiguous() &&
                           is_aligned(view_->buf, alignof(double)) &&
                           !overlap(view_->buf, static_cast<std::size_t>(view_->len), target.data,
                                    static_cast<std::size_t>(target.n) * sizeof(double));
    if (!is_usable) {
        return hold(array_from_object(object));
    }
    data = static_cast<const double*>(view_->buf);
    n = view_.length();
    return true;
}

bool Values::load(PyObject* object, const ArrayObject& target) {
    if (is_array(object) && as_array(object) == &target) {
        return hold(copy_of(&target));
    }
    if (is_array(object)) {
        data = as_array(object)->data;
        n = as_array(object)->n;
        return true;
    }
    if (PyFloat_Check(object) || PyLong_Check(object)) {
        return load_scalar(object);
    }
    if (exports_buffer(object)) {
        return load_buffer(object, target);
    }
    return is_iterable(object) ? hold(array_from_object(object)) : load_scalar(object);
}

} // namespace piconumpy
