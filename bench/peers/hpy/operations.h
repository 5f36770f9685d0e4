/* What both HPy arrays have in common: everything but how the numbers are stored. The file that includes this defines
 *
 *     Array                               a struct with the member `HPy_ssize_t size`, and Array_AsStruct
 *     double *numbers_of(Array *self)     where its numbers are
 *     HPy array_empty(ctx, type, size, double **numbers)
 *                                         a new array; `type` is the one that array_type() gives
 *     ArrayTypeGlobal                     the type, for array_type()
 */

static inline HPy array_type(HPyContext* ctx) { return HPyGlobal_Load(ctx, ArrayTypeGlobal); }

/* Reading a sequence of numbers. */

/* Sets numbers[0] to numbers[size - 1] from the elements of data. */
static int read_numbers(HPyContext* ctx, HPy data, HPy_ssize_t size, double* numbers) {
    for (HPy_ssize_t i = 0; i < size; ++i) {
        /* An element's own __float__ may shorten the list while it is read: this is an IndexError then. */
        HPy item = HPy_GetItem_i(ctx, data, i);
        if (HPy_IsNull(item)) {
            return -1;
        }
        double value = HPyFloat_AsDouble(ctx, item);
        HPy_Close(ctx, item);
        if (value == -1.0 && HPyErr_Occurred(ctx)) {
            return -1;
        }
        numbers[i] = value;
    }
    return 0;
}

/* Arithmetic. */

static HPy not_implemented(HPyContext* ctx) { return HPy_Dup(ctx, ctx->h_NotImplemented); }

typedef enum { ADD, SUBTRACT } TwoArrays;
typedef enum { MULTIPLY, DIVIDE } ArrayAndNumber;

static inline HPy two_arrays(HPyContext* ctx, HPy left, HPy right, TwoArrays operation) {
    HPy type = array_type(ctx);
    HPy result = HPy_NULL;
    if (!HPy_TypeCheck(ctx, left, type) || !HPy_TypeCheck(ctx, right, type)) {
        result = not_implemented(ctx);
    } else {
        /* Such a pointer holds as long as its handle is open. */
        Array* a = Array_AsStruct(ctx, left);
        Array* b = Array_AsStruct(ctx, right);
        if (a->size != b->size) {
            HPyErr_Format(ctx, ctx->h_ValueError, "the arrays have different lengths: %zd and %zd", a->size, b->size);
        } else {
            double* sum;
            result = array_empty(ctx, type, a->size, &sum);
            if (!HPy_IsNull(result)) {
                const double* x = numbers_of(a);
                const double* y = numbers_of(b);
                for (HPy_ssize_t i = 0; i < a->size; ++i) {
                    sum[i] = operation == ADD ? x[i] + y[i] : x[i] - y[i];
                }
            }
        }
    }
    HPy_Close(ctx, type);
    return result;
}

/* What is no number makes NotImplemented. */
static inline HPy array_and_number(HPyContext* ctx, HPy type, HPy array, HPy number, ArrayAndNumber operation) {
    double value = HPyFloat_AsDouble(ctx, number);
    if (value == -1.0 && HPyErr_Occurred(ctx)) {
        if (!HPyErr_ExceptionMatches(ctx, ctx->h_TypeError)) {
            return HPy_NULL;
        }
        HPyErr_Clear(ctx);
        return not_implemented(ctx);
    }
    Array* self = Array_AsStruct(ctx, array);
    double* products;
    HPy result = array_empty(ctx, type, self->size, &products);
    if (!HPy_IsNull(result)) {
        const double* x = numbers_of(self);
        for (HPy_ssize_t i = 0; i < self->size; ++i) {
            products[i] = operation == MULTIPLY ? x[i] * value : x[i] / value;
        }
    }
    return result;
}

HPyDef_SLOT(array_add, HPy_nb_add) static HPy array_add_impl(HPyContext* ctx, HPy left, HPy right) {
    return two_arrays(ctx, left, right, ADD);
}

HPyDef_SLOT(array_subtract, HPy_nb_subtract) static HPy array_subtract_impl(HPyContext* ctx, HPy left, HPy right) {
    return two_arrays(ctx, left, right, SUBTRACT);
}

