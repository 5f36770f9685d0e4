// SPDX-License-Identifier: BSD-3-Clause
// Programs of libpicokernels as Python objects, and the callables that jit makes (see piconumpy/_trace).
#ifndef PICONUMPY_PROGRAMS_HPP
#define PICONUMPY_PROGRAMS_HPP

#include "python.hpp"

#include <picokernels/integrate.h>

namespace [[gnu::visibility("hidden")]] piconumpy {

struct ProgramObject {
    PyObject ob_base;
    pk_program* program; // null until it is initialised
    // integrate.cpp: steps of solve_ivp with this program, by the method; null where none was wanted yet.
    pk_ode_plan* plans[3];
};

extern PyTypeObject ProgramType;

inline const pk_program* program_of(PyObject* object) { return reinterpret_cast<ProgramObject*>(object)->program; }

bool add_program_type(PyObject* module); // false with an error set
bool add_jitted_types(PyObject* module); // jitted.cpp
bool add_integrators(PyObject* module);  // integrate.cpp

} // namespace piconumpy

#endif // PICONUMPY_PROGRAMS_HPP
