/* SPDX-License-Identifier: BSD-3-Clause
 * Runs an instruction of AVX2. A CPU without it ends the process, and so has an emulator of such a CPU. */
int main(void) {
    /* NOLINTNEXTLINE(portability-no-assembler): this very instruction, whatever the compiler is told */
    __asm__ volatile("vpxor %%ymm0, %%ymm0, %%ymm0\n\tvzeroupper" : : : "xmm0");
    return 0;
}
