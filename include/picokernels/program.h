/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs: a formula on float64 numbers that is known only at run time, computed without a compiler. A list of
 * instructions becomes a pk_program once. Then it runs for one point with low latency, over arrays in SIMD, or many
 * times in a row with its outputs as its next inputs. Plain C99, which any C++ standard takes too; program.hpp is the
 * C++20 header over it.
 *
 *     // distance = sqrt(x * x + y * y)
 *     const pk_instruction list[] = {
 *         {.op = PK_OP_INPUT},                 // value 0: x
 *         {.op = PK_OP_INPUT},                 // value 1: y
 *         {.op = PK_OP_MUL, .a = 0, .b = 0},   // value 2
 *         {.op = PK_OP_MUL, .a = 1, .b = 1},   // value 3
 *         {.op = PK_OP_ADD, .a = 2, .b = 3},   // value 4
 *         {.op = PK_OP_SQRT, .a = 4},          // value 5
 *         {.op = PK_OP_OUTPUT, .a = 5},
 *     };
 *     pk_program* program;
 *     pk_program_error error;
 *     if (pk_program_create(list, 7, 0, &program, &error) != PK_OK) { puts(error.message); ... }
 *     pk_program_run_point(program, (double[]){3, 4}, &distance, NULL);
 *     pk_program_destroy(program);
 *
 * Promises:
 *
 *  - Bits. Each operation gives the bits of IEEE 754-2019, and each function (sin, pow, ...) those of the C library
 * of this process. There is no contraction and no reassociation. So one point and lanes, and every ISA, give the same
 *    bits, except for the sign and payload of a NaN. A signaling NaN may be treated as a quiet one. The promise holds
 *    in the default state of a thread: rounding to nearest, and denormal numbers on. Otherwise the results are
 *    unspecified.
 *  - Fast programs (PK_PROGRAM_FAST) trade those bits for speed. Their functions are the kernels of picokernels.h,
 * with the errors stated there. pow(x, 2) is x * x. A product that one sum or difference alone uses may be rounded
 *    together with it. Nothing else changes: operations keep their order, and NaNs, infinities, and trouble stay, but
 *    for results within their error of a limit. Bits may differ between ISAs, and between one point and lanes.
 *  - Trouble. A run tells if an operation failed for which Python raises an exception: see pk_trouble_kind. It tells
 *    so even if the final result is finite, and only if the side of the branch with that operation was taken.
 *  - A program is immutable. Any number of threads may run it at the same time.
 *  - A run allocates nothing, and does not print, abort, or throw. It needs 72 KiB of stack; programs with hundreds
 *    of values alive at once need up to 384 KiB.
 *  - A list may come from anywhere: pk_program_create() checks all of it.
 */
#ifndef PICOKERNELS_PROGRAM_H
#define PICOKERNELS_PROGRAM_H

#include "picokernels.h"

#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- instructions ---------------------------------------------------------------------------------------------
 *
 * A list is in static single assignment form: the instruction at index i defines the value i, once, and later
 * instructions name it as an operand. A value is a number (float64) or a truth value (the result of a comparison). An
 * instruction reads the operands a, b, and c as far as its operation has them; the other fields are ignored. */

