// SPDX-License-Identifier: BSD-3-Clause
// The integrators of libpicokernels for piconumpy/integrate. A right-hand side is a program, a Python function, or
// both. Python functions are called with an object that holds the state, and give numbers in any container.
#include "conversion.hpp"
#include "floats.hpp"
#include "programs.hpp"

#include <picokernels/integrate.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <new>
#include <vector>

namespace piconumpy {

namespace {

// ---- calls of Python functions
// --------------------------------------------------------------------------------------

// The GIL during a run: released if no function in Python is called at each step.
class Gil {
  public:
    void release() { saved_ = PyEval_SaveThread(); }
    // Takes it back for a scope.
    class Held {
      public:
        explicit Held(Gil& gil) : gil_(gil), was_released_(gil.saved_ != nullptr) {
            if (was_released_) {
                gil_.acquire();
            }
        }
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;
        Held(Held&&) = delete;
        Held& operator=(Held&&) = delete;
        ~Held() {
            require_gil();
            if (was_released_) {
                gil_.release();
            }
        }

      private:
        Gil& gil_;
        bool was_released_;
    };
    void acquire() { acquire_gil(std::exchange(saved_, nullptr)); }

  private:
    PyThreadState* saved_ = nullptr;
};

// The state as an object, for calls of Python functions. An object that nobody has kept serves the next call too.
class StateObject {
  public:
    // make: numpy.empty, or null for an array.
    StateObject(PyObject* make, Py_ssize_t n) : make_(make), n_(n) {}

    // Borrowed; null with an error set.
    PyObject* with(const double* y) {
        if (!is_free() && !renew()) {
            return nullptr;
        }
        std::memcpy(data_, y, static_cast<std::size_t>(n_) * sizeof(double));
        return object_.get();
    }

  private:
    bool is_free() const {
#ifdef Py_GIL_DISABLED
        return false;
#else
        return object_ && Py_REFCNT(object_.get()) == 1;
#endif
    }

    bool renew() {
        if (make_ == nullptr) {
            object_ = Ref(as_object(new_array(n_)));
            data_ = object_ ? as_array(object_.get())->data : nullptr;
            return data_ != nullptr;
        }
        const Ref length(PyLong_FromSsize_t(n_));
        PyObject* const args[] = {length.get()};
        object_ = Ref(length ? PyObject_Vectorcall(make_, args, 1, nullptr) : nullptr);
        BufferView view;
        if (!object_ || !view.acquire(object_.get())) {
            return false;
        }
        data_ = static_cast<double*>(view->buf); // an ndarray keeps its memory
        return true;
    }

