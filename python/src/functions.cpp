// SPDX-License-Identifier: BSD-3-Clause
// The functions of the module: new arrays by length, and the operations on arrays and other buffers.
#include "array.hpp"
#include "blocks.hpp"
#include "conversion.hpp"
#include "doc_strings.hpp"
#include "elementwise.hpp"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

namespace piconumpy {

namespace {

// ---- arguments ----------------------------------------------------------------------------------------------------

// Puts the arguments of a vectorcall in the order of the parameters, as borrowed references; null for those that were
// not given. False if they do not fit the parameters. A template, so that the compiler unrolls the loops.
template <std::size_t N>
bool bind_arguments(const char* const (&names)[N], PyObject* (&bound)[N], std::size_t required, PyObject* const* args,
                    Py_ssize_t positional, PyObject* keyword_names) {
    if (std::cmp_greater(positional, N)) {
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
            return false;
        }
        bound[i] = args[positional + k];
    }
    return std::all_of(bound, bound + required, [](PyObject* argument) { return argument != nullptr; });
}

// Python's own error for arguments that do not fit: the interface has a function of the same parameters.
[[gnu::cold]] PyObject* refuse_arguments(const char* function, PyObject* const* args, Py_ssize_t positional,
                                         PyObject* keyword_names) {
    return call_python("piconumpy._interface", function, args, static_cast<std::size_t>(positional), keyword_names);
}

// ---- new arrays by length -----------------------------------------------------------------------------------------

ArrayObject* new_array_of_length(PyObject* length) {
    if (Py_ssize_t n; PyLong_CheckExact(length) && compact_int(length, n) && n >= 0) [[likely]] {
        return new_array(n);
    }
    const Ref checked(call_python("piconumpy._conversion", "length_value", length));
    // Clipped if it is too large for any memory.
    return checked ? new_array(PyNumber_AsSsize_t(checked.get(), nullptr)) : nullptr;
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
    if (!bind_arguments(names, bound, 2, args, positional, keyword_names)) {
        return refuse_arguments("full", args, positional, keyword_names);
    }
    return named_value(bound[1], "value", value) ? filled(bound[0], value) : nullptr;
}

// ---- memory -------------------------------------------------------------------------------------------------------

PyObject* release_memory(PyObject*, PyObject*) { return PyLong_FromSize_t(release_kept_blocks()); }

// ---- operations ---------------------------------------------------------------------------------------------------

// One argument of an operation: a scalar, or memory that holds n numbers of one type.
struct Operand {
    bool is_scalar = false;
    double scalar = 0;
    bool is_float32 = false;
    bool is_readonly = false;
    void* data = nullptr;
    Py_ssize_t n = 0;
    BufferView view;

    bool load(PyObject* object); // false if the object is refused; an error may be set
    std::size_t bytes() const { return static_cast<std::size_t>(n) * (is_float32 ? sizeof(float) : sizeof(double)); }
    bool is_like(const Operand& other) const { return is_float32 == other.is_float32 && n == other.n; }
    bool overlaps_partially(const Operand& other) const {
        return data != other.data && overlap(data, bytes(), other.data, other.bytes());
    }

