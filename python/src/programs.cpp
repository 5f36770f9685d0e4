// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include "conversion.hpp"
#include "elementwise.hpp"
#include "floats.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace piconumpy {

namespace {

// ---- arguments and results ----------------------------------------------------------------------------------------

// Numbers in memory of C's allocator: up to 1024 inputs or outputs, and what iterate stores. Null if there is no
// room.
struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
using Numbers = std::unique_ptr<double[], Free>;

Numbers make_numbers(std::size_t n) {
    Numbers numbers(static_cast<double*>(std::malloc((n > 0 ? n : 1) * sizeof(double))));
    if (!numbers) {
        PyErr_NoMemory();
    }
    return numbers;
}

// The floats of a list, as many as the program has inputs.
Numbers read_inputs(const pk_program* program, PyObject* list) {
    const std::size_t n = pk_program_inputs(program);
    if (!PyList_CheckExact(list) || std::cmp_not_equal(PyList_GET_SIZE(list), n)) {
        PyErr_Format(PyExc_ValueError, "a list of %zu floats is needed", n);
        return nullptr;
    }
    Numbers numbers = make_numbers(n);
    for (std::size_t i = 0; numbers && i < n; ++i) {
        numbers[i] = PyFloat_AsDouble(PyList_GET_ITEM(list, static_cast<Py_ssize_t>(i)));
        if (numbers[i] == -1.0 && PyErr_Occurred() != nullptr) {
            return nullptr;
        }
        if (std::cmp_not_equal(PyList_GET_SIZE(list), n)) { // __float__ can run anything
            PyErr_SetString(PyExc_ValueError, "the list changed during the call");
            return nullptr;
        }
    }
    return numbers;
}

PyObject* list_of(const double* numbers, std::size_t n) {
    Ref list(PyList_New(static_cast<Py_ssize_t>(n)));
    for (std::size_t i = 0; list && i < n; ++i) {
        PyObject* number = new_float(numbers[i]);
        if (number == nullptr) {
            return nullptr;
        }
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), number);
    }
    return list.release();
}

// None, or the tuple (kind, instruction, lane, step).
PyObject* trouble_object(const pk_trouble& trouble) {
    if (trouble.kind == PK_TROUBLE_NONE) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("(iinn)", static_cast<int>(trouble.kind), static_cast<int>(trouble.instruction),
                         static_cast<Py_ssize_t>(trouble.lane), static_cast<Py_ssize_t>(trouble.step));
}

bool read_size(PyObject* object, std::size_t& size) {
    size = PyLong_AsSize_t(object);
    return size != SIZE_MAX || PyErr_Occurred() == nullptr;
}

bool require_arguments(const char* method, Py_ssize_t found, Py_ssize_t needed) {
    if (found == needed) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, got %zd", method, needed, found);
    return false;
}

// ---- lanes --------------------------------------------------------------------------------------------------------

// The float64 numbers of arrays and scalars, held during a call.
class Columns {
  public:
    // Scalars are inputs that all lanes share.
    bool load(PyObject* list, std::size_t count, std::size_t length, bool is_output, const char* name) {
        if (!PyList_CheckExact(list) || std::cmp_not_equal(PyList_GET_SIZE(list), count)) {
            PyErr_Format(PyExc_ValueError, "%s: a list of %zu is needed", name, count);
            return false;
        }
        views_ = std::vector<BufferView>(count);
        inputs.resize(count);
        pointers.resize(count);
        scalars_.resize(count);
        // Items keep alive what a changed list drops meanwhile.
        held_ = Ref(PyList_AsTuple(list));
        for (std::size_t i = 0; held_ && i < count; ++i) {
            PyObject* item = PyTuple_GET_ITEM(held_.get(), static_cast<Py_ssize_t>(i));
            if (!is_output && PyFloat_CheckExact(item)) {
                scalars_[i] = PyFloat_AS_DOUBLE(item);
                inputs[i] = {&scalars_[i], 0};
                continue;
            }
            if (!views_[i].acquire(item)) {
                return false;
            }
            const BufferView& view = views_[i];
            if (!view.is_float64() || view->ndim != 1 || !view.is_contiguous() ||
                !std::cmp_equal(view.length(), length) || (is_output && view->readonly != 0) ||
                (length > 0 && !is_aligned(view->buf, sizeof(double)))) {
                PyErr_Format(PyExc_ValueError, "%s %zu: %zu contiguous float64 numbers are needed", name, i, length);
                return false;
            }
            pointers[i] = static_cast<double*>(view->buf);
            inputs[i] = {pointers[i], 1};
        }
        return static_cast<bool>(held_);
    }

