# SPDX-License-Identifier: BSD-3-Clause
# The main targets are `make bench` and `make test`. Each sets up what it needs, once. `make help` lists the rest.

PYTHON ?= python3
# Options for the program that a target runs, for example: make bench ARGS=--quick
ARGS ?=

SHELL := /bin/sh
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The CPython that runs tools and benchmarks if PYTHON is another interpreter: that of .venv, or the one on PATH.
cpython := $(or $(realpath .venv/bin/python),$(shell command -v python3))
# PYTHON=pypy3 means the PyPy on PATH, or else the one that the project fetches.
fetched_pypy := $(CURDIR)/build/deps/pypy/usr/bin/pypy3
ifeq ($(PYTHON),pypy3)
  override PYTHON := $(or $(shell command -v pypy3),$(fetched_pypy))
endif
ifeq ($(PYTHON),$(fetched_pypy))
  ifneq ($(filter-out help clean distclean,$(or $(MAKECMDGOALS),build)),)
    # The lines below run this interpreter. make fetches it first, because it starts again after it makes an
    # included file.
    include build/stamps/pypy.mk
  endif
endif
build/stamps/pypy.mk: cmake/pypy.sh cmake/pypy-tree.sh
	@sh cmake/pypy.sh --fetched >/dev/null
	@mkdir -p $(@D) && touch $@

# Each implementation has its own environment: .venv for CPython, .venv-pypy for PyPy.
implementation := $(shell $(PYTHON) -c 'import sys; print(sys.implementation.name)' 2>/dev/null)
VENV := .venv$(if $(filter-out cpython,$(implementation)),-$(implementation))
# An environment's stamps are in a folder named after its interpreter, so that another PYTHON makes it again.
interpreter := $(shell $(PYTHON) -c 'import hashlib, sys; \
  print(hashlib.sha256((sys.base_prefix + sys.version).encode()).hexdigest()[:12])' 2>/dev/null)
stamps := $(VENV)/stamps-$(interpreter)
python := $(VENV)/bin/python
extension_build := build/piconumpy-$(interpreter)
# On PyPy only the tests run. NumPy takes too long to build there.
tools := $(if $(filter pypy,$(implementation)),--only-binary numpy --group pypy,--group dev)
# cmake, ninja and the linters are in the environment. Where ccache is installed, compilers are called through it: the
# library is in several builds that compile it with the same options. The last two lines make clones share what they
# compile, at the price of paths of another clone in debug information.
export PATH := $(CURDIR)/$(VENV)/bin:/usr/lib/ccache:$(PATH)
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Ninja would ask make for its job server, which make does not pass on to such commands.
cmake_build := env -u MAKEFLAGS cmake --build

