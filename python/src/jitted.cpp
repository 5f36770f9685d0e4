// SPDX-License-Identifier: BSD-3-Clause
// What jit makes of a function. A call with arguments of a known signature checks the guards, runs the program, and
// makes the result. Everything else is done by the object's engine, in Python (piconumpy/_trace/jitted.py).
#include "conversion.hpp"
#include "doc_strings.hpp"
#include "floats.hpp"
#include "guards.hpp"
#include "programs.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <structmember.h>
#include <utility>
#include <vector>

namespace piconumpy {

namespace {

// ---- signatures that need no Python -------------------------------------------------------------------------------

enum class Look { float_, array, list, tuple, ndarray, float64, constant };

constexpr struct {
    const char* name;
    Look look;
} look_names[] = {{"float", Look::float_},     {"array", Look::array},     {"list", Look::list},
                  {"tuple", Look::tuple},      {"ndarray", Look::ndarray}, {"float64", Look::float64},
                  {"constant", Look::constant}};

// An argument or the result: a float, or n floats.
struct Form {
    Look look = Look::constant;
    Py_ssize_t n = 0;
    PyObject* constant = nullptr; // borrowed from the description
};

constexpr std::size_t most_numbers = 64; // that a call has on the stack
constexpr std::size_t most_arguments = 16;

// One signature: FastCall(program, forms of the arguments, form of the result, guards).
struct FastCallObject {
    PyObject ob_base;
    PyObject* program;
    PyObject* guards;
    PyObject* numpy[3];    // ndarray, empty, and float64, or null if no form needs them
    PyObject* description; // the tuple of arguments: it owns what the forms point to
    std::vector<Form>* forms;
    Form result;
};

extern PyTypeObject FastCallType;

bool read_form(PyObject* tuple, Form& form) {
    if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) < 1) {
        PyErr_SetString(PyExc_TypeError, "a form is a tuple");
        return false;
    }
    const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(tuple, 0));
    if (name == nullptr) {
        return false;
    }
    for (const auto& entry : look_names) {
        if (std::strcmp(name, entry.name) != 0) {
            continue;
        }
        form.look = entry.look;
        form.n = 1;
        if (form.look == Look::float_ || form.look == Look::float64) {
            return true;
        }
        if (PyTuple_GET_SIZE(tuple) != 2) {
            break;
        }
        form.constant = PyTuple_GET_ITEM(tuple, 1);
        form.n = form.look == Look::constant ? 0 : PyLong_AsSsize_t(form.constant);
        return form.n >= 0;
    }
    if (PyErr_Occurred() == nullptr) {
        PyErr_Format(PyExc_ValueError, "no form: %R", tuple);
    }
    return false;
}

constexpr const char* numpy_names[] = {"ndarray", "empty", "float64"};

bool load_numpy(FastCallObject* self) {
    const auto needs = [](const Form& form) { return form.look == Look::ndarray || form.look == Look::float64; };
    if (!needs(self->result) && std::ranges::none_of(*self->forms, needs)) {
        return true;
    }
    const Ref numpy(PyImport_ImportModule("numpy"));
    for (std::size_t i = 0; i < std::size(numpy_names); ++i) {
        self->numpy[i] = numpy ? PyObject_GetAttrString(numpy.get(), numpy_names[i]) : nullptr;
        if (self->numpy[i] == nullptr) {
            return false;
        }
    }
    return true;
}

bool read_description(FastCallObject* self, PyObject* forms, PyObject* result) {
    std::size_t inputs = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(forms); ++i) {
        Form form;
        if (!read_form(PyTuple_GET_ITEM(forms, i), form)) {
            return false;
        }
        inputs += static_cast<std::size_t>(form.n);
        self->forms->push_back(form);
    }
    if (!read_form(result, self->result)) {
        return false;
    }
    const pk_program* program = program_of(self->program);
    if (self->result.look == Look::constant || inputs != pk_program_inputs(program) || inputs > most_numbers ||
        self->forms->size() > most_arguments || !std::cmp_equal(self->result.n, pk_program_outputs(program)) ||
        pk_program_outputs(program) > most_numbers) {
        PyErr_SetString(PyExc_ValueError, "the forms do not fit the program");
        return false;
    }
    return load_numpy(self);
}

