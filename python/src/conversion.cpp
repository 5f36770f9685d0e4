// SPDX-License-Identifier: BSD-3-Clause
#include "conversion.hpp"

#include <bit>
#include <cstring>

namespace piconumpy {

namespace {

// A class of the standard module numbers, imported once and kept. Null with an error set.
PyObject* numbers_class(const char* name, PyObject*& kept) {
    if (kept == nullptr) {
        const Ref module(PyImport_ImportModule("numbers"));
        if (module) {
            kept = PyObject_GetAttrString(module.get(), name);
        }
    }
    return kept;
}

// 1, 0, or -1 with an error set.
int is_registered_real(PyObject* object) {
    static PyObject* real = nullptr;
    PyObject* type = numbers_class("Real", real);
    return (type != nullptr) ? PyObject_IsInstance(object, type) : -1;
}

int is_registered_complex(PyObject* object) {
    static PyObject* complex = nullptr;
    PyObject* type = numbers_class("Complex", complex);
    return (type != nullptr) ? PyObject_IsInstance(object, type) : -1;
}

// NumPy's bool is a scalar that numbers.Real does not know. Where NumPy was never imported there are no such objects.
int is_numpy_scalar(PyObject* object) {
    const Ref name(PyUnicode_FromString("numpy"));
    if (!name) {
        return -1;
    }
    const Ref numpy(PyImport_GetModule(name.get()));
    if (!numpy) {
        return (PyErr_Occurred() != nullptr) ? -1 : 0;
    }
    const Ref generic(PyObject_GetAttrString(numpy.get(), "generic"));
    if (!generic || !PyType_Check(generic.get())) {
        PyErr_Clear();
        return 0;
    }
    return PyObject_TypeCheck(object, reinterpret_cast<PyTypeObject*>(generic.get()));
}

Conversion from_int(PyObject* integer, double& value) {
    value = PyLong_AsDouble(integer);
    return value == -1.0 && PyErr_Occurred() != nullptr ? Conversion::failed : Conversion::done;
}

Conversion from_float_method(PyObject* object, double& value) {
    const Ref number(PyNumber_Float(object));
    if (!number) {
        return Conversion::failed;
    }
    value = PyFloat_AS_DOUBLE(number.get());
    return Conversion::done;
}

// NumPy's objects all have __float__, those that hold text, complex numbers or dimensions included: their buffer says
// what they are.
Conversion from_exporter(PyObject* object, double& value) {
    BufferView view;
    if (!view.acquire(object)) {
        return clear_ordinary_error() ? Conversion::not_a_number : Conversion::failed;
    }
    const char format = view.native_format();
    const bool is_real = format != 0 && (std::strchr("?bBhHiIlLqQnNefdg", format) != nullptr);
    if (view->ndim != 0 || !is_real) {
        return Conversion::not_a_number;
    }
    return from_float_method(object, value);
}

bool has_float_or_index(PyObject* object) {
    const PyNumberMethods* methods = Py_TYPE(object)->tp_as_number;
    return (methods != nullptr) && (methods->nb_float != nullptr || methods->nb_index != nullptr);
}

bool is_text(PyObject* object) { return PyUnicode_Check(object) || PyBytes_Check(object); }

bool is_iterable(PyObject* object) { return Py_TYPE(object)->tp_iter || PySequence_Check(object) != 0; }

} // namespace

Conversion element_value(PyObject* object, double& value) {
    if (PyFloat_Check(object)) {
        value = PyFloat_AS_DOUBLE(object);
        return Conversion::done;
    }
    if (PyLong_Check(object)) {
        return from_int(object, value);
    }
    if (is_text(object) || !has_float_or_index(object)) {
        return Conversion::not_a_number;
    }
    if (exports_buffer(object)) {
        return from_exporter(object, value);
    }
    const int is_complex = is_registered_complex(object);
    const int is_real = is_complex > 0 ? is_registered_real(object) : 1;
    if (is_complex < 0 || is_real < 0) {
        return Conversion::failed;
    }
    if (is_real == 0) {
        return Conversion::not_a_number;
    }
    return from_float_method(object, value);
}

Conversion scalar_value(PyObject* object, double& value) {
    if (!PyFloat_Check(object) && !PyLong_Check(object)) {
        if (is_text(object) || !has_float_or_index(object)) {
            return Conversion::not_a_number;
        }
        int is_scalar = is_registered_real(object);
        if (is_scalar == 0) {
            is_scalar = is_numpy_scalar(object);
        }
        if (is_scalar < 0) {
            return Conversion::failed;
        }
        if (is_scalar == 0) {
            return Conversion::not_a_number;
        }
    }
    return element_value(object, value);
}

bool clear_ordinary_error() {
    if (PyErr_ExceptionMatches(PyExc_Exception) == 0) {
        return false;
    }
    PyErr_Clear();
    return true;
}

bool is_overflow(PyObject* object) {
    return PyLong_Check(object) && PyErr_ExceptionMatches(PyExc_OverflowError) != 0;
}

bool named_value(PyObject* object, const char* name, double& value) {
    if (exact_number(object, value)) {
        return true;
    }
    const Conversion conversion = element_value(object, value);
    if (conversion == Conversion::not_a_number) {
        PyErr_Format(PyExc_TypeError, "%s is not a real number but %s", name, type_name(object));
    } else if (conversion == Conversion::failed && is_overflow(object)) {
        PyErr_Format(PyExc_OverflowError, "%s is an int too large for a float", name);
    }
    return conversion == Conversion::done;
}

namespace {

// The float64 dtype of NumPy as its arrays show it to Python. They write the format of every buffer anew, which takes
// as long as the rest of the request: where the dtype is this very object, nobody needs to ask for it.
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

