/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls kernels alone, and so links the static library without the C++ runtime. */
#include <picokernels/picokernels.h>

#include <stdio.h>

int main(void) {
    const double a[] = {1.0, 2.0, 3.0};
    double out[3];
    pk_mul_scalar_f64(a, 2.0, out, 3);
    printf("picokernels on %s: %g %g %g\n", pk_isa(), out[0], out[1], out[2]);
    return pk_set_isa(pk_isa()) == PK_OK && pk_sum_f64(out, 3) == 12.0 ? 0 : 1;
}
