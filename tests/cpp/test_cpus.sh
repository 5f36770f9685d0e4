#!/bin/sh
# Runs tests on CPUs that QEMU emulates: x86-64 from its baseline on, or aarch64. On each, the library has to choose the
# right ISA and engine, and to run no instruction that the CPU lacks, which would end a test by a signal.
#
# usage: test_cpus.sh [--name NAME] [--cpu CPU] [--python PYTHON] BUILD...
#   BUILD     a folder that CMake built with tests. If tests_with_static_library is built too, these run as well.
#   --python  also a part of the Python tests, with this interpreter. The one for aarch64 is that of aarch64-python.sh.
#   --cpu     one of sse2, sse4, avx, avx2, aarch64 instead of all of x86-64
#   --name    what the last line calls this run
set -eu

name="test-cpus"
python=
cpus="sse2 sse4 avx avx2"
while [ $# -gt 1 ]; do
    case $1 in
    --name) name=$2 ;;
    --cpu) cpus=$2 ;;
    --python) python=$2 ;;
    *) break ;;
    esac
    shift 2
done
for build; do
    if [ ! -x "$build/tests/cpp/isa_probe" ]; then
        echo "$0: '$build' is not a folder that CMake built with tests: see the first lines of this script" >&2
        exit 2
    fi
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The CPU's trap flag, counts of instructions, filters of system calls, and races of threads are for a real CPU. What
# decodes object files and machine code depends on no CPU.
left_out="executed_instructions_test recorded_cpus_test isa_objects_test machine_code_instructions_test"
left_out="$left_out call_cost_test call_cost_callgrind_test dispatch_threads_test"
left_out_cases="-MachineCode.has_instructions_of_the_isa_only:MachineCode.is_replaced_by_the_interpreter*"
export PICOKERNELS_TEST_PERCENT="${PICOKERNELS_TEST_PERCENT:-2}"
export PICONUMPY_TEST_TIME_LIMIT="${PICONUMPY_TEST_TIME_LIMIT:-3600}"
# Builds without optimisation take several times as long.
percent_of_debug=$(((PICOKERNELS_TEST_PERCENT + 3) / 4))
echo "left out: $left_out, and the cases $left_out_cases"
echo "the longest tests do $PICOKERNELS_TEST_PERCENT % of what they do on a real CPU"

# Python tests of kernels, arrays, and jit. On x86-64, the processes that tests start are not emulated.
python_tests="test_elementary_functions test_text_and_copies test_buffer_requests test_pickle
    test_jit_callbacks test_jit_constructs test_jit_expressions test_jit"
python_tests_with_numpy="test_arithmetic test_reductions test_construction test_indexing
    test_sequence test_jit_loops test_jit_numpy test_integrate"

cases=0
failures=0
cpu_count=0
fail() {
    echo "  FAILED: $1"
    failures=$((failures + 1))
}

# expect EXPECTED COMMAND...: what the command should print
expect() {
    expected=$1
    shift
    cases=$((cases + 1))
    actual=$("$@" 2>"$log") || true
    if [ "$actual" != "$expected" ]; then
        fail "$* printed '$actual', should print '$expected'"
        cat "$log"
    fi
}

# run_cpp TESTS: the tests in that folder
run_cpp() {
    tests=$1
    # shellcheck disable=SC2086 # a list of words
    {
        has_machine_code=$($native "$tests/isa_probe" jit)
        engine=interpreter
        [ "$has_machine_code" = 0 ] || engine="machine code"
        expect "$isa 0 -" env -u PICOKERNELS_ISA $emulator "$tests/isa_probe"
        expect "$isa $avx512 avx512" env PICOKERNELS_ISA=avx512 $emulator "$tests/isa_probe"
        expect "$engine" env -u PICOKERNELS_JIT $emulator "$tests/isa_probe" engine
        expect interpreter env PICOKERNELS_JIT=0 $emulator "$tests/isa_probe" engine
        filter=$left_out_cases$(sed -n 's/^PICOKERNELS_LEFT_OUT_CASES:INTERNAL=-/:/p' "$root/CMakeCache.txt")
        for test in "$tests"/*_test; do
            test_name=${test##*/}
            case " $left_out " in
            *" $test_name "*) continue ;;
            esac
            if ! $emulator "$test" --gtest_brief=1 --gtest_filter="$filter" >"$log" 2>&1; then
                fail "$emulator $test --gtest_filter=$filter"
                cat "$log"
            fi
            ran=$(sed -n 's/^\[=*\] \([0-9]*\) tests\{0,1\} from .*/\1/p' "$log")
            cases=$((cases + ${ran:-0}))
            echo "  ${test#"$root"/}: $(sed -n 's/^\[=*\] //p' "$log")"
        done
    }
}

