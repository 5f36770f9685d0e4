/* The C-API extension of bench/peers/capi ported to HPy 0.9, function by function: the numbers lie in a block of
 * their own, which the destroy slot frees. */

#include <hpy.h>
#include <stdlib.h>

typedef struct {
    double *data;
    HPy_ssize_t size;
} Array;

HPyType_HELPERS(Array)

    static HPyGlobal ArrayTypeGlobal;

static double *numbers_of(Array *self) { return self->data; }

static double *allocate(HPyContext *ctx, HPy_ssize_t size) {
    if ((size_t)size > PTRDIFF_MAX / sizeof(double)) {
        HPyErr_NoMemory(ctx);
        return NULL;
    }
    /* At least one number: malloc(0) may give NULL. */
    double *data = malloc((size == 0 ? 1 : (size_t)size) * sizeof(double));
    if (data == NULL) {
        HPyErr_NoMemory(ctx);
    }
    return data;
}

static HPy array_empty(HPyContext *ctx, HPy type, HPy_ssize_t size, double **numbers) {
    *numbers = allocate(ctx, size);
    if (*numbers == NULL) {
        return HPy_NULL;
    }
    Array *self;
    HPy result = HPy_New(ctx, type, &self);
    if (HPy_IsNull(result)) {
        free(*numbers);
        return HPy_NULL;
    }
    self->data = *numbers;
    self->size = size;
    return result;
}

#include "operations.h"

HPyDef_SLOT(array_new, HPy_tp_new) static HPy
    array_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    (void)args;
    (void)nargs;
    (void)kw;
    Array *self;
    HPy result = HPy_New(ctx, type, &self);
    if (!HPy_IsNull(result)) {
        self->data = NULL;
        self->size = 0;
    }
    return result;
}

HPyDef_SLOT(array_init, HPy_tp_init) static int array_init_impl(HPyContext *ctx, HPy object, const HPy *args,
                                                                HPy_ssize_t nargs, HPy kw) {
    static const char *keywords[] = {"data", NULL};
    HPyTracker tracker;
    HPy data;
    if (!HPyArg_ParseKeywordsDict(ctx, &tracker, args, nargs, kw, "O:array", keywords, &data)) {
        return -1;
    }
    HPy_ssize_t size = HPy_Length(ctx, data);
    double *numbers = size < 0 ? NULL : allocate(ctx, size);
    if (numbers == NULL || read_numbers(ctx, data, size, numbers) < 0) {
        free(numbers);
        HPyTracker_Close(ctx, tracker);
        return -1;
    }
    HPyTracker_Close(ctx, tracker);
    Array *self = Array_AsStruct(ctx, object);
    free(self->data);
    self->data = numbers;
    self->size = size;
    return 0;
}

HPyDef_SLOT(array_destroy, HPy_tp_destroy) static void array_destroy_impl(void *object) {
    free(((Array *)object)->data);
}

static HPyDef *array_defines[] = {&array_new, &array_init, &array_destroy, ARRAY_OPERATIONS, NULL};

static HPyType_Spec array_spec = {
    .name = "piconumpy_hpy.array",
    .doc = "array(data): a one-dimensional array of doubles, copied from a sequence of numbers.",
    .basicsize = sizeof(Array),
    .builtin_shape = SHAPE(Array),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = array_defines,
};

HPyDef_SLOT(module_exec, HPy_mod_exec) static int module_exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &array_spec, NULL);
    if (HPy_IsNull(type)) {
        return -1;
    }
    HPyGlobal_Store(ctx, &ArrayTypeGlobal, type);
    int status = HPy_SetAttr_s(ctx, module, "array", type);
    HPy_Close(ctx, type);
    return status;
}

static HPyDef *module_defines[] = {&module_exec, &module_zeros, NULL};

static HPyGlobal *module_globals[] = {&ArrayTypeGlobal, NULL};

static HPyModuleDef module_definition = {
    .doc = "An array of doubles as an HPy extension.",
    .defines = module_defines,
    .globals = module_globals,
};

HPy_MODINIT(piconumpy_hpy, module_definition)
