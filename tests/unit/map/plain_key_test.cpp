// The short way for plain keys must be the long way's first step.

#include <gtest/gtest.h>

#include <random>

#include "maproom/map/map.hpp"

namespace maproom::map {
namespace {

TEST(PlainFirstCandidate, IsTheFirstCandidateOfEveryProfile) {
  std::mt19937 random{7};
  const std::string signs = "aAbZ09.-_+=@@..  \"\\%'/:[]\xc3\xbc";
  int plain = 0;
  for (const auto& parameter : known_parameters()) {
    Map map;
    map.settings.recipient_delimiter = "+-";
    map.settings.myorigin = "a.b";
    map.profile = *profile_of(parameter, map.settings);
    std::string folded;
    for (int i = 0; i < 3000; ++i) {
      std::string key;
      for (auto length = random() % 12; length > 0; --length) key += signs[random() % signs.size()];
      if (!map.plain_first_candidate(key, folded)) continue;
      ++plain;
      const auto all = map.candidates(key);
      ASSERT_FALSE(all.empty()) << parameter << " " << key;
      EXPECT_EQ(all.front().key, folded) << parameter << " " << key;
      EXPECT_EQ(all.front().extension, "") << parameter << " " << key;
    }
  }
  EXPECT_GT(plain, 1000);
}

TEST(PlainFirstCandidate, IsNotForClientLists) {
  Map map;
  map.profile = *profile_of("mynetworks", map.settings);
  std::string folded;
  EXPECT_FALSE(map.plain_first_candidate("192.0.2.1", folded));
  EXPECT_FALSE(map.plain_first_candidate("host.example", folded)) << "addresses_only is decided elsewhere";
}

}  // namespace
}  // namespace maproom::map
