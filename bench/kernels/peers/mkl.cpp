// SPDX-License-Identifier: BSD-3-Clause
//
// The vector mathematics of Intel's MKL, one thread. Opened at run time, from the folder that PICOKERNELS_MKL names
// or from where the system looks, so that nothing has to be linked. MKL chooses its instructions itself. Its
// functions of an array and a scalar are transforms of another kind (a ratio of two linear functions), so there are
// none here.
#include "absent.hpp"

#include <climits>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace picokernels::bench {
namespace {

template <class T> using vector_function = void (*)(int n, const T* a, const T* b, T* out);

template <class T> struct vector_functions {
    static inline vector_function<T> add, sub, mul, div;
};

template <class T, vector_function<T>* Function>
void array_array(const T* a, const T* b, T* out, std::size_t n) noexcept {
    for (; n > INT_MAX; a += INT_MAX, b += INT_MAX, out += INT_MAX, n -= INT_MAX) {
        (*Function)(INT_MAX, a, b, out);
    }
    (*Function)(static_cast<int>(n), a, b, out);
}

template <class T> constexpr typed_kernels<T> make_kernels() noexcept {
    typed_kernels<T> kernels{};
    kernels.add = &array_array<T, &vector_functions<T>::add>;
    kernels.sub = &array_array<T, &vector_functions<T>::sub>;
    kernels.mul = &array_array<T, &vector_functions<T>::mul>;
    kernels.div = &array_array<T, &vector_functions<T>::div>;
    return kernels;
}

const kernel_table* select(const char* isa, bool is_best) {
    static kernel_table table{isa, make_kernels<double>(), make_kernels<float>()};
    return is_best ? &table : nullptr;
}

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

bool find_vector_functions(void* library) {
    using f64 = vector_functions<double>;
    using f32 = vector_functions<float>;
    return find(library, "vdAdd", f64::add) && find(library, "vdSub", f64::sub) && find(library, "vdMul", f64::mul) &&
           find(library, "vdDiv", f64::div) && find(library, "vsAdd", f32::add) && find(library, "vsSub", f32::sub) &&
           find(library, "vsMul", f32::mul) && find(library, "vsDiv", f32::div);
}

// Before the first computation, or else MKL takes the layer that wants a thread library.
bool make_sequential(void* library) {
    constexpr int sequential = 1; // MKL_THREADING_SEQUENTIAL
    int (*set_threading_layer)(int) = nullptr;
    return find(library, "MKL_Set_Threading_Layer", set_threading_layer) &&
           set_threading_layer(sequential) == sequential;
}

// The number alone out of "Intel(R) oneAPI Math Kernel Library Version 2026.2-Product Build 20260915 for ...".
std::string version_of(void* library) {
    void (*get_version)(char*, int) = nullptr;
    if (!find(library, "MKL_Get_Version_String", get_version)) {
        return "";
    }
    char text[256] = "";
    get_version(text, sizeof text - 1);
    const std::string_view all = text;
    constexpr std::string_view before = "Version ";
    const std::size_t start = all.find(before);
    if (start == std::string_view::npos) {
        return text;
    }
    const std::string_view number = all.substr(start + before.size());
    return std::string(number.substr(0, number.find_first_of("- ")));
}

} // namespace

peer mkl() {
    static void* const library = open_library();
    if (library == nullptr) {
        return absent("mkl", "libmkl_rt was not found (pip install --no-deps mkl, and PICOKERNELS_MKL=its folder)");
    }
    if (!find_vector_functions(library)) {
        return absent("mkl", "libmkl_rt lacks vdAdd and its like");
    }
    if (!make_sequential(library)) {
        return absent("mkl", "MKL cannot be made to run on one thread");
    }
    return {"mkl", version_of(library), "", true, select};
}

} // namespace picokernels::bench
