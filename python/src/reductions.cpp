// SPDX-License-Identifier: BSD-3-Clause
// The methods that make one number of an array, and a @ b.
#include "reductions.hpp"

#include "array.hpp"
#include "conversion.hpp"
#include "elementwise.hpp"
#include "floats.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace piconumpy {

namespace {

template <class Kernel, class... Data> double run(Kernel kernel, Py_ssize_t length, Data... data) {
    const auto n = static_cast<std::size_t>(length);
    PyThreadState* thread = release_gil(n);
    const double result = kernel(data..., n);
    acquire_gil(thread);
    return result;
}

[[gnu::cold]] PyObject* refuse_empty(const char* method) {
    return PyErr_Format(PyExc_ValueError, "%s: the array is empty", method);
}

double sum_of(const ArrayObject* a) { return run(pk_sum_f64, a->n, a->data); }

// The index of the first nan, else of the first number that no other is before.
template <class Before> PyObject* first_extreme(const ArrayObject* a, Before is_before) {
    Py_ssize_t best = 0;
    for (Py_ssize_t i = 0; i < a->n; ++i) {
        if (std::isnan(a->data[i])) {
            return PyLong_FromSsize_t(i);
        }
        if (is_before(a->data[i], a->data[best])) {
            best = i;
        }
    }
    return PyLong_FromSsize_t(best);
}

bool is_true(double number) { return number != 0; } // nan too

PyObject* product(const ArrayObject* a, const double* b, Py_ssize_t n) {
    return a->n == n ? new_float(run(pk_dot_f64, n, a->data, b)) : refuse_lengths("dot", a->n, n);
}

} // namespace

namespace reductions {

PyObject* sum(const ArrayObject* a) { return new_float(sum_of(a)); }
PyObject* prod(const ArrayObject* a) { return new_float(run(pk_prod_f64, a->n, a->data)); }
PyObject* mean(const ArrayObject* a) { return new_float(sum_of(a) / static_cast<double>(a->n)); }

PyObject* min(const ArrayObject* a) {
    return a->n == 0 ? refuse_empty("min") : new_float(run(pk_min_f64, a->n, a->data));
}
PyObject* max(const ArrayObject* a) {
    return a->n == 0 ? refuse_empty("max") : new_float(run(pk_max_f64, a->n, a->data));
}

PyObject* argmin(const ArrayObject* a) {
    return a->n == 0 ? refuse_empty("argmin") : first_extreme(a, std::less<>());
}
PyObject* argmax(const ArrayObject* a) {
    return a->n == 0 ? refuse_empty("argmax") : first_extreme(a, std::greater<>());
}

PyObject* any(const ArrayObject* a) {
    return PyBool_FromLong(static_cast<long>(std::any_of(a->data, a->data + a->n, is_true)));
}
PyObject* all(const ArrayObject* a) {
    return PyBool_FromLong(static_cast<long>(std::all_of(a->data, a->data + a->n, is_true)));
}

PyObject* dot(PyObject* self, PyObject* other) {
    const ArrayObject* a = as_array(self);
    if (is_array(other)) [[likely]] {
        return product(a, as_array(other)->data, as_array(other)->n);
    }
    Values b;
    if (!b.load(other, *a)) {
        return nullptr;
    }
    if (b.is_scalar) {
        return PyErr_Format(PyExc_TypeError, "dot: an array is needed, not %s: use a * b", type_name(other));
    }
    return product(a, b.data, b.n);
}

} // namespace reductions

PyObject* array_matmul(PyObject* lhs, PyObject* rhs) {
    PyObject* const other = is_array(lhs) ? rhs : lhs;
    if (!is_array(other) && !is_list_or_tuple(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return reductions::dot(is_array(lhs) ? lhs : rhs, other); // the products are the same in both orders
}

} // namespace piconumpy