    std::vector<pk_input> inputs;
    std::vector<double*> pointers;

  private:
    std::vector<BufferView> views_;
    std::vector<double> scalars_;
    Ref held_;
};

template <class Function> PyObject* without_bad_alloc(Function function) {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

// ---- methods ------------------------------------------------------------------------------------------------------

// run_point(numbers) -> (results or None, trouble)
PyObject* run_point(PyObject* self, PyObject* list) {
    const pk_program* program = program_of(self);
    const Numbers inputs = read_inputs(program, list);
    const std::size_t n = pk_program_outputs(program);
    const Numbers outputs = inputs ? make_numbers(n) : nullptr;
    if (!outputs) {
        return nullptr;
    }
    pk_trouble trouble;
    const pk_status status = pk_program_run_point(program, inputs.get(), outputs.get(), &trouble);
    const Ref results(status == PK_OK ? list_of(outputs.get(), n) : new_reference(Py_None));
    const Ref failure(trouble_object(trouble));
    return results && failure ? PyTuple_Pack(2, results.get(), failure.get()) : nullptr;
}

// iterate_point(numbers, count, every) -> (results, stored states in one list, trouble)
PyObject* iterate_point(PyObject* self, PyObject* const* args, Py_ssize_t nargs) {
    std::size_t count = 0;
    std::size_t every = 0;
    if (!require_arguments("iterate_point", nargs, 3) || !read_size(args[1], count) || !read_size(args[2], every)) {
        return nullptr;
    }
    const pk_program* program = program_of(self);
    const Numbers inputs = read_inputs(program, args[0]);
    const std::size_t n = pk_program_outputs(program);
    const Numbers outputs = inputs ? make_numbers(n) : nullptr;
    const std::size_t rows = every != 0 ? count / every : 0;
    if (outputs && n != 0 && rows > SIZE_MAX / sizeof(double) / n) {
        return PyErr_NoMemory();
    }
    const Numbers stored = outputs ? make_numbers(rows * n) : nullptr;
    if (!stored) {
        return nullptr;
    }
    pk_trouble trouble;
    PyThreadState* thread = release_gil(count * 16);
    const pk_status status =
        pk_program_iterate_point(program, inputs.get(), outputs.get(), count, every, stored.get(), &trouble);
    acquire_gil(thread);
    if (status == PK_ERROR_NOT_ITERABLE) {
        PyErr_SetString(PyExc_ValueError, pk_status_message(status));
        return nullptr;
    }
    const std::size_t complete = trouble.kind == PK_TROUBLE_NONE ? rows : trouble.step / (every != 0 ? every : 1);
    const Ref results(list_of(outputs.get(), n));
    const Ref states(list_of(stored.get(), (every != 0 ? complete : 0) * n));
    const Ref failure(trouble_object(trouble));
    return results && states && failure ? PyTuple_Pack(3, results.get(), states.get(), failure.get()) : nullptr;
}

// run(inputs, outputs, n) -> trouble
PyObject* run(PyObject* self, PyObject* const* args, Py_ssize_t nargs) {
    return without_bad_alloc([=]() -> PyObject* {
        const pk_program* program = program_of(self);
        std::size_t n = 0;
        Columns inputs;
        Columns outputs;
        if (!require_arguments("run", nargs, 3) || !read_size(args[2], n) ||
            !inputs.load(args[0], pk_program_inputs(program), n, false, "input") ||
            !outputs.load(args[1], pk_program_outputs(program), n, true, "output")) {
            return nullptr;
        }
        pk_trouble trouble;
        PyThreadState* thread = release_gil(n * 16);
        pk_program_run(program, inputs.inputs.data(), outputs.pointers.data(), n, &trouble);
        acquire_gil(thread);
        return trouble_object(trouble);
    });
}

// iterate(inputs, outputs, n, count, every, stored) -> trouble
PyObject* iterate(PyObject* self, PyObject* const* args, Py_ssize_t nargs) {
    return without_bad_alloc([=]() -> PyObject* {
        const pk_program* program = program_of(self);
        std::size_t n = 0;
        std::size_t count = 0;
        std::size_t every = 0;
        Columns inputs;
        Columns outputs;
        Columns stored;
        if (!require_arguments("iterate", nargs, 6) || !read_size(args[2], n) || !read_size(args[3], count) ||
            !read_size(args[4], every)) {
            return nullptr;
        }
        const std::size_t rows = every != 0 ? count / every : 0;
        if (n != 0 && rows > SIZE_MAX / n) {
            return PyErr_NoMemory();
        }
        const std::size_t m = pk_program_outputs(program);
        if (!inputs.load(args[0], pk_program_inputs(program), n, false, "input") ||
            !outputs.load(args[1], m, n, true, "output") ||
            !stored.load(args[5], every != 0 ? m : 0, rows * n, true, "stored")) {
            return nullptr;
        }
        pk_trouble trouble;
        PyThreadState* thread = release_gil(n * count);
        const pk_status status = pk_program_iterate(program, inputs.inputs.data(), outputs.pointers.data(), n, count,
                                                    every, stored.pointers.data(), &trouble);
        acquire_gil(thread);
        if (status == PK_ERROR_NOT_ITERABLE) {
            PyErr_SetString(PyExc_ValueError, pk_status_message(status));
            return nullptr;
        }
        return trouble_object(trouble);
    });
}

PyObject* dump(PyObject* self, PyObject*) {
    return without_bad_alloc([=]() -> PyObject* {
        std::vector<char> text(pk_program_dump(program_of(self), nullptr, 0) + 1);
        pk_program_dump(program_of(self), text.data(), text.size());
        return PyUnicode_FromString(text.data());
    });
}

PyObject* inputs(PyObject* self, void*) { return PyLong_FromSize_t(pk_program_inputs(program_of(self))); }
PyObject* outputs(PyObject* self, void*) { return PyLong_FromSize_t(pk_program_outputs(program_of(self))); }
PyObject* engine(PyObject* self, void*) { return PyUnicode_FromString(pk_program_engine(program_of(self))); }

// ---- life ---------------------------------------------------------------------------------------------------------

// Program(instructions, options): the bytes of an array of pk_instruction.
PyObject* make_program(PyTypeObject* type, PyObject* args, PyObject*) {
    const char* bytes = nullptr;
    Py_ssize_t size = 0;
    unsigned options = 0;
    if (PyArg_ParseTuple(args, "y#I", &bytes, &size, &options) == 0) {
        return nullptr;
    }
    const std::size_t count = static_cast<std::size_t>(size) / sizeof(pk_instruction);
    auto* list = static_cast<pk_instruction*>(std::malloc(static_cast<std::size_t>(size) + 1)); // aligned
    if (list == nullptr) {
        return PyErr_NoMemory();
    }
    std::memcpy(list, bytes, count * sizeof(pk_instruction));
    pk_program* program = nullptr;
    pk_program_error error;
    const pk_status status = pk_program_create(list, count, options, &program, &error);
    std::free(list);
    if (status == PK_ERROR_OUT_OF_MEMORY) {
        return PyErr_NoMemory();
    }
    if (status != PK_OK) {
        PyErr_SetString(PyExc_ValueError, error.message);
        return nullptr;
    }
    auto* self = reinterpret_cast<ProgramObject*>(type->tp_alloc(type, 0));
    if (self == nullptr) {
        pk_program_destroy(program);
        return nullptr;
    }
    self->program = program;
    return reinterpret_cast<PyObject*>(self);
}

void deallocate_program(PyObject* self) {
    auto* object = reinterpret_cast<ProgramObject*>(self);
    for (pk_ode_plan* plan : object->plans) {
        pk_ode_plan_destroy(plan);
    }
    pk_program_destroy(object->program);
    Py_TYPE(self)->tp_free(self);
}

PyMethodDef program_methods[] = {
    {"run_point", run_point, METH_O, nullptr},
    {"iterate_point", as_method(iterate_point), METH_FASTCALL, nullptr},
    {"run", as_method(run), METH_FASTCALL, nullptr},
    {"iterate", as_method(iterate), METH_FASTCALL, nullptr},
    {"dump", dump, METH_NOARGS, nullptr},
    {},
};

PyGetSetDef program_attributes[] = {
    {"inputs", inputs, nullptr, nullptr, nullptr},
    {"outputs", outputs, nullptr, nullptr, nullptr},
    {"engine", engine, nullptr, nullptr, nullptr},
    {},
};

} // namespace

constinit PyTypeObject ProgramType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy._core.Program";
    type.tp_basicsize = sizeof(ProgramObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT;
    type.tp_new = make_program;
    type.tp_dealloc = deallocate_program;
    type.tp_methods = program_methods;
    type.tp_getset = program_attributes;
    return type;
}();

bool add_program_type(PyObject* module) {
    return PyType_Ready(&ProgramType) == 0 &&
           PyObject_SetAttrString(module, "Program", reinterpret_cast<PyObject*>(&ProgramType)) == 0;
}

} // namespace piconumpy
