// SPDX-License-Identifier: BSD-3-Clause
#ifndef PICOKERNELS_MACHINE_MEMORY_HPP
#define PICOKERNELS_MACHINE_MEMORY_HPP

#include <cstddef>
#include <cstdint>

namespace picokernels::program::machine {

// Pages for machine code: first writable, then executable, never both.
class code_memory {
  public:
    // Reserves writable memory. data() is null if the system refuses.
    explicit code_memory(std::size_t bytes) noexcept;
    ~code_memory();
    code_memory(const code_memory&) = delete;
    code_memory& operator=(const code_memory&) = delete;
    code_memory(code_memory&&) = delete;
    code_memory& operator=(code_memory&&) = delete;

    std::uint8_t* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

    // Gives back what is behind the first `used` bytes and makes those executable and read-only. False if the system
    // refuses.
    bool make_executable(std::size_t used) noexcept;

  private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace picokernels::program::machine

#endif // PICOKERNELS_MACHINE_MEMORY_HPP
