// SPDX-License-Identifier: BSD-3-Clause
// The guards of a traced function: whether what it read from outside is as it was (piconumpy/_trace/outside.py).
#ifndef PICONUMPY_GUARDS_HPP
#define PICONUMPY_GUARDS_HPP

#include "python.hpp"

namespace [[gnu::visibility("hidden")]] piconumpy {

extern PyTypeObject GuardsType;

// 1 if all guards of a Guards object hold, 0 if not, -1 with an error set. It can run any Python code.
int all_hold(PyObject* guards);

bool add_guards_type(PyObject* module); // false with an error set

} // namespace piconumpy

#endif // PICONUMPY_GUARDS_HPP
