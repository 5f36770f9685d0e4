#!/bin/sh
# Unpacks GoogleTest, MPFR, and CPython for aarch64 into build/deps/aarch64, where aarch64-linux-gnu.cmake and
# aarch64-python.sh find them. They are those of this machine's Debian release, as its cross compiler is.
#
# usage: aarch64-tree.sh
set -eu
cd "$(dirname "$0")/.."
destination=build/deps/aarch64
complete=$destination/complete
if [ -e "$complete" ]; then
    exit 0
fi
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mkdir -p build/deps
echo "unpacking GoogleTest, MPFR, and CPython of Debian $suite for aarch64 into $destination"
sh cmake/debian-tree.sh --architecture arm64 "${suite:-stable}" "$destination" libgtest-dev libmpfr-dev python3-dev
# The cross compiler searches a folder of this name below its own root alone.
ln -s aarch64-linux-gnu/gmp.h "$destination/usr/include/gmp.h"
# Python's headers include one that is there too.
for headers in "$destination"/usr/include/python3*; do
    ln -s ../aarch64-linux-gnu "$headers/aarch64-linux-gnu"
done
touch "$complete"
