// When several absences may be told together as "not found". Time is the test's own.

#include "maproom/resolver/one_moment.hpp"

#include <gtest/gtest.h>

#include "support/fake_backend.hpp"
#include "support/served_map.hpp"

namespace maproom::resolver {
namespace {

using namespace std::chrono_literals;
using Verdict = OneMoment::Verdict;

std::shared_ptr<const map::FileTable> file_of(std::string_view text) {
  return std::make_shared<map::FileTable>(map::FileTable::parse(map::FileKind::text, text, true).value());
}

class OneMomentTest : public testing::Test {
 protected:
  OneMomentTest() {
    for (int i = 0; i < 2; ++i) map.tables.push_back(test::sql_table("t", database, table));
    ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    ledger.confirm(ledger.dispatched());
    ledger.prove(start);
  }
  OneMoment moment(TimePoint begun) { return {ledger, map, follower_since, begun}; }
  /// Two keys of the first table, absent by queries sent and answered at these times.
  Absences two(TimePoint born, TimePoint read) const {
    Absences absences;
    absences.count = 2;
    absences.parts = {{0, "joe@d.example", ledger.dispatched(), nullptr},
                      {0, "@d.example", ledger.dispatched(), nullptr}};
    absences.born = born;
    absences.read = read;
    return absences;
  }
  void change(std::string_view key) {
    ledger.dispatch({0, 1, ++sequence});
    ledger.drop_key(*table, key);
  }

  const TimePoint start = TimePoint{} + 1000h;
  const TimePoint away = start + 2s;  ///< longer than a feed may be silent
  feed::Ledger ledger;
  std::shared_ptr<feed::Ledger::Table> table = ledger.table("t");
  std::shared_ptr<test::FakeBackend> database = std::make_shared<test::FakeBackend>();
  ServedMap map;
  std::optional<TimePoint> follower_since = start;
  std::uint64_t sequence = 10;
};

TEST_F(OneMomentTest, OfOneAbsenceThereIsOneMoment) {
  auto one = two(start, away);
  one.count = 1;
  EXPECT_EQ(moment(away).judge(one, away), Verdict::say);
  change("joe@d.example");
  EXPECT_TRUE(moment(away).holds(one, away));
}

TEST_F(OneMomentTest, WhatTheFeedHasSeenTheEndOfMayBeSaid) {
  EXPECT_EQ(moment(start).judge(two(start, start), start + 1ms), Verdict::say);
  EXPECT_EQ(moment(start).judge(two(start, start + 1ms), start + 2ms), Verdict::ask_the_feed);
}

TEST_F(OneMomentTest, WhileTheFeedIsAwayWhatIsOldIsAskedAnewAndThenAllOnceMore) {
  auto lookup = moment(away);
  EXPECT_EQ(lookup.judge(two(start, start), away + 1ms), Verdict::ask_anew);
  EXPECT_EQ(lookup.since(), away);
  EXPECT_EQ(lookup.judge(two(away + 1ms, away + 2ms), away + 3ms), Verdict::ask_anew);
  EXPECT_EQ(lookup.since(), away + 3ms);
  EXPECT_EQ(lookup.judge(two(away + 4ms, away + 5ms), away + 6ms), Verdict::say);
}

TEST_F(OneMomentTest, WhatThePostmasterAllowedToBeStaleIsNotAskedAnew) {
  auto absences = two(start, start);
  absences.stale = true;
  EXPECT_EQ(moment(away).judge(absences, away), Verdict::say);
}

TEST_F(OneMomentTest, AFeedThatIsGoneForGoodIsNotWaitedFor) {
  EXPECT_EQ(moment(start).judge(two(start, start), start + 9min), Verdict::ask_anew);
  EXPECT_EQ(moment(start).judge(two(start, start), start + 10min), Verdict::say);
  follower_since = start + 10min;  // what Redis holds is older than the one that has just begun
  EXPECT_EQ(moment(start).judge(two(start, start), start + 10min), Verdict::ask_anew);
}

TEST_F(OneMomentTest, WithoutAFeedAgeAloneBoundsIt) {
  follower_since.reset();
  EXPECT_EQ(moment(away).judge(two(start, start), away), Verdict::say);
  EXPECT_EQ(moment(start).judge(two(start, start + 1ms), start + 2ms), Verdict::say);
}

TEST_F(OneMomentTest, AFeedThatNeverSawATableIsNotMissed) {
  map.tables[1].sql()->followed = nullptr;
  EXPECT_EQ(moment(away).judge(two(start, start), away), Verdict::say);
  map.tables[1].rows = std::make_shared<const map::CurrentFile>();  // text needs no feed
  EXPECT_EQ(moment(away).judge(two(start, start), away), Verdict::ask_anew);
}

TEST_F(OneMomentTest, WhatAChangeTouchedSinceDoesNotHold) {
  const auto absences = two(start, start);
  EXPECT_TRUE(moment(start).holds(absences, start));
  change("ann@d.example");
  EXPECT_TRUE(moment(start).holds(absences, start));
  change("@d.example");
  EXPECT_FALSE(moment(start).holds(absences, start));
}

TEST_F(OneMomentTest, WhatOnlyTheFeedVouchesForNeedsAFeed) {
  auto absences = two(start, start);
  absences.by_feed = true;
  EXPECT_TRUE(moment(start).holds(absences, start));
  EXPECT_FALSE(moment(start).holds(absences, away));
}

TEST_F(OneMomentTest, ATextThatWasReadAnewDoesNotHold) {
  auto current = std::make_shared<map::CurrentFile>();
  current->table = file_of("");
  map.tables[1].rows = std::shared_ptr<const map::CurrentFile>{current};
  auto absences = two(start, start);
  absences.parts[1] = {1, "joe@d.example", 0, current->table};
  EXPECT_TRUE(moment(start).holds(absences, start));
  current->table = file_of("");
  EXPECT_FALSE(moment(start).holds(absences, start));
}

}  // namespace
}  // namespace maproom::resolver