    // From an exporter of float64 numbers; leaves no error. The type is static, so that its attributes stay.
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
    PyTypeObject* type_ = nullptr; // it and the dtype are kept for good
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
#ifndef Py_GIL_DISABLED // without the GIL another thread may be reading it
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

void set_element_error(PyObject* element, Py_ssize_t index) {
    const char* hint = is_iterable(element) && !is_text(element) ? "; an array is 1-D only" : "";
    PyErr_Format(PyExc_TypeError, "element %zd is not a real number but %s%s", index, type_name(element), hint);
}

bool read_element(PyObject* element, Py_ssize_t index, double& value) {
    if (exact_number(element, value)) {
        return true;
    }
    const Conversion conversion = element_value(element, value);
    if (conversion == Conversion::not_a_number) {
        set_element_error(element, index);
    } else if (conversion == Conversion::failed && is_overflow(element)) {
        PyErr_Format(PyExc_OverflowError, "element %zd is an int too large for a float", index);
    }
    return conversion == Conversion::done;
}

// Elements may run any code when they are converted, which may change a list, but not this tuple of what was in it.
PyObject* array_from_iterable(PyObject* iterable) {
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
        for (Py_ssize_t i = 0; i < n; ++i) { // an exporter need not align its numbers
            std::memcpy(result->data + i, source + i * view.stride(), sizeof(double));
        }
    }
    return as_object(result);
}

PyObject* array_from_exporter(PyObject* exporter) {
    {
        BufferView view;
        if (!view.acquire(exporter)) {
            if (!clear_ordinary_error()) {
                return nullptr;
            }
        } else if (view->ndim != 1) {
            return PyErr_Format(PyExc_TypeError, "an array is 1-D only: the %s has %d dimensions",
                                type_name(exporter), view->ndim);
        } else if (view.is_float64()) {
            return array_from_float64(view);
        }
    }
    return is_iterable(exporter) ? array_from_iterable(exporter)
                                 : PyErr_Format(PyExc_TypeError, "can't make an array of %s", type_name(exporter));
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
    if (is_iterable(object)) {
        return array_from_iterable(object);
    }
    return PyErr_Format(PyExc_TypeError, "array() needs an iterable of real numbers or a float64 buffer, not %s",
                        type_name(object));
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
        return clear_ordinary_error() && hold(array_from_object(object));
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
