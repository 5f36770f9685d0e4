#!/bin/sh
# Builds the wheels of this machine's architecture into a folder, dist: one for each CPython from 3.9 to 3.14 that is on PATH, among
# pyenv's versions, or in a Debian suite, and one for PyPy. auditwheel, which must be on PATH, names the oldest C
# library that each runs on.
#
# usage: wheels.sh [--into FOLDER] [VERSION...]   (versions of CPython, or pypy; without any, all)
set -eu

folder=dist
case ${1-} in
-h | --help)
    echo "usage: $0 [--into FOLDER] [VERSION...]"
    exit 0
    ;;
--into)
    folder=$2
    shift 2
    ;;
esac
[ $# -gt 0 ] || set -- 3.9 3.10 3.11 3.12 3.13 3.14 pypy
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
work=$root/build/wheel
mkdir -p "$work" "$folder"
# No wheels of other versions remain. The folder may have a source archive too.
rm -f "$folder"/*.whl

# Prints the path of an interpreter, or fails.
find_interpreter() {
    if [ "$1" = pypy ]; then
        sh cmake/pypy.sh
        return
    fi
    for candidate in "$(command -v "python$1" || :)" \
        "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/"$1".*/bin/"python$1" "build/deps/python$1/usr/bin/python$1"; do
        if [ -x "$candidate" ] && "$candidate" -c '
import os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(sys.implementation.name != "cpython" or not os.path.exists(header))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    # The suites of Debian have one version each.
    case $1 in
    3.9) suite=bullseye ;;
    3.11) suite=bookworm ;;
    3.13) suite=trixie ;;
    3.14) suite=sid ;;
    *) return 1 ;;
    esac
    sh cmake/python-tree.sh "$suite" "$1" "build/deps/python$1" >&2 || return 1
    echo "build/deps/python$1/usr/bin/python$1"
}

# Makes an environment with the tools that build, and prints its interpreter.
environment() {
    place=$work/environment-$1
    if [ ! -e "$place/complete" ]; then
        "$2" -m venv --clear --without-pip "$place" >&2 &&
            "$pip" --python "$place/bin/python" install --quiet 'scikit-build-core>=0.10' \
                'hatch-fancy-pypi-readme>=22.3' >&2 &&
            touch "$place/complete" || return 1
    fi
    echo "$place/bin/python"
}

# An older C library has no version of a symbol that it does not know, and auditwheel does not see such symbols.
refuse_unknown_symbols() {
    rm -rf "$work/unpacked"
    python -m zipfile -e "$1" "$work/unpacked"
    unknown=$(find "$work/unpacked" -name '*.so*' -exec nm -D --undefined-only {} + |
        awk '$1 == "U" && $2 !~ /@/ && $2 !~ /^_?Py/ { print $2 }')
    if [ -n "$unknown" ]; then
        echo "$0: $1 refers to what the C library does not have: $unknown" >&2
        exit 1
    fi
}

# The last pip that serves Python 3.9, for all environments.
pip=$work/pip/bin/pip
if [ ! -x "$pip" ]; then
    python -m venv --clear "$work/pip"
    "$pip" install --quiet 'pip>=25,<26'
fi
eval "$(sh cmake/old-glibc.sh build/deps/glibc-2.31)"
missing=""
for version; do
    if ! interpreter=$(find_interpreter "$version") || ! python=$(environment "$version" "$interpreter"); then
        missing="$missing $version"
        continue
    fi
    echo "wheel for $version: $("$interpreter" -c 'import sys; print(sys.version.split()[0], sys.executable)')"
    # All interpreters share one build of the library. CMake must look for Python anew, but objects remain. Without its
    # own file, scikit-build-core does not clear the folder because it is in another environment.
    built=$root/build/wheel-build
    rm -f "$built/CMakeCache.txt" "$built/.skbuild-info.json"
    rm -rf "$work/raw" "$work/repaired"
    "$pip" --python "$python" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work/raw" \
        --config-settings=build-dir="$built" \
        --config-settings=cmake.define.PICOKERNELS_DEPS_DIR="$root/build/deps" \
        --config-settings=cmake.define.PICOKERNELS_WERROR=ON .
    if [ "$version" = pypy ]; then
        # It has no extension module, so it fits every PyPy, but no CPython.
        python -m wheel tags --remove --python-tag pp39.pp310.pp311 "$work"/raw/*.whl >/dev/null
    fi
    if ! auditwheel repair --wheel-dir "$work/repaired" "$work"/raw/*.whl >"$work/log" 2>&1; then
        cat "$work/log" >&2
        exit 1
    fi
    for wheel in "$work"/repaired/*.whl; do
        mv "$wheel" "$folder/"
        refuse_unknown_symbols "$folder/$(basename "$wheel")"
        # Names the platform tag that the symbols allow.
        auditwheel show "$folder/$(basename "$wheel")" | sed -n '/consistent/{N;p;}'
    done
done
twine check --strict "$folder"/*.whl
check-wheel-contents "$folder"/*.whl
python cmake/check_wheels.py "$folder"/*.whl
if [ -n "$missing" ]; then
    echo "NO WHEEL for$missing: there is no such interpreter on PATH, and none could be fetched" >&2
fi
