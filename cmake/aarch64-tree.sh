#!/bin/sh
# Unpacks GoogleTest and MPFR for aarch64 into build/deps/aarch64, where aarch64-linux-gnu.cmake finds them. They are
# those of this machine's Debian release, as its cross compiler is.
#
# usage: aarch64-tree.sh
set -eu
cd "$(dirname "$0")/.."
destination=build/deps/aarch64
header=$destination/usr/include/gmp.h # what is made last
if [ -e "$header" ]; then
    exit 0
fi
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mkdir -p build/deps
echo "unpacking GoogleTest and MPFR of Debian $suite for aarch64 into $destination"
sh cmake/debian-tree.sh --architecture arm64 "${suite:-stable}" "$destination" libgtest-dev libmpfr-dev
# The cross compiler searches a folder of this name below its own root alone.
ln -s aarch64-linux-gnu/gmp.h "$header"
