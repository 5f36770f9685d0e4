/* SPDX-License-Identifier: BSD-3-Clause
 * Prints what a fresh process makes of PICOKERNELS_ISA: the active ISA, the status of the request, its name. C99, so
 * that it also shows that a C compiler takes the header. */
#include "picokernels/picokernels.h"

#include <stdio.h>

int main(void) {
    const char *requested = NULL;
    const pk_status status = pk_isa_request(&requested);
    printf("%s %d %s\n", pk_isa(), (int)status, requested ? requested : "-");
    return 0;
}
