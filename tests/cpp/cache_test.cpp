// SPDX-License-Identifier: BSD-3-Clause
#include "dispatch/cache.hpp"
#include "dispatch/dispatch.hpp"

#include <gtest/gtest.h>

#include <cstdint>

TEST(Cache, last_level_is_larger_than_a_first_level_if_it_is_known) {
    const std::size_t bytes = picokernels::last_level_cache_bytes();
    if (bytes == 0) {
        GTEST_SKIP() << "this system does not tell the size of its caches";
    }
    EXPECT_GE(bytes, std::size_t{64} << 10U);
    EXPECT_LE(bytes, std::size_t{64} << 30U);
}

TEST(Cache, streaming_starts_beyond_the_last_level) {
    picokernels::available_tables(); // first use
    const std::size_t bytes = picokernels::last_level_cache_bytes();
    EXPECT_EQ(picokernels::streaming_threshold_bytes, bytes != 0 ? bytes : SIZE_MAX);
}
