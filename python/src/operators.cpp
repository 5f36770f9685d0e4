// SPDX-License-Identifier: BSD-3-Clause
// The operators of the array type. The first lines of every slot are what a short array costs: exact types only, and
// nothing that is not needed for them.
#include "array.hpp"
#include "conversion.hpp"
#include "elementwise.hpp"

#include <algorithm>

namespace piconumpy {

namespace {

Elements<double> elements(const ArrayObject* array) { return {array->data}; }
// The same without loading the pointer, for n <= small_capacity.
Elements<double> elements_in_place(const ArrayObject* array) { return {array->values}; }

// Operands as the slots hold them, and how to read them once the length is known.
Elements<double> reader_small(const ArrayObject* array) { return elements_in_place(array); }
Elements<double> reader(const ArrayObject* array) { return elements(array); }
Scalar<double> reader_small(double value) { return {value}; }
Scalar<double> reader(double value) { return {value}; }

template <class Op, class L, class R> [[gnu::noinline]] PyObject* general_result(Py_ssize_t n, L left, R right) {
    ArrayObject* result = new_array(n);
    if (result) {
        apply<Op>(result->data, static_cast<std::size_t>(n), reader(left), reader(right));
    }
    return as_object(result);
}

template <class Op, class L, class R> inline PyObject* result_of(Py_ssize_t n, L left, R right) {
    if (!is_recyclable(n)) [[unlikely]] {
        return general_result<Op>(n, left, right); // a tail call: so the lines below need no stack frame
    }
    ArrayObject* result = recycled_array(n);
    loop<Op>(result->values, static_cast<std::size_t>(n), reader_small(left), reader_small(right));
    return as_object(result);
}

[[gnu::cold]] PyObject* length_error(const char* operation, Py_ssize_t left, Py_ssize_t right) {
    return PyErr_Format(PyExc_ValueError, "%s: the lengths differ: %zd and %zd", operation, left, right);
}

// Scalars of other types than exact float and short int. What is no scalar gets NotImplemented, so that an ndarray
// (or whatever else) may answer.
template <class Op> [[gnu::noinline]] PyObject* binary_general(PyObject* lhs, PyObject* rhs) {
    const bool array_first = is_array(lhs);
    double scalar;
    switch (scalar_value(array_first ? rhs : lhs, scalar)) {
    case Conversion::not_a_number:
        Py_RETURN_NOTIMPLEMENTED;
    case Conversion::failed:
        return nullptr;
    case Conversion::done:
        break;
    }
    return array_first ? result_of<Op>(as_array(lhs)->n, as_array(lhs), scalar)
                       : result_of<Op>(as_array(rhs)->n, scalar, as_array(rhs));
}

// At least one operand is an array, else the interpreter would not call this slot.
template <class Op> PyObject* binary(PyObject* lhs, PyObject* rhs) {
    double scalar;
    if (is_array(lhs)) [[likely]] {
        const ArrayObject* left = as_array(lhs);
        if (is_array(rhs)) {
            const ArrayObject* right = as_array(rhs);
            if (left->n != right->n) [[unlikely]] {
                return length_error(Op::name, left->n, right->n);
            }
            return result_of<Op>(left->n, left, right);
        }
        if (exact_number(rhs, scalar)) [[likely]] {
            return result_of<Op>(left->n, left, scalar);
        }
    } else if (exact_number(lhs, scalar)) [[likely]] {
        return result_of<Op>(as_array(rhs)->n, scalar, static_cast<const ArrayObject*>(as_array(rhs)));
    }
    return binary_general<Op>(lhs, rhs);
}

template <class Op, class R> PyObject* update(ArrayObject* left, R right) {
    apply<Op>(left->data, static_cast<std::size_t>(left->n), elements(left), right);
    return new_reference(as_object(left));
}

// Numbers of other types, and buffers: an array changed in place stays the same array whatever it meets.
template <class Op> [[gnu::noinline]] PyObject* inplace_general(PyObject* self, PyObject* other) {
    ArrayObject* left = as_array(self);
    double scalar;
    switch (scalar_value(other, scalar)) {
    case Conversion::done:
        return update<Op>(left, Scalar<double>{scalar});
    case Conversion::failed:
        return nullptr;
    case Conversion::not_a_number:
        break;
    }
    if (!exports_buffer(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    Values right;
    if (!right.load(other, *left)) {
        return nullptr;
    }
    if (right.is_scalar) {
        return update<Op>(left, Scalar<double>{right.scalar});
    }
    if (right.n != left->n) {
        return length_error(Op::name, left->n, right.n);
    }
    return update<Op>(left, Elements<double>{right.data});
}

template <class Op> PyObject* inplace(PyObject* self, PyObject* other) {
    ArrayObject* left = as_array(self);
    if (is_array(other)) {
        const ArrayObject* right = as_array(other);
        if (left->n != right->n) [[unlikely]] {
            return length_error(Op::name, left->n, right->n);
        }
        return update<Op>(left, elements(right));
    }
    if (double scalar; exact_number(other, scalar)) [[likely]] {
        return update<Op>(left, Scalar<double>{scalar});
    }
    return inplace_general<Op>(self, other);
}

template <class Op> PyObject* unary(PyObject* self) {
    const ArrayObject* array = as_array(self);
    ArrayObject* result = new_array(array->n);
    if (result) {
        loop<Op>(result->data, static_cast<std::size_t>(array->n), elements(array));
    }
    return as_object(result);
}

} // namespace

constinit PyNumberMethods array_number_methods = []() noexcept {
    PyNumberMethods methods = {};
    methods.nb_add = binary<Add>;
    methods.nb_subtract = binary<Subtract>;
    methods.nb_multiply = binary<Multiply>;
    methods.nb_true_divide = binary<Divide>;
    methods.nb_inplace_add = inplace<Add>;
    methods.nb_inplace_subtract = inplace<Subtract>;
    methods.nb_inplace_multiply = inplace<Multiply>;
    methods.nb_inplace_true_divide = inplace<Divide>;
    methods.nb_negative = unary<Negative>;
    methods.nb_positive = unary<Positive>;
    methods.nb_absolute = unary<Absolute>;
    return methods;
}();

PyObject* array_richcompare(PyObject* lhs, PyObject* rhs, int comparison) {
    const bool is_equality = comparison == Py_EQ || comparison == Py_NE;
    if (!is_equality || !is_array(lhs) || !is_array(rhs)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const ArrayObject* left = as_array(lhs);
    const ArrayObject* right = as_array(rhs);
    const bool equal = std::equal(left->data, left->data + left->n, right->data, right->data + right->n);
    return PyBool_FromLong(static_cast<long>(equal == (comparison == Py_EQ)));
}

} // namespace piconumpy
