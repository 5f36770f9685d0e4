// SPDX-License-Identifier: BSD-3-Clause
#include "guards.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace piconumpy {

namespace {

// ---- changes of dicts ---------------------------------------------------------------------------------------------
//
// Most guards watch items of dicts: globals, and the contents of modules. As long as a dict did not change at all,
// its items need not be looked up.

#if PY_VERSION_HEX >= 0x030C0000
std::uint64_t changes_of_dicts = 0; // of all that are watched; the GIL protects it
int watcher = -1;

int note_change(PyDict_WatchEvent, PyObject*, PyObject*, PyObject*) {
    ++changes_of_dicts;
    return 0;
}

bool watch_dicts() {
    watcher = PyDict_AddWatcher(note_change);
    if (watcher < 0) {
        PyErr_Clear(); // all are taken: then items are looked up in each call
    }
    return true;
}
#else
bool watch_dicts() { return true; }
#endif

class DictVersion {
  public:
    // The dict lives as long as this.
    void watch(PyObject* dict) {
        dict_ = dict;
#if PY_VERSION_HEX >= 0x030C0000
        is_watched_ = watcher >= 0 && PyDict_Watch(watcher, dict) == 0;
        PyErr_Clear();
#endif
    }

    PyObject* dict() const { return dict_; }

    bool is_known() const {
#if PY_VERSION_HEX >= 0x030C0000
        return is_watched_ && known_ == changes_of_dicts;
#else
        return known_ == reinterpret_cast<PyDictObject*>(dict_)->ma_version_tag;
#endif
    }

    // Call it before the items are looked up: a change during the lookups is then a change since.
    void look() {
#if PY_VERSION_HEX >= 0x030C0000
        seen_ = changes_of_dicts;
#else
        seen_ = reinterpret_cast<PyDictObject*>(dict_)->ma_version_tag;
#endif
    }

    // Call it when the items were found to be right.
    void learn() { known_ = seen_; }

  private:
    PyObject* dict_ = nullptr;
#if PY_VERSION_HEX >= 0x030C0000
    bool is_watched_ = false;
#endif
    std::uint64_t seen_ = UINT64_MAX; // no version that a dict ever has
    std::uint64_t known_ = UINT64_MAX;
};

// ---- guards -------------------------------------------------------------------------------------------------------

enum class Watch { item, cell, code, list, dict, attribute, method, buffer, type };

constexpr struct {
    const char* name;
    Watch watch;
} watch_names[] = {{"item", Watch::item},     {"cell", Watch::cell},     {"code", Watch::code},
                   {"list", Watch::list},     {"dict", Watch::dict},     {"attribute", Watch::attribute},
                   {"method", Watch::method}, {"buffer", Watch::buffer}, {"type", Watch::type}};

// The objects belong to the tuple, as in piconumpy/_trace/outside.py.
struct Guard {
    Watch watch;
    PyObject* tuple;
    PyObject* holder;
    PyObject* key;
    PyObject* expected;
    PyObject* seen; // what was last found to mean the same as `expected`, owned; null at first
};

bool is_absent(PyObject* object) { return std::strcmp(type_name(object), "_Absent") == 0; }

// 1 if the guard holds, 0 if not, -1 with an error set.
int holds_in_python(const Guard& guard) {
    const Ref result(call_python("piconumpy._trace.outside", "holds", guard.tuple));
    return result ? PyObject_IsTrue(result.get()) : -1;
}

// The same, given the object that is there now; null if there is none.
int holds_with(Guard& guard, PyObject* found) {
    if (found == guard.expected || (found != nullptr && found == guard.seen)) {
        return 1;
    }
    if (found == nullptr) {
        return is_absent(guard.expected) ? 1 : 0;
    }
    const Ref kept(new_reference(found));
    const int result = holds_in_python(guard);
    if (result == 1) {
        Py_XSETREF(guard.seen, new_reference(found));
    }
    return result;
}

int item_holds(Guard& guard) {
    PyObject* found = PyDict_GetItemWithError(guard.holder, guard.key);
    return found == nullptr && PyErr_Occurred() != nullptr ? -1 : holds_with(guard, found);
}

int code_holds(const Guard& guard) {
    const auto* function = reinterpret_cast<PyFunctionObject*>(guard.holder);
    const auto is = [](PyObject* found, PyObject* expected) { return (found ? found : Py_None) == expected; };
    return is(function->func_code, PyTuple_GET_ITEM(guard.expected, 0)) &&
                   is(function->func_defaults, PyTuple_GET_ITEM(guard.expected, 1)) &&
                   is(function->func_kwdefaults, PyTuple_GET_ITEM(guard.expected, 2))
               ? 1
               : 0;
}

int list_holds(const Guard& guard) {
    const Py_ssize_t n = PyTuple_GET_SIZE(guard.expected);
    if (PyList_Check(guard.holder) == 0) {
        return holds_in_python(guard); // a deque
    }
    if (PyList_GET_SIZE(guard.holder) != n) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < n; ++i) {
        if (PyList_GET_ITEM(guard.holder, i) != PyTuple_GET_ITEM(guard.expected, i)) {
            return holds_in_python(guard);
        }
    }
    return 1;
}

