# SPDX-License-Identifier: BSD-3-Clause
# Two commands do it all: `make bench` and `make test`. Each installs what is missing, says what it does, and repeats
# no set-up the second time. `make help` lists the rest.

PYTHON ?= python3
# Options for the programs behind the targets, for example: make bench ARGS=--quick
ARGS ?=

SHELL := /bin/sh
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# One environment for each interpreter: CPython's is .venv, those of others carry their name.
implementation := $(shell $(PYTHON) -c 'import sys; print(sys.implementation.name)' 2>/dev/null)
VENV := .venv$(if $(filter-out cpython,$(implementation)),-$(implementation))
# The stamps of an environment live in it, under the name of the interpreter it was made from: another PYTHON makes it
# anew.
interpreter := $(shell $(PYTHON) -c 'import hashlib, sys; \
  print(hashlib.sha256((sys.base_prefix + sys.version).encode()).hexdigest()[:12])' 2>/dev/null)
stamps := $(VENV)/stamps-$(interpreter)
python := $(VENV)/bin/python
extension_build := build/piconumpy-$(interpreter)
# cmake, ninja and the linters come from the environment too.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

cpp_sources := $(wildcard include/picokernels/* kernels/*.cpp kernels/*.hpp kernels/*.map kernels/isa/* \
  kernels/CMakeLists.txt cmake/*.cmake cmake/*.in) CMakeLists.txt CMakePresets.json
python_sources := $(wildcard python/src/*) python/CMakeLists.txt pyproject.toml

.PHONY: help
help: ## this list
	@echo 'usage: make [TARGET] [PYTHON=python3] [ARGS=...]'; echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F '|' '{ printf "  make %-19s %s\n", $$1, $$2 }'

# ---- set-up ----------------------------------------------------------------------------------------------------------

build/stamps/system-$(interpreter): cmake/system-packages.sh
	@sh cmake/system-packages.sh $(PYTHON)
	@mkdir -p $(@D) && touch $@

$(stamps)/environment: build/stamps/system-$(interpreter) pyproject.toml
	@echo 'making $(VENV) from $(PYTHON), with the tools that pyproject.toml lists'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(python) -m pip install --quiet --upgrade 'pip>=25.1'
	@$(python) -m pip install --quiet --group dev
	@mkdir -p $(@D) && touch $@

# CMake itself finds out what has changed since.
build/release/build.ninja: $(stamps)/environment
	@cmake --preset release

.PHONY: cpp
cpp: build/release/build.ninja
	@cmake --build --preset release

$(stamps)/piconumpy: $(stamps)/environment $(cpp_sources) $(python_sources)
	@echo 'building piconumpy into $(VENV)'
	@$(python) -m pip install --quiet --no-deps --no-build-isolation --editable . \
	  --config-settings=build-dir=$(extension_build) \
	  --config-settings=cmake.define.PICOKERNELS_WERROR=ON \
	  --config-settings=cmake.define.CMAKE_EXPORT_COMPILE_COMMANDS=ON
	@touch $@

# ---- what people call ------------------------------------------------------------------------------------------------

.PHONY: build
build: cpp $(stamps)/piconumpy ## build the library, its tests and benchmarks, and piconumpy into .venv (the default)

.PHONY: bench
bench: $(stamps)/piconumpy ## the main benchmark: RK4 on a small callback, every row; results in bench/results
	@$(python) -m bench.ode $(ARGS)

.PHONY: bench-cpy-vs-hpy bench-without-numpy bench-micro
bench-cpy-vs-hpy: $(stamps)/piconumpy ## 100 sleds x 2000 steps: the C-API, HPy and PicoNumpy
	@$(python) -m bench.cpy_vs_hpy $(ARGS)

bench-without-numpy: $(stamps)/piconumpy ## a right-hand side on plain tuples: Python, Pythran, Julia
	@$(python) -m bench.without_numpy $(ARGS)

bench-micro: $(stamps)/piconumpy ## microbenchmarks: one use of an array each, every row
	@$(python) -m bench.micro $(ARGS)

METHOD ?=
.PHONY: profile
profile: $(stamps)/piconumpy ## profile a row of the main benchmark: METHOD=piconumpy, capi, numpy, ... (needs Graphviz)
	@$(python) -m bench.profile $(METHOD) $(ARGS)

# On one core, the last one, where the system can pin.
pinned = $(if $(shell command -v taskset),taskset --cpu-list $$(($$(nproc) - 1)))

.PHONY: bench-kernels
bench-kernels: cpp ## the kernels against the compiler's own loops, on every ISA of this CPU
	@$(pinned) build/release/bench/kernels/kernels_benchmark --benchmark_enable_random_interleaving=true \
	  --benchmark_repetitions=15 --benchmark_min_time=0.01 --benchmark_report_aggregates_only=true $(ARGS)

.PHONY: test
test: test-cpp test-python ## all tests: C++ in release, debug and under sanitizers; Python; the README's examples

.PHONY: test-cpp
test-cpp: cpp $(addprefix test-cpp-,release debug asan-ubsan) ## the C++ tests alone

.PHONY: test-cpp-%
test-cpp-%: $(stamps)/environment
	@echo 'C++ tests, $*'
	@test -f build/$*/build.ninja || cmake --preset $*
	@cmake --build --preset $* && ctest --preset $* --parallel 2

.PHONY: test-python
test-python: $(stamps)/piconumpy ## the Python tests alone, the README's examples among them
	@$(python) -m pytest $(ARGS)

cpp_files = $(shell git ls-files '*.cpp' '*.hpp' '*.h' '*.c')

.PHONY: lint
lint: build ## formatters and linters, nothing is changed
	@clang-format --dry-run --Werror $(cpp_files)
	@run-clang-tidy.py -quiet -hide-progress -p build/release
	@run-clang-tidy.py -quiet -hide-progress -p $(extension_build) $(CURDIR)/python/
	@ruff check . && ruff format --check .
	@$(python) -m mypy
	@echo 'lint: clean'

.PHONY: format
format: $(stamps)/environment ## let the formatters rewrite the sources
	@clang-format -i $(cpp_files)
	@ruff check --fix . && ruff format .

.PHONY: clean
clean: ## remove what was built; environments and downloaded dependencies stay
	@rm -rf $(filter-out build/deps build/stamps,$(wildcard build/*)) .venv*/stamps-*/piconumpy bench/results

.PHONY: distclean
distclean: ## remove everything that is not in the repository, .venv included
	@rm -rf build .venv .venv-* bench/results
