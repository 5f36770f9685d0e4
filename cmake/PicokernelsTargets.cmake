# SPDX-License-Identifier: BSD-3-Clause
# Flags that all of our own targets share, and the helper that adds an ISA.
include(CheckCXXSourceCompiles)

# picokernels_own_code(TARGET): C++20, warnings, and the floating-point rules that the library promises.
function(picokernels_own_code target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /fp:precise $<$<BOOL:${PICOKERNELS_WERROR}>:/WX>)
  else()
    target_compile_options(${target} PRIVATE
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
      $<$<BOOL:${PICOKERNELS_WERROR}>:-Werror>
      # a*b+c stays two roundings, on every ISA: that is what makes results bit-identical.
      -ffp-contract=off)
  endif()
endfunction()

# picokernels_add_isa(TARGET NAME FLAGS flag...): adds kernels/isa/NAME.cpp, compiled with flags of its own, and tells
# the dispatcher by PICOKERNELS_WITH_NAME. An ISA that this compiler or its assembler cannot build is left out.
function(picokernels_add_isa target name)
  cmake_parse_arguments(PARSE_ARGV 2 isa "" "" "FLAGS")
  string(TOUPPER ${name} upper)
  if(isa_FLAGS)
    list(JOIN isa_FLAGS " " CMAKE_REQUIRED_FLAGS)
    # Assembles real instructions: an old assembler fails where a flag check would pass.
    check_cxx_source_compiles("
      #include <immintrin.h>
      double work(const double* a) {
      #if defined(__AVX512F__)
        return _mm512_reduce_add_pd(_mm512_loadu_pd(a));
      #elif defined(__AVX2__)
        return _mm256_cvtsd_f64(_mm256_permute4x64_pd(_mm256_loadu_pd(a), 1));
      #else
        return _mm_cvtsd_f64(_mm_loadu_pd(a));
      #endif
      }
      int main() { double a[8] = {}; return work(a) != 0; }" PICOKERNELS_COMPILER_HAS_${upper})
    if(NOT PICOKERNELS_COMPILER_HAS_${upper})
      message(WARNING "picokernels: this compiler cannot build for ${name} (${CMAKE_REQUIRED_FLAGS}); left out")
      return()
    endif()
  endif()
  # For the benchmarks, whose peers are compiled with the same flags.
  set_property(GLOBAL APPEND PROPERTY PICOKERNELS_ISAS ${name})
  set_property(GLOBAL PROPERTY PICOKERNELS_ISA_FLAGS_${name} ${isa_FLAGS})

  target_sources(${target} PRIVATE isa/${name}.cpp)
  if(NOT MSVC)
    list(APPEND isa_FLAGS
      # LTO would merge code that was compiled for different CPUs.
      -fno-lto
      # Loops of three instructions a batch: their speed in L1 depends on where they start, by up to a fifth.
      -falign-loops=32
      # Nothing here throws; without this each file refers to the C++ personality routine by a weak symbol.
      -fno-exceptions
      # Unoptimised, the compiler emits constructors of xsimd's types as weak symbols that several ISAs' files share,
      # each compiled with its own instructions: the linker's pick would crash older CPUs.
      $<$<CONFIG:Debug>:-O2>)
  endif()
  set_source_files_properties(isa/${name}.cpp PROPERTIES COMPILE_OPTIONS "${isa_FLAGS}")
  target_compile_definitions(${target} PRIVATE PICOKERNELS_WITH_${upper})
endfunction()
