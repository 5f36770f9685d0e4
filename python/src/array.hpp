// SPDX-License-Identifier: BSD-3-Clause
// The parts of the array type, one per file.
#ifndef PICONUMPY_ARRAY_HPP
#define PICONUMPY_ARRAY_HPP

#include "storage.hpp"

namespace [[gnu::visibility("hidden")]] piconumpy {

extern PyNumberMethods array_number_methods;     // operators.cpp
extern PySequenceMethods array_sequence_methods; // indexing.cpp
extern PyMappingMethods array_mapping_methods;
extern PyMethodDef array_methods[];    // methods.cpp
extern PyGetSetDef array_attributes[]; // attributes.cpp

PyObject* array_richcompare(PyObject* lhs, PyObject* rhs, int comparison);          // operators.cpp
PyObject* array_repr(PyObject* self);                                               // methods.cpp
PyObject* array_iter(PyObject* self);                                               // iterator.cpp
PyObject* array_matmul(PyObject* lhs, PyObject* rhs);                               // reductions.cpp
PyObject* array_ufunc(PyObject* self, PyObject* const* args, Py_ssize_t positional, // ufuncs.cpp
                      PyObject* keyword_names);
PyObject* array_dlpack(PyObject* self, PyObject* const* args, Py_ssize_t positional, // dlpack.cpp
                       PyObject* keyword_names);
PyObject* array_dlpack_device(PyObject* self, PyObject*);

bool make_array_type_ready(); // false with an error set
bool make_iterator_type_ready();

bool add_functions(PyObject* module); // functions.cpp; false with an error set

} // namespace piconumpy

#endif // PICONUMPY_ARRAY_HPP
