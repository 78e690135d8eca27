#include "maproom/feed/layout_due.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

using namespace std::chrono_literals;

class LayoutDueTest : public testing::Test {
 protected:
  LayoutDueTest() { read(); }
  void read() {
    due.begin(now);
    EXPECT_TRUE(due.end(now));
  }
  LayoutDue due;
  TimePoint now{1h};
};

TEST_F(LayoutDueTest, AtFirstNothingIsKnown) {
  const LayoutDue fresh;
  EXPECT_FALSE(fresh.known());
  EXPECT_TRUE(fresh.due(now));
}

TEST_F(LayoutDueTest, WhatIsKnownIsLookedAtAgainNowAndThen) {
  EXPECT_TRUE(due.known());
  EXPECT_FALSE(due.due(now + LayoutDue::interval - 1ms));
  EXPECT_TRUE(due.due(now + LayoutDue::interval));
  due.begin(now);
  EXPECT_TRUE(due.known()) << "meanwhile it holds";
  EXPECT_FALSE(due.due(now + 1h)) << "once at a time";
}

TEST_F(LayoutDueTest, ALongReadingIsFollowedByALongerRest) {
  due.begin(now);
  EXPECT_TRUE(due.end(now + 3s));
  EXPECT_FALSE(due.due(now + 3s + 299s));
  EXPECT_TRUE(due.due(now + 3s + 300s));
}

TEST_F(LayoutDueTest, AStatementAboutTablesEndsWhatIsKnown) {
  due.lost();
  EXPECT_FALSE(due.known());
  EXPECT_TRUE(due.due(now));
  due.begin(now);
  due.lost();
  EXPECT_FALSE(due.end(now)) << "of before the statement, or not";
  EXPECT_FALSE(due.known());
  EXPECT_TRUE(due.due(now));
}

TEST_F(LayoutDueTest, AStatementAboutRightsLeavesItAndIsFollowedByAReadingThatBeganAfterIt) {
  due.rights_changed();
  EXPECT_TRUE(due.known());
  EXPECT_TRUE(due.due(now));
  due.begin(now);
  due.rights_changed();
  EXPECT_TRUE(due.end(now));
  EXPECT_TRUE(due.due(now));
  read();
  EXPECT_FALSE(due.due(now));
}

TEST_F(LayoutDueTest, WhereItCannotBeReadItIsTriedAgain) {
  due.begin(now);
  due.failed(now);
  EXPECT_TRUE(due.known());
  EXPECT_FALSE(due.due(now + LayoutDue::retry - 1ms));
  EXPECT_TRUE(due.due(now + LayoutDue::retry));
  due.rights_changed();
  due.begin(now);
  due.failed(now);
  EXPECT_FALSE(due.known()) << "what could be read may be more than is watched";
}

}  // namespace
}  // namespace maproom::feed
