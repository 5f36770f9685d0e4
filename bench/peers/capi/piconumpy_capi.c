/* An array of doubles as a CPython C-API extension, written the way the CPython documentation teaches: the numbers
 * live in a block of their own, tp_init reads a sequence, slots do the arithmetic, every error is checked.
 * No free list, no vectorcall, no numbers inside the object: this is the peer that PicoNumpy is compared with. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A formatter does not see where CPython's macros end. */
/* clang-format off */
typedef struct {
    PyObject_HEAD
    double *data;
    Py_ssize_t size;
} Array;
/* clang-format on */

static PyTypeObject ArrayType;

static int is_array(PyObject *object) { return PyObject_TypeCheck(object, &ArrayType); }

static int is_number(PyObject *object) { return PyFloat_Check(object) || PyLong_Check(object); }

/* Storage. */

/* Room for numbers, which are not set yet. */
static double *allocate(Py_ssize_t size) {
    double *data = PyMem_New(double, size);
    if (data == NULL) {
        PyErr_NoMemory();
    }
    return data;
}

/* A new array, whose numbers are not set yet. */
static Array *array_empty(Py_ssize_t size) {
    double *data = allocate(size);
    if (data == NULL) {
        return NULL;
    }
    Array *result = PyObject_New(Array, &ArrayType);
    if (result == NULL) {
        PyMem_Free(data);
        return NULL;
    }
    result->data = data;
    result->size = size;
    return result;
}

static int read_numbers(PyObject *items, Py_ssize_t size, double *numbers) {
    for (Py_ssize_t i = 0; i < size; ++i) {
        /* An element's own __float__ may change the list while it is read. */
        if (i >= PySequence_Fast_GET_SIZE(items)) {
            PyErr_SetString(PyExc_RuntimeError, "the sequence changed its length while it was read");
            return -1;
        }
        numbers[i] = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(items, i));
        if (numbers[i] == -1.0 && PyErr_Occurred()) {
            return -1;
        }
    }
    return 0;
}

static int array_init(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"data", NULL};
    PyObject *data;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:array", keywords, &data)) {
        return -1;
    }
    PyObject *items = PySequence_Fast(data, "array() takes a sequence of numbers");
    if (items == NULL) {
        return -1;
    }
    Py_ssize_t size = PySequence_Fast_GET_SIZE(items);
    double *numbers = allocate(size);
    if (numbers == NULL || read_numbers(items, size, numbers) < 0) {
        PyMem_Free(numbers);
        Py_DECREF(items);
        return -1;
    }
    Py_DECREF(items);
    Array *self = (Array *)object;
    PyMem_Free(self->data);
    self->data = numbers;
    self->size = size;
    return 0;
}

static void array_dealloc(PyObject *object) {
    PyMem_Free(((Array *)object)->data);
    Py_TYPE(object)->tp_free(object);
}

/* Arithmetic. */

typedef enum { ADD, SUBTRACT } TwoArrays;
typedef enum { MULTIPLY, DIVIDE } ArrayAndNumber;

