// SPDX-License-Identifier: BSD-3-Clause
//
// The vector mathematics, in its high accuracy mode, and the BLAS of Intel's MKL, on one thread. This opens it at run
// time, from the folder that PICOKERNELS_MKL names or from where the system looks, so that nothing has to be linked.
// MKL chooses its instructions itself. It has no negation, and what it offers for scalars is a ratio of two linear
// functions, so these are left out. Its minimum and maximum are C's fmin and fmax: of a number and a nan they return
// the number.
#include "operations.hpp"
#include "peers.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <regex>
#include <system_error>

namespace picokernels::bench {
namespace {

// The kernels, and what follows vd and vs in the names of MKL's functions.
#define MKL_FUNCTIONS(X)                                                                                             \
    X(array_array, add, Add)                                                                                         \
    X(array_array, sub, Sub)                                                                                         \
    X(array_array, mul, Mul)                                                                                         \
    X(array_array, div, Div)                                                                                         \
    X(array_array, minimum, Fmin)                                                                                    \
    X(array_array, maximum, Fmax)                                                                                    \
    X(unary, sqrt, Sqrt)                                                                                             \
    X(unary, abs, Abs)                                                                                               \
    X(unary, sin, Sin)                                                                                               \
    X(unary, cos, Cos)                                                                                               \
    X(unary, tan, Tan)                                                                                               \
    X(unary, asin, Asin)                                                                                             \
    X(unary, acos, Acos)                                                                                             \
    X(unary, atan, Atan)                                                                                             \
    X(unary, sinh, Sinh)                                                                                             \
    X(unary, cosh, Cosh)                                                                                             \
    X(unary, tanh, Tanh)                                                                                             \
    X(unary, exp, Exp)                                                                                               \
    X(unary, exp2, Exp2)                                                                                             \
    X(unary, expm1, Expm1)                                                                                           \
    X(unary, log, Ln)                                                                                                \
    X(unary, log2, Log2)                                                                                             \
    X(unary, log10, Log10)                                                                                           \
    X(unary, log1p, Log1p)                                                                                           \
    X(unary, cbrt, Cbrt)                                                                                             \
    X(array_array, pow, Pow)                                                                                         \
    X(array_array, atan2, Atan2)                                                                                     \
    X(array_array, hypot, Hypot)                                                                                     \
    X(array_array, fmod, Fmod)

// MKL's function for an operation.
template <class Op, class T> struct unary {
    static inline void (*function)(int n, const T* a, T* out) = nullptr;
    static void run(const T* a, T* out, std::size_t n) noexcept { function(static_cast<int>(n), a, out); }
};
template <class Op, class T> struct array_array {
    static inline void (*function)(int n, const T* a, const T* b, T* out) = nullptr;
    static void run(const T* a, const T* b, T* out, std::size_t n) noexcept {
        function(static_cast<int>(n), a, b, out);
    }
};

// The functions of its BLAS. That of the name asum adds absolute values, which for the numbers here are the numbers.
template <class T> struct blas {
    static inline T (*asum)(int n, const T* a, int step) = nullptr;
    static inline T (*dot)(int n, const T* a, int a_step, const T* b, int b_step) = nullptr;
    static T run_sum(const T* a, std::size_t n) noexcept { return asum(static_cast<int>(n), a, 1); }
    static T run_dot(const T* a, const T* b, std::size_t n) noexcept { return dot(static_cast<int>(n), a, 1, b, 1); }
};

void* open_library() {
    const char* const folder = std::getenv("PICOKERNELS_MKL"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (folder != nullptr) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
            if (entry.path().filename().string().starts_with("libmkl_rt.so")) {
                if (void* library = dlopen(entry.path().c_str(), RTLD_NOW | RTLD_LOCAL)) {
                    return library;
                }
            }
        }
    }
    for (const char* const name : {"libmkl_rt.so", "libmkl_rt.so.3", "libmkl_rt.so.2"}) {
        if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
            return library;
        }
    }
    return nullptr;
}

template <class Function> bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

template <class T> void load_blas(void* library, const char* asum, const char* dot, typed_kernels<T>& kernels) {
    if (find(library, asum, blas<T>::asum)) {
        kernels.sum = &blas<T>::run_sum;
    }
    if (find(library, dot, blas<T>::dot)) {
        kernels.dot = &blas<T>::run_dot;
    }
}

// Null where this version of MKL lacks the function.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): the same lines for each function
kernel_table load(void* library) {
    kernel_table table{};
#define MKL_LOAD(form_, name, Name)                                                                                  \
    if (find(library, "vd" #Name, form_<op::name, double>::function)) {                                              \
        table.f64.name = &form_<op::name, double>::run;                                                              \
    }                                                                                                                \
    if (find(library, "vs" #Name, form_<op::name, float>::function)) {                                               \
        table.f32.name = &form_<op::name, float>::run;                                                               \
    }
    MKL_FUNCTIONS(MKL_LOAD)
#undef MKL_LOAD
    load_blas(library, "cblas_dasum", "cblas_ddot", table.f64);
    load_blas(library, "cblas_sasum", "cblas_sdot", table.f32);
    return table;
}

// Before the first computation, or else MKL takes the layer that wants a thread library.
bool make_sequential(void* library) {
    constexpr int sequential = 1; // MKL_THREADING_SEQUENTIAL
    int (*set_threading_layer)(int) = nullptr;
    return find(library, "MKL_Set_Threading_Layer", set_threading_layer) &&
           set_threading_layer(sequential) == sequential;
}

// The mode whose errors are below 1 ulp. It is MKL's default, unless the environment says otherwise.
bool make_accurate(void* library) {
    constexpr unsigned accuracy_mask = 0xF; // VML_ACCURACY_MASK
    constexpr unsigned high_accuracy = 2;   // VML_HA
    unsigned (*get_mode)() = nullptr;
    unsigned (*set_mode)(unsigned) = nullptr;
    if (!find(library, "vmlGetMode", get_mode) || !find(library, "vmlSetMode", set_mode)) {
        return false;
    }
    set_mode((get_mode() & ~accuracy_mask) | high_accuracy);
    return (get_mode() & accuracy_mask) == high_accuracy;
}

// The number alone out of "Intel(R) oneAPI Math Kernel Library Version 2026.2-Product Build 20260915 for ...".
std::string version_of(void* library) {
    void (*get_version)(char*, int) = nullptr;
    if (!find(library, "MKL_Get_Version_String", get_version)) {
        return "";
    }
    char text[256] = "";
    get_version(text, sizeof text - 1);
    std::cmatch number;
    return std::regex_search(text, number, std::regex("Version ([0-9.]+)")) ? number.str(1) : text;
}

} // namespace

peer mkl() {
    static void* const library = open_library();
    if (library == nullptr) {
        return absent("mkl", "libmkl_rt was not found (pip install --no-deps mkl, and PICOKERNELS_MKL=its folder)");
    }
    if (!make_sequential(library)) {
        return absent("mkl", "MKL cannot be made to run on one thread");
    }
    if (!make_accurate(library)) {
        return absent("mkl", "MKL cannot be told to be accurate");
    }
    static const kernel_table table = load(library);
    return {"mkl",
            version_of(library),
            "",
            true,
            [](const char*, bool is_best) { return is_best ? &table : nullptr; },
            [](std::string_view function) { return function == "fmod" ? 0 : 1; }};
}

} // namespace picokernels::bench
