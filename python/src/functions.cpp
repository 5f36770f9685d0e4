// SPDX-License-Identifier: BSD-3-Clause
// The functions of the module: new arrays by length, and the kernels on anybody's memory.
#include "array.hpp"
#include "blocks.hpp"
#include "conversion.hpp"
#include "elementwise.hpp"

#include <algorithm>
#include <utility>

namespace piconumpy {

namespace {

// ---- arguments ----------------------------------------------------------------------------------------------------

// Sorts the arguments of a vectorcall under the names of the parameters; what was not given stays null. The slots
// borrow their references. A template, as that lets the compiler unroll for the few parameters there are.
template <std::size_t N>
bool bind_arguments(const char* function, const char* const (&names)[N], PyObject* (&bound)[N], std::size_t required,
                    PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    if (std::cmp_greater(positional, N)) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zu arguments (%zd given)", function, N, positional);
        return false;
    }
    std::copy_n(args, positional, bound);
    const Py_ssize_t keywords = keyword_names ? PyTuple_GET_SIZE(keyword_names) : 0;
    for (Py_ssize_t k = 0; k < keywords; ++k) {
        PyObject* keyword = PyTuple_GET_ITEM(keyword_names, k);
        std::size_t i = 0;
        while (i < N && PyUnicode_CompareWithASCIIString(keyword, names[i]) != 0) {
            ++i;
        }
        if (i == N || bound[i]) {
            PyErr_Format(PyExc_TypeError, i == N ? "%s() has no argument %R" : "%s() got two values for argument %R",
                         function, keyword);
            return false;
        }
        bound[i] = args[positional + k];
    }
    for (std::size_t i = 0; i < required; ++i) {
        if (bound[i]) {
            continue;
        }
        PyErr_Format(PyExc_TypeError, "%s() needs the argument '%s'", function, names[i]);
        return false;
    }
    return true;
}

// ---- new arrays by length -----------------------------------------------------------------------------------------

ArrayObject* new_array_of_length(PyObject* length) {
    if (PyIndex_Check(length) == 0) {
        PyErr_Format(PyExc_TypeError, "n must be an integer, not %s", type_name(length));
        return nullptr;
    }
    const Py_ssize_t n = PyNumber_AsSsize_t(length, nullptr); // clips what no memory could hold
    if (n == -1 && PyErr_Occurred() != nullptr) {
        return nullptr;
    }
    if (n < 0) {
        PyErr_SetString(PyExc_ValueError, "n must not be negative");
        return nullptr;
    }
    return new_array(n);
}

PyObject* filled(PyObject* length, double value) {
    ArrayObject* array = new_array_of_length(length);
    if (array != nullptr) {
        std::fill_n(array->data, array->n, value);
    }
    return as_object(array);
}

PyObject* zeros(PyObject*, PyObject* length) { return filled(length, 0.0); }
PyObject* ones(PyObject*, PyObject* length) { return filled(length, 1.0); }
PyObject* empty(PyObject*, PyObject* length) { return as_object(new_array_of_length(length)); }

PyObject* full(PyObject*, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    static constexpr const char* names[] = {"n", "value"};
    PyObject* bound[2] = {};
    double value;
    if (!bind_arguments("full", names, bound, 2, args, positional, keyword_names)) {
        return nullptr;
    }
    return named_value(bound[1], "value", value) ? filled(bound[0], value) : nullptr;
}

// ---- memory -------------------------------------------------------------------------------------------------------

PyObject* release_memory(PyObject*, PyObject*) { return PyLong_FromSize_t(release_kept_blocks()); }

// ---- kernels on anybody's memory ----------------------------------------------------------------------------------

// One argument of a kernel function: a scalar, or memory that holds n numbers of one type.
struct Operand {
    const char* name = nullptr;
    bool is_scalar = false;
    double scalar = 0;
    bool is_float32 = false;
    bool is_readonly = false;
    void* data = nullptr;
    Py_ssize_t n = 0;
    BufferView view;

    bool load(const char* argument, PyObject* object);        // false with an error set
    bool load_output(const char* argument, PyObject* object); // no scalars, writable
    std::size_t bytes() const { return static_cast<std::size_t>(n) * (is_float32 ? sizeof(float) : sizeof(double)); }
    const char* dtype() const { return is_float32 ? "float32" : "float64"; }

