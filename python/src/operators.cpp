// SPDX-License-Identifier: BSD-3-Clause
// The operators of the array type. The first lines of each slot are what an operation on a short array costs. They
// handle exact types only, and do only what those need.
#include "array.hpp"
#include "conversion.hpp"
#include "elementwise.hpp"
#include "ndarrays.hpp"

#include <algorithm>
#include <iterator>

namespace piconumpy {

namespace {

// An operand of a slot, as loops and kernels read it. For n <= small_capacity, `read_short` need not load the
// pointer.
Elements<double> read(const ArrayObject* array) { return {array->data}; }
Elements<double> read_short(const ArrayObject* array) { return {array->values}; }
Scalar<double> read(double value) { return {value}; }
Scalar<double> read_short(double value) { return {value}; }

// For long arrays, and for short ones that the free list has no object for.
template <class Op, class... Operands>
[[gnu::noinline]] PyObject* allocated_result(Py_ssize_t n, Operands... operands) {
    ArrayObject* result = allocate_array(n);
    if (result) {
        apply_kernel<Op>(result->data, static_cast<std::size_t>(n), read(operands)...);
    }
    return as_object(result);
}

template <class Op, class... Operands> inline PyObject* result_of(Py_ssize_t n, Operands... operands) {
    if (!is_recyclable(n)) [[unlikely]] {
        return allocated_result<Op>(n, operands...); // a tail call, so that the lines below need no stack frame
    }
    ArrayObject* result = recycled_array(n);
    loop<Op>(result->values, static_cast<std::size_t>(n), read_short(operands)...);
    return as_object(result);
}

template <class Op>
[[gnu::always_inline]] inline PyObject* of_arrays(const ArrayObject* left, const ArrayObject* right) {
    if (left->n != right->n) [[unlikely]] {
        return refuse_lengths(Op::name, left->n, right->n);
    }
    return result_of<Op>(left->n, left, right);
}

// Python's operation on an array and an ndarray. If it were left to the ndarray's operator by NotImplemented, NumPy
// would ask array.__array_ufunc__ first.
PyObject* by_numpy(binaryfunc operation, PyObject* lhs, PyObject* rhs) {
    const bool array_first = is_array(lhs);
    const Ref converted(as_ndarray(array_first ? lhs : rhs));
    if (!converted) {
        return nullptr;
    }
    return array_first ? operation(converted.get(), rhs) : operation(lhs, converted.get());
}

PyObject* power_of(PyObject* lhs, PyObject* rhs) { return PyNumber_Power(lhs, rhs, Py_None); }

// Python's operation on any objects.
template <class Op> constexpr binaryfunc operation_of = nullptr;
template <> constexpr binaryfunc operation_of<operations::add> = PyNumber_Add;
template <> constexpr binaryfunc operation_of<operations::subtract> = PyNumber_Subtract;
template <> constexpr binaryfunc operation_of<operations::multiply> = PyNumber_Multiply;
template <> constexpr binaryfunc operation_of<operations::divide> = PyNumber_TrueDivide;
template <> constexpr binaryfunc operation_of<operations::floor_divide> = PyNumber_FloorDivide;
template <> constexpr binaryfunc operation_of<operations::remainder> = PyNumber_Remainder;
template <> constexpr binaryfunc operation_of<operations::power> = power_of;

template <class Op> PyObject* with_ndarray(PyObject* lhs, PyObject* rhs) {
    PyObject* const inputs[] = {lhs, rhs};
    PyObject* result = run_loop(loop_of(Op::name), inputs, std::size(inputs));
    return result != nullptr || PyErr_Occurred() != nullptr ? result : by_numpy(operation_of<Op>, lhs, rhs);
}

// For ndarrays, lists, tuples, and scalars of other types than exact float and short int. The answer to everything
// else is NotImplemented, so that any other type can do the operation.
template <class Op> [[gnu::noinline]] PyObject* binary_general(PyObject* lhs, PyObject* rhs) {
    const bool array_first = is_array(lhs);
    PyObject* const other = array_first ? rhs : lhs;
    if (is_ndarray(other)) {
        return with_ndarray<Op>(lhs, rhs);
    }
    if (is_list_or_tuple(other)) {
        const Ref numbers(array_from_object(other));
        if (!numbers) {
            return nullptr;
        }
        return array_first ? of_arrays<Op>(as_array(lhs), as_array(numbers.get()))
                           : of_arrays<Op>(as_array(numbers.get()), as_array(rhs));
    }
    double scalar;
    switch (scalar_value(other, scalar)) {
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

// At least one operand is an array: the interpreter calls this slot for no others.
template <class Op> PyObject* binary(PyObject* lhs, PyObject* rhs) {
    double scalar;
    if (is_array(lhs)) [[likely]] {
        const ArrayObject* left = as_array(lhs);
        if (is_array(rhs)) {
            return of_arrays<Op>(left, as_array(rhs));
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
    apply<Op>(left->data, static_cast<std::size_t>(left->n), read(left), right);
    return new_reference(as_object(left));
}

// For numbers of other types, lists, tuples, and buffers: whatever the operand is, the array stays the same object.
template <class Op> [[gnu::noinline]] PyObject* inplace_general(PyObject* self, PyObject* other) {
    ArrayObject* left = as_array(self);
    double scalar;
    const bool is_no_scalar = is_ndarray(other) || is_list_or_tuple(other);
    switch (is_no_scalar ? Conversion::not_a_number : scalar_value(other, scalar)) {
    case Conversion::done:
        return update<Op>(left, Scalar<double>{scalar});
    case Conversion::failed:
        return nullptr;
    case Conversion::not_a_number:
        break;
    }
    if (!exports_buffer(other) && !is_list_or_tuple(other)) {
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
        return refuse_lengths(Op::name, left->n, right.n);
    }
    return update<Op>(left, Elements<double>{right.data});
}

template <class Op> PyObject* inplace(PyObject* self, PyObject* other) {
    ArrayObject* left = as_array(self);
    if (is_array(other)) {
        const ArrayObject* right = as_array(other);
        if (left->n != right->n) [[unlikely]] {
            return refuse_lengths(Op::name, left->n, right->n);
        }
        return update<Op>(left, read(right));
    }
    if (double scalar; exact_number(other, scalar)) [[likely]] {
        return update<Op>(left, Scalar<double>{scalar});
    }
    return inplace_general<Op>(self, other);
}

template <class Op> PyObject* unary(PyObject* self) {
    return result_of<Op>(as_array(self)->n, static_cast<const ArrayObject*>(as_array(self)));
}

PyObject* positive(PyObject* self) { return copy_of(as_array(self)); }

PyObject* power(PyObject* lhs, PyObject* rhs, PyObject* modulus) { // NOLINT(misc-const-correctness): the slot's type
    if (modulus != Py_None) {
        Py_RETURN_NOTIMPLEMENTED; // pow(lhs, rhs, modulus), in which any of the three can be the array
    }
    return binary<operations::power>(lhs, rhs);
}

PyObject* inplace_power(PyObject* self, PyObject* other, PyObject* modulus) { // NOLINT(misc-const-correctness)
    if (modulus != Py_None) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return inplace<operations::power>(self, other);
}

PyObject* divmod(PyObject* lhs, PyObject* rhs) {
    if (is_ndarray(is_array(lhs) ? rhs : lhs)) {
        return by_numpy(PyNumber_Divmod, lhs, rhs);
    }
    Ref quotient(binary<operations::floor_divide>(lhs, rhs));
    if (!quotient || quotient.get() == Py_NotImplemented) {
        return quotient.release();
    }
    const Ref remainder(binary<operations::remainder>(lhs, rhs));
    return remainder ? PyTuple_Pack(2, quotient.get(), remainder.get()) : nullptr;
}

PyObject* matrix_multiply(PyObject* lhs, PyObject* rhs) {
    return is_ndarray(is_array(lhs) ? rhs : lhs) ? by_numpy(PyNumber_MatrixMultiply, lhs, rhs)
                                                 : array_matmul(lhs, rhs);
}

PyObject* refuse_inplace_matmul(PyObject*, PyObject*) {
    PyErr_SetString(PyExc_TypeError, "a @= b: the product is one number; use x = a @ b");
    return nullptr;
}

// Without these slots, float() and int() would take the exported memory for text.
PyObject* refuse_conversion(const char* name) {
    const Ref text(PyUnicode_FromString(name));
    return text ? call_python("piconumpy._conversion", "refuse_conversion", text.get()) : nullptr;
}
PyObject* refuse_float(PyObject*) { return refuse_conversion("float"); }
PyObject* refuse_int(PyObject*) { return refuse_conversion("int"); }

} // namespace

constinit PyNumberMethods array_number_methods = []() noexcept {
    PyNumberMethods methods = {};
    methods.nb_add = binary<operations::add>;
    methods.nb_subtract = binary<operations::subtract>;
    methods.nb_multiply = binary<operations::multiply>;
    methods.nb_true_divide = binary<operations::divide>;
    methods.nb_floor_divide = binary<operations::floor_divide>;
    methods.nb_remainder = binary<operations::remainder>;
    methods.nb_divmod = divmod;
    methods.nb_power = power;
    methods.nb_matrix_multiply = matrix_multiply;
    methods.nb_inplace_add = inplace<operations::add>;
    methods.nb_inplace_subtract = inplace<operations::subtract>;
    methods.nb_inplace_multiply = inplace<operations::multiply>;
    methods.nb_inplace_true_divide = inplace<operations::divide>;
    methods.nb_inplace_floor_divide = inplace<operations::floor_divide>;
    methods.nb_inplace_remainder = inplace<operations::remainder>;
    methods.nb_inplace_power = inplace_power;
    methods.nb_inplace_matrix_multiply = refuse_inplace_matmul;
    methods.nb_negative = unary<operations::negative>;
    methods.nb_positive = positive;
    methods.nb_absolute = unary<operations::absolute>;
    methods.nb_float = refuse_float;
    methods.nb_int = refuse_int;
    return methods;
}();

namespace {

// An ndarray, or any other type, may have an answer.
PyObject* refuse_order(PyObject* lhs, PyObject* rhs, int comparison) {
    static constexpr const char* signs[] = {"<", "<=", "==", "!=", ">", ">="};
    const Ref sign(PyUnicode_FromString(signs[comparison]));
    return sign ? call_python("piconumpy._conversion", "refuse_order", lhs, rhs, sign.get()) : nullptr;
}

// The left side is an array.
PyObject* compare_with_ndarray(PyObject* lhs, PyObject* rhs, int comparison) {
    static constexpr std::size_t comparisons[] = {loop_of("less"),    loop_of("less_equal"),
                                                  loop_of("equal"),   loop_of("not_equal"),
                                                  loop_of("greater"), loop_of("greater_equal")};
    PyObject* const inputs[] = {lhs, rhs};
    PyObject* result = run_loop(comparisons[comparison], inputs, std::size(inputs));
    if (result != nullptr || PyErr_Occurred() != nullptr) {
        return result;
    }
    const Ref converted(as_ndarray(lhs));
    return converted ? PyObject_RichCompare(converted.get(), rhs, comparison) : nullptr;
}

} // namespace

PyObject* array_richcompare(PyObject* lhs, PyObject* rhs, int comparison) {
    if (is_ndarray(rhs) && dimensions_of(rhs) > 0) { // without dimensions it is a scalar
        return compare_with_ndarray(lhs, rhs, comparison);
    }
    if (comparison != Py_EQ && comparison != Py_NE) {
        return refuse_order(lhs, rhs, comparison);
    }
    if (!is_array(lhs) || !is_array(rhs)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const ArrayObject* left = as_array(lhs);
    const ArrayObject* right = as_array(rhs);
    const bool equal = std::equal(left->data, left->data + left->n, right->data, right->data + right->n);
    return PyBool_FromLong(static_cast<long>(equal == (comparison == Py_EQ)));
}

} // namespace piconumpy
