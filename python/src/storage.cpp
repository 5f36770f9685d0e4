// SPDX-License-Identifier: BSD-3-Clause
#include "storage.hpp"

#include <new>

namespace piconumpy {

FreeList free_list;

namespace {

constexpr std::size_t cache_line = 64;
constexpr Py_ssize_t max_length = (PY_SSIZE_T_MAX - static_cast<Py_ssize_t>(cache_line)) / 8;

std::size_t payload_bytes(Py_ssize_t n) { return static_cast<std::size_t>(n) * sizeof(double); }

double* allocate_block(Py_ssize_t n) {
    return static_cast<double*>(::operator new(payload_bytes(n), std::align_val_t{cache_line}, std::nothrow));
}

void free_block(double* block) { ::operator delete(block, std::align_val_t{cache_line}); }

ArrayObject* allocate_object(std::size_t bytes) {
    auto* array = static_cast<ArrayObject*>(PyObject_Malloc(bytes));
    if (array == nullptr) {
        return nullptr;
    }
    PyObject_Init(as_object(array), &ArrayType);
    array->data = array->values;
    return array;
}

// An object of the fixed size whose numbers are elsewhere.
ArrayObject* allocate_long(Py_ssize_t n) {
    if (n > max_length) {
        return nullptr;
    }
    double* block = allocate_block(n);
    if (block == nullptr) {
        return nullptr;
    }
    ArrayObject* array = is_recyclable(0) ? recycled_array(0) : allocate_object(sizeof(ArrayObject));
    if (array == nullptr) {
        free_block(block);
        return nullptr;
    }
    array->data = block;
    return array;
}

} // namespace

ArrayObject* allocate_array(Py_ssize_t n) {
    ArrayObject* array = nullptr;
    if (n <= small_capacity) {
        array = allocate_object(sizeof(ArrayObject));
    } else if (n <= one_block_capacity) {
        array = allocate_object(offsetof(ArrayObject, values) + payload_bytes(n));
    } else {
        array = allocate_long(n);
    }
    if (array == nullptr) {
        PyErr_Format(PyExc_MemoryError, "no memory for an array of %zd numbers", n);
        return nullptr;
    }
    array->n = n;
    return array;
}

namespace {

[[gnu::noinline]] void deallocate_general(ArrayObject* array) {
    if (array->n > one_block_capacity) {
        free_block(array->data);
    }
    PyObject_Free(array);
}

} // namespace

void deallocate_array(PyObject* self) {
    ArrayObject* array = as_array(self);
    if (array->n > small_capacity || free_list.count == FreeList::capacity) [[unlikely]] {
        deallocate_general(array);
    } else {
        free_list.objects[free_list.count++] = array;
    }
}

std::size_t allocated_bytes(const ArrayObject* array) {
    if (array->n <= small_capacity) {
        return sizeof(ArrayObject);
    }
    if (array->n <= one_block_capacity) {
        return offsetof(ArrayObject, values) + payload_bytes(array->n);
    }
    return sizeof(ArrayObject) + payload_bytes(array->n);
}

} // namespace piconumpy