// The keys and values in turn.
int dict_holds(const Guard& guard) {
    const Py_ssize_t n = PyTuple_GET_SIZE(guard.expected);
    Py_ssize_t found = 0;
    Py_ssize_t position = 0;
    PyObject* key;
    PyObject* value;
    while (PyDict_Next(guard.holder, &position, &key, &value) != 0) {
        if (found + 2 > n || key != PyTuple_GET_ITEM(guard.expected, found) ||
            value != PyTuple_GET_ITEM(guard.expected, found + 1)) {
            return holds_in_python(guard);
        }
        found += 2;
    }
    return found == n ? 1 : 0;
}

// Format, shape, and bytes.
bool has_same_memory(const Py_buffer& view, PyObject* expected) {
    PyObject* shape = PyTuple_GET_ITEM(expected, 1);
    PyObject* bytes = PyTuple_GET_ITEM(expected, 2);
    if (view.format == nullptr || PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(expected, 0), view.format) != 0 ||
        view.ndim != PyTuple_GET_SIZE(shape) || view.len != PyBytes_GET_SIZE(bytes) ||
        PyBuffer_IsContiguous(&view, 'C') == 0) {
        return false;
    }
    for (int i = 0; i < view.ndim; ++i) {
        Py_ssize_t length;
        if (!compact_int(PyTuple_GET_ITEM(shape, i), length) || view.shape[i] != length) {
            return false;
        }
    }
    return std::memcmp(view.buf, PyBytes_AS_STRING(bytes), static_cast<std::size_t>(view.len)) == 0;
}

int buffer_holds(const Guard& guard) {
    Py_buffer view;
    if (PyObject_GetBuffer(guard.holder, &view, PyBUF_FULL_RO) != 0) {
        return -1;
    }
    const bool is_same = has_same_memory(view, guard.expected);
    PyBuffer_Release(&view);
    return is_same ? 1 : holds_in_python(guard);
}

int attribute_holds(Guard& guard) {
    const Ref found(PyObject_GetAttr(guard.holder, guard.key));
    if (!found) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) {
            return -1;
        }
        PyErr_Clear();
        return holds_with(guard, nullptr);
    }
    if (guard.watch == Watch::method) {
        return PyMethod_Check(found.get()) && PyMethod_GET_SELF(found.get()) == guard.holder &&
                       PyMethod_GET_FUNCTION(found.get()) == guard.expected
                   ? 1
                   : 0;
    }
    return holds_with(guard, found.get());
}

int holds(Guard& guard) {
    switch (guard.watch) {
    case Watch::item:
        return item_holds(guard);
    case Watch::cell:
        return holds_with(guard, PyCell_GET(guard.holder));
    case Watch::code:
        return code_holds(guard);
    case Watch::list:
        return list_holds(guard);
    case Watch::dict:
        return dict_holds(guard);
    case Watch::attribute:
    case Watch::method:
        return attribute_holds(guard);
    case Watch::buffer:
        return buffer_holds(guard);
    case Watch::type:
        return reinterpret_cast<PyObject*>(Py_TYPE(guard.holder)) == guard.expected ? 1 : 0;
    }
    return holds_in_python(guard);
}

// The types that `holds` relies on.
bool has_right_types(const Guard& guard) {
    const auto is_tuple_of = [&guard](Py_ssize_t n) {
        return PyTuple_CheckExact(guard.expected) && PyTuple_GET_SIZE(guard.expected) == n;
    };
    switch (guard.watch) {
    case Watch::item:
        return PyDict_Check(guard.holder);
    case Watch::cell:
        return PyCell_Check(guard.holder);
    case Watch::code:
        return PyFunction_Check(guard.holder) && is_tuple_of(3);
    case Watch::list:
        return PySequence_Check(guard.holder) != 0 && PyTuple_CheckExact(guard.expected);
    case Watch::dict:
        return PyDict_Check(guard.holder) && PyTuple_CheckExact(guard.expected);
    case Watch::buffer:
        return is_tuple_of(3) && PyUnicode_Check(PyTuple_GET_ITEM(guard.expected, 0)) &&
               PyTuple_CheckExact(PyTuple_GET_ITEM(guard.expected, 1)) &&
               PyBytes_CheckExact(PyTuple_GET_ITEM(guard.expected, 2));
    case Watch::attribute:
    case Watch::method:
        return PyUnicode_Check(guard.key) != 0;
    case Watch::type:
        return PyType_Check(guard.expected) != 0;
    }
    return false;
}

