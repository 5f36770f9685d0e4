/* SPDX-License-Identifier: BSD-3-Clause
 * Prints what a fresh process makes of PICOKERNELS_ISA: the active ISA, the status of the request, its name; or, with
 * an argument, of PICOKERNELS_JIT: 1 or 0. C99, so that it also shows that a C compiler takes the headers. */
#include "picokernels/picokernels.h"
#include "picokernels/program.h"

#include <stdio.h>

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        printf("%d\n", pk_jit());
        return 0;
    }
    const char *requested = NULL;
    const pk_status status = pk_isa_request(&requested);
    printf("%s %d %s\n", pk_isa(), (int)status, requested ? requested : "-");
    return 0;
}
