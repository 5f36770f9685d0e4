#!/bin/sh
# Runs every check of the project, one after the other. It goes on after a failure, and prints a table at the end: how
# each check ended, its figures, and its time. Each check writes build/check-all/NAME.log.
#
# usage: check-all.sh MAKE [NAME...]
#   NAME: the targets to run instead of all
set -eu
cd "$(dirname "$0")/.."
make=$1
shift
if [ $# -eq 0 ]; then
    set -- test lint check-analyzer check-cpus test-aarch64 fuzz check-hostile check-growth check-order \
        check-allocations check-python-asan check-valgrind coverage check-mutation
fi

# What a log says of itself: the last line "NAME: figures", or what ctest and pytest counted.
figures() {
    own=$(sed -n "s/^$1: //p" "$2" | tail -n 1)
    if [ -n "$own" ]; then
        echo "$own"
        return
    fi
    awk '
        /% tests passed.* out of [0-9]+$/ { cases += $NF }
        /% tests passed, [0-9]+ tests failed/ { failed += $4 }
        /[0-9]+ (passed|failed|errors?)(, .*)? in [0-9.]+s/ {
            gsub(/[=,]/, " ")
            for (i = 2; i <= NF; ++i) {
                if ($i == "passed") { cases += $(i - 1) }
                if ($i == "failed" || $i ~ /^errors?$/) { cases += $(i - 1); failed += $(i - 1) }
                if ($i == "skipped") { skipped += $(i - 1) }
            }
        }
        END { if (cases) { printf "%d cases, %d failures, %d skipped\n", cases, failed, skipped } else { print "-" } }
    ' "$2"
}

logs=build/check-all
mkdir -p "$logs"
table=$logs/table
: >"$table"
failures=0
for name; do
    log=$logs/$name.log
    if ! grep -q "^$name:" Makefile; then
        echo "$name: no such target" | tee "$log"
        result="no such target"
        seconds=0
        counted=-
    else
        echo "$name ..."
        start=$(date +%s)
        if "$make" --no-print-directory "$name" >"$log" 2>&1; then
            result=passed
        else
            result=FAILED
            tail -n 20 "$log" | sed 's/^/    /'
        fi
        seconds=$(($(date +%s) - start))
        counted=$(figures "$name" "$log")
    fi
    [ "$result" = passed ] || failures=$((failures + 1))
    printf '%-18s %-15s %6s s  %s\n' "$name" "$result" "$seconds" "$counted" | tee -a "$table"
done

echo
cat "$table"
echo "check-all: $# checks, $failures failures"
[ "$failures" -eq 0 ]
