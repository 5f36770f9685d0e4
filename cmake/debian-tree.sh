#!/bin/sh
# Unpacks packages of another Debian suite and all their dependencies into a folder. Needs no root and changes nothing
# on the system, because apt uses private lists and an empty package database.
#
# usage: debian-tree.sh [--architecture ARCHITECTURE] SUITE DESTINATION PACKAGE...
#   --architecture: Debian's name of another architecture, such as arm64
set -eu

usage="usage: $0 [--architecture ARCHITECTURE] SUITE DESTINATION PACKAGE..."
architecture=""
case "${1:-}" in
-h | --help)
    echo "$usage"
    exit 0
    ;;
--architecture)
    architecture=${2-}
    shift 2
    ;;
esac
if [ $# -lt 3 ]; then
    echo "$usage" >&2
    exit 2
fi
suite=$1
destination=$2
shift 2

for tool in apt-get dpkg; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "$0: $tool not found: $* can only be unpacked on Debian and its derivatives" >&2
        exit 1
    fi
done

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# The configured mirror of Debian's main archive. Other archives (security, third parties) do not have the suite.
# shellcheck disable=SC2016 # apt-get expands $(REPO_URI)
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' | grep -E '/debian/?$' | head -n 1)
if [ -z "$mirror" ] || [ ! -r "$keyring" ]; then
    echo "$0: no Debian archive in the apt configuration of this machine" >&2
    exit 1
fi

architecture=${architecture:-$(dpkg --print-architecture)}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
mkdir -p "$scratch/sources" "$scratch/lists/partial" "$scratch/cache/archives/partial"
: >"$scratch/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$scratch/sources/suite.list"

private_apt() {
    apt-get -q \
        -o APT::Architecture="$architecture" \
        -o APT::Architectures="$architecture" \
        -o Dir::Etc::sourcelist=/dev/null \
        -o Dir::Etc::sourceparts="$scratch/sources" \
        -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State::lists="$scratch/lists" \
        -o Dir::State::status="$scratch/status" \
        -o Dir::State::extended_states="$scratch/extended_states" \
        -o Dir::Cache="$scratch/cache" \
        -o Dir::Cache::pkgcache= \
        -o Dir::Cache::srcpkgcache= \
        -o APT::Install-Recommends=false \
        -o Acquire::Languages=none \
        -o Acquire::Retries=3 \
        -o APT::Sandbox::User= \
        -o Debug::NoLocking=1 \
        "$@"
}
if ! { private_apt update && private_apt --yes --download-only install "$@"; } >"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    echo "$0: could not download $* of Debian $suite" >&2
    exit 1
fi

# The folder gets its final name last, so that a destination that exists is complete.
rm -rf "$destination.partial"
mkdir -p "$destination.partial"
for archive in "$scratch"/cache/archives/*.deb; do
    dpkg -x "$archive" "$destination.partial"
done
rm -rf "$destination"
mv "$destination.partial" "$destination"
