// SPDX-License-Identifier: BSD-3-Clause
#include "ndarrays.hpp"

#include <array>
#include <bit>
#include <cfenv>
#include <cstdint>
#include <iterator>

namespace piconumpy {

constinit std::atomic<PyTypeObject*> ndarray_type = nullptr;

namespace {

// ---- what NumPy's headers declare, as a part of its ABI
// ------------------------------------------------------------

struct Ndarray {
    PyObject ob_base;
    char* data;
    int dimensions;
    Py_ssize_t* shape;
    Py_ssize_t* strides;
    PyObject* base;
    PyObject* dtype;
    int flags;
};

using LoopFunction = void (*)(char** operands, const Py_ssize_t* n, const Py_ssize_t* strides, void* data);

struct Ufunc {
    PyObject ob_base;
    int inputs, outputs, operands, identity;
    LoopFunction* functions;
    void* const* data;
    int number_of_loops;
    int reserved;
    const char* name;
    const char* types;
};

constexpr unsigned contiguous = 0x1U;
constexpr unsigned aligned = 0x100U;
constexpr unsigned writable = 0x400U;
constexpr unsigned warns_of_writing = 0x80000000U;

constexpr char type_of_bool = 0;
constexpr char type_of_float64 = 12;

// The places of the functions in the tables, the same in NumPy 1 and 2.
struct NumpyApi {
    unsigned (*abi_version)() = nullptr;        // 0
    PyTypeObject* array_type = nullptr;         // 2
    PyObject* (*new_dtype)(int type) = nullptr; // 45
    PyObject* (*new_array)(PyTypeObject* type, PyObject* dtype, int dimensions, const Py_ssize_t* shape,
                           const Py_ssize_t* strides, void* data, int flags, PyObject*) = nullptr; // 94
    int (*set_base)(PyObject* array, PyObject* base) = nullptr;                                    // 282
    PyTypeObject* ufunc_type = nullptr;                                                            // 0 of the ufuncs
};

// ---- what was found, written before ndarray_type is
// ----------------------------------------------------------------

constinit NumpyApi numpy;
constinit PyObject* float64 = nullptr; // dtypes
constinit PyObject* boolean = nullptr;

struct Loop {
    PyObject* ufunc = nullptr;
    LoopFunction function = nullptr; // null if the ufunc has no loop on float64 numbers
    void* data = nullptr;
    std::size_t inputs = 0;
    PyObject* result_dtype = nullptr;
};
constexpr std::size_t loop_count = std::size(ufuncs_with_loops);
constinit std::array<Loop, loop_count> loops;

// The indices of loops plus 1, by their ufuncs' addresses; 0 is an empty slot.
constinit std::array<std::uint8_t, 4 * std::bit_ceil(loop_count)> places = {};

std::size_t first_slot(const PyObject* ufunc) {
    return (reinterpret_cast<std::uintptr_t>(ufunc) >> 4U) % places.size();
}

template <class T> void read(T& target, void* const* table, std::size_t place) {
    target = reinterpret_cast<T>(table[place]);
}

void* const* table_of(const Ref& module, const char* name) {
    const Ref capsule(PyObject_GetAttrString(module.get(), name));
    return static_cast<void* const*>(capsule ? PyCapsule_GetPointer(capsule.get(), nullptr) : nullptr);
}

// The loop that takes and gives float64, or gives bool; it leaves the default if there is none.
Loop loop_of_ufunc(PyObject* object) {
    Loop loop;
    if (!Py_IS_TYPE(object, numpy.ufunc_type)) {
        return loop;
    }
    const auto* ufunc = reinterpret_cast<Ufunc*>(object);
    loop.ufunc = object;
    loop.inputs = static_cast<std::size_t>(ufunc->inputs);
    for (int i = 0; ufunc->outputs == 1 && i < ufunc->number_of_loops; ++i) {
        const char* types = ufunc->types + static_cast<std::ptrdiff_t>(i) * ufunc->operands;
        const char result = types[ufunc->inputs];
        if (std::all_of(types, types + ufunc->inputs, [](char type) { return type == type_of_float64; }) &&
            (result == type_of_float64 || result == type_of_bool)) {
            loop.function = ufunc->functions[i];
            loop.data = ufunc->data != nullptr ? ufunc->data[i] : nullptr;
            loop.result_dtype = result == type_of_bool ? boolean : float64;
            return loop;
        }
    }
    return loop;
}

void find_loops(const Ref& module) {
    places.fill(0);
    for (std::size_t i = 0; i < loop_count; ++i) {
        // The reference is kept for good, so that no other object gets the address.
        const std::string_view name = ufuncs_with_loops[i];
        const Ref text(PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size())));
        PyObject* ufunc = text ? PyObject_GetAttr(module.get(), text.get()) : nullptr;
        loops[i] = ufunc != nullptr ? loop_of_ufunc(ufunc) : Loop{};
        if (loops[i].function != nullptr) {
            std::size_t slot = first_slot(ufunc);
            while (places[slot] != 0) {
                slot = (slot + 1) % places.size();
            }
            places[slot] = static_cast<std::uint8_t>(i + 1);
        }
    }
}

bool read_api(const Ref& module) {
    void* const* table = table_of(module, "_ARRAY_API");
    void* const* ufunc_table = table != nullptr ? table_of(module, "_UFUNC_API") : nullptr;
    if (ufunc_table == nullptr) {
        return false;
    }
    read(numpy.abi_version, table, 0);
    const unsigned abi = numpy.abi_version() >> 24U;
    if (abi != 1 && abi != 2) {
        return false;
    }
    read(numpy.array_type, table, 2);
    read(numpy.new_dtype, table, 45);
    read(numpy.new_array, table, 94);
    read(numpy.set_base, table, 282);
    read(numpy.ufunc_type, ufunc_table, 0);
    float64 = numpy.new_dtype(type_of_float64);
    boolean = numpy.new_dtype(type_of_bool);
    return float64 != nullptr && boolean != nullptr;
}

} // namespace