typedef enum pk_opcode PK_ENUM_OF_INT {
    /* The next input: the first PK_OP_INPUT of the list is input 0, and so on. Not within a branch. */
    PK_OP_INPUT = 1,
    /* The number `value`. */
    PK_OP_CONSTANT = 2,
    /* The number a becomes the next output: the first PK_OP_OUTPUT is output 0, and so on. It defines no value. Not
     * within a branch. */
    PK_OP_OUTPUT = 3,

    /* a op b, or op a: the operations of picokernels.h, on numbers. */
    PK_OP_ADD = 10,
    PK_OP_SUB = 11,
    PK_OP_MUL = 12,
    PK_OP_DIV = 13, /* fails if b is zero */
    PK_OP_MINIMUM = 14,
    PK_OP_MAXIMUM = 15,
    PK_OP_SQRT = 16, /* fails if a < 0 */
    PK_OP_NEG = 17,
    PK_OP_ABS = 18,
    /* Rounding to an integral number: down, up, toward zero. */
    PK_OP_FLOOR = 19,
    PK_OP_CEIL = 20,
    PK_OP_TRUNC = 21,

    /* Functions of the C library. They fail if the result is a NaN and no operand is (domain), or if it is infinite
     * and the operands are finite (overflow, or domain where Python says so: log(0)). */
    PK_OP_SIN = 30,
    PK_OP_COS = 31,
    PK_OP_TAN = 32,
    PK_OP_ASIN = 33,
    PK_OP_ACOS = 34,
    PK_OP_ATAN = 35,
    PK_OP_SINH = 36,
    PK_OP_COSH = 37,
    PK_OP_TANH = 38,
    PK_OP_EXP = 39,
    PK_OP_EXP2 = 40,
    PK_OP_EXPM1 = 41,
    PK_OP_LOG = 42,
    PK_OP_LOG2 = 43,
    PK_OP_LOG10 = 44,
    PK_OP_LOG1P = 45,
    PK_OP_CBRT = 46,
    PK_OP_POW = 50,   /* a to the power b. Fails as a ** b in Python: also if a is zero and b negative (division by
                         zero), and if a is negative and b not integral (domain) */
    PK_OP_ATAN2 = 51, /* the angle of the point with y = a and x = b */
    PK_OP_HYPOT = 52, /* sqrt(a * a + b * b) without undue overflow; never fails */
    PK_OP_FMOD = 53,  /* the remainder of a / b with the sign of a, as in C */

    /* Comparisons of numbers, as in IEEE 754: only PK_OP_NOT_EQUAL is true if an operand is a NaN. For a > b, write
     * PK_OP_LESS with the operands exchanged. The result is a truth value. */
    PK_OP_LESS = 60,
    PK_OP_LESS_EQUAL = 61,
    PK_OP_EQUAL = 62,
    PK_OP_NOT_EQUAL = 63,
    /* Logic on truth values. Both operands are computed. */
    PK_OP_AND = 64,
    PK_OP_OR = 65,
    PK_OP_NOT = 66,
    /* b if the truth value a holds, else c. b and c are two numbers or two truth values, and both are computed. */
    PK_OP_SELECT = 67,

    /* Branches. PK_OP_IF a, then instructions, PK_OP_ELSE, then instructions, PK_OP_END. The first instructions run
     * if the truth value a holds, the others if not. PK_OP_ELSE may be absent. Values of one side can't be named
     * elsewhere, except in the instructions PK_OP_RESULT that directly follow PK_OP_END: each defines a value, a if
     * the first side was taken, else b. a and b are two numbers or two truth values. Sides may have branches. */
    PK_OP_IF = 70,
    PK_OP_ELSE = 71,
    PK_OP_END = 72,
    PK_OP_RESULT = 73,

    /* Reports trouble of the kind a (a pk_trouble_kind, not PK_TROUBLE_NONE) if it is reached: the formula has no
     * answer here. It defines no value. */
    PK_OP_FAIL = 80
} pk_opcode;

/* Flags of an instruction. */
enum {
    PK_QUIET = 1 /* The operation never reports trouble: it goes on with the infinity or NaN of IEEE 754. */
};

typedef struct pk_instruction {
    pk_opcode op;
    uint32_t flags; /* 0, or PK_QUIET */
    int32_t a;      /* operands: indices of earlier instructions */
    int32_t b;
    int32_t c;
    double value; /* of PK_OP_CONSTANT */
} pk_instruction;

/* The name of an operation, for example "add"; NULL for a number that is none. */
PK_API const char* pk_opcode_name(pk_opcode op) PK_NOEXCEPT;

/* Limits. A list that exceeds one is refused with PK_ERROR_LIMIT. */
enum {
    PK_PROGRAM_MAX_INSTRUCTIONS = 65535,
    PK_PROGRAM_MAX_INPUTS = 1024,
    PK_PROGRAM_MAX_OUTPUTS = 1024,
    PK_PROGRAM_MAX_DEPTH = 256, /* branches within branches */
    PK_PROGRAM_MAX_ALIVE = 4096 /* values alive at once, inputs and conditions of branches included */
};

