#!/bin/sh
# Runs tests in tests/python on a piconumpy whose extension module and library GCC has built with sanitizers.
#
# usage: check_sanitizer.sh address|thread PYTHON BUILD_PYTHON [OPTION of pytest]...
#   address: AddressSanitizer and UndefinedBehaviorSanitizer, all tests
#   thread:  ThreadSanitizer, the tests of threads
#   PYTHON: the CPython that runs the tests
#   BUILD_PYTHON: one with the tools that build the package
set -eu

usage="usage: $0 address|thread PYTHON BUILD_PYTHON [OPTION]..."
if [ $# -lt 3 ]; then
    echo "$usage" >&2
    exit 2
fi
sanitizer=$1
python=$2
build_python=$3
shift 3
root=$(cd "$(dirname "$0")/../.." && pwd)
case $sanitizer in
address)
    name="python-asan"
    library=libasan.so
    flags="-fsanitize=address,undefined -fno-sanitize-recover=all"
    # Left out: tests that count memory, which the sanitizer keeps back after it was freed; and those where the library
    # gets no memory, because the sanitizer's operator new then ends the process.
    set -- --ignore "$root/tests/python/test_growth.py" --ignore "$root/tests/python/test_memory.py" \
        --deselect tests/python/test_no_memory.py::test_a_program_that_finds_no_memory_is_refused \
        --deselect tests/python/test_no_memory.py::test_a_run_that_finds_no_memory_is_refused "$@"
    ;;
thread)
    name="python-tsan"
    library=libtsan.so
    flags="-fsanitize=thread"
    set -- -k thread "$@"
    ;;
*)
    echo "$usage" >&2
    exit 2
    ;;
esac
folder=$root/build/$name
own_python=$folder/venv/bin/python

rm -rf "$folder/wheel"
"$build_python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder/wheel" "$root" \
    --config-settings=build-dir="$folder/build" \
    --config-settings=install.strip=false \
    --config-settings=cmake.build-type=Debug \
    --config-settings=cmake.define.CMAKE_CXX_COMPILER="${CXX:-g++}" \
    --config-settings=cmake.define.CMAKE_CXX_FLAGS="-O1 -g $flags -fno-omit-frame-pointer"
if ! [ -x "$own_python" ]; then
    "$python" -m venv "$folder/venv"
    "$own_python" -m pip install --quiet --upgrade 'pip>=25.1'
    (cd "$root" && "$own_python" -m pip install --quiet --only-binary numpy --group test)
fi
"$own_python" -m pip install --quiet --no-deps --force-reinstall "$folder"/wheel/*.whl

# The interpreter is not built with the sanitizer, so it must be loaded first; and with it the C++ library, whose
# functions it replaces.
LD_PRELOAD="$("${CXX:-g++}" -print-file-name="$library") $("${CXX:-g++}" -print-file-name=libstdc++.so)"
# Python's own allocator hides blocks from the sanitizer, and the interpreter itself leaks at exit. Requests for too
# much memory are a MemoryError.
export PYTHONMALLOC=malloc
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export TSAN_OPTIONS="halt_on_error=1:allocator_may_return_null=1:${TSAN_OPTIONS:-}"
export FUZZ_EXAMPLES="${FUZZ_EXAMPLES:-200}"
mkdir -p "$folder/elsewhere"
cd "$folder/elsewhere"
log=$folder/pytest.log
status=0
env LD_PRELOAD="$LD_PRELOAD" "$own_python" -m pytest -c "$root/pyproject.toml" --rootdir "$root" -q -p no:cacheprovider \
    "$root/tests/python" "$@" >"$log" 2>&1 || status=$?
tail -n 15 "$log"
echo "check-$name: $(grep -E '(passed|failed|error).* in [0-9.]+s' "$log" | tail -n 1 | tr -d =)"
exit "$status"
