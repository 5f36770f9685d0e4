#!/bin/sh
# Runs every check of the project, one after the other. It goes on after a failure, and prints a table at the end: how
# each check ended, its figures, and its time. Each check writes build/check-all/NAME.log.
#
# usage: check-all.sh [--resume] MAKE [NAME...]
#   NAME: the targets to run instead of all
#   --resume: keep the results of checks that have passed on these very sources, such as before an interruption.
#             Variables such as FUZZ_EXAMPLES do not count as sources.
set -eu
cd "$(dirname "$0")/.."
resume=
if [ "$1" = --resume ]; then
    resume=yes
    shift
fi
make=$1
shift
if [ $# -eq 0 ]; then
    set -- test lint check-analyzer check-cpus test-aarch64 check-aarch64 fuzz check-hostile check-growth check-order \
        check-allocations check-python-asan check-python-tsan check-valgrind coverage check-mutation
fi

# A hash of all sources, committed or not. It is empty where there is no Git repository.
sources() {
    git rev-parse --quiet --verify 'HEAD^{tree}' >/dev/null 2>&1 || return 0
    {
        git rev-parse 'HEAD^{tree}'
        git diff --no-ext-diff --binary HEAD
        git ls-files --others --exclude-standard -z
        git ls-files --others --exclude-standard -z | xargs -0 -r git hash-object --
    } | git hash-object --stdin
}
if [ -n "$resume" ] && [ -z "$(sources)" ]; then
    echo "$0: --resume needs a Git repository, which tells whether the sources have changed" >&2
    exit 2
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
kept=0
trap 'echo "check-all: interrupted; make check-all RESUME=1 does what is left"; exit 130' INT TERM
for name; do
    log=$logs/$name.log
    # Two lines: the sources on which this check has passed, and its row in the table.
    passed=$logs/$name.passed
    before=$(sources)
    if [ -n "$resume" ] && [ -f "$passed" ] && [ "$(head -n 1 "$passed")" = "$before" ]; then
        tail -n 1 "$passed" | tee -a "$table"
        kept=$((kept + 1))
        continue
    fi
    rm -f "$passed"
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
    row=$(printf '%-18s %-15s %6s s  %s' "$name" "$result" "$seconds" "$counted")
    echo "$row" | tee -a "$table"
    # A check whose sources changed meanwhile has tested neither.
    if [ "$result" = passed ] && [ -n "$before" ] && [ "$(sources)" = "$before" ]; then
        printf '%s\n' "$before" "$row" >"$passed"
    fi
done

echo
cat "$table"
[ "$kept" -eq 0 ] || echo "check-all: $kept of them passed before, on the same sources"
echo "check-all: $# checks, $failures failures"
[ "$failures" -eq 0 ]