  private:
    bool load_buffer(PyObject* object);
    bool load_number(PyObject* object, Conversion (*convert)(PyObject*, double&));
    bool set_dtype_error() const;
};

constexpr const char* int_name(std::size_t bytes) { return bytes == 4 ? "int32" : "int64"; }
constexpr const char* uint_name(std::size_t bytes) { return bytes == 4 ? "uint32" : "uint64"; }

// The name that users know for a format letter of the struct module; null for letters that have none.
const char* dtype_name(char format) {
    switch (format) {
    case '?':
        return "bool";
    case 'b':
        return "int8";
    case 'B':
        return "uint8";
    case 'h':
        return "int16";
    case 'H':
        return "uint16";
    case 'i':
        return "int32";
    case 'I':
        return "uint32";
    case 'l':
        return int_name(sizeof(long));
    case 'L':
        return uint_name(sizeof(long));
    case 'q':
        return "int64";
    case 'Q':
        return "uint64";
    case 'e':
        return "float16";
    case 'g':
        return "longdouble";
    default:
        return nullptr;
    }
}

bool Operand::set_dtype_error() const {
    static constexpr const char* wanted = "float64 or float32 in native byte order is needed";
    if (const char* known = dtype_name(view.native_format())) {
        PyErr_Format(PyExc_TypeError, "%s: dtype %s: %s", name, known, wanted);
    } else {
        PyErr_Format(PyExc_TypeError, "%s: format '%s': %s", name, (view->format != nullptr) ? view->format : "B",
                     wanted);
    }
    return false;
}

bool Operand::load_number(PyObject* object, Conversion (*convert)(PyObject*, double&)) {
    is_scalar = true;
    const Conversion conversion = convert(object, scalar);
    if (conversion == Conversion::not_a_number) {
        PyErr_Format(PyExc_TypeError, "%s: a float64 or float32 buffer or a real number is needed, not %s", name,
                     type_name(object));
    } else if (conversion == Conversion::failed && is_overflow(object)) {
        PyErr_Format(PyExc_OverflowError, "%s: an int too large for a float", name);
    }
    return conversion == Conversion::done;
}

bool Operand::load_buffer(PyObject* object) {
    if (!view.acquire(object)) {
        if (clear_ordinary_error()) {
            PyErr_Format(PyExc_TypeError, "%s: %s gives no access to a buffer of numbers", name, type_name(object));
        }
        return false;
    }
    if (view->ndim == 0) {
        return load_number(object, element_value);
    }
    const char format = view.native_format();
    if (format != 'd' && format != 'f') {
        return set_dtype_error();
    }
    is_float32 = format == 'f';
    is_readonly = view->readonly != 0;
    data = view->buf;
    n = view.length();
    if (view->ndim != 1) {
        PyErr_Format(PyExc_ValueError, "%s: has %d dimensions, one is needed", name, view->ndim);
    } else if (!view.is_contiguous()) {
        PyErr_Format(PyExc_ValueError, "%s: not contiguous", name);
    } else if (n > 0 && !is_aligned(data, static_cast<std::size_t>(view->itemsize))) {
        PyErr_Format(PyExc_ValueError, "%s: not aligned to its %zd-byte elements", name, view->itemsize);
    } else {
        return true;
    }
    return false;
}

bool Operand::load(const char* argument, PyObject* object) {
    name = argument;
    if (is_array(object)) {
        data = as_array(object)->data;
        n = as_array(object)->n;
        return true;
    }
    is_scalar = exact_number(object, scalar);
    if (is_scalar) {
        return true;
    }
    const bool is_buffer = exports_buffer(object) && !PyFloat_Check(object);
    return is_buffer ? load_buffer(object) : load_number(object, scalar_value);
}

bool Operand::load_output(const char* argument, PyObject* object) {
    name = argument;
    if (!exports_buffer(object)) {
        PyErr_Format(PyExc_TypeError, "%s: a writable float64 or float32 buffer is needed, not %s", name,
                     type_name(object));
        return false;
    }
    if (!load(argument, object)) {
        return false;
    }
    if (is_scalar) {
        PyErr_Format(PyExc_ValueError, "%s: has 0 dimensions, one is needed", name);
    } else if (is_readonly) {
        PyErr_Format(PyExc_ValueError, "%s: read-only", name);
    }
    return !is_scalar && !is_readonly;
}

bool check_alike(const Operand& operand, const Operand& reference) {
    if (operand.is_float32 != reference.is_float32) {
        PyErr_Format(PyExc_TypeError, "%s has dtype %s, %s has dtype %s", operand.name, operand.dtype(),
                     reference.name, reference.dtype());
    } else if (operand.n != reference.n) {
        PyErr_Format(PyExc_ValueError, "%s has length %zd, %s has length %zd", operand.name, operand.n,
                     reference.name, reference.n);
    } else {
        return true;
    }
    return false;
}

bool check_overlap(const Operand& out, const Operand& input) {
    if (input.is_scalar || out.data == input.data || !overlap(out.data, out.bytes(), input.data, input.bytes())) {
        return true;
    }
    PyErr_Format(PyExc_ValueError, "out: overlaps %s without being the same memory", input.name);
    return false;
}

template <class Op, class T> void run(const Operand& a, const Operand& b, void* out, std::size_t n) {
    auto* result = static_cast<T*>(out);
    const auto numbers = [](const Operand& operand) { return Elements<T>{static_cast<const T*>(operand.data)}; };
    const auto scalar = [](const Operand& operand) { return Scalar<T>{static_cast<T>(operand.scalar)}; };
    if (a.is_scalar) {
        apply<Op>(result, n, scalar(a), numbers(b));
    } else if (b.is_scalar) {
        apply<Op>(result, n, numbers(a), scalar(b));
    } else {
        apply<Op>(result, n, numbers(a), numbers(b));
    }
}

using Run = void (*)(const Operand& a, const Operand& b, void* out, std::size_t n);

// Whatever is not three arrays of ours. The kernels come as pointers, so that this code exists once.
PyObject* on_any_memory(PyObject* a_object, PyObject* b_object, PyObject* out_object, Run run_float64,
                        Run run_float32) {
    Operand a;
    Operand b;
    Operand out;
    if (!a.load("a", a_object) || !b.load("b", b_object)) {
        return nullptr;
    }
    if (a.is_scalar && b.is_scalar) {
        PyErr_SetString(PyExc_TypeError, "a and b are both scalars, one must be an array");
        return nullptr;
    }
    const Operand& reference = a.is_scalar ? b : a;
    if (!a.is_scalar && !b.is_scalar && !check_alike(b, a)) {
        return nullptr;
    }
    Ref result;
    if (out_object != nullptr) {
        if (!out.load_output("out", out_object) || !check_alike(out, reference) || !check_overlap(out, a) ||
            !check_overlap(out, b)) {
            return nullptr;
        }
        result = Ref(new_reference(out_object));
    } else {
        if (reference.is_float32) {
            PyErr_Format(PyExc_TypeError, "%s has dtype float32: out= is needed, as a new array holds float64",
                         reference.name);
            return nullptr;
        }
        result = Ref(as_object(new_array(reference.n)));
        if (!result) {
            return nullptr;
        }
        out.data = as_array(result.get())->data;
    }
    (reference.is_float32 ? run_float32 : run_float64)(a, b, out.data, static_cast<std::size_t>(reference.n));
    return result.release();
}

template <class Op>
PyObject* function(PyObject*, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    static constexpr const char* names[] = {"a", "b", "out"};
    PyObject* bound[3] = {};
    if (!bind_arguments(Op::name, names, bound, 2, args, positional, keyword_names)) {
        return nullptr;
    }
    auto [a, b, out] = bound;
    if (out == Py_None) {
        out = nullptr;
    }
    if (is_array(a) && is_array(b) && out && is_array(out)) {
        const Py_ssize_t n = as_array(a)->n;
        if (as_array(b)->n == n && as_array(out)->n == n) [[likely]] {
            apply<Op>(as_array(out)->data, static_cast<std::size_t>(n), Elements<double>{as_array(a)->data},
                      Elements<double>{as_array(b)->data});
            return new_reference(out);
        }
    }
    return on_any_memory(a, b, out, run<Op, double>, run<Op, float>);
}

// ---- documentation and table --------------------------------------------------------------------------------------

constexpr const char zeros_doc[] = R"(zeros(n, /)
--

An array of n zeros.

Raises TypeError if n is no integer, ValueError if it is negative, MemoryError if it is too large.

Examples
--------
>>> from piconumpy import zeros
>>> zeros(3)
array([0.0, 0.0, 0.0])
)";