    PyObject* make_;
    Py_ssize_t n_;
    Ref object_;
    double* data_ = nullptr;
};

// Reads a list or tuple of n floats and ints. False, without an error, if it is something else.
bool read_items(PyObject* sequence, Py_ssize_t n, double* out) {
    if (PySequence_Fast_GET_SIZE(sequence) != n) {
        return false;
    }
    PyObject* const* items = PySequence_Fast_ITEMS(sequence);
    Py_ssize_t i = 0;
    while (i < n && (exact_number(items[i], out[i]) || plain_value(items[i], out[i]))) {
        ++i;
    }
    return i == n;
}

// Reads n float64 numbers of a buffer, as of an ndarray.
Conversion read_buffer(PyObject* exporter, Py_ssize_t n, double* out) {
    BufferView view;
    if (!view.acquire(exporter)) {
        return clear_refusal() ? Conversion::not_a_number : Conversion::failed;
    }
    if (!view.is_float64() || view->ndim != 1 || view.length() != n) {
        return Conversion::not_a_number;
    }
    const char* item = static_cast<const char*>(view->buf);
    for (Py_ssize_t i = 0; i < n; ++i, item += view.stride()) {
        std::memcpy(out + i, item, sizeof(double));
    }
    return Conversion::done;
}

Conversion read_usual_result(PyObject* result, Py_ssize_t n, double* out) {
    if (is_array(result) && as_array(result)->n == n) {
        std::memcpy(out, as_array(result)->data, static_cast<std::size_t>(n) * sizeof(double));
        return Conversion::done;
    }
    if (exports_buffer(result)) {
        return read_buffer(result, n, out);
    }
    const bool is_sequence = PyList_CheckExact(result) || PyTuple_CheckExact(result);
    const bool is_read = is_sequence ? read_items(result, n, out) : n == 1 && plain_value(result, *out);
    return is_read ? Conversion::done : Conversion::not_a_number;
}

// Reads n numbers from what a function returned. False with an error set.
bool read_result(PyObject* result, Py_ssize_t n, double* out) {
    const Conversion usual = read_usual_result(result, n, out);
    if (usual != Conversion::not_a_number) {
        return usual == Conversion::done;
    }
    // Other types and shapes, as NumPy takes them.
    const Ref length(PyLong_FromSsize_t(n));
    const Ref numbers(length ? call_python("piconumpy.integrate._results", "numbers_of", result, length.get())
                             : nullptr);
    BufferView view;
    if (!numbers || !view.acquire(numbers.get())) {
        return false;
    }
    std::memcpy(out, view->buf, static_cast<std::size_t>(n) * sizeof(double));
    return true;
}

struct Callable {
    PyObject* function = nullptr;
    Py_ssize_t results = 0;
    Gil* gil = nullptr;
    StateObject* state = nullptr;
};

// function(t, y); null with an error set.
Ref call_with_state(PyObject* function, StateObject& object, double t, const double* y) {
    const Ref time(PyFloat_FromDouble(t));
    PyObject* state = time ? object.with(y) : nullptr;
    if (state == nullptr) {
        return {};
    }
    PyObject* const args[] = {nullptr, time.get(), state};
    return Ref(PyObject_Vectorcall(function, args + 1, std::size_t{2} | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
}

// NOLINTNEXTLINE(misc-const-correctness): the signature is that of pk_ode_function
int call_function(double t, const double* y, double* out, void* data) {
    const auto* callable = static_cast<const Callable*>(data);
    const Gil::Held held(*callable->gil);
    const Ref result = call_with_state(callable->function, *callable->state, t, y);
    return result && read_result(result.get(), callable->results, out) ? 0 : -1;
}

// Asks the observer in Python, and handles signals such as Ctrl-C now and then.
struct Observer {
    PyObject* function = nullptr;
    Gil* gil = nullptr;
    StateObject* state = nullptr;
    unsigned steps = 0;
};

int observe(double t, const double* y, void* data) {
    constexpr unsigned steps_between_signals = 256;
    auto* observer = static_cast<Observer*>(data);
    const bool is_signal_due = ++observer->steps % steps_between_signals == 0;
    if (observer->function == nullptr && !is_signal_due) {
        return 0;
    }
    const Gil::Held held(*observer->gil);
    if (is_signal_due && PyErr_CheckSignals() != 0) {
        return -1;
    }
    if (observer->function == nullptr) {
        return 0;
    }
    const Ref result = call_with_state(observer->function, *observer->state, t, y);
    return result ? PyObject_IsTrue(result.get()) : -1;
}

// ---- solutions
// ------------------------------------------------------------------------------------------------------

struct SolutionObject {
    PyObject ob_base;
    pk_ode_solution* solution;
    std::size_t n;
    std::size_t events;
};

extern PyTypeObject SolutionType;

SolutionObject* as_solution(PyObject* object) { return reinterpret_cast<SolutionObject*>(object); }

void deallocate_solution(PyObject* self) {
    pk_ode_destroy(as_solution(self)->solution);
    PyObject_Free(self);
}

PyObject* summary(PyObject* self, void*) {
    const pk_ode_summary found = pk_ode_get_summary(as_solution(self)->solution);
    return Py_BuildValue("(innnnnnn)", static_cast<int>(found.outcome), static_cast<Py_ssize_t>(found.points),
                         static_cast<Py_ssize_t>(found.segments), static_cast<Py_ssize_t>(found.steps),
                         static_cast<Py_ssize_t>(found.rejected), static_cast<Py_ssize_t>(found.evaluations),
                         static_cast<Py_ssize_t>(found.jacobians), static_cast<Py_ssize_t>(found.factorizations));
}

// An array of numbers that the solution has.
PyObject* array_of(const double* numbers, std::size_t n) {
    ArrayObject* array = new_array(static_cast<Py_ssize_t>(n));
    if (array != nullptr && n > 0) {
        std::memcpy(array->data, numbers, n * sizeof(double));
    }
    return as_object(array);
}

PyObject* points(PyObject* self, PyObject*) {
    const SolutionObject* object = as_solution(self);
    const std::size_t count = pk_ode_get_summary(object->solution).points;
    const Ref times(array_of(pk_ode_times(object->solution), count));
    const Ref states(array_of(pk_ode_states(object->solution), count * object->n));
    return times && states ? PyTuple_Pack(2, times.get(), states.get()) : nullptr;
}

PyObject* event_points(PyObject* self, PyObject* index) {
    const SolutionObject* object = as_solution(self);
    const std::size_t event = PyLong_AsSize_t(index);
    if (event >= object->events) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_SetString(PyExc_IndexError, "there is no such event");
        }
        return nullptr;
    }
    const std::size_t count = pk_ode_event_points(object->solution, event);
    const Ref times(array_of(pk_ode_event_times(object->solution, event), count));
    const Ref states(array_of(pk_ode_event_states(object->solution, event), count * object->n));
    return times && states ? PyTuple_Pack(2, times.get(), states.get()) : nullptr;
}

PyObject* breaks(PyObject* self, PyObject*) {
    const SolutionObject* object = as_solution(self);
    const std::size_t segments = pk_ode_get_summary(object->solution).segments;
    const double* found = pk_ode_breaks(object->solution);
    return array_of(found, found == nullptr ? 0 : segments + 1);
}

// evaluate(times, segment): the states at an array of times, by one segment or, if that is negative, all of them.
PyObject* evaluate(PyObject* self, PyObject* args) {
    PyObject* times;
    Py_ssize_t segment;
    if (PyArg_ParseTuple(args, "O!n", &ArrayType, &times, &segment) == 0) {
        return nullptr;
    }
    const SolutionObject* object = as_solution(self);
    const auto count = static_cast<std::size_t>(as_array(times)->n);
    ArrayObject* states = new_array(static_cast<Py_ssize_t>(count * object->n));
    if (states == nullptr) {
        return nullptr;
    }
    const pk_status status = segment < 0
                                 ? pk_ode_evaluate(object->solution, as_array(times)->data, count, states->data)
                                 : pk_ode_evaluate_segment(object->solution, static_cast<std::size_t>(segment),
                                                           as_array(times)->data, count, states->data);
    if (status != PK_OK) {
        Py_DECREF(as_object(states));
        PyErr_SetString(PyExc_ValueError, pk_status_message(status));
        return nullptr;
    }
    return as_object(states);
}

PyMethodDef solution_methods[] = {
    {"points", points, METH_NOARGS, nullptr},
    {"event_points", event_points, METH_O, nullptr},
    {"breaks", breaks, METH_NOARGS, nullptr},
    {"evaluate", evaluate, METH_VARARGS, nullptr},
    {},
};

PyGetSetDef solution_attributes[] = {
    {"summary", summary, nullptr, nullptr, nullptr},
    {},
};

constinit PyTypeObject SolutionType = []() noexcept {
    const PyVarObject head[] = {PyVarObject_HEAD_INIT(nullptr, 0)};
    PyTypeObject type = {};
    type.ob_base = head[0];
    type.tp_name = "piconumpy._core.Solution";
    type.tp_basicsize = sizeof(SolutionObject);
    type.tp_flags = Py_TPFLAGS_DEFAULT;
    type.tp_dealloc = deallocate_solution;
    type.tp_methods = solution_methods;
    type.tp_getset = solution_attributes;
    return type;
}();

// ---- runs
// -----------------------------------------------------------------------------------------------------------

// A problem in Python's objects. They outlive it: the caller's tuple holds them.
class Problem {
  public:
    explicit Problem(Py_ssize_t n, PyObject* make_state) : state_(make_state, n), n_(n) {}

