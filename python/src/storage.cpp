// SPDX-License-Identifier: BSD-3-Clause
#include "storage.hpp"

#include "blocks.hpp"

#include <cstdint>

namespace piconumpy {

FreeList free_list;

namespace {

// Half of the address space, because the sizes of blocks are rounded up.
constexpr Py_ssize_t max_length = PY_SSIZE_T_MAX / static_cast<Py_ssize_t>(2 * sizeof(double));

std::size_t payload_bytes(Py_ssize_t n) { return static_cast<std::size_t>(n) * sizeof(double); }

// The object's size: longer than the fixed one if the numbers continue behind it.
std::size_t object_bytes(Py_ssize_t n) {
    const bool continues = n > small_capacity && n <= one_block_capacity;
    return continues ? offsetof(ArrayObject, values) + payload_bytes(n) : sizeof(ArrayObject);
}

ArrayObject* allocate_object(std::size_t bytes) {
    auto* array = static_cast<ArrayObject*>(PyObject_Malloc(bytes));
    if (array == nullptr) {
        return nullptr;
    }
    PyObject_Init(as_object(array), &ArrayType);
    array->data = array->values;
    array->weak_references = nullptr;
    return array;
}

// An object of the fixed size whose numbers are elsewhere.
ArrayObject* allocate_long(Py_ssize_t n) {
    if (n > max_length) {
        return nullptr;
    }
    double* block = new_block(payload_bytes(n));
    if (block == nullptr) {
        return nullptr;
    }
    ArrayObject* array = is_recyclable(0) ? recycled_array(0) : allocate_object(sizeof(ArrayObject));
    if (array == nullptr) {
        free_block(block, payload_bytes(n));
        return nullptr;
    }
    array->data = block;
    return array;
}

} // namespace

ArrayObject* allocate_array(Py_ssize_t n) {
    ArrayObject* array = n <= one_block_capacity ? allocate_object(object_bytes(n)) : allocate_long(n);
    if (array == nullptr) {
        PyErr_Format(PyExc_MemoryError, "no memory for an array of %zd numbers", n);
        return nullptr;
    }
    array->n = n;
    return array;
}

namespace {

[[gnu::noinline]] void deallocate_general(ArrayObject* array) {
    if (array->weak_references != nullptr) {
        PyObject_ClearWeakRefs(as_object(array));
    }
    if (array->n > one_block_capacity) {
        free_block(array->data, payload_bytes(array->n));
    }
    PyObject_Free(array);
}

} // namespace

void deallocate_array(PyObject* self) {
    ArrayObject* array = as_array(self);
    // One comparison for both, because every pointer is larger than the capacity.
    const auto n_or_pointer =
        static_cast<std::uintptr_t>(array->n) | reinterpret_cast<std::uintptr_t>(array->weak_references);
    if (n_or_pointer > small_capacity || free_list.count == FreeList::capacity) [[unlikely]] {
        deallocate_general(array);
    } else {
        free_list.objects[free_list.count++] = array;
    }
}

std::size_t allocated_bytes(const ArrayObject* array) {
    return object_bytes(array->n) + (array->n > one_block_capacity ? payload_bytes(array->n) : 0);
}

} // namespace piconumpy
