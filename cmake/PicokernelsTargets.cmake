# SPDX-License-Identifier: BSD-3-Clause
# Flags that all of our own targets share, and the helper that adds an ISA.
include(CheckCXXSourceCompiles)

# What a C++ compiler links by itself and a C compiler does not: the C++ runtime and the mathematical functions. The
# static library needs it.
set(PICOKERNELS_RUNTIME ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER PICOKERNELS_RUNTIME EXCLUDE REGEX "^(c|gcc|gcc_s|gcc_eh)$|clang_rt|/")
list(REMOVE_DUPLICATES PICOKERNELS_RUNTIME)

# picokernels_own_code(TARGET): C++20, warnings, and the floating-point rules that the library promises.
function(picokernels_own_code target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(
    ${target}
    PROPERTIES
      CXX_EXTENSIONS OFF
      C_VISIBILITY_PRESET hidden
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
      POSITION_INDEPENDENT_CODE ON
  )
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /fp:precise $<$<BOOL:${PICOKERNELS_WERROR}>:/WX>)
  else()
    target_compile_options(
      ${target}
      PRIVATE
        -Wall
        -Wextra
        -Wpedantic
        -Wshadow
        -Wconversion
        -Wsign-conversion
        $<$<BOOL:${PICOKERNELS_WERROR}>:-Werror>
        # a * b + c rounds twice on every ISA. A fused one would round once, on some ISAs only.
        -ffp-contract=off
        # Square roots are one instruction, without the call that sets errno.
        -fno-math-errno
    )
  endif()
endfunction()

# picokernels_add_isa(TARGET NAME FLAGS flag... DETECT architecture...): adds kernels/isa/NAME.cpp, compiled with flags of
# its own. The dispatcher offers it where xsimd detects all of these architectures. If the compiler or its assembler
# can't build the ISA, it is left out.
function(picokernels_add_isa target name)
  cmake_parse_arguments(PARSE_ARGV 2 isa "" "" "FLAGS;DETECT")
  if(isa_FLAGS)
    string(TOUPPER ${name} upper)
    list(JOIN isa_FLAGS " " CMAKE_REQUIRED_FLAGS)
    # Assembles real instructions of x86: an old assembler fails here, where a check of the flags would pass.
    check_cxx_source_compiles(
      "
      #if defined(__AVX512F__)
        #include <immintrin.h>
        double work(const double* a) { return _mm512_reduce_add_pd(_mm512_loadu_pd(a)); }
      #elif defined(__AVX2__)
        #include <immintrin.h>
        double work(const double* a) { return _mm256_cvtsd_f64(_mm256_permute4x64_pd(_mm256_loadu_pd(a), 1)); }
      #else
        double work(const double* a) { return a[0]; }
      #endif
      int main() { double a[8] = {}; return work(a) != 0; }"
      PICOKERNELS_COMPILER_HAS_${upper}
    )
    if(NOT PICOKERNELS_COMPILER_HAS_${upper})
      message(WARNING "picokernels: this compiler cannot build for ${name} (${CMAKE_REQUIRED_FLAGS}); left out")
      return()
    endif()
  endif()
  list(TRANSFORM isa_DETECT PREPEND "xsimd::")
  list(JOIN isa_DETECT ", " detect)
  set_property(GLOBAL APPEND_STRING PROPERTY PICOKERNELS_ISA_ROWS "PICOKERNELS_ISA(${name}, ${detect})\n")
  # For the benchmarks, whose peers are compiled with the same flags.
  set_property(GLOBAL APPEND PROPERTY PICOKERNELS_ISAS ${name})
  set_property(GLOBAL PROPERTY PICOKERNELS_ISA_FLAGS_${name} ${isa_FLAGS})

  target_sources(${target} PRIVATE isa/${name}.cpp)
  if(NOT MSVC)
    list(
      APPEND isa_FLAGS
      # LTO would merge code that was compiled for different CPUs.
      -fno-lto
      # The loops have three instructions a batch. Where they start changes their speed in L1 by up to a fifth.
      -falign-loops=32
      # GCC warns of its own AVX-512 intrinsics, which start from an undefined register (GCC bug 105593).
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-uninitialized>
      # GCC notes that its ABI passed such structs differently before GCC 10. No call leaves the file with one.
      $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>
      # Nothing here throws. With exceptions, each file refers to the C++ personality routine by a weak symbol.
      -fno-exceptions
      # Without optimisation, the compiler emits the constructors of xsimd's types as weak symbols. The linker would pick
      # one ISA's copy for all, which would crash older CPUs.
      $<$<NOT:$<CONFIG:Release,RelWithDebInfo,MinSizeRel>>:-O2>
      # GCC takes many minutes to track variables through so much inlined code.
      $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Debug>>:-fno-var-tracking>
    )
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
      # These checks of xsimd's references and temporaries make GCC take five times as long. Optimised code has
      # neither: they are registers. Array bounds, heap, and stack are still checked.
      list(APPEND isa_FLAGS -O1 -fno-sanitize=null,alignment -fno-sanitize-address-use-after-scope)
    endif()
  endif()
  set_source_files_properties(isa/${name}.cpp PROPERTIES COMPILE_OPTIONS "${isa_FLAGS}")
endfunction()

# picokernels_write_isas(FILE): writes the rows of all ISAs that were added, for the dispatcher.
function(picokernels_write_isas file)
  get_property(rows GLOBAL PROPERTY PICOKERNELS_ISA_ROWS)
  file(CONFIGURE OUTPUT ${file} CONTENT "${rows}" @ONLY)
endfunction()
