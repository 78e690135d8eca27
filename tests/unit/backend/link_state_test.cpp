#include "maproom/backend/link_state.hpp"

#include <gtest/gtest.h>

namespace maproom::backend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Outages as stories: what happened when, and where the next connection goes.
class LinkStateTest : public testing::Test {
 protected:
  TimePoint at(milliseconds time) { return TimePoint{} + seconds{100} + time; }
  void fails(LinkState& hosts, std::size_t host, milliseconds time) { hosts.failed(host, at(time), "refused"); }
  void connects(LinkState& hosts, std::size_t host) {
    hosts.trying(host);
    hosts.connected(host);
  }
};

TEST_F(LinkStateTest, TheFirstHostComesFirst) {
  const LinkState hosts{3};
  EXPECT_EQ(hosts.host_to_try(at(milliseconds{0})), 0U);
  EXPECT_FALSE(hosts.all_down());
  EXPECT_EQ(hosts.last_error(), "");
}

TEST_F(LinkStateTest, AHostThatFailsIsPassedOver) {
  LinkState hosts{2};
  fails(hosts, 0, milliseconds{0});
  EXPECT_EQ(hosts.host_to_try(at(milliseconds{1})), 1U);
  EXPECT_FALSE(hosts.all_down());
  connects(hosts, 1);
  // However long ago the failure was: a connection that a lookup waits for goes to the host that serves.
  EXPECT_EQ(hosts.host_to_try(at(seconds{3600})), 1U);
  EXPECT_EQ(hosts.last_error(), "refused");
}

TEST_F(LinkStateTest, AnOutageCostsOneAttemptEachBackOffWhichDoublesUpToHalfASecond) {
  LinkState hosts{1};
  milliseconds now{0};
  for (const milliseconds expected : {milliseconds{50}, milliseconds{100}, milliseconds{200}, milliseconds{400},
                                      milliseconds{500}, milliseconds{500}}) {
    fails(hosts, 0, now);
    EXPECT_TRUE(hosts.all_down());
    EXPECT_EQ(hosts.next_try(), at(now + expected));
    EXPECT_EQ(hosts.host_to_try(at(now + expected - milliseconds{1})), std::nullopt);
    EXPECT_EQ(hosts.host_to_try(at(now + expected)), 0U);
    now += expected;
  }
}

TEST_F(LinkStateTest, ARecoveredHostStartsWithAShortBackOffAgain) {
  LinkState hosts{1};
  fails(hosts, 0, milliseconds{0});
  fails(hosts, 0, milliseconds{50});
  connects(hosts, 0);
  hosts.answered(0);
  EXPECT_FALSE(hosts.all_down());
  EXPECT_EQ(hosts.last_error(), "");
  fails(hosts, 0, milliseconds{1000});
  EXPECT_EQ(hosts.next_try(), at(milliseconds{1050}));
}

TEST_F(LinkStateTest, AHostThatTakesConnectionsAndAnswersNothingIsTriedLessAndLess) {
  LinkState hosts{1};
  milliseconds now{0};
  for (const milliseconds expected : {milliseconds{50}, milliseconds{100}, milliseconds{200}}) {
    fails(hosts, 0, now);
    EXPECT_EQ(hosts.next_try(), at(now + expected));
    now += expected;
    connects(hosts, 0);
    EXPECT_FALSE(hosts.all_down());
  }
}

TEST_F(LinkStateTest, TheBackOffCountsFromWhereTheAttemptBegan) {
  LinkState hosts{1};
  for (int i = 0; i < 5; ++i) fails(hosts, 0, milliseconds{0});
  hosts.trying(0);
  EXPECT_EQ(hosts.host_to_try(at(seconds{9})), std::nullopt) << "one at a time";
  hosts.not_connected(0, at(seconds{10}), at(seconds{10} + milliseconds{300}), "no answer in time");
  EXPECT_EQ(hosts.next_try(), at(seconds{10} + milliseconds{500}));
  hosts.trying(0);
  hosts.not_connected(0, at(seconds{20}), at(seconds{20} + milliseconds{480}), "no answer in time");
  EXPECT_EQ(hosts.next_try(), at(seconds{20} + milliseconds{530})) << "a breath in between";
}

