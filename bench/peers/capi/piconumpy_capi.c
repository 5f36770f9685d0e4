/* An array of doubles as a CPython C-API extension, written the way the CPython documentation teaches: the numbers
 * live in a block of their own, tp_new and tp_init make the object, slots do the arithmetic, every error is checked.
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

/* Gives the array room for size numbers in place of those it had. Their values are left open. */
static int array_allocate(Array *self, Py_ssize_t size) {
    double *data = PyMem_New(double, size);
    if (data == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMem_Free(self->data);
    self->data = data;
    self->size = size;
    return 0;
}

/* A new array; the values of its numbers are left open. */
static Array *array_empty(Py_ssize_t size) {
    double *data = PyMem_New(double, size);
    if (data == NULL) {
        PyErr_NoMemory();
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

static PyObject *array_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) {
    Array *self = (Array *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->data = NULL;
        self->size = 0;
    }
    return (PyObject *)self;
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
    Array *self = (Array *)object;
    if (array_allocate(self, PySequence_Fast_GET_SIZE(items)) < 0) {
        Py_DECREF(items);
        return -1;
    }
    for (Py_ssize_t i = 0; i < self->size; ++i) {
        /* An element's own __float__ may change the list while it is read. */
        if (i >= PySequence_Fast_GET_SIZE(items)) {
            PyErr_SetString(PyExc_RuntimeError, "the sequence changed its length while it was read");
            Py_DECREF(items);
            return -1;
        }
        double value = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(items, i));
        if (value == -1.0 && PyErr_Occurred()) {
            Py_DECREF(items);
            return -1;
        }
        self->data[i] = value;
    }
    Py_DECREF(items);
    return 0;
}

static void array_dealloc(PyObject *object) {
    PyMem_Free(((Array *)object)->data);
    Py_TYPE(object)->tp_free(object);
}

/* Arithmetic. */

static int check_same_size(const Array *a, const Array *b) {
    if (a->size != b->size) {
        PyErr_Format(PyExc_ValueError, "the arrays have different lengths: %zd and %zd", a->size, b->size);
        return -1;
    }
    return 0;
}

static PyObject *array_add(PyObject *left, PyObject *right) {
    if (!is_array(left) || !is_array(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const Array *a = (Array *)left;
    const Array *b = (Array *)right;
    if (check_same_size(a, b) < 0) {
        return NULL;
    }
    Array *result = array_empty(a->size);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < a->size; ++i) {
        result->data[i] = a->data[i] + b->data[i];
    }
    return (PyObject *)result;
}

static PyObject *array_subtract(PyObject *left, PyObject *right) {
    if (!is_array(left) || !is_array(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const Array *a = (Array *)left;
    const Array *b = (Array *)right;
    if (check_same_size(a, b) < 0) {
        return NULL;
    }
    Array *result = array_empty(a->size);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < a->size; ++i) {
        result->data[i] = a->data[i] - b->data[i];
    }
    return (PyObject *)result;
}

static PyObject *array_multiply(PyObject *left, PyObject *right) {
    /* The factor may stand on either side. */
    if (is_array(right) && !is_array(left)) {
        PyObject *swapped = left;
        left = right;
        right = swapped;
    }
    if (!is_array(left) || !is_number(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    double factor = PyFloat_AsDouble(right);
    if (factor == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    const Array *a = (Array *)left;
    Array *result = array_empty(a->size);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < a->size; ++i) {
        result->data[i] = a->data[i] * factor;
    }
    return (PyObject *)result;
}

static PyObject *array_divide(PyObject *left, PyObject *right) {
    if (!is_array(left) || !is_number(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    double divisor = PyFloat_AsDouble(right);
    if (divisor == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    const Array *a = (Array *)left;
    Array *result = array_empty(a->size);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < a->size; ++i) {
        result->data[i] = a->data[i] / divisor;
    }
    return (PyObject *)result;
}

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
    .tp_new = array_new,
    .tp_init = array_init,
    .tp_dealloc = array_dealloc,
    .tp_as_number = &array_as_number,
    .tp_as_sequence = &array_as_sequence,
    .tp_methods = array_methods,
};
/* clang-format on */

/* The module. */

static PyObject *module_empty(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "n:empty", &size)) {
        return NULL;
    }
    if (size < 0) {
        return PyErr_Format(PyExc_ValueError, "an array cannot have the length %zd", size);
    }
    return (PyObject *)array_empty(size);
}

static PyObject *module_zeros(PyObject *module, PyObject *args) {
    PyObject *result = module_empty(module, args);
    if (result != NULL) {
        Array *array = (Array *)result;
        for (Py_ssize_t i = 0; i < array->size; ++i) {
            array->data[i] = 0.0;
        }
    }
    return result;
}

static PyMethodDef module_methods[] = {
    {"empty", module_empty, METH_VARARGS, PyDoc_STR("empty(n): an array of n numbers that are not set yet.")},
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
