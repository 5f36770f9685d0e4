// SPDX-License-Identifier: BSD-3-Clause
//
// Kernels and reductions with any length, alignment, placement, rounding direction, and numbers that the contract in
// picokernels.h allows, on every ISA, against scalar code. AddressSanitizer sees what is touched behind an array.
#include "../cpp/support/isas.hpp"
#include "../cpp/support/operations.hpp"
#include "../cpp/support/reductions.hpp"
#include "bytes.hpp"
#include "require.hpp"

#include <algorithm>
#include <cfenv>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace {

using fuzz::require;

// Numbers in memory that ends with them, and begins `offset` elements before them.
template <class T> class array {
  public:
    array(std::size_t offset, std::size_t count)
        : offset_(offset), count_(count),
          memory_(static_cast<T*>(operator new((offset + count) * sizeof(T), std::align_val_t{64}))) {
        std::fill_n(memory_, offset, sentinel);
    }
    array(const array&) = delete;
    array& operator=(const array&) = delete;
    array(array&&) = delete;
    array& operator=(array&&) = delete;
    ~array() { operator delete(memory_, std::align_val_t{64}); }

    T* data() const noexcept { return memory_ + offset_; }
    std::span<T> numbers() const noexcept { return {data(), count_}; }
    bool is_intact_before() const noexcept {
        return std::all_of(memory_, memory_ + offset_, [](T x) { return x == sentinel; });
    }

  private:
    static constexpr T sentinel = 1234;
    std::size_t offset_;
    std::size_t count_;
    T* memory_;
};

template <class T> std::size_t read_offset(fuzz::bytes& from) { return from.below(64 / sizeof(T)); }

// Few numbers, repeated: lengths and numbers are hostile independently of each other.
template <class T> void fill(std::span<T> to, fuzz::bytes& from) {
    std::vector<T> numbers(1 + from.below(12));
    std::ranges::generate(numbers, [&] { return static_cast<T>(from.number()); });
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = numbers[i % numbers.size()];
    }
}

std::size_t read_length(fuzz::bytes& from) {
    const std::size_t low = from.byte();
    return low < 200 ? low : low * (1 + from.below(16));
}

class rounding {
  public:
    explicit rounding(int direction) { std::fesetround(direction); }
    rounding(const rounding&) = delete;
    rounding& operator=(const rounding&) = delete;
    rounding(rounding&&) = delete;
    rounding& operator=(rounding&&) = delete;
    ~rounding() { std::fesetround(FE_TONEAREST); }
};

int read_direction(fuzz::bytes& from) {
    static constexpr int directions[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};
    return directions[from.below(4)];
}

template <class T> void try_kernel(fuzz::bytes& from) {
    const auto kernels = tested::kernels<T>();
    const tested::kernel<T>& kernel = kernels[from.below(kernels.size())];
    // Functions have bounds for rounding to nearest alone.
    const int direction = kernel.ulp == 0 ? read_direction(from) : FE_TONEAREST;
    const std::size_t n = read_length(from);
    const bool inputs_overlap = from.below(4) == 1;
    const std::size_t shift = inputs_overlap ? from.below(20) : 0;

    const array<T> first(read_offset<T>(from), n + shift);
    const array<T> second(read_offset<T>(from), std::max<std::size_t>(n, 1));
    const array<T> third(read_offset<T>(from), n);
    fill(first.numbers(), from);
    fill(second.numbers(), from);
    const T* const a = first.data();
    const T* const b =
        inputs_overlap ? first.data() + (kernel.form == tested::form::array_array ? shift : 0) : second.data();
    T* out = third.data();
    if (shift == 0) {
        T* const places[] = {third.data(), first.data(), second.data(), third.data()};
        out = places[from.below(4)];
    }
    const bool b_is_scalar = kernel.form == tested::form::array_scalar || kernel.form == tested::form::scalar_array;
    if (b_is_scalar && n == 0) {
        return; // *b may not be there
    }

    const rounding as_wanted(direction);
    std::vector<T> expected(n);
    for (std::size_t i = 0; i < n; ++i) {
        expected[i] = kernel.expected(a[i], b[b_is_scalar ? 0 : i]);
    }
    tested::call(kernel.c_function, n == 0 ? nullptr : a, n == 0 ? nullptr : b, n == 0 ? nullptr : out, n);
    for (std::size_t i = 0; i < n; ++i) {
        require(kernel.accepts(out[i], expected[i]), kernel.name);
    }
    require(first.is_intact_before() && second.is_intact_before() && third.is_intact_before(),
            "numbers before an array were written");
}

template <class T> void try_reduction(fuzz::bytes& from) {
    const auto reductions = tested::reductions<T>();
    const tested::reduction<T>& reduction = reductions[from.below(reductions.size())];
    const std::size_t n = read_length(from);
    const std::size_t shift = from.below(20);
    const array<T> numbers(read_offset<T>(from), n + shift);
    fill(numbers.numbers(), from);
    const std::span<const T> a(numbers.data(), n);
    const std::span<const T> b(numbers.data() + shift, n);
    const T found = n == 0 ? tested::call<T>(reduction.c_function, nullptr, nullptr, 0)
                           : tested::call(reduction.c_function, a.data(), b.data(), n);
    require(same_bits(found, reduction.expected(a, b)), reduction.name);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> isas = tested::available_isas();
    fuzz::bytes from({data, size});
    require(pk_set_isa(isas[from.below(isas.size())].c_str()) == PK_OK, "an available ISA can't be set");
    switch (from.below(8)) {
    case 0:
        try_reduction<double>(from);
        break;
    case 1:
        try_reduction<float>(from);
        break;
    case 2:
    case 3:
    case 4:
        try_kernel<double>(from);
        break;
    default:
        try_kernel<float>(from);
    }
    return 0;
}
