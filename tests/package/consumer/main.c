/* SPDX-License-Identifier: BSD-3-Clause */
#include <picokernels/picokernels.h>
#include <picokernels/program.h>

#include <stdio.h>

int main(void) {
    const double a[] = {1.0, 2.0, 3.0};
    const double b[] = {10.0, 20.0, 30.0};
    double out[3];
    pk_program *program;
    pk_program_error error;

    pk_add_f64(a, b, out, 3);
    printf("picokernels %s on %s: %g %g %g\n", pk_version(), pk_isa(), out[0], out[1], out[2]);
    if (out[0] != 11.0 || out[1] != 22.0 || out[2] != 33.0) {
        return 1;
    }
    /* The library refuses unknown options by an exception of its own, which needs a working C++ runtime. */
    return pk_program_create(NULL, 0, 0x8000, &program, &error) == PK_ERROR_INVALID_PROGRAM ? 0 : 1;
}