cpp_sources := $(wildcard include/picokernels/* kernels/*.map kernels/CMakeLists.txt kernels/*/* kernels/*/*/* \
  cmake/*.cmake cmake/*.in) CMakeLists.txt CMakePresets.json
python_sources := $(wildcard python/src/*) python/piconumpy/_interface.py python/CMakeLists.txt pyproject.toml

.PHONY: help
help: ## this list
	@echo 'usage: make [TARGET] [PYTHON=python3] [ARGS=...]'; echo
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F '|' '{ printf "  make %-19s %s\n", $$1, $$2 }'

# ---- set-up ----------------------------------------------------------------------------------------------------------

build/stamps/system-$(interpreter): cmake/system-packages.sh
	@sh cmake/system-packages.sh $(PYTHON)
	@mkdir -p $(@D) && touch $@

$(stamps)/environment: build/stamps/system-$(interpreter) pyproject.toml
	@echo 'making $(VENV) from $(PYTHON), with the tools that pyproject.toml lists'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(python) -m pip install --quiet --upgrade 'pip>=25.1'
	@$(python) -m pip install --quiet $(tools)
	@mkdir -p $(@D) && touch $@

# Tools that build the benchmarks' peers. They are optional: the row of a missing peer says so.
peers := peers$(if $(filter-out cpython,$(implementation)),-$(implementation))
$(stamps)/peers: $(stamps)/environment pyproject.toml
	@echo 'getting the tools of the benchmarks'"'"' peers into $(VENV)'
	@$(python) -m pip install --quiet --only-binary numpy --group $(peers) || \
	  echo 'some of the tools cannot be had: their rows will say so'
	@touch $@

# Libraries that compile a callback at run time, for CPython only. They are optional too.
$(stamps)/jit-peers: $(stamps)/environment pyproject.toml
	@echo 'getting peers that compile at run time, Numba, JAX, CasADi, and heyoka (1.2 GB), into $(VENV)'
	@$(python) -m pip install --quiet --only-binary :all: --group jit-peers || \
	  echo 'some of them cannot be had: their rows will say so'
	@touch $@

# Libraries that programs are compared with, for CPython only. They are optional too.
$(stamps)/program-peers: $(stamps)/environment pyproject.toml
	@echo 'getting the peers of the benchmark of programs, numexpr and Numba, into $(VENV)'
	@$(python) -m pip install --quiet --only-binary :all: --group program-peers || \
	  echo 'some of them cannot be had: their rows will say so'
	@touch $@

# Integrators, for CPython only. They are optional too.
$(stamps)/integrate-peers: $(stamps)/environment pyproject.toml
	@echo 'getting the peers of the benchmark of integrators, SciPy, CyRK, Numba, JAX, diffrax, and heyoka (1.2 GB), into $(VENV)'
	@$(python) -m pip install --quiet --only-binary :all: --group integrate-peers || \
	  echo 'some of them cannot be had: their rows will say so'
	@$(python) -m pip install --quiet --only-binary :all: --group integrate-peers-numbalsoda || \
	  echo 'there is no binary of numbalsoda for this Python: its rows will say so'
	@touch $@

# Libraries that the kernels are compared with. They are optional too. CMake runs again to find them.
$(stamps)/kernel-peers: $(stamps)/environment cmake/system-packages.sh pyproject.toml
	@echo 'getting the peers of the kernel benchmark: Eigen, Highway, SLEEF, VOLK, and MKL (220 MB) into $(VENV)'
	@sh cmake/system-packages.sh --kernel-peers $(PYTHON)
	@$(python) -m pip install --quiet --no-deps --group kernel-peers || echo 'MKL cannot be had: its row will say so'
	@cmake --preset release >/dev/null
	@touch $@

# What shuffles the tests.
$(stamps)/order: $(stamps)/environment pyproject.toml
	@$(python) -m pip install --quiet --group order
	@touch $@

# What makes the documentation, for CPython only.
$(stamps)/docs: $(stamps)/environment cmake/system-packages.sh pyproject.toml
	@echo 'getting Sphinx into $(VENV), and Doxygen and Graphviz'
	@sh cmake/system-packages.sh --docs $(PYTHON)
	@$(python) -m pip install --quiet --group docs
	@touch $@

# What measures the coverage of the tests.
$(stamps)/coverage: $(stamps)/environment pyproject.toml
	@echo 'getting gcovr and coverage.py into $(VENV)'
	@$(python) -m pip install --quiet --group coverage
	@touch $@

# What makes mutants of the sources.
$(stamps)/mutation: $(stamps)/environment pyproject.toml
	@echo 'getting universalmutator into $(VENV)'
	@$(python) -m pip install --quiet --no-deps --group mutation # its dependencies serve its other mode
	@touch $@

# CMake detects later changes itself.
build/release/build.ninja: $(stamps)/environment
	@cmake --preset release

.PHONY: cpp
cpp: build/release/build.ninja
	@$(cmake_build) --preset release

$(stamps)/piconumpy: $(stamps)/environment $(cpp_sources) $(python_sources)
	@echo 'building piconumpy into $(VENV)'
	@$(python) -m pip install --quiet --no-deps --no-build-isolation --editable . \
	  --config-settings=build-dir=$(extension_build) \
	  --config-settings=cmake.define.PICOKERNELS_WERROR=ON \
	  --config-settings=cmake.define.CMAKE_EXPORT_COMPILE_COMMANDS=ON
	@touch $@

# The tests run from a wheel in an environment of its own, as users install it: without a compiler, and from a folder
# from where the sources can't be imported.
wheel_version = $(if $(filter pypy,$(implementation)),pypy,$(shell $(python) -c 'import sys; print("%d.%d" % sys.version_info[:2])'))
wheel_test := build/wheel/test-$(interpreter)
$(stamps)/wheel: $(stamps)/environment $(cpp_sources) $(python_sources) $(wildcard python/piconumpy/*.py* \
  python/piconumpy/*/*.py) README.md cmake/wheels.sh cmake/old-glibc.sh cmake/glibc-compat.c
	@echo 'building the wheel for $(PYTHON)'
	@PATH="$(CURDIR)/.venv/bin:$$PATH" sh cmake/wheels.sh --into build/wheel/tested-$(interpreter) $(wheel_version)
	@$(PYTHON) -m venv --clear $(wheel_test)
	@$(wheel_test)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(wheel_test)/bin/python -m pip install --quiet --only-binary numpy --group test build/wheel/tested-$(interpreter)/*.whl
	@touch $@

# ---- targets for users -----------------------------------------------------------------------------------------------

.PHONY: build
build: $(if $(filter pypy,$(implementation)),,cpp) $(stamps)/piconumpy ## build the library, its tests and benchmarks, and piconumpy into .venv (the default)

# The benchmarks' runner needs CPython, also when it measures another interpreter.
.PHONY: bench-ready
bench-ready: $(stamps)/piconumpy $(stamps)/peers
ifneq ($(implementation),cpython)
	@$(MAKE) --no-print-directory PYTHON=$(cpython) $@
else
	@:
endif
runner := .venv/bin/python
measured := $(if $(filter-out cpython,$(implementation)),--python $(CURDIR)/$(python))

.PHONY: bench-ode-ready
bench-ode-ready: bench-ready $(if $(filter cpython,$(implementation)),$(stamps)/jit-peers)

.PHONY: bench
bench: bench-ode-ready ## the main benchmark: RK4 on a small callback, every row; results in bench/results
	@$(runner) -m bench.ode $(measured) $(ARGS)

.PHONY: bench-all
bench-all: ## the main benchmark on CPython and PyPy, in one document: bench/results/ode.md
	@$(MAKE) --no-print-directory PYTHON=$(cpython) bench-ode-ready
	@pypy=$$(sh cmake/pypy.sh) && $(MAKE) --no-print-directory PYTHON="$$pypy" bench-ready
	@$(runner) -m bench.ode --pypy $(CURDIR)/.venv-pypy/bin/python $(ARGS)

.PHONY: bench-cpy-vs-hpy bench-without-numpy bench-micro
bench-cpy-vs-hpy: bench-ready ## 100 sleds x 2000 steps: the C-API, HPy and PicoNumpy
	@$(runner) -m bench.ode --variant cpy-vs-hpy $(measured) $(ARGS)

bench-without-numpy: bench-ready ## a right-hand side on plain tuples: Python, Pythran, Julia
	@$(runner) -m bench.without_numpy $(measured) $(ARGS)

bench-micro: bench-ready ## microbenchmarks: one use of an array each, every row
	@$(runner) -m bench.micro $(measured) $(ARGS)

METHOD ?=
.PHONY: profile
profile: bench-ready ## profile a row of the main benchmark: METHOD=piconumpy, capi, numpy, ... (needs Graphviz)
	@sh cmake/system-packages.sh --graphviz $(PYTHON)
	@$(runner) -m bench.ode.profile $(METHOD) $(measured) $(ARGS)

# The library is built last, because CMake may have found new peers.
.PHONY: bench-kernels-ready
bench-kernels-ready: $(if $(filter cpython,$(implementation)),$(stamps)/piconumpy $(stamps)/kernel-peers)
	@$(MAKE) --no-print-directory PYTHON=$(cpython) $(if $(filter cpython,$(implementation)),cpp,$@)

.PHONY: bench-kernels
bench-kernels: export PICOKERNELS_MKL ?= $(CURDIR)/.venv/lib
bench-kernels: bench-kernels-ready ## the kernels against other libraries and compilers' loops on every ISA; ARGS=--quick: a look
	@$(runner) -m bench.kernels $(ARGS)

.PHONY: bench-programs
bench-programs: bench-ready $(if $(filter cpython,$(implementation)),$(stamps)/program-peers) ## formulas known at run time: machine code and interpreter against compilers, numexpr, Numba
	@$(MAKE) --no-print-directory PYTHON=$(cpython) build/release/build.ninja
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(cmake_build) --preset release --target programs_worker
	@$(runner) -m bench.programs $(measured) $(ARGS)

.PHONY: bench-integrate
bench-integrate: bench-ready $(if $(filter cpython,$(implementation)),$(stamps)/integrate-peers) ## solve_ivp against SciPy, CyRK, diffrax, heyoka; ARGS=--precision: error against time
	@$(runner) -m bench.integrate $(measured) $(ARGS)

.PHONY: test
# `cpp` comes first, because it fetches what the other builds need too. Then the longest test starts.
test: cpp ## all tests: C++ in five builds, Python from a wheel and on PyPy, the examples of the documentation
	@echo 'tests in C++ and Python, two at a time; each prints when it is done: $(tests)'
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(tests)

cpp_tests := $(addprefix test-cpp-,release debug asan-ubsan tsan clang)
tests := test-pypy $(cpp_tests) test-wheel test-checkout

.PHONY: test-cpp
test-cpp: cpp $(cpp_tests) ## the C++ tests alone; test-cpp-release, -debug, -asan-ubsan, -tsan or -clang: one build

.PHONY: test-cpp-%
test-cpp-%: $(stamps)/environment
	@if [ $* = clang ] && ! command -v clang++ >/dev/null; then \
	  echo 'NOT TESTED WITH CLANG: there is no clang++ on PATH'; exit; \
	fi; \
	echo 'C++ tests, $*'; \
	{ test -f build/$*/build.ninja || cmake --preset $*; } && \
	  $(cmake_build) --preset $* && ctest --preset $* --parallel 2

