#include "lanes.hpp"
namespace picokernels::program::machine {
bool can_compile_lanes(const code&, isa) noexcept { return false; }
lanes_code compile_lanes(const code&, isa, std::span<std::uint8_t>) { return {}; }
}
