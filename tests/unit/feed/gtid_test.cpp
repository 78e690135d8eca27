#include "maproom/feed/gtid.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

Position at(std::string_view text) { return Position::parse(text).value(); }

TEST(Position, IsReadAndWrittenAsTheServerDoes) {
  for (const auto* const text : {"", "0-1-5", "0-1-5,1-2-9", "4294967295-4294967295-18446744073709551615"})
    EXPECT_EQ(at(text).to_string(), text);
  EXPECT_EQ(at("1-2-9,0-1-5").to_string(), "0-1-5,1-2-9");
}

TEST(Position, WhatIsNoneIsRefused) {
  for (const auto* const text :
       {"0", "0-1", "0-1-", "a-1-2", "0-1-2,", ",", "0-1-2 ", "0-1-99999999999999999999", "-1-1-1"})
    EXPECT_EQ(Position::parse(text), std::nullopt) << text;
}

TEST(Position, CoversWhatEachOfItsDomainsHasReached) {
  EXPECT_TRUE(at("0-1-5,1-1-1").covers(at("0-9-5")));
  EXPECT_FALSE(at("0-1-5").covers(at("0-1-6")));
  EXPECT_FALSE(at("0-1-5").covers(at("0-1-5,1-1-1")));
  EXPECT_TRUE(at("0-1-5").covers(at("")));
  EXPECT_FALSE(at("").covers(Gtid{0, 1, 1}));
}

TEST(Position, NeverGoesBack) {
  auto position = at("0-1-5");
  position.advance({0, 2, 4});
  EXPECT_EQ(position.to_string(), "0-1-5");
  position.advance({0, 2, 6});
  position.advance({3, 1, 1});
  EXPECT_EQ(position.to_string(), "0-2-6,3-1-1");
}

TEST(FilePlace, IsOrderedByTheNumberOfItsFile) {
  EXPECT_TRUE(at_or_behind({"b.000002", 4}, {"b.000001", 900}));
  EXPECT_TRUE(at_or_behind({"b.1000000", 4}, {"b.999999", 900}));
  EXPECT_FALSE(at_or_behind({"b.000001", 900}, {"b.000002", 4}));
  EXPECT_TRUE(at_or_behind({"b.000001", 900}, {"b.000001", 900}));
  EXPECT_FALSE(at_or_behind({"b.000001", 899}, {"b.000001", 900}));
  EXPECT_FALSE(at_or_behind({"b.x", 900}, {"b.000001", 4}));
}

}  // namespace
}  // namespace maproom::feed
