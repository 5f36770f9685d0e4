// SPDX-License-Identifier: BSD-3-Clause
// The methods of the array type that make one number of an array.
#ifndef PICONUMPY_REDUCTIONS_HPP
#define PICONUMPY_REDUCTIONS_HPP

#include "storage.hpp"

namespace [[gnu::visibility("hidden")]] piconumpy {
namespace reductions {

PyObject* sum(const ArrayObject* a);
PyObject* prod(const ArrayObject* a);
PyObject* mean(const ArrayObject* a);
PyObject* min(const ArrayObject* a);
PyObject* max(const ArrayObject* a);
PyObject* argmin(const ArrayObject* a);
PyObject* argmax(const ArrayObject* a);
PyObject* any(const ArrayObject* a);
PyObject* all(const ArrayObject* a);
PyObject* dot(PyObject* self, PyObject* other);

} // namespace reductions
} // namespace piconumpy

#endif // PICONUMPY_REDUCTIONS_HPP