constexpr const char ones_doc[] = R"(ones(n, /)
--

An array of n ones.

Raises TypeError if n is no integer, ValueError if it is negative, MemoryError if it is too large.

Examples
--------
>>> from piconumpy import ones
>>> ones(2)
array([1.0, 1.0])
)";

constexpr const char empty_doc[] = R"(empty(n, /)
--

An array of n numbers that are not initialised, to be written before they are read.

Raises TypeError if n is no integer, ValueError if it is negative, MemoryError if it is too large.

Examples
--------
>>> from piconumpy import empty
>>> a = empty(3)
>>> a[:] = 1.5
>>> a
array([1.5, 1.5, 1.5])
)";

constexpr const char full_doc[] = R"(full(n, value)
--

An array that holds a value n times.

Raises TypeError if n is no integer or value no real number, ValueError if n is negative, MemoryError if it is too
large.

Examples
--------
>>> from piconumpy import full
>>> full(3, 0.5)
array([0.5, 0.5, 0.5])
)";

constexpr const char release_memory_doc[] = R"(release_memory()
--

Give the memory that is kept for new large arrays back to the system, and return its size in bytes.

Fresh memory takes several times as long as writing a result into it. So the memory of an array that dies is kept for
the next one of about its length. What is kept of 32 KiB and more never exceeds what such arrays alive hold, or 32 MiB if
that is more, and of less up to 1 MiB is kept; beyond that the oldest goes back by itself. On PyPy nothing is kept, and
the answer is always 0.

