/* SPDX-License-Identifier: BSD-3-Clause */
#include <picokernels/picokernels.h>

#include <stdio.h>

int main(void) {
    const double a[] = {1.0, 2.0, 3.0};
    const double b[] = {10.0, 20.0, 30.0};
    double out[3];
    pk_add_f64(a, b, out, 3);
    printf("picokernels %s on %s: %g %g %g\n", pk_version(), pk_isa(), out[0], out[1], out[2]);
    return out[0] == 11.0 && out[1] == 22.0 && out[2] == 33.0 ? 0 : 1;
}
