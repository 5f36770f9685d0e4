#!/bin/sh
# Runs tests on x86-64 CPUs that QEMU emulates, from the baseline of x86-64 on. On each, the library has to choose the
# right ISA and engine, and to run no instruction that the CPU lacks, which would end a test by a signal.
#
# usage: test_cpus.sh [--name NAME] [--cpu CPU] [--python PYTHON] BUILD...
#   BUILD     a folder that CMake built with tests. If tests_with_static_library is built too, these run as well.
#   --python  also a part of the Python tests, with this interpreter
#   --cpu     one of sse2, sse4, avx, avx2 instead of all
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
# Builds without optimisation take several times as long.
percent_of_debug=$(((PICOKERNELS_TEST_PERCENT + 3) / 4))
echo "left out: $left_out, and in program_engine_test $left_out_cases"
echo "the longest tests do $PICOKERNELS_TEST_PERCENT % of what they do on a real CPU"

# Python tests of kernels, arrays, and jit. The processes that tests start are not emulated.
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
        has_machine_code=$("$tests/isa_probe" jit)
        engine=interpreter
        [ "$has_machine_code" = 0 ] || engine="machine code"
        expect "$isa 0 -" env -u PICOKERNELS_ISA $emulator "$tests/isa_probe"
        expect "$isa 2 avx512" env PICOKERNELS_ISA=avx512 $emulator "$tests/isa_probe"
        expect "$engine" env -u PICOKERNELS_JIT $emulator "$tests/isa_probe" engine
        expect interpreter env PICOKERNELS_JIT=0 $emulator "$tests/isa_probe" engine
        for test in "$tests"/*_test; do
            test_name=${test##*/}
            case " $left_out " in
            *" $test_name "*) continue ;;
            esac
            filter=
            if [ "$test_name" = program_engine_test ]; then
                filter=--gtest_filter=$left_out_cases
            fi
            if ! $emulator "$test" --gtest_brief=1 $filter >"$log" 2>&1; then
                fail "$emulator $test $filter"
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
        expect "$isa" env -u PICOKERNELS_ISA $emulator "$python" -c 'import piconumpy; print(piconumpy.isa)'
        files=$python_tests
        if $emulator "$python" -c 'import numpy' >"$log" 2>&1; then
            files="$files $python_tests_with_numpy"
        else
            echo "  Python: NOT RUN: $python_tests_with_numpy: $(tail -n 1 "$log")"
        fi
        paths=
        for file in $files; do
            paths="$paths tests/python/$file.py"
        done
        if ! $emulator "$python" -m pytest -q -p no:cacheprovider $paths >"$log" 2>&1; then
            fail "$emulator $python -m pytest $paths"
            cat "$log"
        fi
        summary=$(grep -E '^[0-9]+ (passed|failed)' "$log" | tail -n 1)
        echo "  Python: ${summary:-no test ran}"
        ran=$(echo "$summary" | sed -n 's/.*\b\([0-9]*\) passed.*/\1/p')
        cases=$((cases + ${ran:-0}))
    }
}

# on_cpu MODEL ISA WIDE: the tests on a model of QEMU's, for which the library should choose that ISA. WIDE says whether
# it runs an instruction of AVX2: otherwise this script would prove nothing.
on_cpu() {
    model=$1
    isa=$2
    wide=$3
    cpu_count=$((cpu_count + 1))
    echo "$model: $isa"
    emulator="qemu-x86_64 -cpu $model"
    export PICOKERNELS_TEST_EMULATOR="$emulator"
    for root in $builds; do
        # shellcheck disable=SC2086 # a list of words
        expect "$wide" sh -c "$emulator '$root/tests/cpp/wide_instruction' && echo runs || echo ends"
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
    if [ -n "$python" ]; then
        run_python
    fi
}

builds=$*
for cpu in $cpus; do
    case $cpu in
    # Without what QEMU does not emulate, of which it would warn.
    sse2) on_cpu qemu64,-pni,-cx16,-svm,-lahf-lm sse2 ends ;;
    sse4) on_cpu Nehalem sse2 ends ;;
    avx) on_cpu IvyBridge,-x2apic,-tsc-deadline,-pcid sse2 ends ;;
    avx2) on_cpu Haswell,-x2apic,-tsc-deadline,-pcid,-invpcid,-hle,-rtm avx2 runs ;;
    *)
        echo "$0: unknown CPU '$cpu'" >&2
        exit 2
        ;;
    esac
done
echo "NOT RUN: avx512, which QEMU does not emulate"
echo "$name: $cpu_count CPUs, $cases cases, $failures failures"
[ "$failures" -eq 0 ]
