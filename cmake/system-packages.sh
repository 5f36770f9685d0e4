#!/bin/sh
# Looks for what a virtual environment cannot hold: C++ compilers, Python's headers and venv, GoogleTest, Google
# Benchmark, ccache, and tools that some tests use. As root on Debian and its derivatives, the script installs what is
# missing. Otherwise it prints a list.
#
# usage: system-packages.sh [--kernel-peers | --graphviz | --docs | --aarch64 | --qemu | --fuzz] PYTHON
#   --kernel-peers: also the libraries that kernels are compared with
#   --graphviz: also what draws profiles
#   --docs: also what makes the documentation
#   --aarch64: also what builds for aarch64 and runs it
#   --qemu: also what emulates CPUs
#   --fuzz: also Clang with libFuzzer
set -eu

kernel_peers=false
graphviz=false
docs=false
aarch64=false
qemu=false
fuzz=false
case "${1-}" in
--kernel-peers) kernel_peers=true && shift ;;
--graphviz) graphviz=true && shift ;;
--docs) docs=true && shift ;;
--aarch64) aarch64=true && qemu=true && shift ;;
--qemu) qemu=true && shift ;;
--fuzz) fuzz=true && shift ;;
esac
if [ $# -ne 1 ] || [ "$1" = -h ] || [ "$1" = --help ]; then
    echo "usage: $0 [--kernel-peers | --graphviz | --docs | --aarch64 | --qemu | --fuzz] PYTHON"
    [ $# -eq 1 ] && exit 0
    exit 2
fi
python=$1

if ! command -v "$python" >/dev/null 2>&1; then
    echo "$0: no interpreter '$python': set PYTHON=... to one, 3.9 or later" >&2
    exit 1
fi
if ! "$python" -c ''; then
    echo "$0: '$python' does not run: set PYTHON=... to an interpreter that does" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))'; then
    echo "$0: $("$python" --version) is too old: set PYTHON=... to 3.9 or later" >&2
    exit 1
fi

required=""
optional=""

has_command() { command -v "$1" >/dev/null 2>&1; }
has_header() { echo "#include <$1>" | "${CXX:-c++}" -x c++ -fsyntax-only - >/dev/null 2>&1; }
python_has_venv() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }
python_has_headers() { # not needed on PyPy, where the package has no extension
    "$python" -c 'import os, sys, sysconfig
sys.exit(sys.implementation.name != "pypy" and not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
}

has_libfuzzer() {
    echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
        clang++ -fsanitize=fuzzer,address -x c++ - -o /dev/null >/dev/null 2>&1
}

# Debian 12 has libvolk2-dev, later ones have libvolk-dev.
volk_package() {
    if has_command apt-cache && apt-cache show libvolk2-dev 2>/dev/null | grep -q '^Package:'; then
        echo libvolk2-dev
    else
        echo libvolk-dev
    fi
}

find_missing() {
    required=""
    optional=""
    has_command "${CXX:-c++}" || required="$required g++"
    python_has_venv || required="$required python3-venv"
    python_has_headers || required="$required python3-dev"
    if $aarch64; then
        has_command aarch64-linux-gnu-g++ || required="$required g++-aarch64-linux-gnu"
    fi
    if $qemu; then
        has_command qemu-aarch64 || required="$required qemu-user"
    fi
    if $fuzz; then
        has_libfuzzer || required="$required clang libclang-rt-dev"
    fi
    has_command pkg-config || optional="$optional pkg-config"
    has_command clang++ || optional="$optional clang"
    has_command valgrind || optional="$optional valgrind"
    has_command ccache || optional="$optional ccache"
    case $(uname -m) in
    x86_64)
        has_header xbyak/xbyak.h || optional="$optional libxbyak-dev"
        has_header Zydis/Zydis.h || optional="$optional libzydis-dev"
        ;;
    esac
    has_header gtest/gtest.h || optional="$optional libgtest-dev"
    has_header benchmark/benchmark.h || optional="$optional libbenchmark-dev"
    has_header mpfr.h || optional="$optional libmpfr-dev"
    if $docs; then
        has_command doxygen || required="$required doxygen"
        has_command dot || required="$required graphviz"
    fi
    if $graphviz; then
        has_command dot || optional="$optional graphviz"
    fi
    if $kernel_peers; then
        has_header eigen3/Eigen/Core || has_header Eigen/Core || optional="$optional libeigen3-dev"
        has_header hwy/highway.h || optional="$optional libhwy-dev"
        case $(uname -m) in
        x86_64) has_header sleef.h || optional="$optional libsleef-dev" ;;
        esac
        has_header volk/volk.h || optional="$optional $(volk_package)"
    fi
}

find_missing
if [ -z "$required$optional" ]; then
    exit 0
fi

if has_command apt-get && [ "$(id -u)" -eq 0 ]; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    echo "installing Debian packages:$required$optional"
    install="apt-get -q -o Acquire::Retries=3 install --yes --no-install-recommends"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a list of words
    install_missing() { $install $required $optional; }
    # The package lists may be old or missing. If the installation fails, the script updates them and tries again.
    if ! install_missing >"$log" 2>&1 &&
        ! { apt-get -q update >"$log" 2>&1 && find_missing && install_missing >>"$log" 2>&1; }; then
        cat "$log" >&2
        echo "$0: apt-get could not install:$required$optional" >&2
    fi
    find_missing
fi

if [ -n "$required" ]; then
    echo "$0: missing, and needed (by $("$python" --version), $python):$required" >&2
    echo "  These are names of Debian packages. Install them (as root: apt-get install$required) or their" >&2
    echo "  equivalents, and run make again. A Python that is not Debian's needs its own venv module and headers." >&2
    exit 1
fi
if [ -n "$optional" ]; then
    echo "not installed:$optional (names of Debian packages). The build downloads GoogleTest and Google Benchmark."
    echo "  Without ccache, builds take longer. What needs one of the others is left out: tests, and rows of the kernel"
    echo "  benchmark."
fi