/* ---- a program's life ---------------------------------------------------------------------------------------- */

typedef struct pk_program pk_program;

/* Options of a program, to be combined by |. */
enum {
    PK_PROGRAM_NO_TROUBLE = 1, /* No operation reports trouble: all are PK_QUIET, and PK_OP_FAIL does nothing. */
    PK_PROGRAM_FAST = 2,       /* A fast program: see the promises above. */
    /* Machine code is made for one point alone, or for lanes alone, which takes less time. The interpreter does the
     * rest. The two exclude each other. */
    PK_PROGRAM_ONLY_POINT = 4,
    PK_PROGRAM_ONLY_LANES = 8
};

typedef struct pk_program_error {
    pk_status status;
    int32_t instruction; /* the index of the instruction that is wrong, or -1 if none is to blame */
    char message[180];   /* what is wrong, in English, with the index */
} pk_program_error;

/* Makes a program of the list: checks it, simplifies it, and stores it in *program. The list is not needed
 * afterwards. `options` is 0 or a combination of PK_PROGRAM_... flags. On error, *program becomes NULL, and *error,
 * if error is not NULL, tells what is wrong. Returns PK_OK, PK_ERROR_INVALID_PROGRAM, PK_ERROR_LIMIT, or
 * PK_ERROR_OUT_OF_MEMORY.
 *
 * Simplification keeps all bits and all trouble. It computes constants, drops what is not used and can't fail,
 * computes an expression once that occurs again, and computes sin and cos of one value together. */
PK_API pk_status pk_program_create(const pk_instruction* list, size_t count, unsigned options, pk_program** program,
                                   pk_program_error* error) PK_NOEXCEPT;

/* Frees the program. No thread may be running it. NULL is ignored. */
PK_API void pk_program_destroy(pk_program* program) PK_NOEXCEPT;

/* How many inputs and outputs the program has. */
PK_API size_t pk_program_inputs(const pk_program* program) PK_NOEXCEPT;
PK_API size_t pk_program_outputs(const pk_program* program) PK_NOEXCEPT;

/* The list that the program was created from, as it was given, and its length; and the options. They live as long as
 * the program. A larger formula can be made of them. */
PK_API const pk_instruction* pk_program_list(const pk_program* program, size_t* count) PK_NOEXCEPT;
PK_API unsigned pk_program_options(const pk_program* program) PK_NOEXCEPT;

/* Writes what will run as text for people, as snprintf does: at most capacity - 1 characters and a final '\0'.
 * Returns how many characters the whole text has. text may be NULL if capacity is 0. The format may change. */
PK_API size_t pk_program_dump(const pk_program* program, char* text, size_t capacity) PK_NOEXCEPT;

/* The name of the engine that runs the program: "machine code" or "interpreter". The string lives as long as the
 * library.
 *
 * Machine code is made when a program is created, on x86-64, for the ISA that is active then, and stays with the
 * program. It is faster, and has the same results and trouble. The interpreter runs a program if machine code is
 * switched off or not part of this build, if the program has more than 16,384 steps after simplification or needs
 * very long code, or if the system refuses executable memory. It also runs the lanes, but not single points, of a
 * program that was created while "sse2" was active, or that has more than 256 values alive at once beside its inputs.
 */
PK_API const char* pk_program_engine(const pk_program* program) PK_NOEXCEPT;

/* Switches machine code on (1) or off (0) for programs that are created from now on, in all threads. Before the first
 * call, it is on unless the environment variable PICOKERNELS_JIT is "0". */
PK_API void pk_set_jit(int on) PK_NOEXCEPT;

/* 1 if machine code is part of this build and switched on, else 0. */
PK_API int pk_jit(void) PK_NOEXCEPT;

/* ---- trouble -------------------------------------------------------------------------------------------------- */

/* Why an operation failed. Where Python's exception depends on how the operation is written, it is that of operators:
 * 0.0 ** -1 is a division by zero. Additions, subtractions, and multiplications never fail. */