static inline PyObject *two_arrays(PyObject *left, PyObject *right, TwoArrays operation) {
    if (!is_array(left) || !is_array(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const Array *a = (Array *)left;
    const Array *b = (Array *)right;
    if (a->size != b->size) {
        return PyErr_Format(PyExc_ValueError, "the arrays have different lengths: %zd and %zd", a->size, b->size);
    }
    Array *result = array_empty(a->size);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < a->size; ++i) {
        result->data[i] = operation == ADD ? a->data[i] + b->data[i] : a->data[i] - b->data[i];
    }
    return (PyObject *)result;
}

static inline PyObject *array_and_number(PyObject *array, PyObject *number, ArrayAndNumber operation) {
    if (!is_array(array) || !is_number(number)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    double value = PyFloat_AsDouble(number);
    if (value == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    const Array *a = (Array *)array;
    Array *result = array_empty(a->size);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < a->size; ++i) {
        result->data[i] = operation == MULTIPLY ? a->data[i] * value : a->data[i] / value;
    }
    return (PyObject *)result;
}

static PyObject *array_add(PyObject *left, PyObject *right) { return two_arrays(left, right, ADD); }

static PyObject *array_subtract(PyObject *left, PyObject *right) { return two_arrays(left, right, SUBTRACT); }

static PyObject *array_multiply(PyObject *left, PyObject *right) {
    /* The factor may stand on either side. */
    if (is_array(left)) {
        return array_and_number(left, right, MULTIPLY);
    }
    return array_and_number(right, left, MULTIPLY);
}

static PyObject *array_divide(PyObject *left, PyObject *right) { return array_and_number(left, right, DIVIDE); }

/* Elements. */

static Py_ssize_t array_length(PyObject *object) { return ((Array *)object)->size; }

static int check_index(const Array *self, Py_ssize_t index) {
    if (index < 0 || index >= self->size) {
        PyErr_Format(PyExc_IndexError, "index %zd is out of range for an array of length %zd", index, self->size);
        return -1;
    }
    return 0;
}

static PyObject *array_item(PyObject *object, Py_ssize_t index) {
    const Array *self = (Array *)object;
    if (check_index(self, index) < 0) {
        return NULL;
    }
    return PyFloat_FromDouble(self->data[index]);
}

static int array_set_item(PyObject *object, Py_ssize_t index, PyObject *value) {
    Array *self = (Array *)object;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "an array's elements cannot be deleted");
        return -1;
    }
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    /* Checked last: the value's own __float__ may have changed the array. */
    if (check_index(self, index) < 0) {
        return -1;
    }
    self->data[index] = number;
    return 0;
}

static PyObject *array_tolist(PyObject *object, PyObject *Py_UNUSED(args)) { return PySequence_List(object); }

static PyNumberMethods array_as_number = {
    .nb_add = array_add,
    .nb_subtract = array_subtract,
    .nb_multiply = array_multiply,
    .nb_true_divide = array_divide,
};

static PySequenceMethods array_as_sequence = {
    .sq_length = array_length,
    .sq_item = array_item,
    .sq_ass_item = array_set_item,
};

static PyMethodDef array_methods[] = {
    {"tolist", array_tolist, METH_NOARGS, PyDoc_STR("The numbers as a list.")},
    {NULL, NULL, 0, NULL},
};

/* clang-format off */
static PyTypeObject ArrayType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "piconumpy_capi.array",
    .tp_doc = PyDoc_STR("array(data): a one-dimensional array of doubles, copied from a sequence of numbers."),
    .tp_basicsize = sizeof(Array),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_init = array_init,
    .tp_dealloc = array_dealloc,
    .tp_as_number = &array_as_number,
    .tp_as_sequence = &array_as_sequence,
    .tp_methods = array_methods,
};
/* clang-format on */

/* The module. */

static PyObject *module_zeros(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "n:zeros", &size)) {
        return NULL;
    }
    if (size < 0) {
        return PyErr_Format(PyExc_ValueError, "an array cannot have the length %zd", size);
    }
    Array *result = array_empty(size);
    for (Py_ssize_t i = 0; result != NULL && i < result->size; ++i) {
        result->data[i] = 0.0;
    }
    return (PyObject *)result;
}

static PyMethodDef module_methods[] = {
    {"zeros", module_zeros, METH_VARARGS, PyDoc_STR("zeros(n): an array of n zeros.")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "piconumpy_capi",
    .m_doc = PyDoc_STR("An array of doubles as a plain CPython C-API extension."),
    .m_size = -1,
    .m_methods = module_methods,
};

PyMODINIT_FUNC PyInit_piconumpy_capi(void) {
    if (PyType_Ready(&ArrayType) < 0) {
        return NULL;
    }
    PyObject *module = PyModule_Create(&module_definition);
    if (module == NULL) {
        return NULL;
    }
    Py_INCREF(&ArrayType);
    if (PyModule_AddObject(module, "array", (PyObject *)&ArrayType) < 0) {
        Py_DECREF(&ArrayType);
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
