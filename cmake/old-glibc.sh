#!/bin/sh
# Prints an assignment of LDFLAGS for a shell: with it, the GCC of this machine links libraries that run on glibc 2.31 and
# later (Debian 11, 2020). The C library comes from Debian; libstdc++ is linked statically. Where that can't be had, it
# prints nothing and says so.
#
# usage: eval "$(old-glibc.sh DIRECTORY)"   (DIRECTORY: where the C library is unpacked, once)
set -eu

usage="usage: eval \"\$($0 DIRECTORY)\""
if [ $# -ne 1 ] || [ "$1" = -h ] || [ "$1" = --help ]; then
    echo "$usage" >&2
    [ $# -eq 1 ] && exit 0
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$1")"
tree=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

if ! multiarch=$(gcc -print-multiarch) || [ -z "$multiarch" ]; then
    echo "$0: no GCC of Debian: wheels are linked with the C library of this machine" >&2
    exit 0
fi
if [ ! -d "$tree" ]; then
    if ! sh "$here/debian-tree.sh" bullseye "$tree.unpacked" libc6-dev; then
        echo "$0: no older C library: wheels are linked with the one of this machine" >&2
        exit 0
    fi
    # The linker looks for the loader by this link, which is absolute.
    find "$tree.unpacked/lib" "$tree.unpacked/lib64" -maxdepth 1 -name 'ld-linux*' -type l 2>/dev/null |
        while read -r link; do
            ln -sf "../lib/$multiarch/$(basename "$link")" "$link"
        done
    # The tree gets its final name last, so that a tree that exists is complete.
    mv "$tree.unpacked" "$tree"
fi
compat=$tree/glibc-compat.o
gcc -O2 -fPIC -c "$here/glibc-compat.c" -o "$compat"
libraries="-B$tree/usr/lib/$multiarch -L$tree/usr/lib/$multiarch -L$tree/lib/$multiarch"
echo "LDFLAGS='--sysroot=$tree $libraries -static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--strip-debug $compat'"
echo "export LDFLAGS"
