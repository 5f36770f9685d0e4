#!/bin/sh
# Lets libFuzzer look for inputs that break the C ABI, from the corpora on. A finding is an input that ends the
# process, or takes more than 30 seconds.
#
# usage: fuzz.sh BUILD SECONDS
#   BUILD: the folder of the preset fuzz
#   SECONDS: how long each target runs
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 BUILD SECONDS" >&2
    exit 2
fi
build=$1
seconds=$2
corpora=$(dirname "$0")/corpus
targets=0
runs=0
failures=0
for target in kernels_fuzz program_fuzz integrate_fuzz; do
    inputs=$build/corpus/$target
    findings=$build/findings/$target-
    log=$build/$target.log
    mkdir -p "$build/findings"
    "$build/tests/fuzz/${target}_replay" --unpack "$corpora/$target.txt" "$inputs"
    targets=$((targets + 1))
    if "$build/tests/fuzz/$target" -max_total_time="$seconds" -max_len=400 -timeout=30 -rss_limit_mb=4096 \
        -print_final_stats=1 -artifact_prefix="$findings" "$inputs" >"$log" 2>&1; then
        count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        runs=$((runs + count))
        echo "$target: $count runs"
    else
        failures=$((failures + 1))
        tail -n 60 "$log"
        echo "FAILED: $target. When it is mended, add the input to $corpora/$target.txt: xxd -p -c 0 $findings*"
    fi
done
echo "fuzz-cpp: $targets targets, $runs runs, $failures failures"
[ "$failures" -eq 0 ]
