#include "maproom/feed/stuck.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

TEST(Stuck, IsWhoFailsAgainAndAgainAtOnePlace) {
  Stuck stuck;
  EXPECT_FALSE(stuck.ended({"bin.000001", 100}));
  EXPECT_FALSE(stuck.ended({"bin.000001", 100}));
  EXPECT_TRUE(stuck.ended({"bin.000001", 100}));
  EXPECT_FALSE(stuck.ended({"bin.000001", 100})) << "it begins to count anew";
}

TEST(Stuck, IsNotWhoComesOn) {
  Stuck stuck;
  for (std::uint64_t offset = 0; offset < 10; ++offset) {
    EXPECT_FALSE(stuck.ended({"bin.000001", offset}));
    EXPECT_FALSE(stuck.ended({"bin.000001", offset}));
  }
  EXPECT_FALSE(stuck.ended({"bin.000002", 9}));
}

}  // namespace
}  // namespace maproom::feed