  private:
    bool load_buffer(PyObject* object);
};

bool Operand::load_buffer(PyObject* object) {
    if (!view.acquire(object)) {
        clear_refusal();
        return false;
    }
    if (view->ndim == 0) {
        is_scalar = element_value(object, scalar) == Conversion::done;
        return is_scalar;
    }
    const char format = view.native_format();
    is_float32 = format == 'f';
    is_readonly = view->readonly != 0;
    data = view->buf;
    n = view.length();
    return (format == 'd' || format == 'f') && view->ndim == 1 && view.is_contiguous() &&
           (n == 0 || is_aligned(data, static_cast<std::size_t>(view->itemsize)));
}

bool Operand::load(PyObject* object) {
    if (is_array(object)) {
        data = as_array(object)->data;
        n = as_array(object)->n;
        return true;
    }
    is_scalar = exact_number(object, scalar);
    if (is_scalar) {
        return true;
    }
    if (exports_buffer(object) && !PyFloat_Check(object)) {
        return load_buffer(object);
    }
    is_scalar =
        plain_value(object, scalar) || (!PyLong_Check(object) && scalar_value(object, scalar) == Conversion::done);
    return is_scalar;
}

// Raises what is wrong with the arguments. The checks are repeated in Python, where the messages are.
[[gnu::cold]] PyObject* refuse_operands(std::span<PyObject* const> inputs, PyObject* out) {
    if (PyErr_Occurred() != nullptr) {
        return nullptr;
    }
    PyObject* args[3] = {out != nullptr ? out : Py_None}; // NOLINT(misc-const-correctness): copied to below
    std::ranges::copy(inputs, args + 1);
    return call_python("piconumpy._operands", "refuse", args, 1 + inputs.size());
}

template <class Op, class T> void run(const Operand* operands, void* out, std::size_t n) {
    auto* result = static_cast<T*>(out);
    const auto numbers = [](const Operand& operand) { return Elements<T>{static_cast<const T*>(operand.data)}; };
    const auto scalar = [](const Operand& operand) { return Scalar<T>{static_cast<T>(operand.scalar)}; };
    const Operand& a = operands[0];
    if constexpr (Op::arity == 1) {
        apply<Op>(result, n, numbers(a));
    } else if (const Operand& b = operands[1]; a.is_scalar) {
        apply<Op>(result, n, scalar(a), numbers(b));
    } else if (b.is_scalar) {
        apply<Op>(result, n, numbers(a), scalar(b));
    } else {
        apply<Op>(result, n, numbers(a), numbers(b));
    }
}

template <class Op, class... Scalars> double of_scalars(Scalars... scalars) {
    if constexpr (std::is_invocable_v<Op, Scalars...>) {
        return Op()(scalars...);
    } else {
        return Op::of_numbers(scalars...);
    }
}

// The result for scalars alone.
template <class Op> double of_numbers(const Operand* operands) {
    if constexpr (Op::arity == 1) {
        return of_scalars<Op>(operands[0].scalar);
    } else {
        return of_scalars<Op>(operands[0].scalar, operands[1].scalar);
    }
}

// What an operation computes with.
struct Computation {
    void (*float64)(const Operand* operands, void* out, std::size_t n);
    void (*float32)(const Operand* operands, void* out, std::size_t n);
    double (*numbers)(const Operand* operands);
};

// The result, or null for operands that are refused; then an error may be set. The operation comes as pointers, so
// that this code exists once.
PyObject* result_in_any_memory(std::span<PyObject* const> inputs, PyObject* out_object,
                               const Computation& computation) {
    Operand operands[2];
    Operand out;
    const Operand* reference = nullptr; // the first operand that is no scalar
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        Operand& operand = operands[i];
        if (!operand.load(inputs[i])) {
            return nullptr;
        }
        if (operand.is_scalar) {
            continue;
        }
        if (reference != nullptr && !operand.is_like(*reference)) {
            return nullptr;
        }
        reference = reference != nullptr ? reference : &operand;
    }
    if (reference == nullptr && out_object == nullptr) {
        return PyFloat_FromDouble(computation.numbers(operands));
    }
    Ref result;
    if (reference == nullptr || (out_object == nullptr && reference->is_float32)) {
        return nullptr;
    }
    if (out_object != nullptr) {
        if (!out.load(out_object) || out.is_scalar || out.is_readonly || !out.is_like(*reference) ||
            out.overlaps_partially(operands[0]) || out.overlaps_partially(operands[1])) {
            return nullptr;
        }
        result = Ref(new_reference(out_object));
    } else {
        result = Ref(as_object(new_array(reference->n)));
        if (!result) {
            return nullptr;
        }
        out.data = as_array(result.get())->data;
    }
    const auto run = reference->is_float32 ? computation.float32 : computation.float64;
    run(operands, out.data, static_cast<std::size_t>(reference->n));
    return result.release();
}

// For all operands but arrays only.
PyObject* on_any_memory(std::span<PyObject* const> inputs, PyObject* out, const Computation& computation) {
    PyObject* result = result_in_any_memory(inputs, out, computation);
    return result != nullptr ? result : refuse_operands(inputs, out); // the buffers are released by now
}

template <class Op, std::size_t... i>
PyObject* on_arrays(PyObject* const* inputs, ArrayObject* out, std::index_sequence<i...>) {
    apply<Op>(out->data, static_cast<std::size_t>(out->n), Elements<double>{as_array(inputs[i])->data}...);
    return new_reference(as_object(out));
}

template <class Op>
PyObject* function(PyObject*, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    constexpr std::size_t arity = Op::arity;
    PyObject* bound[arity + 1];
    PyObject* const* arguments = args;
    if (positional != arity + 1 || keyword_names) {
        std::fill_n(bound, arity + 1, nullptr);
        if (!bind_arguments(Op::parameters, bound, arity, args, positional, keyword_names)) {
            return refuse_arguments(Op::name, args, positional, keyword_names);
        }
        arguments = bound;
    }
    PyObject* out = arguments[arity] == Py_None ? nullptr : arguments[arity];
    if (out && is_array(out)) {
        const Py_ssize_t n = as_array(out)->n;
        const auto is_like_out = [n](PyObject* object) { return is_array(object) && as_array(object)->n == n; };
        if (is_like_out(arguments[0]) && is_like_out(arguments[arity - 1])) [[likely]] {
            return on_arrays<Op>(arguments, as_array(out), std::make_index_sequence<arity>{});
        }
    }
    return on_any_memory({arguments, arity}, out, {run<Op, double>, run<Op, float>, of_numbers<Op>});
}

// ---- table --------------------------------------------------------------------------------------------------------

#define PICONUMPY_FUNCTION(name, ...) {#name, as_method(function<operations::name>), fast_keywords, doc(#name)},

PyMethodDef functions[] = {{"zeros", zeros, METH_O, doc("zeros")},
                           {"ones", ones, METH_O, doc("ones")},
                           {"empty", empty, METH_O, doc("empty")},
                           {"full", as_method(full), fast_keywords, doc("full")},
                           {"release_memory", release_memory, METH_NOARGS, doc("release_memory")},
                           PICONUMPY_OPERATIONS(PICONUMPY_FUNCTION, PICONUMPY_FUNCTION)
                               PICONUMPY_FUNCTIONS(PICONUMPY_FUNCTION, PICONUMPY_FUNCTION)};

} // namespace

bool add_functions(PyObject* module) {
    const Ref package(PyUnicode_FromString("piconumpy")); // for __module__ of the functions
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