# What builds for aarch64 on another architecture, and runs it there.
build/stamps/aarch64-$(interpreter): cmake/system-packages.sh cmake/aarch64-tree.sh
	@sh cmake/system-packages.sh --aarch64 $(PYTHON)
	@sh cmake/aarch64-tree.sh || echo 'the build downloads GoogleTest, and the errors of the functions are NOT TESTED'
	@mkdir -p $(@D) && touch $@

.PHONY: test-aarch64
test-aarch64: export PICOKERNELS_TEST_PERCENT ?= 10
test-aarch64: build/stamps/aarch64-$(interpreter) ## the C++ tests on aarch64: cross-compiled, run under QEMU
	@$(MAKE) --no-print-directory test-cpp-aarch64

.PHONY: check-aarch64
check-aarch64: build/stamps/aarch64-$(interpreter) $(stamps)/environment ## the same for Release and Debug, shared and static libraries, and a part of the Python tests
	$(call cpp_tests_of,aarch64 aarch64-debug)
	@sh cmake/aarch64-python.sh $(CURDIR)/$(python)
	@sh tests/cpp/test_cpus.sh --name check-aarch64 --cpu aarch64 --python $(CURDIR)/build/aarch64-python/bin/python \
	  $(ARGS) build/aarch64 build/aarch64-debug