run_python() {
    # shellcheck disable=SC2086 # a list of words
    {
        expect "$isa" env -u PICOKERNELS_ISA $interpreter -c 'import piconumpy; print(piconumpy.isa)'
        files=$python_tests
        if $interpreter -c 'import numpy' >"$log" 2>&1; then
            files="$files $python_tests_with_numpy"
        else
            echo "  Python: NOT RUN: $python_tests_with_numpy: $(tail -n 1 "$log")"
        fi
        paths=
        for file in $files; do
            paths="$paths tests/python/$file.py"
        done
        if ! $interpreter -m pytest -q -p no:cacheprovider $paths >"$log" 2>&1; then
            fail "$interpreter -m pytest $paths"
            cat "$log"
        fi
        summary=$(grep -E '^[0-9]+ (passed|failed)' "$log" | tail -n 1)
        echo "  Python: ${summary:-no test ran}"
        ran=$(echo "$summary" | grep -o '[0-9]* passed' | cut -d ' ' -f 1)
        cases=$((cases + ${ran:-0}))
    }
}

# on_emulator ISA: the tests with $emulator, and with $interpreter if it is set. The library should choose that ISA.
# $native runs a program as far as possible without the emulator. $avx512 is the status that a choice of AVX-512 gives.
on_emulator() {
    isa=$1
    cpu_count=$((cpu_count + 1))
    export PICOKERNELS_TEST_EMULATOR="$emulator"
    for root in $builds; do
        all_percent=$PICOKERNELS_TEST_PERCENT
        if grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=Debug' "$root/CMakeCache.txt"; then
            PICOKERNELS_TEST_PERCENT=$percent_of_debug
        fi
        run_cpp "$root/tests/cpp"
        if [ -x "$root/tests/cpp/static/isa_probe" ]; then
            run_cpp "$root/tests/cpp/static"
        fi
        PICOKERNELS_TEST_PERCENT=$all_percent
    done
    if [ -n "$interpreter" ]; then
        run_python
    fi
}

# on_cpu MODEL ISA WIDE: the tests on a model of QEMU's. WIDE says whether it runs an instruction of AVX2: otherwise this
# script would prove nothing.
on_cpu() {
    echo "$1: $2"
    emulator="qemu-x86_64 -cpu $1"
    native=
    avx512=2 # PK_ERROR_UNSUPPORTED_ISA
    interpreter=${python:+$emulator $python}
    for root in $builds; do
        # shellcheck disable=SC2086 # a list of words
        expect "$3" sh -c "$emulator '$root/tests/cpp/wide_instruction' && echo runs || echo ends"
    done
    on_emulator "$2"
}

# -L: where programs for aarch64 have their shared libraries. The interpreter of aarch64-python.sh starts QEMU itself.
on_aarch64() {
    echo "aarch64: neon"
    emulator="qemu-aarch64 -L $(pwd)/build/deps/aarch64"
    native=$emulator
    avx512=1 # PK_ERROR_UNKNOWN_ISA
    interpreter=$python
    # No other check runs Python there.
    python_tests="$python_tests test_isa test_jit_guards test_jit_operands test_jit_paths"
    python_tests_with_numpy="$python_tests_with_numpy test_comparison test_integrate_scipy test_integrate_stiff
        test_jit_arrays test_jit_derivative test_threads test_ufuncs test_with_numpy"
    on_emulator neon
}

builds=$*
for cpu in $cpus; do
    case $cpu in
    # Without what QEMU does not emulate, of which it would warn.
    sse2) on_cpu qemu64,-pni,-cx16,-svm,-lahf-lm sse2 ends ;;
    sse4) on_cpu Nehalem sse2 ends ;;
    avx) on_cpu IvyBridge,-x2apic,-tsc-deadline,-pcid sse2 ends ;;
    avx2) on_cpu Haswell,-x2apic,-tsc-deadline,-pcid,-invpcid,-hle,-rtm avx2 runs ;;
    aarch64) on_aarch64 ;;
    *)
        echo "$0: unknown CPU '$cpu'" >&2
        exit 2
        ;;
    esac
done
[ "$cpus" = aarch64 ] || echo "NOT RUN: avx512, which QEMU does not emulate"
echo "$name: $cpu_count CPUs, $cases cases, $failures failures"
[ "$failures" -eq 0 ]