TEST_F(LinkStateTest, AttemptsThatBeganSideBySideFailOnce) {
  LinkState hosts{1};
  for (int i = 0; i < 4; ++i) hosts.trying(0);
  for (int i = 0; i < 4; ++i) hosts.not_connected(0, at(milliseconds{0}), at(milliseconds{1 + i}), "refused");
  EXPECT_EQ(hosts.next_try(), at(milliseconds{51}));
}

TEST_F(LinkStateTest, HostsThatAreDownAreTriedSideBySide) {
  LinkState hosts{2};
  fails(hosts, 0, milliseconds{0});
  fails(hosts, 1, milliseconds{0});
  hosts.trying(0);
  EXPECT_EQ(hosts.host_to_try(at(seconds{1})), 1U);
  hosts.trying(1);
  EXPECT_EQ(hosts.host_to_try(at(seconds{1})), std::nullopt);
  EXPECT_EQ(hosts.next_try(), TimePoint::max());
}

TEST_F(LinkStateTest, WhenAllAreDownTheOneWhoseBackOffHasPassedIsTried) {
  LinkState hosts{2};
  fails(hosts, 0, milliseconds{0});
  fails(hosts, 1, milliseconds{20});
  EXPECT_TRUE(hosts.all_down());
  EXPECT_EQ(hosts.host_to_try(at(milliseconds{49})), std::nullopt);
  fails(hosts, 0, milliseconds{50});
  EXPECT_EQ(hosts.host_to_try(at(milliseconds{70})), 1U);
}

TEST_F(LinkStateTest, AnEarlierHostIsWonBackAtIntervalsOnlyWhileALaterOneServes) {
  LinkState hosts{2};
  const milliseconds interval = LinkState::return_interval;
  fails(hosts, 0, milliseconds{0});
  connects(hosts, 1);
  EXPECT_EQ(hosts.host_to_win_back(at(interval - milliseconds{1})), std::nullopt);
  EXPECT_EQ(hosts.host_to_win_back(at(interval)), 0U);
  fails(hosts, 0, interval);  // still away: not again before another interval
  EXPECT_EQ(hosts.host_to_win_back(at(2 * interval - milliseconds{1})), std::nullopt);
  EXPECT_EQ(hosts.host_to_win_back(at(2 * interval)), 0U);
  fails(hosts, 1, 2 * interval);  // all down: that is host_to_try's business
  EXPECT_EQ(hosts.host_to_win_back(at(9 * interval)), std::nullopt);
}

TEST_F(LinkStateTest, AHostBehindTheOneThatServesIsNotWonBack) {
  LinkState hosts{3};
  fails(hosts, 2, milliseconds{0});
  EXPECT_EQ(hosts.host_to_win_back(at(seconds{60})), std::nullopt);
}

TEST_F(LinkStateTest, ConnectionsToALaterHostStandUntilAnEarlierOneIsBack) {
  LinkState hosts{2};
  fails(hosts, 0, milliseconds{0});
  connects(hosts, 1);
  EXPECT_FALSE(hosts.has_better(1));
  connects(hosts, 0);
  EXPECT_TRUE(hosts.has_better(1));
  EXPECT_FALSE(hosts.has_better(0));
}

TEST_F(LinkStateTest, TheLatestFailureIsTold) {
  LinkState hosts{3};
  hosts.failed(0, at(milliseconds{10}), "first");
  hosts.failed(1, at(milliseconds{20}), "second");
  EXPECT_EQ(hosts.last_error(), "second");
  connects(hosts, 1);
  EXPECT_EQ(hosts.last_error(), "first");
}

}  // namespace
}  // namespace maproom::backend