# $(1): presets. Builds their tests, with both libraries.
define cpp_tests_of
@for preset in $(1); do \
  { test -f build/$$preset/build.ninja || cmake --preset $$preset; } && \
    $(cmake_build) --preset $$preset --target tests/cpp/all tests_with_static_library || exit; \
done
endef

.PHONY: test-cpus
test-cpus: build/release/build.ninja ## the C++ tests on x86-64 CPUs that QEMU emulates: without AVX, AVX2, or AVX-512
	@sh cmake/system-packages.sh --qemu $(PYTHON)
	@$(cmake_build) --preset release --target tests/cpp/all
	@sh tests/cpp/test_cpus.sh build/release

.PHONY: check-cpus
check-cpus: $(stamps)/piconumpy ## the same for Release and Debug, shared and static libraries, and a part of the Python tests
	@sh cmake/system-packages.sh --qemu $(PYTHON)
	$(call cpp_tests_of,release debug)
	@sh tests/cpp/test_cpus.sh --name check-cpus --python $(python) $(ARGS) build/release build/debug

.PHONY: test-python
test-python: $(stamps)/piconumpy ## the Python tests on the editable package in .venv: the quick road for developers
	@$(python) -m pytest $(if $(filter pypy,$(implementation)),tests/python) $(ARGS)

.PHONY: wheel
wheel: $(stamps)/environment ## wheels for every CPython and PyPy that can be had, checked, in dist/
	@sh cmake/wheels.sh $(ARGS)

.PHONY: test-wheel
test-wheel: $(stamps)/wheel ## tests/python on the wheel, installed as users do: a fresh environment, no compiler
	@mkdir -p build/wheel/elsewhere && cd build/wheel/elsewhere && PATH=$(CURDIR)/$(wheel_test)/bin && \
	  python -c 'import piconumpy, sys; sys.exit(not piconumpy.__file__.startswith(sys.prefix))' && \
	  python -m piconumpy && \
	  python -m pytest -c $(CURDIR)/pyproject.toml --rootdir $(CURDIR) $(CURDIR)/tests/python $(ARGS)