typedef enum pk_trouble_kind PK_ENUM_OF_INT {
    PK_TROUBLE_NONE = 0,
    PK_TROUBLE_ZERO_DIVISION = 1, /* ZeroDivisionError: x / 0, 0 ** -1 */
    PK_TROUBLE_DOMAIN = 2,        /* ValueError, or a complex result: sqrt(-1), log(0), sin(inf), (-8) ** (1 / 3) */
    PK_TROUBLE_OVERFLOW = 3,      /* OverflowError: exp(1000), 1e200 ** 2 */
    PK_TROUBLE_FAIL = 4           /* for PK_OP_FAIL: a reason of the caller's own */
} pk_trouble_kind;

typedef struct pk_trouble {
    pk_trouble_kind kind;
    int32_t instruction; /* the index of the operation in the list that the program was created from. If several
                            instructions compute the same, it is one of them. -1 if there was no trouble */
    size_t lane;         /* 0 for one point */
    size_t step;         /* of pk_program_iterate: how many steps were complete before; else 0 */
} pk_trouble;

/* ---- running --------------------------------------------------------------------------------------------------
 *
 * All functions return PK_OK or PK_ERROR_TROUBLE, and then fill *trouble (with PK_TROUBLE_NONE if there was none)
 * unless trouble is NULL. */

/* Runs the program for one point, with low latency: reads inputs[0..pk_program_inputs), writes
 * outputs[0..pk_program_outputs). The first operation that fails ends the run: *trouble describes it, and outputs
 * is not written. outputs may be exactly inputs; they must not overlap otherwise. */
PK_API pk_status pk_program_run_point(const pk_program* program, const double* inputs, double* outputs,
                                      pk_trouble* trouble) PK_NOEXCEPT;

/* An input of many lanes. */
typedef struct pk_input {
    const double* data;
    size_t stride; /* 1: lane i reads data[i]. 0: each lane reads data[0]. No other number. */
} pk_input;

/* Runs the program for the lanes 0 to n - 1: lane i reads each input's element i, and writes outputs[j][i] for each
 * output j. n may be any number; if it is 0, no data is read. Data needs the alignment of a double. An output array
 * may be exactly the data of inputs with stride 1, whichever. Any other overlap with an input, or with another
 * output, is an error of the caller, and the results are then unspecified.
 *
 * All lanes are computed, also if operations fail. *trouble describes the first failure of the lowest lane that has
 * one. */
PK_API pk_status pk_program_run(const pk_program* program, const pk_input* inputs, double* const* outputs, size_t n,
                                pk_trouble* trouble) PK_NOEXCEPT;

/* Runs the program count times for one point. After each step, the outputs become the first inputs; further inputs
 * keep their values. Then writes the last outputs (for count = 0, the first inputs). If every is not 0, the outputs
 * of each every-th step are stored too: those of the step k * every, counted from 1, in stored[(k - 1) * m] to
 * stored[k * m - 1], with m = pk_program_outputs.
 *
 * The first operation that fails ends the run. Then outputs has the state before that step, so that a caller can
 * repeat it, and trouble->step tells how many steps were complete. stored has them. outputs may be exactly inputs;
 * there must be no other overlap.
 *
 * Returns PK_ERROR_NOT_ITERABLE, and does nothing, if the program has more outputs than inputs. */
PK_API pk_status pk_program_iterate_point(const pk_program* program, const double* inputs, double* outputs,
                                          size_t count, size_t every, double* stored,
                                          pk_trouble* trouble) PK_NOEXCEPT;

/* The same for the lanes 0 to n - 1, with inputs and outputs as in pk_program_run(). Output j of lane i after step
 * k * every is stored in stored[j][(k - 1) * n + i]. An output array must not overlap an array of `stored`.
 *
 * If an operation fails, *trouble describes the failure with the least number of complete steps, among those in the
 * lowest lane, of these the first. outputs and stored then have unspecified numbers. To get the states before the
 * failure, iterate from the start again, with count = trouble->step. */
PK_API pk_status pk_program_iterate(const pk_program* program, const pk_input* inputs, double* const* outputs,
                                    size_t n, size_t count, size_t every, double* const* stored,
                                    pk_trouble* trouble) PK_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif /* PICOKERNELS_PROGRAM_H */
