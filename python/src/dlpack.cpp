// SPDX-License-Identifier: BSD-3-Clause
// __dlpack__, which gives an array's memory to other libraries in a capsule. The memory never moves and its length
// never changes, so that the reference to the array is all that has to be held.
#include "array.hpp"
#include "conversion.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

namespace piconumpy {

namespace {

// ---- dlpack.h of DLPack 1.0
// ----------------------------------------------------------------------------------------

struct Device {
    std::int32_t type, id;
};

struct DataType {
    std::uint8_t code, bits;
    std::uint16_t lanes;
};

struct Tensor {
    void* data;
    Device device;
    std::int32_t dimensions;
    DataType type;
    std::int64_t* shape;
    std::int64_t* strides; // in elements
    std::uint64_t byte_offset;
};

struct ManagedTensor {
    Tensor tensor;
    void* owner;
    void (*deleter)(ManagedTensor*);

    static constexpr const char* name = "dltensor"; // a consumer renames the capsule
};

struct VersionedTensor {
    std::uint32_t major, minor;
    void* owner;
    void (*deleter)(VersionedTensor*);
    std::uint64_t flags;
    Tensor tensor;

    static constexpr const char* name = "dltensor_versioned";
};

constexpr Device cpu = {1, 0};
constexpr DataType float64 = {2, 64, 1};
constexpr std::uint64_t is_copied = 2;

// ---- capsules
// ------------------------------------------------------------------------------------------------------

template <class Managed> struct Export {
    Managed managed; // first, so that the deleter finds the whole
    std::int64_t shape;
    std::int64_t stride;
};

// The consumer calls it in any thread, maybe without the GIL.
template <class Managed> void delete_export(Managed* managed) {
    if (Py_IsInitialized() == 0) {
        return; // at exit, C++ code may drop what it holds after the interpreter is gone
    }
    const PyGILState_STATE state = PyGILState_Ensure();
    Py_DECREF(static_cast<PyObject*>(managed->owner));
    PyGILState_Release(state);
    PyMem_RawFree(managed);
}

// Of a capsule that nobody consumed.
template <class Managed> void delete_capsule(PyObject* capsule) {
    if (PyCapsule_IsValid(capsule, Managed::name) != 0) {
        auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, Managed::name));
        managed->deleter(managed);
    }
}

template <class Managed> Export<Managed>* new_export(ArrayObject* array) {
    void* memory = PyMem_RawMalloc(sizeof(Export<Managed>));
    if (memory == nullptr) {
        PyErr_NoMemory();
        return nullptr;
    }
    auto* result = new (memory) Export<Managed>{};
    result->shape = array->n;
    result->stride = 1;
    result->managed.tensor = {array->data, cpu, 1, float64, &result->shape, &result->stride, 0};
    result->managed.owner = new_reference(as_object(array));
    result->managed.deleter = delete_export<Managed>;
    return result;
}

template <class Managed> PyObject* capsule_of(Export<Managed>* exported) {
    if (exported == nullptr) {
        return nullptr;
    }
    PyObject* capsule = PyCapsule_New(&exported->managed, Managed::name, delete_capsule<Managed>);
    if (capsule == nullptr) {
        delete_export(&exported->managed);
    }
    return capsule;
}

// ---- arguments
// -----------------------------------------------------------------------------------------------------

struct Request {
    int versioned = 0;
    int copied = 0;
};

bool is_known_keyword(PyObject* name) {
    constexpr const char* known[] = {"stream", "max_version", "dl_device", "copy"};
    return std::ranges::any_of(
        known, [name](const char* each) { return PyUnicode_CompareWithASCIIString(name, each) == 0; });
}

// Reads a tuple of two exact ints. It leaves no error.
bool read_version(PyObject* version, Py_ssize_t& major) {
    Py_ssize_t minor = 0;
    const auto read = [version](Py_ssize_t place, Py_ssize_t& number) {
        PyObject* const item = PyTuple_GET_ITEM(version, place);
        return PyLong_CheckExact(item) && compact_int(item, number);
    };
    return PyTuple_CheckExact(version) && PyTuple_GET_SIZE(version) == 2 && read(0, major) && read(1, minor);
}

// The usual arguments: None, but for max_version. It leaves no error.
bool read_usual(Request& request, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    const Py_ssize_t keywords = keyword_names != nullptr ? PyTuple_GET_SIZE(keyword_names) : 0;
    for (Py_ssize_t i = 0; positional == 0 && i < keywords; ++i) {
        PyObject* const name = PyTuple_GET_ITEM(keyword_names, i);
        if (args[i] == Py_None && is_known_keyword(name)) {
            continue;
        }
        Py_ssize_t major = 0;
        if (PyUnicode_CompareWithASCIIString(name, "max_version") != 0 || !read_version(args[i], major)) {
            return false;
        }
        request.versioned = major >= 1 ? 1 : 0;
    }
    return positional == 0;
}

// All others are for piconumpy/_dlpack.py.
bool read_request(Request& request, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    if (read_usual(request, args, positional, keyword_names)) {
        return true;
    }
    const Ref answer(
        call_python("piconumpy._dlpack", "__dlpack__", args, static_cast<std::size_t>(positional), keyword_names));
    return answer && PyArg_ParseTuple(answer.get(), "pp", &request.versioned, &request.copied) != 0;
}

} // namespace

PyObject* array_dlpack(PyObject* self, PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) {
    Request request;
    if (!read_request(request, args, positional, keyword_names)) {
        return nullptr;
    }
    const Ref array(request.copied != 0 ? copy_of(as_array(self)) : new_reference(self));
    if (!array) {
        return nullptr;
    }
    if (request.versioned == 0) {
        return capsule_of(new_export<ManagedTensor>(as_array(array.get())));
    }
    auto* exported = new_export<VersionedTensor>(as_array(array.get()));
    if (exported != nullptr) {
        exported->managed.major = 1;
        exported->managed.flags = request.copied != 0 ? is_copied : 0;
    }
    return capsule_of(exported);
}

PyObject* array_dlpack_device(PyObject*, PyObject*) { return Py_BuildValue("(ii)", cpu.type, cpu.id); }

} // namespace piconumpy
