#!/bin/sh
# Runs a sample of the C++ tests under valgrind's memcheck, which sees reads of uninitialised memory too, also where
# machine code makes them. Valgrind takes 30 to 50 times as long, so the longest tests do a part.
#
# usage: check_valgrind.sh BUILD, where BUILD has tests/cpp, built without sanitizers
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 BUILD" >&2
    exit 2
fi
tests=$1/tests/cpp
export PICOKERNELS_TEST_PERCENT="${PICOKERNELS_TEST_PERCENT:-1}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
programs=0
cases=0
failures=0

# check NAME FILTER: the cases of a test program that the filter of GoogleTest chooses
check() {
    programs=$((programs + 1))
    if valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
        "$tests/$1" --gtest_brief=1 --gtest_filter="$2" >"$log" 2>&1; then
        count=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) .*/\1/p' "$log")
        cases=$((cases + count))
        echo "  $1: $count cases"
    else
        failures=$((failures + 1))
        echo "  FAILED: $1 --gtest_filter='$2'"
        cat "$log"
    fi
}

# Without allocation_test: it counts by a malloc of its own, and valgrind puts another one in its place.
check c_api_test '*'
check span_api_test '*'
check reductions_test '*'
check program_test '*'
check program_hpp_test '*'
check program_random_test '*'
check integrate_test '*'
echo "check-valgrind: $programs programs, $cases cases, $failures failures"
[ "$failures" -eq 0 ]
