#include "maproom/keyset/tracked_keys.hpp"

#include <gtest/gtest.h>

namespace maproom::keyset {
namespace {

Keys texts(const std::vector<std::string>& all) {
  TextKeys keys;
  for (const auto& each : all) keys.add(each);
  return keys;
}

TEST(TrackedKeys, LacksNothingBeforeItIsComplete) {
  TrackedKeys set;
  EXPECT_FALSE(set.lacks("joe"));
  set.begin_load({});
  EXPECT_FALSE(set.lacks("joe"));
  set.end_load(texts({"ann"}));
  EXPECT_TRUE(set.lacks("joe"));
  EXPECT_FALSE(set.lacks("ann"));
}

TEST(TrackedKeys, WhatIsTouchedIsNotLacked) {
  TrackedKeys set;
  set.begin_load({});
  set.end_load(texts({"ann"}));
  EXPECT_FALSE(set.worn());
  set.touch("joe");
  EXPECT_FALSE(set.lacks("joe"));
  EXPECT_TRUE(set.worn());
}

TEST(TrackedKeys, WhatIsTouchedWhileItIsReadIsNotLackedAfterwards) {
  TrackedKeys set;
  set.begin_load({});
  set.touch("new");
  set.end_load(texts({"ann"}));
  EXPECT_FALSE(set.lacks("new"));
  EXPECT_TRUE(set.lacks("joe"));
}

TEST(TrackedKeys, WhatWasTouchedBeforeTheReadingBeganIsUpToTheSnapshot) {
  TrackedKeys set;
  set.begin_load({});
  set.touch("gone");
  set.begin_load({});
  set.end_load(texts({"ann"}));
  EXPECT_TRUE(set.lacks("gone"));
}

TEST(TrackedKeys, TheOldSetServesWhileTheNextIsRead) {
  TrackedKeys set;
  set.begin_load({});
  set.end_load(texts({"ann", "old"}));
  set.touch("old");
  set.begin_load({});
  EXPECT_TRUE(set.lacks("joe"));
  EXPECT_FALSE(set.lacks("old"));
  set.end_load(texts({"ann"}));
  EXPECT_TRUE(set.lacks("old"));
  EXPECT_FALSE(set.worn());
}

TEST(TrackedKeys, AnUnclearChangeEndsItAndTheReadingUnderWay) {
  TrackedKeys set;
  set.begin_load({});
  set.end_load(texts({"ann"}));
  set.begin_load({});
  set.lose();
  EXPECT_FALSE(set.complete());
  EXPECT_FALSE(set.lacks("joe"));
  EXPECT_FALSE(set.loading());
  set.end_load(texts({"ann"}));
  EXPECT_FALSE(set.complete());
}

TEST(TrackedKeys, TooManyTouchesWhileReadingEndTheReadingOnly) {
  TrackedKeys set;
  set.begin_load({});
  for (int i = 0; i <= 100'000; ++i) set.touch(std::to_string(i));
  EXPECT_FALSE(set.loading());
  set.end_load(texts({"ann"}));
  EXPECT_FALSE(set.complete());
}

TEST(TrackedKeys, ATouchOfANetworkEndsTheSet) {
  TrackedKeys set;
  set.begin_load({});
  NetworkKeys networks;
  ASSERT_TRUE(networks.add("192.0.2.0/24").has_value());
  networks.seal();
  set.end_load(std::move(networks));
  EXPECT_TRUE(set.lacks("198.51.100.1"));
  set.touch("198.51.100.0/24");
  EXPECT_FALSE(set.lacks("198.51.100.1"));
}

TEST(TrackedDomains, ATouchAddsADomainAndNeverTakesOneOut) {
  TrackedKeys set;
  set.begin_load({});
  set.touch("first@new.example");
  TextKeys keys{Of::domains};
  keys.add("ann@d.example");
  set.end_load(std::move(keys));
  EXPECT_TRUE(set.lacks("joe@e.example"));
  EXPECT_FALSE(set.lacks("other@new.example"));
  set.touch("joe@e.example");
  EXPECT_FALSE(set.lacks("other@e.example"));
  EXPECT_FALSE(set.lacks("ann@d.example"));
  EXPECT_EQ(set.size(), 3U);
  set.lose();
  EXPECT_FALSE(set.lacks("joe@f.example"));
}

TEST(TrackedDomains, ListNoKey) {
  TrackedKeys set;
  EXPECT_FALSE(set.lists("ann@d.example"));
  set.begin_load({});
  set.end_load(texts({"ann@d.example"}));
  EXPECT_TRUE(set.lists("ann@d.example"));
  EXPECT_FALSE(set.lists("joe@d.example"));
  set.begin_load({});
  TextKeys keys{Of::domains};
  keys.add("ann@d.example");
  set.end_load(std::move(keys));
  EXPECT_FALSE(set.lists("ann@d.example"));
}

}  // namespace
}  // namespace maproom::keyset
