// SPDX-License-Identifier: BSD-3-Clause
// __array_ufunc__, which NumPy calls when an array is an argument of a ufunc. The common calls are handled here;
// piconumpy/_numpy.py, in which the rules are, does the others.
#include "array.hpp"
#include "ndarrays.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace piconumpy {

namespace {

PyObject* power(PyObject* lhs, PyObject* rhs) { return array_number_methods.nb_power(lhs, rhs, Py_None); }

// The slot of the operator that a ufunc stands for; null if there is none.
binaryfunc slot_of(PyObject* ufunc_name) {
    const PyNumberMethods& methods = array_number_methods;
    const struct {
        const char* ufunc;
        binaryfunc slot;
    } operators[] = {
        {"multiply", methods.nb_multiply},
        {"add", methods.nb_add},
        {"subtract", methods.nb_subtract},
        {"divide", methods.nb_true_divide},
        {"power", power},
        {"floor_divide", methods.nb_floor_divide},
        {"remainder", methods.nb_remainder},
        {"divmod", methods.nb_divmod},
    };
    const auto* found = std::ranges::find_if(operators, [ufunc_name](const auto& each) {
        return PyUnicode_CompareWithASCIIString(ufunc_name, each.ufunc) == 0;
    });
    return found != std::end(operators) ? found->slot : nullptr;
}

bool is_numpy_scalar(PyObject* object) {
    const char* name = type_name(object);
    return std::strncmp(name, "numpy.", 6) == 0 && std::strcmp(name, "numpy.ndarray") != 0 &&
           PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE) == 0;
}

// scalar + array, by a scalar of NumPy. NotImplemented if it is something else; null with an error set.
PyObject* operate(PyObject* ufunc, PyObject* scalar, PyObject* array) {
    const Ref name(PyObject_GetAttrString(ufunc, "__name__"));
    if (!name) {
        return nullptr;
    }
    const binaryfunc slot = PyUnicode_Check(name.get()) ? slot_of(name.get()) : nullptr;
    return slot != nullptr ? slot(scalar, array) : new_reference(Py_NotImplemented);
}

constexpr std::size_t most_inputs = 2;

// A call with NumPy's arrays in place of ours. The keyword, if there is one, is `out`, with a tuple of one array.
PyObject* call_with_ndarrays(PyObject* ufunc, PyObject* const* inputs, std::size_t count, PyObject* keyword_names) {
    Ref converted[most_inputs + 1];
    PyObject* arguments[most_inputs + 1] = {}; // NOLINT(misc-const-correctness): set below
    PyObject* const out = keyword_names != nullptr ? PyTuple_GET_ITEM(inputs[count], 0) : nullptr;
    PyObject* computed = run_loop(find_loop(ufunc), inputs, count, out);
    if (computed != nullptr || PyErr_Occurred() != nullptr) {
        return computed;
    }
    for (std::size_t i = 0; i < count + (out != nullptr ? 1 : 0); ++i) {
        arguments[i] = i < count ? inputs[i] : out;
        if (is_array(arguments[i])) {
            converted[i] = Ref(as_ndarray(arguments[i]));
            arguments[i] = converted[i].get();
        }
        if (arguments[i] == nullptr) {
            return nullptr;
        }
    }
    Ref result(PyObject_Vectorcall(ufunc, arguments, count, keyword_names));
    return result && out != nullptr ? new_reference(out) : result.release();
}

bool is_plain_array(PyObject* object) {
    return is_array(object) || (is_ndarray(object) && dimensions_of(object) > 0);
}

bool is_usual_input(PyObject* object) {
    return is_plain_array(object) || PyFloat_CheckExact(object) || PyLong_CheckExact(object);
}

bool is_usual_output(PyObject* keyword_names, PyObject* value) {
    return PyTuple_GET_SIZE(keyword_names) == 1 &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keyword_names, 0), "out") == 0 && PyTuple_Check(value) &&
           PyTuple_GET_SIZE(value) == 1 && is_plain_array(PyTuple_GET_ITEM(value, 0));
}

} // namespace

PyObject* array_ufunc(PyObject* self, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    PyObject* const* inputs = args + 2; // behind the ufunc and the name of its method
    const Py_ssize_t count = positional - 2;
    const bool has_keywords = keyword_names != nullptr && PyTuple_GET_SIZE(keyword_names) > 0;
    const bool is_call = (count == 1 || count == 2) && PyUnicode_Check(args[1]) &&
                         PyUnicode_CompareWithASCIIString(args[1], "__call__") == 0 &&
                         (!has_keywords || is_usual_output(keyword_names, args[positional]));
    if (is_call && !has_keywords && count == 2 && is_array(inputs[1]) && is_numpy_scalar(inputs[0])) {
        Ref result(operate(args[0], inputs[0], inputs[1]));
        if (result.get() != Py_NotImplemented) {
            return result.release();
        }
    } else if (is_call && std::all_of(inputs, inputs + count, is_usual_input) && knows_numpy()) {
        return call_with_ndarrays(args[0], inputs, static_cast<std::size_t>(count),
                                  has_keywords ? keyword_names : nullptr);
    }
    return call_python("piconumpy._numpy", "array_ufunc", {self}, args, positional, keyword_names);
}

} // namespace piconumpy