bool read_guard(PyObject* tuple, Guard& guard) {
    if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) != 4) {
        PyErr_SetString(PyExc_TypeError, "a guard is a tuple of 4");
        return false;
    }
    const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(tuple, 0));
    if (name == nullptr) {
        return false;
    }
    for (const auto& entry : watch_names) {
        if (std::strcmp(name, entry.name) == 0) {
            guard = {entry.watch,
                     tuple,
                     PyTuple_GET_ITEM(tuple, 1),
                     PyTuple_GET_ITEM(tuple, 2),
                     PyTuple_GET_ITEM(tuple, 3),
                     nullptr};
            if (has_right_types(guard)) {
                return true;
            }
        }
    }
    PyErr_Format(PyExc_TypeError, "no guard: %R", tuple);
    return false;
}

void add_dict(std::vector<DictVersion>& dicts, PyObject* dict) {
    for (const DictVersion& known : dicts) {
        if (known.dict() == dict) {
            return;
        }
    }
    dicts.emplace_back().watch(dict);
}

struct GuardsObject {
    PyObject ob_base;
    PyObject* tuple; // owns what the guards point to
    std::vector<Guard>* guards;
    std::vector<DictVersion>* dicts;
    std::uint64_t lookups; // how often items were looked up
};

GuardsObject* as_guards(PyObject* object) { return reinterpret_cast<GuardsObject*>(object); }

bool read_guards(const GuardsObject* self) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self->tuple); ++i) {
        Guard guard;
        if (!read_guard(PyTuple_GET_ITEM(self->tuple, i), guard)) {
            return false;
        }
        if (guard.watch == Watch::item) {
            add_dict(*self->dicts, guard.holder);
        }
        self->guards->push_back(guard);
    }
    return true;
}

// Guards(tuple of guards)
PyObject* make_guards(PyTypeObject*, PyObject* args, PyObject*) {
    PyObject* tuple;
    if (PyArg_ParseTuple(args, "O!", &PyTuple_Type, &tuple) == 0) {
        return nullptr;
    }
    auto* self = PyObject_GC_New(GuardsObject, &GuardsType);
    if (self == nullptr) {
        return nullptr;
    }
    self->tuple = new_reference(tuple);
    self->lookups = 0;
    self->guards = new (std::nothrow) std::vector<Guard>;
    self->dicts = new (std::nothrow) std::vector<DictVersion>;
    Ref owner(reinterpret_cast<PyObject*>(self));
    if (self->guards == nullptr || self->dicts == nullptr) {
        return PyErr_NoMemory();
    }
    PyObject_GC_Track(owner.get());
    try {
        return read_guards(self) ? owner.release() : nullptr;
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

int traverse_guards(PyObject* object, visitproc visit, void* arg) {
    const GuardsObject* self = as_guards(object);
    Py_VISIT(self->tuple);
    for (const Guard& guard : *self->guards) {
        Py_VISIT(guard.seen);
    }
    return 0;
}

void deallocate_guards(PyObject* object) {
    PyObject_GC_UnTrack(object);
    const GuardsObject* self = as_guards(object);
    if (self->guards != nullptr) {
        for (const Guard& guard : *self->guards) {
            Py_XDECREF(guard.seen);
        }
    }
    delete self->guards;
    delete self->dicts;
    Py_XDECREF(self->tuple);
    PyObject_GC_Del(object);
}

PyObject* hold(PyObject* self, PyObject*) {
    const int result = all_hold(self);
    return result < 0 ? nullptr : PyBool_FromLong(result);
}

PyMethodDef guards_methods[] = {
    {"hold", hold, METH_NOARGS, nullptr},
    {},
};

} // namespace

constinit PyTypeObject GuardsType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy._core.Guards";
    type.tp_basicsize = sizeof(GuardsObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC;
    type.tp_new = make_guards;
    type.tp_dealloc = deallocate_guards;
    type.tp_traverse = traverse_guards;
    type.tp_methods = guards_methods;
    return type;
}();

// 1 if all guards hold, 0 if not, -1 with an error set.
int all_hold(PyObject* guards) {
    GuardsObject* self = as_guards(guards);
    const bool items_are_known =
        std::ranges::all_of(*self->dicts, [](const DictVersion& dict) { return dict.is_known(); });
    const std::uint64_t lookup = items_are_known ? self->lookups : ++self->lookups;
    if (!items_are_known) {
        for (DictVersion& dict : *self->dicts) {
            dict.look();
        }
    }
    for (Guard& guard : *self->guards) {
        if (guard.watch == Watch::item && items_are_known) {
            continue;
        }
        const int result = holds(guard);
        if (result != 1) {
            return result;
        }
    }
    // A guard can run Python code, and then calls of this code or of other threads: they have looked at later
    // versions.
    if (!items_are_known && lookup == self->lookups) {
        for (DictVersion& dict : *self->dicts) {
            dict.learn();
        }
    }
    return 1;
}

bool add_guards_type(PyObject* module) {
    return watch_dicts() && PyType_Ready(&GuardsType) == 0 &&
           PyObject_SetAttrString(module, "Guards", reinterpret_cast<PyObject*>(&GuardsType)) == 0;
}

} // namespace piconumpy
