#!/bin/sh
# Runs tests/python on a piconumpy whose extension module and library are built with AddressSanitizer and
# UndefinedBehaviorSanitizer, by GCC.
#
# usage: check_asan.sh PYTHON BUILD_PYTHON [OPTION of pytest]...
#   PYTHON: the CPython that runs the tests
#   BUILD_PYTHON: one with the tools that build the package
set -eu

if [ $# -lt 2 ]; then
    echo "usage: $0 PYTHON BUILD_PYTHON [OPTION]..." >&2
    exit 2
fi
python=$1
build_python=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/build/python-asan
own_python=$folder/venv/bin/python
flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

rm -rf "$folder/wheel"
"$build_python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder/wheel" "$root" \
    --config-settings=build-dir="$folder/build" \
    --config-settings=install.strip=false \
    --config-settings=cmake.build-type=Debug \
    --config-settings=cmake.define.CMAKE_CXX_COMPILER="${CXX:-g++}" \
    --config-settings=cmake.define.CMAKE_CXX_FLAGS="$flags"
if ! [ -x "$own_python" ]; then
    "$python" -m venv "$folder/venv"
    "$own_python" -m pip install --quiet --upgrade 'pip>=25.1'
    (cd "$root" && "$own_python" -m pip install --quiet --only-binary numpy --group test)
fi
"$own_python" -m pip install --quiet --no-deps --force-reinstall "$folder"/wheel/*.whl

# The interpreter is not built with the sanitizer, so it must be loaded first; and with it the C++ library, whose
# functions it replaces.
LD_PRELOAD="$("${CXX:-g++}" -print-file-name=libasan.so) $("${CXX:-g++}" -print-file-name=libstdc++.so)"
# Python's own allocator hides blocks from the sanitizer, and the interpreter itself leaks at exit. Requests for too
# much memory are a MemoryError.
export PYTHONMALLOC=malloc
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export FUZZ_EXAMPLES="${FUZZ_EXAMPLES:-200}"
mkdir -p "$folder/elsewhere"
cd "$folder/elsewhere"
log=$folder/pytest.log
status=0
# Left out: tests that count memory, which the sanitizer keeps back after it was freed.
env LD_PRELOAD="$LD_PRELOAD" "$own_python" -m pytest -c "$root/pyproject.toml" --rootdir "$root" -q -p no:cacheprovider \
    "$root/tests/python" --ignore "$root/tests/python/test_growth.py" --ignore "$root/tests/python/test_memory.py" \
    "$@" >"$log" 2>&1 || status=$?
tail -n 15 "$log"
echo "check-python-asan: $(tail -n 1 "$log" | tr -d =)"
exit "$status"