    // (program or None, parameters or None, function or None)
    bool read_callable(PyObject* tuple, pk_ode_callable& callable, Callable& storage, Py_ssize_t results) {
        PyObject* program;
        PyObject* parameters;
        PyObject* function;
        if (PyArg_ParseTuple(tuple, "OOO", &program, &parameters, &function) == 0) {
            return false;
        }
        if (program != Py_None) {
            if (!Py_IS_TYPE(program, &ProgramType)) {
                PyErr_SetString(PyExc_TypeError, "a Program or None is needed");
                return false;
            }
            callable.program = program_of(program);
            if (!is_array(parameters) || std::cmp_less(static_cast<std::size_t>(1 + n_ + as_array(parameters)->n),
                                                       pk_program_inputs(callable.program))) {
                PyErr_SetString(PyExc_ValueError, "an array of all parameters is needed");
                return false;
            }
            callable.parameters = as_array(parameters)->data;
        } else {
            calls_python_ = true;
        }
        if (function != Py_None) {
            storage = {function, results, &gil_, &state_};
            callable.function = call_function;
            callable.data = &storage;
        }
        return true;
    }

    bool read_events(PyObject* tuple) {
        const auto count = static_cast<std::size_t>(PyTuple_GET_SIZE(tuple));
        events_.resize(count);
        event_callables_.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            PyObject* callable;
            Py_ssize_t last;
            if (PyArg_ParseTuple(PyTuple_GET_ITEM(tuple, static_cast<Py_ssize_t>(i)), "O!dn", &PyTuple_Type,
                                 &callable, &events_[i].direction, &last) == 0 ||
                !read_callable(callable, events_[i].g, event_callables_[i], 1)) {
                return false;
            }
            events_[i].last = static_cast<std::size_t>(last);
        }
        problem.events = events_.data();
        problem.event_count = count;
        return true;
    }