Examples
--------
>>> from piconumpy import release_memory, zeros
>>> a = zeros(100_000)
>>> a = a + 1  # the memory of the zeros is kept
>>> given_back = release_memory()
>>> release_memory()
0
)";

constexpr const char add_doc[] = R"(add(a, b, out=None)
--

a + b, elementwise, on anybody's memory.

Parameters
----------
a, b : array, buffer or real number
    One-dimensional contiguous buffers of float64 or float32 (a NumPy array, ``array.array``, a memoryview), both of
    one type and length; one of the two may be a real number, which is rounded to the type of the other.
out : writable buffer, optional
    Of the same type and length. May be exactly a or b; any other overlap with them is refused.

Returns
-------
out, or a new array if there was none. Arrays hold float64, so float32 needs out.

Raises
------
TypeError
    On wrong types, element types that differ, two scalars.
ValueError
    On lengths that differ, more than one dimension, memory that is not contiguous or not aligned, an out that is
    read-only or overlaps a or b partially. The message names the argument, and nothing was written.

Notes
-----
Every number is the correctly rounded IEEE 754 result, with the same bits on every CPU. From 32768 numbers on
other threads may run meanwhile.

Examples
--------
>>> from array import array as std_array
>>> from piconumpy import add, array
>>> add(array([1, 2]), array([10, 20]))
array([11.0, 22.0])
>>> memory = std_array("f", [1, 2, 3])
>>> add(memory, 0.5, out=memory)
array('f', [1.5, 2.5, 3.5])
)";

constexpr const char subtract_doc[] = R"(subtract(a, b, out=None)
--

a - b, elementwise, on anybody's memory: see add for the arguments and errors.

Examples
--------
>>> from piconumpy import array, subtract
>>> subtract(10, array([1, 2]))
array([9.0, 8.0])
)";

constexpr const char multiply_doc[] = R"(multiply(a, b, out=None)
--

a * b, elementwise, on anybody's memory: see add for the arguments and errors.

Examples
--------
>>> from piconumpy import array, multiply
>>> a = array([1, 2])
>>> multiply(a, a, out=a)
array([1.0, 4.0])
)";

constexpr const char divide_doc[] = R"(divide(a, b, out=None)
--

a / b, elementwise, on anybody's memory: see add for the arguments and errors. Division by zero gives inf or nan.

Examples
--------
>>> from piconumpy import array, divide
>>> divide(array([1, 2]), array([4, 0]))
array([0.25, float('inf')])
)";

template <class Function> PyCFunction as_method(Function* function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

constexpr int fast_keywords = static_cast<int>(unsigned{METH_FASTCALL} | unsigned{METH_KEYWORDS});

PyMethodDef functions[] = {
    {"zeros", zeros, METH_O, zeros_doc},
    {"ones", ones, METH_O, ones_doc},
    {"empty", empty, METH_O, empty_doc},
    {"full", as_method(full), fast_keywords, full_doc},
    {"release_memory", release_memory, METH_NOARGS, release_memory_doc},
    {"add", as_method(function<Add>), fast_keywords, add_doc},
    {"subtract", as_method(function<Subtract>), fast_keywords, subtract_doc},
    {"multiply", as_method(function<Multiply>), fast_keywords, multiply_doc},
    {"divide", as_method(function<Divide>), fast_keywords, divide_doc},
};

} // namespace

bool add_functions(PyObject* module) {
    const Ref package(PyUnicode_FromString("piconumpy")); // the place they are to be known by
    if (!package) {
        return false;
    }
    for (PyMethodDef& definition : functions) {
        const Ref object(PyCFunction_NewEx(&definition, nullptr, package.get()));
        if (!object || PyObject_SetAttrString(module, definition.ml_name, object.get()) < 0) {
            return false;
        }
    }
    return true;
}

} // namespace piconumpy
