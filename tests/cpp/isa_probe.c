/* SPDX-License-Identifier: BSD-3-Clause
 * Prints what a fresh process makes of PICOKERNELS_ISA: the active ISA, the status of the request, its name. Or, with
 * the argument jit, of PICOKERNELS_JIT: 1 or 0. Or, with the argument engine, which engine runs a program. C99, so
 * that it also shows that a C compiler takes the headers. */
#include "picokernels/picokernels.h"
#include "picokernels/program.h"

#include <stdio.h>
#include <string.h>

/* Returns whether the program, x + x, is right. */
static int print_engine(void) {
    const pk_instruction list[] = {
        {.op = PK_OP_INPUT},
        {.op = PK_OP_ADD, .a = 0, .b = 0},
        {.op = PK_OP_OUTPUT, .a = 1},
    };
    const double x = 1.5;
    double sum = 0;
    pk_program *program = NULL;
    if (pk_program_create(list, 3, 0, &program, NULL) != PK_OK) {
        return 0;
    }
    printf("%s\n", pk_program_engine(program));
    const int is_right = pk_program_run_point(program, &x, &sum, NULL) == PK_OK && sum == 3;
    pk_program_destroy(program);
    return is_right;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "engine") == 0) {
        return print_engine() ? 0 : 1;
    }
    if (argc > 1) {
        printf("%d\n", pk_jit());
        return 0;
    }
    const char *requested = NULL;
    const pk_status status = pk_isa_request(&requested);
    printf("%s %d %s\n", pk_isa(), (int)status, requested ? requested : "-");
    return 0;
}