# What needs the checkout, or a compiler.
.PHONY: test-checkout
test-checkout: $(stamps)/piconumpy ## the tests of the benchmarks, and those that need a compiler
	@$(python) -m pytest tests/bench tests/python/test_interpreters.py tests/python/test_docs.py $(ARGS)

.PHONY: test-pypy
test-pypy: ## the tests of piconumpy on PyPy: the one on PATH, or one that is fetched
ifneq ($(implementation),pypy)
	@if pypy=$$(sh cmake/pypy.sh); then \
	  $(MAKE) --no-print-directory PYTHON="$$pypy" test-python; \
	else \
	  echo 'NOT TESTED ON PYPY: there is none on PATH, and none could be fetched (see above)'; \
	fi
endif

# Everything is read anew, which takes seconds: a page also depends on files that Sphinx does not know.
sphinx := -m sphinx --fail-on-warning --keep-going --quiet --fresh-env --doctree-dir build/docs/doctrees
.PHONY: docs-ready
docs-ready: $(stamps)/piconumpy $(stamps)/docs
	@rm -rf build/docs/doxygen && mkdir -p build/docs && cd docs && doxygen

.PHONY: docs
docs: docs-ready ## the documentation, in build/docs/html; warnings are errors
	@rm -rf build/docs/html
	@$(python) $(sphinx) --builder html docs build/docs/html
	@echo 'docs: the pages are in $(CURDIR)/build/docs/html/index.html'

.PHONY: docs-linkcheck
docs-linkcheck: docs-ready ## ask each site that the documentation links to; needs access to the internet
	@$(python) $(sphinx) --builder linkcheck docs build/docs/linkcheck

# Random programs, and the steps of each.
FUZZ_EXAMPLES ?= 5000
FUZZ_STEPS ?= 30
.PHONY: fuzz
fuzz: export FUZZ_EXAMPLES := $(FUZZ_EXAMPLES)
fuzz: export FUZZ_STEPS := $(FUZZ_STEPS)
fuzz: fuzz-cpp ## random programs against NumPy, and functions against jit, on CPython and PyPy; FUZZ_EXAMPLES=100000: how many
	@$(MAKE) --no-print-directory test-python test-pypy ARGS='-k "test_fuzz or test_jit_random or test_jit_derivative" $(ARGS)'

# What has libFuzzer.
build/stamps/fuzz-$(interpreter): cmake/system-packages.sh
	@sh cmake/system-packages.sh --fuzz $(PYTHON)
	@mkdir -p $(@D) && touch $@

# How long each target runs.
FUZZ_SECONDS ?= 60
.PHONY: fuzz-cpp
fuzz-cpp: $(stamps)/environment build/stamps/fuzz-$(interpreter) ## hostile calls of the C functions, by libFuzzer with sanitizers; FUZZ_SECONDS=60: how long each target runs
	@test -f build/fuzz/build.ninja || cmake --preset fuzz >/dev/null
	@$(cmake_build) --preset fuzz
	@sh tests/fuzz/fuzz.sh build/fuzz $(FUZZ_SECONDS)

.PHONY: check-python-asan
check-python-asan: $(stamps)/environment ## tests/python with the extension module under AddressSanitizer and UndefinedBehaviorSanitizer
	@sh tests/python/check_sanitizer.sh address $(PYTHON) $(CURDIR)/$(python) $(ARGS)

.PHONY: check-python-tsan
check-python-tsan: $(stamps)/environment ## the tests of threads in tests/python with the extension module under ThreadSanitizer
	@sh tests/python/check_sanitizer.sh thread $(PYTHON) $(CURDIR)/$(python) $(ARGS)

.PHONY: check-analyzer
check-analyzer: build ## clang's analyzer on the library and the extension module, ten times as deep as in `make lint`
	$(call clang_tidy,-checks='-*$(comma)clang-analyzer-*$(comma)-clang-analyzer-security.MmapWriteExec',$(CURDIR)/kernels/)
	@echo 'check-analyzer: 0 failures'

