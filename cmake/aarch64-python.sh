#!/bin/sh
# Makes build/aarch64-python: an environment of the CPython that aarch64-tree.sh has unpacked, with what the tests need,
# and with piconumpy, cross-compiled. Its bin/python runs in QEMU, and so do the processes that it starts as
# sys.executable.
#
# usage: aarch64-python.sh BUILD_PYTHON
#   BUILD_PYTHON: one of this machine, with the tools that build the package, and pip
set -eu

if [ $# -ne 1 ] || [ "$1" = -h ] || [ "$1" = --help ]; then
    echo "usage: $0 BUILD_PYTHON"
    [ $# -eq 1 ] && exit 0
    exit 2
fi
build_python=$1
root=$(cd "$(dirname "$0")/.." && pwd)
tree=$root/build/deps/aarch64
environment=$root/build/aarch64-python
own_python=$environment/bin/python
cd "$root"
if ! [ -x "$tree/usr/bin/python3" ]; then
    echo "$0: no CPython in $tree, where aarch64-tree.sh unpacks one" >&2
    exit 1
fi

# pip for the emulated interpreter. On its PATH are the build tools of this machine.
emulated_pip() {
    PATH="$(dirname "$build_python"):$PATH" "$build_python" -m pip --python "$own_python" "$@"
}

if ! [ "$environment/complete" -nt pyproject.toml ] || ! [ "$environment/complete" -nt "$0" ]; then
    version=$(readlink "$tree/usr/bin/python3")
    echo "making an environment of $version for aarch64 in $environment, which takes minutes"
    rm -rf "$environment"
    mkdir -p "$environment/bin" "$environment/lib/$version/site-packages"
    # As the venv module lays it out. That module would link to a program that this machine can't run.
    printf 'home = %s\ninclude-system-site-packages = false\n' "$tree/usr/bin" >"$environment/pyvenv.cfg"
    # shellcheck disable=SC2016 # the script that is written expands them
    printf '#!/bin/sh\nexec qemu-aarch64 -L "%s" -0 "$0" "%s" "$@"\n' "$tree" "$tree/usr/bin/$version" >"$own_python"
    chmod +x "$own_python"
    # Of the group build, cmake and ninja are this machine's.
    emulated_pip install --quiet --only-binary :all: --group test scikit-build-core hatch-fancy-pypi-readme
    touch "$environment/complete"
fi

rm -rf "$environment/wheel"
emulated_pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$environment/wheel" \
    --config-settings=build-dir="$environment/build" \
    --config-settings=cmake.define.CMAKE_TOOLCHAIN_FILE="$root/cmake/aarch64-linux-gnu.cmake" "$root"
emulated_pip install --quiet --no-deps --force-reinstall "$environment"/wheel/*.whl
