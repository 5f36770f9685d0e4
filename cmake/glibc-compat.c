/* SPDX-License-Identifier: BSD-3-Clause
 *
 * For wheels that run on an older C library than that of the machine which builds them: what the static libstdc++ of
 * this machine refers to, and glibc has since 2.32 and 2.36 only. The symbols are hidden, so that other libraries do
 * not see them.
 */
#include <stdint.h>
#include <sys/random.h>

/* Whether the process has one thread: no, so that libstdc++ always counts references atomically. */
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;

/* Of std::random_device, which the library does not use. */
__attribute__((visibility("hidden"))) uint32_t arc4random(void);
uint32_t arc4random(void) {
    uint32_t number = 0;
    while (getentropy(&number, sizeof number) != 0) {
    }
    return number;
}