comma := ,
# The analyzer gives up on a function after a tenth of its usual number of states, and is three times as fast.
quick_analysis := -extra-arg=-Xclang -extra-arg=-analyzer-config -extra-arg=-Xclang -extra-arg=max-nodes=20000
# $(1): options. $(2): a folder of the library; if it is empty, all of the library and its tests. The extension module
# is checked in any case.
define clang_tidy
	@run-clang-tidy.py -quiet -hide-progress $(1) -p build/release $(2)
	@run-clang-tidy.py -quiet -hide-progress $(1) -p $(extension_build) $(CURDIR)/python/
endef

.PHONY: check-allocations
check-allocations: export PICOKERNELS_TEST_ALL_ALLOCATIONS = 1
check-allocations: build/release/build.ninja ## refuse each of the library's allocations once; `make test` refuses a part
	@$(cmake_build) --preset release --target allocation_test
	@log=build/check-allocations.log; \
	  build/release/tests/cpp/allocation_test --gtest_brief=1 >$$log 2>&1; status=$$?; \
	  [ $$status -eq 0 ] || cat $$log; \
	  echo "check-allocations: $$(sed -n 's/^\[=*\] //p' $$log) $$(grep -c '^\[  FAILED  \].*ms' $$log) failures"; \
	  exit $$status

.PHONY: check-valgrind
check-valgrind: build/release/build.ninja ## a sample of the C++ tests under valgrind
	@$(cmake_build) --preset release --target tests/cpp/all
	@sh tests/cpp/check_valgrind.sh build/release

# The tests of memory count what a measurement allocates too, and those of the documentation run in other processes.
# The tests that are left out by name fork beside threads: a child would wait for a lock of coverage.py forever.
measured_tests := tests/python --ignore tests/python/test_docs.py --ignore tests/python/test_memory.py \
  --ignore tests/python/test_no_memory.py \
  --deselect tests/python/test_threads.py::test_a_child_computes_that_was_forked_while_threads_compute \
  --deselect tests/python/test_threads.py::test_a_child_integrates_that_was_forked_while_threads_begin_to
.PHONY: coverage coverage-cpp coverage-python
coverage: coverage-cpp coverage-python ## which lines no test runs, of C++ and of Python on CPython and PyPy; pages in build/coverage
	@pypy=$$(sh cmake/pypy.sh) && $(MAKE) --no-print-directory PYTHON="$$pypy" coverage-python
	@$(python) tests/coverage/report.py build/coverage/cpp.json build/coverage/cpython.json build/coverage/pypy.json

coverage-cpp: $(stamps)/coverage
	@test -f build/coverage/cpp/build.ninja || cmake --preset coverage
	@$(cmake_build) --preset coverage
	@find build/coverage/cpp -name '*.gcda' -delete
	@ctest --preset coverage --parallel 2
	@mkdir -p build/coverage/html
	@gcovr -j 2 --filter kernels/ --filter include/ --merge-mode-functions merge-use-line-min \
	  --json build/coverage/cpp.json --html-nested build/coverage/html/cpp.html build/coverage/cpp

# Random programs find no further lines.
coverage-python: export FUZZ_EXAMPLES := 200
coverage-python: $(stamps)/piconumpy $(stamps)/coverage
	@mkdir -p build/coverage && rm -f build/coverage/python.data*
	@PYTHONPATH=tests/coverage $(python) -m coverage run --rcfile tests/coverage/coveragerc \
	  -m pytest -p keep_tracing --durations 20 $(measured_tests) $(ARGS)
	@$(python) -m coverage combine --quiet --rcfile tests/coverage/coveragerc
	@$(python) -m coverage json --quiet --rcfile tests/coverage/coveragerc -o build/coverage/$(implementation).json
	@$(python) -m coverage html --quiet --rcfile tests/coverage/coveragerc -d build/coverage/html/$(implementation)

.PHONY: check-mutation
check-mutation: $(stamps)/wheel $(stamps)/mutation ## 100 small mistakes in kernels, programs, and jit: which ones do the tests notice?
	@$(python) tests/mutation/run.py --python $(wheel_test)/bin/python $(ARGS)

CHECKS ?=
RESUME ?=
.PHONY: check-all
check-all: ## every check, the long ones too (hours); a table at the end. CHECKS='lint fuzz': these alone; RESUME=1: what has not passed yet
	@sh cmake/check-all.sh $(if $(RESUME),--resume) '$(MAKE)' $(CHECKS)

