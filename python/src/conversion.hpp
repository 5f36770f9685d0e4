// SPDX-License-Identifier: BSD-3-Clause
// From Python objects to numbers: scalars, elements, buffers, whole arrays. Numbers of any type other than float and
// int are converted by piconumpy/_conversion.py, whose functions have the names that they have here.
#ifndef PICONUMPY_CONVERSION_HPP
#define PICONUMPY_CONVERSION_HPP

#include "storage.hpp"

#include <cstdint>

namespace [[gnu::visibility("hidden")]] piconumpy {

enum class Conversion {
    done,
    not_a_number, // no error is set
    failed,       // an error is set
};

// Reads a float or an int, subclasses included. False, without an error, for any other object and for an int that is
// too large. It runs no Python code.
bool plain_value(PyObject* object, double& value);

// The value of an operator's scalar.
Conversion scalar_value(PyObject* object, double& value);

// The float that an array holds for an element.
Conversion element_value(PyObject* object, double& value);

// A float that equals the object exactly, if there is one.
Conversion equal_value(PyObject* object, double& value);

// element_value, or an error whose message calls the object by the given name.
bool named_value(PyObject* object, const char* name, double& value);

// Clears the error of an exporter that refuses a buffer. False if it is another error, which stays.
bool clear_refusal();

// PyObject_CheckBuffer, without a call.
inline bool exports_buffer(PyObject* object) {
    const PyBufferProcs* procedures = Py_TYPE(object)->tp_as_buffer;
    return procedures != nullptr && procedures->bf_getbuffer != nullptr;
}

// Subclasses included. The operators take them as NumPy does.
inline bool is_list_or_tuple(PyObject* object) { return PyList_Check(object) || PyTuple_Check(object); }

// ValueError with the name of an operation and the lengths of its operands.
PyObject* refuse_lengths(const char* operation, Py_ssize_t left, Py_ssize_t right);

// A buffer of another object, released at the end of the scope.
class BufferView {
  public:
    BufferView() { view_.obj = nullptr; } // clearing the rest would cost as much as a short add
    BufferView(const BufferView&) = delete;
    BufferView& operator=(const BufferView&) = delete;
    ~BufferView() {
        if (view_.obj != nullptr) {
            require_gil();
            PyBuffer_Release(&view_);
        }
    }

    // On failure the exporter's error is set.
    bool acquire(PyObject* object);
    const Py_buffer* operator->() const { return &view_; }

    // The type of one element, as a single letter of the struct module in native byte order; 0 for all others.
    char native_format() const {
        const char* format = view_.format;
        if (format != nullptr && format[0] == 'd' && format[1] == 0 && view_.itemsize == sizeof(double)) [[likely]] {
            return 'd';
        }
        return other_native_format();
    }
    bool is_float64() const { return native_format() == 'd'; }
    Py_ssize_t length() const { return (view_.shape != nullptr) ? view_.shape[0] : 1; }
    Py_ssize_t stride() const { return (view_.strides != nullptr) ? view_.strides[0] : view_.itemsize; }
    bool is_contiguous() const { return length() <= 1 || stride() == view_.itemsize; }

  private:
    char other_native_format() const;

    Py_buffer view_;
};

inline bool is_aligned(const void* pointer, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0;
}

inline bool overlap(const void* a, std::size_t a_bytes, const void* b, std::size_t b_bytes) {
    const auto first = reinterpret_cast<std::uintptr_t>(a);
    const auto second = reinterpret_cast<std::uintptr_t>(b);
    return first < second + b_bytes && second < first + a_bytes;
}

// Reads exact floats and short ints up to the first other object, and returns their number.
inline Py_ssize_t read_exact_numbers(PyObject* const* items, Py_ssize_t n, double* out) {
    Py_ssize_t i = 0;
    while (i < n && exact_number(items[i], out[i])) {
        ++i;
    }
    return i;
}

// The result of array(object); null with an error set.
PyObject* array_from_object(PyObject* object);
PyObject* copy_of(const ArrayObject* array);

// The same for exact lists and tuples of a few exact numbers; array_from_object does the others. Reading exact
// numbers runs no Python code, which could change a list meanwhile.
inline PyObject* array_from_items(PyObject* sequence, PyObject* const* items, Py_ssize_t n) {
    if (!is_recyclable(n)) [[unlikely]] {
        return array_from_object(sequence);
    }
    ArrayObject* result = recycled_array(n);
    if (read_exact_numbers(items, n, result->values) != n) [[unlikely]] {
        deallocate_array(as_object(result));
        return array_from_object(sequence);
    }
    return as_object(result);
}

// The right side of a[slice] = value and of a += buffer: one number for all elements, or n numbers. Those never share
// memory with the target.
class Values {
  public:
    bool load(PyObject* object, const ArrayObject& target); // false with an error set

    bool is_scalar = false;
    double scalar = 0;
    const double* data = nullptr;
    Py_ssize_t n = 0;

  private:
    bool load_buffer(PyObject* object, const ArrayObject& target);
    bool load_scalar(PyObject* object);
    bool hold(PyObject* new_array);

    BufferView view_;
    Ref temporary_;
};

} // namespace piconumpy

#endif // PICONUMPY_CONVERSION_HPP
