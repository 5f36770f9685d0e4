// SPDX-License-Identifier: BSD-3-Clause
// NumPy's arrays and ufuncs, through NumPy's C API. The extension is compiled without NumPy and never imports it: a
// module of NumPy holds capsules with the tables of the API's functions, where NumPy's own headers find them too.
//
// A ufunc call costs 200 ns of book-keeping. If an array takes part, NumPy first spends as much on the search for
// array.__array_ufunc__. So the common calls on a few float64 numbers skip the book-keeping: they run the ufunc's own
// inner loop, which computes NumPy's bits. Whatever makes the loop report a floating-point exception is computed by
// the ufunc, which then warns, raises, or ignores it as np.errstate says.
#ifndef PICONUMPY_NDARRAYS_HPP
#define PICONUMPY_NDARRAYS_HPP

#include "storage.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string_view>

namespace [[gnu::visibility("hidden")]] piconumpy {

// NumPy's type of arrays, kept for good; null until the API was found.
extern std::atomic<PyTypeObject*> ndarray_type;

// Finds the API. False, without an error, if NumPy is not imported or has another ABI than NumPy 1 and 2.
bool find_numpy();

inline bool knows_numpy() { return ndarray_type.load(std::memory_order_acquire) != nullptr || find_numpy(); }

// Whether it is of NumPy's array type exactly. Then the API is known, which the functions below need.
inline bool is_ndarray(PyObject* object) {
    PyTypeObject* type = ndarray_type.load(std::memory_order_acquire);
    if (type == nullptr) [[unlikely]] {
        if (std::strcmp(type_name(object), "numpy.ndarray") != 0 || !find_numpy()) {
            return false;
        }
        type = ndarray_type.load(std::memory_order_acquire);
    }
    return Py_IS_TYPE(object, type);
}

// The number of dimensions of an ndarray.
int dimensions_of(PyObject* ndarray);

// A new ndarray on the memory of an array, which it keeps alive; null with an error set.
PyObject* as_ndarray(PyObject* array);

// The ufuncs whose loops are run.
inline constexpr std::string_view ufuncs_with_loops[] = {
    "add",        "subtract", "multiply",  "divide",   "floor_divide", "remainder",     "power",   "less",
    "less_equal", "equal",    "not_equal", "greater",  "maximum",      "greater_equal", "minimum", "arctan2",
    "hypot",      "fmod",     "copysign",  "negative", "absolute",     "square",        "sqrt",    "cbrt",
    "sin",        "cos",      "tan",       "arcsin",   "arccos",       "arctan",        "sinh",    "cosh",
    "tanh",       "arcsinh",  "arccosh",   "arctanh",  "exp",          "exp2",          "expm1",   "log",
    "log2",       "log10",    "log1p",     "floor",    "ceil",         "trunc",         "rint",    "reciprocal",
    "sign",       "isnan",    "isfinite",  "isinf",
};

consteval std::size_t loop_of(std::string_view ufunc) noexcept {
    return static_cast<std::size_t>(std::ranges::find(ufuncs_with_loops, ufunc) - ufuncs_with_loops);
}

// The place in the list above of any object; the length of the list if it is none of these ufuncs.
std::size_t find_loop(const PyObject* ufunc);

// The ufunc's result for arrays, ndarrays, floats, and ints, in a new ndarray or in `out`, of which it returns a new
// reference. Null without an error if the loop can't compute it alone; null with an error if there is no memory.
PyObject* run_loop(std::size_t index, PyObject* const* inputs, std::size_t count, PyObject* out = nullptr);

} // namespace piconumpy

#endif // PICONUMPY_NDARRAYS_HPP
