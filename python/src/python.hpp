// SPDX-License-Identifier: BSD-3-Clause
// Python.h, and what every file of the extension needs around it.
#ifndef PICONUMPY_PYTHON_HPP
#define PICONUMPY_PYTHON_HPP

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#if PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h> // Python.h includes it by itself from 3.11 on
#endif

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>

namespace piconumpy {

// Whether Python has begun to end the process.
inline std::atomic<bool> is_ending = false;

// Hangs forever if the thread does not have the GIL.
void hang_without_gil();

// At the end of the process, Python up to 3.13 unwinds daemon threads that ask for the GIL. Such a thread must not
// run destructors that need the GIL. Nor can it be unwound through libpicokernels, whose functions are noexcept.
// Therefore it hangs here, as it does with later Pythons.
inline void require_gil() {
    if (is_ending.load(std::memory_order_relaxed)) [[unlikely]] {
        hang_without_gil();
    }
}

// Takes the GIL back after PyEval_SaveThread(). With null, the thread has it.
inline void acquire_gil(PyThreadState* thread) {
    class GilRequired {
      public:
        GilRequired() = default;
        GilRequired(const GilRequired&) = delete;
        GilRequired& operator=(const GilRequired&) = delete;
        GilRequired(GilRequired&&) = delete;
        GilRequired& operator=(GilRequired&&) = delete;
        ~GilRequired() { require_gil(); }
    };
    if (thread != nullptr) {
        const GilRequired after;
        PyEval_RestoreThread(thread);
    }
}

// An owned reference, released at the end of the scope.
class Ref {
  public:
    Ref() = default;
    explicit Ref(PyObject* owned) : object_(owned) {}
    Ref(Ref&& other) noexcept : object_(other.release()) {}
    Ref& operator=(Ref&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    Ref(const Ref&) = delete;
    Ref& operator=(const Ref&) = delete;
    ~Ref() {
        require_gil();
        Py_XDECREF(object_);
    }

    PyObject* get() const { return object_; }
    PyObject* release() { return std::exchange(object_, nullptr); }
    explicit operator bool() const { return object_ != nullptr; }

  private:
    PyObject* object_ = nullptr;
};

inline PyObject* new_reference(PyObject* object) {
    Py_INCREF(object);
    return object;
}

inline const char* type_name(PyObject* object) { return Py_TYPE(object)->tp_name; }

// Reads an exact int of one digit without a call. False for longer ones.
inline bool compact_int(PyObject* exact_int, Py_ssize_t& value) {
    auto* number = reinterpret_cast<PyLongObject*>(exact_int);
#if PY_VERSION_HEX >= 0x030C0000
    if (!PyUnstable_Long_IsCompact(number))
        return false;
    value = PyUnstable_Long_CompactValue(number);
#else
    const auto digit = static_cast<Py_ssize_t>(number->ob_digit[0]);
    switch (Py_SIZE(number)) { // the sign of a number times its digits
    case 0:
        value = 0;
        break;
    case 1:
        value = digit;
        break;
    case -1:
        value = -digit;
        break;
    default:
        return false;
    }
#endif
    return true;
}

// Reads an exact float or an exact short int, which nearly all scalars are. It runs no Python code and sets no error.
inline bool exact_number(PyObject* object, double& value) {
    if (PyFloat_CheckExact(object)) [[likely]] {
        value = PyFloat_AS_DOUBLE(object);
        return true;
    }
    if (Py_ssize_t integer; PyLong_CheckExact(object) && compact_int(object, integer)) {
        value = static_cast<double>(integer);
        return true;
    }
    return false;
}

// Calls a function of piconumpy's Python modules, which do what does not have to be fast. It looks up the function
// each time, so that nothing is shared between interpreters. Returns null with an error set if the call fails.
PyObject* call_python(const char* module, const char* function, PyObject* const* args, std::size_t positional,
                      PyObject* keyword_names = nullptr);

template <class... Objects>
    requires(std::is_same_v<Objects, PyObject*> && ...)
PyObject* call_python(const char* module, const char* function, Objects... objects) {
    PyObject* const args[sizeof...(objects) + 1] = {objects...}; // C++ has no arrays of length 0
    return call_python(module, function, args, sizeof...(objects));
}

// The same with the items of a tuple.
PyObject* call_python(const char* module, const char* function, const Ref& tuple);

// The same for a method that is written in Python, with the arguments of a vectorcall behind its first ones.
PyObject* call_python(const char* module, const char* function, std::initializer_list<PyObject*> first,
                      PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names);

// The flags of a function that takes its arguments as a vectorcall.
inline constexpr int fast_keywords = static_cast<int>(unsigned{METH_FASTCALL} | unsigned{METH_KEYWORDS});

template <class Function> PyCFunction as_method(Function* function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

} // namespace piconumpy

#endif // PICONUMPY_PYTHON_HPP
