// SPDX-License-Identifier: BSD-3-Clause
//
// Lets a handler see every instruction of a piece of code, by the CPU's trap flag. For x86-64 Linux.
#ifndef SINGLE_STEP_HPP
#define SINGLE_STEP_HPP

#include <csignal>
#include <ucontext.h>

// While one of these lives, the handler is called (as that of SIGTRAP) before each instruction. Those of constructor
// and destructor are among them.
class single_step {
  public:
    explicit single_step(void (*handler)(int, siginfo_t*, void*)) noexcept {
        struct sigaction step{};
        step.sa_sigaction = handler;
        step.sa_flags = SA_SIGINFO;
        sigaction(SIGTRAP, &step, &before_);
        __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | trap_flag);
    }
    ~single_step() {
        __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~trap_flag);
        sigaction(SIGTRAP, &before_, nullptr);
    }
    single_step(const single_step&) = delete;
    single_step& operator=(const single_step&) = delete;
    single_step(single_step&&) = delete;
    single_step& operator=(single_step&&) = delete;

  private:
    static constexpr unsigned long long trap_flag = 0x100;
    struct sigaction before_{};
};

#endif // SINGLE_STEP_HPP