int traverse_call(PyObject* object, visitproc visit, void* arg) {
    const auto* self = reinterpret_cast<FastCallObject*>(object);
    Py_VISIT(self->program);
    Py_VISIT(self->guards);
    for (PyObject* loaded : self->numpy) {
        const int result = loaded != nullptr ? visit(loaded, arg) : 0;
        if (result != 0) {
            return result;
        }
    }
    Py_VISIT(self->description);
    return 0;
}

void deallocate_call(PyObject* object) {
    auto* self = reinterpret_cast<FastCallObject*>(object);
    PyObject_GC_UnTrack(object);
    delete self->forms;
    Py_XDECREF(self->program);
    Py_XDECREF(self->guards);
    for (PyObject* object_of_numpy : self->numpy) {
        Py_XDECREF(object_of_numpy);
    }
    Py_XDECREF(self->description);
    PyObject_GC_Del(object);
}

PyObject* make_call(PyTypeObject*, PyObject* args, PyObject*) {
    PyObject* program;
    PyObject* forms;
    PyObject* result;
    PyObject* guards;
    if (PyArg_ParseTuple(args, "O!O!O!O!", &ProgramType, &program, &PyTuple_Type, &forms, &PyTuple_Type, &result,
                         &GuardsType, &guards) == 0) {
        return nullptr;
    }
    auto* self = PyObject_GC_New(FastCallObject, &FastCallType);
    if (self == nullptr) {
        return nullptr;
    }
    self->program = new_reference(program);
    self->guards = new_reference(guards);
    std::ranges::fill(self->numpy, nullptr);
    self->description = new_reference(args);
    self->forms = new (std::nothrow) std::vector<Form>;
    self->result = {};
    PyObject_GC_Track(reinterpret_cast<PyObject*>(self));
    Ref owner(reinterpret_cast<PyObject*>(self));
    try {
        if (self->forms == nullptr) {
            return PyErr_NoMemory();
        }
        return read_description(self, forms, result) ? owner.release() : nullptr;
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

constinit PyTypeObject FastCallType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy._core.FastCall";
    type.tp_basicsize = sizeof(FastCallObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC;
    type.tp_new = make_call;
    type.tp_dealloc = deallocate_call;
    type.tp_traverse = traverse_call;
    return type;
}();

// ---- calls --------------------------------------------------------------------------------------------------------

// Reads n exact floats. False if one is something else.
bool read_floats(PyObject* const* items, Py_ssize_t n, double* out) {
    for (Py_ssize_t i = 0; i < n; ++i) {
        if (!PyFloat_CheckExact(items[i])) {
            return false;
        }
        out[i] = PyFloat_AS_DOUBLE(items[i]);
    }
    return true;
}

bool is_constant(PyObject* object, PyObject* constant) {
    if (object == constant) {
        return true;
    }
    Py_ssize_t a;
    Py_ssize_t b;
    return PyLong_CheckExact(object) && PyLong_CheckExact(constant) && compact_int(object, a) &&
           compact_int(constant, b) && a == b;
}

bool read_ndarray(PyObject* object, Py_ssize_t n, double* out) {
    BufferView view;
    if (!view.acquire(object)) {
        PyErr_Clear();
        return false;
    }
    if (!view.is_float64() || view->ndim != 1 || view.length() != n ||
        (n > 0 && !is_aligned(view->buf, sizeof(double)))) {
        return false;
    }
    const char* item = static_cast<const char*>(view->buf);
    for (Py_ssize_t i = 0; i < n; ++i, item += view.stride()) {
        std::memcpy(out + i, item, sizeof(double));
    }
    return true;
}

// Reads an argument's numbers, if it has this form.
bool read_argument(const FastCallObject* call, PyObject* object, const Form& form, double* out) {
    switch (form.look) {
    case Look::float_:
        return read_floats(&object, 1, out);
    case Look::array:
        if (!is_array(object) || as_array(object)->n != form.n) {
            return false;
        }
        std::memcpy(out, as_array(object)->data, static_cast<std::size_t>(form.n) * sizeof(double));
        return true;
    case Look::list:
        return PyList_CheckExact(object) && PyList_GET_SIZE(object) == form.n &&
               read_floats(reinterpret_cast<PyListObject*>(object)->ob_item, form.n, out);
    case Look::tuple:
        return PyTuple_CheckExact(object) && PyTuple_GET_SIZE(object) == form.n &&
               read_floats(reinterpret_cast<PyTupleObject*>(object)->ob_item, form.n, out);
    case Look::ndarray:
        return reinterpret_cast<PyObject*>(Py_TYPE(object)) == call->numpy[0] && read_ndarray(object, form.n, out);
    case Look::float64: // a subclass of float
        if (reinterpret_cast<PyObject*>(Py_TYPE(object)) != call->numpy[2]) {
            return false;
        }
        out[0] = PyFloat_AS_DOUBLE(object);
        return true;
    case Look::constant:
        break;
    }
    return is_constant(object, form.constant);
}

bool read_arguments(const FastCallObject* call, PyObject* const* args, Py_ssize_t nargs, double* numbers) {
    if (!std::cmp_equal(call->forms->size(), nargs)) {
        return false;
    }
    for (const Form& form : *call->forms) {
        if (!read_argument(call, *args++, form, numbers)) {
            return false;
        }
        numbers += form.n;
    }
    return true;
}

template <class Set> PyObject* filled(Ref sequence, const double* numbers, Py_ssize_t n, Set set) {
    for (Py_ssize_t i = 0; sequence && i < n; ++i) {
        PyObject* number = new_float(numbers[i]);
        if (number == nullptr) {
            return nullptr;
        }
        set(sequence.get(), i, number);
    }
    return sequence.release();
}

PyObject* new_ndarray(PyObject* empty, const double* numbers, Py_ssize_t n) {
    const Ref length(PyLong_FromSsize_t(n));
    PyObject* const args[] = {length.get()};
    Ref array(length ? PyObject_Vectorcall(empty, args, 1, nullptr) : nullptr);
    BufferView view;
    if (!array || !view.acquire(array.get())) {
        return nullptr;
    }
    std::memcpy(view->buf, numbers, static_cast<std::size_t>(n) * sizeof(double));
    return array.release();
}

PyObject* new_float64(PyObject* type, double number) {
    const Ref value(new_float(number));
    PyObject* const args[] = {value.get()};
    return value ? PyObject_Vectorcall(type, args, 1, nullptr) : nullptr;
}

enum class Outcome { done, failed, trouble };

// Runs the program. Outcome::failed means that an error is set.
Outcome run(const FastCallObject* call, const double* inputs, PyObject*& result) {
    const pk_program* program = program_of(call->program);
    const Py_ssize_t n = call->result.n;
    if (call->result.look == Look::array) {
        ArrayObject* array = new_array(n);
        if (array == nullptr) {
            return Outcome::failed;
        }
        if (pk_program_run_point(program, inputs, array->data, nullptr) != PK_OK) {
            Py_DECREF(as_object(array));
            return Outcome::trouble;
        }
        result = as_object(array);
        return Outcome::done;
    }
    std::array<double, most_numbers> outputs;
    if (pk_program_run_point(program, inputs, outputs.data(), nullptr) != PK_OK) {
        return Outcome::trouble;
    }
    switch (call->result.look) {
    case Look::list:
        result = filled(Ref(PyList_New(n)), outputs.data(), n,
                        [](PyObject* list, Py_ssize_t i, PyObject* item) { PyList_SET_ITEM(list, i, item); });
        break;
    case Look::tuple:
        result = filled(Ref(PyTuple_New(n)), outputs.data(), n,
                        [](PyObject* tuple, Py_ssize_t i, PyObject* item) { PyTuple_SET_ITEM(tuple, i, item); });
        break;
    case Look::ndarray:
        result = new_ndarray(call->numpy[1], outputs.data(), n);
        break;
    case Look::float64:
        result = new_float64(call->numpy[2], outputs[0]);
        break;
    default:
        result = new_float(outputs[0]);
        break;
    }
    return result != nullptr ? Outcome::done : Outcome::failed;
}

struct JittedObject {
    PyObject ob_base;
    vectorcallfunc vectorcall;
    PyObject* attributes;
    PyObject* weak_references;
    PyObject* function;
    PyObject* engine;
    PyObject* calls; // a tuple of FastCall
};

JittedObject* as_jitted(PyObject* object) { return reinterpret_cast<JittedObject*>(object); }

// The garbage collector takes the parts of an object before what is left calls it, as some __del__ does.
bool is_complete(const JittedObject* self) {
    if (self->engine != nullptr && self->calls != nullptr) [[likely]] {
        return true;
    }
    PyErr_SetString(PyExc_ReferenceError, "the jitted function is being collected");
    return false;
}

PyObject* attribute_of_engine(PyObject* object, const char* name) {
    const JittedObject* self = as_jitted(object);
    return is_complete(self) ? PyObject_GetAttrString(self->engine, name) : nullptr;
}

PyObject* call_engine(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* names) {
    const Ref call(attribute_of_engine(self, "call"));
    return call ? PyObject_Vectorcall(call.get(), args, static_cast<std::size_t>(nargs), names) : nullptr;
}

PyObject* call_jitted(PyObject* object, PyObject* const* args, std::size_t nargsf, PyObject* names) {
    const JittedObject* self = as_jitted(object);
    const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    const bool has_names = names != nullptr && PyTuple_GET_SIZE(names) > 0;
    if (!is_complete(self)) {
        return nullptr;
    }
    if (!has_names) {
        // A guard can run Python code, which can replace the tuple.
        const Ref calls(new_reference(self->calls));
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(calls.get()); ++i) {
            const auto* call = reinterpret_cast<FastCallObject*>(PyTuple_GET_ITEM(calls.get(), i));
            std::array<double, most_numbers> inputs;
            if (!read_arguments(call, args, nargs, inputs.data())) {
                continue;
            }
            const int guards = all_hold(call->guards);
            if (guards < 0) {
                return nullptr;
            }
            if (guards == 0) {
                break;
            }
            PyObject* result = nullptr;
            switch (run(call, inputs.data(), result)) {
            case Outcome::done:
                return result;
            case Outcome::failed:
                return nullptr;
            case Outcome::trouble:
                break;
            }
            break;
        }
    }
    return call_engine(object, args, nargs, has_names ? names : nullptr);
}

PyObject* make_jitted(PyTypeObject* type, PyObject* args, PyObject*) {
    PyObject* function;
    PyObject* engine;
    if (PyArg_ParseTuple(args, "OO", &function, &engine) == 0) {
        return nullptr;
    }
    auto* self = as_jitted(type->tp_alloc(type, 0));
    if (self == nullptr) {
        return nullptr;
    }
    self->vectorcall = call_jitted;
    self->function = new_reference(function);
    self->engine = new_reference(engine);
    self->calls = PyTuple_New(0);
    if (self->calls == nullptr) {
        Py_DECREF(reinterpret_cast<PyObject*>(self));
        return nullptr;
    }
    return reinterpret_cast<PyObject*>(self);
}

int traverse_jitted(PyObject* object, visitproc visit, void* arg) {
    const JittedObject* self = as_jitted(object);
    Py_VISIT(self->attributes);
    Py_VISIT(self->function);
    Py_VISIT(self->engine);
    Py_VISIT(self->calls);
    return 0;
}

int clear_jitted(PyObject* object) {
    JittedObject* self = as_jitted(object);
    Py_CLEAR(self->attributes);
    Py_CLEAR(self->function);
    Py_CLEAR(self->engine);
    Py_CLEAR(self->calls);
    return 0;
}

void deallocate_jitted(PyObject* object) {
    PyObject_GC_UnTrack(object);
    if (as_jitted(object)->weak_references != nullptr) {
        PyObject_ClearWeakRefs(object);
    }
    clear_jitted(object);
    Py_TYPE(object)->tp_free(object);
}

PyObject* get_method(PyObject* self, PyObject* owner, PyObject*) {
    return owner == nullptr || owner == Py_None ? new_reference(self) : PyMethod_New(self, owner);
}

PyObject* get_calls(PyObject* self, void*) {
    return is_complete(as_jitted(self)) ? new_reference(as_jitted(self)->calls) : nullptr;
}

int set_calls(PyObject* self, PyObject* calls, void*) {
    bool is_right = calls != nullptr && PyTuple_CheckExact(calls);
    for (Py_ssize_t i = 0; is_right && i < PyTuple_GET_SIZE(calls); ++i) {
        is_right = Py_IS_TYPE(PyTuple_GET_ITEM(calls, i), &FastCallType);
    }
    if (!is_right) {
        PyErr_SetString(PyExc_TypeError, "a tuple of FastCall is needed");
        return -1;
    }
    Py_XSETREF(as_jitted(self)->calls, new_reference(calls));
    return 0;
}

PyObject* text_of(PyObject* self) { return call_python("piconumpy._trace.jitted", "text_of", self); }
PyObject* reduce(PyObject* self, PyObject*) { return call_python("piconumpy._trace.jitted", "reduced", self); }
PyObject* itself(PyObject* self, PyObject*) { return new_reference(self); }
PyObject* clear_signatures(PyObject* self, PyObject*) {
    const Ref clear(attribute_of_engine(self, "clear"));
    return clear ? PyObject_CallNoArgs(clear.get()) : nullptr;
}
PyObject* program_text(PyObject* self, void*) { return attribute_of_engine(self, "program"); }
PyObject* signatures(PyObject* self, void*) { return attribute_of_engine(self, "signatures"); }

PyMethodDef jitted_methods[] = {
    {"clear", clear_signatures, METH_NOARGS, doc("jitted.clear")},
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {"__copy__", itself, METH_NOARGS, nullptr},
    {"__deepcopy__", itself, METH_O, nullptr},
    {},
};

PyMemberDef jitted_members[] = {
    {"__wrapped__", T_OBJECT, offsetof(JittedObject, function), READONLY, nullptr},
    {"__piconumpy_wrapped__", T_OBJECT, offsetof(JittedObject, function), READONLY, nullptr},
    {"_engine", T_OBJECT, offsetof(JittedObject, engine), READONLY, nullptr},
    {},
};

PyGetSetDef jitted_attributes[] = {
    {"program", program_text, nullptr, doc("jitted.program"), nullptr},
    {"signatures", signatures, nullptr, doc("jitted.signatures"), nullptr},
    {"_calls", get_calls, set_calls, nullptr, nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {},
};

constinit PyTypeObject JittedType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy.jitted";
    type.tp_basicsize = sizeof(JittedObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL;
#ifdef Py_TPFLAGS_METHOD_DESCRIPTOR
    type.tp_flags |= Py_TPFLAGS_METHOD_DESCRIPTOR; // a call of obj.f(x) makes no bound method
#endif
    type.tp_new = make_jitted;
    type.tp_dealloc = deallocate_jitted;
    type.tp_traverse = traverse_jitted;
    type.tp_clear = clear_jitted;
    type.tp_call = PyVectorcall_Call;
    type.tp_vectorcall_offset = offsetof(JittedObject, vectorcall);
    type.tp_dictoffset = offsetof(JittedObject, attributes);
    type.tp_weaklistoffset = offsetof(JittedObject, weak_references);
    type.tp_repr = text_of;
    type.tp_descr_get = get_method;
    type.tp_methods = jitted_methods;
    type.tp_members = jitted_members;
    type.tp_getset = jitted_attributes;
    return type;
}();

} // namespace

bool add_jitted_types(PyObject* module) {
    return PyType_Ready(&FastCallType) == 0 && PyType_Ready(&JittedType) == 0 &&
           PyObject_SetAttrString(module, "FastCall", reinterpret_cast<PyObject*>(&FastCallType)) == 0 &&
           PyObject_SetAttrString(module, "jitted", reinterpret_cast<PyObject*>(&JittedType)) == 0;
}

} // namespace piconumpy