HPyDef_SLOT(array_multiply, HPy_nb_multiply) static HPy array_multiply_impl(HPyContext* ctx, HPy left, HPy right) {
    HPy type = array_type(ctx);
    /* The factor may stand on either side. */
    HPy result = HPy_TypeCheck(ctx, left, type) ? array_and_number(ctx, type, left, right, MULTIPLY)
                                                : array_and_number(ctx, type, right, left, MULTIPLY);
    HPy_Close(ctx, type);
    return result;
}

/* PyPy calls nb_multiply only with the array on the left. */
HPyDef_METH(array_reflected_multiply, "__rmul__", HPyFunc_O) static HPy
    array_reflected_multiply_impl(HPyContext* ctx, HPy self, HPy factor) {
    HPy type = array_type(ctx);
    HPy result = array_and_number(ctx, type, self, factor, MULTIPLY);
    HPy_Close(ctx, type);
    return result;
}

HPyDef_SLOT(array_divide, HPy_nb_true_divide) static HPy array_divide_impl(HPyContext* ctx, HPy left, HPy right) {
    HPy type = array_type(ctx);
    HPy result =
        HPy_TypeCheck(ctx, left, type) ? array_and_number(ctx, type, left, right, DIVIDE) : not_implemented(ctx);
    HPy_Close(ctx, type);
    return result;
}

/* Elements. */

HPyDef_SLOT(array_length, HPy_sq_length) static HPy_ssize_t array_length_impl(HPyContext* ctx, HPy self) {
    return Array_AsStruct(ctx, self)->size;
}

static int check_index(HPyContext* ctx, HPy_ssize_t size, HPy_ssize_t index) {
    if (index < 0 || index >= size) {
        HPyErr_Format(ctx, ctx->h_IndexError, "index %zd is out of range for an array of length %zd", index, size);
        return -1;
    }
    return 0;
}

HPyDef_SLOT(array_item, HPy_sq_item) static HPy array_item_impl(HPyContext* ctx, HPy object, HPy_ssize_t index) {
    Array* self = Array_AsStruct(ctx, object);
    if (check_index(ctx, self->size, index) < 0) {
        return HPy_NULL;
    }
    return HPyFloat_FromDouble(ctx, numbers_of(self)[index]);
}

HPyDef_SLOT(array_set_item, HPy_sq_ass_item) static int array_set_item_impl(HPyContext* ctx, HPy object,
                                                                            HPy_ssize_t index, HPy value) {
    if (HPy_IsNull(value)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "an array's elements cannot be deleted");
        return -1;
    }
    double number = HPyFloat_AsDouble(ctx, value);
    if (number == -1.0 && HPyErr_Occurred(ctx)) {
        return -1;
    }
    /* Looked at last: the value's own __float__ may have changed the array. */
    Array* self = Array_AsStruct(ctx, object);
    if (check_index(ctx, self->size, index) < 0) {
        return -1;
    }
    numbers_of(self)[index] = number;
    return 0;
}

HPyDef_METH(array_tolist, "tolist", HPyFunc_NOARGS, .doc = "The numbers as a list.") static HPy
    array_tolist_impl(HPyContext* ctx, HPy object) {
    HPy arguments = HPyTuple_Pack(ctx, 1, object);
    if (HPy_IsNull(arguments)) {
        return HPy_NULL;
    }
    HPy list = HPy_CallTupleDict(ctx, ctx->h_ListType, arguments, HPy_NULL);
    HPy_Close(ctx, arguments);
    return list;
}

#define ARRAY_OPERATIONS                                                                                             \
    &array_add, &array_subtract, &array_multiply, &array_reflected_multiply, &array_divide, &array_length,           \
        &array_item, &array_set_item, &array_tolist

/* The module's function. */

HPyDef_METH(module_zeros, "zeros", HPyFunc_O, .doc = "zeros(n): an array of n zeros.") static HPy
    module_zeros_impl(HPyContext* ctx, HPy module, HPy argument) {
    (void)module;
    HPy_ssize_t size = HPyLong_AsSsize_t(ctx, argument);
    if (size < 0) {
        if (!HPyErr_Occurred(ctx)) {
            HPyErr_Format(ctx, ctx->h_ValueError, "an array cannot have the length %zd", size);
        }
        return HPy_NULL;
    }
    double* numbers;
    HPy type = array_type(ctx);
    HPy result = array_empty(ctx, type, size, &numbers);
    HPy_Close(ctx, type);
    for (HPy_ssize_t i = 0; !HPy_IsNull(result) && i < size; ++i) {
        numbers[i] = 0.0;
    }
    return result;
}