    bool read_function(PyObject* tuple) { return read_callable(tuple, problem.f, function_, n_); }

    // Each is None where it is absent.
    bool read_derivatives(PyObject* jacobian, PyObject* time_derivative) {
        return (jacobian == Py_None || read_callable(jacobian, problem.jacobian, jacobian_, n_ * n_)) &&
               (time_derivative == Py_None ||
                read_callable(time_derivative, problem.time_derivative, time_derivative_, n_));
    }

    void observe_with(PyObject* function) {
        observer_ = {function == Py_None ? nullptr : function, &gil_, &state_};
        problem.observer = observe;
        problem.observer_data = &observer_;
        calls_python_ = calls_python_ || function != Py_None;
    }

    // Null with an error set.
    PyObject* solve() {
        pk_ode_solution* solution = nullptr;
        pk_ode_error error;
        if (!calls_python_) {
            gil_.release();
        }
        const pk_status status = pk_ode_solve(&problem, &solution, &error);
        gil_.acquire();
        if (status == PK_ERROR_OUT_OF_MEMORY) {
            return PyErr_NoMemory();
        }
        if (status != PK_OK) {
            if (status != PK_ERROR_CALLBACK || PyErr_Occurred() == nullptr) {
                PyErr_SetString(PyExc_ValueError, error.message);
            }
            return nullptr;
        }
        auto* object = PyObject_New(SolutionObject, &SolutionType);
        if (object == nullptr) {
            pk_ode_destroy(solution);
            return nullptr;
        }
        object->solution = solution;
        object->n = problem.n;
        object->events = problem.event_count;
        return reinterpret_cast<PyObject*>(object);
    }

    pk_ode_problem problem{};

  private:
    Gil gil_;
    StateObject state_;
    Py_ssize_t n_;
    Callable function_;
    Callable jacobian_;
    Callable time_derivative_;
    std::vector<pk_ode_event> events_;
    std::vector<Callable> event_callables_;
    Observer observer_;
    bool calls_python_ = false;
};

// The plan of the program, which lives as long as the program. Null if there is none.
const pk_ode_plan* plan_of(PyObject* program, int method) {
    auto* object = reinterpret_cast<ProgramObject*>(program);
    if (method < 0 || std::cmp_greater_equal(method, std::size(object->plans))) {
        return nullptr;
    }
    // Without the GIL, another thread may come first.
    const std::atomic_ref<pk_ode_plan*> place(object->plans[method]);
    pk_ode_plan* known = place.load();
    if (known != nullptr) {
        return known;
    }
    pk_ode_plan* made = nullptr;
    pk_ode_plan_create(object->program, static_cast<pk_ode_method>(method), &made);
    if (place.compare_exchange_strong(known, made)) {
        return made;
    }
    pk_ode_plan_destroy(made);
    return known;
}

// What problems of one run and of an ensemble have in common; null with an error set if arguments are wrong.
struct Common {
    int method;
    double t0;
    double t_end;
    PyObject* rtol;
    PyObject* atol;
    double first_step;
    double max_step;
    Py_ssize_t max_steps;
    PyObject* t_eval;

