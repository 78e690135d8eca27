#include "maproom/feed/checkpoint.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

Checkpoint checkpoint(const std::string& server, std::uint64_t offset) {
  const FileEntered file{"bin.000001", 7, 1};
  return {server, file, {"bin.000001", offset}, Position::parse("0-1-" + std::to_string(offset)).value()};
}

TEST(Checkpoints, ComeBackAsTheyWere) {
  Checkpoints checkpoints;
  checkpoints.add(checkpoint("a", 10), false);
  checkpoints.add(checkpoint("b", 20), false);
  const auto again = Checkpoints::parse(checkpoints.to_string());
  EXPECT_EQ(again.of("a"), std::vector{checkpoint("a", 10)});
  EXPECT_EQ(again.of("b"), std::vector{checkpoint("b", 20)});
}

TEST(Checkpoints, TheNewestMayBeReplacedAndTheOldestGoes) {
  Checkpoints checkpoints;
  for (std::uint64_t i = 0; i < Checkpoints::most + 3; ++i) checkpoints.add(checkpoint("a", 100 + i), false);
  checkpoints.add(checkpoint("a", 999), true);
  const auto all = checkpoints.of("a");
  ASSERT_EQ(all.size(), Checkpoints::most);
  EXPECT_EQ(all.front(), checkpoint("a", 103));
  EXPECT_EQ(all.back(), checkpoint("a", 999));
}

TEST(Checkpoints, ThoseOfOneServerMayBeForgotten) {
  Checkpoints checkpoints;
  checkpoints.add(checkpoint("a", 10), false);
  checkpoints.add(checkpoint("b", 20), false);
  checkpoints.forget("a");
  EXPECT_TRUE(checkpoints.of("a").empty());
  EXPECT_EQ(checkpoints.of("b").size(), 1U);
}

TEST(Checkpoints, GarbageIsNone) {
  for (const auto* const text :
       {"", "x", "{}", "[1]", "[{}]", R"([{"server":"a","file":1}])",
        R"([{"server":"a","file":"f","created":1,"server_id":1,"offset":3,"position":""}])",
        R"([{"server":"a","file":"f","created":1,"server_id":1,"offset":9,"position":"x"}])",
        R"([{"server":"a","file":"f","created":1,"server_id":1,"offset":-9,"position":""}])",
        R"([{"server":"a","file":"f","created":1,"server_id":1,"offset":9.5,"position":""}])",
        R"([{"server":"a","file":"f","created":4294967296,"server_id":1,"offset":9,"position":""}])",
        R"([{"server":"a","file":"f","created":1,"server_id":-1,"offset":9,"position":""}])"})
    EXPECT_TRUE(Checkpoints::parse(text).of("a").empty()) << text;
}

}  // namespace
}  // namespace maproom::feed
