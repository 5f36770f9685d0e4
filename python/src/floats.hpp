// SPDX-License-Identifier: BSD-3-Clause
// The floats that reading an array hands out. Making and freeing one takes longer than everything else about a[i],
// and nearly all live as briefly as a local variable. So the last few that were handed out are kept, in turn, and one
// that nobody else refers to any more is overwritten and handed out again: with the only reference in hand nobody can
// see that it changed. (The standard library does the same with the tuples of zip and enumerate.)
#ifndef PICONUMPY_FLOATS_HPP
#define PICONUMPY_FLOATS_HPP

#include "python.hpp"

#include <cstddef>

namespace [[gnu::visibility("hidden")]] piconumpy {

#ifdef Py_GIL_DISABLED

inline bool fill_kept_floats() { return true; }
inline PyObject* new_float(double value) { return PyFloat_FromDouble(value); }

#else

// The GIL protects them. As many as a function may want at a time that reads a state item by item.
struct KeptFloats {
    static constexpr std::size_t capacity = 32; // a power of 2
    std::size_t next = 0;
    PyObject* objects[capacity];
};
extern KeptFloats kept_floats;

bool fill_kept_floats(); // once, before the first new_float(); false with an error set

// The float stays with whoever holds it, and its turn gets another one; null with an error set.
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
