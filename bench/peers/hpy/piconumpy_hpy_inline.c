/* The HPy array for interpreters whose garbage collector pays for destructors: up to eight numbers lie inside the
 * object, and its type has no destroy slot. Longer arrays are of a subtype, which has a block and a destroy slot. */

#include <hpy.h>
#include <stdlib.h>

enum { INLINE_SIZE = 8 };

typedef struct {
    HPy_ssize_t size;
    double numbers[INLINE_SIZE];
} Array;

typedef struct {
    Array base;
    double *block;
} LongArray;

HPyType_HELPERS(Array) HPyType_HELPERS(LongArray)

    static HPyGlobal ArrayTypeGlobal;
static HPyGlobal LongArrayTypeGlobal;

static inline double *numbers_of(Array *self) {
    return self->size <= INLINE_SIZE ? self->numbers : ((LongArray *)self)->block;
}

static HPy long_array_empty(HPyContext *ctx, HPy_ssize_t size, double **numbers) {
    *numbers = (size_t)size > PTRDIFF_MAX / sizeof(double) ? NULL : malloc((size_t)size * sizeof(double));
    if (*numbers == NULL) {
        HPyErr_NoMemory(ctx);
        return HPy_NULL;
    }
    HPy type = HPyGlobal_Load(ctx, LongArrayTypeGlobal);
    LongArray *self;
    HPy result = HPy_New(ctx, type, &self);
    HPy_Close(ctx, type);
    if (HPy_IsNull(result)) {
        free(*numbers);
        return HPy_NULL;
    }
    self->base.size = size;
    self->block = *numbers;
    return result;
}

static inline HPy array_empty(HPyContext *ctx, HPy type, HPy_ssize_t size, double **numbers) {
    if (size > INLINE_SIZE) {
        return long_array_empty(ctx, size, numbers);
    }
    Array *self;
    HPy result = HPy_New(ctx, type, &self);
    if (!HPy_IsNull(result)) {
        self->size = size;
        *numbers = self->numbers;
    }
    return result;
}

#include "operations.h"

/* A sequence of at most INLINE_SIZE numbers is read before the array is made, of any other length afterwards. */
static HPy array_of(HPyContext *ctx, HPy type, HPy data) {
    HPy_ssize_t size = HPy_Length(ctx, data);
    if (size < 0) {
        return HPy_NULL;
    }
    double *numbers;
    if (size <= INLINE_SIZE) {
        double values[INLINE_SIZE];
        if (read_numbers(ctx, data, size, values) < 0) {
            return HPy_NULL;
        }
        HPy result = array_empty(ctx, type, size, &numbers);
        if (!HPy_IsNull(result)) {
            for (HPy_ssize_t i = 0; i < size; ++i) {
                numbers[i] = values[i];
            }
        }
        return result;
    }
    HPy result = long_array_empty(ctx, size, &numbers);
    if (!HPy_IsNull(result) && read_numbers(ctx, data, size, numbers) < 0) {
        HPy_Close(ctx, result);
        return HPy_NULL;
    }
    return result;
}

/* There is no init slot: which type the object gets depends on the data. */
HPyDef_SLOT(array_new, HPy_tp_new) static HPy
    array_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    if (nargs == 1 && HPy_IsNull(kw)) {
        return array_of(ctx, type, args[0]);
    }
    static const char *keywords[] = {"data", NULL};
    HPyTracker tracker;
    HPy data;
    if (!HPyArg_ParseKeywordsDict(ctx, &tracker, args, nargs, kw, "O:array", keywords, &data)) {
        return HPy_NULL;
    }
    HPy result = array_of(ctx, type, data);
    HPyTracker_Close(ctx, tracker);
    return result;
}

HPyDef_SLOT(long_array_destroy, HPy_tp_destroy) static void long_array_destroy_impl(void *object) {
    free(((LongArray *)object)->block);
}

static HPyDef *array_defines[] = {&array_new, ARRAY_OPERATIONS, NULL};

static HPyType_Spec array_spec = {
    .name = "piconumpy_hpy_inline.array",
    .doc = "array(data): a one-dimensional array of doubles, copied from a sequence of numbers.",
    .basicsize = sizeof(Array),
    .builtin_shape = SHAPE(Array),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = array_defines,
};

static HPyDef *long_array_defines[] = {&long_array_destroy, NULL};

static HPyType_Spec long_array_spec = {
    .name = "piconumpy_hpy_inline.long_array",
    .doc = "An array of more than eight numbers.",
    .basicsize = sizeof(LongArray),
    .builtin_shape = SHAPE(LongArray),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = long_array_defines,
};

HPyDef_SLOT(module_exec, HPy_mod_exec) static int module_exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &array_spec, NULL);
    if (HPy_IsNull(type)) {
        return -1;
    }
    HPyType_SpecParam parameters[] = {{HPyType_SpecParam_Base, type}, {0}};
    HPy long_type = HPyType_FromSpec(ctx, &long_array_spec, parameters);
    if (HPy_IsNull(long_type)) {
        HPy_Close(ctx, type);
        return -1;
    }
    HPyGlobal_Store(ctx, &ArrayTypeGlobal, type);
    HPyGlobal_Store(ctx, &LongArrayTypeGlobal, long_type);
    int status = HPy_SetAttr_s(ctx, module, "array", type);
    HPy_Close(ctx, long_type);
    HPy_Close(ctx, type);
    return status;
}

static HPyDef *module_defines[] = {&module_exec, &module_zeros, NULL};

static HPyGlobal *module_globals[] = {&ArrayTypeGlobal, &LongArrayTypeGlobal, NULL};

static HPyModuleDef module_definition = {
    .doc = "An array of doubles as an HPy extension, small arrays without a destructor.",
    .defines = module_defines,
    .globals = module_globals,
};

HPy_MODINIT(piconumpy_hpy_inline, module_definition)
