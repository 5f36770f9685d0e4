// SPDX-License-Identifier: BSD-3-Clause
// The float objects that a[i] returns. To make and free one takes longer than everything else about a[i], and nearly
// all of them live as briefly as a local variable. So this keeps references to the last few. If such an object has no
// other reference any more, it gets a new value and is returned again: no code can see the change. (The standard
// library does the same with the tuples of zip and enumerate.)
#ifndef PICONUMPY_FLOATS_HPP
#define PICONUMPY_FLOATS_HPP

#include "python.hpp"

#include <cstddef>

namespace [[gnu::visibility("hidden")]] piconumpy {

#ifdef Py_GIL_DISABLED

inline bool fill_kept_floats() { return true; }
inline PyObject* new_float(double value) { return PyFloat_FromDouble(value); }

#else

// The GIL protects them. Their number is enough for a function that reads a state item by item.
struct KeptFloats {
    static constexpr std::size_t capacity = 32; // a power of 2
    std::size_t next = 0;
    PyObject* objects[capacity];
};
extern KeptFloats kept_floats;

bool fill_kept_floats(); // once, before the first new_float(); false with an error set

// A new float takes the place of one that is still in use; null with an error set.
PyObject* replace_kept_float(PyObject*& kept, double value);

// A new reference to a float of that value, or null with an error set.
inline PyObject* new_float(double value) {
    PyObject*& kept = kept_floats.objects[kept_floats.next++ % KeptFloats::capacity];
    if (Py_REFCNT(kept) != 1) [[unlikely]] {
        return replace_kept_float(kept, value);
    }
    reinterpret_cast<PyFloatObject*>(kept)->ob_fval = value;
    return new_reference(kept);
}

#endif

} // namespace piconumpy

#endif // PICONUMPY_FLOATS_HPP