# What takes long, beyond `make test`. Each target prints one last line with figures.
check := $(python) tests/check.py
HOSTILE_SIGNATURES ?= $(if $(filter pypy,$(implementation)),5000,100000)
NO_MEMORY_SAMPLES ?= 400
.PHONY: check-hostile
check-hostile: export HOSTILE_SIGNATURES := $(HOSTILE_SIGNATURES)
check-hostile: export NO_MEMORY_SAMPLES := $(NO_MEMORY_SAMPLES)
check-hostile: export PICONUMPY_TEST_TIME_LIMIT := 36000
check-hostile: $(stamps)/piconumpy ## jit under misuse: 100,000 signatures, and allocations that fail
	@$(check) $@ tests/python/test_jit_hostile.py tests/python/test_no_memory.py $(ARGS)

GROWTH_OPERATIONS ?= $(if $(filter pypy,$(implementation)),100000,1000000)
.PHONY: check-growth
check-growth: export GROWTH_OPERATIONS := $(GROWTH_OPERATIONS)
check-growth: $(stamps)/piconumpy ## up to a million operations of each kind, which must leave nothing behind
	@$(check) $@ tests/python/test_growth.py $(ARGS)

ORDER_RUNS ?= 20
.PHONY: check-order
check-order: export FUZZ_EXAMPLES := 100
check-order: $(stamps)/piconumpy $(stamps)/order ## the Python tests in random orders, as many runs at once as there are CPUs
	@$(check) $@ --runs $(ORDER_RUNS) --at-once $$(getconf _NPROCESSORS_ONLN) --shuffled tests/python $(ARGS)

# Configuring for an archive puts the headers that the build needs into third_party. Only an unpacked archive keeps it.
.PHONY: dist
dist: $(stamps)/environment ## the source archive, with the headers that the build needs, in dist/
	@new=$$(test -d third_party || echo third_party); \
	  $(python) -c 'from scikit_build_core.build import build_sdist; print("dist/" + build_sdist("dist"))'; \
	  status=$$?; rm -rf $$new; exit $$status

cpp_files = $(shell git ls-files '*.cpp' '*.hpp' '*.h' '*.c')
cmake_files = $(shell git ls-files '*.cmake' '*CMakeLists.txt')
shell_files = $(shell git ls-files '*.sh' .ci/run)

# git compares with the empty tree, so it checks the whitespace of every line.
.PHONY: lint lint-text lint-types lint-clang-tidy
lint: build $(stamps)/docs ## formatters, linters, and the documentation; nothing is changed
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-clang-tidy lint-types lint-text docs
	@echo 'lint: clean'

lint-text: $(stamps)/environment
	@clang-format --dry-run --Werror $(cpp_files)
	@gersemi --check --no-cache $(cmake_files)
	@ruff check . && ruff format --check .
	@rumdl check --quiet --no-cache .
	@shellcheck $(shell_files)
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@zizmor --offline --quiet --no-progress .github/workflows
	@check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	@codespell $$(git ls-files)
	@git diff --check $$(git hash-object -t tree /dev/null)

lint-types: $(stamps)/piconumpy
	@$(python) -m mypy
	@for version in 3.10 3.11 3.12 3.13 3.14; do \
	  $(python) -m mypy --no-error-summary --python-version $$version tests/typing || exit; \
	done
	@for version in 3.9 3.10 3.11 3.12 3.13 3.14; do $(python) -m pyright --pythonversion $$version || exit; done
	@$(python) -m mypy.stubtest --concise --mypy-config-file pyproject.toml \
	  --ignore-unused-allowlist --allowlist tests/typing/stubtest-allowlist.txt piconumpy

lint-clang-tidy: build
	$(call clang_tidy,$(quick_analysis))

.PHONY: format
format: $(stamps)/environment ## let the formatters rewrite the sources
	@clang-format -i $(cpp_files)
	@gersemi --in-place --no-cache $(cmake_files)
	@ruff check --fix . && ruff format .
	@rumdl fmt --quiet --no-cache .

.PHONY: clean
clean: ## remove what was built; environments and downloaded dependencies stay
	@rm -rf $(filter-out build/deps build/stamps,$(wildcard build/*)) .venv*/stamps-*/piconumpy .venv*/stamps-*/wheel \
	  bench/results dist

.PHONY: distclean
distclean: ## remove everything that is not in the repository, .venv included
	@rm -rf build dist .venv .venv-* bench/results
