// SPDX-License-Identifier: BSD-3-Clause
// The array object, and where its numbers live:
//  - up to 8 of them inside an object of fixed size that a free list keeps for reuse;
//  - up to 58 inside one longer block of Python's small-object allocator, which serves up to 512 bytes;
//  - more in a block of their own (blocks.hpp), beside an object of the fixed size.
#ifndef PICONUMPY_STORAGE_HPP
#define PICONUMPY_STORAGE_HPP

#include "python.hpp"

#include <cstddef>

// Hidden visibility, here too: the compiler flag holds for definitions only. Without it, code reaches what other
// files define through the table of external symbols.
namespace [[gnu::visibility("hidden")]] piconumpy {

inline constexpr Py_ssize_t small_capacity = 8;

struct ArrayObject {
    PyObject ob_base;
    Py_ssize_t n;
    double* data; // never changes while the object lives: exported buffers point there
    PyObject* weak_references;
    alignas(2 * sizeof(void*)) double values[small_capacity]; // as Python's allocator aligns the object
};

inline constexpr Py_ssize_t one_block_capacity =
    static_cast<Py_ssize_t>((512 - offsetof(ArrayObject, values)) / sizeof(double));

extern PyTypeObject ArrayType;

// Exact, as the type can't be subclassed.
inline bool is_array(PyObject* object) { return Py_IS_TYPE(object, &ArrayType); }
inline ArrayObject* as_array(PyObject* object) { return reinterpret_cast<ArrayObject*>(object); }
inline PyObject* as_object(ArrayObject* array) { return reinterpret_cast<PyObject*>(array); }

// Dead objects of the fixed size, kept for reuse with type and data pointer still set. The GIL protects them.
#ifdef Py_GIL_DISABLED
struct FreeList {
    static constexpr Py_ssize_t capacity = 0;
    Py_ssize_t count = 0;
    ArrayObject* objects[1];
};
#else
struct FreeList {
    static constexpr Py_ssize_t capacity = 128;
    Py_ssize_t count = 0;
    ArrayObject* objects[capacity];
};
#endif
extern FreeList free_list;

// A new array of n >= 0 numbers; null with MemoryError set if there is no room for it.
ArrayObject* allocate_array(Py_ssize_t n);
void deallocate_array(PyObject* self);
std::size_t allocated_bytes(const ArrayObject* array);

// Whether the free list has an object for n numbers. To take it needs no call and cannot fail.
inline bool is_recyclable(Py_ssize_t n) { return n <= small_capacity && free_list.count > 0; }

// A new array of n numbers, not initialised, if is_recyclable(n).
inline ArrayObject* recycled_array(Py_ssize_t n) {
    ArrayObject* array = free_list.objects[--free_list.count];
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
    _Py_NewReference(as_object(array));
#else
    Py_SET_REFCNT(as_object(array), 1);
#endif
    array->n = n;
    return array;
}

// A new array of any length n >= 0, not initialised.
inline ArrayObject* new_array(Py_ssize_t n) { return is_recyclable(n) ? recycled_array(n) : allocate_array(n); }

} // namespace piconumpy

#endif // PICONUMPY_STORAGE_HPP
