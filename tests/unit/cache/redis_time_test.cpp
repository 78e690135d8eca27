#include "maproom/cache/redis_time.hpp"

#include <gtest/gtest.h>

namespace maproom::cache {
namespace {

using std::chrono::milliseconds;

TEST(RedisTime, IsUnixTime) { EXPECT_EQ(redis_time("1700000000", "999999"), milliseconds{1'700'000'000'999}); }

TEST(RedisTime, OfNoSenseIsNone) {
  for (const auto* const seconds : {"", "x", "-1", "1 ", "253402300800", "9223372036854775807", "99999999999999999999"})
    EXPECT_EQ(redis_time(seconds, "0"), std::nullopt) << seconds;
  for (const auto* const part : {"", "-1", "1000000", "9223372036854775807"})
    EXPECT_EQ(redis_time("1700000000", part), std::nullopt) << part;
}

}  // namespace
}  // namespace maproom::cache