    bool fill(pk_ode_problem& problem) const {
        if (t_eval != Py_None && !is_array(t_eval)) {
            PyErr_SetString(PyExc_TypeError, "t_eval: an array or None is needed");
            return false;
        }
        problem.method = static_cast<pk_ode_method>(method);
        problem.t0 = t0;
        problem.t_end = t_end;
        problem.rtol = as_array(rtol)->data;
        problem.rtol_count = static_cast<std::size_t>(as_array(rtol)->n);
        problem.atol = as_array(atol)->data;
        problem.atol_count = static_cast<std::size_t>(as_array(atol)->n);
        problem.first_step = first_step;
        problem.max_step = max_step;
        problem.max_steps = static_cast<std::size_t>(max_steps);
        if (t_eval != Py_None) {
            problem.has_t_eval = 1;
            problem.t_eval = as_array(t_eval)->data;
            problem.t_eval_count = static_cast<std::size_t>(as_array(t_eval)->n);
        }
        return true;
    }
};

// solve_ode(method, f, jacobian, time_derivative, t0, t_end, y0, rtol, atol, first_step, max_step, max_steps, t_eval,
// is_dense, events, event_parts, observer, make_state): arrays of ours, callables as tuples, and None where something
// is absent.
PyObject* solve_ode(PyObject*, PyObject* args) {
    Common common;
    int is_dense;
    Py_ssize_t parts;
    PyObject* f;
    PyObject* jacobian;
    PyObject* time_derivative;
    PyObject* y0;
    PyObject* events;
    PyObject* observer;
    PyObject* make_state;
    if (PyArg_ParseTuple(args, "iO!OOddO!O!O!ddnOpO!nOO", &common.method, &PyTuple_Type, &f, &jacobian,
                         &time_derivative, &common.t0, &common.t_end, &ArrayType, &y0, &ArrayType, &common.rtol,
                         &ArrayType, &common.atol, &common.first_step, &common.max_step, &common.max_steps,
                         &common.t_eval, &is_dense, &PyTuple_Type, &events, &parts, &observer, &make_state) == 0) {
        return nullptr;
    }
    try {
        Problem run(as_array(y0)->n, make_state == Py_None ? nullptr : make_state);
        pk_ode_problem& problem = run.problem;
        problem.n = static_cast<std::size_t>(as_array(y0)->n);
        problem.y0 = as_array(y0)->data;
        problem.event_parts = static_cast<std::size_t>(parts);
        problem.is_dense = is_dense;
        if (!common.fill(problem) || !run.read_function(f) || !run.read_derivatives(jacobian, time_derivative) ||
            !run.read_events(events)) {
            return nullptr;
        }
        if (problem.f.program != nullptr) {
            problem.plan = plan_of(PyTuple_GET_ITEM(f, 0), common.method);
        }
        run.observe_with(observer);
        return run.solve();
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

// ---- ensembles
// ------------------------------------------------------------------------------------------------------

// Handles signals, and tells how many members are done. It takes the GIL rarely: another thread may hold it for
// milliseconds.
struct Progress {
    PyObject* function = nullptr; // or null
    Gil* gil = nullptr;
    std::chrono::steady_clock::time_point next = std::chrono::steady_clock::now();
};

int report_progress(std::size_t done, void* data) {
    constexpr std::chrono::milliseconds period(50);
    auto* progress = static_cast<Progress*>(data);
    const auto now = std::chrono::steady_clock::now();
    if (now < progress->next) {
        return 0;
    }
    progress->next = now + period;
    const Gil::Held held(*progress->gil);
    if (PyErr_CheckSignals() != 0) {
        return -1;
    }
    if (progress->function == nullptr) {
        return 0;
    }
    const Ref count(PyLong_FromSize_t(done));
    const Ref result(count ? PyObject_CallOneArg(progress->function, count.get()) : nullptr);
    return result ? 0 : -1;
}

// The solutions of an ensemble, freed at the end of the scope.
class Solutions {
  public:
    explicit Solutions(std::size_t members) : found(members), errors(members) {}
    Solutions(const Solutions&) = delete;
    Solutions& operator=(const Solutions&) = delete;
    Solutions(Solutions&&) = delete;
    Solutions& operator=(Solutions&&) = delete;
    ~Solutions() {
        for (pk_ode_solution* one : found) {
            pk_ode_destroy(one);
        }
    }

    std::vector<pk_ode_solution*> found;
    std::vector<pk_ode_error> errors;
};

template <class Number> PyObject* array_from(const std::vector<Number>& numbers) {
    ArrayObject* array = new_array(static_cast<Py_ssize_t>(numbers.size()));
    for (std::size_t i = 0; array != nullptr && i < numbers.size(); ++i) {
        array->data[i] = static_cast<double>(numbers[i]);
    }
    return as_object(array);
}

// (status of each member, outcomes, evaluations, steps, points, times, states), as arrays. Members that failed have
// no points.
PyObject* collected(const Solutions& solutions, std::size_t n) {
    std::vector<double> columns[7];
    std::vector<double>& times = columns[5];
    std::vector<double>& states = columns[6];
    for (std::size_t i = 0; i < solutions.found.size(); ++i) {
        const pk_ode_solution* one = solutions.found[i];
        pk_ode_summary summary{};
        if (one != nullptr) {
            summary = pk_ode_get_summary(one);
            const double* t = pk_ode_times(one);
            const double* y = pk_ode_states(one);
            times.insert(times.end(), t, t + summary.points);
            states.insert(states.end(), y, y + summary.points * n);
        }
        columns[0].push_back(one != nullptr ? PK_OK : solutions.errors[i].status);
        columns[1].push_back(summary.outcome);
        columns[2].push_back(static_cast<double>(summary.evaluations));
        columns[3].push_back(static_cast<double>(summary.steps));
        columns[4].push_back(static_cast<double>(summary.points));
    }
    Ref result(PyTuple_New(7));
    for (Py_ssize_t i = 0; result && i < 7; ++i) {
        PyObject* array = array_from(columns[i]);
        if (array == nullptr) {
            return nullptr;
        }
        PyTuple_SET_ITEM(result.get(), i, array);
    }
    return result.release();
}

// solve_ensemble(method, program, t0, t_end, members, y0, parameters, rtol, atol, first_step, max_step, max_steps,
// t_eval, progress): arrays of ours; y0 and parameters of all members, one after the other.
PyObject* solve_ensemble(PyObject*, PyObject* args) {
    Common common;
    Py_ssize_t members;
    PyObject* program_object;
    PyObject* y0;
    PyObject* parameters;
    PyObject* progress;
    if (PyArg_ParseTuple(args, "iO!ddnO!O!O!O!ddnOO", &common.method, &ProgramType, &program_object, &common.t0,
                         &common.t_end, &members, &ArrayType, &y0, &ArrayType, &parameters, &ArrayType, &common.rtol,
                         &ArrayType, &common.atol, &common.first_step, &common.max_step, &common.max_steps,
                         &common.t_eval, &progress) == 0) {
        return nullptr;
    }
    const pk_program* program = program_of(program_object);
    const Py_ssize_t n = members > 0 ? as_array(y0)->n / members : 0;
    const auto inputs = static_cast<Py_ssize_t>(pk_program_inputs(program));
    if (members < 0 || n * members != as_array(y0)->n ||
        (members > 0 && as_array(parameters)->n != (inputs - 1 - n) * members)) {
        PyErr_SetString(PyExc_ValueError, "the lengths do not fit");
        return nullptr;
    }
    try {
        pk_ode_problem problem{};
        problem.n = static_cast<std::size_t>(n);
        problem.f.program = program;
        problem.only_end = 1;
        if (!common.fill(problem)) {
            return nullptr;
        }
        if (members > 0) {
            problem.plan = plan_of(program_object, common.method);
        }
        Solutions solutions(static_cast<std::size_t>(members));
        Gil gil;
        Progress report;
        report.function = progress == Py_None ? nullptr : progress;
        report.gil = &gil;
        gil.release();
        pk_ode_solve_ensemble(&problem, static_cast<std::size_t>(members), as_array(y0)->data,
                              as_array(parameters)->data, solutions.found.data(), solutions.errors.data(),
                              report_progress, &report);
        gil.acquire();
        if (PyErr_Occurred() != nullptr) {
            return nullptr;
        }
        for (const pk_ode_error& error : solutions.errors) {
            if (error.status == PK_ERROR_OUT_OF_MEMORY) {
                return PyErr_NoMemory();
            }
            if (error.status == PK_ERROR_INVALID_PROBLEM) {
                PyErr_SetString(PyExc_ValueError, error.message);
                return nullptr;
            }
        }
        return collected(solutions, problem.n);
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

PyMethodDef functions[] = {
    {"solve_ode", solve_ode, METH_VARARGS, nullptr},
    {"solve_ensemble", solve_ensemble, METH_VARARGS, nullptr},
    {},
};

} // namespace

bool add_integrators(PyObject* module) {
    return PyType_Ready(&SolutionType) == 0 && PyModule_AddFunctions(module, functions) == 0;
}

} // namespace piconumpy