[[gnu::cold]] bool find_numpy() {
    for (const char* name : {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"}) { // NumPy 2, NumPy 1
        const Ref text(PyUnicode_FromString(name));
        const Ref module(text ? PyImport_GetModule(text.get()) : nullptr);
        const bool is_known = module && read_api(module);
        if (is_known) {
            find_loops(module);
        }
        PyErr_Clear(); // also of a ufunc that this NumPy lacks
        if (is_known) {
            ndarray_type.store(numpy.array_type, std::memory_order_release);
            return true;
        }
    }
    return false;
}

int dimensions_of(PyObject* ndarray) { return reinterpret_cast<Ndarray*>(ndarray)->dimensions; }

PyObject* as_ndarray(PyObject* array) {
    constexpr auto flags = static_cast<int>(contiguous | aligned | writable);
    // new_array takes over the reference to the dtype, and set_base the one to the array, in any case.
    Ref ndarray(numpy.new_array(numpy.array_type, new_reference(float64), 1, &as_array(array)->n, nullptr,
                                as_array(array)->data, flags, nullptr));
    const bool is_made = ndarray && numpy.set_base(ndarray.get(), new_reference(array)) == 0;
    return is_made ? ndarray.release() : nullptr;
}

// ---- loops
// ---------------------------------------------------------------------------------------------------------

std::size_t find_loop(const PyObject* ufunc) {
    for (std::size_t slot = first_slot(ufunc); places[slot] != 0; slot = (slot + 1) % places.size()) {
        const std::size_t loop = places[slot] - std::size_t{1};
        if (loops[loop].ufunc == ufunc) {
            return loop;
        }
    }
    return loop_count;
}

namespace {

// For longer arrays NumPy releases the GIL, and the book-keeping matters less.
constexpr Py_ssize_t longest = 500;

constexpr std::size_t most_inputs = 2;

// One operand, as the loop reads or writes it.
struct Operand {
    double* data = nullptr; // null: the loop can't take it
    Py_ssize_t n = 0;
    Py_ssize_t stride = sizeof(double);
    double number = 0;
};

void read_array(Operand& operand, PyObject* object, unsigned flags) {
    if (is_array(object)) {
        operand.data = as_array(object)->data;
        operand.n = as_array(object)->n;
        return;
    }
    const auto* ndarray = reinterpret_cast<Ndarray*>(object);
    if (is_ndarray(object) && ndarray->dimensions == 1 && ndarray->dtype == float64 &&
        (static_cast<unsigned>(ndarray->flags) & (flags | warns_of_writing)) == flags) {
        operand.data = reinterpret_cast<double*>(ndarray->data);
        operand.n = ndarray->shape[0];
    }
}

void read_input(Operand& operand, PyObject* object) {
    if (exact_number(object, operand.number)) {
        operand.data = &operand.number;
        operand.stride = 0;
    } else {
        read_array(operand, object, contiguous | aligned);
    }
}

constexpr int reported = FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INVALID;

} // namespace

PyObject* run_loop(std::size_t index, PyObject* const* inputs, std::size_t count, PyObject* out) {
    if (index == loop_count) {
        return nullptr;
    }
    const Loop& loop = loops[index];
    if (loop.function == nullptr || loop.inputs != count || count > most_inputs) {
        return nullptr;
    }
    Operand operands[most_inputs];
    Py_ssize_t n = -1; // of the arrays
    for (std::size_t i = 0; i < count; ++i) {
        read_input(operands[i], inputs[i]);
        const bool is_array_of_another_length = operands[i].stride != 0 && n != -1 && operands[i].n != n;
        if (operands[i].data == nullptr || is_array_of_another_length) {
            return nullptr;
        }
        n = operands[i].stride != 0 ? operands[i].n : n;
    }
    if (n < 0 || n > longest) {
        return nullptr;
    }
    Operand target;
    Ref result;
    double numbers[longest]; // for `out`, as the ufunc has to compute it from the same inputs if this fails
    if (out != nullptr) {
        read_array(target, out, contiguous | aligned | writable);
        if (target.data == nullptr || target.n != n || loop.result_dtype != float64) {
            return nullptr;
        }
    } else {
        result = Ref(
            numpy.new_array(numpy.array_type, new_reference(loop.result_dtype), 1, &n, nullptr, nullptr, 0, nullptr));
        if (!result) {
            return nullptr;
        }
        target.data = reinterpret_cast<double*>(reinterpret_cast<Ndarray*>(result.get())->data);
    }
    char* data[most_inputs + 1] = {};
    Py_ssize_t strides[most_inputs + 1] = {};
    for (std::size_t i = 0; i < count; ++i) {
        data[i] = reinterpret_cast<char*>(operands[i].data);
        strides[i] = operands[i].stride;
    }
    data[count] = reinterpret_cast<char*>(out != nullptr ? numbers : target.data);
    strides[count] = loop.result_dtype == float64 ? Py_ssize_t{sizeof(double)} : Py_ssize_t{1};
    if (std::fetestexcept(reported) != 0) {
        std::feclearexcept(reported);
    }
    loop.function(data, &n, strides, loop.data);
    if (std::fetestexcept(reported) != 0) {
        return nullptr;
    }
    if (out != nullptr) {
        std::copy_n(numbers, n, target.data);
        return new_reference(out);
    }
    return result.release();
}

} // namespace piconumpy
