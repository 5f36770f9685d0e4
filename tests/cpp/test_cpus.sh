#!/bin/sh
# Runs the C++ tests of a build on CPUs that QEMU emulates, from the baseline of x86-64 on. On each, the library has to
# choose the right ISA and to run no instruction that the CPU lacks, which would end a test by a signal.
#
# usage: test_cpus.sh BUILD
set -eu

if [ $# -ne 1 ] || [ ! -x "$1/tests/cpp/isa_probe" ]; then
    echo "usage: $0 BUILD, a folder that CMake built with tests" >&2
    exit 2
fi
tests=$1/tests/cpp
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The CPU's trap flag, counts of instructions, and races of threads are for a real CPU.
left_out="executed_instructions_test call_cost_test call_cost_callgrind_test dispatch_threads_test"
left_out_cases="-MachineCode.has_instructions_of_the_isa_only:MachineCode.is_replaced_by_the_interpreter*"
export PICOKERNELS_TEST_PERCENT="${PICOKERNELS_TEST_PERCENT:-2}"
echo "left out: $left_out, and in program_engine_test $left_out_cases"
echo "the longest tests do $PICOKERNELS_TEST_PERCENT % of what they do on a real CPU"

failed=0
# expect_probe EXPECTED ARGUMENT...: what isa_probe should print, with variables and arguments for it
expect_probe() {
    expected=$1
    shift
    actual=$(env "$@" 2>"$log") || true
    if [ "$actual" != "$expected" ]; then
        echo "  FAILED: $* printed '$actual', should print '$expected'"
        cat "$log"
        failed=1
    fi
}

# on_cpu MODEL ISA: the tests on a model of QEMU's, for which the library should choose that ISA
on_cpu() {
    model=$1
    isa=$2
    echo "$model: $isa"
    emulator="qemu-x86_64 -cpu $model"
    export PICOKERNELS_TEST_EMULATOR="$emulator"
    # shellcheck disable=SC2086 # a list of words
    {
        expect_probe "$isa 0 -" -u PICOKERNELS_ISA $emulator "$tests/isa_probe"
        expect_probe "$isa 2 avx512" PICOKERNELS_ISA=avx512 $emulator "$tests/isa_probe"
        expect_probe 1 -u PICOKERNELS_JIT $emulator "$tests/isa_probe" jit
        for test in "$tests"/*_test; do
            name=${test##*/}
            case " $left_out " in
            *" $name "*) continue ;;
            esac
            filter=
            if [ "$name" = program_engine_test ]; then
                filter=--gtest_filter=$left_out_cases
            fi
            if $emulator "$test" --gtest_brief=1 $filter >"$log" 2>&1; then
                echo "  $name: $(sed -n 's/^\[=*\] //p' "$log")"
            else
                echo "  FAILED: $emulator $test $filter"
                cat "$log"
                failed=1
            fi
        done
    }
}

on_cpu qemu64 sse2
on_cpu Nehalem sse2
# Without what QEMU does not emulate, of which it would warn.
on_cpu IvyBridge,-x2apic,-tsc-deadline,-pcid sse2
on_cpu Haswell,-x2apic,-tsc-deadline,-pcid,-invpcid,-hle,-rtm avx2
exit "$failed"
