// SPDX-License-Identifier: BSD-3-Clause
// The iterator of `for value in a`. The interpreter's generic one goes through the sequence protocol for each item,
// which takes twice as long.
#include "array.hpp"
#include "floats.hpp"

namespace piconumpy {

namespace {

struct IteratorObject {
    PyObject ob_base;
    ArrayObject* array; // null when exhausted
    Py_ssize_t next;
};

IteratorObject* as_iterator(PyObject* self) { return reinterpret_cast<IteratorObject*>(self); }

void deallocate_iterator(PyObject* self) {
    Py_XDECREF(as_object(as_iterator(self)->array));
    PyObject_Free(self);
}

PyObject* next_item(PyObject* self) {
    IteratorObject* iterator = as_iterator(self);
    ArrayObject* array = iterator->array;
    if (array == nullptr) {
        return nullptr;
    }
    if (iterator->next < array->n) [[likely]] {
        return new_float(array->data[iterator->next++]);
    }
    iterator->array = nullptr;
    Py_DECREF(as_object(array));
    return nullptr;
}

PyObject* length_hint(PyObject* self, PyObject*) {
    const IteratorObject* iterator = as_iterator(self);
    return PyLong_FromSsize_t(iterator->array != nullptr ? iterator->array->n - iterator->next : 0);
}

PyMethodDef iterator_methods[] = {
    {"__length_hint__", length_hint, METH_NOARGS, "__length_hint__($self, /)\n--\n\nHow many items are left."},
    {},
};

constinit PyTypeObject IteratorType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy.array_iterator";
    type.tp_basicsize = sizeof(IteratorObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT;
    type.tp_dealloc = deallocate_iterator;
    type.tp_iter = PyObject_SelfIter;
    type.tp_iternext = next_item;
    type.tp_methods = iterator_methods;
    return type;
}();

} // namespace

bool make_iterator_type_ready() { return PyType_Ready(&IteratorType) == 0; }

PyObject* array_iter(PyObject* self) {
    auto* iterator = static_cast<IteratorObject*>(PyObject_Malloc(sizeof(IteratorObject)));
    if (iterator == nullptr) {
        return PyErr_NoMemory();
    }
    PyObject_Init(reinterpret_cast<PyObject*>(iterator), &IteratorType);
    iterator->array = as_array(new_reference(self));
    iterator->next = 0;
    return reinterpret_cast<PyObject*>(iterator);
}

} // namespace piconumpy
